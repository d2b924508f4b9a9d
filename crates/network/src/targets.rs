//! What the outputs of a network are compared with.

use std::ops::Range;

use ndarray::{ArrayView2, s};

/// What a network should say of each sample of a batch: its class, or numbers.
///
/// Slices of labels and views of numbers turn into it by themselves, so that they can be handed in as they
/// are.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a, F> {
    /// The class of each sample, below the number of outputs: for classifiers.
    Classes(&'a [u32]),
    /// The wanted outputs of each sample, of shape \[rows, outputs\]: for
    /// [`SquaredError`](crate::Loss::SquaredError).
    Numbers(ArrayView2<'a, F>),
}

impl<'a, F> Targets<'a, F> {
    /// The number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(labels) => labels.len(),
            Self::Numbers(numbers) => numbers.nrows(),
        }
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same for a shorter time, which the compiler cannot infer of views.
    pub fn reborrow(&self) -> Targets<'_, F> {
        match self {
            Self::Classes(labels) => Targets::Classes(labels),
            Self::Numbers(numbers) => Targets::Numbers(numbers.view()),
        }
    }

    /// Those of some of the samples.
    pub(crate) fn of(&self, rows: Range<usize>) -> Targets<'_, F> {
        match self {
            Self::Classes(labels) => Targets::Classes(&labels[rows]),
            Self::Numbers(numbers) => Targets::Numbers(numbers.slice(s![rows, ..])),
        }
    }

    /// The classes, where they are needed.
    ///
    /// # Panics
    /// If the targets are numbers.
    pub fn classes(&self) -> &'a [u32] {
        match self {
            Self::Classes(labels) => labels,
            Self::Numbers(_) => panic!("this loss is of classes, and the targets are numbers"),
        }
    }
}

impl<'a, F> From<&'a [u32]> for Targets<'a, F> {
    fn from(labels: &'a [u32]) -> Self {
        Self::Classes(labels)
    }
}

impl<'a, F> From<&'a Vec<u32>> for Targets<'a, F> {
    fn from(labels: &'a Vec<u32>) -> Self {
        Self::Classes(labels)
    }
}

impl<'a, F, const N: usize> From<&'a [u32; N]> for Targets<'a, F> {
    fn from(labels: &'a [u32; N]) -> Self {
        Self::Classes(labels)
    }
}

impl<'a, F> From<ArrayView2<'a, F>> for Targets<'a, F> {
    fn from(numbers: ArrayView2<'a, F>) -> Self {
        Self::Numbers(numbers)
    }
}
