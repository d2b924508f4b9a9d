//! Exact products of the Hessian and a vector: the R-operator, forward over reverse.
//!
//! Every quantity q of the forward and backward pass gets its derivative R{q} along v, so that R of the gradient is
//! the product:
//!
//! ```text
//! R{z} = R{x}·W + x·V + v_b          R{a} = φ′(z) R{z}
//! e = δ·Wᵀ                           R{e} = R{δ}·Wᵀ + δ·Vᵀ
//! δ' = φ′(z) e                       R{δ'} = φ′(z) R{e} + φ″(z) R{z} e
//! H·v: R{x}ᵀ·δ + xᵀ·R{δ} for a weight, Σ R{δ} for a bias
//! ```
//! B. A. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6 (1994).

use thalweg_numeric::Real;

use crate::kernels::Finish;
use crate::layer::{Layer, Rows};
use crate::passes::Passes;

/// The buffers of one block: what the passes hold, differentiated along v.
#[derive(Debug, Clone)]
pub(crate) struct Tangents<F> {
    /// For each layer R{z}; for the last one replaced by R{δ}.
    arguments: Vec<Vec<F>>,
    /// For each hidden layer R{a}, later R{δ}.
    outputs: Vec<Vec<F>>,
    /// For each hidden layer e, later δ.
    deltas: Vec<Vec<F>>,
    /// For each layer Vᵀ.
    transposed: Vec<Vec<F>>,
    /// Row stride and number of the logits.
    logits_shape: (usize, usize),
}

impl<F: Real> Tangents<F> {
    pub(crate) fn new(layers: &[Layer], block: usize) -> Self {
        let buffers = || layers.iter().map(|layer| vec![F::ZERO; block * layer.stride()]).collect::<Vec<_>>();
        Self {
            arguments: buffers(),
            outputs: buffers(),
            deltas: buffers(),
            transposed: layers.iter().map(Layer::transposed_buffer).collect(),
            logits_shape: layers.last().map_or((0, 0), |last| (last.stride(), last.outputs)),
        }
    }

    /// Transposes V.
    pub(crate) fn prepare(&mut self, passes: &Passes<F>, v: &[F]) {
        for (layer, transposed) in passes.layers.iter().zip(&mut self.transposed) {
            layer.transpose(v, transposed);
        }
    }

    /// Fills R{z} and R{a} of all layers after the forward pass.
    pub(crate) fn forward(&mut self, passes: &Passes<F>, params: &[F], v: &[F], x: Rows<'_, F>, rows: usize) {
        for (l, layer) in passes.layers.iter().enumerate() {
            let out = &mut self.arguments[l];
            let below = l.checked_sub(1);
            let x = below.map_or(x, |below| (&passes.outputs[below], passes.layers[below].stride()));
            layer.forward((v, &self.transposed[l]), x, rows, (false, Finish::Store), out);
            if let Some(below) = below {
                let x = (&*self.outputs[below], passes.layers[below].stride());
                layer.forward((params, &passes.transposed[l]), x, rows, (true, Finish::Store), out);
            }
            if l + 1 == passes.layers.len() {
                break;
            }
            for i in layer.rows(rows).flatten() {
                let (z, a) = (argument(passes, l, i), passes.outputs[l][i]);
                self.outputs[l][i] = passes.activation.slope(z, a) * self.arguments[l][i];
            }
        }
    }

    /// Adds the product's part of `rows` samples to `out` (overwrites it if `first`), where the outputs of the last
    /// layer have been replaced by δ and its tangents by R{δ}.
    pub(crate) fn backward(
        &mut self,
        passes: &mut Passes<F>,
        x: Rows<'_, F>,
        rows: usize,
        first: bool,
        out: &mut [F],
    ) {
        let last = passes.layers.len() - 1;
        self.deltas[last].copy_from_slice(&passes.outputs[last]);
        self.outputs[last].copy_from_slice(&self.arguments[last]);
        for l in (0..=last).rev() {
            let layer = &passes.layers[l];
            let below = l.checked_sub(1);
            let x = below.map_or(x, |below| (&passes.outputs[below], passes.layers[below].stride()));
            layer.weight_gradient(x, &self.outputs[l], rows, !first, out, &mut passes.narrow[l]);
            layer.bias_gradient(&self.outputs[l], rows, !first, out);
            let Some(below) = below else { break };
            let stride = passes.layers[below].stride();
            let (delta, narrow) = (&self.deltas[l], &mut passes.narrow[l]);
            layer.weight_gradient((&self.outputs[below], stride), delta, rows, true, out, narrow);
            self.descend(passes, l, rows);
        }
    }

    /// δ and R{δ} of layer l − 1 from those of layer l.
    fn descend(&mut self, passes: &Passes<F>, l: usize, rows: usize) {
        let (layer, store) = (&passes.layers[l], Finish::Store);
        let (deltas_below, deltas) = self.deltas.split_at_mut(l);
        let (outputs_below, outputs) = self.outputs.split_at_mut(l);
        let (e, re) = (&mut deltas_below[l - 1], &mut outputs_below[l - 1]);
        layer.input_gradient(&passes.transposed[l], &deltas[0], rows, (false, store), e);
        layer.input_gradient(&passes.transposed[l], &outputs[0], rows, (false, store), re);
        layer.input_gradient(&self.transposed[l], &deltas[0], rows, (true, store), re);
        for i in passes.layers[l - 1].rows(rows).flatten() {
            let (z, a) = (argument(passes, l - 1, i), passes.outputs[l - 1][i]);
            let slope = passes.activation.slope(z, a);
            let bend = passes.activation.curvature(z, a) * self.arguments[l - 1][i];
            re[i] = slope * re[i] + bend * e[i];
            e[i] *= slope;
        }
    }

    /// R{logits} of one row.
    pub(crate) fn logits(&mut self, row: usize) -> &mut [F] {
        let last = self.arguments.len() - 1;
        let (stride, outputs) = self.logits_shape;
        &mut self.arguments[last][row * stride..][..outputs]
    }
}

/// z, or the activation where the derivatives do not need z.
fn argument<F: Real>(passes: &Passes<F>, l: usize, i: usize) -> F {
    if passes.activation.keeps_argument() { passes.arguments[l][i] } else { passes.outputs[l][i] }
}
