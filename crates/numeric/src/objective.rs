//! The interface between what is minimised and what minimises or probes it.

use crate::{Real, vector};

/// A twice differentiable function L: ℝᵈ → ℝ.
///
/// Networks on a batch implement it, optimizers and landscape probes consume it, and neither knows the other.
/// The methods take `&mut self` because an implementor keeps its work space; they never change the function.
/// All of them panic if a slice is not of length [`dim`](Self::dim).
pub trait Objective<F: Real> {
    /// d, the number of parameters.
    fn dim(&self) -> usize;

    /// L(θ).
    fn value(&mut self, params: &[F]) -> F;

    /// Writes ∇L(θ) into `grad` and returns L(θ).
    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F;

    /// Writes ∇²L(θ)·v into `out`: exact, not a finite difference.
    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]);

    /// Moves `params` by one step of gradient descent and returns L(θ) before it; if that is not finite, nothing is moved.
    ///
    /// ```text
    /// θ ← θ − η ∇L(θ)
    /// ```
    /// An implementor may do this in one pass over the parameters, to the same bits. `grad` is room for the gradient; what
    /// is in it afterwards has no meaning.
    fn descend(&mut self, lr: F, params: &mut [F], grad: &mut [F]) -> F {
        let value = self.gradient(params, grad);
        if value.is_finite() {
            vector::axpy(-lr, grad, params);
        }
        value
    }
}

impl<F: Real, O: Objective<F> + ?Sized> Objective<F> for &mut O {
    fn dim(&self) -> usize {
        (**self).dim()
    }

    fn value(&mut self, params: &[F]) -> F {
        (**self).value(params)
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        (**self).gradient(params, grad)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        (**self).hessian_vector(params, v, out);
    }

    fn descend(&mut self, lr: F, params: &mut [F], grad: &mut [F]) -> F {
        (**self).descend(lr, params, grad)
    }
}
