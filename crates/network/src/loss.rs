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
mod tests {
    use super::*;
    use crate::Numerics;

    /// Those of classes.
    const ALL: [Loss; 6] = [
        Loss::CrossEntropy,
        Loss::SmoothedCrossEntropy(Fraction::of(0.1)),
        Loss::Focal(NonNegative::of(2.0)),
        Loss::Focal(NonNegative::of(0.5)),
        Loss::Logistic,
        Loss::OneHotSquaredError,
    ];

    /// The loss of one row and its gradient, with scale 1.
    fn both<F: Real>(loss: Loss, logits: &[F], label: u32) -> (F, Vec<F>) {
        let (mut grad, mut value) = (logits.to_vec(), [F::ZERO]);
        let isa = Isa::of(Numerics::Portable).expect("portable numerics run everywhere");
        let row = Logits { values: &mut grad, stride: logits.len(), classes: logits.len() };
        loss.gradients(isa, row, (&[label]).into(), F::ONE, &mut value);
        (value[0], grad)
    }

    #[test]
    fn hand_computed_values() {
        // Three equal logits: ln 3, and probabilities of a third.
        let (value, grad) = both(Loss::CrossEntropy, &[0.5_f64, 0.5, 0.5], 1);
        assert!((value - 3.0_f64.ln()).abs() < 1e-15);
        assert!((grad[0] - 1.0 / 3.0).abs() < 1e-15 && (grad[1] + 2.0 / 3.0).abs() < 1e-15);
        // ((1 − 0)² + (3 − 1)² + 2²)/3 and ⅔ of the differences.
        let (value, grad) = both(Loss::OneHotSquaredError, &[1.0_f64, 3.0, -2.0], 1);
        assert_eq!((value, grad), (3.0, vec![2.0 / 3.0, 4.0 / 3.0, -4.0 / 3.0]));
    }

    #[test]
    fn numbers_as_targets_are_compared_one_by_one() {
        let isa = Isa::of(Numerics::Portable).expect("portable numerics run everywhere");
        let targets = ndarray::array![[0.5, 2.0], [-1.0, 0.0]];
        // A third number of each row is padding.
        let (mut values, mut losses) = ([1.0_f64, 5.0, 7.0, 1.0, 2.0, 7.0], [0.0; 2]);
        let logits = Logits { values: &mut values, stride: 3, classes: 2 };
        Loss::SquaredError.gradients(isa, logits, targets.view().into(), 0.5, &mut losses);
        // (½² + 3²)/2 and (2² + 2²)/2, and ½·2/2 of the differences.
        assert_eq!(losses, [4.625, 4.0]);
        assert_eq!(values, [0.25, 1.5, 7.0, 1.0, 1.0, 7.0]);
    }

    #[test]
    #[should_panic(expected = "label 3 of 3 outputs")]
    fn the_squared_error_knows_its_labels() {
        both(Loss::OneHotSquaredError, &[1.0_f64, 3.0, -2.0], 3);
    }

    #[test]
    #[should_panic(expected = "label 3 of 3 outputs")]
    fn so_does_the_logistic_loss() {
        both(Loss::Logistic, &[1.0_f64, 3.0, -2.0], 3);
    }

    #[test]
    fn extreme_logits_are_exact() {
        assert_eq!(both(Loss::CrossEntropy, &[1e4_f32, -1e4], 0), (0.0, vec![0.0, 0.0]));
        assert_eq!(both(Loss::CrossEntropy, &[1e4_f32, -1e4], 1), (2e4, vec![1.0, -1.0]));
        assert_eq!(both(Loss::CrossEntropy, &[-1e4_f32, -1e4, 1e4], 0), (2e4, vec![-1.0, 0.0, 1.0]));
        let mut tangent = [1.0_f32, 2.0];
        Loss::CrossEntropy.hessian_vector(&[1.0, 0.0], None, &mut tangent, 1.0);
        assert_eq!(tangent, [0.0, 0.0]);
    }

    #[test]
    fn the_columns_of_the_root_make_the_hessian() {
        for loss in ALL.into_iter().filter(|loss| loss.is_convex()) {
            let mut p = [0.3_f64, -1.2, 0.9];
            loss.prepare_curvature(&mut p);
            let mut expected = [0.7, -0.2, 1.1];
            let (mut sum, v) = ([0.0; 3], expected);
            loss.hessian_vector(&p, None, &mut expected, 1.0);
            for class in 0..3 {
                let mut column = [f64::NAN; 3];
                loss.root(&p, class, &mut column);
                let along: f64 = column.iter().zip(&v).map(|(h, v)| h * v).sum();
                sum.iter_mut().zip(column).for_each(|(sum, h)| *sum += h * along);
            }
            for (sum, expected) in sum.iter().zip(expected) {
                // Some roundings of numbers of order 1.
                assert!((sum - expected).abs() < 1e-15, "{loss:?} {sum} {expected}");
            }
        }
        // 1 − p is below the rounding of 1, and still seen.
        let mut column = [f64::NAN; 2];
        Loss::CrossEntropy.root(&[1.0, 1e-20], 0, &mut column);
        assert_eq!(column, [1e-20, -1e-20]);
    }

    #[test]
    fn hessians_match_differences_of_gradients() {
        let (h, v) = (1e-6, [0.7, -0.2, 1.1]);
        for loss in ALL {
            for label in 0..3 {
                let logits = [0.3_f64, -1.2, 0.9];
                let moved = |by: f64| both(loss, &[0, 1, 2].map(|j| logits[j] + by * v[j]), label).1;
                let (up, down) = (moved(h), moved(-h));
                let (mut p, mut product) = (logits, v);
                loss.prepare_curvature(&mut p);
                loss.hessian_vector(&p, Some(label), &mut product, 0.5);
                for class in 0..3 {
                    let numeric = 0.5 * (up[class] - down[class]) / (2.0 * h);
                    // Rounding 1e-16/h, and h² times third derivatives of order 1.
                    assert!((product[class] - numeric).abs() < 1e-9, "{loss:?} {label}: {numeric}");
                }
            }
        }
    }

    #[test]
    fn a_number_of_zero_leaves_the_cross_entropy() {
        let logits = [0.3_f64, -1.2, 0.9];
        for label in 0..3 {
            let (value, grad) = both(Loss::CrossEntropy, &logits, label);
            let v = [0.7, -0.2, 1.1];
            let mut p = logits;
            Loss::CrossEntropy.prepare_curvature(&mut p);
            let mut product = v;
            Loss::CrossEntropy.hessian_vector(&p, None, &mut product, 1.0);
            let none = (Fraction::of(0.0), NonNegative::of(0.0));
            for loss in [Loss::SmoothedCrossEntropy(none.0), Loss::Focal(none.1)] {
                let (other, other_grad) = both(loss, &logits, label);
                let mut other_product = v;
                loss.hessian_vector(&p, Some(label), &mut other_product, 1.0);
                let pairs = [(value, other)].into_iter();
                for (a, b) in pairs
                    .chain(grad.iter().copied().zip(other_grad))
                    .chain(product.into_iter().zip(other_product))
                {
                    // Some roundings of numbers of order 1.
                    assert!((a - b).abs() < 1e-15, "{loss:?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn values_of_the_other_losses_are_those_of_the_formulas() {
        // The formulas in Python 3.12 with its math module: z = (0.3, −1.2, 0.9), class 1, ε = 0.1, γ = 2.
        let logits = [0.3_f64, -1.2, 0.9];
        for (loss, expected) in [
            (Loss::SmoothedCrossEntropy(Fraction::of(0.1)), 2.493_582_658_259_375),
            (Loss::Focal(NonNegative::of(2.0)), 2.244_611_669_576_977_3),
            (Loss::Logistic, 1.186_263_862_179_548_7),
        ] {
            let (value, _) = both(loss, &logits, 1);
            // Some roundings.
            assert!((value - expected).abs() < 1e-15, "{loss:?} {value:?}");
        }
    }

    #[test]
    fn small_values_of_the_other_losses_are_seen() {
        // e^−40 of the probability is missing: f ≈ q^(1+γ), and each output of the logistic loss gives e^−20.
        let logits = [20.0_f64, -20.0];
        let missing = Real::exp(-40.0_f64);
        for (loss, value, slope) in [
            (Loss::Focal(NonNegative::of(0.5)), missing.sqrt() * missing, 1.5 * missing.sqrt() * missing),
            (
                Loss::Focal(NonNegative::of(2.0)),
                missing * missing * missing,
                3.0 * missing * missing * missing,
            ),
            (Loss::Logistic, Real::exp(-20.0_f64), 0.5 * Real::exp(-20.0_f64)),
        ] {
            let (found, grad) = both(loss, &logits, 0);
            // The next order is e^−20 = 2e-9.
            assert!((found / value - 1.0).abs() < 4e-9, "{loss:?}: {found:e} {value:e}");
            assert!((grad[0] / slope + 1.0).abs() < 4e-9 && (grad[1] / slope - 1.0).abs() < 4e-9, "{loss:?}");
        }
        // A class that is sure to be wrong: q = 1, p = 0.
        let (value, grad) = both(Loss::Focal(NonNegative::of(2.0)), &[1e3_f32, -1e3], 1);
        assert_eq!((value, grad), (2e3, vec![1.0, -1.0]));
        for label in [0, 1] {
            let (mut p, mut product) = ([1e3_f32, -1e3], [1.0, 2.0]);
            let loss = Loss::Focal(NonNegative::of(0.5));
            loss.prepare_curvature(&mut p);
            loss.hessian_vector(&p, Some(label), &mut product, 1.0);
            assert_eq!(product, [0.0, 0.0]);
        }
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
        for loss in ALL {
            for bad in [f32::NAN, f32::INFINITY] {
                for (classes, place, label) in
                    [(3, 0, 0), (3, 0, 1), (3, 1, 0), (3, 2, 0), (3, 1, 1), (2, 0, 0), (2, 0, 1)]
                {
                    let mut logits = [1.0, 2.0, 3.0];
                    logits[place] = bad;
                    let (value, grad) = both(loss, &logits[..classes], label);
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

    /// Rows of logits around 0 with a stride wider than they are, and with a few that are far apart or not
    /// finite.
    fn block<F: Real>(rows: usize, classes: usize, stride: usize) -> (Vec<F>, Vec<u32>) {
        let value = |i: usize| F::from_f64(3.0 * (1.3 * i as f64 + 0.2).sin());
        let mut values: Vec<F> = (0..rows * stride).map(value).collect();
        for (row, logit) in [(2, 1e3), (5, f64::NAN), (11, f64::INFINITY), (17, -1e3)] {
            if row < rows {
                values[row * stride + row % classes] = F::from_f64(logit);
            }
        }
        // Ties, which go to the first class.
        for row in (6..rows).step_by(4) {
            values[row * stride..][..classes].fill(F::from_f64(if row % 8 == 6 { 0.0 } else { 1.5 }));
            values[row * stride] = F::ZERO;
        }
        (values, (0..rows).map(|row| (row * row % 7 % classes) as u32).collect())
    }

    fn rows_match<F: Real>(loss: Loss) {
        for (classes, stride) in [(1, 2), (2, 16), (3, 5), (3, 16), (10, 16), (64, 64), (65, 80)] {
            for rows in (1..35).chain([127]) {
                let (values, labels) = block::<F>(rows, classes, stride);
                for (isa, _) in Isa::all() {
                    let (mut grads, mut losses) = (values.clone(), vec![F::ZERO; rows]);
                    let logits = Logits { values: &mut grads, stride, classes };
                    loss.gradients(isa, logits, (&labels).into(), F::ONE, &mut losses);
                    for (row, label) in labels.iter().enumerate() {
                        let (value, grad) = both(loss, &values[row * stride..][..classes], *label);
                        let grads = &grads[row * stride..];
                        let mut pairs = grad.iter().zip(grads).chain([(&value, &losses[row])]);
                        // The bits of a NaN have no meaning.
                        let same = |(a, b): (&F, &F)| {
                            let (a, b) = (a.to_f64(), b.to_f64());
                            a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
                        };
                        assert!(pairs.all(same), "{loss:?} row {row} of {rows}, {classes} classes");
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_has_the_same_bits_alone_and_in_a_block() {
        for loss in ALL {
            rows_match::<f32>(loss);
            rows_match::<f64>(loss);
        }
    }

    #[test]
    fn gradients_match_central_differences_and_are_scaled() {
        let h = 1e-6;
        for loss in ALL {
            for label in 0..3 {
                let logits = [0.3, -1.2, 0.9_f64];
                let (_, grad) = both(loss, &logits, label);
                for class in 0..3 {
                    let moved = |by: f64| {
                        let mut logits = logits;
                        logits[class] += by;
                        both(loss, &logits, label).0
                    };
                    // Rounding 1e-16/h, and h² times a third derivative of order 1.
                    assert!((grad[class] - (moved(h) - moved(-h)) / (2.0 * h)).abs() < 1e-9);
                }
                let (mut half, mut value) = (logits, [0.0]);
                let isa = Isa::of(Numerics::Portable).expect("portable numerics run everywhere");
                let row = Logits { values: &mut half, stride: 3, classes: 3 };
                loss.gradients(isa, row, (&[label]).into(), 0.5, &mut value);
                assert_eq!(half.map(|g| 2.0 * g).to_vec(), grad, "halving is exact");
            }
        }
    }
}
