//! What hidden layers may do besides φ(x·W + b): layer normalisation, residual connections and dropout.
//!
//! ```text
//! y = N(x·W + b) or x·W + b,   a = m ∘ φ(y) + x or without x or m
//! δy = m ∘ φ′(y) ∘ e,   δz by the normalisation,   e of the layer below = δz·Wᵀ, and + e with + x
//! ```
//! e are the derivatives by a. The passes of a network with any of it are in `extra_passes.rs`; those of a
//! plain network, in `passes.rs`, know nothing of it but whether it is there.

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, vector};

use std::ops::Range;

use crate::activation::{Slopes, Values};
use crate::kernels::Strided;
use crate::layer::Layer;
use crate::normalisation::{self, Affine, Normalised};
use crate::numerics::Isa;
use crate::{Activation, Architecture};

/// The extras of all hidden layers.
#[derive(Debug, Clone)]
pub(crate) struct Extras<F> {
    /// Of each hidden layer; none in a plain network that has known no dropout.
    pub hidden: Vec<Extra<F>>,
    /// Whether the passes have them without dropout, too.
    always: bool,
    /// Whether the last forward pass was.
    active: bool,
}

/// The extras of a hidden layer, with their buffers.
#[derive(Debug, Clone)]
pub(crate) struct Extra<F> {
    pub adds_input: bool,
    /// Where γ and then β lie in the parameters; empty without normalisation.
    pub params: Range<usize>,
    /// x̂.
    normalised: Aligned<F>,
    /// r of each row.
    inverses: Vec<F>,
    /// y, if the activation's derivatives need it; otherwise empty.
    arguments: Aligned<F>,
    /// φ(y).
    values: Aligned<F>,
    /// e.
    pub errors: Aligned<F>,
    /// m, if the last forward pass had any.
    factors: Aligned<F>,
    drops: bool,
}

impl<F: Real> Extras<F> {
    pub(crate) fn new(architecture: &Architecture, layers: &[Layer], block: usize) -> Self {
        let always = architecture.is_normalised() || architecture.residual;
        let mut extras = Self { hidden: Vec::new(), always, active: false };
        if always {
            extras.make(layers, block, architecture.activation);
            for ((l, extra), (_, params)) in extras.hidden.iter_mut().enumerate().zip(architecture.places()) {
                extra.adds_input = architecture.adds_input(l);
                extra.normalise(&layers[l], params, block);
            }
        }
        extras
    }

    /// Makes those of a plain network.
    pub(crate) fn make(&mut self, layers: &[Layer], block: usize, activation: Activation) {
        let extra = |layer: &Layer| {
            let zeros = || aligned::zeros(block * layer.stride());
            Extra {
                adds_input: false,
                params: 0..0,
                normalised: aligned::zeros(0),
                inverses: Vec::new(),
                arguments: if activation.keeps_argument() { zeros() } else { aligned::zeros(0) },
                values: zeros(),
                errors: zeros(),
                factors: zeros(),
                drops: false,
            }
        };
        self.hidden = layers[..layers.len() - 1].iter().map(extra).collect();
    }

    /// Begins a forward pass; whether it has extras.
    #[inline]
    pub(crate) fn activate(&mut self, drops: bool) -> bool {
        self.active = self.always || drops;
        self.active
    }

    /// Whether the passes of a network have extras without dropout.
    #[inline]
    pub(crate) fn are_needed(&self) -> bool {
        self.always
    }

    /// Whether a layer is normalised.
    pub(crate) fn normalise(&self) -> bool {
        self.hidden.iter().any(Extra::is_normalised)
    }

    /// Whether the last forward pass was one with extras.
    #[inline]
    pub(crate) fn are_active(&self) -> bool {
        self.active
    }

    /// Those of a hidden layer, if the last forward pass was one with extras.
    #[inline]
    pub(crate) fn of(&self, layer: usize) -> Option<&Extra<F>> {
        if self.active { self.hidden.get(layer) } else { None }
    }
}

impl<F: Real> Extra<F> {
    fn normalise(&mut self, layer: &Layer, params: Range<usize>, block: usize) {
        if !params.is_empty() {
            self.normalised = aligned::zeros(block * layer.stride());
            self.inverses = vec![F::ZERO; block];
            self.params = params;
        }
    }

    pub(crate) fn is_normalised(&self) -> bool {
        !self.params.is_empty()
    }

    /// x̂ and r of a row that lies there.
    pub(crate) fn normalised(&self, row: usize, place: Range<usize>) -> Normalised<'_, F> {
        Normalised { values: &self.normalised[place], inverse: self.inverses[row] }
    }

    /// γ and β.
    pub(crate) fn affine<'a>(&self, params: &'a [F]) -> Affine<'a, F> {
        Affine::of(&params[self.params.clone()])
    }

    /// m ∘ φ′(y) of the rows of the last forward pass.
    pub(crate) fn write_slopes(
        &self,
        (activation, isa): (Activation, Isa),
        layer: &Layer,
        rows: usize,
        out: &mut [F],
    ) {
        let (stride, columns) = (layer.stride(), layer.outputs);
        let values = &mut out[..rows * stride];
        values.copy_from_slice(&self.values[..rows * stride]);
        isa.run(Slopes { activation, arguments: &self.arguments, values: &mut *values, stride, columns });
        self.drop(values);
    }

    /// m ∘ φ″(y) ∘ e of the rows of the last forward pass.
    pub(crate) fn write_bends(
        &self,
        activation: Activation,
        (layer, rows): (&Layer, usize),
        errors: &[F],
        out: &mut [F],
    ) {
        for i in layer.rows(rows).flatten() {
            let value = self.values[i];
            // y, or φ(y) where the derivatives do not need y.
            let argument = if activation.keeps_argument() { self.arguments[i] } else { value };
            out[i] = activation.curvature(argument, value) * errors[i];
        }
        self.drop(&mut out[..rows * layer.stride()]);
    }

    /// Multiplies rows by their m.
    fn drop(&self, values: &mut [F]) {
        if self.drops {
            multiply(values, &self.factors);
        }
    }

    /// Replaces x·W + b by a.
    pub(crate) fn finish(
        &mut self,
        (params, x): (&[F], Strided<'_, F>),
        (activation, isa): (Activation, Isa),
        (layer, rows): (&Layer, usize),
        factors: Option<&[F]>,
        out: &mut [F],
    ) {
        let (stride, columns) = (layer.stride(), layer.outputs);
        let out = &mut out[..rows * stride];
        if self.is_normalised() {
            let affine = self.affine(params);
            for ((place, inverse), out) in
                layer.rows(rows).zip(&mut self.inverses).zip(out.chunks_exact_mut(stride))
            {
                let out = &mut out[..columns];
                *inverse = normalisation::forward(affine, out, &mut self.normalised[place]);
            }
        }
        if activation.keeps_argument() {
            self.arguments[..out.len()].copy_from_slice(out);
        }
        isa.run(Values { activation, values: &mut *out, stride, columns });
        self.values[..out.len()].copy_from_slice(out);
        self.drops = factors.is_some();
        if let Some(factors) = factors {
            self.factors[..out.len()].copy_from_slice(factors);
            self.drop(out);
        }
        if self.adds_input {
            for (row, place) in layer.rows(rows).enumerate() {
                vector::axpy(F::ONE, &x.values[row * x.stride..][..columns], &mut out[place]);
            }
        }
    }
}

/// Adds the derivatives by γ and β of a row, x̂ ∘ δy and δy.
pub(crate) fn add_gradient<F: Real>(delta: &[F], normalised: &[F], grad: &mut [F]) {
    let (gain, bias) = grad.split_at_mut(delta.len());
    vector::for_each(gain.iter_mut().zip(delta).zip(normalised), |((gain, delta), x)| *gain += *delta * *x);
    vector::axpy(F::ONE, delta, bias);
}

/// The squared length of the derivatives by γ and β of a row.
pub(crate) fn gradient_square<F: Real>(delta: &[F], normalised: &[F]) -> F {
    let of_gain = delta.iter().zip(normalised).map(|(delta, x)| (*delta * *x) * (*delta * *x));
    of_gain.fold(vector::dot(delta, delta), |sum, square| sum + square)
}

/// values ← factors ∘ values.
pub(crate) fn multiply<F: Real>(values: &mut [F], factors: &[F]) {
    vector::for_each(values.iter_mut().zip(factors), |(value, factor)| *value *= *factor);
}
