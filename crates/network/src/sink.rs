//! Where gradients go.

use std::ops::Range;

use thalweg_numeric::{Real, vector};

use crate::kernels::{Finish, Start};

/// What becomes of a sum over the rows of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sum {
    /// It replaces what is there.
    Begins,
    /// It goes on from what is there.
    Continues,
    /// It is added to what is there when it is complete.
    IsAdded,
}

impl Sum {
    /// What a product starts from, and how it comes to its place.
    fn how<'a, F: Real>(self) -> (Start<'a, F>, Finish<F>) {
        match self {
            Self::Begins => (Start::Zero, Finish::Store),
            Self::Continues => (Start::Current, Finish::Store),
            Self::IsAdded => (Start::Zero, Finish::Move(F::ONE)),
        }
    }
}

/// Where the gradient of the parameters goes.
pub(crate) enum Sink<'a, F> {
    /// Into `grad`.
    Gradient { params: &'a [F], grad: &'a mut [F], sum: Sum },
    /// Times `rate`, which is −η, onto the parameters themselves: a step of gradient descent. What is summed
    /// over several shares of the rows goes to `grad` first.
    Step { params: &'a mut [F], rate: F, grad: &'a mut [F] },
}

impl<F: Real> Sink<'_, F> {
    pub(crate) fn params(&self) -> &[F] {
        match self {
            Self::Gradient { params, .. } => params,
            Self::Step { params, .. } => params,
        }
    }

    /// Whether something is there already that counts.
    pub(crate) fn adds(&self) -> bool {
        matches!(self, Self::Gradient { sum: Sum::Continues | Sum::IsAdded, .. })
    }

    /// What a product starts from, and how it comes to its place.
    pub(crate) fn how<'s>(&self) -> (Start<'s, F>, Finish<F>) {
        match self {
            Self::Gradient { sum, .. } => sum.how(),
            Self::Step { rate, .. } => (Start::Zero, Finish::Move(*rate)),
        }
    }

    /// The same for the buffer of a narrow layer: its step is taken when all rows are done.
    pub(crate) fn how_if_narrow<'s>(&self) -> (Start<'s, F>, Finish<F>) {
        match self {
            Self::Gradient { sum, .. } => sum.how(),
            Self::Step { .. } => Sum::Begins.how(),
        }
    }

    /// The same for a share of some rows: what it gives is added to what those before have given, of a step
    /// too, which [`move_by`](Self::move_by) takes then. A share of all rows is no different from them.
    pub(crate) fn of_share(&mut self, share: &Range<usize>, rows: usize) -> Sink<'_, F> {
        let sum = |begins| if share.start == 0 { begins } else { Sum::IsAdded };
        match self {
            Self::Gradient { params, grad, sum: begins } => {
                Sink::Gradient { params, grad, sum: sum(*begins) }
            }
            Self::Step { params, rate, grad } => match share.len() == rows {
                true => Sink::Step { params, rate: *rate, grad },
                false => Sink::Gradient { params, grad, sum: sum(Sum::Begins) },
            },
        }
    }

    /// Takes the step of some parameters by the sums of all shares.
    pub(crate) fn move_by(&mut self, place: Range<usize>) {
        if let Self::Step { params, rate, grad } = self {
            vector::axpy(*rate, &grad[place.clone()], &mut params[place]);
        }
    }

    /// Where it comes to.
    pub(crate) fn place(&mut self) -> &mut [F] {
        match self {
            Self::Gradient { grad, .. } => grad,
            Self::Step { params, .. } => params,
        }
    }
}
