//! Steepest descent in the spectral norm: every singular value of a step is the same.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thalweg_numeric::{Layout, Real, vector};

use super::jacobi::Jacobi;
use super::matrices::{Matrix, most, split};
use super::{Memory, RuleSettings, RuleState, check_lengths, sign};
use crate::properties::Properties;

/// Spectral descent, with exact singular vectors and no memory. Of every array W of the layout with two axes
/// the gradient is G = U Σ Vᵀ, and of every other array g:
///
/// ```text
/// W ← W − η s U Vᵀ
/// w ← w − η s g/‖g‖           vectors = "normalised"
/// w ← w − η s sign(g)         vectors = "sign", sign 0 = 0
///
/// s = 1                       dual-norm = false
/// s = Σ σ, ‖g‖ or Σ |g|       dual-norm = true: the norm of the gradient that is dual to that of the step
/// ```
/// D. E. Carlson et al., *Preconditioned spectral descent for deep learning*, NIPS 2015, whose #-operator of
/// the Schatten-∞ norm it is with the dual norm; J. Bernstein and L. Newhouse, *Old optimizer, new norm: an
/// anthology* (2024), section 2. It is Muon without momentum, and with the limit of its iterations. A vector
/// as a matrix of one column has its normalised gradient for U Vᵀ.
///
/// Singular values below the rounding of the largest count as 0, and nothing moves along their vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spectral {
    /// Whether steps grow with the gradient. Default false, as in Muon.
    pub dual_norm: bool,
    /// What arrays that are no matrices do, such as biases. Default `"normalised"`, the same for a matrix of
    /// one column.
    pub vectors: Vectors,
}

/// The steps of arrays that are no matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Vectors {
    /// Steps of one Euclidean length for each array.
    #[default]
    Normalised,
    /// Each entry moves by the same or not at all.
    Sign,
}

impl Properties for Spectral {
    fn numbers_per_parameter(&self) -> f64 {
        0.0
    }

    fn extra_flops(&self, layout: &Layout) -> f64 {
        jacobi_flops(layout)
    }
}

/// Eight sweeps over all pairs of rows of each matrix, with some 24 operations for each two entries.
pub(super) fn jacobi_flops(layout: &Layout) -> f64 {
    let of = |matrix: &Matrix| 8.0 * 12.0 * (matrix.rows() * matrix.range.len()) as f64;
    split(layout).0.iter().map(of).sum()
}

impl<F: Real> RuleSettings<F> for Spectral {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let (matrices, rest) = split(layout);
        let (rows, entries) = most(&matrices);
        let jacobi = Jacobi::new(rows, entries);
        Box::new(State { config: *self, dim: layout.dim(), matrices, rest, jacobi })
    }
}

struct State<F> {
    config: Spectral,
    dim: usize,
    matrices: Vec<Matrix>,
    rest: Vec<Range<usize>>,
    // Work space, not remembered.
    jacobi: Jacobi<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.dim, params, grad);
        let Spectral { dual_norm, vectors } = self.config;
        let rate = |dual: F| F::from_f64(lr * if dual_norm { dual.to_f64() } else { 1.0 });
        for array in &self.matrices {
            let grad = &grad[array.range.clone()];
            grad.iter().enumerate().for_each(|(k, g)| self.jacobi.matrix[array.place(k)] = *g);
            let rate = rate(self.jacobi.polar(array.rows(), grad.len()));
            for (k, w) in params[array.range.clone()].iter_mut().enumerate() {
                *w -= rate * self.jacobi.matrix[array.place(k)];
            }
        }
        for range in &self.rest {
            let (params, grad) = (&mut params[range.clone()], &grad[range.clone()]);
            match vectors {
                Vectors::Normalised => {
                    let norm = vector::norm(grad);
                    if norm != F::ZERO {
                        vector::descend(rate(norm) / norm, grad, params);
                    }
                }
                Vectors::Sign => {
                    let rate = rate(grad.iter().map(|g| g.abs()).sum());
                    vector::for_each(params.iter_mut().zip(grad), move |(x, g)| *x -= rate * sign(*g));
                }
            }
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// −1 times the step from 0 with η = 1 on a 2 × 3 or 3 × 2 matrix and a vector of 2.
    fn step(text: &str, shape: [usize; 2], grad: [f64; 8]) -> [f64; 8] {
        let config: Spectral = toml::from_str(text).unwrap();
        let mut params = [0.0; 8];
        let layout = Layout::new([("w", shape.to_vec()), ("b", vec![2])]);
        config.build(&layout).step(1.0, &mut params, &grad);
        params.map(|x| -x)
    }

    #[test]
    fn singular_values_become_one_or_their_sum() {
        // U = 1, singular values 5 and 2, V = (0.6, 0, 0.8), (0, −1, 0).
        let grad = [3.0, 0.0, 4.0, 0.0, -2.0, 0.0, 6.0, -8.0];
        let factor = [0.6, 0.0, 0.8, 0.0, -1.0, 0.0];
        for (text, s, vector) in [
            ("", 1.0, [0.6, -0.8]),
            ("vectors = 'sign'", 1.0, [1.0, -1.0]),
            ("dual-norm = true", 7.0, [6.0, -8.0]),
            ("dual-norm = true\nvectors = 'sign'", 7.0, [14.0, -14.0]),
        ] {
            let expected: Vec<f64> = factor.iter().map(|x| s * x).chain(vector).collect();
            let wide = step(text, [2, 3], grad);
            let turned = [3.0, 0.0, 0.0, -2.0, 4.0, 0.0, 6.0, -8.0];
            let tall = step(text, [3, 2], turned);
            let back = [0, 2, 4, 1, 3, 5, 6, 7].map(|k| tall[k]);
            for step in [wide, back] {
                // Some roundings of numbers up to 14.
                assert!(step.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 2e-14), "{text}: {step:?}");
            }
        }
    }

    #[test]
    fn where_there_is_no_gradient_nothing_moves() {
        assert_eq!(step("", [2, 3], [0.0; 8]), [0.0; 8]);
        // Of rank 1: nothing moves along the other rows and columns.
        let step = step("", [2, 3], [0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(step, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
