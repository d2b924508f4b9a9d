//! Losses against closed forms, central differences and one another.

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
        (Loss::Focal(NonNegative::of(2.0)), missing * missing * missing, 3.0 * missing * missing * missing),
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
fn slopes_of_a_softmax_that_is_certain_are_0_and_never_subnormal() {
    // e^−70 = 4e-31 counts beside what else there is; e^−85 = 1e-37, a normal number, is negligible.
    for (lead, is_negligible) in [(70.0_f32, false), (85.0, true)] {
        for classes in [2, 3, 20] {
            let logits: Vec<f32> = (0..classes).map(|class| if class == 0 { lead } else { 0.0 }).collect();
            let (_, grad) = both(Loss::CrossEntropy, &logits, 0);
            assert!(grad.iter().all(|slope| (*slope == 0.0) == is_negligible), "{lead}: {grad:?}");
            let (_, grad) = both(Loss::Focal(NonNegative::of(2.0)), &logits, 0);
            assert!(grad.iter().all(|slope| *slope == 0.0), "(1 − p)² besides: {grad:?}");
            let (_, grad) = both(Loss::Logistic, &logits, 0);
            assert_eq!(grad[0] == 0.0, is_negligible, "{lead}: {grad:?}");
        }
    }
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
