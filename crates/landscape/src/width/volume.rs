//! The volume of a basin, by rays.

use std::f64::consts::PI;

use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::{Objective, Stream, vector};

use super::Surroundings;
use crate::Estimate;

/// Halvings of the bracket of a radius, which leave 2⁻²⁴ of its length.
const HALVINGS: usize = 24;

/// An estimate of the volume around θ in which the loss has risen by at most h, along random rays.
///
/// ```text
/// r(u) = the first length r at which L(θ + r u) − L(θ) > h,   u uniform on the unit sphere
/// V = ω_d E[r(u)ᵈ],   ω_d = π^{d/2}/Γ(d/2 + 1)
/// ```
/// This is the part of the basin that is seen from θ. A ray is followed from `nearest` on, doubling r, and
/// the crossing then found by bisection, to a relative 10⁻⁷: what rises and falls again between two doublings
/// is not seen. A ray ends at `farthest`, so the volume is that inside the ball of this radius.
///
/// In many dimensions the largest of the rᵈ carries the whole mean: then the estimate is too low, as a rule
/// by far more than its standard error, and [`Volume::effective_draws`] is near 1. For a quadratic the spread
/// of ln rᵈ grows like √d times the relative spread of the eigenvalues; a comparison of two places of one
/// landscape by [`Volume::log_radius`] is sounder, but weighs directions by the logarithm.
///
/// W. R. Huang et al., *Understanding generalization through visualizations* (2020), on the estimate by rays;
/// A. Scherlis and N. Belrose, *Estimating the probability of sampling a trained neural network at random*
/// (2025), on its bias, which they reduce by drawing u from a preconditioned distribution; here it is
/// uniform. On volume as a reason to generalise: L. Wu, Z. Zhu and W. E, *Towards understanding
/// generalization of deep learning: perspective of loss landscapes* (2017).
///
/// ```
/// use thalweg_landscape::width::Rays;
/// use thalweg_numeric::bounded::{Count, Positive};
/// use thalweg_numeric::{Streams, objectives::Quadratic};
///
/// let mut quadratic = Quadratic::new(Count::of(2), Positive::of(4.0)); // λ = 1, 4
/// let (nearest, farthest) = (Positive::of(1e-3), Positive::of(1e3));
/// let rays = Rays { draws: Count::of(2000), rise: Positive::of(0.5), nearest, farthest };
/// let volume = rays.volume(&mut quadratic, &[0.0; 2], &mut Streams::new(42, 0).stream("rays", 0));
/// let ellipse = std::f64::consts::PI * 1.0 * 0.5; // half axes √(2h/λ)
/// assert!((volume.log_volume.value - ellipse.ln()).abs() < 4.0 * volume.log_volume.standard_error);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rays {
    /// Number of rays.
    pub draws: Count,
    /// h, in units of the loss.
    pub rise: Positive,
    /// Where a ray begins, in units of the parameters; if the loss is too high there already, it goes back by
    /// halves.
    pub nearest: Positive,
    /// Where a ray ends.
    pub farthest: Positive,
}

/// What the rays have found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Volume {
    /// ln V. The standard error is that of ln of a mean, to first order: the relative one of the mean of rᵈ.
    pub log_volume: Estimate,
    /// Mean of ln r: geometric mean radius. ln ω_d + d times it is at most ln V (Jensen's inequality).
    pub log_radius: Estimate,
    /// (Σ rᵈ)²/Σ r²ᵈ, from 1 to the number of rays: how many of them carry ln V (Kish's effective sample
    /// size).
    pub effective_draws: f64,
    /// Rays that came to `farthest` with the loss still low; they count with that radius.
    pub unbounded: u64,
}

impl Rays {
    /// Casts the rays from `params`. Allocates its buffers once, nothing per evaluation.
    ///
    /// # Panics
    /// If `params` is empty or not of the objective's length.
    pub fn volume(&self, objective: &mut dyn Objective<f64>, params: &[f64], stream: &mut Stream) -> Volume {
        assert!(!params.is_empty(), "no volume without a dimension");
        let d = params.len() as f64;
        let mut around = Surroundings::new(objective, params);
        let mut ray = vec![0.0; params.len()];
        let mut log_radii = Vec::with_capacity(self.draws.size());
        let mut unbounded = 0;
        for _ in 0..self.draws.get() {
            ray.fill_with(|| stream.normal());
            let norm = vector::norm(&ray);
            ray.iter_mut().for_each(|x| *x /= norm);
            let radius = self.radius(&mut around, &ray);
            unbounded += u64::from(radius.is_none());
            log_radii.push(libm::log(radius.unwrap_or(self.farthest.get())));
        }
        let log_radius = Estimate::of_mean(&log_radii);
        // Powers of the radii by the largest one, which cannot overflow.
        let largest = log_radii.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        let powers: Vec<f64> = log_radii.iter().map(|r| libm::exp(d * (r - largest))).collect();
        let mean = Estimate::of_mean(&powers);
        let log_ball = 0.5 * d * libm::log(PI) - libm::lgamma(0.5 * d + 1.0);
        let log_volume = Estimate {
            value: log_ball + d * largest + libm::log(mean.value),
            standard_error: mean.standard_error / mean.value,
        };
        let sum: f64 = powers.iter().sum();
        let effective_draws = sum * sum / vector::dot(&powers, &powers);
        Volume { log_volume, log_radius, effective_draws, unbounded }
    }

    /// r(u), or nothing if the loss is low as far as `farthest`.
    fn radius(&self, around: &mut Surroundings<'_>, ray: &[f64]) -> Option<f64> {
        // A loss that is not a number is outside.
        let mut inside = |r: f64| around.rise(r, ray) <= self.rise.get();
        let farthest = self.farthest.get();
        let mut low = self.nearest.get().min(farthest);
        let mut high = low;
        if inside(low) {
            while inside(high) {
                if high == farthest {
                    return None;
                }
                low = high;
                high = (2.0 * high).min(farthest);
            }
        } else {
            // At 0 the loss can only be too high if that at θ is not finite.
            while low > 0.0 && !inside(low) {
                high = low;
                low *= 0.5;
            }
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if inside(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(0.5 * (low + high))
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;
    use thalweg_numeric::bounded::Finite;
    use thalweg_numeric::objectives::{DoubleWell, Linear, Quadratic};

    use super::*;

    fn rays(draws: u64, rise: f64) -> Rays {
        let (nearest, farthest) = (Positive::of(0.01), Positive::of(64.0));
        Rays { draws: Count::of(draws), rise: Positive::of(rise), nearest, farthest }
    }

    fn stream() -> Stream {
        Streams::new(9, 0).stream("rays", 0)
    }

    #[test]
    fn on_a_quadratic_the_volume_is_that_of_the_ellipsoid() {
        for (dim, condition, rise) in [(1, 3.0, 0.7), (2, 5.0, 1e-6), (5, 4.0, 0.3)] {
            let mut quadratic = Quadratic::new(Count::of(dim), Positive::of(condition));
            let params = vec![0.0; dim as usize];
            let volume = rays(20_000, rise).volume(&mut quadratic, &params, &mut stream());
            // ω_d Π √(2h/λᵢ), with ω = 2, π and 8π²/15.
            let ball = [2.0, PI, f64::NAN, f64::NAN, 8.0 * PI * PI / 15.0][dim as usize - 1];
            let axes: f64 = quadratic.eigenvalues().iter().map(|l| (2.0 * rise / l).sqrt().ln()).sum();
            let error = (volume.log_volume.value - ball.ln() - axes).abs();
            // Four standard errors, and d·10⁻⁷ of the bisection: in one dimension all rays are equal.
            assert!(error < 4.0 * volume.log_volume.standard_error + 1e-6, "{volume:?} {error}");
            assert!(volume.log_volume.standard_error < 0.02);
            assert!(volume.effective_draws > 3000.0 && volume.effective_draws < 20_001.0, "{volume:?}");
            assert_eq!(volume.unbounded, 0);
        }
    }

    #[test]
    fn in_a_round_basin_every_ray_counts_alike() {
        let mut quadratic = Quadratic::new(Count::of(40), Positive::of(1.0));
        let volume = rays(30, 2.0).volume(&mut quadratic, &[0.0; 40], &mut stream());
        // r = √(2h) = 2 to 10⁻⁷, its 40th power to 40 times that.
        assert!((volume.log_radius.value - 2.0_f64.ln()).abs() < 2e-7, "{volume:?}");
        assert!((volume.effective_draws / 30.0 - 1.0).abs() < 1e-6, "{volume:?}");
        // ω₄₀ = π²⁰/20!, and ln 20! = 42.335616460753485.
        let expected = 20.0 * PI.ln() - 42.335616460753485 + 40.0 * 2.0_f64.ln();
        assert!((volume.log_volume.value - expected).abs() < 1e-5, "{volume:?} {expected}");
    }

    #[test]
    fn wells_have_the_widths_of_their_parabolas() {
        let (wide, narrow, tilt) = (Positive::of(1.0), Positive::of(16.0), Finite::of(0.0));
        let mut wells = DoubleWell::new(Count::of(1), wide, narrow, tilt, Positive::of(0.01)).unwrap();
        // √(2h/λ) on both sides, while the other parabola is 0.3 above and changes L by less than
        // 0.01·e^{−30}.
        for (at, lambda) in [(-1.0, 1.0), (1.0, 16.0)] {
            let volume = rays(8, 0.02).volume(&mut wells, &[at], &mut stream());
            let expected = (2.0 * (0.04_f64 / lambda).sqrt()).ln();
            assert!((volume.log_volume.value - expected).abs() < 2e-7, "{volume:?} {expected}");
        }
    }

    #[test]
    fn rays_end_at_the_farthest_place() {
        let mut slope = Linear { slope: vec![1.0] };
        let volume = rays(100, 16.0).volume(&mut slope, &[0.0], &mut stream());
        // Uphill r = 16, downhill the end at 64.
        let (up, down) = (100.0 - volume.unbounded as f64, volume.unbounded as f64);
        assert!(up > 20.0 && down > 20.0);
        let expected = (2.0 * (16.0 * up + 64.0 * down) / 100.0).ln();
        assert!((volume.log_volume.value - expected).abs() < 2e-7, "{volume:?}");
    }

    #[test]
    fn a_loss_that_is_not_finite_gives_no_volume() {
        let mut quadratic = Quadratic::new(Count::of(2), Positive::of(1.0));
        let volume = rays(3, 1.0).volume(&mut quadratic, &[f64::NAN, 0.0], &mut stream());
        assert!(volume.log_volume.value.is_nan());
    }
}
