//! Matrices with known eigenvalues, for tests.

use thalweg_numeric::{Streams, vector};

use super::krylov::{normalise, normals};
use super::{Dense, FromFn};

/// Q diag(eigenvalues) Qᵀ, Q a product of three random reflections.
pub(crate) fn rotated(eigenvalues: &[f64], seed: u64) -> Dense {
    let dim = eigenvalues.len();
    let mut stream = Streams::new(seed, 0).stream("rotation", 0);
    let mirrors: [Vec<f64>; 3] = std::array::from_fn(|_| {
        let mut mirror = vec![0.0; dim];
        normals(&mut stream, &mut mirror);
        normalise(&mut mirror);
        mirror
    });
    let reflect = |mirror: &[f64], x: &mut [f64]| vector::axpy(-2.0 * vector::dot(mirror, x), mirror, x);
    let product = |v: &[f64], out: &mut [f64]| {
        out.copy_from_slice(v);
        mirrors.iter().for_each(|mirror| reflect(mirror, out));
        out.iter_mut().zip(eigenvalues).for_each(|(out, value)| *out *= value);
        mirrors.iter().rev().for_each(|mirror| reflect(mirror, out));
    };
    Dense::of(&mut FromFn { dim, product }).expect("all numbers are finite")
}
