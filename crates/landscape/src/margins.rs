//! Margins: how far the data lie from the decision boundary, and which separator makes the smallest of them
//! largest.
//!
//! A raw margin is yᵢ·f(xᵢ) with yᵢ = ±1, or with several classes the score of the right one less the best
//! other. It grows with the parameters without end, so margins are compared after division by a power of a
//! norm.

mod separator;

use thalweg_numeric::bounded::{Fraction, Positive};
use thalweg_numeric::vector;

pub use separator::{Bias, Geometry, HAS_SOLVER, Separator, SeparatorError, separate};

/// Margins of a homogeneous model, whatever the scale of its parameters.
///
/// ```text
/// γᵢ / ‖θ‖ᴸ
/// ```
/// `degree` is L: 1 for a linear model, for a ReLU network without biases the number of its layers. K. Lyu &
/// J. Li, *Gradient descent maximizes the margin of homogeneous neural networks*, ICLR 2020.
///
/// ```
/// use thalweg_landscape::margins::normalised;
/// use thalweg_numeric::bounded::Positive;
/// assert_eq!(normalised(&[8.0, -4.0], Positive::of(2.0), 3), [1.0, -0.5]);
/// ```
pub fn normalised(margins: &[f64], norm: Positive, degree: u32) -> Vec<f64> {
    // A product of as many factors, where a library power may differ from machine to machine.
    let scale: f64 = (0..degree).map(|_| norm.get()).product();
    margins.iter().map(|margin| margin / scale).collect()
}

/// The quantile of some values, linear between neighbours (Hyndman & Fan's type 7, as in NumPy and R). 0 is
/// the least; `None` if there are no values.
///
/// ```
/// use thalweg_landscape::margins::quantile;
/// use thalweg_numeric::bounded::Fraction;
/// assert_eq!(quantile(&[4.0, 1.0, 3.0], Fraction::of(0.75)), Some(3.5));
/// ```
pub fn quantile(values: &[f64], share: Fraction) -> Option<f64> {
    let mut ascending = values.to_vec();
    ascending.sort_by(f64::total_cmp);
    let place = share.get() * values.len().checked_sub(1)? as f64;
    let (low, rest) = (place.floor() as usize, place.fract());
    let above = ascending[(low + 1).min(ascending.len() - 1)];
    Some(if rest > 0.0 { ascending[low] + rest * (above - ascending[low]) } else { ascending[low] })
}

/// The share of the whole loss that the points with the smallest margins carry: `share` of the points,
/// rounded up. Of equal margins the earlier come first; `None` if the whole loss is not above 0.
///
/// ```text
/// Σ_{i in the ⌈s·n⌉ smallest margins} ℓᵢ / Σᵢ ℓᵢ
/// ```
///
/// # Panics
/// If there is not one loss a margin.
///
/// ```
/// use thalweg_landscape::margins::loss_share;
/// use thalweg_numeric::bounded::Fraction;
/// assert_eq!(loss_share(&[5.0, 0.5, 1.0], &[0.0, 3.0, 1.0], Fraction::of(0.3)), Some(0.75));
/// ```
pub fn loss_share(margins: &[f64], losses: &[f64], share: Fraction) -> Option<f64> {
    assert_eq!(margins.len(), losses.len(), "one loss a margin");
    let mut order: Vec<usize> = (0..margins.len()).collect();
    order.sort_by(|i, j| margins[*i].total_cmp(&margins[*j]));
    let smallest = (share.get() * margins.len() as f64).ceil() as usize;
    let carried: f64 = order[..smallest].iter().map(|i| losses[*i]).sum();
    let whole: f64 = order.iter().map(|i| losses[*i]).sum();
    (whole > 0.0).then(|| carried / whole)
}

/// The angle between two directions, in radians from 0 to π; NaN if one of them is 0.
///
/// ```text
/// 2 atan2(‖û − v̂‖, ‖û + v̂‖)
/// ```
/// Exact for small angles, where the arc cosine of û·v̂ is lost in rounding (W. Kahan).
///
/// Descent on separable data with an exponential tail of the loss turns towards the ℓ₂ separator, and the
/// angle falls like 1/ln t; so does what the normalised margin lacks (Soudry et al., JMLR 2018).
/// [`inverse_log`] is that curve.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// use thalweg_landscape::margins::angle;
/// assert!((angle(&[1.0, 0.0], &[3.0, 3e-9]) - 1e-9).abs() < 1e-24);
/// ```
pub fn angle(u: &[f64], v: &[f64]) -> f64 {
    assert_eq!(u.len(), v.len(), "an angle needs two vectors of one length");
    let (of_u, of_v) = (1.0 / vector::norm(u), 1.0 / vector::norm(v));
    let combined =
        |sign: f64| -> Vec<f64> { u.iter().zip(v).map(|(u, v)| of_u * u + sign * of_v * v).collect() };
    2.0 * libm::atan2(vector::norm(&combined(-1.0)), vector::norm(&combined(1.0)))
}

/// The reference curve c/ln t with c such that it passes through the value `last` at the last step. Steps
/// below 2 have no place on it and give infinity.
///
/// ```
/// use thalweg_landscape::margins::inverse_log;
/// let curve = inverse_log(&[1, 10, 100], 0.5);
/// assert!(curve[0].is_infinite() && (curve[1] - 1.0).abs() < 1e-15 && curve[2] == 0.5);
/// ```
pub fn inverse_log(steps: &[u64], last: f64) -> Vec<f64> {
    let log = |step: u64| libm::log(step.max(1) as f64);
    let scale = last * steps.last().map_or(0.0, |step| log(*step));
    steps.iter().map(|step| if *step < 2 { f64::INFINITY } else { scale / log(*step) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let values = [3.0, -1.0, 7.0, 4.0, 0.0];
        let of = |share: f64| quantile(&values, Fraction::of(share)).unwrap();
        assert_eq!([0.0, 0.25, 0.5, 0.625, 1.0].map(of), [-1.0, 0.0, 3.0, 3.5, 7.0]);
        assert_eq!(quantile(&[], Fraction::of(0.5)), None);
        assert_eq!(quantile(&[2.0], Fraction::of(0.5)), Some(2.0));
    }

    #[test]
    fn normalised_margins_do_not_depend_on_the_scale_of_the_parameters() {
        // A homogeneous model of degree 2: twice the parameters, four times the margins; powers of 2 are
        // exact.
        let margins = [0.3, -1.1, 2.5];
        let scaled = margins.map(|margin| 4.0 * margin);
        let norm = |norm| Positive::of(norm);
        assert_eq!(normalised(&margins, norm(1.7), 2), normalised(&scaled, norm(3.4), 2));
    }

    #[test]
    fn points_near_the_boundary_carry_the_loss() {
        let margins = [2.0, -1.0, 0.5, 4.0, 1.0];
        let losses = [0.125, 4.0, 2.0, 0.0, 1.875];
        let share = |share| loss_share(&margins, &losses, Fraction::of(share));
        assert_eq!([0.0, 0.2, 0.21, 0.6, 1.0].map(|s| share(s).unwrap()), [0.0, 0.5, 0.75, 0.984375, 1.0]);
        assert_eq!(loss_share(&margins, &[0.0; 5], Fraction::of(0.5)), None);
        assert_eq!(loss_share(&[], &[], Fraction::of(0.5)), None);
    }

    #[test]
    fn angles_reach_from_none_to_opposite() {
        // Two norms, a quotient and atan2: a few roundings of 1e-16.
        let close = |u: &[f64], v: &[f64], expected: f64| (angle(u, v) - expected).abs() < 1e-15;
        use std::f64::consts::PI;
        assert!(close(&[1.0, 2.0, 2.0], &[2.0, 4.0, 4.0], 0.0) && close(&[1.0, 0.0], &[-3.0, 0.0], PI));
        assert!(close(&[1.0, 0.0], &[5.0, 5.0], PI / 4.0) && close(&[0.0, 2.0], &[1.0, 0.0], PI / 2.0));
        assert!(angle(&[0.0, 0.0], &[1.0, 0.0]).is_nan());
    }
}
