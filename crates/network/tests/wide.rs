//! Layers so large that products copy their weights as they go.

mod common;

use common::{Case, architectures, numerics};
use ndarray::s;
use thalweg_network::{Activation, Architecture, Loss};
use thalweg_numeric::vector::axpy;
use thalweg_numeric::{Real, Streams};

/// 70-1000-70-20-3, whose first two layers are wide in f32 and in f64.
fn architecture() -> Architecture {
    Architecture {
        inputs: 70,
        hidden: vec![1000, 70, 20],
        outputs: 3,
        activation: Activation::Tanh,
        loss: Loss::CrossEntropy,
        ..Architecture::default()
    }
}

#[test]
fn other_tests_are_of_smaller_layers() {
    let most = architectures().iter().map(|small| small.layout().dim()).max();
    assert!(most.is_some_and(|most| 4 * most < 1 << 18 && architecture().layout().dim() > 1 << 16));
}

#[test]
fn the_gradient_is_the_mean_of_those_of_single_rows() {
    for numerics in numerics() {
        // One share, and two.
        for rows in [9, 130] {
            let case = Case::<f64>::new(rows, architecture());
            let mut network = case.network(numerics, rows);
            let mut grad = vec![f64::NAN; case.params.len()];
            network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
            let (mut one, mut sum) = (grad.clone(), vec![0.0; grad.len()]);
            for row in 0..rows {
                // A single row goes by kernels of its own, none of which copies a weight.
                let (inputs, targets) =
                    (case.inputs.slice(s![row..row + 1, ..]), case.targets_of(row..row + 1));
                network.gradient(&case.params, inputs, targets, &mut one);
                axpy(1.0 / rows as f64, &one, &mut sum);
            }
            // Some thousand roundings of 1.1e-16 of sums of order 1.
            let far = grad.iter().zip(&sum).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(far < 1e-12, "{rows} rows, {numerics}: {far}");
        }
    }
}

#[test]
fn products_with_the_hessian_match_differences_of_gradients() {
    let case = Case::<f64>::new(12, architecture());
    for numerics in numerics() {
        let mut network = case.network(numerics, 12);
        let dim = case.params.len();
        let mut stream = Streams::new(2, 0).stream("direction", 0);
        let v: Vec<f64> = (0..dim).map(|_| stream.normal()).collect();
        let h = 1e-6;
        let mut gradient = |by: f64| {
            let (mut params, mut grad) = (case.params.clone(), vec![f64::NAN; dim]);
            axpy(by, &v, &mut params);
            network.gradient(&params, case.inputs.view(), case.targets(), &mut grad);
            grad
        };
        let (up, down) = (gradient(h), gradient(-h));
        let mut product = vec![f64::NAN; dim];
        network.hessian_at(&case.params, case.inputs.view(), case.targets()).product(&v, &mut product);
        let size = product.iter().map(|x| x.abs()).fold(0.0, f64::max);
        let far = (0..dim).map(|i| ((up[i] - down[i]) / (2.0 * h) - product[i]).abs()).fold(0.0, f64::max);
        // h² times third derivatives along v, whose length is 380.
        assert!(far < 1e-6 * size, "{numerics}: {far} of {size}");
    }
}

fn a_step_is_gradient_and_move<F: Real>() {
    for numerics in numerics() {
        for rows in [1, 4, 8, 9, 126, 127, 300, 1010] {
            let case = Case::<F>::new(rows, architecture());
            let mut network = case.network(numerics, rows);
            let (mut expected, mut grad) = (case.params.clone(), case.params.clone());
            let loss = network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
            axpy(F::from_f64(-0.1), &grad, &mut expected);
            let mut params = case.params.clone();
            let before =
                network.descend(F::from_f64(0.1), &mut params, case.inputs.view(), case.targets(), &mut grad);
            assert!(before == loss && params == expected, "{rows} rows, {numerics}, {}", F::NAME);
        }
    }
}

#[test]
fn a_step_is_the_gradient_and_then_the_move() {
    a_step_is_gradient_and_move::<f32>();
    a_step_is_gradient_and_move::<f64>();
}
