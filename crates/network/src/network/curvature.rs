//! The Hessian and the Gauss–Newton matrix at one place: products with vectors, and a trace.

use std::ops::Range;

use ndarray::ArrayView2;
use thalweg_numeric::{Objective, Real};

use super::{BLOCK, Network, Workspace, blocks, check_rows, contiguous, count};
use crate::passes::{Backward, Passes};
use crate::sink::{Sink, Sum};
use crate::tangents::{Along, Place};
use crate::{Dropout, Loss, OnBatch, Targets};

/// The most numbers that are kept of a place, for the layers of all rows: 128 MiB in f64.
const KEPT: usize = 1 << 24;

/// The buffers for products with the curvature.
#[derive(Debug, Clone)]
pub(crate) struct Tangents<F> {
    /// One for each block of rows, or a single one that is filled anew for each.
    places: Vec<Place<F>>,
    along: Along<F>,
}

/// The Hessian of the mean loss of a batch at one place, or its Gauss–Newton matrix.
///
/// ```text
/// H = ∇²L,   G = (1/n) Σᵢ Jᵢᵀ Hᵢ Jᵢ
/// ```
/// Jᵢ are the derivatives of the logits of sample i by the parameters, Hᵢ is the Hessian of its loss by the
/// logits. All losses but the focal one are convex in the logits, so G has no negative eigenvalue; their Hᵢ
/// know no target, so G needs none. Of the focal loss there is no G here, as its Hᵢ have neither of these.
/// G is H without the curvature of the network itself: the two are equal where the logits are
/// linear in the parameters. With the cross-entropy it is the Fisher matrix of the model, too (Martens, *New
/// insights and perspectives on the natural gradient method*, JMLR 21, 2020, section 9).
///
/// What the passes compute at the place is kept for all products, unless these are more than 2²⁴ numbers:
/// then it is computed again for each. The bits are the same.
///
/// B. A. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6 (1994); N. N.
/// Schraudolph, *Fast curvature matrix-vector products for second-order gradient descent*, Neural Computation
/// 14 (2002), sections 3 and 4.
#[derive(Debug)]
pub struct Curvature<'a, F> {
    loss: Loss,
    space: &'a mut Workspace<F>,
    tangents: &'a mut Tangents<F>,
    params: &'a [F],
    inputs: ArrayView2<'a, F>,
    /// Of the Hessian; the Gauss–Newton matrix needs none.
    targets: Option<Targets<'a, F>>,
    dropout: Option<&'a Dropout<F>>,
    kept: bool,
}

impl<F: Real> Network<F> {
    /// The Hessian of the mean loss of a batch at `params`, for many products.
    ///
    /// # Panics
    /// Also if the batch is empty.
    pub fn hessian_at<'a>(
        &'a mut self,
        params: &'a [F],
        inputs: ArrayView2<'a, F>,
        targets: impl Into<Targets<'a, F>>,
    ) -> Curvature<'a, F> {
        let targets = targets.into();
        check_rows(inputs, targets.len());
        self.curvature(params, inputs, Some(targets), None, true)
    }

    /// The Gauss–Newton matrix of the mean loss of a batch at `params`, for many products.
    ///
    /// # Panics
    /// Also if the batch is empty or the loss is not convex; see [`Loss::is_convex`].
    pub fn gauss_newton_at<'a>(&'a mut self, params: &'a [F], inputs: ArrayView2<'a, F>) -> Curvature<'a, F> {
        self.curvature(params, inputs, None, None, true)
    }

    /// Writes the Gauss–Newton matrix of the mean loss of a batch, applied to `v`, into `out`; see
    /// [`Curvature`].
    ///
    /// # Panics
    /// Also if the batch is empty, if the loss is not convex, or if `v` or `out` has not the length of
    /// `params`.
    pub fn gauss_newton_vector(&mut self, params: &[F], inputs: ArrayView2<'_, F>, v: &[F], out: &mut [F]) {
        self.curvature(params, inputs, None, None, false).product(v, out);
    }

    /// Writes the Hessian of the mean loss of a batch, perhaps with some units dropped, applied to `v`, into
    /// `out`.
    pub(crate) fn hessian_vector(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: Targets<'_, F>,
        dropout: Option<&Dropout<F>>,
        v: &[F],
        out: &mut [F],
    ) {
        check_rows(inputs, targets.len());
        self.curvature(params, inputs, Some(targets.reborrow()), dropout, false).product(v, out);
    }

    fn curvature<'a>(
        &'a mut self,
        params: &'a [F],
        inputs: ArrayView2<'a, F>,
        targets: Option<Targets<'a, F>>,
        dropout: Option<&'a Dropout<F>>,
        keep: bool,
    ) -> Curvature<'a, F> {
        self.check(params, inputs);
        let rows = inputs.nrows();
        assert!(rows > 0, "the curvature of an empty batch is undefined");
        assert!(
            targets.is_some() || self.loss.is_convex(),
            "{:?} is not convex and has no Gauss–Newton matrix",
            self.loss
        );
        let (space, loss) = (&mut self.space, self.loss);
        let tangents = self.tangents.get_or_insert_with(|| {
            let along = Along::new(&space.passes.layers, block_of(space));
            Box::new(Tangents { places: Vec::new(), along })
        });
        // Activations, slopes, bends and deltas; and with extras errors, normalised values and their deltas.
        let kinds = if space.passes.extras.hidden.is_empty() { 4 } else { 7 };
        let numbers = kinds * rows * space.passes.layers.iter().map(|layer| layer.stride()).sum::<usize>();
        let kept = keep && numbers <= KEPT;
        let wanted = if kept { rows.div_ceil(block_of(space)) } else { 1 };
        while tangents.places.len() < wanted {
            tangents.places.push(Place::new(&space.passes, block_of(space)));
        }
        if space.passes.has_extras(dropout.map(|dropout| dropout.of(0..rows)).as_ref()) {
            tangents.places.iter_mut().for_each(|place| place.make_extras(&space.passes, block_of(space)));
            tangents.along.make_extras(&space.passes, block_of(space));
        }
        space.passes.prepare(params, Backward::Many);
        let mut curvature = Curvature { loss, space, tangents, params, inputs, targets, dropout, kept };
        if kept {
            for (index, rows) in blocks(inputs.nrows(), block_of(curvature.space)).enumerate() {
                curvature.fill(index, rows);
            }
        }
        curvature
    }
}

/// The rows of a block. A product is summed block by block, so its bits must not depend on whether the work
/// space of a wide network has room for more.
fn block_of<F: Real>(space: &Workspace<F>) -> usize {
    space.block.min(BLOCK)
}

impl<F: Real> Curvature<'_, F> {
    /// Writes the product with `v` into `out`.
    ///
    /// # Panics
    /// If `v` or `out` has not the length of the parameters.
    pub fn product(&mut self, v: &[F], out: &mut [F]) {
        let dim = self.params.len();
        assert_eq!((v.len(), out.len()), (dim, dim), "lengths of the direction and the product");
        self.tangents.along.prepare(&self.space.passes, v);
        let (scale, whole) = (self.scale(), self.targets.is_some());
        for (index, rows) in blocks(self.inputs.nrows(), block_of(self.space)).enumerate() {
            let index = self.at(index, rows.clone());
            let Tangents { places, along } = &mut *self.tangents;
            let Workspace { passes, inputs, .. } = &mut *self.space;
            let (place, first, n) = (&places[index], rows.start == 0, rows.len());
            let x = contiguous(passes, self.inputs, rows.clone(), inputs);
            let targets = self.targets.as_ref().map(|targets| targets.of(rows));
            along.forward((passes, place), (self.params, v), x, n);
            along.turn((passes, place), (self.loss, targets), n, scale);
            along.backward((passes, place), (self.params, v), x, n, (first, whole), out);
        }
        let params = self.params;
        self.space.passes.collect(&mut Sink::Gradient { params, grad: out, sum: Sum::Begins });
    }

    /// The trace, exactly, where that is simple: of G, and of H if the loss is convex and neither the
    /// activation nor a layer normalisation has curvature, as then no second derivative of a logit is on
    /// the diagonal, or no layer is hidden, so that there is none at all. Costs about as much as a gradient
    /// for every two classes.
    ///
    /// ```text
    /// tr G = (1/n) Σᵢ Σ_h ‖Jᵢᵀ h‖²,   Σ_h h hᵀ = Hᵢ
    /// ```
    pub fn exact_trace(&mut self) -> Option<F> {
        let Passes { activation, layers, extras, .. } = &self.space.passes;
        let is_straight = activation.is_straight() && !extras.normalise() || layers.len() == 1;
        if self.targets.is_some() && !(is_straight && self.loss.is_convex()) {
            return None;
        }
        let mut total = F::ZERO;
        for (index, rows) in blocks(self.inputs.nrows(), block_of(self.space)).enumerate() {
            let index = self.at(index, rows.clone());
            let Tangents { places, along } = &mut *self.tangents;
            let Workspace { passes, inputs, losses, .. } = &mut *self.space;
            let traces = &mut losses[..rows.len()];
            traces.fill(F::ZERO);
            let x = contiguous(passes, self.inputs, rows, inputs);
            places[index].add_traces(passes, (self.loss, self.params), x, along, traces);
            total += traces.iter().copied().sum();
        }
        Some(total * self.scale())
    }

    /// 1/n.
    fn scale(&self) -> F {
        F::ONE / count(self.inputs.nrows())
    }

    /// Which place is that of a block of rows: its own, or the only one, filled for it.
    fn at(&mut self, index: usize, rows: Range<usize>) -> usize {
        if self.kept {
            return index;
        }
        self.fill(0, rows);
        0
    }

    fn fill(&mut self, index: usize, rows: Range<usize>) {
        let scale = self.scale();
        let Workspace { passes, inputs, losses, .. } = &mut *self.space;
        let (place, n) = (&mut self.tangents.places[index], rows.len());
        let x = contiguous(passes, self.inputs, rows.clone(), inputs);
        passes.forward(self.params, x, n, self.dropout.map(|dropout| dropout.of(rows.clone())));
        place.take_outputs(passes, self.loss, n);
        if let Some(targets) = self.targets {
            self.loss.gradients(passes.isa, passes.all_logits(), targets.of(rows), scale, &mut losses[..n]);
            place.take_deltas(passes, self.params, n);
        }
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
