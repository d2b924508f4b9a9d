//! The interface between what is minimised and what minimises or probes it.

use crate::{Real, vector};

/// A twice differentiable function L: ℝᵈ → ℝ.
///
/// Networks on a batch implement it, optimizers and landscape probes consume it, and neither knows the other.
/// The methods take `&mut self` because an implementor keeps its work space; they never change the function.
/// All of them panic if a slice is not of length [`dim`](Self::dim). Value and gradient are all that a
/// function needs; [`check_gradient`](crate::check_gradient) finds out whether they belong together.
///
/// ```
/// use thalweg_numeric::{Objective, check_gradient};
///
/// /// (θ₀ θ₁ − 1)²/2: the least network that there is.
/// struct TwoWeights;
///
/// impl Objective<f64> for TwoWeights {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn value(&mut self, params: &[f64]) -> f64 {
///         0.5 * (params[0] * params[1] - 1.0).powi(2)
///     }
///     fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
///         let error = params[0] * params[1] - 1.0;
///         grad.copy_from_slice(&[error * params[1], error * params[0]]);
///         self.value(params)
///     }
/// }
///
/// check_gradient(&mut TwoWeights, &[0.5, -3.0])?;
/// // At a minimum its curvature is θ₀² + θ₁², along the gradient of the product.
/// let mut product = [0.0; 2];
/// TwoWeights.hessian_vector(&[0.5, 2.0], &[2.0, 0.5], &mut product);
/// assert!((product[0] / 2.0 - 4.25).abs() < 1e-8);
/// # Ok::<(), thalweg_numeric::GradientMismatch>(())
/// ```
pub trait Objective<F: Real> {
    /// d, the number of parameters.
    fn dim(&self) -> usize;

    /// L(θ).
    fn value(&mut self, params: &[F]) -> F;

    /// Writes ∇L(θ) into `grad` and returns L(θ).
    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F;

    /// Writes ∇²L(θ)·v into `out`.
    ///
    /// Exact for networks and for the objectives of this workspace, which write it themselves. What stands
    /// here is a central difference of two gradients, for an objective that has nothing better, and it
    /// allocates:
    ///
    /// ```text
    /// ∇²L(θ) v ≈ (∇L(θ + h v) − ∇L(θ − h v)) / 2h,   h = ε^{1/3} (1 + ‖θ‖) / ‖v‖
    /// ```
    /// The difference leaves out a part that grows with h², and is rounded to one that grows with ε/h; their
    /// sum is least where h is of the order of ε^{1/3} of the place. So where the derivatives of L are of one
    /// order, about ε^{2/3} of the product is wrong, 4·10⁻¹¹ in f64 and 2·10⁻⁵ in f32, and more where L bends
    /// sharply or ‖θ‖ is large. The matrix of these products is symmetric to that accuracy alone. The length
    /// of h is that of matrix-free Newton–Krylov methods (D. A. Knoll and D. E. Keyes, Journal of
    /// Computational Physics 193, 2004), with the power that belongs to a central difference.
    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        let dim = self.dim();
        assert_eq!((params.len(), v.len(), out.len()), (dim, dim, dim), "lengths of θ, v and the product");
        let length = vector::norm(v).to_f64();
        if length == 0.0 {
            return out.fill(F::ZERO);
        }
        let reach = libm::cbrt(F::EPSILON.to_f64()) * (1.0 + vector::norm(params).to_f64());
        let h = F::from_f64(reach / length);
        let (mut at, mut below) = (params.to_vec(), vec![F::ZERO; dim]);
        vector::axpy(-h, v, &mut at);
        self.gradient(&at, &mut below);
        at.copy_from_slice(params);
        vector::axpy(h, v, &mut at);
        self.gradient(&at, out);
        let scale = F::ONE / (h + h);
        vector::for_each(out.iter_mut().zip(&below), move |(out, below)| *out = (*out - *below) * scale);
    }

    /// Moves `params` by one step of gradient descent and returns L(θ) before it; if that is not finite,
    /// nothing is moved.
    ///
    /// ```text
    /// θ ← θ − η ∇L(θ)
    /// ```
    /// An implementor may do this in one pass over the parameters, to the same bits as long as no number is
    /// subnormal; here these count as 0, see [`vector::descend`]. `grad` is room for the
    /// gradient; what is in it afterwards has no meaning.
    fn descend(&mut self, lr: F, params: &mut [F], grad: &mut [F]) -> F {
        let value = self.gradient(params, grad);
        if value.is_finite() {
            vector::descend(lr, grad, params);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded::{Count, Positive};
    use crate::objectives::{Beale, Quadratic, Rosenbrock};

    /// An objective of which only value and gradient are known.
    struct ByDifferences<O>(O);

    impl<F: Real, O: Objective<F>> Objective<F> for ByDifferences<O> {
        fn dim(&self) -> usize {
            self.0.dim()
        }
        fn value(&mut self, params: &[F]) -> F {
            self.0.value(params)
        }
        fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
            self.0.gradient(params, grad)
        }
    }

    /// ‖difference − exact‖ / ‖exact‖ in units of ε^{2/3}.
    fn error<F: Real>(objective: impl Objective<F> + Clone, at: &[f64], v: &[f64]) -> f64 {
        let [at, v] = [at, v].map(|x| x.iter().map(|x| F::from_f64(*x)).collect::<Vec<F>>());
        let (mut exact, mut inexact) = (v.clone(), v.clone());
        objective.clone().hessian_vector(&at, &v, &mut exact);
        ByDifferences(objective).hessian_vector(&at, &v, &mut inexact);
        vector::axpy(-F::ONE, &exact, &mut inexact);
        let error = vector::norm(&inexact) / vector::norm(&exact);
        error.to_f64() / libm::pow(F::EPSILON.to_f64(), 2.0 / 3.0)
    }

    fn errors<F: Real>(scale: f64) -> [f64; 3] {
        let ([a, b, c], [d, e]) = ([0.5, 1.0, -2.0].map(|v| scale * v), [0.6, -0.8].map(|v| scale * v));
        [
            error::<F>(Quadratic::new(Count::of(3), Positive::of(50.0)), &[0.3, -1.2, 0.7], &[a, b, c]),
            error::<F>(Rosenbrock, &[-1.2, 1.0], &[d, e]),
            error::<F>(Beale, &[-1.2, 1.0], &[d, e]),
        ]
    }

    #[test]
    fn a_difference_of_gradients_is_near_the_exact_product() {
        for scale in [1e-9, 1.0, 1e6] {
            let errors = [errors::<f32>(scale), errors::<f64>(scale)];
            // (1 + ‖θ‖)² ≈ 7 times the third derivatives of these gradients, which are up to ten times their
            // first, by 6.
            assert!(errors.as_flattened().iter().all(|error| *error < 30.0), "{scale}: {errors:?}");
            // And they are differences: the quadratic's of rounding alone.
            assert!(errors.as_flattened().iter().all(|error| *error > 0.0), "{scale}: {errors:?}");
        }
    }

    #[test]
    fn the_product_with_nothing_is_nothing() {
        let mut product = [f64::NAN; 2];
        ByDifferences(Rosenbrock).hessian_vector(&[-1.2, 1.0], &[0.0; 2], &mut product);
        assert_eq!(product, [0.0; 2]);
    }

    #[test]
    #[should_panic(expected = "lengths of θ, v and the product")]
    fn a_vector_of_another_length_is_a_bug() {
        ByDifferences(Rosenbrock).hessian_vector(&[-1.2, 1.0], &[0.0; 3], &mut [0.0; 2]);
    }
}
