//! Large batches are cut into shares.

mod common;

use common::{Case, architectures, numerics};
use thalweg_network::{Architecture, Numerics};
use thalweg_numeric::Real;

/// The gradient of n rows by a pool of so many threads; 0: outside of any pool.
fn gradient<F: Real>(case: &Case<F>, numerics: Numerics, threads: usize) -> (F, Vec<F>) {
    let compute = || {
        let mut network = case.network(numerics, case.labels.len());
        let mut grad = vec![F::ZERO; case.params.len()];
        let loss = network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
        (loss, grad)
    };
    if threads == 0 {
        return compute();
    }
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(compute)
}

fn threads_change_nothing<F: Real>() {
    for numerics in numerics() {
        for architecture in architectures() {
            for rows in [127, 383, 1013] {
                let case = Case::<F>::new(rows, architecture.clone());
                let alone = gradient(&case, numerics, 0);
                for threads in [1, 2, 3] {
                    assert!(gradient(&case, numerics, threads) == alone, "{rows} rows on {threads} threads");
                }
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    threads_change_nothing::<f32>();
    threads_change_nothing::<f64>();
}

/// 144,000 weights are a wide gradient, whose products of 126 rows are cut by columns, and those of more by
/// rows.
fn threads_change_no_wide_product<F: Real>() {
    let architecture =
        Architecture { inputs: 70, hidden: vec![301, 402], outputs: 5, ..Architecture::default() };
    for numerics in numerics() {
        for rows in [126, 383] {
            let case = Case::<F>::new(rows, architecture.clone());
            let alone = gradient(&case, numerics, 0);
            for threads in [1, 2, 3, 8] {
                assert!(gradient(&case, numerics, threads) == alone, "{rows} rows on {threads} threads");
            }
        }
    }
}

#[test]
fn threads_change_no_bit_of_a_wide_network() {
    threads_change_no_wide_product::<f32>();
    threads_change_no_wide_product::<f64>();
}

#[test]
fn the_gradient_of_many_rows_is_the_mean_of_those_of_few() {
    for architecture in architectures() {
        let case = Case::<f64>::new(383, architecture);
        let numerics = Numerics::Portable;
        let (loss, grad) = gradient(&case, numerics, 2);
        let mut network = case.network(numerics, 1);
        let (mut one, mut sum, mut total) = (grad.clone(), vec![0.0; grad.len()], 0.0);
        for row in 0..383 {
            let (inputs, labels) =
                (case.inputs.slice(ndarray::s![row..row + 1, ..]), case.targets_of(row..row + 1));
            total += network.gradient(&case.params, inputs, labels, &mut one);
            sum.iter_mut().zip(&one).for_each(|(sum, one)| *sum += one);
        }
        // 383 roundings of 1.1e-16 of sums of order 1.
        assert!((loss - total / 383.0).abs() < 1e-12);
        assert!(grad.iter().zip(&sum).all(|(a, b)| (a - b / 383.0).abs() < 1e-12));
    }
}
