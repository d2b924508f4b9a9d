//! How the rows of a batch are divided: into blocks, which are computed at a time, and of a gradient into
//! shares, which have sums of their own.

use std::ops::Range;

use thalweg_numeric::Real;

use crate::kernels::LARGE;

/// Rows that are computed at a time: the activations of usual layers then stay in the level-2 cache. A
/// multiple of the six rows of a tile.
pub(crate) const BLOCK: usize = 126;

/// The most shares of a batch.
const MOST: usize = 8;

/// The rows of each block.
pub(crate) fn blocks(rows: usize, block: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(block).map(move |start| start..rows.min(start + block))
}

/// How many shares a batch is cut into: a function of its rows alone, so that the bits do not depend on the
/// threads.
#[inline]
pub(crate) fn count(rows: usize) -> usize {
    rows.div_ceil(BLOCK).min(MOST)
}

/// Whether a gradient is so large that shares are better computed by all threads together, layer after layer,
/// than each by one with a gradient and transposed weights of its own.
fn is_wide<F>(dim: usize) -> bool {
    dim * size_of::<F>() >= LARGE
}

/// The most rows that a network computes at a time: a block, or of a wide gradient all shares that are one
/// block each.
pub fn rows_of_block<F>(dim: usize) -> usize {
    if is_wide::<F>(dim) { MOST * BLOCK } else { BLOCK }
}

/// How many gradients of their own the shares of a batch need, for a network without layer normalisation,
/// residual connections and dropout: none of a single share, or of several that are computed together, as
/// one block. With these extras several shares have one each.
pub fn gradients_of_shares<F>(dim: usize, rows: usize) -> usize {
    match count(rows) {
        1 => 0,
        _ if is_wide::<F>(dim) && size(rows) <= BLOCK => 0,
        shares => shares,
    }
}

/// The rows of each share but the last: whole tiles of six.
pub(crate) fn size(rows: usize) -> usize {
    rows.div_ceil(count(rows)).next_multiple_of(6)
}

/// The sum of the losses of all rows, as those of the shares are added.
pub(crate) fn sum<F: Real>(losses: &[F]) -> F {
    let add = |total: F, loss: F| total + loss;
    let of_share = |share: &[F]| share.iter().copied().fold(F::ZERO, add);
    losses.chunks(size(losses.len())).map(of_share).fold(F::ZERO, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_depend_on_the_rows_alone_and_cover_them() {
        assert_eq!([1, 126, 127, 256, 500, 1008, 1009, 8192].map(count), [1, 1, 2, 3, 4, 8, 8, 8]);
    }

    #[test]
    fn shares_of_a_wide_gradient_have_none_of_their_own_unless_they_are_of_several_blocks() {
        let of = |dim| [126, 127, 1008, 1009].map(|rows| gradients_of_shares::<f32>(dim, rows));
        assert_eq!(of(LARGE / 4 - 1), [0, 2, 8, 8]);
        assert_eq!(of(LARGE / 4), [0, 0, 0, 8]);
    }
}
