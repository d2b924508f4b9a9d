//! Newton's method, by conjugate gradients.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_numeric::{Layout, Objective, Real, vector};

use super::{MethodSettings, MethodState};
use crate::Memory;
use crate::properties::Properties;

/// Truncated, damped Newton.
///
/// ```text
/// (∇²L(θ) + λ I) d = −g              λ = damping
/// θ ← θ + 2⁻ⁱ η d                    η = 1 is Newton's own step
/// ```
/// Conjugate gradients solve for d from products with the Hessian: no matrix is stored, so networks of some
/// thousand parameters are within reach, and each iteration costs about two gradients. They stop when the
/// residual has fallen to `tolerance`·‖g‖ or after `iterations`; that makes d less exact, but every d on the
/// way is a direction of descent.
///
/// Where the Hessian is not positive definite, a plain Newton step may lead to a saddle or a maximum. Here,
/// the first search direction p with pᵀ(∇²L + λ I) p ≤ 0 is the last: d goes along it as far as along its
/// predecessor. Should that be the first one, d = −g. All search directions descend, so a saddle is left
/// along its falling side.
///
/// S. G. Nash, *Newton-type minimization via the Lanczos method*, SIAM Journal on Numerical Analysis 21
/// (1984); J. Nocedal and S. J. Wright, *Numerical Optimization* (2006), algorithm 7.1, which does not follow
/// that last direction unless it is the first.
///
/// The step is halved until the loss falls, i = 0, 1, … at most 30 times; else θ stays. Far from a minimum,
/// or where the Hessian is nearly singular, as on data that can almost be separated, a whole step may lead
/// anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Newton {
    /// λ, default 0: Newton's own equation.
    pub damping: NonNegative,
    /// What may remain of the residual, relative to ‖g‖, default 10⁻¹⁰: nearly exact.
    pub tolerance: NonNegative,
    /// The most products with the Hessian in a step, default 250 (J. Martens, *Deep learning via Hessian-free
    /// optimization*, ICML 2010, section 4.5).
    pub iterations: Count,
    /// How the length of a step is found. Default backtracking (Nocedal and Wright, algorithm 3.1).
    pub line_search: Backtracking,
}

/// How the length of Newton's step is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Backtracking {
    /// Halved until L(θ + s) ≤ L(θ) + c gᵀs with c = 10⁻⁴, up to the rounding of the losses.
    #[default]
    Backtracking,
    /// The learning rate.
    None,
}

/// c, of the decrease that a step must bring: as in Nocedal and Wright, page 33.
const DECREASE: f64 = 1e-4;
/// A step of 2⁻³⁰ of what it was to be is none.
const HALVINGS: u32 = 30;
/// Roundings of two losses that are sums in different orders, in units of the last place.
const ROUNDINGS: f64 = 16.0;

impl Default for Newton {
    fn default() -> Self {
        Self {
            damping: NonNegative::of(0.0),
            tolerance: NonNegative::of(1e-10),
            iterations: Count::of(250),
            line_search: Backtracking::default(),
        }
    }
}

impl Properties for Newton {
    /// Conjugate gradients end after a tenth of the iterations that they may take, more or less.
    fn gradients_per_step(&self) -> f64 {
        1.0 + 0.2 * self.iterations.get() as f64
    }

    fn numbers_per_parameter(&self) -> f64 {
        0.0
    }
}

impl<F: Real> MethodSettings<F> for Newton {
    fn build(&self, layout: &Layout) -> Box<dyn MethodState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State {
            config: *self,
            direction: zeros(),
            residual: zeros(),
            search: zeros(),
            product: zeros(),
            trial: zeros(),
        })
    }
}

/// Nothing is remembered from step to step.
struct State<F> {
    config: Newton,
    direction: Vec<F>,
    residual: Vec<F>,
    search: Vec<F>,
    product: Vec<F>,
    trial: Vec<F>,
}

impl<F: Real> MethodState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], value: F, grad: &[F], objective: &mut dyn Objective<F>) {
        let Self { config, direction, residual, search, product, trial } = self;
        let damping = F::from_f64(config.damping.get());
        direction.fill(F::ZERO);
        residual.fill(F::ZERO);
        vector::axpy(-F::ONE, grad, residual);
        search.copy_from_slice(residual);
        let mut remaining = vector::dot(residual, residual);
        let tolerance = F::from_f64(config.tolerance.get());
        let goal = tolerance * tolerance * remaining;
        let mut length = F::ONE;
        for _ in 0..config.iterations.get() {
            if remaining <= goal {
                break;
            }
            objective.hessian_vector(params, search, product);
            vector::axpy(damping, search, product);
            let curvature = vector::dot(search, product);
            if curvature > F::ZERO {
                length = remaining / curvature;
                vector::axpy(length, search, direction);
            } else {
                vector::axpy(length, search, direction);
                break;
            }
            vector::axpy(-length, product, residual);
            let before = std::mem::replace(&mut remaining, vector::dot(residual, residual));
            for (p, r) in search.iter_mut().zip(&*residual) {
                *p = *r + remaining / before * *p;
            }
        }
        match config.line_search {
            Backtracking::None => vector::descend(F::from_f64(-lr), direction, params),
            Backtracking::Backtracking => {
                let slope = vector::dot(grad, direction).to_f64().min(0.0);
                backtrack(lr, slope, direction, (params, value.to_f64()), trial, objective);
            }
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![] }
    }
}

/// Moves `params` along `direction` by `lr`, or by the first half of a half of it that lowers the loss.
fn backtrack<F: Real>(
    lr: f64,
    slope: f64,
    direction: &[F],
    (params, value): (&mut [F], f64),
    trial: &mut [F],
    objective: &mut dyn Objective<F>,
) {
    let rounding = ROUNDINGS * F::EPSILON.to_f64() * value.abs();
    let mut length = lr;
    for _ in 0..=HALVINGS {
        trial.copy_from_slice(params);
        vector::descend(F::from_f64(-length), direction, trial);
        if objective.value(trial).to_f64() <= value + DECREASE * length * slope + rounding {
            params.copy_from_slice(trial);
            return;
        }
        length *= 0.5;
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::bounded::Positive;
    use thalweg_numeric::objectives::{Beale, Linear, Quadratic, Rosenbrock};

    use super::super::testing::steps;
    use super::*;

    #[test]
    fn one_step_solves_an_ill_conditioned_quadratic() {
        let mut quadratic = Quadratic::new(Count::of(7), Positive::of(1e6));
        let text = "kind = 'newton'\ntolerance = 1e-16";
        let [end] = steps(text, 1.0, 1, &mut quadratic, [1.0, -2.0, 0.5, 3.0, -0.7, 1.5, 0.9])[..] else {
            panic!("one step")
        };
        // The residual left, 1e-16 of ‖g‖ ≈ 1e6, divided by the smallest eigenvalue, 1.
        assert!(end.iter().all(|x| x.abs() < 1e-10), "{end:?}");
    }

    #[test]
    fn damping_shortens_the_step_where_the_curvature_is_small() {
        // λ = (1, 4) and damping 4: d = −λθ/(λ + 4) = −θ/5, −θ/2.
        let mut quadratic = Quadratic::new(Count::of(2), Positive::of(4.0));
        let [[x, y]] = steps("kind = 'newton'\ndamping = 4", 0.5, 1, &mut quadratic, [10.0, -8.0])[..] else {
            panic!("one step")
        };
        // Two iterations of a few roundings each, of numbers up to 10.
        assert!((x - 9.0).abs() < 1e-13 && (y + 6.0).abs() < 1e-13, "{x} {y}");
    }

    #[test]
    fn valleys_take_few_steps() {
        for (steps, minimum) in [
            (steps("kind = 'newton'", 1.0, 25, &mut Rosenbrock, [-1.2, 1.0]), [1.0, 1.0]),
            // The second whole step climbs from 4.7 to 1,411, and is worth it.
            (
                steps("kind = 'newton'\nline-search = 'none'", 1.0, 10, &mut Rosenbrock, [-1.2, 1.0]),
                [1.0, 1.0],
            ),
            (steps("kind = 'newton'", 1.0, 30, &mut Beale, [1.0, 1.0]), [3.0, 0.5]),
        ] {
            let end = steps[steps.len() - 1];
            // The last step is quadratic: rounding of the gradient, 1e-14, over the smallest eigenvalue,
            // about 0.3.
            assert!(end.iter().zip(minimum).all(|(a, b)| (a - b).abs() < 1e-12), "{end:?}");
        }
    }

    /// L = √(1 + x²), of which a whole step from x leads to −x³.
    struct Hyperbola;

    impl Objective<f64> for Hyperbola {
        fn dim(&self) -> usize {
            1
        }
        fn value(&mut self, params: &[f64]) -> f64 {
            params[0].hypot(1.0)
        }
        fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
            grad[0] = params[0] / self.value(params);
            self.value(params)
        }
        fn hessian_vector(&mut self, params: &[f64], v: &[f64], out: &mut [f64]) {
            out[0] = v[0] / self.value(params).powi(3);
        }
    }

    #[test]
    fn a_step_that_climbs_is_halved() {
        let path = steps("kind = 'newton'", 1.0, 8, &mut Hyperbola, [3.0]);
        let values = path.iter().map(|params| Hyperbola.value(params));
        assert!(values.clone().is_sorted_by(|a, b| a >= b), "{path:?}");
        assert!(path[7][0].abs() < 1e-12, "{path:?}");
        // −27, and half of the way to it is −12, a quarter −4.5; an eighth, −0.75, lowers the loss.
        assert!((path[0][0] - (3.0 - 30.0 / 8.0)).abs() < 1e-12, "{path:?}");
        let whole = steps("kind = 'newton'\nline-search = 'none'", 1.0, 1, &mut Hyperbola, [3.0]);
        assert!((whole[0][0] + 27.0).abs() < 1e-12, "{whole:?}");
    }

    /// L = ½ (x² − y²).
    struct Saddle;

    impl Objective<f64> for Saddle {
        fn dim(&self) -> usize {
            2
        }
        fn value(&mut self, params: &[f64]) -> f64 {
            (params[0] * params[0] - params[1] * params[1]) / 2.0
        }
        fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
            self.hessian_vector(params, params, grad);
            self.value(params)
        }
        fn hessian_vector(&mut self, _params: &[f64], v: &[f64], out: &mut [f64]) {
            out.copy_from_slice(&[v[0], -v[1]]);
        }
    }

    #[test]
    fn a_saddle_is_left_along_its_falling_side() {
        let path = steps("kind = 'newton'", 1.0, 12, &mut Saddle, [1.0, 0.01]);
        let values = path.iter().map(|params| Saddle.value(params));
        assert!(values.is_sorted_by(|a, b| a > b));
        // From y = 0.01, at least twice as far in every step.
        assert!(path[11][1] > 0.01 * 4096.0, "{path:?}");
        // The falling side as the first direction of search: d = −g doubles y.
        assert_eq!(steps("kind = 'newton'", 1.0, 1, &mut Saddle, [0.0, 0.5]), [[0.0, 1.0]]);
    }

    #[test]
    fn without_curvature_it_is_gradient_descent() {
        let mut linear = Linear { slope: vec![4.0, -2.0, 1.0] };
        assert_eq!(steps("kind = 'newton'", 0.5, 1, &mut linear, [0.0; 3]), [[-2.0, 1.0, -0.5]]);
    }
}
