//! The gradient of every sample of a batch on its own.

use ndarray::{ArrayView2, ArrayViewMut2, Axis, s};
use thalweg_numeric::Real;

use super::{Network, blocks, check_rows, contiguous};
use crate::Targets;
use crate::extras::add_gradient;
use crate::kernels::Finish;
use crate::kernels::Strided;
use crate::passes::{Backward, Passes};

impl<F: Real> Network<F> {
    /// Writes the gradient of the loss of each sample into a row of `out`, of shape \[rows, dim\].
    ///
    /// A row has the bits of the [`gradient`](Self::gradient) of a batch with this sample alone, but for the
    /// sign of a 0 where many inputs are 0. Their mean is the gradient of the batch, up to rounding.
    ///
    /// # Panics
    /// Also if `out` is not of that shape or the elements of one of its rows do not lie one behind the other.
    pub fn per_sample_gradients<'t>(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: impl Into<Targets<'t, F>>,
        mut out: ArrayViewMut2<'_, F>,
    ) where
        F: 't,
    {
        let targets = targets.into();
        self.check(params, inputs);
        check_rows(inputs, targets.len());
        check_rows(inputs, out.nrows());
        assert_eq!(out.ncols(), self.dim, "columns of the gradients");
        let passes = &mut self.space.passes;
        passes.prepare(params, Backward::One);
        for rows in blocks(targets.len(), self.space.block) {
            let x = contiguous(passes, inputs, rows.clone(), &mut self.space.inputs);
            passes.forward(params, x, rows.len(), None);
            let losses = &mut self.space.losses[..rows.len()];
            self.loss.gradients(passes.isa, passes.all_logits(), targets.of(rows.clone()), F::ONE, losses);
            passes.backward_of_each(params, x, out.slice_mut(s![rows, ..]));
        }
    }
}

impl<F: Real> Passes<F> {
    /// Writes the gradient of each sample into its row of `grads`, where the outputs of the last layer have
    /// been replaced by the loss's derivatives. `x` is what the forward pass has seen.
    fn backward_of_each(&mut self, params: &[F], x: Strided<'_, F>, mut grads: ArrayViewMut2<'_, F>) {
        let rows = grads.nrows();
        for l in (0..self.layers.len()).rev() {
            let layer = &self.layers[l];
            let below = l.checked_sub(1);
            let of_layer = |below: usize| Strided::new(&self.outputs[below], self.layers[below].stride());
            let Strided { values: x, stride } = below.map_or(x, of_layer);
            for (row, mut grad) in grads.axis_iter_mut(Axis(0)).enumerate() {
                let grad = grad.as_slice_mut().expect("the elements of a row lie one behind the other");
                let delta = &self.outputs[l][row * layer.stride()..];
                layer.gradient_of_one(&x[row * stride..], delta, Finish::Store, grad);
            }
            let Some(below) = below else { break };
            // By dot products with the rows of W, whatever the number of rows: for the bits of a batch of
            // one.
            if let Some(extra) = self.extras.of(below) {
                let place = extra.params.clone();
                self.hand_down_with_extras(params, l, rows, Backward::One, |row, delta, normalised| {
                    let mut grad = grads.slice_mut(s![row, place.clone()]);
                    let grad = grad.as_slice_mut().expect("the elements of a row lie one behind the other");
                    grad.fill(F::ZERO);
                    add_gradient(delta, normalised, grad);
                });
            } else {
                self.hand_down(params, l, rows, Backward::One);
            }
        }
    }
}
