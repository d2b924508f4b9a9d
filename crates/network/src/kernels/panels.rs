//! Tiles of products whose right factor is too large for the cache.

use std::ops::Range;

use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use super::Product;
use super::tiles::{accumulate, begin, end, whole, write};

/// Bytes of the right factor from which it is copied to panels: a half of the usual level-2 cache.
const LARGE: usize = 1 << 18;

/// Steps of k and bytes of a row of a panel: together 16 KiB, a half of the level-1 cache.
const DEPTH: usize = 256;
const ROW: usize = 64;

/// Rows whose sums wait between two panels, in 8 KiB: a multiple of the rows of a tile.
const ROWS: usize = 120;

/// Whether panels pay: each is read once for every tile of rows.
#[inline(always)]
pub(super) fn is_large<F>(p: &Product<'_, F>, rows: usize) -> bool {
    rows >= 18 && p.depth * p.right.1 * size_of::<F>() >= LARGE
}

/// P vectors of columns, down through all rows, R at a time. Returns `P`.
///
/// Lines of a wide matrix lie so far apart that they drive each other out of the cache. So some steps of k are copied
/// one behind the other, all rows add them to their sums, and these wait in a second buffer for the next steps.
/// To the bit what one long sum in registers gives.
#[inline(always)]
pub(super) fn large_strip<F: Real, M: Machine, const FUSED: bool, const R: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    rows: Range<usize>,
    column: usize,
) -> usize {
    let mut panel = [F::ZERO; DEPTH * ROW / 4];
    let mut waiting = [F::ZERO; ROWS * ROW / 4];
    let width = P * F::LANES;
    for first in rows.clone().step_by(ROWS) {
        for k in (0..p.depth).step_by(DEPTH) {
            let ks = k..p.depth.min(k + DEPTH);
            for (k, line) in ks.clone().zip(panel.chunks_exact_mut(width)) {
                write::<F, M, P>(
                    machine,
                    line,
                    whole::<F, M, P>(machine, &p.right.0[k * p.right.1 + column..]),
                );
            }
            let tiles = (first..rows.end.min(first + ROWS)).step_by(R);
            for (row, waiting) in tiles.zip(waiting.chunks_exact_mut(R * width)) {
                let mut sums = begin::<F, M, R, P>(machine, p, row, column);
                if k > 0 {
                    for r in 0..R {
                        sums[r] = whole::<F, M, P>(machine, &waiting[r * width..]);
                    }
                }
                let tile = (row, ks.clone());
                sums = accumulate::<F, M, FUSED, R, P>(machine, p.left, (&panel, width), tile, sums);
                if ks.end < p.depth {
                    for r in 0..R {
                        write::<F, M, P>(machine, &mut waiting[r * width..], sums[r]);
                    }
                } else {
                    end::<F, M, R, P>(machine, p, (row, column), sums);
                }
            }
        }
    }
    P
}
