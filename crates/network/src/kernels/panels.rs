//! Tiles of products whose right factor is too large for the cache.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Vectors;

use super::tile_ends::{begin, end, whole, write};
use super::tiles::{accumulate_range, by_ones};
use super::{Left, Product, Strided};
use crate::numerics::{WideKernel, compiled};

/// Bytes of the right factor from which it is copied to panels: a half of the usual level-2 cache.
const LARGE: usize = 1 << 18;

/// Bytes of a panel: a half of the level-1 cache.
const PANEL: usize = 16 << 10;

/// Bytes of the sums that wait between two panels.
const WAITING: usize = 8 << 10;

/// Rows of a tile.
pub(super) const HEIGHT: usize = 6;

/// Whether panels pay: each is read once for every tile of rows.
pub(super) fn is_large<F>(p: &Product<'_, F>) -> bool {
    p.rows >= 3 * HEIGHT && p.depth * p.right.stride * size_of::<F>() >= LARGE
}

/// A product whose right factor is too large for the cache, for a multiple of six rows.
///
/// Lines of a wide matrix lie so far apart that they drive each other out of the cache. So some steps of k
/// are copied one behind the other, all rows add them to their sums, and these wait in a second buffer for
/// the next steps. To the bit what one long sum in registers gives. A kernel of its own, because in one with
/// the small products the compiler would have too few registers for these.
pub(crate) struct Panels<'a, F>(pub Product<'a, F>);

compiled!(Panels, run_fused_wide_here);

impl<F: Real> WideKernel for Panels<'_, F> {
    fn fills_wide(&self) -> bool {
        self.0.columns.is_multiple_of(F::WIDE_LANES)
    }

    #[inline(always)]
    fn run_wide<M: Vectors, const FUSED: bool>(self, machine: M) {
        if !M::UNROLLED {
            return by_ones::<F, M, FUSED>(machine, self.0);
        }
        let mut p = self.0;
        // As many as in f32, since a length cannot depend on F: half of them are used in f64.
        let (mut panel, mut waiting) = ([F::ZERO; PANEL / 4], [F::ZERO; WAITING / 4]);
        for column in (0..p.columns).step_by(2 * F::lanes::<M>()) {
            if p.columns - column > F::lanes::<M>() {
                strip::<F, M, FUSED, 2>(machine, &mut p, column, (&mut panel, &mut waiting));
            } else {
                strip::<F, M, FUSED, 1>(machine, &mut p, column, (&mut panel, &mut waiting));
            }
        }
    }
}

/// P vectors of columns, down through all rows.
#[inline(always)]
fn strip<F: Real, M: Vectors, const FUSED: bool, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    column: usize,
    (panel, waiting): (&mut [F], &mut [F]),
) {
    let width = P * F::lanes::<M>();
    let bytes = width * size_of::<F>();
    let (depth, rows) = (PANEL / bytes, WAITING / (HEIGHT * bytes) * HEIGHT);
    for first in (0..p.rows).step_by(rows) {
        for k in (0..p.depth).step_by(depth) {
            let ks = k..p.depth.min(k + depth);
            for (k, line) in ks.clone().zip(panel.chunks_exact_mut(width)) {
                write::<F, M, P>(
                    line,
                    whole::<F, M, P>(machine, &p.right.values[k * p.right.stride + column..]),
                );
            }
            let tiles = (first..p.rows.min(first + rows)).step_by(HEIGHT);
            for (row, waiting) in tiles.zip(waiting.chunks_exact_mut(HEIGHT * width)) {
                let mut sums = begin::<F, M, true, HEIGHT, P>(machine, p, row, column);
                if k > 0 {
                    for r in 0..HEIGHT {
                        sums[r] = whole::<F, M, P>(machine, &waiting[r * width..]);
                    }
                }
                let (tile, right) = ((row, ks.clone()), Strided::new(panel, width));
                sums = if let Left::Rows(..) = p.left {
                    accumulate_range::<F, M, FUSED, false, HEIGHT, P>(machine, p.left, right, tile, sums)
                } else {
                    accumulate_range::<F, M, FUSED, true, HEIGHT, P>(machine, p.left, right, tile, sums)
                };
                if ks.end < p.depth {
                    for r in 0..HEIGHT {
                        write::<F, M, P>(&mut waiting[r * width..], sums[r]);
                    }
                } else if let Left::Rows(..) = p.left {
                    end::<F, M, false, HEIGHT, P>(machine, p, (row, column), sums);
                } else {
                    end::<F, M, true, HEIGHT, P>(machine, p, (row, column), sums);
                }
            }
        }
    }
}
