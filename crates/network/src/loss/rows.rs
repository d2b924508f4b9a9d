//! The other losses of a class, row by row: cross-entropy with smoothed labels, focal and logistic loss.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use super::{Logits, Loss, count, largest};
use crate::numerics::{Kernel, compiled};

/// [`Loss::gradients`] of a loss that is neither the plain cross-entropy nor a squared error.
pub(super) struct Rows<'a, F> {
    pub loss: Loss,
    pub logits: Logits<'a, F>,
    pub labels: &'a [u32],
    pub scale: F,
    pub losses: &'a mut [F],
}

compiled!(Rows, run_either_here);

impl<F: Real> Kernel for Rows<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, _: M) {
        let Logits { values, stride, classes } = self.logits;
        let rows = values.chunks_exact_mut(stride).zip(self.labels).zip(self.losses);
        for ((row, label), loss) in rows {
            let (row, label) = (&mut row[..classes], *label as usize);
            assert!(label < classes, "label {label} of {classes} outputs");
            *loss = match self.loss {
                Loss::SmoothedCrossEntropy(smoothing) => {
                    smoothed(row, label, F::from_f64(smoothing.get()), self.scale)
                }
                Loss::Focal(gamma) => focal(row, label, gamma.get(), self.scale),
                Loss::Logistic => logistic(row, label, self.scale),
                Loss::CrossEntropy | Loss::OneHotSquaredError | Loss::SquaredError => {
                    unreachable!("{:?} has a kernel of its own", self.loss)
                }
            };
        }
    }
}

/// Softmax of a row, in its place but for a factor.
struct Softmax<F> {
    /// The most probable class, with its logit.
    best: usize,
    top: F,
    /// Σ exp(zⱼ − z_best) over the other classes.
    rest: F,
}

impl<F: Real> Softmax<F> {
    /// Replaces the logits by exp(zⱼ − z_best).
    #[inline(always)]
    fn of(row: &mut [F]) -> Self {
        let (best, top) = largest(row);
        // NaN where a logit is infinite.
        let mut rest = F::ZERO * top;
        for (class, z) in row.iter_mut().enumerate() {
            *z = (*z - top).exp();
            rest += if class == best { F::ZERO } else { *z };
        }
        Self { best, top, rest }
    }

    /// `scale` · (p − t) in place of exp(zⱼ − z_best), with what the most probable class lacks of 1 as the
    /// sum of the others.
    #[inline(always)]
    fn gradient(&self, row: &mut [F], scale: F, target: impl Fn(usize) -> F) {
        let factor = F::ONE / (F::ONE + self.rest);
        for (class, value) in row.iter_mut().enumerate() {
            let slope = if class == self.best {
                (F::ONE - target(class)) - self.rest * factor
            } else {
                *value * factor - target(class)
            };
            *value = (scale * slope).settled();
        }
    }
}

/// ln Σⱼ exp(zⱼ) − Σⱼ tⱼ zⱼ with t of the label 1 − ε + ε/K and of the others ε/K.
#[inline(always)]
fn smoothed<F: Real>(row: &mut [F], label: usize, smoothing: F, scale: F) -> F {
    let others = smoothing / count(row.len());
    let target = |class| if class == label { F::ONE - smoothing + others } else { others };
    let (_, top) = largest(row);
    let lead: F = row.iter().enumerate().map(|(class, z)| target(class) * (top - *z)).sum();
    let softmax = Softmax::of(row);
    softmax.gradient(row, scale, target);
    softmax.rest.ln_1p() + lead
}

/// (1 − p)^γ · −ln p, with p the probability of the label.
#[inline(always)]
fn focal<F: Real>(row: &mut [F], label: usize, gamma: f64, scale: F) -> F {
    let own = row[label];
    let softmax = Softmax::of(row);
    let factor = F::ONE / (F::ONE + softmax.rest);
    let (p, missing) = if label == softmax.best {
        (factor, softmax.rest * factor)
    } else {
        let others = row.iter().enumerate().filter(|(class, _)| *class != label);
        (row[label] * factor, others.map(|(_, power)| *power).sum::<F>() * factor)
    };
    let surprise = softmax.rest.ln_1p() + (softmax.top - own);
    let focus = Focus::of(gamma, p, missing, surprise);
    for value in row.iter_mut() {
        *value = (*value * (scale * focus.slope * factor)).settled();
    }
    row[label] = (-scale * focus.slope * missing).settled();
    focus.value
}

/// The mean over the outputs of ln(1 + e^z), of −z for the label.
#[inline(always)]
fn logistic<F: Real>(row: &mut [F], label: usize, scale: F) -> F {
    let outputs = count::<F>(row.len());
    let (factor, mut total) = (scale / outputs, F::ZERO);
    for (class, z) in row.iter_mut().enumerate() {
        let sign = if class == label { -F::ONE } else { F::ONE };
        let m = sign * *z;
        // NaN where a logit is infinite.
        let power = (-m.abs()).exp() + F::ZERO * m;
        let below = power / (F::ONE + power);
        let (slope, above) = if m > F::ZERO { (F::ONE / (F::ONE + power), m) } else { (below, F::ZERO) };
        total += above + power.ln_1p();
        *z = (factor * sign * slope).settled();
    }
    total / outputs
}

/// The focal loss f as a function of the cross-entropy s = −ln p of the label's probability p = 1 − q.
///
/// ```text
/// f = q^γ s,   f′ = q^γ (1 + γ p s/q),   f″ = γ q^(γ−1) p (2 − s + (γ − 1) p s/q)
/// ```
pub(super) struct Focus<F> {
    pub value: F,
    /// f′.
    pub slope: F,
    /// f″ q², which is finite for all γ.
    pub bend: F,
}

impl<F: Real> Focus<F> {
    #[inline(always)]
    pub(super) fn of(gamma: f64, p: F, q: F, s: F) -> Self {
        // By way of f64, as γ may be large; at q = 0 the logarithm is infinite.
        let power = if gamma == 0.0 { 1.0 } else { Real::exp(gamma * Real::ln(q.to_f64())) };
        let (power, gamma) = (F::from_f64(power), F::from_f64(gamma));
        let ratio = if q > F::ZERO { s / q } else { F::ONE };
        // p s is 0 where p is, however large s.
        let (p_s, p_ratio) = if p > F::ZERO { (p * s, p * ratio) } else { (F::ZERO, F::ZERO) };
        let two = F::from_f64(2.0);
        Self {
            value: power * s,
            slope: power * (F::ONE + gamma * p_ratio),
            bend: gamma * power * q * (two * p - p_s + (gamma - F::ONE) * p * p_ratio),
        }
    }
}
