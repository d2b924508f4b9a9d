//! The inputs of a dataset in the float of a run.

use ndarray::{Array2, ArrayView2, s};
use thalweg_datasets::Features;
use thalweg_numeric::Real;

/// Rows that are evaluated at once: enough to amortise the call, few enough to stay in the cache.
pub(crate) const BLOCK: usize = 256;

/// Numbers are converted once. Bytes stay shared between runs and are widened row by row, where they are
/// needed.
pub(crate) enum Rows<F> {
    Numbers(Array2<F>),
    Bytes(Features),
}

impl<F: Real> Rows<F> {
    pub(crate) fn new(features: &Features) -> Self {
        match features {
            Features::Numbers(_) => Self::Numbers(features.to_array()),
            Features::Bytes(_) => Self::Bytes(features.clone()),
        }
    }

    /// Copies the rows `indices` together.
    pub(crate) fn gather(&self, indices: &[u32], into: &mut Array2<F>) {
        let n_features = into.ncols();
        let into = into.as_slice_mut().expect("made in standard order");
        match self {
            Self::Numbers(numbers) => {
                let source = numbers.as_slice().expect("made in standard order");
                if n_features == 2 {
                    // The usual number of a toy; of a constant length a copy needs no call.
                    let (points, into) = (source.as_chunks::<2>().0, into.as_chunks_mut::<2>().0);
                    for (row, index) in into.iter_mut().zip(indices) {
                        *row = points[*index as usize];
                    }
                    return;
                }
                for (row, index) in into.chunks_exact_mut(n_features).zip(indices) {
                    row.copy_from_slice(&source[*index as usize * n_features..][..n_features]);
                }
            }
            Self::Bytes(bytes) => bytes.copy_rows(indices, into),
        }
    }

    /// Hands on all rows in their order, some at a time: the number of the first, and the rows.
    pub(crate) fn blocks(&self, mut each: impl FnMut(usize, ArrayView2<'_, F>)) {
        match self {
            Self::Numbers(numbers) => each(0, numbers.view()),
            Self::Bytes(bytes) => {
                let (n_samples, n_features) = bytes.dim();
                let mut buffer = Array2::from_elem((BLOCK.min(n_samples), n_features), F::ZERO);
                for start in (0..n_samples).step_by(BLOCK) {
                    let end = n_samples.min(start + BLOCK);
                    let indices: Vec<u32> = (start as u32..end as u32).collect();
                    self.gather(&indices, &mut buffer);
                    each(start, buffer.slice(s![..end - start, ..]));
                }
            }
        }
    }
}
