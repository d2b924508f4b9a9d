//! Forward and backward pass over one block of rows.

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, vector};

use crate::activation::{Slopes, Values};
use crate::division::{blocks, size};
use crate::dropout::Dropped;
use crate::extras::Extras;
use crate::kernels::Strided;
use crate::kernels::{Finish, turned};
use crate::layer::Layer;
use crate::loss::Logits;
use crate::numerics::Isa;
use crate::sink::Sink;
use crate::{Activation, Architecture};

/// The layers with the buffers of one block.
#[derive(Debug, Clone)]
pub(crate) struct Passes<F> {
    pub layers: Vec<Layer>,
    pub activation: Activation,
    pub isa: Isa,
    /// For each layer its outputs: activations, logits for the last. The backward pass replaces them, last to
    /// first, by the derivatives of the loss by the layer's pre-activations.
    pub outputs: Vec<Aligned<F>>,
    /// For each hidden layer its pre-activations, if the activation's derivatives need them; otherwise empty.
    pub arguments: Vec<Aligned<F>>,
    /// For each layer that is not wide Wᵀ.
    pub transposed: Vec<Aligned<F>>,
    /// δᵀ of one layer, for [`Backward::Several`].
    pub turned: Aligned<F>,
    /// The inputs of one layer, for few rows: as they were, or turned.
    pub kept: Aligned<F>,
    /// The transposed inputs of a wide layer.
    pub columns: Aligned<F>,
    /// For each narrow layer its transposed weight gradient; otherwise empty.
    pub narrow: Vec<Aligned<F>>,
    /// What the hidden layers do besides.
    pub extras: Extras<F>,
}

/// How the gradients are computed: by the number of rows in all blocks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backward {
    /// Not at all, forward pass only.
    None,
    /// Weight gradients as outer products, input gradients by dot products with the rows of W.
    One,
    /// Weight gradients as sums of outer products where these pay, else by tiles, input gradients by dot
    /// products with the rows of W.
    Few,
    /// Weight gradients likewise, input gradients by tiles with W as it lies: up to eight rows that fill more
    /// than half a vector.
    Several,
    /// Both by tiles, of Wᵀ for the input gradients; in a wide layer by copies of W.
    Many,
}

impl Backward {
    /// The way for a batch: up to three rows the input gradient by dot products is faster than the
    /// transposition of the weights.
    pub(crate) fn of<F: Real>(rows: usize) -> Self {
        match rows {
            1 => Self::One,
            2..=3 => Self::Few,
            _ if rows <= turned::MOST && 2 * rows > F::LANES => Self::Several,
            _ => Self::Many,
        }
    }
}

impl<F: Real> Passes<F> {
    pub(crate) fn new(architecture: &Architecture, isa: Isa, block: usize) -> Self {
        let layers = Layer::all(architecture, isa);
        let buffers = |length: &dyn Fn(&Layer) -> usize| -> Vec<Aligned<F>> {
            layers.iter().map(|layer| aligned::zeros(length(layer))).collect()
        };
        let keeps = architecture.activation.keeps_argument();
        Self {
            outputs: buffers(&|layer| block * layer.stride()),
            arguments: buffers(&|layer| if keeps { block * layer.stride() } else { 0 }),
            transposed: layers.iter().map(Layer::transposed_buffer).collect(),
            kept: aligned::zeros(
                turned::MOST * layers.iter().map(Layer::room_to_keep::<F>).max().unwrap_or(0),
            ),
            columns: aligned::zeros(
                layers.iter().map(|layer| layer.room_for_columns::<F>(block)).max().unwrap_or(0),
            ),
            turned: aligned::zeros(
                turned::MOST * layers.iter().map(|layer| layer.outputs).max().unwrap_or(0),
            ),
            narrow: layers
                .iter()
                .map(|layer| if layer.is_narrow() { layer.transposed_buffer() } else { aligned::zeros(0) })
                .collect(),
            extras: Extras::new(architecture, &layers, block),
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

    /// Fills the outputs of all layers for `rows` samples, perhaps with some units dropped.
    pub(crate) fn forward(
        &mut self,
        params: &[F],
        x: Strided<'_, F>,
        rows: usize,
        dropped: Option<Dropped<'_, F>>,
    ) {
        if self.has_extras(dropped.as_ref()) {
            return self.forward_with_extras(params, x, rows, dropped.as_ref());
        }
        let last = self.layers.len() - 1;
        for l in 0..=last {
            let layer = &self.layers[l];
            let (before, out) = self.outputs.split_at_mut(l);
            let x = before.last().map_or(x, |a| Strided::new(a, self.layers[l - 1].stride()));
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
    pub(crate) fn inputs_of<'a>(&'a self, l: usize, x: Strided<'a, F>) -> Strided<'a, F> {
        inputs_of(&self.layers, &self.outputs, l, x)
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

    /// Hands the gradient of `rows` samples to `sink`, where the outputs of the last layer have been replaced
    /// by the loss's derivatives. `x` is what the forward pass has seen.
    pub(crate) fn backward(
        &mut self,
        x: Strided<'_, F>,
        rows: usize,
        backward: Backward,
        sink: &mut Sink<'_, F>,
    ) {
        if self.extras.are_active() {
            return self.backward_with_extras(x, rows, backward, sink);
        }
        let few = matches!(backward, Backward::Few | Backward::Several) && rows > 1 && !sink.adds();
        for l in (0..self.layers.len()).rev() {
            if backward == Backward::One && self.descend_on_one(l, sink) {
                continue;
            }
            let few = few && self.layers[l].sums_outer_products::<F>();
            // Where the input gradient reads W as it lies, it must come before a step changes W; but it
            // replaces the layer's inputs.
            let wide = backward == Backward::Many && self.layers[l].is_wide::<F>();
            let first = l > 0 && (wide || backward != Backward::Many && !self.layers[l].is_narrow());
            if wide {
                self.turn_columns(l, x, rows);
            } else if few || first {
                self.keep_inputs(l, x, rows, few);
            }
            if first {
                self.hand_down(sink.params(), l, rows, backward);
            }
            if few {
                let (_, finish) = sink.how();
                self.layers[l].gradient_of_few(&self.kept, &self.outputs[l], rows, finish, sink.place());
            } else {
                self.parameter_gradient(l, x, rows, (backward, first || wide), sink);
            }
            if l > 0 && !first {
                self.hand_down(sink.params(), l, rows, backward);
            }
        }
    }

    /// Copies the inputs of layer l, as they are or turned.
    fn keep_inputs(&mut self, l: usize, x: Strided<'_, F>, rows: usize, turned: bool) {
        let Strided { values: inputs, stride } = inputs_of(&self.layers, &self.outputs, l, x);
        if turned {
            self.layers[l].turn_inputs(Strided::new(inputs, stride), rows, &mut self.kept);
        } else {
            self.kept[..rows * stride].copy_from_slice(&inputs[..rows * stride]);
        }
    }

    /// Transposes the inputs of layer l, which is wide.
    fn turn_columns(&mut self, l: usize, x: Strided<'_, F>, rows: usize) {
        let x = inputs_of(&self.layers, &self.outputs, l, x);
        self.layers[l].turn_columns(x, rows, &mut self.columns);
    }

    /// Takes the step of layer l for a single row and hands down the derivatives, if that can be done in one
    /// kernel.
    fn descend_on_one(&mut self, l: usize, sink: &mut Sink<'_, F>) -> bool {
        let Sink::Step { params, rate, .. } = sink else { return false };
        let layer = &self.layers[l];
        if self.activation != Activation::Relu || layer.is_narrow() {
            return false;
        }
        let (before, delta) = self.outputs.split_at_mut(l);
        let Some(inputs) = before.last_mut() else { return false };
        layer.descend_on_one(inputs, &delta[0], *rate, params);
        true
    }

    /// The gradient of the parameters of layer l, whose inputs are `kept`, in `columns` if it is wide, or
    /// where they were.
    pub(crate) fn parameter_gradient(
        &mut self,
        l: usize,
        x: Strided<'_, F>,
        rows: usize,
        (backward, kept): (Backward, bool),
        sink: &mut Sink<'_, F>,
    ) {
        let share = size(rows);
        let in_shares = backward == Backward::Many && self.layers[l].is_wide::<F>();
        if in_shares && !kept {
            self.turn_columns(l, x, rows);
        }
        let (layer, delta) = (&self.layers[l], &self.outputs[l]);
        let Strided { values: inputs, stride } = inputs_of(&self.layers, &self.outputs, l, x);
        let x = Strided::new(if kept { &self.kept } else { inputs }, stride);
        if backward == Backward::One {
            let how = sink.how();
            return layer.gradient_of_one(x.values, delta, how.1, sink.place());
        }
        if in_shares {
            let how = sink.how();
            layer.weight_gradient_in_shares(&self.columns, delta, (rows, share), how, sink.place());
        }
        for part in blocks(rows, share) {
            let sink = &mut sink.of_share(&part, rows);
            let of_weight = if layer.is_narrow() { sink.how_if_narrow() } else { sink.how() };
            let (how, out) = (sink.how(), sink.place());
            let delta = &delta[part.start * layer.stride()..];
            if !in_shares {
                let x = Strided::new(&x.values[part.start * stride..], stride);
                layer.weight_gradient(x, delta, part.len(), of_weight, (&mut *out, &mut self.narrow[l]));
            }
            layer.bias_gradient(delta, part.len(), how, out);
        }
        if rows > share {
            let in_place = if in_shares || layer.is_narrow() { layer.inputs * layer.outputs } else { 0 };
            sink.move_by(layer.params.start + in_place..layer.params.end);
        }
    }

    /// Replaces the activations of layer l − 1 by the derivatives there, from those of layer l.
    pub(crate) fn hand_down(&mut self, params: &[F], l: usize, rows: usize, backward: Backward) {
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
            _ => layer.input_gradient((params, &self.transposed[l]), delta, rows, (false, finish), out),
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

    /// Puts the weight gradients of the narrow layers into their places, when all rows are done, or moves the
    /// weights.
    pub(crate) fn collect(&mut self, sink: &mut Sink<'_, F>) {
        let narrow = self.layers.iter().zip(&self.narrow).zip(&mut self.transposed);
        for ((layer, narrow), transposed) in narrow.filter(|((layer, _), _)| layer.is_narrow()) {
            match sink {
                Sink::Gradient { grad, .. } => layer.collect_narrow(narrow, grad),
                Sink::Step { params, rate, .. } => {
                    vector::axpy(*rate, narrow, transposed);
                    layer.collect_narrow(transposed, params);
                }
            }
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

/// The inputs of layer l: the outputs of the one below, or those of the network.
pub(crate) fn inputs_of<'a, F>(
    layers: &[Layer],
    outputs: &'a [Aligned<F>],
    l: usize,
    x: Strided<'a, F>,
) -> Strided<'a, F> {
    l.checked_sub(1).map_or(x, |below| Strided::new(&outputs[below], layers[below].stride()))
}
