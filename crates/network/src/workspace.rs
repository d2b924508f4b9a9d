//! The layers with buffers for a block of rows, and the gradient of one after another.

use std::ops::Range;

use ndarray::{ArrayView2, Axis, s};
use thalweg_numeric::Real;
use thalweg_numeric::aligned::{self, Aligned};

use crate::division::{self, blocks};
use crate::kernels::Strided;
use crate::kernels::padded;
use crate::numerics::Isa;
use crate::passes::{Backward, Passes};
use crate::sink::{Sink, Sum};
use crate::{Architecture, Dropout, Loss, Targets};

/// The layers with the buffers of a block of rows.
#[derive(Debug, Clone)]
pub(crate) struct Workspace<F> {
    pub(crate) passes: Passes<F>,
    /// Rows that the buffers hold.
    pub(crate) block: usize,
    /// A block of inputs, for those that cannot be read where they are.
    pub(crate) inputs: Aligned<F>,
    /// The loss of each row of a block.
    pub(crate) losses: Vec<F>,
}

/// What a gradient is to be taken of.
pub(crate) struct Task<'a, F> {
    pub loss: Loss,
    pub params: &'a [F],
    pub inputs: ArrayView2<'a, F>,
    pub targets: Targets<'a, F>,
    pub backward: Backward,
    /// 1/n.
    pub scale: F,
    /// Which units are dropped, if any are.
    pub dropout: Option<&'a Dropout<F>>,
}

impl<F: Real> Workspace<F> {
    pub(crate) fn new(architecture: &Architecture, isa: Isa, block: usize) -> Self {
        Self {
            passes: Passes::new(architecture, isa, block),
            block,
            inputs: aligned::zeros(block * padded(architecture.inputs)),
            losses: vec![F::ZERO; block],
        }
    }

    /// Writes the part of some rows in the gradient into `grad` and returns the sum of their losses.
    pub(crate) fn gradient(&mut self, task: &Task<'_, F>, rows: Range<usize>, grad: &mut [F]) -> F {
        let mut total = F::ZERO;
        self.passes.prepare(task.params, task.backward);
        for part in blocks(rows.len(), self.block) {
            let sum = if part.start == 0 { Sum::Begins } else { Sum::Continues };
            let rows = rows.start + part.start..rows.start + part.end;
            total = self.gradient_of_block(task, rows, (&mut *grad, sum), total);
        }
        self.collect(task, grad);
        total
    }

    /// The same of all rows in one block, summed by shares: their sums are added in order, to the bits of
    /// shares with a gradient of their own.
    pub(crate) fn gradient_by_shares(&mut self, task: &Task<'_, F>, grad: &mut [F]) -> F {
        let rows = task.targets.len();
        self.passes.prepare(task.params, task.backward);
        self.gradient_of_block(task, 0..rows, (&mut *grad, Sum::Begins), F::ZERO);
        self.collect(task, grad);
        division::sum(&self.losses[..rows])
    }

    /// Brings the part of a block of rows to the gradient, and adds their losses to `total`.
    fn gradient_of_block(
        &mut self,
        task: &Task<'_, F>,
        rows: Range<usize>,
        (grad, sum): (&mut [F], Sum),
        total: F,
    ) -> F {
        let Self { passes, inputs, losses, .. } = self;
        let x = contiguous(passes, task.inputs, rows.clone(), inputs);
        let dropped = task.dropout.map(|dropout| dropout.of(rows.clone()));
        passes.forward(task.params, x, rows.len(), dropped);
        let targets = task.targets.of(rows.clone());
        let total = add_losses(task.loss, passes, targets, task.scale, losses, total);
        let mut sink = Sink::Gradient { params: task.params, grad, sum };
        passes.backward(x, rows.len(), task.backward, &mut sink);
        total
    }

    fn collect(&mut self, task: &Task<'_, F>, grad: &mut [F]) {
        if task.backward != Backward::One {
            self.passes.collect(&mut Sink::Gradient { params: task.params, grad, sum: Sum::Continues });
        }
    }
}

/// Replaces the logits of a block by the gradients of their losses and adds these to `total`, row by row.
pub(crate) fn add_losses<F: Real>(
    loss: Loss,
    passes: &mut Passes<F>,
    targets: Targets<'_, F>,
    scale: F,
    losses: &mut [F],
    total: F,
) -> F {
    let losses = &mut losses[..targets.len()];
    loss.gradients(passes.isa, passes.all_logits(), targets, scale, losses);
    losses.iter().fold(total, |total, loss| total + *loss)
}

/// Some rows of the inputs as a slice: where they are if the kernels can read them there, else copied to
/// `buffer`.
pub(crate) fn contiguous<'a, F: Real>(
    passes: &Passes<F>,
    inputs: ArrayView2<'a, F>,
    rows: Range<usize>,
    buffer: &'a mut [F],
) -> Strided<'a, F> {
    let first = &passes.layers[0];
    // The weight gradient of a narrow layer reads whole tile columns of its inputs, beyond the last feature.
    if !first.is_narrow()
        && let Some(values) = inputs.to_slice()
    {
        return Strided::new(&values[rows.start * first.inputs..rows.end * first.inputs], first.inputs);
    }
    let stride = padded(first.inputs);
    for (row, into) in inputs.slice_move(s![rows, ..]).axis_iter(Axis(0)).zip(buffer.chunks_exact_mut(stride))
    {
        for (into, value) in into.iter_mut().zip(row) {
            *into = *value;
        }
    }
    Strided::new(buffer, stride)
}
