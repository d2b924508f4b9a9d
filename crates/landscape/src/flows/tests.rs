//! Flows of functions in closed form, against descent and against their own solutions.

use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::objectives::{Beale, Quadratic, Rosenbrock};
use thalweg_numeric::{Objective, Stream, Streams, vector};

use super::central::slopes;
use super::{Companion, Flow, FlowError, Passed};

const CENTRAL: Companion = Companion::Central { modes: Count::of(4) };

fn stream() -> Stream {
    Streams::new(2, 0).stream("flows", 0)
}

fn difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// ‖descent − flow‖ after `steps` steps of length `lr`.
fn error(
    objective: &mut dyn Objective<f64>,
    start: &[f64],
    companion: Companion,
    (lr, steps): (f64, u64),
) -> f64 {
    let (mut flow, mut params, stream) =
        (Flow::new(companion, start.to_vec()), start.to_vec(), &mut stream());
    let mut grad = vec![0.0; start.len()];
    for _ in 0..steps {
        objective.descend(lr, &mut params, &mut grad);
        flow.advance(objective, lr, stream).unwrap();
    }
    difference(&params, flow.params())
}

#[test]
fn descent_leaves_the_gradient_flow_with_the_step_and_the_modified_flow_with_its_square() {
    let mut quadratic = Quadratic::new(Count::of(3), Positive::of(4.0));
    // With ηλ of about 0.02 and 0.05 at most; what comes after the leading power is smaller by so much.
    type Case<'a> = (&'a mut dyn Objective<f64>, &'a [f64], f64, u64);
    let cases: [Case<'_>; 2] =
        [(&mut quadratic, &[1.0, -2.0, 0.5], 5e-3, 200), (&mut Beale, &[1.3, -0.4], 5e-4, 400)];
    for (objective, start, lr, steps) in cases {
        for (companion, order) in [(Companion::Gradient, 1.0), (Companion::Modified, 2.0)] {
            let [whole, half] = [(lr, steps), (lr / 2.0, 2 * steps)]
                .map(|steps| error(&mut *objective, start, companion, steps));
            let measured = (whole / half).log2();
            assert!((measured - order).abs() < 0.05, "{companion:?} {measured}: {whole:e} {half:e}");
        }
    }
}

#[test]
fn on_a_quadratic_the_flows_are_exponentials_up_to_the_fourth_power_of_the_sub_steps() {
    let mut quadratic = Quadratic::new(Count::of(3), Positive::of(16.0));
    let (lr, steps) = (0.06, 4);
    for companion in [Companion::Gradient, Companion::Modified, CENTRAL] {
        let exact: Vec<f64> = quadratic
            .eigenvalues()
            .iter()
            .map(|l| if companion == Companion::Modified { l * (1.0 + lr * l / 2.0) } else { *l })
            .map(|rate| (-rate * lr * f64::from(steps)).exp())
            .collect();
        let [whole, half] = [0.25, 0.125].map(|stiffness| {
            let mut flow = Flow::new(companion, vec![1.0; 3]).with_stiffness(Positive::of(stiffness));
            for _ in 0..steps {
                let passed = flow.advance(&mut quadratic, lr, &mut stream()).unwrap();
                assert_eq!((passed.oscillation, passed.excess), (0.0, 0.0));
            }
            difference(flow.params(), &exact)
        });
        // Numbers of sub-steps are rounded up: 4 and 8 for a rate of 16, 6 and 12 for the modified flow's.
        // The next power changes the error by a fifth of the sub-step's share of the decay, a quarter.
        let order = (whole / half).log2();
        assert!((order - 4.0).abs() < 0.2, "{companion:?} {order}: {whole:e} {half:e}");
    }
}

/// Curvature that descent itself makes grow: ½ (y₁x₁² + 2z x₁x₂ + y₂x₂²) − c·(y₁, z, y₂), with the parameters
/// x₁, x₂, y₁, z, y₂. At x = 0 the Hessian is that of x alone, \[\[y₁, z\], \[z, y₂\]\].
struct Sharpening([f64; 3]);

impl Objective<f64> for Sharpening {
    fn dim(&self) -> usize {
        5
    }

    fn value(&mut self, params: &[f64]) -> f64 {
        self.gradient(params, &mut [0.0; 5])
    }

    fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
        let (&[a, b, y, z, w], c) = (params.first_chunk().unwrap(), self.0);
        let along = [0.5 * a * a, a * b, 0.5 * b * b];
        grad.copy_from_slice(&[
            y * a + z * b,
            z * a + w * b,
            along[0] - c[0],
            along[1] - c[1],
            along[2] - c[2],
        ]);
        vector::dot(&along, &[y, z, w]) - vector::dot(&c, &[y, z, w])
    }

    fn hessian_vector(&mut self, params: &[f64], v: &[f64], out: &mut [f64]) {
        let &[a, b, y, z, w] = params.first_chunk().unwrap();
        let &[p, q, f, g, h] = v.first_chunk().unwrap();
        out.copy_from_slice(&[
            y * p + z * q + a * f + b * g,
            z * p + w * q + a * g + b * h,
            a * p,
            b * p + a * q,
            b * q,
        ]);
    }
}

/// Where the central flow has come to from `start`, and what it said of the last step.
fn central(c: [f64; 3], start: [f64; 5], lr: f64, steps: usize) -> (Vec<f64>, Passed) {
    let (mut flow, stream) = (Flow::new(CENTRAL, start.to_vec()), &mut stream());
    let mut passed = Passed::default();
    for _ in 0..steps {
        passed = flow.advance(&mut Sharpening(c), lr, stream).unwrap();
    }
    (flow.params().to_vec(), passed)
}

#[test]
fn at_the_edge_one_direction_oscillates_as_the_closed_form_says() {
    // 2/η = 20 is reached after 5 steps. Then σ² = −⟨∇S, ∇L⟩/(½‖∇S‖²) = 2c, as S = y₁.
    let (place, passed) = central([1.0, 0.0, 0.0], [0.0, 0.0, 19.5, 0.0, 3.0], 0.1, 20);
    // Third derivatives are known to some 1e-10, and what is beyond the edge is their error alone.
    assert!((place[2] - 20.0).abs() < 1e-8, "{place:?}");
    assert!((passed.oscillation - 2.0).abs() < 1e-7, "{passed:?}");
    assert!((passed.excess - 0.5 * 20.0 * 2.0).abs() < 1e-6, "{passed:?}");
    // Below the edge there is none, nor where descent itself makes the curvature fall: σ² = max(0, …).
    let (place, passed) = central([1.0, 0.0, 0.0], [0.0, 0.0, 10.0, 0.0, 3.0], 0.1, 20);
    assert!((place[2] - 12.0).abs() < 1e-12, "20 steps of 0.1 with a slope of 1: {place:?}");
    assert_eq!(passed.oscillation, 0.0);
    let (place, passed) = central([-1.0, 0.0, 0.0], [0.0, 0.0, 20.0, 0.0, 3.0], 0.1, 20);
    assert!((place[2] - 18.0).abs() < 1e-12, "{place:?}");
    assert_eq!(passed.oscillation, 0.0);
}

#[test]
fn at_a_place_like_any_other_the_oscillation_is_that_of_the_closed_form() {
    // S of Rosenbrock's valley, from ∂xx = 2 − 400 (y − 3x²), ∂xy = −400 x and ∂yy = 200.
    let largest = |[x, y]: [f64; 2]| {
        let (xx, xy, yy) = (2.0 - 400.0 * (y - 3.0 * x * x), -400.0 * x, 200.0);
        0.5 * (xx + yy) + (0.25 * (xx - yy) * (xx - yy) + xy * xy).sqrt()
    };
    for ([x, y], rises) in [([0.5, 1.0], true), ([-0.3, 0.8], true), ([1.0, 0.0], false)] {
        let mut slope = [0.0; 2];
        Rosenbrock.gradient(&[x, y], &mut slope);
        let by = 1e-5;
        let [of_x, of_y] = [[by, 0.0], [0.0, by]]
            .map(|[a, b]| (largest([x + a, y + b]) - largest([x - a, y - b])) / (2.0 * by));
        let balance = -(of_x * slope[0] + of_y * slope[1]) / (0.5 * (of_x * of_x + of_y * of_y));
        assert_eq!(balance > 0.0, rises, "{balance}");
        let (edge, h) = (largest([x, y]), 1e-7);
        let mut flow = Flow::new(CENTRAL, vec![x, y]);
        flow.drift(&mut Rosenbrock, 2.0 / edge, h);
        let (oscillation, excess) =
            flow.project(&mut Rosenbrock, (edge, h), Count::of(2), &mut stream()).unwrap();
        // All changes within h by some 1e-4 of itself: slopes are up to 400, third derivatives to 2400.
        assert!((oscillation - balance.max(0.0)).abs() <= 1e-3 * balance.abs(), "{oscillation} {balance}");
        assert!((excess - 0.5 * edge * oscillation).abs() <= 1e-9 * excess.abs());
        let beyond = largest([flow.params()[0], flow.params()[1]]) - edge;
        assert!(beyond <= 1e-6 * edge, "{beyond}");
    }
}

#[test]
fn at_the_edge_two_directions_oscillate_together() {
    // At the edge Σ undoes the slope: c₁ = ½X₁₁, c₂ = X₁₂, c₃ = ½X₂₂.
    let (place, passed) = central([1.0, 0.5, 2.0], [0.0, 0.0, 19.9, 0.0, 19.7], 0.1, 60);
    assert!(difference(&place[2..], &[20.0, 0.0, 20.0]) < 1e-6, "{place:?}");
    assert!((passed.oscillation - 6.0).abs() < 1e-5, "{passed:?}");
    assert!((passed.excess - 60.0).abs() < 1e-4, "{passed:?}");
    // X₁₂ of 3 beside these two would be no covariance: one direction alone stays at the edge.
    let (place, passed) = central([1.0, 3.0, 2.0], [0.0, 0.0, 19.9, 0.0, 19.9], 0.1, 20);
    let (mean, half) = (0.5 * (place[2] + place[4]), 0.5 * (place[2] - place[4]));
    let apart = (half * half + place[3] * place[3]).sqrt();
    // The linear constraint leaves some of the second order of a sub-step, which the next one makes good.
    assert!((mean + apart - 20.0).abs() < 0.02 && mean - apart < 19.8, "{place:?}");
    assert!(passed.oscillation > 0.0, "{passed:?}");
}

#[test]
fn at_the_edge_the_error_goes_with_the_sub_steps() {
    // The critical direction turns from x₁ towards x₁ + x₂.
    let places = [0.25, 0.125, 0.0625].map(|stiffness| {
        let start = vec![0.0, 0.0, 20.0, 0.0, 17.0];
        let mut flow = Flow::new(CENTRAL, start).with_stiffness(Positive::of(stiffness));
        let stream = &mut stream();
        for _ in 0..20 {
            flow.advance(&mut Sharpening([1.0, 3.0, 2.0]), 0.1, stream).unwrap();
        }
        flow.params().to_vec()
    });
    let [first, second] = [0, 1].map(|i| difference(&places[i], &places[i + 1]));
    let order = (first / second).log2();
    // The next power: half as large a share with half the sub-step.
    assert!((order - 1.0).abs() < 0.2, "{order}: {first:e} {second:e}");
}

#[test]
fn a_quadratic_has_no_way_back_to_the_edge() {
    let mut quadratic = Quadratic::new(Count::of(3), Positive::of(16.0));
    let mut follow = |lr| Flow::new(CENTRAL, vec![1.0; 3]).advance(&mut quadratic, lr, &mut stream());
    // 2/η is 15.5 and 10.
    assert_eq!(follow(2.0 / 15.5), Err(FlowError::NoBalance));
    assert!(matches!(follow(0.2), Err(FlowError::BeyondTheEdge { .. })));
    let passed = follow(2.0 / 16.5).unwrap();
    assert_eq!((passed.oscillation, passed.substeps), (0.0, 2));
}

#[test]
fn slopes_of_curvatures_are_third_derivatives() {
    // Of Rosenbrock's valley: ∂xx = 2 − 400 (y − 3x²), ∂xy = −400 x, ∂yy = 200.
    let (x, y) = (0.5, -1.0);
    let found = slopes(&mut Rosenbrock, &[x, y], &[vec![1.0, 0.0], vec![0.0, 1.0]]);
    let root = std::f64::consts::SQRT_2;
    let exact = [[2400.0 * x, -400.0], [-400.0 * root, 0.0], [0.0, 0.0]];
    for (found, exact) in found.iter().zip(exact) {
        // ∂xx is quadratic, so that nothing is left out; ε/h times numbers up to 700 is rounding.
        assert!(difference(found, &exact) < 1e-7, "{found:?} {exact:?}");
    }
}
