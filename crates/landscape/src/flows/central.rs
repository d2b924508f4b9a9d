//! The edge of stability, at which the central flow is held.

use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Objective, Stream, vector};

use super::complementarity::{complementary, diagonal};
use super::{Flow, FlowError};

/// Eigenvalues within this share below the edge may come to it by the correction itself.
const CLOSE: f64 = 0.02;
/// Beyond the edge by more than this share the Hessian is no more linear in the correction. The gradient flow
/// comes far less far in a sub-step; a start may lie there.
const FAR: f64 = 0.1;

impl Flow {
    /// Brings the Hessian back to the edge after a sub-step of length h, and returns tr Σ and ½⟨∇²L, Σ⟩.
    pub(super) fn project(
        &mut self,
        objective: &mut dyn Objective<f64>,
        (edge, h): (f64, f64),
        modes: Count,
        stream: &mut Stream,
    ) -> Result<(f64, f64), FlowError> {
        let most = modes.size().min(self.params.len());
        let n = loop {
            let curvature = self.look(objective, stream)?;
            if curvature > (1.0 + FAR) * edge {
                return Err(FlowError::BeyondTheEdge { curvature, edge });
            }
            let n = self.leading.iter().filter(|pair| pair.value > (1.0 - CLOSE) * edge).count();
            // One more than are close, so that the next one is seen before it is.
            let (enough, asked) = (n < self.watched || self.watched >= most, self.watched);
            self.watched = (n + 1).min(most);
            if enough || self.watched == asked {
                break n;
            }
        };
        if self.leading[0].value <= edge {
            return Ok((0.0, 0.0));
        }
        let vectors: Vec<Vec<f64>> = self.leading[..n].iter().map(|pair| pair.vector.clone()).collect();
        let slopes = slopes(objective, &self.params, &vectors);
        // The Hessian changes by −(h/2) ⟨∇Hₚ, Σ_q X_q ∇H_q⟩.
        let gram = slopes.iter().flat_map(|p| slopes.iter().map(move |q| h / 2.0 * vector::dot(p, q)));
        let gram: Vec<f64> = gram.collect();
        let mut room = vec![0.0; slopes.len()];
        diagonal(n).zip(&self.leading).for_each(|(p, pair)| room[p] = edge - pair.value);
        let x = complementary(n, &room, &gram).ok_or(FlowError::NoBalance)?;
        for (x, slope) in x.iter().zip(&slopes) {
            vector::axpy(-h / 2.0 * x, slope, &mut self.params);
        }
        let shares = || diagonal(n).map(|p| x[p]).zip(&self.leading);
        // Where there is oscillation the Hessian is brought down to the edge.
        let excess = shares().map(|(x, pair)| 0.5 * x * pair.value.min(edge)).sum();
        Ok((shares().map(|(x, _)| x).sum(), excess))
    }
}

/// ∇(uᵢᵀ∇²L uⱼ) for i ≤ j, row by row, those with i < j times √2.
///
/// ```text
/// ∇(uᵀ∇²L v) ≈ (∇²L(θ + h u) v − ∇²L(θ − h u) v)/2h,   h = ε^{1/3} (1 + ‖θ‖)
/// ```
/// The difference leaves out a part that grows with h² and is rounded to one of ε/h, so the step is that of
/// [`Objective::hessian_vector`], for the same reason.
pub(super) fn slopes(
    objective: &mut dyn Objective<f64>,
    params: &[f64],
    vectors: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let h = libm::cbrt(f64::EPSILON) * (1.0 + vector::norm(params));
    let (mut slopes, mut below) = (Vec::new(), vec![0.0; params.len()]);
    for (i, u) in vectors.iter().enumerate() {
        let [ahead, behind] = [h, -h].map(|h| {
            let mut place = params.to_vec();
            vector::axpy(h, u, &mut place);
            place
        });
        for (j, v) in vectors.iter().enumerate().skip(i) {
            let mut slope = vec![0.0; params.len()];
            objective.hessian_vector(&ahead, v, &mut slope);
            objective.hessian_vector(&behind, v, &mut below);
            let weight = if i == j { 1.0 } else { std::f64::consts::SQRT_2 };
            slope
                .iter_mut()
                .zip(&below)
                .for_each(|(slope, below)| *slope = weight * (*slope - below) / (2.0 * h));
            slopes.push(slope);
        }
    }
    slopes
}
