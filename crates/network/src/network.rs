//! A network with its work space: gradients, logits, scores.

mod curvature;
mod gradient_squares;
mod hidden;
mod margins;
mod per_sample;

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};
use thalweg_numeric::{Real, vector};

use crate::division::{self, BLOCK, blocks, gradients_of_shares, rows_of_block};
use crate::loss::{is_first_largest, softmax};
use crate::numerics::Isa;
use crate::passes::Backward;
use crate::shares::{self, Share};
use crate::sink::Sink;
use crate::workspace::{Task, Workspace, add_losses, contiguous};
use crate::{Architecture, ArchitectureError, Dropout, Loss, Numerics, Targets, UnsupportedNumerics};

use self::curvature::Tangents;
pub use self::curvature::{Curvature, GaussNewton};

/// A feed-forward network: what an [`Architecture`] computes, with preallocated work space.
///
/// Parameters are handed in with every call. All methods take any number of rows and compute them in blocks;
/// the result does not depend on `max_rows`, but for the sign of a 0 where many inputs are 0, and for
/// products with the curvature, which are summed by blocks of up to 126 rows. Inputs may have any strides;
/// rows that do not lie one behind the other are copied first. Nothing is allocated after construction,
/// except once for products with the curvature, once for the gradients of batches of more than 126 rows, and
/// once by each thread that computes with a layer of 256 KB or more. Gradients of more than 126 rows are
/// computed in up to eight shares, which depend on the rows alone, so the bits do not depend on the threads.
/// Other threads of a rayon pool, if they are idle, take over shares, or, where the gradient is larger than
/// 256 KB, rows or columns of a product.
///
/// # Panics
/// All methods panic if the parameters have not the length of the architecture's layout, if the inputs have
/// not its number of features, if inputs, targets and results are not of one number of rows, or if the
/// targets are not what the loss compares with: classes below the number of outputs, or a number for each.
#[derive(Debug, Clone)]
pub struct Network<F> {
    space: Workspace<F>,
    architecture: Architecture,
    pub(crate) loss: Loss,
    dim: usize,
    /// For the gradients of large batches, made when the first comes.
    shares: Vec<Share<F>>,
    tangents: Option<Box<Tangents<F>>>,
}

/// Why there is no such network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Its shape.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// Its arithmetic.
    #[error(transparent)]
    Numerics(#[from] UnsupportedNumerics),
}

impl<F: Real> Network<F> {
    /// Allocates the work space for calls with up to `max_rows` rows; more are computed in several blocks.
    ///
    /// # Errors
    /// If the architecture cannot be trained or the CPU does not support the numerics.
    pub fn new(
        architecture: &Architecture,
        numerics: Numerics,
        max_rows: usize,
    ) -> Result<Self, NetworkError> {
        architecture.check()?;
        let (isa, dim) = (Isa::of(numerics)?, architecture.layout().dim());
        let block = rows_of_block::<F>(dim);
        Ok(Self {
            space: Workspace::new(architecture, isa, max_rows.clamp(1, block)),
            architecture: architecture.clone(),
            loss: architecture.loss,
            dim,
            shares: Vec::new(),
            tangents: None,
        })
    }

    /// Number of features of a sample.
    pub fn inputs(&self) -> usize {
        self.space.passes.layers[0].inputs
    }

    /// Number of outputs: of classes, or of numbers.
    pub fn outputs(&self) -> usize {
        let layers = &self.space.passes.layers;
        layers[layers.len() - 1].outputs
    }

    /// Number of parameters.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The mean loss of a batch; NaN if it is empty.
    pub fn loss<'t>(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: impl Into<Targets<'t, F>>,
    ) -> F
    where
        F: 't,
    {
        self.loss_with(params, inputs, targets.into(), None)
    }

    /// The same, perhaps with some units dropped.
    pub(crate) fn loss_with(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: Targets<'_, F>,
        dropout: Option<&Dropout<F>>,
    ) -> F {
        self.check(params, inputs);
        check_rows(inputs, targets.len());
        let mut total = F::ZERO;
        self.space.passes.prepare(params, Backward::None);
        for rows in blocks(targets.len(), self.space.block) {
            self.forward(params, inputs, rows.clone(), dropout);
            let Workspace { passes, losses, .. } = &mut self.space;
            total = add_losses(self.loss, passes, targets.of(rows), F::ONE, losses, total);
        }
        total / count(targets.len())
    }

    /// Writes the gradient of the mean loss of a batch into `grad` and returns the loss. Of more than 126
    /// rows that is summed by shares, and may differ from [`loss`](Self::loss) in its last bits.
    ///
    /// # Panics
    /// Also if the batch is empty or `grad` has not the length of `params`.
    pub fn gradient<'t>(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: impl Into<Targets<'t, F>>,
        grad: &mut [F],
    ) -> F
    where
        F: 't,
    {
        self.gradient_with(params, inputs, targets.into(), None, grad)
    }

    /// The same, perhaps with some units dropped.
    pub(crate) fn gradient_with(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: Targets<'_, F>,
        dropout: Option<&Dropout<F>>,
        grad: &mut [F],
    ) -> F {
        self.check(params, inputs);
        check_rows(inputs, targets.len());
        assert!(!targets.is_empty(), "the gradient of an empty batch is undefined");
        assert_eq!(grad.len(), self.dim, "length of the gradient");
        // By all rows and not those of a block, so that the result does not depend on the block.
        let backward = Backward::of::<F>(targets.len());
        let scale = F::ONE / count(targets.len());
        let task =
            Task { loss: self.loss, params, inputs, targets: targets.reborrow(), backward, scale, dropout };
        let shares = division::count(targets.len());
        if shares == 1 {
            return self.space.gradient(&task, 0..targets.len(), grad) / count(targets.len());
        }
        if self.is_one_block(targets.len()) && dropout.is_none() {
            return self.space.gradient_by_shares(&task, grad) / count(targets.len());
        }
        while self.shares.len() < shares {
            let (isa, block) = (self.space.passes.isa, self.space.block.min(BLOCK));
            self.shares.push(Share::new(Workspace::new(&self.architecture, isa, block), self.dim));
        }
        shares::gradient(&mut self.shares[..shares], &task, grad) / count(targets.len())
    }

    /// Moves the parameters by −`lr` times the gradient of the mean loss of a batch and returns the loss
    /// before; if that is not finite, nothing is moved.
    ///
    /// ```text
    /// θ ← θ − η ∇L(θ)
    /// ```
    /// To the bit what [`gradient`](Self::gradient) and then [`axpy`](thalweg_numeric::vector::axpy) give,
    /// but each sum of the gradient goes from its register onto its parameter. What is left in `grad` has no
    /// meaning. Batches of several blocks, and networks with layer normalisation or residual connections,
    /// take the two steps one after the other.
    ///
    /// # Panics
    /// As [`gradient`](Self::gradient).
    pub fn descend<'t>(
        &mut self,
        lr: F,
        params: &mut [F],
        inputs: ArrayView2<'_, F>,
        targets: impl Into<Targets<'t, F>>,
        grad: &mut [F],
    ) -> F
    where
        F: 't,
    {
        let targets = targets.into();
        let rows = targets.len();
        if !self.is_one_block(rows) {
            let loss = self.gradient(params, inputs, targets, grad);
            if loss.is_finite() {
                vector::axpy(-lr, grad, params);
            }
            return loss;
        }
        self.check(params, inputs);
        check_rows(inputs, rows);
        assert_eq!(grad.len(), self.dim, "length of the gradient");
        let (backward, scale) = (Backward::of::<F>(rows), F::ONE / count(rows));
        let Workspace { passes, inputs: copied, losses, .. } = &mut self.space;
        passes.prepare(params, backward);
        let x = contiguous(passes, inputs, 0..rows, copied);
        passes.forward(params, x, rows, None);
        add_losses(self.loss, passes, targets, scale, losses, F::ZERO);
        let loss = division::sum(&losses[..rows]) / count(rows);
        if loss.is_finite() {
            let mut sink = Sink::Step { params, rate: -lr, grad };
            passes.backward(x, rows, backward, &mut sink);
            if backward != Backward::One {
                passes.collect(&mut sink);
            }
        }
        loss
    }

    /// Writes the logits of each row into `out`, of shape \[rows, outputs\].
    ///
    /// The result of a row does not depend on the other rows, to the bit but for the sign of a 0.
    pub fn logits(&mut self, params: &[F], inputs: ArrayView2<'_, F>, out: ArrayViewMut2<'_, F>) {
        self.each_row(params, inputs, out, |_| {});
    }

    /// Writes the class probabilities softmax(logits) of each row into `out`, of shape \[rows, outputs\].
    pub fn probabilities(&mut self, params: &[F], inputs: ArrayView2<'_, F>, out: ArrayViewMut2<'_, F>) {
        self.each_row(params, inputs, out, softmax);
    }

    /// Writes the loss of each row.
    pub fn losses<'t>(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: impl Into<Targets<'t, F>>,
        losses: &mut [F],
    ) where
        F: 't,
    {
        self.evaluate(params, inputs, targets.into(), losses, |_, _| {});
    }

    /// Writes the loss of each row, and whether its label is the (first) largest logit. A NaN is never
    /// correct.
    pub fn scores(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        labels: &[u32],
        losses: &mut [F],
        correct: &mut [bool],
    ) {
        check_rows(inputs, correct.len());
        self.evaluate(params, inputs, Targets::Classes(labels), losses, |sample, logits| {
            correct[sample] = is_first_largest(logits, labels[sample] as usize);
        });
    }

    /// Writes the loss of each row, and hands on its logits.
    fn evaluate(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        targets: Targets<'_, F>,
        losses: &mut [F],
        mut see: impl FnMut(usize, &[F]),
    ) {
        self.check(params, inputs);
        for length in [targets.len(), losses.len()] {
            check_rows(inputs, length);
        }
        self.space.passes.prepare(params, Backward::None);
        for rows in blocks(targets.len(), self.space.block) {
            self.forward(params, inputs, rows.clone(), None);
            let passes = &mut self.space.passes;
            for (row, sample) in rows.clone().enumerate() {
                see(sample, passes.logits(row));
            }
            let (targets, losses) = (targets.of(rows.clone()), &mut losses[rows]);
            self.loss.gradients(passes.isa, passes.all_logits(), targets, F::ONE, losses);
        }
    }

    fn each_row(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        mut out: ArrayViewMut2<'_, F>,
        change: impl Fn(&mut [F]),
    ) {
        self.check(params, inputs);
        check_rows(inputs, out.nrows());
        assert_eq!(out.ncols(), self.outputs(), "columns of the result");
        self.space.passes.prepare(params, Backward::None);
        let mut lines = out.rows_mut().into_iter();
        for rows in blocks(inputs.nrows(), self.space.block) {
            self.forward(params, inputs, rows.clone(), None);
            for (row, mut line) in (0..rows.len()).zip(&mut lines) {
                let logits = self.space.passes.logits(row);
                change(logits);
                // The steps of a strided row cost as much as its logits.
                if let Some(line) = line.as_slice_mut() {
                    line.iter_mut().zip(&*logits).for_each(|(out, logit)| *out = *logit);
                } else {
                    line.iter_mut().zip(&*logits).for_each(|(out, logit)| *out = *logit);
                }
            }
        }
    }

    fn forward(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        rows: Range<usize>,
        dropout: Option<&Dropout<F>>,
    ) {
        let x = contiguous(&self.space.passes, inputs, rows.clone(), &mut self.space.inputs);
        let dropped = dropout.map(|dropout| dropout.of(rows.clone()));
        self.space.passes.forward(params, x, rows.len(), dropped);
    }

    /// Whether the gradient of so many rows is computed of all at once: of one share, or of several that need
    /// no gradient of their own.
    fn is_one_block(&self, rows: usize) -> bool {
        (1..=self.space.block).contains(&rows)
            && gradients_of_shares::<F>(self.dim, rows) == 0
            && !self.space.passes.extras.are_needed()
    }

    fn check(&self, params: &[F], inputs: ArrayView2<'_, F>) {
        assert_eq!(params.len(), self.dim, "length of the parameters");
        assert_eq!(inputs.ncols(), self.inputs(), "features of the inputs");
    }
}

fn check_rows<F>(inputs: ArrayView2<'_, F>, rows: usize) {
    assert_eq!(inputs.nrows(), rows, "inputs, targets and results need one number of rows");
}

fn count<F: Real>(n: usize) -> F {
    F::from_f64(n as f64)
}
