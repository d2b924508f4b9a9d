//! Exact Hessian-vector products.

mod common;

use common::{Case, architectures, numerics};
use thalweg_network::{Network, Numerics, OnBatch};
use thalweg_numeric::vector::{axpy, dot};
use thalweg_numeric::{Objective, Real, Streams};

fn batch<'a, F: Real>(case: &'a Case<F>, network: &'a mut Network<F>) -> OnBatch<'a, F> {
    OnBatch { network, inputs: case.inputs.view(), targets: case.targets() }
}

fn direction(dim: usize, index: u64) -> Vec<f64> {
    let mut stream = Streams::new(2, 0).stream("direction", index);
    (0..dim).map(|_| stream.normal()).collect()
}

#[test]
fn products_match_differences_of_gradients() {
    for numerics in numerics() {
        for architecture in architectures() {
            let case = Case::new(7, architecture);
            let (mut network, dim) = (case.network(numerics, 4), case.params.len());
            let mut batch = batch(&case, &mut network);
            let v = direction(dim, 0);
            let mut gradient = |by: f64| {
                let (mut params, mut grad) = (case.params.clone(), vec![f64::NAN; dim]);
                axpy(by, &v, &mut params);
                batch.gradient(&params, &mut grad);
                grad
            };
            let h = 1e-6;
            let (up, down) = (gradient(h), gradient(-h));
            let mut product = vec![f64::NAN; dim];
            batch.hessian_vector(&case.params, &v, &mut product);
            for i in 0..dim {
                let numeric = (up[i] - down[i]) / (2.0 * h);
                // Rounding 1e-16/h leaves 1e-10; h² times third derivatives of up to 1e2 as much.
                let error = (numeric - product[i]).abs() / (1.0 + product[i].abs());
                assert!(error < 1e-8, "{:?}: H·v {i} {numeric} {}", case.architecture, product[i]);
            }
        }
    }
}

#[test]
fn products_are_linear_symmetric_and_independent_of_the_block() {
    for architecture in architectures() {
        let case = Case::new(7, architecture);
        let dim = case.params.len();
        let product = |v: &[f64], block: usize| {
            let (mut network, mut out) = (case.network(Numerics::best(), block), vec![f64::NAN; dim]);
            batch(&case, &mut network).hessian_vector(&case.params, v, &mut out);
            out
        };
        let (u, v) = (direction(dim, 1), direction(dim, 2));
        let (hu, hv) = (product(&u, 7), product(&v, 7));
        let size = dot(&hu, &hu).sqrt() * dot(&v, &v).sqrt();
        // Rounding of sums of at most some hundred terms of the size of the product of the norms.
        assert!((dot(&hu, &v) - dot(&u, &hv)).abs() < 1e-13 * size, "{:?} symmetric", case.architecture);
        let mut sum = u.clone();
        axpy(-2.5, &v, &mut sum);
        for (i, value) in product(&sum, 7).iter().enumerate() {
            assert!(
                (value - (hu[i] - 2.5 * hv[i])).abs() < 1e-12 * (1.0 + size),
                "{:?} linear",
                case.architecture
            );
        }
        for (a, b) in product(&u, 3).iter().zip(&hu) {
            // The two parts of a weight's product are added block by block, so the last bits may differ.
            assert!((a - b).abs() < 1e-13 * (1.0 + size), "{:?} in blocks", case.architecture);
        }
    }
}

#[test]
fn the_whole_matrix_matches_second_differences_of_the_loss() {
    for architecture in architectures() {
        let case = Case::new(7, architecture);
        let (mut network, dim) = (case.network(Numerics::best(), 4), case.params.len());
        if dim > 60 {
            continue;
        }
        let mut batch = batch(&case, &mut network);
        let h = 1e-4;
        for i in 0..dim {
            let (mut unit, mut column) = (vec![0.0; dim], vec![f64::NAN; dim]);
            unit[i] = 1.0;
            batch.hessian_vector(&case.params, &unit, &mut column);
            for j in 0..=i {
                let mut value = |by_i: f64, by_j: f64| {
                    let mut params = case.params.clone();
                    params[i] += by_i;
                    params[j] += by_j;
                    batch.value(&params)
                };
                let numeric = (value(h, h) - value(h, -h) - value(-h, h) + value(-h, -h)) / (4.0 * h * h);
                // Rounding 1e-16/h² leaves 1e-8, and h² times fourth derivatives as much.
                let error = (numeric - column[j]).abs();
                assert!(error < 1e-6, "{:?}: ({i}, {j}) {numeric} {}", case.architecture, column[j]);
            }
        }
    }
}

#[test]
fn f32_products_match_f64() {
    for architecture in architectures() {
        let (wide, narrow) =
            (Case::<f64>::new(7, architecture.clone()), Case::<f32>::new(7, architecture.clone()));
        let (v, dim) = (direction(wide.params.len(), 3), wide.params.len());
        let (mut expected, mut out) = (vec![f64::NAN; dim], vec![f32::NAN; dim]);
        let mut network = wide.network(Numerics::best(), 7);
        batch(&wide, &mut network).hessian_vector(&wide.params, &v, &mut expected);
        let mut network = narrow.network(Numerics::best(), 7);
        let single: Vec<f32> = v.iter().map(|v| *v as f32).collect();
        batch(&narrow, &mut network).hessian_vector(&narrow.params, &single, &mut out);
        let largest = expected.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
        for (single, double) in out.iter().zip(&expected) {
            // Some dozens of roundings of 6e-8; more where rows of few units are normalised, whose
            // differences have lost digits.
            let tolerance = largest * if architecture.is_normalised() { 2e-4 } else { 1e-5 };
            assert!((f64::from(*single) - double).abs() < tolerance, "{architecture:?}");
        }
    }
}
