//! The curvature at one place, for many products, and its trace.

mod common;

use common::{ACTIVATIONS, Case, architectures, numerics};
use thalweg_network::{Activation, Curvature, OnBatch};
use thalweg_numeric::{Objective, Real, Streams};

fn direction<F: Real>(dim: usize, index: u64) -> Vec<F> {
    let mut stream = Streams::new(2, 0).stream("direction", index);
    (0..dim).map(|_| F::from_f64(stream.normal())).collect()
}

fn products_are_those_of_single_calls<F: Real>() {
    for numerics in numerics() {
        for architecture in architectures() {
            let case = Case::<F>::new(7, architecture);
            let (dim, mut network) = (case.params.len(), case.network(numerics, 3));
            let vectors: [Vec<F>; 3] = [0, 1, 2].map(|index| direction(dim, index));
            let product = |curvature: &mut Curvature<'_, F>, v: &[F]| {
                let mut out = vec![F::from_f64(f64::NAN); dim];
                curvature.product(v, &mut out);
                out
            };
            let mut hessian = network.hessian_at(&case.params, case.inputs.view(), case.targets());
            let of_hessian = vectors.clone().map(|v| product(&mut hessian, &v));
            if case.architecture.loss.is_convex() {
                let mut gauss_newton = network.gauss_newton_at(&case.params, case.inputs.view());
                let products = vectors.clone().map(|v| product(&mut gauss_newton, &v));
                for (v, g) in vectors.iter().zip(&products) {
                    let mut out = vec![F::from_f64(f64::NAN); dim];
                    network.gauss_newton_vector(&case.params, case.inputs.view(), v, &mut out);
                    assert_eq!(&out, g, "{:?}", case.architecture);
                }
            }
            for (v, h) in vectors.iter().zip(&of_hessian) {
                let mut out = vec![F::from_f64(f64::NAN); dim];
                let (inputs, targets) = (case.inputs.view(), case.targets());
                OnBatch { network: &mut network, inputs, targets }.hessian_vector(&case.params, v, &mut out);
                assert_eq!(&out, h, "{:?}", case.architecture);
            }
        }
    }
}

#[test]
fn products_at_one_place_are_to_the_bit_those_of_single_calls() {
    products_are_those_of_single_calls::<f32>();
    products_are_those_of_single_calls::<f64>();
}

/// The diagonal by products with the unit vectors.
fn trace_by_products(curvature: &mut Curvature<'_, f64>, dim: usize) -> f64 {
    let (mut unit, mut column) = (vec![0.0; dim], vec![f64::NAN; dim]);
    let mut sum = 0.0;
    for i in 0..dim {
        unit[i] = 1.0;
        curvature.product(&unit, &mut column);
        sum += column[i];
        unit[i] = 0.0;
    }
    sum
}

#[test]
fn an_exact_trace_is_the_sum_of_the_diagonal() {
    let straight = [Activation::Relu, Activation::LeakyRelu, Activation::Identity];
    for numerics in numerics() {
        for architecture in architectures() {
            let case = Case::<f64>::new(7, architecture);
            let (dim, mut network) = (case.params.len(), case.network(numerics, 3));
            let (inputs, activation) = (case.inputs.view(), case.architecture.activation);
            let check = |mut curvature: Curvature<'_, f64>| {
                let (exact, sum) = (curvature.exact_trace(), trace_by_products(&mut curvature, dim));
                let exact = exact.expect("known of these");
                // Rounding of sums of some hundred terms, all of which are positive.
                assert!((exact / sum - 1.0).abs() < 1e-12, "{:?}: {exact} {sum}", case.architecture);
            };
            let is_convex = case.architecture.loss.is_convex();
            let is_linear = case.architecture.hidden.is_empty();
            if is_convex {
                check(network.gauss_newton_at(&case.params, inputs));
            }
            let mut hessian = network.hessian_at(&case.params, inputs, case.targets());
            let is_straight = straight.contains(&activation) && !case.architecture.is_normalised();
            if (is_straight || is_linear) && is_convex {
                check(hessian);
            } else {
                assert_eq!(hessian.exact_trace(), None, "{activation:?}");
            }
        }
    }
    assert_eq!(ACTIVATIONS.into_iter().filter(|one| one.is_straight()).collect::<Vec<_>>(), straight);
}
