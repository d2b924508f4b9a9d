//! The R-operator through layer normalisation, residual connections and dropout.

use std::ops::Range;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, vector};

use crate::extras::{Extra, add_gradient, gradient_square};
use crate::layer::Layer;
use crate::normalisation::{self, Affine, Normalised, NormalisedAlong};

/// What the passes compute at θ of a hidden layer with extras.
#[derive(Debug, Clone)]
pub(super) struct PlaceExtra<F> {
    /// e, for residual connections; otherwise empty.
    errors: Aligned<F>,
    /// Of a normalised layer x̂, δy and r, which is one number a row; otherwise empty.
    normalised: Aligned<F>,
    deltas: Aligned<F>,
    inverses: Vec<F>,
}

/// The derivatives along a direction of a hidden layer with extras.
#[derive(Debug, Clone)]
pub(super) struct AlongExtra<F> {
    /// R{e}, for residual connections; otherwise empty.
    errors: Aligned<F>,
    /// Of a normalised layer R{x̂}, mean(x̂ ∘ R{z}) of each row, and room for a row; otherwise empty.
    normalised: Aligned<F>,
    correlations: Vec<F>,
    room: Vec<F>,
}

fn lengths<F: Real>(extra: &Extra<F>, layer: &Layer, block: usize) -> (usize, usize, usize) {
    let (rows, all) = if extra.is_normalised() { (block, block * layer.stride()) } else { (0, 0) };
    (if extra.adds_input { block * layer.stride() } else { 0 }, all, rows)
}

impl<F: Real> PlaceExtra<F> {
    pub(super) fn new(extra: &Extra<F>, layer: &Layer, block: usize) -> Self {
        let (of_errors, all, rows) = lengths(extra, layer, block);
        Self {
            errors: aligned::zeros(of_errors),
            normalised: aligned::zeros(all),
            deltas: aligned::zeros(all),
            inverses: vec![F::ZERO; rows],
        }
    }

    /// Takes x̂ and r of the last forward pass.
    pub(super) fn take_normalised(&mut self, extra: &Extra<F>, layer: &Layer, rows: usize) {
        if extra.is_normalised() {
            for (row, place) in layer.rows(rows).enumerate() {
                let at = extra.normalised(row, place.clone());
                self.normalised[place].copy_from_slice(at.values);
                self.inverses[row] = at.inverse;
            }
        }
    }

    /// Replaces δy by δz and keeps what products need.
    pub(super) fn take_deltas(
        &mut self,
        extra: &Extra<F>,
        (params, layer, rows): (&[F], &Layer, usize),
        delta: &mut [F],
    ) {
        if extra.is_normalised() {
            for (row, place) in layer.rows(rows).enumerate() {
                self.deltas[place.clone()].copy_from_slice(&delta[place.clone()]);
                let at = self.at(row, place.clone());
                normalisation::backward(extra.affine(params).gain, at, &mut delta[place]);
            }
        }
    }

    fn at(&self, row: usize, place: Range<usize>) -> Normalised<'_, F> {
        Normalised { values: &self.normalised[place], inverse: self.inverses[row] }
    }
}

/// Adds what comes past layer l to e of the layer below, and keeps e of that one if it is to go on past it.
/// `kept` are those of the hidden layers.
pub(super) fn pass_errors<'a, F: Real, K: Errors<F> + 'a>(kept: &'a mut [K], l: usize, errors: &mut [F]) {
    let (below, above) = kept.split_at_mut(l);
    if let Some(past) = above.first_mut().map(Errors::errors).filter(|past| !past.is_empty()) {
        vector::axpy(F::ONE, &past[..errors.len()], errors);
    }
    let below = below[l - 1].errors();
    if !below.is_empty() {
        below[..errors.len()].copy_from_slice(errors);
    }
}

/// What keeps e, or R{e}.
pub(super) trait Errors<F> {
    /// Empty if there is no residual connection.
    fn errors(&mut self) -> &mut [F];
}

impl<F> Errors<F> for PlaceExtra<F> {
    fn errors(&mut self) -> &mut [F] {
        &mut self.errors
    }
}

impl<F> Errors<F> for AlongExtra<F> {
    fn errors(&mut self) -> &mut [F] {
        &mut self.errors
    }
}

impl<F: Real> AlongExtra<F> {
    pub(super) fn new(extra: &Extra<F>, layer: &Layer, block: usize) -> Self {
        let (of_errors, all, rows) = lengths(extra, layer, block);
        Self {
            errors: aligned::zeros(of_errors),
            normalised: aligned::zeros(all),
            correlations: vec![F::ZERO; rows],
            room: vec![F::ZERO; if rows > 0 { layer.outputs } else { 0 }],
        }
    }

    /// Replaces R{z} by R{y}.
    pub(super) fn forward(
        &mut self,
        (extra, place): (&Extra<F>, &PlaceExtra<F>),
        (params, v): (&[F], &[F]),
        (layer, rows): (&Layer, usize),
        arguments: &mut [F],
    ) {
        if extra.is_normalised() {
            let affines = (extra.affine(params), extra.affine(v));
            for (row, range) in layer.rows(rows).enumerate() {
                let at = place.at(row, range.clone());
                let along = &mut self.normalised[range.clone()];
                self.correlations[row] =
                    normalisation::forward_along(affines, at, &mut arguments[range], along);
            }
        }
    }

    /// Replaces R{δy} by R{δz} and adds the part of γ and β to `out`, or puts it in its place if `first`:
    /// with the `whole` Hessian, or with the Gauss–Newton matrix.
    pub(super) fn backward(
        &mut self,
        (extra, place): (&Extra<F>, &PlaceExtra<F>),
        (params, v): (&[F], &[F]),
        (layer, rows): (&Layer, usize),
        delta_z: Option<&[F]>,
        rdelta: &mut [F],
        (first, out): (bool, &mut [F]),
    ) {
        if !extra.is_normalised() {
            return;
        }
        let out = &mut out[extra.params.clone()];
        if first {
            out.fill(F::ZERO);
        }
        let (gain, v_gain) = (extra.affine(params).gain, extra.affine(v).gain);
        for (row, range) in layer.rows(rows).enumerate() {
            let (at, rdelta) = (place.at(row, range.clone()), &mut rdelta[range.clone()]);
            add_gradient(rdelta, at.values, out);
            let Some(delta_z) = delta_z else {
                normalisation::backward(gain, at, rdelta);
                continue;
            };
            let delta_y = &place.deltas[range.clone()];
            let along = NormalisedAlong {
                values: &self.normalised[range.clone()],
                correlation: self.correlations[row],
            };
            let of_gain = out[..gain.len()].iter_mut().zip(delta_y).zip(along.values);
            vector::for_each(of_gain, |((out, delta), along)| *out += *delta * *along);
            let (gains, deltas) = ((gain, v_gain), (delta_y, &delta_z[range]));
            normalisation::backward_along(gains, (at, along), deltas, rdelta, &mut self.room);
        }
    }
}

/// Replaces δy by δz, and adds to the `traces` of the samples the squared derivatives by γ and β.
pub(super) fn add_traces<F: Real>(
    (extra, place): (&Extra<F>, &PlaceExtra<F>),
    params: &[F],
    layer: &Layer,
    delta: &mut [F],
    traces: &mut [F],
) {
    if extra.is_normalised() {
        let Affine { gain, .. } = extra.affine(params);
        for ((row, range), trace) in layer.rows(traces.len()).enumerate().zip(traces) {
            let (at, delta) = (place.at(row, range.clone()), &mut delta[range]);
            *trace += gradient_square(delta, at.values);
            normalisation::backward(gain, at, delta);
        }
    }
}
