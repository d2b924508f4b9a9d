//! SAM: the gradient from the worst place nearby.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::NonNegative;
use thalweg_numeric::{Layout, Objective, Real, vector};

use super::{MethodSettings, MethodState};
use crate::properties::Properties;
use crate::{Memory, Rule, RuleState, dialect};

/// Sharpness-aware minimisation: a rule steps from θ, by the gradient at θ + ε.
///
/// ```text
/// g = ∇L(θ)
/// ε = ρ g / ‖g‖                        adaptive = false
/// ε = ρ T² g / ‖T g‖,  T = |θ| + o     adaptive = true, entry by entry, o = adaptive-offset
/// θ ← the base rule's step from θ with ∇L(θ + ε), after the transforms
/// ```
/// P. Foret et al., *Sharpness-aware minimization for efficiently improving generalization*, ICLR 2021,
/// equation 2 with p = 2 and algorithm 1; adaptive: J. Kwon et al., *ASAM: adaptive sharpness-aware
/// minimization for scale-invariant learning of deep neural networks*, ICML 2021, equation 3 and algorithm 1.
/// Where g = 0, ε is 0.
///
/// Both gradients are of the same batch. Equals optax's `contrib.sam` with `opaque_mode` and one step of
/// normalised descent with the learning rate ρ for its `adv_optimizer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sam {
    /// ρ in units of the parameters, default 0.05 (Foret et al., section 3). For the adaptive form Kwon et
    /// al. use ten times that.
    #[serde(default = "default_rho")]
    pub rho: NonNegative,
    /// Whether large parameters are moved further than small ones, default false (Foret et al.).
    #[serde(default)]
    pub adaptive: bool,
    /// o, default 0.01 (Kwon et al., section 4): with 0, parameters of 0 are not moved at all.
    #[serde(default = "default_adaptive_offset")]
    pub adaptive_offset: NonNegative,
    /// The rule that takes the step, with its settings and perhaps a `dialect` of its own.
    #[serde(deserialize_with = "dialect::rule")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::rule::Inner"))]
    pub base: Rule,
}

fn default_rho() -> NonNegative {
    NonNegative::of(0.05)
}

fn default_adaptive_offset() -> NonNegative {
    NonNegative::of(0.01)
}

impl Sam {
    /// The default look ahead of `base`, such as [`Sgd`](crate::rule::Sgd).
    pub fn new(base: impl Into<Rule>) -> Self {
        Self {
            rho: default_rho(),
            adaptive: false,
            adaptive_offset: default_adaptive_offset(),
            base: base.into(),
        }
    }
}

impl Properties for Sam {
    /// One at θ and one at θ + ε.
    fn gradients_per_step(&self) -> f64 {
        1.0 + self.base.settings::<f64>().gradients_per_step()
    }

    fn extra_flops(&self, layout: &Layout) -> f64 {
        self.base.settings::<f64>().extra_flops(layout)
    }

    fn numbers_per_parameter(&self) -> f64 {
        self.base.settings::<f64>().numbers_per_parameter()
    }

    fn extra_numbers(&self, layout: &Layout) -> f64 {
        self.base.settings::<f64>().extra_numbers(layout)
    }
}

impl<F: Real> MethodSettings<F> for Sam {
    fn build(&self, layout: &Layout) -> Box<dyn MethodState<F>> {
        Box::new(State {
            rho: F::from_f64(self.rho.get()),
            offset: self.adaptive.then(|| F::from_f64(self.adaptive_offset.get())),
            base: self.base.build(layout),
            point: vec![F::ZERO; layout.dim()],
        })
    }
}

struct State<F> {
    rho: F,
    /// Only if adaptive.
    offset: Option<F>,
    base: Box<dyn RuleState<F>>,
    /// T g, then θ + ε; not remembered.
    point: Vec<F>,
}

impl<F: Real> MethodState<F> for State<F> {
    fn probe(&mut self, params: &[F], grad: &mut [F], objective: &mut dyn Objective<F>) -> F {
        let offset = self.offset;
        let scale = move |x: F| offset.map_or(F::ONE, |offset| x.abs() + offset);
        let all = self.point.iter_mut().zip(params).zip(&*grad);
        vector::for_each(all, move |((p, x), g)| *p = scale(*x) * *g);
        let norm = vector::norm(&self.point);
        let length = if norm > F::ZERO { self.rho / norm } else { F::ZERO };
        vector::for_each(self.point.iter_mut().zip(params), move |(p, x)| *p = *x + length * scale(*x) * *p);
        objective.gradient(&self.point, grad)
    }

    fn step(&mut self, lr: f64, params: &mut [F], _value: F, grad: &[F], _objective: &mut dyn Objective<F>) {
        self.base.step(lr, params, grad);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        self.base.memory()
    }

    fn answer(&self, params: &[F], out: &mut [F]) -> bool {
        self.base.answer(params, out)
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::bounded::{Count, Positive};
    use thalweg_numeric::objectives::{Quadratic, Rosenbrock};

    use super::super::testing::steps;

    const SGD: &str = "kind = 'sam'\nbase = { kind = 'sgd' }";

    #[test]
    fn steps_match_hand_computed_values() {
        // λ = (1, 4): at (3, −1) g = (3, −4), ‖g‖ = 5, so with ρ = 5 the gradient is that at (6, −5): (6,
        // −20).
        let mut quadratic = Quadratic::new(Count::of(2), Positive::of(4.0));
        let plain = steps(&format!("rho = 5\n{SGD}"), 0.5, 1, &mut quadratic, [3.0, -1.0]);
        assert_eq!(plain, [[3.0 - 3.0, -1.0 + 10.0]]);
        // With o = 1, T = (4, 2) and T g = (12, −8); ρ = ‖T g‖ makes ε = T² g = (48, −16).
        let text = format!(
            "rho = {:?}\nadaptive = true\nadaptive-offset = 1\n{SGD}",
            (12.0_f64 * 12.0 + 64.0).sqrt()
        );
        let [[x, y]] = steps(&text, 0.5, 1, &mut quadratic, [3.0, -1.0])[..] else { panic!("one step") };
        // A root, a quotient and a few products: some ulps of 51.
        assert!((x - (3.0 - 25.5)).abs() < 1e-13 && (y - (-1.0 + 34.0)).abs() < 1e-13, "{x} {y}");
    }

    #[test]
    fn without_a_radius_it_is_its_base() {
        let sam = |rho| format!("kind = 'sam'\nrho = {rho}\nbase = {{ kind = 'adam', dialect = 'keras' }}");
        let path = |text: &str| steps(text, 0.01, 50, &mut Rosenbrock, [-1.2, 1.0]);
        assert_eq!(path(&sam(0.0)), path("kind = 'adam'\ndialect = 'keras'"));
        assert_ne!(path(&sam(0.1)), path("kind = 'adam'\ndialect = 'keras'"));
    }

    #[test]
    fn a_point_without_a_slope_is_kept() {
        assert_eq!(steps(SGD, 0.1, 3, &mut Rosenbrock, [1.0, 1.0]), [[1.0, 1.0]; 3]);
    }

    #[test]
    fn transforms_see_the_second_gradient() {
        // The clipped gradient has length 1, whatever ρ; its direction is that of (6, −20).
        let text = format!("rho = 5\n{SGD}\ntransforms = [{{ kind = 'clip-by-norm', max = 1 }}]");
        let mut quadratic = Quadratic::new(Count::of(2), Positive::of(4.0));
        let [[x, y]] = steps(&text, 1.0, 1, &mut quadratic, [3.0, -1.0])[..] else { panic!("one step") };
        let norm = 436.0_f64.sqrt();
        assert!((x - (3.0 - 6.0 / norm)).abs() < 1e-14 && (y - (-1.0 + 20.0 / norm)).abs() < 1e-14);
    }
}
