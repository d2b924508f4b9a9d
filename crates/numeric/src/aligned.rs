//! Arrays that begin with a cache line.

use aligned_vec::{AVec, ConstAlign, avec};

use crate::Real;

/// An array that begins at a multiple of 64 bytes, the usual cache line. In a plain `Vec` every second vector
/// of 32 bytes may lie across two lines, and each access to it is two: 1 to 3 % of a training step.
pub type Aligned<F> = AVec<F, ConstAlign<64>>;

/// `length` zeros.
///
/// ```
/// let zeros = thalweg_numeric::aligned::zeros::<f32>(5);
/// assert_eq!(zeros.as_slice(), [0.0; 5]);
/// assert!(zeros.as_ptr().addr().is_multiple_of(64));
/// ```
pub fn zeros<F: Real>(length: usize) -> Aligned<F> {
    avec![[64]| F::ZERO; length]
}

/// A copy.
pub fn copy<F: Real>(values: &[F]) -> Aligned<F> {
    Aligned::from_slice(64, values)
}
