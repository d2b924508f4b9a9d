//! Forward and backward pass over one block of rows.

use thalweg_numeric::Real;

use crate::activation::{Slopes, Values};
use crate::kernels::Finish;
use crate::layer::{Layer, Rows};
use crate::loss::Logits;
use crate::numerics::Isa;
use crate::{Activation, Architecture};

/// The layers with the buffers of one block.
#[derive(Debug, Clone)]
pub(crate) struct Passes<F> {
    pub layers: Vec<Layer>,
    pub activation: Activation,
    pub isa: Isa,
    /// For each layer its outputs: activations, logits for the last. The backward pass replaces them, last to first,
    /// by the derivatives of the loss by the layer's pre-activations.
    pub outputs: Vec<Vec<F>>,
    /// For each hidden layer its pre-activations, if the activation's derivatives need them; otherwise empty.
    pub arguments: Vec<Vec<F>>,
    /// For each layer Wᵀ.
    pub transposed: Vec<Vec<F>>,
    /// δᵀ of one layer, for [`Backward::Several`].
    pub turned: Vec<F>,
    /// For each narrow layer its transposed weight gradient; otherwise empty.
    pub narrow: Vec<Vec<F>>,
}

/// How the gradients are computed: by the number of rows in all blocks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backward {
    /// Not at all, forward pass only.
    None,
    /// Weight gradients as outer products, input gradients by dot products with the rows of W.
    One,
    /// Weight gradients by tiles, input gradients by dot products with the rows of W.
    Few,
    /// Both by tiles, for the input gradients with W as it lies: a vector of rows, more than half of it full.
    Several,
    /// Both by tiles, of Wᵀ for the input gradients.
    Many,
}

impl<F: Real> Passes<F> {
    pub(crate) fn new(architecture: &Architecture, isa: Isa, block: usize) -> Self {
        let layers = Layer::all(architecture, isa);
        let buffers = |length: &dyn Fn(&Layer) -> usize| -> Vec<Vec<F>> {
            layers.iter().map(|layer| vec![F::ZERO; length(layer)]).collect()
        };
        let keeps = architecture.activation.keeps_argument();
        Self {
            outputs: buffers(&|layer| block * layer.stride()),
            arguments: buffers(&|layer| if keeps { block * layer.stride() } else { 0 }),
            transposed: layers.iter().map(Layer::transposed_buffer).collect(),
            turned: vec![F::ZERO; F::LANES * layers.iter().map(|layer| layer.outputs).max().unwrap_or(0)],
            narrow: layers
                .iter()
                .map(|layer| if layer.is_narrow() { layer.transposed_buffer() } else { Vec::new() })
                .collect(),
            activation: architecture.activation,
            isa,
            layers,
        }
    }

    /// Transposes the weights that the passes to come need transposed.
    pub(crate) fn prepare(&mut self, params: &[F], backward: Backward) {
        for (l, layer) in self.layers.iter().enumerate() {
            if layer.is_narrow() || (backward == Backward::Many && l > 0) {
                layer.transpose(params, &mut self.transposed[l]);
            }
        }
    }

    /// Fills the outputs of all layers for `rows` samples.
    pub(crate) fn forward(&mut self, params: &[F], x: Rows<'_, F>, rows: usize) {
        let last = self.layers.len() - 1;
        for l in 0..=last {
            let layer = &self.layers[l];
            let (before, out) = self.outputs.split_at_mut(l);
            let x = before.last().map_or(x, |a| (a, self.layers[l - 1].stride()));
            let finish = match self.activation {
                Activation::Relu if l < last => Finish::Rectify,
                _ => Finish::Store,
            };
            layer.forward((params, &self.transposed[l]), x, rows, (false, finish), &mut out[0]);
            if l < last {
                self.activate(l, rows);
            }
        }
    }

    /// The inputs of a layer: the outputs of the one below, or those of the network.
    pub(crate) fn inputs_of<'a>(&'a self, l: usize, x: Rows<'a, F>) -> Rows<'a, F> {
        l.checked_sub(1).map_or(x, |below| (&self.outputs[below], self.layers[below].stride()))
    }

    /// Replaces the pre-activations of a layer by activations, where the kernel has not done it.
    fn activate(&mut self, l: usize, rows: usize) {
        let activation = self.activation;
        if matches!(activation, Activation::Relu | Activation::Identity) {
            return;
        }
        let (stride, columns) = (self.layers[l].stride(), self.layers[l].outputs);
        let values = &mut self.outputs[l][..rows * stride];
        if activation.keeps_argument() {
            self.arguments[l][..rows * stride].copy_from_slice(values);
        }
        self.isa.run(Values { activation, values, stride, columns });
    }

    /// Adds the gradient of `rows` samples to `grad` (overwrites it if `first`), where the outputs of the last layer
    /// have been replaced by the loss's derivatives. `x` is what the forward pass has seen.
    pub(crate) fn backward(
        &mut self,
        params: &[F],
        x: Rows<'_, F>,
        rows: usize,
        (first, backward): (bool, Backward),
        grad: &mut [F],
    ) {
        for l in (0..self.layers.len()).rev() {
            let layer = &self.layers[l];
            let (before, delta) = self.outputs.split_at_mut(l);
            let delta = &delta[0];
            let x = before.last().map_or(x, |a| (a, self.layers[l - 1].stride()));
            if backward == Backward::One {
                layer.gradient_of_one(x.0, delta, grad);
            } else {
                layer.weight_gradient(x, delta, rows, !first, grad, &mut self.narrow[l]);
                layer.bias_gradient(delta, rows, !first, grad);
            }
            if l > 0 {
                self.descend(params, l, rows, backward);
            }
        }
    }

    /// Replaces the activations of layer l − 1 by the derivatives there, from those of layer l.
    pub(crate) fn descend(&mut self, params: &[F], l: usize, rows: usize, backward: Backward) {
        self.slopes(l - 1, rows);
        let finish = match self.activation {
            Activation::Relu => Finish::Mask,
            Activation::Identity => Finish::Store,
            _ => Finish::Scale,
        };
        let layer = &self.layers[l];
        let (before, delta) = self.outputs.split_at_mut(l);
        let (out, delta) = (&mut before[l - 1], &delta[0]);
        match backward {
            Backward::One | Backward::Few if !layer.is_narrow() => {
                layer.input_gradient_of_few(params, delta, rows, finish, out);
            }
            Backward::Several if !layer.is_narrow() => {
                layer.input_gradient_of_several(params, delta, rows, finish, &mut self.turned, out);
            }
            _ => layer.input_gradient(&self.transposed[l], delta, rows, (false, finish), out),
        }
    }

    /// Replaces the activations of a layer by the slopes there, where the kernel's mask is not enough.
    fn slopes(&mut self, l: usize, rows: usize) {
        if matches!(self.activation, Activation::Relu | Activation::Identity) {
            return;
        }
        let (stride, columns) = (self.layers[l].stride(), self.layers[l].outputs);
        self.isa.run(Slopes {
            activation: self.activation,
            arguments: &self.arguments[l],
            values: &mut self.outputs[l][..rows * stride],
            stride,
            columns,
        });
    }

    /// Puts the gradients of the narrow layers into their places, when all rows are done.
    pub(crate) fn collect(&self, grad: &mut [F]) {
        for (layer, narrow) in self.layers.iter().zip(&self.narrow) {
            layer.collect_narrow(narrow, grad);
        }
    }

    /// The logits of all rows of the block.
    pub(crate) fn all_logits(&mut self) -> Logits<'_, F> {
        let last = self.layers.len() - 1;
        let layer = &self.layers[last];
        Logits { values: &mut self.outputs[last], stride: layer.stride(), classes: layer.outputs }
    }

    /// The logits of one row of the block, or what has replaced them.
    pub(crate) fn logits(&mut self, row: usize) -> &mut [F] {
        let last = self.layers.len() - 1;
        let (layer, outputs) = (&self.layers[last], &mut self.outputs[last]);
        &mut outputs[row * layer.stride()..][..layer.outputs]
    }
}
