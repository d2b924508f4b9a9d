//! What is computed of each sample on its own: gradients and margins.

mod common;

use common::{Case, architectures, numerics};
use ndarray::{Array2, Axis, s};
use thalweg_network::{Loss, Numerics};
use thalweg_numeric::Real;

fn rows_are_gradients_of_one<F: Real>() {
    let nan = F::from_f64(f64::NAN);
    for numerics in numerics() {
        for architecture in architectures() {
            let case = Case::<F>::new(13, architecture);
            let dim = case.params.len();
            for block in [13, 5] {
                // A part of a larger array, whose rest stays as it is.
                let mut all = Array2::from_elem((13, dim + 3), nan);
                let mut network = case.network(numerics, block);
                let out = all.slice_mut(s![.., 1..=dim]);
                network.per_sample_gradients(&case.params, case.inputs.view(), case.targets(), out);
                let mut alone = vec![nan; dim];
                for (row, found) in all.axis_iter(Axis(0)).enumerate() {
                    let inputs = case.inputs.slice(s![row..=row, ..]);
                    network.gradient(&case.params, inputs, case.targets_of(row..row + 1), &mut alone);
                    assert_eq!(found.slice(s![1..=dim]).to_vec(), alone, "{:?} {row}", case.architecture);
                    assert!([0, dim + 1, dim + 2].iter().all(|column| !found[*column].is_finite()));
                }
            }
        }
    }
}

#[test]
fn rows_are_the_gradients_of_batches_of_one_to_the_bit() {
    rows_are_gradients_of_one::<f32>();
    rows_are_gradients_of_one::<f64>();
}

fn mean_is_the_gradient<F: Real>(tolerance: f64) {
    for architecture in architectures() {
        let case = Case::<F>::new(13, architecture);
        let dim = case.params.len();
        let (mut all, mut grad) = (Array2::from_elem((13, dim), F::ZERO), vec![F::ZERO; dim]);
        let mut network = case.network(Numerics::best(), 13);
        network.per_sample_gradients(&case.params, case.inputs.view(), case.targets(), all.view_mut());
        network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
        for (column, grad) in all.axis_iter(Axis(1)).zip(&grad) {
            let mean = column.iter().map(|value| value.to_f64()).sum::<f64>() / 13.0;
            assert!((mean - grad.to_f64()).abs() < tolerance, "{:?} {mean} {grad}", case.architecture);
        }
    }
}

#[test]
fn the_mean_of_the_rows_is_the_gradient() {
    // Some dozens of roundings, of 6e-8 and of 1.1e-16, on numbers of order 1.
    mean_is_the_gradient::<f32>(1e-5);
    mean_is_the_gradient::<f64>(1e-14);
}

fn squares_are_those_of_the_gradients<F: Real>(tolerance: f64) {
    for numerics in numerics() {
        for architecture in architectures() {
            let case = Case::<F>::new(13, architecture);
            let (mut network, mut squares) = (case.network(numerics, 5), [F::from_f64(f64::NAN); 13]);
            let mut all = Array2::from_elem((13, case.params.len()), F::ZERO);
            network.per_sample_gradients(&case.params, case.inputs.view(), case.targets(), all.view_mut());
            network.gradient_squares(&case.params, case.inputs.view(), case.targets(), &mut squares);
            for (row, square) in all.axis_iter(Axis(0)).zip(squares) {
                let expected: f64 = row.iter().map(|value| value.to_f64().powi(2)).sum();
                let error = (square.to_f64() / expected - 1.0).abs();
                assert!(error < tolerance, "{:?} {square} {expected}", case.architecture);
            }
        }
    }
}

#[test]
fn squared_lengths_are_those_of_the_gradients() {
    // Some dozens of roundings, of 6e-8 and of 1.1e-16, some of them of differences.
    squares_are_those_of_the_gradients::<f32>(1e-4);
    squares_are_those_of_the_gradients::<f64>(1e-12);
}

#[test]
fn a_margin_is_the_lead_over_the_largest_other_logit() {
    for architecture in architectures() {
        let case = Case::<f64>::new(13, architecture);
        let mut network = case.network(Numerics::best(), 5);
        let (mut margins, mut logits) = ([f64::NAN; 13], Array2::zeros((13, case.architecture.outputs)));
        network.margins(&case.params, case.inputs.view(), &case.labels, &mut margins);
        network.logits(&case.params, case.inputs.view(), logits.view_mut());
        let (mut losses, mut correct) = ([f64::NAN; 13], [false; 13]);
        if case.architecture.loss == Loss::SquaredError {
            continue;
        }
        network.scores(&case.params, case.inputs.view(), &case.labels, &mut losses, &mut correct);
        for (row, logits) in logits.axis_iter(Axis(0)).enumerate() {
            let label = case.labels[row] as usize;
            let others = logits.iter().enumerate().filter(|(class, _)| *class != label);
            let largest = others.map(|(_, z)| *z).fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(margins[row], logits[label] - largest, "{:?} {row}", case.architecture);
            assert_eq!(margins[row] > 0.0, correct[row]);
        }
    }
}
