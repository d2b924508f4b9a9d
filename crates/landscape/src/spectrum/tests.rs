//! The dense solver against nalgebra's, which shares no code with it.

use nalgebra::DMatrix;
use thalweg_numeric::{Streams, vector};

use super::testing::rotated;
use super::{Dense, FromFn, Operator};

fn from_fn(dim: usize, entry: impl Fn(usize, usize) -> f64) -> Dense {
    let product = |v: &[f64], out: &mut [f64]| {
        for (i, out) in out.iter_mut().enumerate() {
            *out = v.iter().enumerate().map(|(j, v)| entry(i, j) * v).sum();
        }
    };
    Dense::of(&mut FromFn { dim, product }).unwrap()
}

fn random(dim: usize) -> Dense {
    let mut stream = Streams::new(6, 0).stream("matrix", 0);
    let entries: Vec<f64> = (0..dim * dim).map(|_| stream.normal()).collect();
    from_fn(dim, |i, j| entries[i * dim + j] + entries[j * dim + i])
}

fn by_nalgebra(dense: &Dense) -> Vec<f64> {
    let matrix = DMatrix::from_column_slice(dense.dim(), dense.dim(), dense.entries());
    let mut values = matrix.symmetric_eigenvalues().as_slice().to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// Holds eigenvalues and eigenvectors to nalgebra's, to each other and to the matrix.
fn check(name: &str, mut dense: Dense) {
    let (n, eigen, expected) = (dense.dim(), dense.eigen().unwrap(), by_nalgebra(&dense));
    assert_eq!(dense.eigenvalues().unwrap(), eigen.values, "{name}: with vectors and without");
    assert!(eigen.values.len() == n && eigen.values.is_sorted(), "{name}");
    let norm = expected.iter().fold(0.0_f64, |norm, value| norm.max(value.abs()));
    // Each of n reflections and some 2n rotations rounds a few times; the errors add up like a random walk.
    let bound = 10.0 * f64::EPSILON * (n as f64).sqrt();
    let mut product = vec![0.0; n];
    for (i, (value, expected)) in eigen.values.iter().zip(&expected).enumerate() {
        assert!((value - expected).abs() <= bound * norm, "{name} {i}: {value} {expected}");
        dense.apply(eigen.vector(i), &mut product);
        vector::axpy(-value, eigen.vector(i), &mut product);
        product.iter_mut().for_each(|x| *x /= norm.max(f64::MIN_POSITIVE));
        assert!(vector::norm(&product) <= bound, "{name} {i}: {product:?}");
        for j in 0..=i {
            let cosine = vector::dot(eigen.vector(i), eigen.vector(j)) - f64::from(i == j);
            assert!(cosine.abs() <= bound, "{name} {i} {j}: {cosine}");
        }
    }
}

#[test]
fn eigenpairs_are_those_of_nalgebra() {
    check("random", random(151));
    check("two rows", random(2));
    check("one entry", from_fn(1, |_, _| -2.5));
    check("ones", from_fn(33, |_, _| 1.0));
    check("diagonal", from_fn(7, |i, j| if i == j { [3.0, -1.0, 0.0, 2.0, 0.5, 7.0, -4.0][i] } else { 0.0 }));
    check("arrow", from_fn(40, |i, j| if i == j { i as f64 } else { 1e-3 * f64::from(i * j == 0) }));
}

#[test]
fn sizes_of_entries_may_differ_by_many_powers_of_ten() {
    let graded = |i: usize, j: usize| 10.0_f64.powi(-((i + j) as i32)) / (1 + i + j) as f64;
    check("downwards", from_fn(12, graded));
    check("upwards", from_fn(12, |i, j| graded(11 - i, 11 - j)));
    // Squares of these overflow or vanish.
    check("large", from_fn(5, |i, j| 1e200 * graded(i, j)));
    check("small", from_fn(6, |i, j| 1e-200 * graded(i, j)));
}

#[test]
fn eigenvalues_may_be_equal_or_nearly_so() {
    check("zero", from_fn(9, |_, _| 0.0));
    let clusters: Vec<f64> = (0..90).map(|i| f64::from(i / 30) + 1e-14 * f64::from(i % 5)).collect();
    check("clusters", rotated(&clusters, 1));
    let mut low_rank = [0.0; 64];
    low_rank[..3].copy_from_slice(&[9.0, -2.0, 1.0]);
    check("low rank", rotated(&low_rank, 2));
}

#[test]
fn the_bits_are_the_same_on_every_machine() {
    // As computed on an x86-64 with AVX2. Only + − × ÷ √ and libm's hypot come in, in one order.
    let values = from_fn(5, |i, j| 1.0 / (1 + i + j) as f64).eigenvalues().unwrap();
    let expected = [
        3.2879287723556463e-6,
        0.0003058980401512574,
        0.011407491623419816,
        0.20853421861101346,
        1.5670506910982303,
    ];
    assert_eq!(values, expected);
}
