//! Exact products of the Hessian and a vector: the R-operator, forward over reverse.
//!
//! Every quantity q of the forward and backward pass gets its derivative R{q} along v, so that R of the
//! gradient is the product:
//!
//! ```text
//! R{z} = R{x}·W + x·V + v_b          R{a} = φ′(z) R{z}
//! e = δ·Wᵀ                           R{e} = R{δ}·Wᵀ + δ·Vᵀ
//! δ' = φ′(z) e                       R{δ'} = φ′(z) R{e} + φ″(z) e R{z}
//! H·v: R{x}ᵀ·δ + xᵀ·R{δ} for a weight, Σ R{δ} for a bias
//! ```
//! B. A. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6 (1994). Without the
//! terms of δ it is the product with the Gauss–Newton matrix. What does not depend on v is in a [`Place`].
//! What hidden layers do besides is in `extras.rs` here and beside this file.

mod extras;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, vector};

use crate::activation::Slopes;
use crate::extras::multiply;
use crate::kernels::Strided;
use crate::kernels::{Finish, Start};
use crate::layer::Layer;
use crate::passes::{self, Passes};
use crate::{Loss, Targets};

use self::extras::{AlongExtra, PlaceExtra, add_traces, pass_errors};

/// What the passes over one block of rows compute at θ, whatever the direction.
#[derive(Debug, Clone)]
pub(crate) struct Place<F> {
    /// For each hidden layer its activations a; for the last one what the loss's Hessian is computed from,
    /// such as the class probabilities.
    outputs: Vec<Aligned<F>>,
    /// For each hidden layer φ′(z).
    slopes: Vec<Aligned<F>>,
    /// For each hidden layer φ″(z) e; empty if φ has no curvature.
    bends: Vec<Aligned<F>>,
    /// For each layer δ.
    deltas: Vec<Aligned<F>>,
    /// For each hidden layer with extras; none in a plain network.
    extras: Vec<PlaceExtra<F>>,
}

impl<F: Real> Place<F> {
    pub(crate) fn new(passes: &Passes<F>, block: usize) -> Self {
        let buffers = |layers: &[Layer]| -> Vec<Aligned<F>> {
            layers.iter().map(|layer| aligned::zeros(block * layer.stride())).collect()
        };
        let (layers, hidden) = (&passes.layers, &passes.layers[..passes.layers.len() - 1]);
        Self {
            outputs: buffers(layers),
            slopes: buffers(hidden),
            bends: if passes.activation.is_straight() { Vec::new() } else { buffers(hidden) },
            deltas: buffers(layers),
            extras: Vec::new(),
        }
    }

    /// Makes room for what hidden layers do besides.
    pub(crate) fn make_extras(&mut self, passes: &Passes<F>, block: usize) {
        if self.extras.len() < passes.extras.hidden.len() {
            let extras = passes.extras.hidden.iter().zip(&passes.layers);
            self.extras = extras.map(|(extra, layer)| PlaceExtra::new(extra, layer, block)).collect();
        }
    }

    /// Takes what the forward pass over a block of rows has left.
    pub(crate) fn take_outputs(&mut self, passes: &Passes<F>, loss: Loss, rows: usize) {
        for (l, layer) in passes.layers.iter().enumerate() {
            let (stride, columns) = (layer.stride(), layer.outputs);
            let all = ..rows * stride;
            self.outputs[l][all].copy_from_slice(&passes.outputs[l][all]);
            let Some(slopes) = self.slopes.get_mut(l) else {
                layer.rows(rows).for_each(|row| loss.prepare_curvature(&mut self.outputs[l][row]));
                break;
            };
            if let Some(extra) = passes.extras.of(l) {
                extra.write_slopes((passes.activation, passes.isa), layer, rows, slopes);
                self.extras[l].take_normalised(extra, layer, rows);
                continue;
            }
            let values = &mut slopes[all];
            values.copy_from_slice(&passes.outputs[l][all]);
            let (activation, arguments) = (passes.activation, &passes.arguments[l]);
            passes.isa.run(Slopes { activation, arguments, values, stride, columns });
        }
    }

    /// Goes on with the backward pass, where the outputs of the last layer have been replaced by δ.
    pub(crate) fn take_deltas(&mut self, passes: &Passes<F>, params: &[F], rows: usize) {
        let last = passes.layers.len() - 1;
        let all = ..rows * passes.layers[last].stride();
        self.deltas[last][all].copy_from_slice(&passes.outputs[last][all]);
        for l in (1..=last).rev() {
            let (below, deltas) = self.deltas.split_at_mut(l);
            let (e, store) = (&mut below[l - 1], (false, Finish::Store));
            let weights = (params, &passes.transposed[l][..]);
            passes.layers[l].input_gradient(weights, &deltas[0], rows, store, e);
            if let Some(extra) = passes.extras.of(l - 1) {
                let layer = &passes.layers[l - 1];
                let e = &mut e[..rows * layer.stride()];
                pass_errors(&mut self.extras, l, e);
                if let Some(bends) = self.bends.get_mut(l - 1) {
                    extra.write_bends(passes.activation, (layer, rows), e, bends);
                }
                multiply(e, &self.slopes[l - 1]);
                self.extras[l - 1].take_deltas(extra, (params, layer, rows), e);
                continue;
            }
            if let Some(bends) = self.bends.get_mut(l - 1) {
                for i in passes.layers[l - 1].rows(rows).flatten() {
                    let a = self.outputs[l - 1][i];
                    // z, or the activation where the derivatives do not need z.
                    let z = if passes.activation.keeps_argument() { passes.arguments[l - 1][i] } else { a };
                    bends[i] = passes.activation.curvature(z, a) * e[i];
                }
            }
            multiply(e, &self.slopes[l - 1]);
        }
    }

    /// Adds to the `traces` of the samples those of Jᵀ·H·J, with J the derivatives of the logits by the
    /// parameters and H the Hessian of the loss by the logits, column by column of its root. Uses up `along`.
    pub(crate) fn add_traces(
        &self,
        passes: &Passes<F>,
        (loss, params): (Loss, &[F]),
        x: Strided<'_, F>,
        along: &mut Along<F>,
        traces: &mut [F],
    ) {
        let (last, rows) = (passes.layers.len() - 1, traces.len());
        for class in 0..passes.layers[last].outputs {
            for row in passes.layers[last].rows(rows) {
                loss.root(&self.outputs[last][row.clone()], class, &mut along.outputs[last][row]);
            }
            for l in (0..=last).rev() {
                let layer = &passes.layers[l];
                layer.add_gradient_squares(self.inputs_of(&passes.layers, l, x), &along.outputs[l], traces);
                if l > 0 {
                    let (below, delta) = along.outputs.split_at_mut(l);
                    let (e, store) = (&mut below[l - 1], (false, Finish::Store));
                    layer.input_gradient((params, &passes.transposed[l]), &delta[0], rows, store, e);
                    if let Some(extra) = passes.extras.of(l - 1) {
                        let layer = &passes.layers[l - 1];
                        let e = &mut e[..rows * layer.stride()];
                        pass_errors(&mut along.extras, l, e);
                        multiply(e, &self.slopes[l - 1]);
                        add_traces((extra, &self.extras[l - 1]), params, layer, e, traces);
                    } else {
                        multiply(e, &self.slopes[l - 1]);
                    }
                }
            }
        }
    }

    /// The inputs of a layer: the outputs of the one below, or those of the network.
    fn inputs_of<'a>(&'a self, layers: &[Layer], l: usize, x: Strided<'a, F>) -> Strided<'a, F> {
        passes::inputs_of(layers, &self.outputs, l, x)
    }
}

/// The derivatives along a direction v, of one block of rows.
#[derive(Debug, Clone)]
pub(crate) struct Along<F> {
    /// For each layer R{z}.
    arguments: Vec<Aligned<F>>,
    /// For each hidden layer R{a}, later for each layer R{δ}.
    outputs: Vec<Aligned<F>>,
    /// For each layer that is not wide Vᵀ.
    transposed: Vec<Aligned<F>>,
    /// For each hidden layer with extras; none in a plain network.
    extras: Vec<AlongExtra<F>>,
}

impl<F: Real> Along<F> {
    pub(crate) fn new(layers: &[Layer], block: usize) -> Self {
        let buffers =
            || layers.iter().map(|layer| aligned::zeros(block * layer.stride())).collect::<Vec<_>>();
        let transposed = layers.iter().map(Layer::transposed_buffer).collect();
        Self { arguments: buffers(), outputs: buffers(), transposed, extras: Vec::new() }
    }

    /// Makes room for what hidden layers do besides.
    pub(crate) fn make_extras(&mut self, passes: &Passes<F>, block: usize) {
        if self.extras.len() < passes.extras.hidden.len() {
            let extras = passes.extras.hidden.iter().zip(&passes.layers);
            self.extras = extras.map(|(extra, layer)| AlongExtra::new(extra, layer, block)).collect();
        }
    }

    /// Transposes V.
    pub(crate) fn prepare(&mut self, passes: &Passes<F>, v: &[F]) {
        for (layer, transposed) in passes.layers.iter().zip(&mut self.transposed) {
            layer.transpose(v, transposed);
        }
    }

    /// Fills R{z} and R{a} of all layers.
    pub(crate) fn forward(
        &mut self,
        (passes, place): (&Passes<F>, &Place<F>),
        (params, v): (&[F], &[F]),
        x: Strided<'_, F>,
        rows: usize,
    ) {
        for (l, layer) in passes.layers.iter().enumerate() {
            let out = &mut self.arguments[l];
            let below = l.checked_sub(1);
            let x = place.inputs_of(&passes.layers, l, x);
            layer.forward((v, &self.transposed[l]), x, rows, (false, Finish::Store), out);
            if let Some(below) = below {
                let x = Strided::new(&self.outputs[below], passes.layers[below].stride());
                layer.forward((params, &passes.transposed[l]), x, rows, (true, Finish::Store), out);
            }
            if let Some(slopes) = place.slopes.get(l) {
                let all = ..rows * layer.stride();
                if let Some(extra) = passes.extras.of(l) {
                    let extra = (extra, &place.extras[l]);
                    self.extras[l].forward(extra, (params, v), (layer, rows), out);
                }
                let factors = out[all].iter().zip(&slopes[all]);
                vector::for_each(self.outputs[l][all].iter_mut().zip(factors), |(a, (z, slope))| {
                    *a = *slope * *z
                });
                if let Some(below) = below
                    && passes.extras.of(l).is_some_and(|extra| extra.adds_input)
                {
                    let (below, out) = self.outputs[below..].split_at_mut(1);
                    vector::axpy(F::ONE, &below[0][all], &mut out[0][all]);
                }
            }
        }
    }

    /// Replaces R{z} of the last layer by R{δ}. The targets are those of the rows, if they are known.
    pub(crate) fn turn(
        &mut self,
        (passes, place): (&Passes<F>, &Place<F>),
        (loss, targets): (Loss, Option<Targets<'_, F>>),
        rows: usize,
        scale: F,
    ) {
        let last = passes.layers.len() - 1;
        for (sample, row) in passes.layers[last].rows(rows).enumerate() {
            let label = match targets {
                Some(Targets::Classes(labels)) => Some(labels[sample]),
                Some(Targets::Numbers(_)) | None => None,
            };
            let tangent = &mut self.outputs[last][row.clone()];
            tangent.copy_from_slice(&self.arguments[last][row.clone()]);
            loss.hessian_vector(&place.outputs[last][row], label, tangent, scale);
        }
    }

    /// Adds the product's part of `rows` samples to `out` (overwrites it if `first`): that with the `whole`
    /// Hessian, or with the Gauss–Newton matrix.
    pub(crate) fn backward(
        &mut self,
        (passes, place): (&mut Passes<F>, &Place<F>),
        (params, v): (&[F], &[F]),
        x: Strided<'_, F>,
        rows: usize,
        (first, whole): (bool, bool),
        out: &mut [F],
    ) {
        for l in (0..passes.layers.len()).rev() {
            let (layer, narrow) = (&passes.layers[l], &mut passes.narrow[l]);
            let columns = &mut passes.columns[..];
            let mut weight_gradient = |x, delta, how, out: &mut [F]| {
                if layer.is_wide::<F>() {
                    layer.turn_columns(x, rows, columns);
                    layer.weight_gradient_in_shares(columns, delta, (rows, rows), how, out);
                } else {
                    layer.weight_gradient(x, delta, rows, how, (out, &mut *narrow));
                }
            };
            let below = l.checked_sub(1);
            let x = place.inputs_of(&passes.layers, l, x);
            let how = (Start::adding(!first), Finish::Store);
            weight_gradient(x, &self.outputs[l], how, out);
            layer.bias_gradient(&self.outputs[l], rows, how, out);
            let Some(below) = below else { break };
            if whole {
                let x = Strided::new(&self.outputs[below], passes.layers[below].stride());
                weight_gradient(x, &place.deltas[l], (Start::Current, Finish::Store), out);
            }
            self.hand_down((passes, place), (params, v), l, rows, whole);
            if let Some(extra) = passes.extras.of(below) {
                let (extra, layer) = ((extra, &place.extras[below]), &passes.layers[below]);
                let (delta, rdelta) = (whole.then_some(&*place.deltas[below]), &mut self.outputs[below]);
                let out = (first, &mut *out);
                self.extras[below].backward(extra, (params, v), (layer, rows), delta, rdelta, out);
            }
        }
    }

    /// R{δ} of layer l − 1 from that of layer l; of a normalised layer R{δy}.
    fn hand_down(
        &mut self,
        (passes, place): (&Passes<F>, &Place<F>),
        (params, v): (&[F], &[F]),
        l: usize,
        rows: usize,
        whole: bool,
    ) {
        let (layer, store) = (&passes.layers[l], Finish::Store);
        let (below, outputs) = self.outputs.split_at_mut(l);
        let re = &mut below[l - 1];
        layer.input_gradient((params, &passes.transposed[l]), &outputs[0], rows, (false, store), re);
        if whole {
            layer.input_gradient((v, &self.transposed[l]), &place.deltas[l], rows, (true, store), re);
        }
        let all = ..rows * passes.layers[l - 1].stride();
        let re = &mut re[all];
        if passes.extras.of(l - 1).is_some() {
            pass_errors(&mut self.extras, l, re);
        }
        multiply(re, &place.slopes[l - 1][all]);
        if whole && let Some(bends) = place.bends.get(l - 1) {
            let terms = bends[all].iter().zip(&self.arguments[l - 1][all]);
            vector::for_each(re.iter_mut().zip(terms), |(re, (bend, z))| *re += *bend * *z);
        }
    }
}
