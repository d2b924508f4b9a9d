//! Symmetric matrices that are known by what they do to a vector.

use thalweg_numeric::{Objective, vector};

use super::SpectrumError;

/// A symmetric matrix A of size d × d, known by its products A·v.
pub trait Operator {
    /// d, the number of rows and of columns.
    fn dim(&self) -> usize;

    /// Writes A·v into `out`; both have length d.
    fn apply(&mut self, v: &[f64], out: &mut [f64]);
}

/// The Hessian ∇²L(θ) of an objective at one point.
pub struct Hessian<'a> {
    /// L.
    pub objective: &'a mut dyn Objective<f64>,
    /// θ.
    pub params: &'a [f64],
}

impl Operator for Hessian<'_> {
    fn dim(&self) -> usize {
        self.params.len()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) {
        self.objective.hessian_vector(self.params, v, out);
    }
}

/// A matrix given by a closure, such as a Gauss–Newton matrix.
pub struct FromFn<P> {
    /// d.
    pub dim: usize,
    /// Writes A·v (first argument v) into its second argument. A has to be symmetric.
    pub product: P,
}

impl<P: FnMut(&[f64], &mut [f64])> Operator for FromFn<P> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) {
        (self.product)(v, out);
    }
}

/// A matrix as an optimizer with a step of its own for every parameter sees it.
///
/// ```text
/// P^{−1/2} A P^{−1/2},   P = diag(p)
/// ```
/// It has the eigenvalues of P⁻¹A and is symmetric. For RMSProp pᵢ = √sᵢ + ε, for Adam pᵢ = √v̂ᵢ + ε; with A
/// = ∇²L these are the curvatures that settle whether the steps are stable (J. M. Cohen et al., *Adaptive
/// gradient methods at the edge of stability*, 2022).
pub struct Preconditioned<'a> {
    operator: &'a mut dyn Operator,
    /// pᵢ^{−1/2}.
    scale: Vec<f64>,
    scaled: Vec<f64>,
}

impl<'a> Preconditioned<'a> {
    /// `preconditioner` holds p, one number above 0 for each row of `operator`.
    ///
    /// # Errors
    /// [`SpectrumError::Preconditioner`] if an entry is not finite or not above 0.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn new(operator: &'a mut dyn Operator, preconditioner: &[f64]) -> Result<Self, SpectrumError> {
        assert_eq!(preconditioner.len(), operator.dim(), "length of the preconditioner");
        if let Some(index) = preconditioner.iter().position(|p| !(p.is_finite() && *p > 0.0)) {
            return Err(SpectrumError::Preconditioner { index, value: preconditioner[index] });
        }
        let scale: Vec<f64> = preconditioner.iter().map(|p| p.sqrt().recip()).collect();
        let scaled = vec![0.0; scale.len()];
        Ok(Self { operator, scale, scaled })
    }
}

impl Operator for Preconditioned<'_> {
    fn dim(&self) -> usize {
        self.scale.len()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) {
        for ((scaled, v), s) in self.scaled.iter_mut().zip(v).zip(&self.scale) {
            *scaled = s * v;
        }
        self.operator.apply(&self.scaled, out);
        for (out, s) in out.iter_mut().zip(&self.scale) {
            *out *= s;
        }
    }
}

/// Counts the products with an operator and refuses a result that is not finite.
pub(crate) struct Checked<'a> {
    operator: &'a mut dyn Operator,
    products: usize,
}

impl<'a> Checked<'a> {
    pub(crate) fn new(operator: &'a mut dyn Operator) -> Self {
        Self { operator, products: 0 }
    }

    pub(crate) fn dim(&self) -> usize {
        self.operator.dim()
    }

    pub(crate) fn products(&self) -> usize {
        self.products
    }

    pub(crate) fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<(), SpectrumError> {
        self.operator.apply(v, out);
        self.products += 1;
        if vector::all_finite(out) {
            Ok(())
        } else {
            Err(SpectrumError::NotFinite { product: self.products })
        }
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::objectives::Rosenbrock;

    use super::*;
    use crate::spectrum::Dense;

    #[test]
    fn the_hessian_is_taken_at_the_point() {
        let mut hessian = Hessian { objective: &mut Rosenbrock, params: &[0.5, -1.0] };
        // ∂xx = 2 − 400 (y − 3x²) = 702, ∂xy = −400 x = −200, ∂yy = 200: whole numbers, so exact.
        let dense = Dense::of(&mut hessian).unwrap();
        assert_eq!(dense.entries(), [702.0, -200.0, -200.0, 200.0]);
    }

    #[test]
    fn preconditioning_divides_each_entry_by_both_roots() {
        let a = [[4.0, 6.0, -2.0], [6.0, 9.0, 1.0], [-2.0, 1.0, 5.0]];
        let mut operator = FromFn {
            dim: 3,
            product: |v: &[f64], out: &mut [f64]| {
                for (out, row) in out.iter_mut().zip(&a) {
                    *out = vector::dot(row, v);
                }
            },
        };
        // Roots 2, 4 and ½: every product is exact.
        let dense = Dense::of(&mut Preconditioned::new(&mut operator, &[4.0, 16.0, 0.25]).unwrap()).unwrap();
        assert_eq!(dense.entries(), [1.0, 0.75, -2.0, 0.75, 0.5625, 0.5, -2.0, 0.5, 20.0]);
        for (index, wrong) in [0.0, -1.0, f64::NAN].into_iter().enumerate() {
            let mut preconditioner = [1.0; 3];
            preconditioner[index] = wrong;
            let error = Preconditioned::new(&mut operator, &preconditioner).err().unwrap();
            assert!(
                matches!(error, SpectrumError::Preconditioner { index: at, .. } if at == index),
                "{error}"
            );
        }
    }
}
