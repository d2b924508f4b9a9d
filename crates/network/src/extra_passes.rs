//! Forward and backward pass over one block of rows whose hidden layers have extras.

use thalweg_numeric::{Real, vector};

use crate::dropout::Dropped;
use crate::extras::{add_gradient, multiply};
use crate::kernels::{Finish, Strided};
use crate::normalisation;
use crate::passes::{Backward, Passes};
use crate::sink::{Sink, Sum};

impl<F: Real> Passes<F> {
    /// Whether a pass over a block has extras, of which the buffers are made if they are not there.
    #[inline]
    pub(crate) fn has_extras(&mut self, dropped: Option<&Dropped<'_, F>>) -> bool {
        if dropped.is_some() && self.extras.hidden.is_empty() {
            let block = self.outputs[0].len() / self.layers[0].stride();
            self.extras.make(&self.layers, block, self.activation);
        }
        self.extras.activate(dropped.is_some())
    }

    pub(crate) fn forward_with_extras(
        &mut self,
        params: &[F],
        x: Strided<'_, F>,
        rows: usize,
        dropped: Option<&Dropped<'_, F>>,
    ) {
        for (l, layer) in self.layers.iter().enumerate() {
            let (before, out) = self.outputs.split_at_mut(l);
            let x = before.last().map_or(x, |a| Strided::new(a, self.layers[l - 1].stride()));
            layer.forward((params, &self.transposed[l]), x, rows, (false, Finish::Store), &mut out[0]);
            if let Some(extra) = self.extras.hidden.get_mut(l) {
                let factors = dropped.map(|dropped| dropped.layer(l));
                let how = (self.activation, self.isa);
                extra.finish((params, x), how, (layer, rows), factors, &mut out[0]);
            }
        }
    }

    /// As [`backward`](Self::backward). A step goes by way of the gradient.
    pub(crate) fn backward_with_extras(
        &mut self,
        x: Strided<'_, F>,
        rows: usize,
        backward: Backward,
        sink: &mut Sink<'_, F>,
    ) {
        for l in (0..self.layers.len()).rev() {
            self.parameter_gradient(l, x, rows, (backward, false), sink);
            let Some(below) = l.checked_sub(1) else { break };
            let Sink::Gradient { params, grad, sum } = sink else {
                unreachable!("a network with extras is moved by its gradient")
            };
            let grad = &mut grad[self.extras.hidden[below].params.clone()];
            self.hand_down_with_extras(params, l, rows, backward, |row, delta, normalised| {
                if row == 0 && *sum == Sum::Begins {
                    grad.fill(F::ZERO);
                }
                add_gradient(delta, normalised, grad);
            });
        }
    }

    /// Replaces the activations of layer l − 1 by δz there, from those of layer l. Shows row, δy and x̂ of
    /// each row that is normalised.
    pub(crate) fn hand_down_with_extras(
        &mut self,
        params: &[F],
        l: usize,
        rows: usize,
        backward: Backward,
        mut see: impl FnMut(usize, &[F], &[F]),
    ) {
        let (below, above) = self.extras.hidden.split_at_mut(l);
        let (extra, layer, delta) = (&mut below[l - 1], &self.layers[l], &self.outputs[l]);
        let (errors, store) = (&mut extra.errors, Finish::Store);
        match backward {
            Backward::One | Backward::Few if !layer.is_narrow() => {
                layer.input_gradient_of_few(params, delta, rows, store, errors);
            }
            Backward::Several if !layer.is_narrow() => {
                layer.input_gradient_of_several(params, delta, rows, store, &mut self.turned, errors);
            }
            _ => layer.input_gradient((params, &self.transposed[l]), delta, rows, (false, store), errors),
        }
        let layer = &self.layers[l - 1];
        let all = ..rows * layer.stride();
        if let Some(above) = above.first().filter(|above| above.adds_input) {
            vector::axpy(F::ONE, &above.errors[all], &mut errors[all]);
        }
        let (extra, delta) = (&*extra, &mut self.outputs[l - 1]);
        extra.write_slopes((self.activation, self.isa), layer, rows, delta);
        multiply(&mut delta[all], &extra.errors[all]);
        if extra.is_normalised() {
            let gain = extra.affine(params).gain;
            for (row, place) in layer.rows(rows).enumerate() {
                let at = extra.normalised(row, place.clone());
                see(row, &delta[place.clone()], at.values);
                normalisation::backward(gain, at, &mut delta[place]);
            }
        }
    }
}
