//! A wide and a narrow well, for the question which of them noise prefers.

use crate::bounded::{Count, Finite, Positive};
use crate::{Objective, Real};

/// A narrow well in the wall of a wide one, along each coordinate on its own.
///
/// ```text
/// L(θ) = Σᵢ w(θᵢ),   w(x) = −s ln( e^{−a(x)/s} + e^{−b(x)/s} )
/// a(x) = ½ λ_wide (x + 1)² + Δ       the wide well, Δ above the narrow one
/// b(x) = ½ λ_narrow (x − 1)²         the narrow well
/// ```
/// w is the smooth minimum of two parabolas: s rounds the edge between them and nothing else. A coordinate is
/// in the well whose parabola is the lower one there. The wells are 2ᵈ minima of d coordinates that know
/// nothing of each other, so one long run is d independent walks.
#[derive(Debug, Clone)]
pub struct DoubleWell {
    dim: usize,
    wide: f64,
    narrow: f64,
    tilt: f64,
    softness: f64,
}

/// Settings that leave no two wells.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DoubleWellError {
    /// λ_narrow ≤ λ_wide.
    #[error("the narrow well must have the larger curvature, found {narrow} and {wide} for the wide one")]
    NotNarrow {
        /// λ_wide
        wide: f64,
        /// λ_narrow
        narrow: f64,
    },
    /// One parabola lies below the minimum of the other.
    #[error("a tilt of {tilt} leaves one well, expected more than {low} and less than {high}")]
    OneWell {
        /// Δ
        tilt: f64,
        /// −2 λ_wide
        low: f64,
        /// 2 λ_narrow
        high: f64,
    },
}

impl DoubleWell {
    /// `dim` coordinates with wells of curvature λ_wide at −1 and λ_narrow at +1, tilt Δ and softness s.
    ///
    /// # Errors
    /// [`DoubleWellError`] if there are no two wells of the right widths.
    pub fn new(
        dim: Count,
        wide: Positive,
        narrow: Positive,
        tilt: Finite,
        softness: Positive,
    ) -> Result<Self, DoubleWellError> {
        let (wide, narrow, tilt) = (wide.get(), narrow.get(), tilt.get());
        if narrow <= wide {
            return Err(DoubleWellError::NotNarrow { wide, narrow });
        }
        let (low, high) = (-2.0 * wide, 2.0 * narrow);
        if tilt <= low || tilt >= high {
            return Err(DoubleWellError::OneWell { tilt, low, high });
        }
        Ok(Self { dim: dim.size(), wide, narrow, tilt, softness: softness.get() })
    }

    /// a(x) − b(x).
    fn difference<F: Real>(&self, x: F) -> F {
        let half = F::from_f64(0.5);
        let (left, right) = (x + F::ONE, x - F::ONE);
        half * F::from_f64(self.wide) * left * left + F::from_f64(self.tilt)
            - half * F::from_f64(self.narrow) * right * right
    }

    /// Whether x is in the wide well.
    pub fn in_wide<F: Real>(&self, x: F) -> bool {
        self.difference(x) < F::ZERO
    }

    /// The two places where the parabolas cross. The narrow well lies between them.
    fn crossings(&self) -> [f64; 2] {
        // (λ_n − λ_w) x² − 2 (λ_n + λ_w) x + (λ_n − λ_w) − 2Δ = 0
        let (gap, sum) = (self.narrow - self.wide, self.narrow + self.wide);
        let root = (sum * sum - gap * (gap - 2.0 * self.tilt)).sqrt();
        [(sum - root) / gap, (sum + root) / gap]
    }

    /// The share of the Gibbs distribution e^{−w(x)/T} in the wide well, by quadrature: what Langevin
    /// dynamics at temperature T tend to.
    ///
    /// ```text
    /// ∫_wide e^{−w/T} dx / ∫ e^{−w/T} dx
    /// ```
    pub fn gibbs_wide(&self, temperature: f64) -> f64 {
        let [left, right] = self.crossings();
        // At 12 standard deviations of the wide well the density is e^{−72} of its peak.
        let reach = 12.0 * (temperature / self.wide).sqrt();
        let mass = |from: f64, to: f64| self.mass(temperature, from, to);
        let narrow = mass(left, right);
        let wide = mass((-1.0 - reach).min(left - reach), left) + mass(right, right + reach);
        wide / (wide + narrow)
    }

    /// ∫ e^{−(w − lowest)/T} dx between two places by Simpson's rule.
    fn mass(&self, temperature: f64, from: f64, to: f64) -> f64 {
        // The edge is rounded over about s/slope ≈ 0.01 of ranges of some units.
        const INTERVALS: usize = 20_000;
        let lowest = self.tilt.min(0.0) - self.softness * std::f64::consts::LN_2;
        let density = |x: f64| libm::exp((lowest - self.well(x)) / temperature);
        let step = (to - from) / INTERVALS as f64;
        let inner: f64 = (1..INTERVALS)
            .map(|i| if i % 2 == 1 { 4.0 } else { 2.0 } * density(from + step * i as f64))
            .sum();
        step / 3.0 * (density(from) + inner + density(to))
    }

    /// The same share if each well were its whole parabola: depth against volume.
    ///
    /// ```text
    /// e^{−Δ/T}/√λ_wide : 1/√λ_narrow
    /// ```
    pub fn harmonic_wide(&self, temperature: f64) -> f64 {
        1.0 / (1.0 + libm::exp(self.tilt / temperature) * (self.wide / self.narrow).sqrt())
    }

    /// w(x).
    fn well<F: Real>(&self, x: F) -> F {
        let right = x - F::ONE;
        let b = F::from_f64(0.5 * self.narrow) * right * right;
        let (difference, softness) = (self.difference(x), F::from_f64(self.softness));
        // −s ln(e^{−a/s} + e^{−b/s}) = min(a, b) − s ln(1 + e^{−|a−b|/s}), where no exponential can overflow.
        let lower = if difference < F::ZERO { b + difference } else { b };
        lower - softness * (-difference.abs() / softness).exp().ln_1p()
    }

    /// The share of a in w: e^{−a/s} / (e^{−a/s} + e^{−b/s}).
    fn share<F: Real>(&self, x: F) -> F {
        F::ONE / (F::ONE + (self.difference(x) / F::from_f64(self.softness)).exp())
    }

    fn slopes<F: Real>(&self, x: F) -> (F, F) {
        (F::from_f64(self.wide) * (x + F::ONE), F::from_f64(self.narrow) * (x - F::ONE))
    }
}

impl<F: Real> Objective<F> for DoubleWell {
    fn dim(&self) -> usize {
        self.dim
    }

    fn value(&mut self, params: &[F]) -> F {
        assert_eq!(params.len(), self.dim);
        params.iter().map(|x| self.well(*x)).sum()
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        assert_eq!(grad.len(), self.dim);
        for (g, x) in grad.iter_mut().zip(params) {
            let (share, (a, b)) = (self.share(*x), self.slopes(*x));
            *g = share * a + (F::ONE - share) * b;
        }
        self.value(params)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        assert_eq!((params.len(), v.len(), out.len()), (self.dim, self.dim, self.dim));
        let (wide, narrow) = (F::from_f64(self.wide), F::from_f64(self.narrow));
        let softness = F::from_f64(self.softness);
        for ((out, x), v) in out.iter_mut().zip(params).zip(v) {
            let (share, (a, b)) = (self.share(*x), self.slopes(*x));
            let other = F::ONE - share;
            let curvature = share * wide + other * narrow - share * other * (a - b) * (a - b) / softness;
            *out = curvature * *v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_derivatives;
    use super::*;

    fn well(softness: f64) -> DoubleWell {
        let [wide, narrow, softness] = [0.5, 12.5, softness].map(Positive::of);
        DoubleWell::new(Count::of(3), wide, narrow, Finite::of(0.25), softness).expect("two wells")
    }

    #[test]
    fn derivatives_match_finite_differences() {
        // Both wells and the edge between them.
        check_derivatives(&mut well(0.1), &[-1.2, 0.65, 1.1], &[0.5, 1.0, -2.0]);
    }

    #[test]
    fn far_from_the_edge_it_is_the_lower_parabola() {
        let mut well = well(0.05);
        let value = |well: &mut DoubleWell, x: f64| well.value(&[x, x, x]) / 3.0;
        // e^{−|a−b|/s} is below 1e-16 there.
        assert!((value(&mut well, -1.0) - 0.25).abs() < 1e-15);
        assert!((value(&mut well, -3.0) - 1.25).abs() < 1e-15);
        assert!(value(&mut well, 1.0).abs() < 1e-9);
        assert!(well.in_wide(0.0) && !well.in_wide(1.0) && well.in_wide(3.0));
        for x in well.crossings() {
            assert!(well.difference(x).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn at_the_temperature_of_the_softness_the_gibbs_share_is_that_of_two_gaussians() {
        // With T = s the density is e^{−a/T} + e^{−b/T}, whose integrals are error functions.
        let temperature = 0.2;
        let well = well(temperature);
        let [left, right] = well.crossings();
        let gaussian = |weight: f64, at: f64, curvature: f64| {
            let below = |x: f64| 0.5 * (1.0 + libm::erf((x - at) * (0.5 * curvature / temperature).sqrt()));
            let mass = weight * (std::f64::consts::TAU * temperature / curvature).sqrt();
            let inside = mass * (below(right) - below(left));
            (mass - inside, inside)
        };
        let (wide, narrow) = (gaussian(libm::exp(-0.25 / temperature), -1.0, 0.5), gaussian(1.0, 1.0, 12.5));
        let outside = wide.0 + narrow.0;
        let expected = outside / (outside + wide.1 + narrow.1);
        // Simpson's rule on intervals of 5e-4 leaves about 1e-13 of a peak of width 0.1.
        assert!((well.gibbs_wide(temperature) - expected).abs() < 1e-10, "{expected}");
    }

    #[test]
    fn depth_wins_in_the_cold_and_volume_in_the_heat() {
        let well = well(0.02);
        assert!(well.gibbs_wide(0.03) < 0.01 && well.gibbs_wide(1.0) > 0.75);
        // In the cold each well is its parabola, but for the softness.
        assert!((well.gibbs_wide(0.1) / well.harmonic_wide(0.1) - 1.0).abs() < 0.02);
        // Where e^{−Δ/T} √(λ_narrow/λ_wide) = 1.
        assert!((well.harmonic_wide(0.25 / libm::log(5.0)) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn settings_without_two_wells_are_refused() {
        let new = |wide: f64, narrow: f64, tilt: f64| {
            let [wide, narrow, softness] = [wide, narrow, 0.1].map(Positive::of);
            DoubleWell::new(Count::of(2), wide, narrow, Finite::of(tilt), softness).map(|_| ())
        };
        assert_eq!(new(1.0, 1.0, 0.0), Err(DoubleWellError::NotNarrow { wide: 1.0, narrow: 1.0 }));
        let message = new(1.0, 4.0, 8.0).unwrap_err().to_string();
        assert_eq!(message, "a tilt of 8 leaves one well, expected more than -2 and less than 8");
        assert!(new(1.0, 4.0, -2.0).is_err() && new(1.0, 4.0, 7.9).is_ok());
    }
}
