//! Tests against the exact maximum of a quadratic in a ball, and of the invariance under rescaling.

use ndarray::{Array2, array};
use thalweg_network::{Activation, Architecture, Loss, Network, Numerics, OnBatch};
use thalweg_numeric::bounded::Finite;
use thalweg_numeric::objectives::{Beale, DoubleWell, Linear, Quadratic};
use thalweg_numeric::{Streams, vector};

use super::*;

fn search(objective: &mut dyn Objective<f64>, params: &[f64], ball: Ball, radius: f64) -> WorstCase {
    let (starts, steps) = (Count::of(5), Count::of(3000));
    let ascent = Ascent { ball, radius: Positive::of(radius), starts, steps };
    ascent.worst_case(objective, params, &mut Streams::new(2, 0).stream("worst-case", 0))
}

/// The maximum of Σ gᵢ zᵢ + ½ Σ aᵢ zᵢ² over ‖z‖ ≤ ρ for convex a: on the sphere, where (μ − aᵢ) zᵢ = gᵢ with
/// the multiplier μ > max a that gives z the length ρ (the secular equation), found by bisection.
fn secular_maximum(a: &[f64], g: &[f64], radius: f64) -> f64 {
    let place = |mu: f64| -> Vec<f64> { a.iter().zip(g).map(|(a, g)| g / (mu - a)).collect() };
    let largest = a.iter().fold(0.0_f64, |x, y| x.max(*y));
    let (mut low, mut high) = (largest, largest + 2.0 * vector::norm(g) / radius);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if vector::norm(&place(middle)) > radius {
            low = middle;
        } else {
            high = middle;
        }
    }
    let z = place(high);
    z.iter().zip(a).zip(g).map(|((z, a), g)| g * z + 0.5 * a * z * z).sum()
}

#[test]
fn on_a_quadratic_the_maximum_is_that_of_the_secular_equation() {
    let mut quadratic = Quadratic::new(Count::of(6), Positive::of(40.0));
    let lambda = quadratic.eigenvalues().to_vec();
    let params = [1.5, -0.75, 2.0, -0.5, 0.25, 0.1];
    let grad: Vec<f64> = lambda.iter().zip(&params).map(|(l, x)| l * x).collect();
    for radius in [0.03, 0.5, 4.0] {
        let worst = search(&mut quadratic, &params, Ball::Euclidean, radius);
        let exact = secular_maximum(&lambda, &grad, radius);
        // The search ends where a step promises less than 2⁻⁵² of the losses, some hundred of which are left
        // to gain.
        assert!((worst.rise / exact - 1.0).abs() < 1e-11, "{radius}: {} {exact}", worst.rise);
        assert!((vector::norm(&worst.displacement) / radius - 1.0).abs() < 1e-14);
        let at: Vec<f64> = params.iter().zip(&worst.displacement).map(|(x, d)| x + d).collect();
        assert_eq!(quadratic.value(&at) - quadratic.value(&params), worst.rise);

        let t: Vec<f64> = params.iter().map(|x| x.abs()).collect();
        let scaled: Vec<f64> = lambda.iter().zip(&t).map(|(l, t)| l * t * t).collect();
        let slope: Vec<f64> = grad.iter().zip(&t).map(|(g, t)| g * t).collect();
        let adaptive = search(&mut quadratic, &params, Ball::Adaptive, radius);
        let exact = secular_maximum(&scaled, &slope, radius);
        assert!((adaptive.rise / exact - 1.0).abs() < 1e-11, "{radius}: {} {exact}", adaptive.rise);
        let z: Vec<f64> = adaptive.displacement.iter().zip(&t).map(|(d, t)| d / t).collect();
        assert!((vector::norm(&z) / radius - 1.0).abs() < 1e-14);
    }
}

#[test]
fn the_first_start_is_the_place_of_sam() {
    // λ = (1, 4): at (3, −1) g = (3, −4), ‖g‖ = 5; with ρ = 5 SAM's place is (6, −5), where L = 18 + 50, from
    // 4.5 + 2.
    let mut quadratic = Quadratic::new(Count::of(2), Positive::of(4.0));
    assert_eq!(search(&mut quadratic, &[3.0, -1.0], Ball::Euclidean, 5.0).one_step, 61.5);
    // On a slope it is the worst place: ρ‖g‖. Rounding of the direction.
    let worst = search(&mut Linear { slope: vec![2.0, -3.0, 6.0] }, &[0.5; 3], Ball::Euclidean, 0.25);
    assert!((worst.one_step - 1.75).abs() < 1e-15 && (worst.rise - 1.75).abs() < 1e-15, "{worst:?}");
    assert_eq!(worst.rises.len(), 5);
}

#[test]
fn places_without_a_slope_and_summits() {
    let mut quadratic = Quadratic::new(Count::of(3), Positive::of(9.0));
    let worst = search(&mut quadratic, &[0.0; 3], Ball::Euclidean, 2.0);
    assert_eq!(worst.one_step, 0.0);
    // ½ · 9 · 4.
    assert!((worst.rise - 18.0).abs() < 1e-11, "{worst:?}");
    // Parameters of 0 have no room at all in the adaptive ball.
    let stuck = search(&mut quadratic, &[0.0; 3], Ball::Adaptive, 2.0);
    assert_eq!((stuck.rise, stuck.displacement), (0.0, vec![0.0; 3]));
}

#[test]
fn the_worst_place_of_a_small_disk_is_found_where_the_loss_is_not_convex() {
    let at = [1.3, -0.4];
    let worst = search(&mut Beale, &at, Ball::Euclidean, 0.7);
    // The circle in 10⁵ steps: an arc of 4e-5, squared times a curvature of some tens, is 1e-7 at most.
    let circle = (0..100_000).map(|i| {
        let angle = f64::from(i) * std::f64::consts::TAU / 1e5;
        Beale.value(&[at[0] + 0.7 * angle.cos(), at[1] + 0.7 * angle.sin()]) - Beale.value(&at)
    });
    let largest = circle.fold(f64::NEG_INFINITY, f64::max);
    assert!((worst.rise - largest).abs() < 1e-7, "{} {largest}", worst.rise);
}

#[test]
fn steps_over_a_ridge_are_taken_back() {
    let (wide, narrow, tilt) = (Positive::of(1.0), Positive::of(16.0), Finite::of(0.0));
    let mut wells = DoubleWell::new(Count::of(1), wide, narrow, tilt, Positive::of(0.1)).unwrap();
    let worst = search(&mut wells, &[-0.5], Ball::Euclidean, 1.2);
    // The ridge, inside the ball, on a grid of 2.4e-5: squared times a curvature below 10³.
    let grid = (0..=100_000).map(|i| wells.value(&[-1.7 + 2.4e-5 * f64::from(i)])).fold(0.0, f64::max);
    let ridge = grid - wells.value(&[-0.5]);
    assert!((worst.rise - ridge).abs() < 1e-6 && worst.displacement[0] < 1.15, "{worst:?} {ridge}");
}

/// A ReLU network 3-4-2 on five samples, with `factors` on the units of its hidden layer.
fn rescaled(factors: [f64; 4]) -> (Network<f64>, Vec<f64>, Array2<f64>) {
    let (activation, loss) = (Activation::Relu, Loss::CrossEntropy);
    let architecture =
        Architecture { inputs: 3, hidden: vec![4], outputs: 2, activation, loss, ..Architecture::default() };
    let mut stream = Streams::new(6, 0).stream("init", 0);
    let mut params: Vec<f64> = (0..architecture.layout().dim()).map(|_| stream.normal()).collect();
    for (unit, factor) in factors.into_iter().enumerate() {
        (0..4).for_each(|row| params[4 * row + unit] *= factor); // three rows of weights, then the bias
        (0..2).for_each(|class| params[16 + 2 * unit + class] /= factor);
    }
    let inputs =
        array![[1.0, 0.5, -1.0], [0.0, -2.0, 1.5], [-1.0, 1.0, 0.25], [2.0, 0.0, 0.5], [-0.5, -1.0, -2.0]];
    (Network::new(&architecture, Numerics::Portable, 5).unwrap(), params, inputs)
}

#[test]
fn adaptive_sharpness_does_not_see_a_rescaling_of_relu_units() {
    let worst = |factors: [f64; 4], ball: Ball| {
        let (mut network, params, inputs) = rescaled(factors);
        let mut objective =
            OnBatch { network: &mut network, inputs: inputs.view(), targets: (&[0, 1, 1, 0, 1]).into() };
        search(&mut objective, &params, ball, 0.2)
    };
    let (plain, scaled) = ([1.0; 4], [3.0, 0.2, 1.0, 7.0]);
    let [before, after] = [plain, scaled].map(|factors| worst(factors, Ball::Adaptive));
    // The searches take the same steps in z but for rounding, which no step of a maximum search amplifies by
    // much.
    assert!((after.rise / before.rise - 1.0).abs() < 1e-9, "{} {}", after.rise, before.rise);
    assert!((after.one_step / before.one_step - 1.0).abs() < 1e-9);
    let [before, after] = [plain, scaled].map(|factors| worst(factors, Ball::Euclidean));
    assert!((after.rise / before.rise - 1.0).abs() > 0.5, "{} {}", after.rise, before.rise);
}
