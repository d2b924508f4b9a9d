//! Logistic regression on eight points.

use thalweg_numeric::{Objective, Real};

/// The mean logistic loss of four points on each of two axes, above its minimum. On an axis three points of
/// one class stand against one of the other, so the best weight is ln 3.
pub struct Logistic;

impl Logistic {
    /// ln(1 + e^{−w})·¾ + ln(1 + e^{w})·¼ at w = ln 3.
    const MINIMUM: f64 = 0.562_335_144_618_808_3;

    fn sides<F: Real>() -> [(F, F); 2] {
        [(F::from_f64(-1.0), F::from_f64(0.75)), (F::ONE, F::from_f64(0.25))]
    }
}

impl<F: Real> Objective<F> for Logistic {
    fn dim(&self) -> usize {
        2
    }

    fn value(&mut self, params: &[F]) -> F {
        let loss = |w: &F| {
            Self::sides()
                .into_iter()
                .map(|(side, share): (F, F)| share * (side * *w).exp().ln_1p())
                .sum::<F>()
        };
        params.iter().map(|w| loss(w) - F::from_f64(Self::MINIMUM)).sum()
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        for (g, w) in grad.iter_mut().zip(params) {
            let slope = |(side, share): (F, F)| side * share / (F::ONE + (-side * *w).exp());
            *g = Self::sides().into_iter().map(slope).sum();
        }
        self.value(params)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        for ((out, w), v) in out.iter_mut().zip(params).zip(v) {
            let sigmoid = F::ONE / (F::ONE + (-*w).exp());
            *out = sigmoid * (F::ONE - sigmoid) * *v;
        }
    }
}
