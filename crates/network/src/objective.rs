//! A network on a batch as a function of its parameters.

use ndarray::ArrayView2;
use thalweg_numeric::{Objective, Real};

use crate::Network;

/// The mean loss of a network on one batch: L(θ), to be minimised or probed.
///
/// Hessian-vector products are exact (Pearlmutter 1994). Where φ has a kink (ReLU, leaky ReLU), its second derivative
/// is taken as zero. The network keeps the buffers for them, so an `OnBatch` costs nothing to make.
#[derive(Debug)]
pub struct OnBatch<'a, F> {
    /// Computes, and may be used again afterwards.
    pub network: &'a mut Network<F>,
    /// One sample a row.
    pub inputs: ArrayView2<'a, F>,
    /// The class of each sample.
    pub labels: &'a [u32],
}

impl<F: Real> Objective<F> for OnBatch<'_, F> {
    fn dim(&self) -> usize {
        self.network.dim()
    }

    fn value(&mut self, params: &[F]) -> F {
        self.network.loss(params, self.inputs, self.labels)
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        self.network.gradient(params, self.inputs, self.labels, grad)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        self.network.hessian_vector(params, self.inputs, self.labels, v, out);
    }

    fn descend(&mut self, lr: F, params: &mut [F], grad: &mut [F]) -> F {
        self.network.descend(lr, params, self.inputs, self.labels, grad)
    }
}
