//! Losses, gradients and scores of whole networks.

#![expect(clippy::disallowed_methods, reason = "expected values may come from the system")]

mod common;

use common::{Case, architectures, numerics};
use ndarray::{Array2, Axis, ShapeBuilder, array, s};
use thalweg_network::{Activation, Architecture, Loss, Network, Numerics, OnBatch};
use thalweg_numeric::{Objective, Real, vector};

#[test]
fn gradients_match_central_differences() {
    for numerics in numerics() {
        for architecture in architectures() {
            // Few rows take another way through the backward pass.
            for rows in [7, 2] {
                let case = Case::<f64>::new(rows, architecture.clone());
                let mut network = case.network(numerics, 4);
                let mut grad = vec![f64::NAN; case.params.len()];
                let mut batch =
                    OnBatch { network: &mut network, inputs: case.inputs.view(), targets: case.targets() };
                let loss = batch.gradient(&case.params, &mut grad);
                assert_eq!(loss, batch.value(&case.params));
                for i in 0..case.params.len() {
                    let h = 1e-6;
                    let mut value = |by: f64| {
                        let mut params = case.params.clone();
                        params[i] += by;
                        batch.value(&params)
                    };
                    let numeric = (value(h) - value(-h)) / (2.0 * h);
                    // Rounding 1e-16·L/h leaves 1e-10, truncation h² times the third derivative less; a kink
                    // nearer than h would show, and there is none in these data. Derivatives of normalised
                    // rows of nearly equal numbers are large.
                    let error = (numeric - grad[i]).abs() / (1.0 + grad[i].abs());
                    assert!(error < 1e-8, "{numerics:?} {architecture:?} {rows}: ∂{i} {numeric} {}", grad[i]);
                }
            }
        }
    }
}

/// A step of gradient descent is the gradient and then axpy, to the bit: each way through the backward pass,
/// a single block and several.
fn a_step_is_gradient_and_axpy<F: Real>() {
    let lr = F::from_f64(0.3);
    for numerics in numerics() {
        for architecture in architectures() {
            for rows in (1..=10).chain([127]) {
                let case = Case::<F>::new(rows, architecture.clone());
                for block in [4, rows] {
                    let mut network = case.network(numerics, block);
                    let (mut expected, mut grad) = (case.params.clone(), vec![F::ZERO; case.params.len()]);
                    let loss = network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
                    vector::axpy(-lr, &grad, &mut expected);
                    let mut params = case.params.clone();
                    let mut batch = OnBatch {
                        network: &mut network,
                        inputs: case.inputs.view(),
                        targets: case.targets(),
                    };
                    assert_eq!(batch.descend(lr, &mut params, &mut grad), loss);
                    assert!(params == expected, "{numerics:?} {architecture:?} {rows} rows by {block}");
                    assert!(params != case.params);
                }
            }
        }
    }
}

#[test]
fn steps_are_gradients_and_axpys() {
    a_step_is_gradient_and_axpy::<f32>();
    a_step_is_gradient_and_axpy::<f64>();
}

#[test]
fn a_loss_that_is_not_finite_moves_nothing() {
    for rows in [1, 3, 7, 130] {
        let mut case = Case::<f32>::new(rows, architectures()[0].clone());
        case.inputs[[rows - 1, 0]] = f32::NAN;
        let mut params = case.params.clone();
        let mut grad = vec![0.0; params.len()];
        let mut network = case.network(Numerics::best(), rows);
        let loss = network.descend(0.3, &mut params, case.inputs.view(), case.targets(), &mut grad);
        assert!(loss.is_nan() && params == case.params, "{rows} rows");
    }
}

#[test]
fn f32_gradients_match_f64() {
    for architecture in architectures() {
        let wide = Case::<f64>::new(7, architecture.clone());
        let narrow = Case::<f32>::new(7, architecture.clone());
        let mut expected = vec![0.0; wide.params.len()];
        let loss = wide.network(Numerics::best(), 7).gradient(
            &wide.params,
            wide.inputs.view(),
            wide.targets(),
            &mut expected,
        );
        let mut grad = vec![0.0; wide.params.len()];
        let single = narrow.network(Numerics::best(), 7).gradient(
            &narrow.params,
            narrow.inputs.view(),
            narrow.targets(),
            &mut grad,
        );
        let largest = expected.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
        // Some dozens of roundings of 6e-8; more where rows of few units are normalised, whose differences
        // have lost digits.
        let tolerance = largest * if architecture.is_normalised() { 2e-4 } else { 1e-5 };
        assert!((f64::from(single) - loss).abs() < tolerance, "{architecture:?}");
        for (single, double) in grad.iter().zip(&expected) {
            assert!((f64::from(*single) - double).abs() < tolerance, "{architecture:?} {single} {double}");
        }
    }
}

/// The gradient and the logits to the bit, whatever the block and the strides of the inputs.
fn blocks_and_strides_change_nothing<F: Real>(count: usize) {
    for numerics in numerics() {
        for architecture in architectures() {
            let case = Case::<F>::new(count, architecture);
            let gradient = |network: &mut Network<F>, inputs: &Array2<F>| {
                let mut grad = vec![F::from_f64(f64::NAN); case.params.len()];
                (network.gradient(&case.params, inputs.view(), case.targets(), &mut grad), grad)
            };
            let logits = |network: &mut Network<F>, rows: std::ops::Range<usize>| {
                let inputs = case.inputs.slice(s![rows.clone(), ..]);
                let mut out = Array2::from_elem((rows.len(), case.architecture.outputs), F::ZERO);
                network.logits(&case.params, inputs, out.view_mut());
                out
            };
            let whole = gradient(&mut case.network(numerics, count), &case.inputs);
            let all = logits(&mut case.network(numerics, count), 0..count);
            let mut by_columns = Array2::from_elem(case.inputs.raw_dim().f(), F::ZERO);
            by_columns.assign(&case.inputs);
            for block in [1, 2, 3, 6, 7, 12] {
                let mut network = case.network(numerics, block);
                assert_eq!(
                    gradient(&mut network, &case.inputs),
                    whole,
                    "{:?} in blocks of {block}",
                    case.architecture
                );
                assert_eq!(gradient(&mut network, &by_columns), whole, "{:?} by columns", case.architecture);
                assert_eq!(logits(&mut network, 0..count), all);
            }
            for (row, expected) in all.axis_iter(Axis(0)).enumerate() {
                let alone = logits(&mut case.network(numerics, count), row..row + 1);
                assert_eq!(alone.row(0), expected, "{:?} row {row} alone", case.architecture);
            }
        }
    }
}

#[test]
fn blocks_and_strides_change_no_bit() {
    // Few rows take another way through the backward pass, and another one where they come in blocks.
    for count in [3, 5, 8, 13] {
        blocks_and_strides_change_nothing::<f32>(count);
        blocks_and_strides_change_nothing::<f64>(count);
    }
}

/// Inputs with many zeros, which are left out if the first sample has many: the same as when another sample
/// is the first.
fn zeros_change_nothing<F: Real>(unit: f64) {
    for numerics in numerics() {
        for (rows, outputs) in [(2, 10), (7, 8), (50, 10), (100, 12), (127, 10)] {
            let architecture = Architecture {
                inputs: 75,
                hidden: vec![],
                outputs,
                activation: Activation::Relu,
                loss: Loss::CrossEntropy,
                ..Architecture::default()
            };
            let mut case = Case::<F>::new(rows, architecture);
            // The last sample is dense.
            for ((row, column), x) in case.inputs.indexed_iter_mut() {
                if row + 1 < rows && (row / 3 + column / 2) % 5 > 1 {
                    *x = F::ZERO;
                }
            }
            let results = |case: &Case<F>| {
                let mut network = case.network(numerics, rows);
                let mut grad = vec![F::ZERO; case.params.len()];
                network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
                let mut logits = Array2::from_elem((rows, outputs), F::ZERO);
                network.logits(&case.params, case.inputs.view(), logits.view_mut());
                (grad, logits)
            };
            let (grad, logits) = results(&case);
            case.inputs.invert_axis(Axis(0));
            case.inputs = case.inputs.as_standard_layout().into_owned();
            case.labels.reverse();
            let (dense_grad, mut dense_logits) = results(&case);
            dense_logits.invert_axis(Axis(0));
            assert_eq!(logits, dense_logits, "{numerics:?} {rows} rows, {outputs} outputs");
            for (i, (sparse, dense)) in grad.iter().zip(&dense_grad).enumerate() {
                // Means of up to 127 numbers of order 1, added in another order.
                let error = (*sparse - *dense).to_f64().abs();
                assert!(
                    error < 10.0 * unit,
                    "{numerics:?} {rows} rows, {outputs} outputs: {i} {sparse} {dense}"
                );
            }
        }
    }
}

#[test]
fn zeros_of_the_inputs_change_nothing() {
    zeros_change_nothing::<f32>(f64::from(f32::EPSILON));
    zeros_change_nothing::<f64>(f64::EPSILON);
}

/// A linear model with logits (x₀ + 0.5, 2·x₁ − 0.5).
fn linear(loss: Loss) -> (Network<f64>, [f64; 6]) {
    let architecture = Architecture {
        inputs: 2,
        hidden: vec![],
        outputs: 2,
        activation: Activation::Relu,
        loss,
        ..Architecture::default()
    };
    (
        Network::new(&architecture, Numerics::best(), 2).expect("the best is supported"),
        [1.0, 0.0, 0.0, 2.0, 0.5, -0.5],
    )
}

#[test]
fn scores_match_hand_computed_values() {
    let inputs = array![[1.0, 1.0], [0.0, 1.0], [0.5, 0.75]];
    // Logits (1.5, 1.5), (0.5, 1.5), (1, 1): a tie goes to the first class.
    let labels = [1, 1, 0];
    let (mut losses, mut correct) = ([f64::NAN; 3], [false; 3]);
    let (mut network, params) = linear(Loss::OneHotSquaredError);
    network.scores(&params, inputs.view(), &labels, &mut losses, &mut correct);
    assert_eq!(losses, [(2.25 + 0.25) / 2.0, (0.25 + 0.25) / 2.0, (0.0 + 1.0) / 2.0]);
    assert_eq!(correct, [false, true, true]);
    let (mut network, params) = linear(Loss::CrossEntropy);
    network.scores(&params, inputs.view(), &labels, &mut losses, &mut correct);
    let expected = [2.0_f64.ln(), (1.0 + (-1.0_f64).exp()).ln(), 2.0_f64.ln()];
    // Two ulps for the logarithm and the exponential.
    assert!(
        losses.iter().zip(expected).all(|(loss, expected)| (loss - expected).abs() < 1e-15),
        "{losses:?}"
    );
    let mut probabilities = Array2::zeros((3, 2));
    network.probabilities(&params, inputs.view(), probabilities.view_mut());
    assert!((probabilities[[1, 0]] - 1.0 / (1.0 + 1.0_f64.exp())).abs() < 1e-15);
    assert_eq!(probabilities.row(0), array![0.5, 0.5]);
}

#[test]
fn a_known_gradient() {
    // One sample at the tie: softmax (½, ½), so δ = (½, −½) for label 1.
    let (mut network, params) = linear(Loss::CrossEntropy);
    let mut grad = [f64::NAN; 6];
    let loss = network.gradient(&params, array![[1.0, 1.0]].view(), &[1], &mut grad);
    assert_eq!(grad, [0.5, -0.5, 0.5, -0.5, 0.5, -0.5]);
    assert_eq!(loss, 1.0_f64.ln_1p());
}

#[test]
fn a_known_gradient_of_a_regression() {
    // Outputs (1.5, 1.5) beside (1, 3): errors (½, −3/2), loss (¼ + 9/4)/2, and the errors times 2/2.
    let (mut network, params) = linear(Loss::SquaredError);
    let (inputs, targets) = (array![[1.0, 1.0]], array![[1.0, 3.0]]);
    let mut grad = [f64::NAN; 6];
    let loss = network.gradient(&params, inputs.view(), targets.view(), &mut grad);
    assert_eq!((loss, grad), (1.25, [0.5, -1.5, 0.5, -1.5, 0.5, -1.5]));
}

#[test]
fn nan_in_one_parameter_reaches_loss_and_gradient() {
    for architecture in architectures() {
        let mut case = Case::<f32>::new(7, architecture);
        case.params[0] = f32::NAN;
        let mut grad = vec![0.0; case.params.len()];
        let mut network = case.network(Numerics::best(), 7);
        let loss = network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
        assert!(loss.is_nan() && grad.iter().any(|g| g.is_nan()), "{:?}", case.architecture);
    }
}

#[test]
fn extreme_weights_give_finite_gradients() {
    for architecture in architectures().into_iter().filter(|a| a.hidden.is_empty()) {
        let mut case = Case::<f32>::new(7, architecture);
        case.params.iter_mut().for_each(|p| *p *= 1e4);
        let mut grad = vec![f32::NAN; case.params.len()];
        let mut network = case.network(Numerics::best(), 7);
        let loss = network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
        assert!(loss > 100.0 && loss.is_finite() && grad.iter().all(|g| g.is_finite()));
    }
}

#[test]
#[should_panic(expected = "one number of rows")]
fn labels_of_another_length_are_refused() {
    let (mut network, params) = linear(Loss::CrossEntropy);
    network.loss(&params, array![[1.0, 1.0]].view(), &[1, 0]);
}
