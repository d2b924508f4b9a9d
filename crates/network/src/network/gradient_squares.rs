//! The squared length of the gradient of every sample, without the gradients.

use ndarray::ArrayView2;
use thalweg_numeric::Real;

use super::{Network, blocks, check_rows, contiguous};
use crate::Targets;
use crate::extras::gradient_square;
use crate::passes::Backward;

impl<F: Real> Network<F> {
    /// Writes ‖gᵢ‖² of the gradient gᵢ of the loss of each sample into `out`.
    ///
    /// ```text
    /// ‖gᵢ‖² = Σ_layers (‖xᵢ‖² + 1)·‖δᵢ‖²
    /// ```
    /// with the inputs x of a layer and the derivatives δ by its pre-activations: the gradient of its weight
    /// is the product of both. A normalised layer adds those of its gain and its bias, ‖x̂ ∘ δy‖² + ‖δy‖².
    /// Costs less than a gradient of the batch.
    ///
    /// I. Goodfellow, *Efficient per-example gradient computations* (2015), section 4.
    pub fn gradient_squares<'t>(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: impl Into<Targets<'t, F>>,
        out: &mut [F],
    ) where
        F: 't,
    {
        let targets = targets.into();
        self.check(params, inputs);
        check_rows(inputs, targets.len());
        check_rows(inputs, out.len());
        let passes = &mut self.space.passes;
        passes.prepare(params, Backward::Many);
        for rows in blocks(targets.len(), self.space.block) {
            let x = contiguous(passes, inputs, rows.clone(), &mut self.space.inputs);
            passes.forward(params, x, rows.len(), None);
            let (n, losses) = (rows.len(), &mut self.space.losses[..rows.len()]);
            self.loss.gradients(passes.isa, passes.all_logits(), targets.of(rows.clone()), F::ONE, losses);
            let out = &mut out[rows];
            out.fill(F::ZERO);
            for l in (0..passes.layers.len()).rev() {
                passes.layers[l].add_gradient_squares(passes.inputs_of(l, x), &passes.outputs[l], out);
                if l > 0 && passes.extras.are_active() {
                    passes.hand_down_with_extras(params, l, n, Backward::Many, |row, delta, normalised| {
                        out[row] += gradient_square(delta, normalised);
                    });
                } else if l > 0 {
                    passes.hand_down(params, l, n, Backward::Many);
                }
            }
        }
    }
}
