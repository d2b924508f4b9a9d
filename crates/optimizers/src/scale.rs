//! How a parametrisation of the network changes the steps of an array.

/// An array W = m·w of which the parameter w is meant to take the steps: W takes steps that have the same
/// effect.
///
/// With the learning rate η·r for w, a rule whose steps are linear in the gradient moves W by η·r·m² where it
/// would move it by η, and one whose steps do not depend on the length of the gradient by η·r·m: G. Yang and
/// E. J. Hu, *Tensor Programs IV: feature learning in infinite-width neural networks*, ICML 2021, equation 5
/// and its section on Adam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// m, above 0. Default 1.
    pub multiplier: f64,
    /// r for steps that are linear in the gradient. Default 1.
    pub linear_rate: f64,
    /// r for steps that do not depend on the length of the gradient. Default 1.
    pub invariant_rate: f64,
}

/// How the steps of a rule grow with the gradient, if it is multiplied by a constant all along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Degree {
    /// They are multiplied by it: descent with or without momentum.
    Linear,
    /// They stay as they are, where ε and first values of accumulators are small: Adam and its kin.
    Invariant,
}

/// What changes for W.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Factors {
    /// Of the learning rate.
    pub(crate) rate: f64,
    /// Of the rate of a weight decay that acts on the gradient.
    pub(crate) coupled: f64,
    /// Of the rate of one that acts on the parameters.
    pub(crate) decoupled: f64,
}

impl Default for Scale {
    fn default() -> Self {
        Self { multiplier: 1.0, linear_rate: 1.0, invariant_rate: 1.0 }
    }
}

impl Scale {
    pub(crate) fn factors(self, degree: Degree) -> Factors {
        let m = self.multiplier;
        let (rate, of_step) = match degree {
            Degree::Linear => (self.linear_rate, m * m),
            Degree::Invariant => (self.invariant_rate, m),
        };
        // A decay shrinks W as it does w: by η r λ, and by λ w = λ W/m on the gradient of w, which is m that
        // of W.
        Factors { rate: rate * of_step, coupled: 1.0 / (m * m), decoupled: 1.0 / of_step }
    }
}
