//! Products of the Gauss–Newton matrix and a vector.

use ndarray::ArrayView2;
use thalweg_numeric::{Objective, Real};

use super::{Network, blocks, contiguous, count};
use crate::OnBatch;
use crate::passes::Backward;
use crate::tangents::Tangents;

impl<F: Real> Network<F> {
    /// Writes the Gauss–Newton matrix of the mean loss of a batch, applied to `v`, into `out`.
    ///
    /// ```text
    /// G·v = (1/n) Σᵢ Jᵢᵀ Hᵢ Jᵢ v
    /// ```
    /// Jᵢ are the derivatives of the logits of sample i by the parameters, Hᵢ is the Hessian of its loss by the logits.
    /// Both losses are convex in the logits, so G has no negative eigenvalue; their Hᵢ know no label, so G needs none.
    /// It is the Hessian without the curvature of the network itself: the two are equal where the logits are linear in
    /// the parameters. With the cross-entropy it is the Fisher matrix of the model, too (Martens, *New insights and
    /// perspectives on the natural gradient method*, JMLR 21, 2020, section 9).
    ///
    /// N. N. Schraudolph, *Fast curvature matrix-vector products for second-order gradient descent*, Neural
    /// Computation 14 (2002), sections 3 and 4.
    ///
    /// # Panics
    /// Also if the batch is empty, or if `v` or `out` has not the length of `params`.
    pub fn gauss_newton_vector(&mut self, params: &[F], inputs: ArrayView2<'_, F>, v: &[F], out: &mut [F]) {
        self.check(params, inputs);
        assert!(inputs.nrows() > 0, "the curvature of an empty batch is undefined");
        assert_eq!((v.len(), out.len()), (self.dim, self.dim), "lengths of the direction and the product");
        let scale = F::ONE / count(inputs.nrows());
        let passes = &mut self.space.passes;
        let tangents =
            self.tangents.get_or_insert_with(|| Box::new(Tangents::new(&passes.layers, self.space.block)));
        passes.prepare(params, Backward::Many);
        tangents.prepare(passes, v);
        for rows in blocks(inputs.nrows(), self.space.block) {
            let x = contiguous(passes, inputs, rows.clone(), &mut self.space.inputs);
            passes.forward(params, x, rows.len());
            tangents.forward(passes, params, v, x, rows.len());
            for row in 0..rows.len() {
                let (logits, tangent) = (passes.logits(row), tangents.logits(row));
                self.loss.hessian_vector(logits, tangent, scale);
                // The backward pass takes H·J·v for a gradient by the logits.
                logits.copy_from_slice(tangent);
            }
            passes.backward(params, x, rows.len(), (rows.start == 0, Backward::Many), out);
        }
        passes.collect(out);
    }
}

/// A network on a batch as an objective whose curvature is the Gauss–Newton matrix in place of the Hessian.
///
/// Value and gradient are those of the [`OnBatch`] inside; `hessian_vector` is
/// [`Network::gauss_newton_vector`], so whatever asks an objective for curvature can be asked for this one.
#[derive(Debug)]
pub struct GaussNewton<'a, F>(pub OnBatch<'a, F>);

impl<F: Real> Objective<F> for GaussNewton<'_, F> {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn value(&mut self, params: &[F]) -> F {
        self.0.value(params)
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        self.0.gradient(params, grad)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        self.0.network.gauss_newton_vector(params, self.0.inputs, v, out);
    }
}
