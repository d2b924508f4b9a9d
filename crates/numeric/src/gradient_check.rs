//! Whether a gradient is that of its function.

use crate::Objective;

/// By how much of itself an analytic number may differ from a numeric one whatever else is known: roundings
/// within a formula are less, a mistake in one moves more.
const RELATIVE: f64 = 1e-6;
/// By how many ε a value may be rounded: a sum of many terms loses about two digits.
const ROUNDINGS: f64 = 100.0;

/// A gradient that is not that of its function.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum GradientMismatch {
    /// `gradient` returns another value than `value`, or one that is not finite.
    #[error("the value of the function is {by_gradient} by `gradient` and {by_value} by `value`")]
    Value {
        /// What `gradient` returns.
        by_gradient: f64,
        /// What `value` returns.
        by_value: f64,
    },
    /// Components that are no derivatives of `value`.
    #[error(
        "component {index} of the gradient is {analytic}, but {numeric} ± {tolerance:.0e} by differences of `value`; \
         {wrong} of {dim} components differ"
    )]
    Component {
        /// That of the worst component: the one that differs by most of its tolerance, the first of several.
        index: usize,
        /// What `gradient` writes.
        analytic: f64,
        /// What differences of `value` say.
        numeric: f64,
        /// By how much the two may differ.
        tolerance: f64,
        /// How many components differ by more than may be.
        wrong: usize,
        /// How many there are.
        dim: usize,
    },
}

/// Holds the gradient at `params` to central differences of the value, component by component: 4d values.
///
/// ```text
/// D(h) = (L(θ + h eᵢ) − L(θ − h eᵢ)) / 2h,   h = ε^{1/3} max(1, |θᵢ|)
/// numeric:     (4 D(h) − D(2h)) / 3
/// tolerance:   |D(h) − D(2h)| + 10⁻⁶ |numeric| + 100 ε |L| / h
/// ```
/// h is where what D(h) leaves out, which grows with h², meets its rounding, which grows with ε/h. The
/// numeric derivative leaves out a part that grows with h⁴; the tolerance is what the coarser D(2h) leaves
/// out, which a flat place or a sharp bend makes as small or large as it has to be, and room for roundings.
/// At a kink, as a rectifier has, neither side is right, and a component there may be told wrong. The check
/// is worth most at a random place, where nothing cancels.
///
/// ```
/// use thalweg_numeric::{GradientMismatch, Objective, check_gradient};
///
/// struct Parabola;
///
/// impl Objective<f64> for Parabola {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn value(&mut self, params: &[f64]) -> f64 {
///         params[0].powi(2) + 3.0 * params[1].powi(2)
///     }
///     fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
///         grad.copy_from_slice(&[2.0 * params[0], -6.0 * params[1]]); // a wrong sign
///         self.value(params)
///     }
/// }
///
/// let mismatch = check_gradient(&mut Parabola, &[1.0, 2.0]).unwrap_err();
/// assert!(matches!(mismatch, GradientMismatch::Component { index: 1, analytic: -12.0, .. }), "{mismatch}");
/// ```
///
/// # Errors
/// The worst [`GradientMismatch`]. A value that is not finite, at θ or beside it, is one.
///
/// # Panics
/// If `params` is not of the objective's length.
pub fn check_gradient(objective: &mut dyn Objective<f64>, params: &[f64]) -> Result<(), GradientMismatch> {
    let dim = params.len();
    assert_eq!(dim, objective.dim(), "length of the parameters");
    // A component that is not written is seen.
    let mut grad = vec![f64::NAN; dim];
    let by_gradient = objective.gradient(params, &mut grad);
    let by_value = objective.value(params);
    let is_one = (by_gradient - by_value).abs() <= RELATIVE * by_gradient.abs().max(by_value.abs());
    if !is_one {
        return Err(GradientMismatch::Value { by_gradient, by_value });
    }
    let (mut at, mut wrong) = (params.to_vec(), 0);
    let (mut worst, mut excess) = (None, 1.0);
    for (index, analytic) in grad.into_iter().enumerate() {
        let (numeric, tolerance) = derivative(objective, &mut at, index);
        let difference = (analytic - numeric).abs();
        if difference <= tolerance {
            continue;
        }
        wrong += 1;
        // NaN is worse than any number.
        let ratio = if difference.is_nan() { f64::INFINITY } else { difference / tolerance };
        if ratio > excess {
            (worst, excess) = (Some((index, analytic, numeric, tolerance)), ratio);
        }
    }
    worst.map_or(Ok(()), |(index, analytic, numeric, tolerance)| {
        Err(GradientMismatch::Component { index, analytic, numeric, tolerance, wrong, dim })
    })
}

/// ∂L/∂θᵢ at `at`, which is left as it was, and how far it may be from the truth.
fn derivative(objective: &mut dyn Objective<f64>, at: &mut [f64], index: usize) -> (f64, f64) {
    let center = at[index];
    let h = libm::cbrt(f64::EPSILON) * center.abs().max(1.0);
    let mut largest = 0.0_f64;
    let mut difference = |h: f64| {
        let [(above, up), (below, down)] = [center + h, center - h].map(|x| {
            at[index] = x;
            (x, objective.value(at))
        });
        largest = largest.max(up.abs()).max(down.abs());
        // The places are rounded too, so their distance is not quite 2h.
        (up - down) / (above - below)
    };
    let (fine, coarse) = (difference(h), difference(2.0 * h));
    at[index] = center;
    let numeric = (4.0 * fine - coarse) / 3.0;
    let tolerance = (fine - coarse).abs() + RELATIVE * numeric.abs() + ROUNDINGS * f64::EPSILON * largest / h;
    (numeric, tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded::{Count, Finite, Positive};
    use crate::objectives::{Beale, DoubleWell, Linear, Quadratic, Rosenbrock};

    /// Another objective, whose gradient and value are tampered with.
    struct Tampered<O, T>(O, T);

    impl<O: Objective<f64>, T: FnMut(&mut [f64]) -> f64> Objective<f64> for Tampered<O, T> {
        fn dim(&self) -> usize {
            self.0.dim()
        }
        fn value(&mut self, params: &[f64]) -> f64 {
            self.0.value(params)
        }
        fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
            self.0.gradient(params, grad) + self.1(grad)
        }
    }

    #[test]
    fn gradients_in_closed_form_are_right_everywhere() {
        let mut quadratic = Quadratic::new(Count::of(3), Positive::of(1e6));
        let mut linear = Linear { slope: vec![3.0, 0.0, 1e-9] };
        let [wide, narrow, softness] = [0.5, 12.5, 0.1].map(Positive::of);
        let mut well = DoubleWell::new(Count::of(3), wide, narrow, Finite::of(0.25), softness).unwrap();
        for at in [[0.0; 3], [0.3, -1.2, 0.65], [1e-7, 1e3, -1e5]] {
            for objective in [&mut quadratic as &mut dyn Objective<f64>, &mut linear, &mut well] {
                assert_eq!(check_gradient(objective, &at), Ok(()), "{at:?}");
            }
        }
        // Their minima are among the places: there the third derivative is all that a difference sees.
        for at in [[1.0, 1.0], [3.0, 0.5], [-1.2, 1.0], [0.0, 0.0], [40.0, -30.0]] {
            for objective in [&mut Rosenbrock as &mut dyn Objective<f64>, &mut Beale] {
                assert_eq!(check_gradient(objective, &at), Ok(()), "{at:?}");
            }
        }
    }

    #[test]
    fn a_wrong_sign_is_found() {
        let mut tampered = Tampered(Rosenbrock, |grad: &mut [f64]| {
            grad[1] = -grad[1];
            0.0
        });
        let mismatch = check_gradient(&mut tampered, &[-1.2, 1.0]).unwrap_err();
        let GradientMismatch::Component { index, analytic, numeric, tolerance, wrong, dim } = mismatch else {
            panic!("{mismatch}")
        };
        assert_eq!((index, wrong, dim), (1, 1, 2));
        // 200 (y − x²) = −88, of which the tolerance is about a millionth.
        assert!((analytic - 88.0).abs() < 1e-12 && (numeric + 88.0).abs() < 1e-6, "{mismatch}");
        assert!((8e-5..2e-4).contains(&tolerance), "{mismatch}");
    }

    #[test]
    fn small_mistakes_are_found_and_the_worst_is_told() {
        for (factor, is_right) in [(1.0, true), (1.0 + 1e-7, true), (1.0 + 1e-5, false), (f64::NAN, false)] {
            let mut tampered = Tampered(Rosenbrock, |grad: &mut [f64]| {
                grad[0] *= factor;
                0.0
            });
            assert_eq!(check_gradient(&mut tampered, &[-1.2, 1.0]).is_ok(), is_right, "{factor}");
        }
        let mut tampered = Tampered(Linear { slope: vec![1.0; 4] }, |grad: &mut [f64]| {
            grad.copy_from_slice(&[1.0, 1.1, 3.0, 1.2]);
            0.0
        });
        let mismatch = check_gradient(&mut tampered, &[1.0; 4]).unwrap_err();
        assert!(
            matches!(mismatch, GradientMismatch::Component { index: 2, wrong: 3, dim: 4, .. }),
            "{mismatch:?}"
        );
        assert!(mismatch.to_string().ends_with("3 of 4 components differ"), "{mismatch}");
    }

    #[test]
    fn the_value_beside_the_gradient_is_held_to_the_value() {
        let mut tampered = Tampered(Rosenbrock, |_: &mut [f64]| 1e-3);
        let mismatch = check_gradient(&mut tampered, &[0.0, 0.0]).unwrap_err();
        assert_eq!(mismatch, GradientMismatch::Value { by_gradient: 1.001, by_value: 1.0 });
        let mismatch = check_gradient(&mut Rosenbrock, &[f64::NAN, 0.0]);
        assert!(matches!(mismatch, Err(GradientMismatch::Value { .. })), "{mismatch:?}");
    }

    #[test]
    fn a_place_beside_which_there_is_no_value_is_told() {
        /// √θ.
        struct Root;
        impl Objective<f64> for Root {
            fn dim(&self) -> usize {
                1
            }
            fn value(&mut self, params: &[f64]) -> f64 {
                params[0].sqrt()
            }
            fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
                grad[0] = 0.5 / params[0].sqrt();
                params[0].sqrt()
            }
        }
        assert_eq!(check_gradient(&mut Root, &[2.0]), Ok(()));
        let mismatch = check_gradient(&mut Root, &[1e-9]);
        assert!(matches!(mismatch, Err(GradientMismatch::Component { numeric, .. }) if numeric.is_nan()));
    }
}
