//! The mean rise of the loss when all weights are shaken.

use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::{Layout, Objective, Stream};

use super::Surroundings;
use crate::Estimate;
use crate::directions::filter_normalise;

/// How far each weight is moved by noise δ, given standard normal ξ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale<'a> {
    /// δᵢ = σ ξᵢ; σ in units of the parameters.
    Absolute,
    /// δᵢ = σ |θᵢ| ξᵢ. Unchanged when weights are rescaled, as units of a ReLU network may be.
    Relative,
    /// δ_u = σ ‖θ_u‖ ξ_u/‖ξ_u‖ for the weights u into each output unit, a column of an array \[…, out\]: as
    /// long as the weights themselves, times σ. Arrays of one axis, which are biases, stay as they are.
    ///
    /// H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, *Visualizing the loss landscape of neural nets*,
    /// NeurIPS 2018, section 4; biases as in their code.
    Filter(&'a Layout),
}

impl Scale<'_> {
    /// Turns standard normal `noise` into δ/σ.
    fn apply(&self, params: &[f64], noise: &mut [f64]) {
        match self {
            Scale::Absolute => {}
            Scale::Relative => noise.iter_mut().zip(params).for_each(|(noise, x)| *noise *= x.abs()),
            Scale::Filter(layout) => filter_normalise(noise, params, layout),
        }
    }
}

/// The mean rise of the loss under Gaussian noise δ on all weights.
///
/// ```text
/// E[L(θ + δ)] − L(θ),   estimated by the mean over pairs of ½(L(θ + δ) + L(θ − δ)) − L(θ)
/// ```
/// σ is `sigma` and [`Scale`] says of what. In a pair the slope at θ cancels and what is left is even in δ,
/// to second order ½ δᵀHδ: for [`Scale::Absolute`] the mean is σ²/2 · tr H there. Takes 2 · `pairs` + 1
/// values of the loss.
///
/// B. Neyshabur, S. Bhojanapalli, D. McAllester and N. Srebro, *Exploring generalization in deep learning*,
/// NeurIPS 2017, call it expected sharpness.
///
/// # Panics
/// If `params`, or the layout of [`Scale::Filter`], is not of the objective's length.
///
/// ```
/// use thalweg_landscape::width::{Scale, rise_under_noise};
/// use thalweg_numeric::bounded::{Count, Positive};
/// use thalweg_numeric::{Streams, objectives::Quadratic};
///
/// let mut quadratic = Quadratic::new(Count::of(3), Positive::of(100.0)); // λ = 1, 10, 100
/// let mut stream = Streams::new(42, 0).stream("weight-noise", 0);
/// let (sigma, pairs) = (Positive::of(0.1), Count::of(10_000));
/// let rise = rise_under_noise(&mut quadratic, &[1.0; 3], Scale::Absolute, sigma, pairs, &mut stream);
/// assert!((rise.value - 0.005 * 111.0).abs() < 4.0 * rise.standard_error);
/// ```
pub fn rise_under_noise(
    objective: &mut dyn Objective<f64>,
    params: &[f64],
    scale: Scale<'_>,
    sigma: Positive,
    pairs: Count,
    stream: &mut Stream,
) -> Estimate {
    if let Scale::Filter(layout) = scale {
        assert_eq!(layout.dim(), params.len(), "length of the layout");
    }
    Surroundings::new(objective, params).mean_even_rise(sigma.get(), pairs, |noise| {
        noise.fill_with(|| stream.normal());
        scale.apply(params, noise);
    })
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;
    use thalweg_numeric::bounded::Finite;
    use thalweg_numeric::objectives::{DoubleWell, Linear, Quadratic};

    use super::*;

    fn stream() -> Stream {
        Streams::new(11, 0).stream("weight-noise", 0)
    }

    /// Within four standard errors, and these small against the value.
    fn agrees(estimate: Estimate, expected: f64) {
        assert!((estimate.value - expected).abs() < 4.0 * estimate.standard_error, "{estimate:?} {expected}");
        assert!(estimate.standard_error < 0.02 * expected, "{estimate:?}");
    }

    #[test]
    fn on_a_quadratic_the_mean_is_half_the_trace() {
        let mut quadratic = Quadratic::new(Count::of(7), Positive::of(50.0));
        let params = [0.5, -2.0, 0.0, 1.0, 3.0, -0.25, 1.5];
        let lambda = quadratic.eigenvalues().to_vec();
        let (sigma, pairs) = (Positive::of(0.3), Count::of(20_000));
        let mut rise = |scale| rise_under_noise(&mut quadratic, &params, scale, sigma, pairs, &mut stream());
        agrees(rise(Scale::Absolute), 0.045 * lambda.iter().sum::<f64>());
        let relative: f64 = lambda.iter().zip(&params).map(|(l, x)| l * x * x).sum();
        agrees(rise(Scale::Relative), 0.045 * relative);
        // Columns (0, 2, 4) and (1, 3, 5) of a weight [3, 2], whose noise is uniform on a sphere of radius
        // σ‖column‖, and a bias that stays.
        let layout = Layout::new([("weight", vec![3, 2]), ("bias", vec![1])]);
        let column = |i: [usize; 3]| {
            let square: f64 = i.iter().map(|i| params[*i] * params[*i]).sum();
            square * i.iter().map(|i| lambda[*i]).sum::<f64>() / 3.0
        };
        agrees(rise(Scale::Filter(&layout)), 0.045 * (column([0, 2, 4]) + column([1, 3, 5])));
    }

    #[test]
    fn pairs_cancel_the_slope() {
        let mut linear = Linear { slope: vec![3.0, -0.5, 1.25] };
        let (sigma, pairs) = (Positive::of(2.0), Count::of(50));
        let rise = rise_under_noise(&mut linear, &[0.0; 3], Scale::Absolute, sigma, pairs, &mut stream());
        assert_eq!(rise, Estimate { value: 0.0, standard_error: 0.0 });
    }

    #[test]
    fn a_narrow_well_rises_more_than_a_wide_one() {
        let (wide, narrow, tilt) = (Positive::of(1.0), Positive::of(16.0), Finite::of(0.0));
        let mut wells = DoubleWell::new(Count::of(2), wide, narrow, tilt, Positive::of(0.01)).unwrap();
        let mut rise = |at: f64| {
            let (sigma, pairs) = (Positive::of(0.05), Count::of(20_000));
            rise_under_noise(&mut wells, &[at; 2], Scale::Absolute, sigma, pairs, &mut stream())
        };
        // At 20 σ the edge between the wells is out of reach, and each is its parabola: σ²/2 · 2λ.
        agrees(rise(-1.0), 0.0025);
        agrees(rise(1.0), 0.04);
    }

    #[test]
    fn a_unit_without_weights_is_not_moved() {
        let mut noise = [1.0, -2.0, 0.5, 3.0];
        Scale::Filter(&Layout::new([("weight", vec![2, 2])])).apply(&[0.0, 3.0, 0.0, -4.0], &mut noise);
        assert_eq!([noise[0], noise[2]], [0.0, 0.0]);
        // (−2, 3) made 5 long; a few ulps.
        assert!(
            (noise[1] + 10.0 / 13.0_f64.sqrt()).abs() < 1e-15
                && (noise[3] - 15.0 / 13.0_f64.sqrt()).abs() < 1e-15
        );
    }
}
