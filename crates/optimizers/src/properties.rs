//! What settings tell of the steps to come, without building the state that takes them.

use thalweg_numeric::Layout;

use crate::Degree;

/// The discrete dynamical system that the steps follow, where theory knows it: what its edge of stability and
/// its stationary variance are, and which separator it tends to. p₀ = m₀ = 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dynamics {
    /// θ ← θ − η g
    GradientDescent,
    /// ```text
    /// p ← β p + (1 − dampening) g
    /// θ ← θ − η p                             plain
    /// θ ← θ − η (β p + (1 − dampening) g)     nesterov
    /// ```
    Momentum {
        /// β, from 0 to below 1.
        beta: f64,
        /// What the buffer leaves out of each gradient, from 0 to 1.
        dampening: f64,
        /// Whether the step looks one step ahead.
        nesterov: bool,
    },
    /// ```text
    /// m ← β m + (1 − β) g
    /// θ ← θ − η P⁻¹ m
    /// ```
    /// with the diagonal P of [`Optimizer::preconditioner`](crate::Optimizer::preconditioner), which may
    /// change from step to step.
    Preconditioned {
        /// β, from 0 to below 1.
        beta: f64,
    },
    /// Any other.
    Other,
}

/// What the settings of a rule or a method tell: the answers that [`OptimizerConfig`](crate::OptimizerConfig)
/// gives.
pub(crate) trait Properties {
    /// The rule over which it is one, whose answers are its own where it gives no other.
    fn base(&self) -> Option<&dyn Properties> {
        None
    }

    /// About how many gradients of the objective a step takes; a product with the Hessian counts as two.
    fn gradients_per_step(&self) -> f64 {
        1.0
    }

    /// About how many operations a step takes besides those of the gradients and a few for each parameter.
    fn extra_flops(&self, layout: &Layout) -> f64 {
        self.base().map_or(0.0, |base| base.extra_flops(layout))
    }

    /// Numbers kept between steps for each parameter, at most.
    fn numbers_per_parameter(&self) -> f64;

    /// Numbers kept besides, as for the sides of matrices.
    fn extra_numbers(&self, layout: &Layout) -> f64 {
        self.base().map_or(0.0, |base| base.extra_numbers(layout))
    }

    /// The dynamics, without transforms.
    fn dynamics(&self) -> Dynamics {
        Dynamics::Other
    }

    /// How its steps grow with the gradient, if they do so in a simple way.
    fn degree(&self) -> Option<Degree> {
        self.base()?.degree()
    }

    /// Whether its state has a preconditioner.
    fn has_preconditioner(&self) -> bool {
        false
    }
}
