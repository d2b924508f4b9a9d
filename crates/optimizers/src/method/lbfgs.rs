//! L-BFGS: Newton's step with a Hessian that is learnt from the last gradients.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Layout, Objective, Real, vector};

use super::wolfe::{self, Point};
use super::{MethodSettings, MethodState};
use crate::Memory;
use crate::properties::Properties;

/// Limited-memory BFGS.
///
/// ```text
/// sₖ = the step before gₖ,  yₖ = gₖ − gₖ₋₁       kept if yₖᵀsₖ > 10⁻¹⁰
/// d = −H g                                      H: the BFGS inverse Hessian of the last `history` pairs,
///                                               from γ I with γ = sᵀy/yᵀy of the newest pair
/// θ ← θ + t d
///     t = η                                     line-search = "none"
///     t so that the strong Wolfe conditions hold, η tried first    "strong-wolfe"
/// ```
/// In the first step, where H = I, min(1, 1/‖g‖₁) η takes the place of η. If rounding has made d a direction
/// of ascent, no step is taken.
///
/// J. Nocedal, *Updating quasi-Newton matrices with limited storage*, Mathematics of Computation 35 (1980);
/// D. C. Liu and J. Nocedal, *On the limited memory BFGS method for large scale optimization*, Mathematical
/// Programming 45 (1989); the two loops are algorithm 7.4 of J. Nocedal and S. J. Wright, *Numerical
/// Optimization* (2006).
///
/// PyTorch's `LBFGS` with `max_iter = 1` takes the same steps; `history = 100` is its default. It is meant
/// for the full batch: pairs of gradients from different batches are noise, and the line search looks at one
/// batch alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lbfgs {
    /// The most pairs that are remembered, default 10, as in optax.
    pub history: Count,
    /// How the length of a step is found. Default `"none"`, as in PyTorch.
    pub line_search: LineSearch,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self { history: Count::of(10), line_search: LineSearch::default() }
    }
}

/// How the length of a step is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LineSearch {
    /// The learning rate.
    #[default]
    None,
    /// A cubic search for c₁ = 10⁻⁴ and c₂ = 0.9, with at most 26 gradients: PyTorch's `strong_wolfe`.
    StrongWolfe,
}

/// yᵀs from which a pair is kept, as in PyTorch.
const LEAST_CURVATURE: f64 = 1e-10;

impl Properties for Lbfgs {
    /// A line search mostly ends at its second look.
    fn gradients_per_step(&self) -> f64 {
        3.0
    }

    /// The last gradient and step, and the pairs.
    fn numbers_per_parameter(&self) -> f64 {
        2.0 + 2.0 * self.history.get() as f64
    }
}

impl<F: Real> MethodSettings<F> for Lbfgs {
    fn build(&self, layout: &Layout) -> Box<dyn MethodState<F>> {
        let (dim, history) = (layout.dim(), self.history.size());
        let zeros = |length| vec![F::ZERO; length];
        let on_line = if self.line_search == LineSearch::None { 0 } else { dim };
        Box::new(State {
            config: *self,
            step: 0.0,
            pairs: 0.0,
            scale: 1.0,
            previous: zeros(dim),
            moved: zeros(dim),
            steps: zeros(history * dim),
            changes: zeros(history * dim),
            curvatures: zeros(history),
            direction: zeros(dim),
            shares: zeros(history),
            point: zeros(on_line),
            slope: zeros(on_line),
        })
    }
}

struct State<F> {
    config: Lbfgs,
    step: f64,
    /// Kept so far; the k-th, from 0, lies in row k mod `history`.
    pairs: f64,
    /// γ.
    scale: f64,
    /// The last gradient.
    previous: Vec<F>,
    /// The last step.
    moved: Vec<F>,
    steps: Vec<F>,
    changes: Vec<F>,
    /// 1/yᵀs of each row.
    curvatures: Vec<F>,
    // Work space, not remembered.
    direction: Vec<F>,
    shares: Vec<F>,
    point: Vec<F>,
    slope: Vec<F>,
}

impl<F: Real> State<F> {
    /// Keeps what the last step has shown, if it curves upwards.
    fn learn(&mut self, grad: &[F]) {
        if self.step > 1.0 {
            // y takes the place of the last gradient, which is not needed any more.
            for (y, g) in self.previous.iter_mut().zip(grad) {
                *y = (*g - *y).zero_below(F::LEAST_NORMAL);
            }
            let curvature = vector::dot(&self.previous, &self.moved);
            if curvature.to_f64() > LEAST_CURVATURE {
                let row = (self.pairs as u64 % self.config.history.get()) as usize;
                let range = row * grad.len()..(row + 1) * grad.len();
                self.steps[range.clone()].copy_from_slice(&self.moved);
                self.changes[range].copy_from_slice(&self.previous);
                self.curvatures[row] = F::ONE / curvature;
                self.scale = (curvature / vector::dot(&self.previous, &self.previous)).to_f64();
                self.pairs += 1.0;
            }
        }
        for (previous, g) in self.previous.iter_mut().zip(grad) {
            *previous = g.zero_below(F::LEAST_NORMAL);
        }
    }

    /// d = −H g.
    fn aim(&mut self, grad: &[F]) {
        let (dim, history) = (grad.len(), self.config.history.get());
        let direction = &mut self.direction;
        direction.fill(F::ZERO);
        vector::axpy(-F::ONE, grad, direction);
        let (oldest, newest) = ((self.pairs as u64).saturating_sub(history), self.pairs as u64);
        let row = |pair: u64| {
            let row = (pair % history) as usize;
            (row, row * dim..(row + 1) * dim)
        };
        for pair in (oldest..newest).rev() {
            let (row, range) = row(pair);
            let share = vector::dot(&self.steps[range.clone()], direction) * self.curvatures[row];
            self.shares[row] = share;
            vector::axpy(-share, &self.changes[range], direction);
        }
        for d in direction.iter_mut() {
            *d *= F::from_f64(self.scale);
        }
        for pair in oldest..newest {
            let (row, range) = row(pair);
            let share = vector::dot(&self.changes[range.clone()], direction) * self.curvatures[row];
            vector::axpy(self.shares[row] - share, &self.steps[range], direction);
        }
    }
}

impl<F: Real> MethodState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], value: F, grad: &[F], objective: &mut dyn Objective<F>) {
        self.step += 1.0;
        self.learn(grad);
        self.aim(grad);
        let slope = vector::dot(grad, &self.direction).to_f64();
        let first = if self.step == 1.0 {
            let sum: F = grad.iter().map(|g| g.abs()).sum();
            lr * (1.0 / sum.to_f64()).min(1.0)
        } else {
            lr
        };
        let length = if slope > 0.0 {
            0.0
        } else if self.config.line_search == LineSearch::None {
            first
        } else {
            let start = Point { length: 0.0, value: value.to_f64(), slope };
            let largest = self.direction.iter().fold(0.0, |most, d| d.abs().to_f64().max(most));
            let (direction, point, trial) = (&self.direction, &mut self.point, &mut self.slope);
            wolfe::search(start, first, largest, |length| {
                point.copy_from_slice(params);
                vector::axpy(F::from_f64(length), direction, point);
                let value = objective.gradient(point, trial).to_f64();
                // What is not a number is no place to go, like infinity.
                let value = if value.is_nan() { f64::INFINITY } else { value };
                Point { length, value, slope: vector::dot(trial, direction).to_f64() }
            })
        };
        let length = F::from_f64(length);
        for (s, d) in self.moved.iter_mut().zip(&self.direction) {
            *s = (length * *d).zero_below(F::LEAST_NORMAL);
        }
        vector::descend(-length, &self.direction, params);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![("step", &mut self.step), ("pairs", &mut self.pairs), ("scale", &mut self.scale)],
            vectors: vec![
                ("previous-gradient", &mut self.previous[..]),
                ("last-step", &mut self.moved),
                ("steps", &mut self.steps),
                ("gradient-changes", &mut self.changes),
                ("inverse-curvatures", &mut self.curvatures),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::bounded::Positive;
    use thalweg_numeric::objectives::{Linear, Quadratic, Rosenbrock};

    use super::super::testing::steps;
    use super::*;

    #[test]
    fn the_first_step_is_short_and_the_second_knows_the_curvature() {
        // L = ½·8 θ²: g = 16, so the first step is 1 down; then s = −1, y = −8, H = 1/8: the minimum.
        let mut quadratic = Quadratic::new(Count::of(1), Positive::of(8.0));
        assert_eq!(steps("kind = 'lbfgs'", 1.0, 2, &mut quadratic, [2.0]), [[1.0], [0.0]]);
        // ‖g‖₁ below 1 does not lengthen it: 2⁻⁵ − ¼.
        assert_eq!(steps("kind = 'lbfgs'", 1.0, 1, &mut quadratic, [1.0 / 32.0]), [[1.0 / 32.0 - 0.25]]);
    }

    #[test]
    fn a_step_that_shows_no_curvature_teaches_nothing() {
        let mut linear = Linear { slope: vec![3.0, -1.0] };
        // After the first step, 1/4 of g: H = I still.
        assert_eq!(
            steps("kind = 'lbfgs'", 0.5, 2, &mut linear, [0.0; 2]),
            [[-0.375, 0.125], [-1.875, 0.625]]
        );
    }

    #[test]
    fn with_a_history_of_its_dimension_it_solves_a_quadratic() {
        let mut quadratic = Quadratic::new(Count::of(5), Positive::of(100.0));
        let text = "kind = 'lbfgs'\nline-search = 'strong-wolfe'";
        let end = steps(text, 1.0, 25, &mut quadratic, [1.0, -2.0, 0.5, 3.0, -0.7])[24];
        assert!(end.iter().all(|x| x.abs() < 1e-6), "{end:?}");
    }

    #[test]
    fn the_line_search_never_climbs() {
        let path =
            steps("kind = 'lbfgs'\nline-search = 'strong-wolfe'", 1.0, 45, &mut Rosenbrock, [-1.2, 1.0]);
        let values: Vec<f64> = path.iter().map(|params| Rosenbrock.value(params)).collect();
        assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
        assert!(values[44] < 1e-15, "{values:?}");
    }
}
