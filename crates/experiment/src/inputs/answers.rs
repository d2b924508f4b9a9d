//! What the outputs of a network are compared with, in the float of a run.

use std::ops::Range;

use ndarray::{Array2, s};
use thalweg_datasets::Dataset;
use thalweg_network::Targets;
use thalweg_numeric::Real;

/// What is to be learned of each sample: its class, or some numbers.
#[derive(Debug, Clone)]
pub(crate) enum Answers<F> {
    Classes(Vec<u32>),
    /// One row a sample.
    Numbers(Array2<F>),
}

impl<F: Real> Answers<F> {
    pub(crate) fn of(data: &Dataset) -> Self {
        match &data.numbers {
            None => Self::Classes(data.labels.clone()),
            Some(numbers) => Self::Numbers(numbers.mapv(F::from_f64)),
        }
    }

    /// Room for those of as many samples.
    pub(crate) fn room(&self, samples: usize) -> Self {
        match self {
            Self::Classes(_) => Self::Classes(vec![0; samples]),
            Self::Numbers(all) => Self::Numbers(Array2::from_elem((samples, all.ncols()), F::ZERO)),
        }
    }

    /// Copies those of the samples `indices` together.
    pub(crate) fn gather(&self, indices: &[u32], into: &mut Self) {
        match (self, into) {
            (Self::Classes(all), Self::Classes(into)) => {
                for (label, index) in into.iter_mut().zip(indices) {
                    *label = all[*index as usize];
                }
            }
            (Self::Numbers(all), Self::Numbers(into)) => {
                for (mut row, index) in into.rows_mut().into_iter().zip(indices) {
                    row.assign(&all.row(*index as usize));
                }
            }
            _ => unreachable!("there is room for what there is"),
        }
    }

    /// Those of some samples.
    pub(crate) fn targets(&self, rows: Range<usize>) -> Targets<'_, F> {
        match self {
            Self::Classes(labels) => Targets::Classes(&labels[rows]),
            Self::Numbers(numbers) => Targets::Numbers(numbers.slice(s![rows, ..])),
        }
    }
}
