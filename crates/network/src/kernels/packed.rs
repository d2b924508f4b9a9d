//! Products of large matrices, by copies of the right factor that lie as they are read.

use std::cell::RefCell;
use std::ops::Range;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::simd::{Vectors, load_transposed};
use thalweg_numeric::{Either, Real};

use super::tile_ends::{begin, end, whole, write};
use super::tiles::add_multiple;
use super::{Finish, Left, Product, Strided};
use crate::numerics::{Isa, WideKernel, compiled};

/// Bytes of a panel, which comes from the level-2 cache once for each tile: four vectors times 1,024 steps of
/// k.
const PANEL: usize = 256 << 10;

/// Bytes of the sums that wait between two panels: 1,024 rows of four vectors.
const WAITING: usize = 256 << 10;

/// Rows of a tile; of the last ones four or one.
pub(super) const HEIGHT: usize = 6;

/// Rows from which a copy pays: each part of it is read once for every tile.
pub(super) const ROWS: usize = 9;

/// Where the elements of the right factor lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Element (k, column) at `k·stride + column`.
    Rows,
    /// At `column·stride + k`: those of the transpose.
    Turned,
}

/// Computes a product whose left factor is [`Left::Rows`].
///
/// Lines of a wide matrix lie so far apart that they drive each other out of the cache. So a strip of columns
/// is copied to a panel, one step of k behind the other, and all rows add it to their sums. Where the panel
/// does not hold all of k, sums wait in a second buffer for the next one. To the bit what one long sum in
/// registers gives; the same for each `share` steps of k, whose sums are then added. Each thread has its own
/// buffers, from its first product on.
pub(super) fn run<F: Real>(isa: Isa, product: Product<'_, F>, right: Right, share: usize) {
    F::call(Here { isa, right, share }, product);
}

struct Here {
    isa: Isa,
    right: Right,
    share: usize,
}

impl Either for Here {
    type Argument<'a, F: Real> = Product<'a, F>;

    fn single(self, product: Product<'_, f32>) {
        thread_local!(static ROOM: RefCell<Room<f32>> = RefCell::new(Room::new()));
        let Self { isa, right, share } = self;
        ROOM.with_borrow_mut(|room| isa.run(Packed { product, right, share, room }));
    }

    fn double(self, product: Product<'_, f64>) {
        thread_local!(static ROOM: RefCell<Room<f64>> = RefCell::new(Room::new()));
        let Self { isa, right, share } = self;
        ROOM.with_borrow_mut(|room| isa.run(Packed { product, right, share, room }));
    }
}

/// What a thread keeps.
struct Room<F> {
    panel: Aligned<F>,
    waiting: Aligned<F>,
}

impl<F: Real> Room<F> {
    fn new() -> Self {
        Self {
            panel: aligned::zeros(PANEL / size_of::<F>()),
            waiting: aligned::zeros(WAITING / size_of::<F>()),
        }
    }
}

/// A kernel of its own, because in one with the small products the compiler would have too few registers for
/// these.
pub(crate) struct Packed<'a, F> {
    product: Product<'a, F>,
    right: Right,
    /// Steps of k that have a sum of their own.
    share: usize,
    room: &'a mut Room<F>,
}

compiled!(Packed, run_fused_wide_here);

impl<F: Real> WideKernel for Packed<'_, F> {
    fn fills_wide(&self) -> bool {
        self.product.columns.is_multiple_of(F::WIDE_LANES)
    }

    #[inline(always)]
    fn run_wide<M: Vectors, const FUSED: bool>(mut self, machine: M) {
        let mut column = 0;
        while column < self.product.columns {
            let vectors = (self.product.columns - column).div_ceil(F::lanes::<M>());
            column += F::lanes::<M>()
                * if const { M::REGISTERS == 32 } && vectors >= 4 {
                    strip::<F, M, FUSED, 4>(machine, &mut self, column)
                } else if const { M::UNROLLED } && vectors >= 2 {
                    strip::<F, M, FUSED, 2>(machine, &mut self, column)
                } else {
                    strip::<F, M, FUSED, 1>(machine, &mut self, column)
                };
        }
    }
}

/// P vectors of columns, down through all rows. Returns `P`.
#[inline(always)]
fn strip<F: Real, M: Vectors, const FUSED: bool, const P: usize>(
    machine: M,
    Packed { product: p, right, share, room }: &mut Packed<'_, F>,
    column: usize,
) -> usize {
    let width = P * F::lanes::<M>();
    let (panel, waiting) = (&mut room.panel[..], &mut room.waiting[..]);
    let (depth, rows) = ((*share).min(panel.len() / width), waiting.len() / width);
    assert!(*share <= depth || *share >= p.depth, "a share is copied at once");
    for first in (0..p.rows).step_by(rows) {
        for k in (0..p.depth).step_by(depth) {
            let ks = k..p.depth.min(k + depth);
            match right {
                Right::Rows => copy::<F, M, P>(p.right, column, ks.clone(), panel),
                Right::Turned => {
                    let columns = column..p.columns.min(column + width);
                    copy_turned::<F, M, P>(machine, p.right, columns, ks.clone(), panel);
                }
            }
            let (mut row, last, mut waiting) = (first, p.rows.min(first + rows), &mut *waiting);
            let part = Part { panel: &panel[..ks.len() * width], ks, adds: *share < p.depth };
            while row < last {
                // So that few are left over of an odd or small number.
                let height = match last - row {
                    6 | 10.. if const { M::UNROLLED } => HEIGHT,
                    4.. if const { M::UNROLLED } => 4,
                    _ => 1,
                };
                match height {
                    HEIGHT => tile::<F, M, FUSED, HEIGHT, P>(machine, p, &part, (row, column), waiting),
                    4 => tile::<F, M, FUSED, 4, P>(machine, p, &part, (row, column), waiting),
                    _ => tile::<F, M, FUSED, 1, P>(machine, p, &part, (row, column), waiting),
                }
                waiting = &mut waiting[height * width..];
                row += height;
            }
        }
    }
    P
}

/// Some steps of k of a strip.
struct Part<'a, F> {
    /// A line of columns for each.
    panel: &'a [F],
    ks: Range<usize>,
    /// Whether its sums begin from 0 and are added to those of the parts before, rather than continued.
    adds: bool,
}

/// Brings the sums of R rows and P vectors of columns on by a part. In between they wait at the front of
/// `waiting`.
#[inline(always)]
fn tile<F: Real, M: Vectors, const FUSED: bool, const R: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    part: &Part<'_, F>,
    (row, column): (usize, usize),
    waiting: &mut [F],
) {
    let width = P * F::lanes::<M>();
    let mut sums = [[F::splat(machine, F::ZERO); P]; R];
    if part.ks.start == 0 {
        sums = begin::<F, M, true, R, P>(machine, p, row, column);
    } else if !part.adds {
        for r in 0..R {
            sums[r] = whole::<F, M, P>(machine, &waiting[r * width..]);
        }
    }
    let Left::Rows(left, stride) = p.left else { unreachable!("packed products need contiguous rows") };
    let n = part.ks.len();
    let mut rows: [&[F]; R] = [&[]; R];
    let mut rest = &left[row * stride + part.ks.start..];
    for r in 0..R {
        rows[r] = &rest[..n];
        rest = rest.get(stride..).unwrap_or_default();
    }
    for (k, line) in (0..n).zip(part.panel.chunks_exact(width)) {
        let y = whole::<F, M, P>(machine, line);
        for r in 0..R {
            add_multiple::<F, M, FUSED, P>(machine, rows[r][k], &y, &mut sums[r]);
        }
    }
    if part.adds && part.ks.start > 0 {
        for r in 0..R {
            let before = whole::<F, M, P>(machine, &waiting[r * width..]);
            for v in 0..P {
                sums[r][v] = F::plus(machine, before[v], sums[r][v]);
            }
        }
    }
    if part.ks.end < p.depth {
        for r in 0..R {
            write::<F, M, P>(&mut waiting[r * width..], sums[r]);
        }
    } else if matches!(p.finish, Finish::Move(_)) || p.out_stride - column < width {
        end::<F, M, true, R, P>(machine, p, (row, column), sums);
    } else {
        end::<F, M, false, R, P>(machine, p, (row, column), sums);
    }
}

/// Copies P vectors of columns for some k.
#[inline(always)]
fn copy<F: Real, M: Vectors, const P: usize>(
    right: Strided<'_, F>,
    column: usize,
    ks: Range<usize>,
    panel: &mut [F],
) {
    let width = P * F::lanes::<M>();
    for (k, line) in ks.zip(panel.chunks_exact_mut(width)) {
        let values = &right.values[k * right.stride + column..][..width];
        // Vector by vector, since an array of them would go by the stack.
        for v in 0..P {
            F::store::<M>(&mut line[v * F::lanes::<M>()..], F::load::<M>(&values[v * F::lanes::<M>()..]));
        }
    }
}

/// The same from the transpose. What is behind the columns stays as it is.
#[inline(always)]
fn copy_turned<F: Real, M: Vectors, const P: usize>(
    machine: M,
    right: Strided<'_, F>,
    columns: Range<usize>,
    ks: Range<usize>,
    panel: &mut [F],
) {
    match F::lanes::<M>() {
        16 => copy_blocks::<F, M, 16, 8, P>(machine, right, columns, ks, panel),
        8 => copy_blocks::<F, M, 8, 4, P>(machine, right, columns, ks, panel),
        _ => copy_blocks::<F, M, 4, 2, P>(machine, right, columns, ks, panel),
    }
}

/// N is the number of lanes, and H half of it.
#[inline(always)]
fn copy_blocks<F: Real, M: Vectors, const N: usize, const H: usize, const P: usize>(
    machine: M,
    Strided { values, stride }: Strided<'_, F>,
    columns: Range<usize>,
    ks: Range<usize>,
    panel: &mut [F],
) {
    let line = |column: usize| &values[column * stride..][ks.clone()];
    for v in 0..columns.len().div_ceil(N) {
        let (first, place) = (columns.start + v * N, v * N);
        let whole = if columns.end - first >= N { ks.len() - ks.len() % H } else { 0 };
        if whole > 0 {
            let mut lines: [&[[F; H]]; N] = [&[]; N];
            for i in 0..N {
                lines[i] = &line(first + i).as_chunks().0[..whole / H];
            }
            for (block, out) in (0..whole / H).zip(panel.chunks_exact_mut(H * P * N)) {
                let mut here = [&lines[0][block]; N];
                for i in 0..N {
                    here[i] = &lines[i][block];
                }
                let turned = load_transposed::<F, M, N, H>(machine, here);
                for i in 0..H {
                    F::store(&mut out[i * P * N + place..], turned[i]);
                }
            }
        }
        for (i, column) in (first..columns.end.min(first + N)).enumerate() {
            for (k, value) in line(column).iter().enumerate().skip(whole) {
                panel[k * P * N + place + i] = *value;
            }
        }
    }
}
