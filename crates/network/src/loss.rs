//! Losses of blocks of rows of logits, their gradients and the derivatives of these along a direction.

mod cross_entropy;
mod rows;

use serde::{Deserialize, Serialize};
use thalweg_numeric::Real;
use thalweg_numeric::bounded::{Fraction, NonNegative};

use self::cross_entropy::CrossEntropy;
use self::rows::{Focus, Rows};
use crate::Targets;
use crate::numerics::Isa;

/// The loss of a sample with K outputs z; the loss of a batch is the mean over its rows.
///
/// As text it is a name alone; the losses with a number have none and cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Of a class y: softmax and negative log-likelihood, ln Σⱼ exp(zⱼ) − z_y. Safe for any finite logits.
    CrossEntropy,
    /// Of a class y, with smoothed labels: ln Σⱼ exp(zⱼ) − (1 − ε) z_y − (ε/K) Σⱼ zⱼ, as PyTorch's
    /// `cross_entropy` with `label_smoothing` = ε. Szegedy, Vanhoucke, Ioffe, Shlens & Wojna, *Rethinking the
    /// Inception architecture for computer vision*, CVPR 2016, section 7.
    #[serde(skip)]
    SmoothedCrossEntropy(Fraction),
    /// Of a class y with the probability p = softmax(z)_y: (1 − p)^γ · −ln p, which is the cross-entropy for
    /// γ = 0. Lin, Goyal, Girshick, He & Dollár, *Focal loss for dense object detection*, ICCV 2017, equation
    /// 4. Not convex in the logits for γ > 0.
    #[serde(skip)]
    Focal(NonNegative),
    /// Of a class y, each output a classifier of its class against the rest: the mean over the K outputs of
    /// ln(1 + exp(zⱼ)), with −z_y for the class, as PyTorch's `binary_cross_entropy_with_logits` on one-hot
    /// targets.
    Logistic,
    /// Of a class y: the mean of (zⱼ − 1\[j = y\])² over the K outputs, as PyTorch's `mse_loss` on one-hot
    /// targets. Was called `mean-squared-error`, which is still read.
    #[serde(alias = "mean-squared-error")]
    OneHotSquaredError,
    /// Of K numbers t: the mean of (zⱼ − tⱼ)² over the K outputs, as PyTorch's `mse_loss`, for regression.
    SquaredError,
}

/// Its numbers are never NaN.
impl Eq for Loss {}

/// The logits of a block of rows.
pub(crate) struct Logits<'a, F> {
    pub values: &'a mut [F],
    /// From one row to the next.
    pub stride: usize,
    pub classes: usize,
}

impl Loss {
    /// Whether it is convex in the logits, so that its Gauss–Newton matrix has no negative eigenvalue.
    pub fn is_convex(self) -> bool {
        match self {
            Self::Focal(gamma) => gamma.get() == 0.0,
            _ => true,
        }
    }

    /// Writes the loss of each row to `losses` and replaces its logits by `scale` times the gradient.
    ///
    /// The gradient of the cross-entropy is softmax(z) − e_y. For the most probable class it is computed as
    /// minus the sum of the others, so that it keeps its precision when the probability comes close to 1.
    pub(crate) fn gradients<F: Real>(
        self,
        isa: Isa,
        logits: Logits<'_, F>,
        targets: Targets<'_, F>,
        scale: F,
        losses: &mut [F],
    ) {
        match self {
            Self::CrossEntropy => {
                isa.run(CrossEntropy { logits, labels: targets.classes(), scale, losses });
            }
            Self::SmoothedCrossEntropy(_) | Self::Focal(_) | Self::Logistic => {
                isa.run(Rows { loss: self, logits, labels: targets.classes(), scale, losses });
            }
            Self::OneHotSquaredError => {
                let labels = targets.classes();
                let classes = logits.classes;
                let factor = F::from_f64(2.0) * scale / count(classes);
                let rows = logits.values.chunks_exact_mut(logits.stride);
                for ((row, label), loss) in rows.zip(labels).zip(losses) {
                    let label = *label as usize;
                    assert!(label < classes, "label {label} of {classes} outputs");
                    let one_hot = (0..classes).map(|class| if class == label { F::ONE } else { F::ZERO });
                    *loss = squared_error(&mut row[..classes], one_hot, factor);
                }
            }
            Self::SquaredError => {
                let Targets::Numbers(targets) = targets else {
                    panic!("the squared error is of numbers, and the targets are classes")
                };
                let outputs = logits.classes;
                assert_eq!(targets.ncols(), outputs, "numbers of a target");
                let factor = F::from_f64(2.0) * scale / count(outputs);
                let rows = logits.values.chunks_exact_mut(logits.stride);
                for ((row, target), loss) in rows.zip(targets.rows()).zip(losses) {
                    *loss = squared_error(&mut row[..outputs], target.iter().copied(), factor);
                }
            }
        }
    }

    /// Replaces the logits z of a row by what [`hessian_vector`](Self::hessian_vector) and
    /// [`root`](Self::root) are computed from: p = softmax(z), but σ(z)(1 − σ(z)) for the logistic loss.
    pub(crate) fn prepare_curvature<F: Real>(self, logits: &mut [F]) {
        if self != Self::Logistic {
            return softmax(logits);
        }
        for z in logits {
            let power = (-z.abs()).exp();
            *z = power / ((F::ONE + power) * (F::ONE + power));
        }
    }

    /// Replaces `tangent`, a direction of the logits, by `scale` times the loss's Hessian applied to it,
    /// where [`prepare_curvature`](Self::prepare_curvature) has given `p`. The label counts for the focal
    /// loss alone.
    ///
    /// ```text
    /// cross-entropy:       pⱼ (rⱼ − Σₖ pₖ rₖ),   p = softmax(z), whatever the smoothing
    /// focal:               f′ times that, and f″ (p − e_y)ⱼ (p − e_y)·r, of f(−ln p_y)
    /// logistic:            σⱼ (1 − σⱼ) rⱼ / K
    /// squared errors:      2 rⱼ / K
    /// ```
    pub(crate) fn hessian_vector<F: Real>(self, p: &[F], label: Option<u32>, tangent: &mut [F], scale: F) {
        match self {
            Self::CrossEntropy | Self::SmoothedCrossEntropy(_) => bend(p, tangent, scale),
            Self::Focal(gamma) => {
                let label = label.expect("without a class the focal loss has no Hessian") as usize;
                bend_focal(gamma.get(), p, label, tangent, scale);
            }
            Self::Logistic => {
                let factor = scale / count(p.len());
                tangent.iter_mut().zip(p).for_each(|(r, p)| *r *= factor * *p);
            }
            Self::OneHotSquaredError | Self::SquaredError => {
                let factor = F::from_f64(2.0) * scale / count(p.len());
                tangent.iter_mut().for_each(|r| *r *= factor);
            }
        }
    }

    /// Writes one of K columns h into `out`: Σ h·hᵀ over all classes is the loss's Hessian by the logits.
    ///
    /// ```text
    /// cross-entropy:       √pₖ (eₖ − p),   p = softmax(z), whatever the smoothing
    /// logistic:            √(σₖ (1 − σₖ)/K) eₖ
    /// squared errors:      √(2/K) eₖ
    /// ```
    ///
    /// # Panics
    /// If the loss is not convex: then there is no such root.
    pub(crate) fn root<F: Real>(self, p: &[F], class: usize, out: &mut [F]) {
        match self {
            Self::CrossEntropy | Self::SmoothedCrossEntropy(_) | Self::Focal(_) => {
                assert!(self.is_convex(), "{self:?} is not convex");
                let root = p[class].sqrt();
                for (out, p) in out.iter_mut().zip(p) {
                    *out = -root * *p;
                }
                out[class] = root * all_but(p, class);
            }
            Self::Logistic => {
                out.fill(F::ZERO);
                out[class] = (p[class] / count(p.len())).sqrt();
            }
            Self::OneHotSquaredError | Self::SquaredError => {
                out.fill(F::ZERO);
                out[class] = (F::from_f64(2.0) / count(p.len())).sqrt();
            }
        }
    }
}

/// The Hessian of the cross-entropy, diag(p) − p·pᵀ, applied to r.
fn bend<F: Real>(p: &[F], r: &mut [F], scale: F) {
    let mean: F = p.iter().zip(r.iter()).map(|(p, r)| *p * *r).sum();
    for (r, p) in r.iter_mut().zip(p) {
        *r = scale * *p * (*r - mean);
    }
}

/// That of the focal loss.
fn bend_focal<F: Real>(gamma: f64, p: &[F], label: usize, r: &mut [F], scale: F) {
    let (own, missing) = (p[label], all_but(p, label));
    let surprise = if missing < F::from_f64(0.5) { -(-missing).ln_1p() } else { F::ZERO - own.ln() };
    let focus = Focus::of(gamma, own, missing, surprise);
    // (p − e_y)/q: how the others share what the class lacks, and −1.
    let shares = |class: usize| {
        if class == label {
            -F::ONE
        } else if missing > F::ZERO {
            p[class] / missing
        } else {
            F::ZERO
        }
    };
    let along: F = r.iter().enumerate().map(|(class, r)| shares(class) * *r).sum();
    bend(p, r, scale * focus.slope);
    for (class, r) in r.iter_mut().enumerate() {
        *r += scale * focus.bend * along * shares(class);
    }
}

/// 1 − p of a class, as the sum of the others: so it keeps its precision where p comes close to 1.
fn all_but<F: Real>(p: &[F], class: usize) -> F {
    p.iter().enumerate().filter(|(j, _)| *j != class).map(|(_, p)| *p).sum()
}

/// Replaces logits by the class probabilities softmax(z).
pub(crate) fn softmax<F: Real>(logits: &mut [F]) {
    let (_, top) = largest(logits);
    let mut total = F::ZERO;
    for value in logits.iter_mut() {
        *value = (*value - top).exp();
        total += *value;
    }
    logits.iter_mut().for_each(|value| *value /= total);
}

/// Whether `label` is the first largest logit; false if there is a NaN.
pub(crate) fn is_first_largest<F: Real>(logits: &[F], label: usize) -> bool {
    let own = logits[label];
    logits[..label].iter().all(|z| own > *z) && logits[label..].iter().all(|z| own >= *z)
}

/// The first largest logit, with its class; the first of all if that is NaN.
#[inline(always)]
fn largest<F: Real>(logits: &[F]) -> (usize, F) {
    let (mut best, mut top) = (0, logits[0]);
    for (class, logit) in logits.iter().enumerate() {
        // Selected and not jumped over: which class is larger is hard to predict.
        let larger = *logit > top;
        best = if larger { class } else { best };
        top = if larger { *logit } else { top };
    }
    (best, top)
}

/// The mean of (zⱼ − tⱼ)² over the outputs of a row, which become `factor` times zⱼ − tⱼ.
#[inline(always)]
fn squared_error<F: Real>(row: &mut [F], target: impl Iterator<Item = F>, factor: F) -> F {
    let (mut squares, n) = (F::ZERO, count(row.len()));
    for (value, target) in row.iter_mut().zip(target) {
        let error = *value - target;
        squares += error * error;
        *value = factor * error;
    }
    squares / n
}

fn count<F: Real>(n: usize) -> F {
    F::from_f64(n as f64)
}

#[cfg(test)]
mod tests;
