//! Eigenvalues and eigenvectors of small tridiagonal matrices, in memory that is kept.

use faer::diag::{DiagMut, DiagRef};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd_scratch, tridiagonal_self_adjoint_evd};
use faer::{MatMut, Par};

use crate::SpectrumError;

/// A solver for up to `capacity` rows.
pub(crate) struct Tridiagonal {
    rows: usize,
    values: Vec<f64>,
    vectors: Vec<f64>,
    memory: MemBuffer,
}

impl Tridiagonal {
    pub(crate) fn new(capacity: usize) -> Self {
        // faer states no need of its own for the tridiagonal solver; that of the dense one holds it.
        let need =
            self_adjoint_evd_scratch::<f64>(capacity, ComputeEigenvectors::Yes, Par::Seq, Default::default());
        Self {
            rows: 0,
            values: vec![0.0; capacity],
            vectors: vec![0.0; capacity * capacity],
            memory: MemBuffer::new(need),
        }
    }

    /// Solves for the matrix with `diagonal` and, one shorter, `beside` it.
    pub(crate) fn solve(&mut self, diagonal: &[f64], beside: &[f64]) -> Result<(), SpectrumError> {
        let rows = diagonal.len();
        self.rows = rows;
        let vectors = &mut self.vectors[..rows * rows];
        tridiagonal_self_adjoint_evd(
            DiagRef::from_slice(diagonal),
            DiagRef::from_slice(beside),
            DiagMut::from_slice_mut(&mut self.values[..rows]),
            Some(MatMut::from_column_major_slice_mut(vectors, rows, rows)),
            Par::Seq,
            MemStack::new(&mut self.memory),
            Default::default(),
        )
        .map_err(|_| SpectrumError::NoConvergence { dim: rows })
    }

    /// Ascending.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values[..self.rows]
    }

    /// The eigenvector of length 1 of `values()[index]`.
    pub(crate) fn vector(&self, index: usize) -> &[f64] {
        &self.vectors[index * self.rows..(index + 1) * self.rows]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_differences_have_their_known_eigenpairs() {
        // faer changes its method at 128 rows.
        let mut solver = Tridiagonal::new(150);
        for n in [1, 2, 5, 150] {
            solver.solve(&vec![2.0; n], &vec![-1.0; n - 1]).unwrap();
            let angle = |k: usize| k as f64 * std::f64::consts::PI / (n + 1) as f64;
            for index in 0..n {
                // 2 − 2 cos(kπ/(n+1)), and an eigenvector ∝ sin(ikπ/(n+1)); n roundings of numbers below 4.
                let exact = 2.0 - 2.0 * angle(index + 1).cos();
                assert!((solver.values()[index] - exact).abs() < 1e-13, "{n} {index}");
                let length = (2.0 / (n + 1) as f64).sqrt();
                let first = length * angle(index + 1).sin();
                assert!((solver.vector(index)[0].abs() - first.abs()).abs() < 1e-11, "{n} {index}");
            }
        }
    }
}
