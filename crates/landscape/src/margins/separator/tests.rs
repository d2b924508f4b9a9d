//! Separators known on paper, by brute force and by their own proof.

use ndarray::{Array2, array};
use thalweg_numeric::Streams;

use super::*;
use crate::margins::angle;

const ALL: [(Geometry, Bias); 6] = [
    (Geometry::Euclidean, Bias::None),
    (Geometry::Euclidean, Bias::Feature),
    (Geometry::Euclidean, Bias::Free),
    (Geometry::Max, Bias::None),
    (Geometry::Max, Bias::Feature),
    (Geometry::Max, Bias::Free),
];

/// Two clouds of `n` points together in `d` dimensions around ±2, uneven in number, and far enough from each
/// other.
fn clouds(n: usize, d: usize, index: u64) -> (Array2<f64>, Vec<u32>) {
    let mut stream = Streams::new(11, 0).stream("clouds", index);
    let labels: Vec<u32> = (0..n).map(|i| u32::from(i % 3 == 0)).collect();
    let center = |i: usize| if labels[i] == 1 { 2.0 } else { -2.0 };
    let inputs = Array2::from_shape_fn((n, d), |(i, _)| center(i) + 0.5 * stream.normal());
    (inputs, labels)
}

/// Smallest yᵢ (w·xᵢ + b).
fn margin(inputs: &Array2<f64>, labels: &[u32], w: &[f64], b: f64) -> f64 {
    let margins = inputs.rows().into_iter().zip(labels).map(|(x, label)| {
        let score: f64 = x.iter().zip(w).map(|(x, w)| x * w).sum::<f64>() + b;
        if *label == 1 { score } else { -score }
    });
    margins.fold(f64::INFINITY, f64::min)
}

#[test]
fn two_points_have_the_separator_on_paper() {
    // (3, 1) of class 1, (−1, −1) of class 0: half the difference is d = (2, 1), the middle m = (1, 0).
    let inputs = array![[3.0, 1.0], [-1.0, -1.0]];
    let find = |geometry, bias| separate(inputs.view(), &[1, 0], geometry, bias).unwrap();
    let free = find(Geometry::Euclidean, Bias::Free);
    // w along d, margin ‖d‖, b = −w·m. A gap of 1e-8 bounds margins to 1e-8 of themselves and directions to
    // 2e-4.
    let root = 5.0_f64.sqrt();
    let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 2e-4);
    assert!(close(&free.direction, &[2.0 / root, 1.0 / root, -2.0 / root]), "{free:?}");
    assert!((free.margin - root).abs() < 1e-7 && close(&free.multipliers, &[0.5, 0.5]));
    // w = (1, 1): margin ‖d‖₁ = 3, b = −1.
    let max = find(Geometry::Max, Bias::Free);
    assert!(close(&max.direction, &[1.0, 1.0, -1.0]) && (max.margin - 3.0).abs() < 1e-7, "{max:?}");
    // Signed points (3, 1) and (1, 1): the nearest point of their hull to 0 is (1, 1), and in three
    // dimensions, with 1 and −1 behind them, (3, 1, 1)·s + (1, 1, −1)·(1−s) = (1 + 2s, 1, 2s − 1) is shortest
    // at s = 0.
    let none = find(Geometry::Euclidean, Bias::None);
    let half = 0.5_f64.sqrt();
    assert!(close(&none.direction, &[half, half, 0.0]) && (none.margin - 2.0 * half).abs() < 1e-7);
    assert!(close(&none.multipliers, &[0.0, 1.0]) && none.support == [1], "{none:?}");
    let feature = find(Geometry::Euclidean, Bias::Feature);
    let third = 1.0 / 3.0_f64.sqrt();
    assert!(close(&feature.direction, &[third, third, -third]), "{feature:?}");
    assert!((feature.margin - 3.0 * third).abs() < 1e-7);
}

#[test]
fn no_direction_of_the_plane_has_a_larger_margin() {
    for seed in 0..3 {
        let (inputs, labels) = clouds(13, 2, seed);
        for geometry in [Geometry::Euclidean, Geometry::Max] {
            let separator = separate(inputs.view(), &labels, geometry, Bias::None).unwrap();
            let best = (0..100_000).map(|i| {
                let (y, x) = libm::sincos(std::f64::consts::TAU * f64::from(i) / 100_000.0);
                let norm = if geometry == Geometry::Max { x.abs().max(y.abs()) } else { 1.0 };
                margin(&inputs, &labels, &[x / norm, y / norm], 0.0)
            });
            let best = best.fold(f64::NEG_INFINITY, f64::max);
            // The grid misses the best direction by up to 3e-5 radians, the points are up to 5 away.
            let lead = separator.margin - best;
            assert!((-1e-7..2e-4).contains(&lead), "{geometry:?} {} {best}", separator.margin);
        }
    }
}

#[test]
fn the_margin_is_the_distance_of_the_hulls() {
    // Of two hulls in the plane that do not meet, one is nearest to the other in a vertex, on a segment
    // between two points.
    let (inputs, labels) = clouds(9, 2, 7);
    let separator = separate(inputs.view(), &labels, Geometry::Euclidean, Bias::Free).unwrap();
    let of_class = |class: u32| -> Vec<[f64; 2]> {
        let rows = inputs.rows().into_iter().zip(&labels).filter(move |(_, label)| **label == class);
        rows.map(|(x, _)| [x[0], x[1]]).collect()
    };
    let (zeros, ones) = (of_class(0), of_class(1));
    let to_segment = |p: [f64; 2], a: [f64; 2], b: [f64; 2]| {
        let (d, e) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
        let length = d[0] * d[0] + d[1] * d[1];
        let t = if length > 0.0 { ((d[0] * e[0] + d[1] * e[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
        (e[0] - t * d[0]).hypot(e[1] - t * d[1])
    };
    let mut least = f64::INFINITY;
    for (points, others) in [(&zeros, &ones), (&ones, &zeros)] {
        for p in points {
            for (a, b) in others.iter().flat_map(|a| others.iter().map(move |b| (a, b))) {
                least = least.min(to_segment(*p, *a, *b));
            }
        }
    }
    // A gap of 1e-8 of a margin of about 2.
    assert!((separator.margin - least / 2.0).abs() < 1e-7, "{} {least}", separator.margin);
}

#[test]
fn every_answer_proves_itself_and_holds_its_margin() {
    let (inputs, labels) = clouds(41, 7, 1);
    for (geometry, bias) in ALL {
        let found = separate(inputs.view(), &labels, geometry, bias).unwrap();
        let (w, b) = (&found.direction[..7], found.direction[7]);
        let counted = if bias == Bias::Free { w } else { &found.direction[..] };
        let norm = match geometry {
            Geometry::Euclidean => vector::norm(counted),
            Geometry::Max => counted.iter().fold(0.0, |max: f64, w| max.max(w.abs())),
        };
        // Sums of eight products in another order.
        assert!((norm - 1.0).abs() < 1e-14 && (margin(&inputs, &labels, w, b) - found.margin).abs() < 1e-14);
        assert_eq!(b == 0.0, bias == Bias::None, "{geometry:?} {bias:?}: {b}");
        // Rounding alone may put the bound below the margin.
        assert!((-1e-14..=GAP).contains(&found.gap), "{geometry:?} {bias:?}: {:e}", found.gap);
        let sum: f64 = found.multipliers.iter().sum();
        assert!((sum - 1.0).abs() < 1e-14 && found.multipliers.iter().all(|share| *share >= 0.0));
        let off = (0..41).filter(|i| !found.support.contains(i));
        // Complementarity: Σ λᵢ (margin of i − least margin) ≤ gap · margin.
        assert!(off.map(|i| found.multipliers[i]).fold(0.0, f64::max) < 1e-3, "{geometry:?} {bias:?}");
    }
}

#[test]
fn a_bias_can_only_help_and_the_answer_moves_with_the_scale_of_the_data() {
    let (inputs, labels) = clouds(23, 3, 2);
    let find =
        |inputs: &Array2<f64>, geometry, bias| separate(inputs.view(), &labels, geometry, bias).unwrap();
    for geometry in [Geometry::Euclidean, Geometry::Max] {
        let of = |bias| find(&inputs, geometry, bias).margin;
        let (none, feature, free) = (of(Bias::None), of(Bias::Feature), of(Bias::Free));
        assert!(none <= feature && none <= free, "{none} {feature} {free}");
        let large = find(&(&inputs * 1000.0), geometry, Bias::Free);
        // Both margins to 1e-8.
        assert!((large.margin / free / 1000.0 - 1.0).abs() < 3e-8, "{} {free}", large.margin);
    }
}

#[test]
fn a_margin_at_the_limit_of_the_solver_is_never_a_wrong_answer() {
    for (delta, (geometry, bias)) in (2..14).flat_map(|e| ALL.map(|kind| (10.0_f64.powi(-e), kind))) {
        let inputs = array![[1.0, 0.3], [1.0 + delta, 0.3], [1.0, -0.7]];
        match separate(inputs.view(), &[0, 1, 0], geometry, bias) {
            // Free, the margin is half of δ in both geometries; a gap of 1e-8 and rounding of 1e-16/δ.
            Ok(found) if bias == Bias::Free => {
                assert!((found.margin / delta - 0.5).abs() < 1e-8 + 1e-15 / delta, "{delta} {found:?}");
            }
            Ok(found) => assert!(found.gap <= GAP && found.margin > 0.0, "{delta} {found:?}"),
            Err(SeparatorError::NotSeparable) => {
                assert!(bias == Bias::None || delta <= 1e-6, "{delta} {bias:?}")
            }
            Err(SeparatorError::Uncertain { gap, .. }) => {
                assert!(gap > GAP && delta <= 1e-6, "{delta} {gap}")
            }
            Err(error) => panic!("{delta} {error}"),
        }
    }
}

#[test]
fn what_has_no_separator_is_refused() {
    let square = array![[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]];
    for (geometry, bias) in ALL {
        let refused = |inputs: &Array2<f64>, labels: &[u32]| separate(inputs.view(), labels, geometry, bias);
        let xor = refused(&square, &[0, 0, 1, 1]).unwrap_err();
        assert_eq!(xor, SeparatorError::NotSeparable, "{geometry:?} {bias:?}");
        assert_eq!(refused(&Array2::zeros((4, 2)), &[0, 1, 0, 1]).unwrap_err(), SeparatorError::NotSeparable);
        assert_eq!(refused(&square, &[1; 4]).unwrap_err(), SeparatorError::OneClass);
        let three = SeparatorError::NotBinary { point: 3, class: 2 };
        assert_eq!(refused(&square, &[0, 1, 1, 2]).unwrap_err(), three);
        let mut broken = square.clone();
        broken[(2, 1)] = f64::NAN;
        assert_eq!(refused(&broken, &[0, 0, 1, 0]).unwrap_err(), SeparatorError::NotFinite { point: 2 });
    }
    let shifted = array![[2.0], [1.0], [4.0]];
    let none = separate(shifted.view(), &[0, 0, 1], Geometry::Euclidean, Bias::None);
    assert_eq!(none, Err(SeparatorError::NotSeparable), "not through 0");
    assert!(separate(shifted.view(), &[0, 0, 1], Geometry::Euclidean, Bias::Free).is_ok());
}

/// Minus the gradient of the mean logistic loss ln(1 + e^{−m}) at (w, b).
fn descent_direction(inputs: &Array2<f64>, labels: &[u32], weights: &[f64]) -> Vec<f64> {
    let mut step = vec![0.0; weights.len()];
    for (x, label) in inputs.rows().into_iter().zip(labels) {
        let y = if *label == 1 { 1.0 } else { -1.0 };
        let signed: Vec<f64> = x.iter().chain([&1.0]).map(|x| y * x).collect();
        let pull = 1.0 / (1.0 + libm::exp(vector::dot(&signed, weights)));
        vector::axpy(pull / labels.len() as f64, &signed, &mut step);
    }
    step
}

#[test]
fn descent_turns_to_the_separator_with_the_bias_as_a_feature_like_one_over_the_logarithm() {
    let (inputs, labels) = clouds(8, 2, 4);
    // Off the middle, where the two kinds of bias differ.
    let inputs = inputs + 1.5;
    let feature = separate(inputs.view(), &labels, Geometry::Euclidean, Bias::Feature).unwrap();
    let free = separate(inputs.view(), &labels, Geometry::Euclidean, Bias::Free).unwrap();
    let mut weights = vec![0.0; 3];
    let mut angles = Vec::new();
    for step in 1..=100_000_u32 {
        let direction = descent_direction(&inputs, &labels, &weights);
        vector::axpy(0.5, &direction, &mut weights);
        if [1_000, 10_000, 100_000].contains(&step) {
            angles.push(angle(&weights, &feature.direction) * libm::log(f64::from(step)));
        }
    }
    // The next term is smaller by another 1/ln t; 1/√ln t in place of 1/ln t would make this ratio 1.12.
    assert!((angles[2] / angles[1] - 1.0).abs() < 0.06, "{angles:?}");
    let (to_feature, to_free) = (angle(&weights, &feature.direction), angle(&weights, &free.direction));
    assert!(to_feature < 0.5 * to_free, "{to_feature} {to_free}");
}
