//! OptimizerConfig rules. Each has one file with its settings, state, formula, source and tests.
//!
//! A new rule is such a file, a variant of [`Rule`], an arm of `Rule::settings`, its name in
//! `conversions.rs`, a row of presets in `dialect.rs` where peers have the rule, and a line in
//! `tests/matrix.rs`.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adan;
mod ademamix;
mod adopt;
mod averaged;
mod cautious;
mod grams;
mod inner;
mod jacobi;
mod lamb;
mod laprop;
mod lars;
mod lion;
mod lookahead;
mod mars;
mod matrices;
mod momentum;
mod muon;
mod nadam;
mod newton_schulz;
mod normalised;
mod normuon;
mod polar;
mod prodigy;
mod radam;
mod rmsprop;
mod schedule_free;
mod scion;
mod sgd;
mod shampoo;
mod sides;
mod signsgd;
mod soap;
mod spectral;
mod squares;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::NonNegative;
use thalweg_numeric::{Layout, Real, vector};

pub use adadelta::AdaDelta;
pub use adagrad::AdaGrad;
pub use adam::{Adam, Amsgrad, BiasCorrection};
pub use adamax::AdaMax;
pub use adan::Adan;
pub use ademamix::AdEmaMix;
pub use adopt::Adopt;
pub use averaged::{Averaged, Form};
pub use cautious::{Cautious, Rescale};
pub use grams::Grams;
pub use inner::Inner;
pub use lamb::Lamb;
pub use laprop::LaProp;
pub use lars::Lars;
pub use lion::Lion;
pub use lookahead::Lookahead;
pub use mars::Mars;
pub use momentum::Momentum;
pub use muon::{Adjust, Muon, Others};
pub use nadam::NAdam;
pub use normalised::Normalised;
pub use normuon::NorMuon;
pub use polar::Polar;
pub use prodigy::Prodigy;
pub use radam::{RAdam, Threshold};
pub use rmsprop::RmsProp;
pub use schedule_free::{Base, BaseAdam, BaseRule, BaseSgd, ScheduleFree};
pub use scion::{MatrixNorm, Scion, VectorNorm};
pub use sgd::Sgd;
pub use shampoo::Shampoo;
pub use signsgd::SignSgd;
pub use soap::Soap;
pub use spectral::{Spectral, Vectors};

use crate::Degree;
use crate::properties::Properties;

/// The settings of a rule.
pub(crate) trait RuleSettings<F: Real>: Properties {
    /// The rule in its initial state, for parameters laid out as `layout`.
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>>;
}

/// A rule at work: its settings and whatever it remembers between steps.
pub trait RuleState<F: Real>: Send {
    /// Moves `params` by one step with learning rate `lr`, given the gradient there. Allocates nothing.
    ///
    /// # Panics
    /// If a slice is not as long as the layout that the rule was built for.
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]);

    /// All that later steps depend on besides the settings, for a checkpoint to copy out and back in.
    fn memory(&mut self) -> Memory<'_, F>;

    /// Some rules take their gradients at one point and give another as the solution. Such a rule writes it
    /// into `out` and returns true; for all others it is `params`, and nothing is written.
    fn answer(&self, _params: &[F], _out: &mut [F]) -> bool {
        false
    }

    /// The diagonal by which the rule divides its average of gradients; empty if it has none. See
    /// [`Optimizer::preconditioner`](crate::Optimizer::preconditioner).
    fn preconditioner(&self) -> Vec<F> {
        Vec::new()
    }
}

/// What a rule remembers, by name.
#[derive(Debug)]
pub struct Memory<'a, F> {
    /// Counts, which are whole and exact, and running products.
    pub scalars: Vec<(&'static str, &'a mut f64)>,
    /// Buffers, most with an entry for each parameter.
    pub vectors: Vec<(&'static str, &'a mut [F])>,
}

/// The choice of an update rule, told apart by `kind`: what is left of the table `[optimizer]` when
/// [`OptimizerConfig`](crate::OptimizerConfig) has taken out `dialect` and `transforms`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Rule {
    Sgd(Sgd),
    Momentum(Momentum),
    Adam(Adam),
    RmsProp(RmsProp),
    AdaGrad(AdaGrad),
    AdaDelta(AdaDelta),
    NAdam(NAdam),
    RAdam(RAdam),
    AdaMax(AdaMax),
    Lion(Lion),
    SignSgd(SignSgd),
    Lars(Lars),
    Lamb(Lamb),
    Muon(Muon),
    #[serde(rename = "schedule-free")]
    ScheduleFree(ScheduleFree),
    Shampoo(Shampoo),
    Soap(Soap),
    Spectral(Spectral),
    Scion(Scion),
    Normalised(Normalised),
    AdEmaMix(AdEmaMix),
    Adan(Adan),
    Adopt(Adopt),
    LaProp(LaProp),
    Mars(Mars),
    Prodigy(Prodigy),
    NorMuon(NorMuon),
    Cautious(Cautious),
    Grams(Grams),
    Lookahead(Lookahead),
    Averaged(Averaged),
}

impl Rule {
    /// The rule in its initial state, for parameters laid out as `layout`.
    pub fn build<F: Real>(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        self.settings().build(layout)
    }

    /// How its steps grow with the gradient, if they do so in a simple way; see [`Scale`](crate::Scale).
    pub fn degree(&self) -> Option<Degree> {
        self.settings::<f64>().degree()
    }

    pub(crate) fn settings<F: Real>(&self) -> &dyn RuleSettings<F> {
        match self {
            Self::Sgd(config) => config,
            Self::Momentum(config) => config,
            Self::Adam(config) => config,
            Self::RmsProp(config) => config,
            Self::AdaGrad(config) => config,
            Self::AdaDelta(config) => config,
            Self::NAdam(config) => config,
            Self::RAdam(config) => config,
            Self::AdaMax(config) => config,
            Self::Lion(config) => config,
            Self::SignSgd(config) => config,
            Self::Lars(config) => config,
            Self::Lamb(config) => config,
            Self::Muon(config) => config,
            Self::ScheduleFree(config) => config,
            Self::Shampoo(config) => config,
            Self::Soap(config) => config,
            Self::Spectral(config) => config,
            Self::Scion(config) => config,
            Self::Normalised(config) => config,
            Self::AdEmaMix(config) => config,
            Self::Adan(config) => config,
            Self::Adopt(config) => config,
            Self::LaProp(config) => config,
            Self::Mars(config) => config,
            Self::Prodigy(config) => config,
            Self::NorMuon(config) => config,
            Self::Cautious(config) => config,
            Self::Grams(config) => config,
            Self::Lookahead(config) => config,
            Self::Averaged(config) => config,
        }
    }
}

/// Holds a caller to the layout.
fn check_lengths<F>(dim: usize, params: &[F], grad: &[F]) {
    assert_eq!((params.len(), grad.len()), (dim, dim), "lengths of parameters and gradient");
}

/// 1 − βᵗ: what the weights of an exponential average that starts from 0 sum to after t values.
fn weight(beta: f64, step: f64) -> f64 {
    // One power a step costs nothing beside the loop, and unlike a running product it is exact to an ulp at
    // any t.
    1.0 - libm::pow(beta, step)
}

/// The denominator √(s + ε) or √s + ε.
#[derive(Clone, Copy)]
struct Root<F> {
    inside: F,
    outside: F,
}

impl<F: Real> Root<F> {
    fn new(epsilon: NonNegative, inside_root: bool) -> Self {
        let epsilon = F::from_f64(epsilon.get());
        if inside_root {
            Self { inside: epsilon, outside: F::ZERO }
        } else {
            Self { inside: F::ZERO, outside: epsilon }
        }
    }

    /// One of the two sums is with 0, which changes no bit and spares a branch.
    #[inline(always)]
    fn of(self, square: F) -> F {
        (square + self.inside).sqrt() + self.outside
    }
}

/// The larger of two numbers, as one instruction.
#[inline(always)]
fn larger<F: Real>(a: F, b: F) -> F {
    if a > b { a } else { b }
}

/// −1, 0 or 1; NaN stays.
#[inline(always)]
fn sign<F: Real>(x: F) -> F {
    if x > F::ZERO {
        F::ONE
    } else if x < F::ZERO {
        -F::ONE
    } else {
        x
    }
}

/// Where each array of the layout lies.
fn ranges(layout: &Layout) -> Vec<Range<usize>> {
    layout.blocks().iter().map(|block| block.range.clone()).collect()
}

/// c ‖w‖ / (‖u‖ + ε), or 1 if a norm is 0.
fn trust_ratio<F: Real>(params: &[F], direction: &[F], coefficient: f64, epsilon: f64) -> f64 {
    let (ours, theirs) = (vector::norm(params).to_f64(), vector::norm(direction).to_f64());
    if ours == 0.0 || theirs == 0.0 { 1.0 } else { coefficient * ours / (theirs + epsilon) }
}

#[cfg(test)]
mod testing {
    use super::*;

    /// The parameters after every step of the rule in `text`, from the origin, for a sequence of gradients.
    pub(super) fn path<F: Real, const D: usize>(text: &str, lr: f64, grads: &[[F; D]]) -> Vec<[F; D]> {
        let rule: Rule = toml::from_str(text).expect("a rule");
        let mut optimizer = rule.build(&Layout::point(D));
        let mut params = [F::ZERO; D];
        let step = |grad: &[F; D]| {
            optimizer.step(lr, &mut params, grad);
            params
        };
        grads.iter().map(step).collect()
    }

    /// Forty gradients without a pattern: the digits of sines, from −1 to 1.
    pub(super) fn gradients() -> Vec<[f64; 3]> {
        (1..=40).map(|t| [1.0, 2.0, 3.0].map(|i| libm::sin(1e3 * i * f64::from(t)))).collect()
    }

    /// The largest relative difference of two paths.
    pub(super) fn distance<const D: usize>(a: &[[f64; D]], b: &[[f64; D]]) -> f64 {
        assert_eq!(a.len(), b.len());
        let pairs = a.as_flattened().iter().zip(b.as_flattened());
        pairs.map(|(a, b)| (a - b).abs() / b.abs()).fold(0.0, f64::max)
    }
}
