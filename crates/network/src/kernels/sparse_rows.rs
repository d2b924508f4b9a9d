//! Products whose left factor has rows with many zeros.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use super::sparse::{BLOCK, all_finite};
use super::tile_ends::{begin, end, whole};
use super::tiles::add_multiple;
use super::{LANES, Left, Product};
use crate::numerics::{Kernel, compiled};

/// Rows of a tile: enough for sums that do not wait for each other, eight with ten classes, and few enough to
/// have zeros in common.
const ROWS: usize = 4;

/// A product of few columns without the steps of k where a whole tile of `left` is 0, as the edges of images
/// are: 0·wₖ adds nothing, if all wₖ are finite.
///
/// Each sum runs over the other k in sequence. To the bit what [`Tiles`](super::Tiles) computes, but for the
/// sign of a 0. `left` must be [`Left::Rows`].
pub(crate) struct SparseRows<'a, F>(pub Product<'a, F>);

compiled!(SparseRows);

impl<F: Real> Kernel for SparseRows<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        let p = self.0;
        match p.columns.div_ceil(F::LANES) {
            1 => every_row::<F, M, FUSED, 1>(machine, p),
            2 => every_row::<F, M, FUSED, 2>(machine, p),
            // Only in f64.
            3 if const { 3 * F::LANES <= LANES } => every_row::<F, M, FUSED, 3>(machine, p),
            vectors => unreachable!("{vectors} vectors of columns are too many"),
        }
    }
}

#[inline(always)]
fn every_row<F: Real, M: Machine, const FUSED: bool, const P: usize>(machine: M, mut p: Product<'_, F>) {
    let skip = all_finite::<F, M>(machine, &p.right.values[..p.depth * p.right.stride]);
    let whole = p.rows - p.rows % ROWS;
    for row in (0..whole).step_by(ROWS) {
        tile::<F, M, FUSED, ROWS, P>(machine, &mut p, row, skip);
    }
    for row in whole..p.rows {
        tile::<F, M, FUSED, 1, P>(machine, &mut p, row, skip);
    }
}

/// R rows.
#[inline(always)]
fn tile<F: Real, M: Machine, const FUSED: bool, const R: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    row: usize,
    skip: bool,
) {
    let Left::Rows(left, stride) = p.left else { unreachable!("zeros are looked for in contiguous rows") };
    let mut sums = begin::<F, M, false, R, P>(machine, p, row, 0);
    let (mut blocks, mut behind): ([&[[F; BLOCK]]; R], _) = ([&[]; R], [[F::ZERO; BLOCK]; R]);
    for r in 0..R {
        let (whole, rest) = left[(row + r) * stride..][..p.depth].as_chunks();
        blocks[r] = whole;
        behind[r][..rest.len()].copy_from_slice(rest);
    }
    for b in 0..p.depth.div_ceil(BLOCK) {
        let mut x = [&behind[0]; R];
        for r in 0..R {
            x[r] = blocks[r].get(b).unwrap_or(&behind[r]);
        }
        let length = BLOCK.min(p.depth - b * BLOCK);
        let mut active = if skip { active(machine, x) } else { !0 >> (BLOCK - length) };
        let y = &p.right.values[b * BLOCK * p.right.stride..];
        while active != 0 {
            let k = active.trailing_zeros() as usize;
            active &= active - 1;
            let y = whole::<F, M, P>(machine, &y[k * p.right.stride..]);
            for r in 0..R {
                add_multiple::<F, M, FUSED, P>(machine, x[r][k], &y, &mut sums[r]);
            }
        }
    }
    end::<F, M, false, R, P>(machine, p, (row, 0), sums);
}

/// A bit for each column in which not all rows are 0.
#[inline(always)]
fn active<F: Real, M: Machine, const R: usize>(machine: M, rows: [&[F; BLOCK]; R]) -> u64 {
    let mut mask = 0;
    for column in (0..BLOCK).step_by(F::LANES) {
        let mut all = F::load(&rows[0][column..]);
        for r in 1..R {
            all = F::or(machine, all, F::load(&rows[r][column..]));
        }
        mask |= u64::from(F::not_zero(machine, all)) << column;
    }
    mask
}
