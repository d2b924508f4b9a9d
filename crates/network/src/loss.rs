//! Losses of one row of logits, their gradients and the derivatives of these along a direction.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Real;

/// The loss of a classifier with K logits z for the class y; the loss of a batch is the mean over its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Softmax and negative log-likelihood, ln Σⱼ exp(zⱼ) − z_y. Safe for any finite logits.
    CrossEntropy,
    /// The mean of (zⱼ − 1\[j = y\])² over the K outputs, as PyTorch's `mse_loss` on one-hot targets.
    MeanSquaredError,
}

impl Loss {
    /// The loss of one row.
    pub(crate) fn value<F: Real>(self, logits: &[F], label: usize) -> F {
        match self {
            Self::CrossEntropy => {
                let best = argmax(logits);
                let mut rest = F::ZERO;
                for (class, logit) in logits.iter().enumerate() {
                    if class != best {
                        rest += (*logit - logits[best]).exp();
                    }
                }
                rest.ln_1p() - (logits[label] - logits[best])
            }
            Self::MeanSquaredError => {
                let squares: F =
                    logits.iter().enumerate().map(|(class, z)| square(*z - target(class, label))).sum();
                squares / count(logits.len())
            }
        }
    }

    /// Replaces one row of logits by `scale` times the gradient of its loss and returns the loss.
    ///
    /// The gradient of the cross-entropy is softmax(z) − e_y. For the most probable class it is computed as minus
    /// the sum of the others, so that it keeps its precision when the probability comes close to 1.
    pub(crate) fn gradient<F: Real>(self, logits: &mut [F], label: usize, scale: F) -> F {
        match self {
            Self::CrossEntropy => {
                let best = argmax(logits);
                let margin = logits[label] - logits[best];
                let rest = exponentials(logits, best);
                let factor = scale / (F::ONE + rest);
                for value in logits.iter_mut() {
                    *value *= factor;
                }
                if label == best {
                    // The margin is 0, or NaN where the logit is infinite.
                    logits[label] = margin - rest * factor;
                } else {
                    logits[label] -= scale;
                }
                rest.ln_1p() - margin
            }
            Self::MeanSquaredError => {
                let factor = F::from_f64(2.0) * scale / count(logits.len());
                let value = self.value(logits, label);
                for (class, logit) in logits.iter_mut().enumerate() {
                    *logit = factor * (*logit - target(class, label));
                }
                value
            }
        }
    }

    /// Replaces `tangent`, a direction of the logits, by `scale` times the loss's Hessian applied to it.
    ///
    /// ```text
    /// cross-entropy:       pⱼ (rⱼ − Σₖ pₖ rₖ),   p = softmax(z)
    /// mean squared error:  2 rⱼ / K
    /// ```
    pub(crate) fn hessian_vector<F: Real>(self, logits: &[F], tangent: &mut [F], scale: F) {
        match self {
            Self::CrossEntropy => {
                let best = argmax(logits);
                let weight = |logit: F| (logit - logits[best]).exp();
                let total: F = logits.iter().map(|z| weight(*z)).sum();
                let mean = logits.iter().zip(tangent.iter()).map(|(z, r)| weight(*z) * *r).sum::<F>() / total;
                for (r, z) in tangent.iter_mut().zip(logits) {
                    *r = scale * weight(*z) / total * (*r - mean);
                }
            }
            Self::MeanSquaredError => {
                let factor = F::from_f64(2.0) * scale / count(logits.len());
                tangent.iter_mut().for_each(|r| *r *= factor);
            }
        }
    }
}

/// Replaces logits by the class probabilities softmax(z).
pub(crate) fn softmax<F: Real>(logits: &mut [F]) {
    let best = argmax(logits);
    let total = F::ONE + exponentials(logits, best);
    logits.iter_mut().for_each(|value| *value /= total);
}

/// Whether `label` is the first largest logit; false if there is a NaN.
pub(crate) fn is_first_largest<F: Real>(logits: &[F], label: usize) -> bool {
    let own = logits[label];
    logits[..label].iter().all(|z| own > *z) && logits[label..].iter().all(|z| own >= *z)
}

/// Replaces z by exp(z − z_best) and returns the sum of all but the best, whose value is 1 (NaN if z_best is
/// infinite or NaN).
#[inline]
fn exponentials<F: Real>(logits: &mut [F], best: usize) -> F {
    let top = logits[best];
    let mut rest = F::ZERO;
    for (class, logit) in logits.iter_mut().enumerate() {
        if class == best {
            // exp(z − z) without the function: 1, or NaN where ∞ − ∞ is none.
            *logit = F::ONE + F::ZERO * top;
        } else {
            *logit = (*logit - top).exp();
            rest += *logit;
        }
    }
    rest
}

#[inline]
fn argmax<F: Real>(logits: &[F]) -> usize {
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    best
}

fn target<F: Real>(class: usize, label: usize) -> F {
    if class == label { F::ONE } else { F::ZERO }
}

fn square<F: Real>(x: F) -> F {
    x * x
}

fn count<F: Real>(n: usize) -> F {
    F::from_f64(n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loss and its gradient, with scale 1.
    fn both<F: Real>(loss: Loss, logits: &[F], label: usize) -> (F, Vec<F>) {
        let mut grad = logits.to_vec();
        let value = loss.gradient(&mut grad, label, F::ONE);
        assert!(
            value == loss.value(logits, label) || !value.is_finite(),
            "value and gradient agree to the bit"
        );
        (value, grad)
    }

    #[test]
    fn hand_computed_values() {
        // Three equal logits: ln 3, and probabilities of a third.
        let (value, grad) = both(Loss::CrossEntropy, &[0.5_f64, 0.5, 0.5], 1);
        assert!((value - 3.0_f64.ln()).abs() < 1e-15);
        assert!((grad[0] - 1.0 / 3.0).abs() < 1e-15 && (grad[1] + 2.0 / 3.0).abs() < 1e-15);
        // ((1 − 0)² + (3 − 1)² + 2²)/3 and ⅔ of the differences.
        let (value, grad) = both(Loss::MeanSquaredError, &[1.0_f64, 3.0, -2.0], 1);
        assert_eq!((value, grad), (3.0, vec![2.0 / 3.0, 4.0 / 3.0, -4.0 / 3.0]));
    }

    #[test]
    fn extreme_logits_are_exact() {
        assert_eq!(both(Loss::CrossEntropy, &[1e4_f32, -1e4], 0), (0.0, vec![0.0, 0.0]));
        assert_eq!(both(Loss::CrossEntropy, &[1e4_f32, -1e4], 1), (2e4, vec![1.0, -1.0]));
        assert_eq!(both(Loss::CrossEntropy, &[-1e4_f32, -1e4, 1e4], 0), (2e4, vec![-1.0, 0.0, 1.0]));
        let mut tangent = [1.0_f32, 2.0];
        Loss::CrossEntropy.hessian_vector(&[1e4, -1e4], &mut tangent, 1.0);
        assert_eq!(tangent, [0.0, 0.0]);
    }

    #[test]
    fn a_confident_row_keeps_its_small_loss_and_gradient() {
        // exp(−40) is far below the rounding of 1 in f32 and f64; both must still be seen.
        let small = (-40.0_f64).exp();
        let (value, grad) = both(Loss::CrossEntropy, &[20.0_f64, -20.0], 0);
        assert!((value / small - 1.0).abs() < 1e-14 && (grad[0] / small + 1.0).abs() < 1e-14);
        let (value, grad) = both(Loss::CrossEntropy, &[20.0_f32, -20.0], 0);
        assert!(value > 0.0 && grad[0] < 0.0 && grad[1] == -grad[0]);
    }

    #[test]
    fn a_logit_that_is_not_finite_never_gives_a_finite_loss() {
        for loss in [Loss::CrossEntropy, Loss::MeanSquaredError] {
            for bad in [f32::NAN, f32::INFINITY] {
                for (place, label) in [(0, 0), (0, 1), (1, 0), (2, 0), (1, 1)] {
                    let mut logits = [1.0, 2.0, 3.0];
                    logits[place] = bad;
                    let (value, grad) = both(loss, &logits, label);
                    assert!(!value.is_finite(), "{loss:?} {bad} at {place}, label {label}");
                    assert!(grad.iter().any(|g| !g.is_finite()), "{loss:?} {bad} at {place}: {grad:?}");
                }
            }
        }
    }

    #[test]
    fn ties_go_to_the_first_class_and_nan_to_none() {
        assert!(is_first_largest(&[1.0, 1.0], 0) && !is_first_largest(&[1.0, 1.0], 1));
        for label in 0..2 {
            assert!(!is_first_largest(&[f64::NAN, 1.0], label) && !is_first_largest(&[1.0, f64::NAN], label));
        }
    }

    #[test]
    fn softmax_sums_to_one() {
        let mut logits = [0.0, 3.0_f64.ln(), f64::ln(4.0)];
        softmax(&mut logits);
        for (p, expected) in logits.iter().zip([0.125, 0.375, 0.5]) {
            assert!((p - expected).abs() < 1e-15);
        }
    }
}
