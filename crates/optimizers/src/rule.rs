//! Update rules. Each has one file with its settings, state, formula, source and tests.
//!
//! A new rule is such a file, a variant of [`Rule`], an arm of [`Rule::build`] and a line in `tests/matrix.rs`.

mod sgd;

use serde::{Deserialize, Serialize};
use thalweg_numeric::{Layout, Real};

pub use sgd::Sgd;

/// A rule at work: its settings and whatever it remembers between steps.
pub trait Optimizer<F: Real>: Send {
    /// Moves `params` by one step with learning rate `lr`, given the gradient there. Allocates nothing.
    ///
    /// # Panics
    /// If a slice is not as long as the layout that the rule was built for.
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]);
}

/// The choice of an update rule: the table `[optimizer]`, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Rule {
    /// `kind = "sgd"`
    Sgd(Sgd),
}

impl Rule {
    /// The rule in its initial state, for parameters laid out as `layout`.
    pub fn build<F: Real>(&self, layout: &Layout) -> Box<dyn Optimizer<F>> {
        match self {
            Self::Sgd(config) => Box::new(config.build(layout)),
        }
    }
}
