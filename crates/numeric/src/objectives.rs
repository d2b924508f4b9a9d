//! Objectives in closed form: exact answers to test optimizers and probes against.

mod double_well;

use crate::bounded::{Count, Positive};
use crate::{Objective, Real, vector};

pub use double_well::{DoubleWell, DoubleWellError};

/// A quadratic with a chosen condition number.
///
/// ```text
/// L(θ) = ½ Σ λᵢ θᵢ²,   λᵢ = κ^{i/(d−1)},   i = 0 … d−1
/// ```
/// The eigenvalues are spaced evenly in their logarithm from 1 to κ; the minimum is 0 at the origin.
#[derive(Debug, Clone)]
pub struct Quadratic {
    eigenvalues: Vec<f64>,
}

impl Quadratic {
    /// `dim` eigenvalues from 1 to `condition`; a single one is `condition` itself.
    pub fn new(dim: Count, condition: Positive) -> Self {
        let last = dim.size() - 1;
        let eigenvalues =
            (0..dim.size())
                .map(|i| {
                    if i == last {
                        condition.get()
                    } else {
                        libm::pow(condition.get(), i as f64 / last as f64)
                    }
                })
                .collect();
        Self { eigenvalues }
    }

    /// λ₀ … λ_{d−1}, ascending if κ ≥ 1.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }
}

impl<F: Real> Objective<F> for Quadratic {
    fn dim(&self) -> usize {
        self.eigenvalues.len()
    }

    fn value(&mut self, params: &[F]) -> F {
        assert_eq!(params.len(), self.eigenvalues.len());
        let half = F::from_f64(0.5);
        params.iter().zip(&self.eigenvalues).map(|(x, l)| half * F::from_f64(*l) * *x * *x).sum()
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        self.hessian_vector(params, params, grad);
        self.value(params)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        let dim = self.eigenvalues.len();
        assert_eq!((params.len(), v.len(), out.len()), (dim, dim, dim));
        for ((out, v), l) in out.iter_mut().zip(v).zip(&self.eigenvalues) {
            *out = F::from_f64(*l) * *v;
        }
    }
}

/// A slope without an end, whose gradient is the same everywhere.
///
/// ```text
/// L(θ) = Σ gᵢ θᵢ
/// ```
#[derive(Debug, Clone)]
pub struct Linear<F> {
    /// g.
    pub slope: Vec<F>,
}

impl<F: Real> Objective<F> for Linear<F> {
    fn dim(&self) -> usize {
        self.slope.len()
    }

    fn value(&mut self, params: &[F]) -> F {
        vector::dot(&self.slope, params)
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        grad.copy_from_slice(&self.slope);
        self.value(params)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        let dim = self.slope.len();
        assert_eq!((params.len(), v.len(), out.len()), (dim, dim, dim));
        out.fill(F::ZERO);
    }
}

/// Rosenbrock's valley in the plane, minimum 0 at (1, 1).
///
/// ```text
/// L(x, y) = (1 − x)² + 100 (y − x²)²
/// ```
/// H. H. Rosenbrock, *An automatic method for finding the greatest or least value of a function*, The
/// Computer Journal 3 (1960).
#[derive(Debug, Clone, Copy, Default)]
pub struct Rosenbrock;

impl<F: Real> Objective<F> for Rosenbrock {
    fn dim(&self) -> usize {
        2
    }

    fn value(&mut self, params: &[F]) -> F {
        let [x, y] = plane(params);
        let (u, w) = (F::ONE - x, y - x * x);
        u * u + F::from_f64(100.0) * w * w
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        let [x, y] = plane(params);
        let w = y - x * x;
        grad.copy_from_slice(&[
            F::from_f64(-2.0) * (F::ONE - x) - F::from_f64(400.0) * x * w,
            F::from_f64(200.0) * w,
        ]);
        self.value(params)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        let [x, y] = plane(params);
        let [a, b] = plane(v);
        let xx = F::from_f64(2.0) - F::from_f64(400.0) * (y - F::from_f64(3.0) * x * x);
        let xy = F::from_f64(-400.0) * x;
        out.copy_from_slice(&[xx * a + xy * b, xy * a + F::from_f64(200.0) * b]);
    }
}

/// Beale's function in the plane, minimum 0 at (3, ½), with flat regions around it.
///
/// ```text
/// L(x, y) = Σ_{k=1..3} (cₖ − x (1 − yᵏ))²,   c = (1.5, 2.25, 2.625)
/// ```
/// E. M. L. Beale, *On an iterative method for finding a local minimum of a function of more than one
/// variable*, Princeton technical report 25 (1958).
#[derive(Debug, Clone, Copy, Default)]
pub struct Beale;

impl Beale {
    const CONSTANTS: [f64; 3] = [1.5, 2.25, 2.625];

    /// For k = 1, 2, 3: the residual and its derivatives by x, y, xy and yy.
    fn residuals<F: Real>([x, y]: [F; 2]) -> [[F; 5]; 3] {
        let (one, two, three, six) = (F::ONE, F::from_f64(2.0), F::from_f64(3.0), F::from_f64(6.0));
        let [c1, c2, c3] = Self::CONSTANTS.map(F::from_f64);
        let (y2, y3) = (y * y, y * y * y);
        [
            [c1 - x * (one - y), y - one, x, one, F::ZERO],
            [c2 - x * (one - y2), y2 - one, two * x * y, two * y, two * x],
            [c3 - x * (one - y3), y3 - one, three * x * y2, three * y2, six * x * y],
        ]
    }
}

impl<F: Real> Objective<F> for Beale {
    fn dim(&self) -> usize {
        2
    }

    fn value(&mut self, params: &[F]) -> F {
        Self::residuals(plane(params)).iter().map(|r| r[0] * r[0]).sum()
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        let two = F::from_f64(2.0);
        let residuals = Self::residuals(plane(params));
        grad.copy_from_slice(&[
            residuals.iter().map(|[r, x, ..]| two * *r * *x).sum(),
            residuals.iter().map(|[r, _, y, ..]| two * *r * *y).sum(),
        ]);
        self.value(params)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        let two = F::from_f64(2.0);
        let [a, b] = plane(v);
        let residuals = Self::residuals(plane(params));
        let xx: F = residuals.iter().map(|[_, x, ..]| two * *x * *x).sum();
        let xy: F = residuals.iter().map(|[r, x, y, xy, _]| two * (*x * *y + *r * *xy)).sum();
        let yy: F = residuals.iter().map(|[r, _, y, _, yy]| two * (*y * *y + *r * *yy)).sum();
        out.copy_from_slice(&[xx * a + xy * b, xy * a + yy * b]);
    }
}

fn plane<F: Real>(params: &[F]) -> [F; 2] {
    match params {
        [x, y] => [*x, *y],
        _ => panic!("expected 2 parameters, got {}", params.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_gradient;

    /// Central differences in f64 with h = 1e-5 leave an error of about h² ≈ 1e-10 times the third derivative
    /// (up to 1e4 here), and rounding of 1e-16/h times the gradient; 1e-5 relative lies above both.
    pub(super) fn check_derivatives(objective: &mut impl Objective<f64>, at: &[f64], v: &[f64]) {
        check_gradient(objective, at).unwrap();
        let (h, dim) = (1e-5, at.len());
        let shifted = |by: f64| (0..dim).map(|i| at[i] + by * v[i]).collect::<Vec<f64>>();
        let [mut up, mut down, mut product] = [(); 3].map(|()| vec![f64::NAN; dim]);
        objective.gradient(&shifted(h), &mut up);
        objective.gradient(&shifted(-h), &mut down);
        objective.hessian_vector(at, v, &mut product);
        for i in 0..dim {
            let numeric = (up[i] - down[i]) / (2.0 * h);
            assert!(
                (numeric - product[i]).abs() <= 1e-5 * (1.0 + product[i].abs()),
                "Hv{i}: {numeric} {product:?}"
            );
        }
    }

    #[test]
    fn derivatives_match_finite_differences() {
        let mut quadratic = Quadratic::new(Count::of(3), Positive::of(50.0));
        check_derivatives(&mut quadratic, &[0.3, -1.2, 0.7], &[0.5, 1.0, -2.0]);
        check_derivatives(&mut Linear { slope: vec![3.0, -0.5, 1.25] }, &[0.3, -1.2, 0.7], &[0.5, 1.0, -2.0]);
        check_derivatives(&mut Rosenbrock, &[-1.2, 1.0], &[0.6, -0.8]);
        check_derivatives(&mut Beale, &[1.3, -0.4], &[0.6, -0.8]);
    }

    #[test]
    fn minima_and_known_values() {
        let mut grad = [f64::NAN; 2];
        assert_eq!(Rosenbrock.gradient(&[1.0, 1.0], &mut grad), 0.0);
        assert_eq!(grad, [0.0, 0.0]);
        assert_eq!(Rosenbrock.value(&[-1.2_f64, 1.0]), 24.199999999999996);
        assert_eq!(Beale.gradient(&[3.0, 0.5], &mut grad), 0.0);
        assert_eq!(grad, [0.0, 0.0]);
        assert_eq!(Beale.value(&[0.0_f64, 0.0]), 1.5 * 1.5 + 2.25 * 2.25 + 2.625 * 2.625);
    }

    #[test]
    fn quadratic_has_the_condition_number_asked_for() {
        let quadratic = Quadratic::new(Count::of(5), Positive::of(1e6));
        assert_eq!(quadratic.eigenvalues()[0], 1.0);
        assert_eq!(quadratic.eigenvalues()[4], 1e6);
        // pow is exact to an ulp or two; 1e-12 leaves room for the ratio of two of them.
        assert!((quadratic.eigenvalues()[2] / 1e3 - 1.0).abs() < 1e-12);
    }
}
