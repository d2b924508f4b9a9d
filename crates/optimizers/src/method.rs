//! Methods that ask the objective for more than one gradient a step. Each has one file with its settings,
//! state, formula, source and tests.
//!
//! A new method is such a file, a variant of [`Method`], an arm of `Method::settings`, its name in
//! [`Method::KINDS`] and in `conversions.rs`, and a line in `tests/matrix.rs`.

mod lbfgs;
mod newton;
mod polyak;
mod sam;
mod wolfe;

use serde::{Deserialize, Serialize};
use thalweg_numeric::{Layout, Objective, Real};

use crate::Memory;
use crate::properties::Properties;

pub use lbfgs::{Lbfgs, LineSearch};
pub use newton::{Backtracking, Newton};
pub use polyak::Polyak;
pub use sam::Sam;

/// The settings of a method.
pub(crate) trait MethodSettings<F: Real>: Properties {
    /// The method in its initial state, for parameters laid out as `layout`.
    fn build(&self, layout: &Layout) -> Box<dyn MethodState<F>>;
}

/// A method at work: its settings and whatever it remembers between steps. Allocates nothing.
///
/// An [`Optimizer`](crate::Optimizer) computes the gradient at the parameters and hands it to
/// [`probe`](Self::probe), then applies its transforms, then calls [`step`](Self::step).
pub trait MethodState<F: Real>: Send {
    /// May put another gradient in the place of the one at `params`; returns the value of the objective where
    /// it was taken, or 0 if nothing was evaluated. By default it leaves everything.
    fn probe(&mut self, _params: &[F], _grad: &mut [F], _objective: &mut dyn Objective<F>) -> F {
        F::ZERO
    }

    /// Moves `params` by one step with learning rate `lr`, given the value of the objective there and the
    /// gradient that the transforms left.
    ///
    /// # Panics
    /// If a slice is not as long as the layout that the method was built for.
    fn step(&mut self, lr: f64, params: &mut [F], value: F, grad: &[F], objective: &mut dyn Objective<F>);

    /// All that later steps depend on besides the settings, for a checkpoint to copy out and back in.
    fn memory(&mut self) -> Memory<'_, F>;

    /// As [`RuleState::answer`](crate::RuleState::answer).
    fn answer(&self, _params: &[F], _out: &mut [F]) -> bool {
        false
    }
}

/// The choice of a method, told apart by `kind` like a [`Rule`](crate::Rule), and in the same table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Method {
    Sam(Sam),
    Newton(Newton),
    Lbfgs(Lbfgs),
    Polyak(Polyak),
}

impl Method {
    /// What `kind` may be.
    pub const KINDS: [&str; 4] = ["sam", "newton", "lbfgs", "polyak"];

    /// The method in its initial state, for parameters laid out as `layout`.
    pub fn build<F: Real>(&self, layout: &Layout) -> Box<dyn MethodState<F>> {
        self.settings().build(layout)
    }

    pub(crate) fn settings<F: Real>(&self) -> &dyn MethodSettings<F> {
        match self {
            Self::Sam(config) => config,
            Self::Newton(config) => config,
            Self::Lbfgs(config) => config,
            Self::Polyak(config) => config,
        }
    }
}

#[cfg(test)]
mod testing {
    use thalweg_numeric::{Layout, Objective, Streams};

    use crate::OptimizerConfig;

    /// The parameters after every step of the table `text`.
    pub(super) fn steps<const D: usize>(
        text: &str,
        lr: f64,
        count: usize,
        objective: &mut dyn Objective<f64>,
        from: [f64; D],
    ) -> Vec<[f64; D]> {
        let config: OptimizerConfig = toml::from_str(text).expect("an optimizer");
        let mut optimizer = config.build(&Layout::point(D), Streams::new(0, 0).stream("noise", 0));
        let mut params = from;
        let step = |_| {
            optimizer.step(lr, &mut params, objective);
            params
        };
        (0..count).map(step).collect()
    }
}
