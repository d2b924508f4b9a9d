//! Products by register tiles.

use std::iter::Zip;
use std::ops::Range;
use std::slice::ChunksExact;

use thalweg_numeric::Real;
use thalweg_numeric::simd::Vectors;

use super::tile_ends::{begin, end, whole};
use super::{Left, Product, Strided, multiply_add};
use crate::numerics::{WideKernel, compiled};

/// A product by register tiles: each sum runs over k in sequence.
///
/// A tile is R rows times P vectors of columns. Its R·P sums stay in registers from start to finish: at most
/// 12 of the 16 that AVX2 has and 24 of the 32 of AVX-512, beside P vectors of the right factor and one
/// element of the left one in every lane.
///
/// `TURNED` is whether `left` is [`Left::Columns`]: with a copy for each kind the compiler has registers
/// enough.
pub(crate) struct Tiles<'a, F, const TURNED: bool>(pub Product<'a, F>);

type ByRows<'a, F> = Tiles<'a, F, false>;
type ByColumns<'a, F> = Tiles<'a, F, true>;
compiled!(ByRows, run_wide_here);
compiled!(ByColumns, run_wide_here);

impl<F: Real, const TURNED: bool> WideKernel for Tiles<'_, F, TURNED> {
    fn fills_wide(&self) -> bool {
        self.0.columns.is_multiple_of(F::WIDE_LANES)
    }

    #[inline(always)]
    fn run_wide<M: Vectors, const FUSED: bool>(self, machine: M) {
        if !M::UNROLLED {
            return by_ones::<F, M, FUSED>(machine, self.0);
        }
        let mut p = self.0;
        assert_eq!(TURNED, matches!(p.left, Left::Columns(..)), "kind of the left factor");
        let rows = p.rows;
        let [sixes, fives, fours] = match (M::REGISTERS, FUSED) {
            (32, _) => high_tiles_of_four_vectors(rows),
            (_, true) => high_tiles(rows),
            (_, false) => high_tiles_of_pairs(rows),
        };
        let sixes = 0..6 * sixes;
        let fives = sixes.end..sixes.end + 5 * fives;
        let fours = fives.end..fives.end + 4 * fours;
        let twos = fours.end..rows - rows.saturating_sub(fours.end) % 2;
        let ones = twos.end..rows;
        let lines = &Lines::of::<TURNED>(&p);
        high::<F, M, FUSED, TURNED>(machine, &mut p, lines, [sixes, fives, fours]);
        low::<F, M, FUSED, TURNED, 2, 4>(machine, &mut p, lines, twos);
        low::<F, M, FUSED, TURNED, 1, 8>(machine, &mut p, lines, ones);
    }
}

/// How many tiles of six, five and four rows a number of rows has.
///
/// Two units of four cycles are busy with eight sums that do not wait for each other. So a remainder is split
/// into tiles of four or five rows where it can be, and less than that takes more columns.
#[inline(always)]
fn high_tiles(rows: usize) -> [usize; 3] {
    match (rows / 6, rows % 6) {
        (sixes, 5) => [sixes, 1, 0],
        (sixes, 4) => [sixes, 0, 1],
        (sixes @ 1.., 3) => [sixes - 1, 1, 1],
        (sixes @ 1.., 2) => [sixes - 1, 0, 2],
        (sixes, _) => [sixes, 0, 0],
    }
}

/// The same where a product and its sum are two instructions: what is between them takes a register of its
/// own, so a tile has no more than five rows.
#[inline(always)]
fn high_tiles_of_pairs(rows: usize) -> [usize; 3] {
    let fours = (5 - rows % 5) % 5;
    let fours = if 4 * fours <= rows { fours } else { 0 };
    [0, (rows - 4 * fours) / 5, fours]
}

/// The same with four vectors of columns, of which four rows are enough for both units. An odd number leaves
/// one row.
#[inline(always)]
fn high_tiles_of_four_vectors(rows: usize) -> [usize; 3] {
    let even = rows - rows % 2;
    match (even / 6, even % 6) {
        (sixes, 4) => [sixes, 0, 1],
        (sixes @ 1.., 2) => [sixes - 1, 0, 2],
        (sixes, _) => [sixes, 0, 0],
    }
}

/// The product by tiles of a single vector, for all kernels that go by tiles, where the machine gets nothing
/// unrolled. Not inlined, so that it is compiled once: such a machine needs no instructions that a caller
/// would have to turn on.
#[inline(never)]
pub(super) fn by_ones<F: Real, M: Vectors, const FUSED: bool>(machine: M, mut p: Product<'_, F>) {
    let rows = 0..p.rows;
    let (p, lines) = (&mut p, &Lines::None);
    for column in (0..p.columns).step_by(F::lanes::<M>()) {
        if let Left::Rows(..) = p.left {
            strip::<F, M, FUSED, false, 1, 1>(machine, p, lines, rows.clone(), column);
        } else {
            strip::<F, M, FUSED, true, 1, 1>(machine, p, lines, rows.clone(), column);
        }
    }
}

/// The lines of the factors, one for each k: none if one of them has not so many whole ones. Walked along,
/// they cost fewer instructions than places computed for each k.
enum Lines<'a, F> {
    /// Of the right factor, with k.
    Right(Zip<Range<usize>, ChunksExact<'a, F>>),
    /// Of the left and the right one.
    Both(Zip<ChunksExact<'a, F>, ChunksExact<'a, F>>),
    None,
}

impl<'a, F: Real> Lines<'a, F> {
    #[inline(always)]
    fn of<const TURNED: bool>(p: &Product<'a, F>) -> Self {
        let lines = |Strided { values, stride }: Strided<'a, F>| {
            let lines = values.get(..p.depth * stride)?;
            (stride > 0).then(|| lines.chunks_exact(stride))
        };
        match (p.left, lines(p.right)) {
            (Left::Rows(..), Some(right)) if !TURNED => Self::Right((0..p.depth).zip(right)),
            (Left::Columns(left, stride), Some(right)) if TURNED => {
                lines(Strided::new(left, stride)).map_or(Self::None, |left| Self::Both(left.zip(right)))
            }
            _ => Self::None,
        }
    }
}

/// Rows in tiles of six, five and four, two or four vectors of columns at a time: these go down through all
/// rows, so that their part of the right factor comes from the level-1 cache.
#[inline(always)]
fn high<F: Real, M: Vectors, const FUSED: bool, const TURNED: bool>(
    machine: M,
    p: &mut Product<'_, F>,
    lines: &Lines<'_, F>,
    rows: [Range<usize>; 3],
) {
    if rows.iter().all(Range::is_empty) {
        return;
    }
    let mut column = 0;
    while column < p.columns {
        let vectors = (p.columns - column).div_ceil(F::lanes::<M>());
        column += F::lanes::<M>()
            * if const { M::REGISTERS == 32 } && vectors >= 4 {
                heights::<F, M, FUSED, TURNED, 4>(machine, p, lines, &rows, column)
            } else if vectors >= 2 {
                heights::<F, M, FUSED, TURNED, 2>(machine, p, lines, &rows, column)
            } else {
                heights::<F, M, FUSED, TURNED, 1>(machine, p, lines, &rows, column)
            };
    }
}

/// P vectors of columns, down through all rows in tiles of six, five and four, as far as the machine has
/// these. Returns `P`.
#[inline(always)]
fn heights<F: Real, M: Vectors, const FUSED: bool, const TURNED: bool, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    lines: &Lines<'_, F>,
    [sixes, fives, fours]: &[Range<usize>; 3],
    column: usize,
) -> usize {
    if const { FUSED || M::REGISTERS == 32 } {
        strip::<F, M, FUSED, TURNED, 6, P>(machine, p, lines, sixes.clone(), column);
    }
    if const { M::REGISTERS == 16 } {
        strip::<F, M, FUSED, TURNED, 5, P>(machine, p, lines, fives.clone(), column);
    }
    strip::<F, M, FUSED, TURNED, 4, P>(machine, p, lines, fours.clone(), column)
}

/// Rows in tiles of R, of as many vectors of columns as there are, up to P.
#[inline(always)]
fn low<F: Real, M: Vectors, const FUSED: bool, const TURNED: bool, const R: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    lines: &Lines<'_, F>,
    rows: Range<usize>,
) {
    if rows.is_empty() {
        return;
    }
    let mut column = 0;
    while column < p.columns {
        let vectors = (p.columns - column).div_ceil(F::lanes::<M>());
        column += F::lanes::<M>()
            * if vectors >= P {
                strip::<F, M, FUSED, TURNED, R, P>(machine, p, lines, rows.clone(), column)
            } else if P > 4 && vectors >= 4 {
                strip::<F, M, FUSED, TURNED, R, 4>(machine, p, lines, rows.clone(), column)
            } else if vectors >= 2 {
                strip::<F, M, FUSED, TURNED, R, 2>(machine, p, lines, rows.clone(), column)
            } else {
                strip::<F, M, FUSED, TURNED, R, 1>(machine, p, lines, rows.clone(), column)
            };
    }
}

/// P vectors of columns, down through all rows. Returns `P`.
#[inline(always)]
fn strip<F: Real, M: Vectors, const FUSED: bool, const TURNED: bool, const R: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    lines: &Lines<'_, F>,
    rows: Range<usize>,
    column: usize,
) -> usize {
    for row in rows.step_by(R) {
        let start = begin::<F, M, TURNED, R, P>(machine, p, row, column);
        let sums = accumulate::<F, M, FUSED, TURNED, R, P>(machine, p, lines, (row, column), start);
        end::<F, M, TURNED, R, P>(machine, p, (row, column), sums);
    }
    P
}

/// Adds left·right over all k to the sums of R rows.
#[inline(always)]
fn accumulate<F: Real, M: Vectors, const FUSED: bool, const TURNED: bool, const R: usize, const P: usize>(
    machine: M,
    p: &Product<'_, F>,
    lines: &Lines<'_, F>,
    (row, column): (usize, usize),
    start: [[F::Vector<M>; P]; R],
) -> [[F::Vector<M>; P]; R] {
    let Strided { values: right, stride } = p.right;
    // What is taken of each line is then checked once for all.
    let inside = column + P * F::lanes::<M>() <= stride;
    let mut sums = start;
    match (p.left, lines) {
        (Left::Rows(left, left_stride), Lines::Right(lines)) if const { !TURNED } && inside => {
            let mut rows: [&[F]; R] = [&[]; R];
            let mut rest = &left[row * left_stride..];
            for r in 0..R {
                rows[r] = &rest[..lines.len()];
                rest = rest.get(left_stride..).unwrap_or_default();
            }
            for (k, line) in lines.clone() {
                let y = whole::<F, M, P>(machine, &line[column..]);
                for r in 0..R {
                    add_multiple::<F, M, FUSED, P>(machine, rows[r][k], &y, &mut sums[r]);
                }
            }
            sums
        }
        (Left::Columns(_, left_stride), Lines::Both(lines))
            if const { TURNED } && inside && row + R <= left_stride =>
        {
            for (x, line) in lines.clone() {
                let y = whole::<F, M, P>(machine, &line[column..]);
                let x: &[F; R] = x[row..].first_chunk().expect("R rows are left");
                for r in 0..R {
                    add_multiple::<F, M, FUSED, P>(machine, x[r], &y, &mut sums[r]);
                }
            }
            sums
        }
        _ => accumulate_range::<F, M, FUSED, TURNED, R, P>(
            machine,
            p.left,
            Strided::new(right.get(column..).unwrap_or_default(), stride),
            (row, 0..p.depth),
            sums,
        ),
    }
}

/// Adds left·right over a range of k to the sums of R rows. `right` begins with the P vectors of the first k.
#[inline(always)]
pub(super) fn accumulate_range<
    F: Real,
    M: Vectors,
    const FUSED: bool,
    const TURNED: bool,
    const R: usize,
    const P: usize,
>(
    machine: M,
    left: Left<'_, F>,
    Strided { values: mut right, stride: right_stride }: Strided<'_, F>,
    (row, ks): (usize, Range<usize>),
    start: [[F::Vector<M>; P]; R],
) -> [[F::Vector<M>; P]; R] {
    let mut sums = start;
    match left {
        Left::Rows(left, stride) if const { !TURNED } => {
            let mut rows: [&[F]; R] = [&[]; R];
            let mut rest = &left[row * stride + ks.start..];
            for r in 0..R {
                rows[r] = &rest[..ks.len()];
                rest = rest.get(stride..).unwrap_or_default();
            }
            for k in 0..ks.len() {
                let y = whole::<F, M, P>(machine, right);
                for r in 0..R {
                    add_multiple::<F, M, FUSED, P>(machine, rows[r][k], &y, &mut sums[r]);
                }
                right = right.get(right_stride..).unwrap_or_default();
            }
        }
        Left::Columns(left, stride) if const { TURNED } => {
            let mut left = left.get(ks.start * stride + row..).unwrap_or_default();
            for _ in ks {
                let y = whole::<F, M, P>(machine, right);
                let x: &[F; R] = left.first_chunk().expect("R rows are left");
                for r in 0..R {
                    add_multiple::<F, M, FUSED, P>(machine, x[r], &y, &mut sums[r]);
                }
                right = right.get(right_stride..).unwrap_or_default();
                left = left.get(stride..).unwrap_or_default();
            }
        }
        _ => unreachable!("the left factor is of the other kind"),
    }
    sums
}

/// sums ← sums + x·y.
#[inline(always)]
pub(super) fn add_multiple<F: Real, M: Vectors, const FUSED: bool, const P: usize>(
    machine: M,
    x: F,
    y: &[F::Vector<M>; P],
    sums: &mut [F::Vector<M>; P],
) {
    let x = F::splat(machine, x);
    for v in 0..P {
        sums[v] = multiply_add::<F, M, FUSED>(machine, x, y[v], sums[v]);
    }
}
