//! Products by register tiles.

use std::iter::Zip;
use std::ops::Range;
use std::slice::{ChunksExact, ChunksExactMut};

use thalweg_numeric::Real;
use thalweg_numeric::simd::Vectors;

use super::{Finish, Left, Product, Start, Strided, multiply_add};
use crate::numerics::{WideKernel, compiled};

/// A product by register tiles: each sum runs over k in sequence.
///
/// A tile is R rows times P vectors of columns. Its R·P sums stay in registers from start to finish: at most
/// 12 of the 16 that AVX2 has (AVX-512 has 32), beside P vectors of the right factor and one element of the
/// left one in every lane.
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
        // Two units of four cycles are busy with eight sums that do not wait for each other. So a remainder
        // is split into tiles of four or five rows where it can be, and less than that takes more columns.
        let rest = match rows % 6 {
            short if rows < 6 => short,
            short @ 1 => short,
            0 => 0,
            5 => 5,
            short => short + 6,
        };
        let fives = match rest {
            5 | 9 => 1,
            10 => 2,
            _ => 0,
        };
        let fours = (rest - 5 * fives) / 4;
        let sixes = 0..rows - rest;
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

/// Rows in tiles of six, five and four, two vectors of columns at a time: these go down through all rows, so
/// that their part of the right factor comes from the level-1 cache.
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
    let [sixes, fives, fours] = rows;
    for column in (0..p.columns).step_by(2 * F::lanes::<M>()) {
        if p.columns - column > F::lanes::<M>() {
            strip::<F, M, FUSED, TURNED, 6, 2>(machine, p, lines, sixes.clone(), column);
            strip::<F, M, FUSED, TURNED, 5, 2>(machine, p, lines, fives.clone(), column);
            strip::<F, M, FUSED, TURNED, 4, 2>(machine, p, lines, fours.clone(), column);
        } else {
            strip::<F, M, FUSED, TURNED, 6, 1>(machine, p, lines, sixes.clone(), column);
            strip::<F, M, FUSED, TURNED, 5, 1>(machine, p, lines, fives.clone(), column);
            strip::<F, M, FUSED, TURNED, 4, 1>(machine, p, lines, fours.clone(), column);
        }
    }
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

/// What the sums of one tile start from.
#[inline(always)]
pub(super) fn begin<F: Real, M: Vectors, const TURNED: bool, const R: usize, const P: usize>(
    machine: M,
    p: &Product<'_, F>,
    row: usize,
    column: usize,
) -> [[F::Vector<M>; P]; R] {
    let mut sums = [[F::splat(machine, F::ZERO); P]; R];
    match p.start {
        Start::Zero => {}
        Start::Row(bias) => sums = [read::<F, M, P>(machine, &bias[column..p.columns]); R],
        Start::Current => {
            let (width, room) = (P * F::lanes::<M>(), p.out_stride - column);
            if room >= width {
                for r in 0..R {
                    sums[r] = whole::<F, M, P>(machine, &p.out[(row + r) * p.out_stride + column..][..room]);
                }
            } else if const { ends_inside::<F, M, TURNED>() } {
                for r in 0..R {
                    sums[r] = read::<F, M, P>(machine, &p.out[(row + r) * p.out_stride + column..][..room]);
                }
            } else {
                let mut old = [F::ZERO; ROOM];
                let lines = Strided::new(&p.out[row * p.out_stride..], p.out_stride);
                copy_lines(lines, column, old[..R * width].chunks_exact_mut(width));
                for r in 0..R {
                    sums[r] = whole::<F, M, P>(machine, &old[r * width..]);
                }
            }
        }
    }
    sums
}

/// Whether the lines of a result may end inside a vector, other than in a test: those of a gradient do, in
/// `TURNED` tiles, but the work space has room for whole vectors, and vectors of 512 bits are taken only
/// where these are full.
const fn ends_inside<F: Real, M: Vectors, const TURNED: bool>() -> bool {
    TURNED && size_of::<F::Vector<M>>() == F::LANES * size_of::<F>()
}

/// The most numbers in a tile: twelve vectors of 512 bits.
const ROOM: usize = 12 * 16;

/// Copies what lies from a column on in the lines of a matrix. Cold, as [`finish_lines`] is.
#[cold]
#[inline(never)]
fn copy_lines<F: Real>(
    Strided { values: lines, stride }: Strided<'_, F>,
    column: usize,
    out: ChunksExactMut<'_, F>,
) {
    for (line, out) in lines.chunks(stride).zip(out) {
        for (out, value) in out.iter_mut().zip(&line[column..]) {
            *out = *value;
        }
    }
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

/// Finishes and stores the sums of one tile.
///
/// How to finish is a constant inside the loops, but each is a copy of them to be compiled, in every tile. So
/// it is one only where it occurs: if `TURNED`, the result is a gradient, stored or moved, and its lines may
/// end inside a vector; else it is in the work space, in whole vectors. All else is left to a loop.
#[inline(always)]
pub(super) fn end<F: Real, M: Vectors, const TURNED: bool, const R: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    at: (usize, usize),
    sums: [[F::Vector<M>; P]; R],
) {
    let whole = p.out_stride - at.1 >= P * F::lanes::<M>();
    match p.finish {
        _ if const { !M::UNROLLED } => store_each::<F, M, R, P>(p, at, sums),
        Finish::Store if whole => store::<F, M, R, P>(machine, p, Finish::Store, at, sums),
        Finish::Rectify if const { !TURNED } && whole => {
            store::<F, M, R, P>(machine, p, Finish::Rectify, at, sums);
        }
        Finish::Mask if const { !TURNED } && whole => store::<F, M, R, P>(machine, p, Finish::Mask, at, sums),
        Finish::Scale if const { !TURNED } && whole => {
            store::<F, M, R, P>(machine, p, Finish::Scale, at, sums);
        }
        Finish::Move(a) if const { TURNED } && whole => {
            store::<F, M, R, P>(machine, p, Finish::Move(a), at, sums);
        }
        Finish::Store if const { ends_inside::<F, M, TURNED>() } => {
            store_some::<F, M, R, P>(machine, p, Finish::Store, at, sums);
        }
        Finish::Move(a) if const { ends_inside::<F, M, TURNED>() } => {
            store_some::<F, M, R, P>(machine, p, Finish::Move(a), at, sums);
        }
        _ => store_each::<F, M, R, P>(p, at, sums),
    }
}

/// Finishes and stores sums in whole vectors, for which there must be room. Apart, so that the loop is short
/// enough to be unrolled: the sums then stay in registers.
#[inline(always)]
fn store<F: Real, M: Vectors, const R: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    finish: Finish<F>,
    (row, column): (usize, usize),
    sums: [[F::Vector<M>; P]; R],
) {
    let mut rest = &mut p.out[row * p.out_stride..];
    for r in 0..R {
        let (line, behind) = rest.split_at_mut(p.out_stride);
        rest = behind;
        let out = &mut line[column..][..P * F::lanes::<M>()];
        for v in 0..P {
            let out = &mut out[v * F::lanes::<M>()..];
            let old = if finish.reads() { F::load(out) } else { sums[r][v] };
            F::store(out, finish.apply::<M>(machine, sums[r][v], old));
        }
    }
}

/// The same as far as there is room.
#[inline(always)]
fn store_some<F: Real, M: Vectors, const R: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    finish: Finish<F>,
    (row, column): (usize, usize),
    sums: [[F::Vector<M>; P]; R],
) {
    let room = p.out_stride - column;
    for r in 0..R {
        let out = &mut p.out[(row + r) * p.out_stride + column..][..room];
        let old = if finish.reads() { read::<F, M, P>(machine, out) } else { sums[r] };
        for v in 0..P {
            let done = finish.apply::<M>(machine, sums[r][v], old[v]);
            F::store_some(machine, out.get_mut(v * F::lanes::<M>()..).unwrap_or_default(), done);
        }
    }
}

/// The same number by number, in little code: for what only a test asks for, or a machine of which no speed
/// is asked.
#[inline(always)]
pub(super) fn store_each<F: Real, M: Vectors, const R: usize, const P: usize>(
    p: &mut Product<'_, F>,
    (row, column): (usize, usize),
    sums: [[F::Vector<M>; P]; R],
) {
    let (width, mut each) = (P * F::lanes::<M>(), [F::ZERO; ROOM]);
    for r in 0..R {
        write::<F, M, P>(&mut each[r * width..], sums[r]);
    }
    let lines = (&mut p.out[row * p.out_stride..], p.out_stride);
    finish_lines(p.finish, lines, column, each[..R * width].chunks_exact(width));
}

/// Finishes sums where the lines of a matrix hold the old numbers from a column on. Cold, so that it takes no
/// register from the loops of a tile.
#[cold]
#[inline(never)]
fn finish_lines<F: Real>(
    finish: Finish<F>,
    (lines, stride): (&mut [F], usize),
    column: usize,
    sums: ChunksExact<'_, F>,
) {
    for (line, sums) in lines.chunks_mut(stride).zip(sums) {
        for (out, sum) in line[column..].iter_mut().zip(sums) {
            *out = finish.apply_to_one(*sum, *out);
        }
    }
}

/// P vectors of a slice that has as many.
#[inline(always)]
pub(super) fn whole<F: Real, M: Vectors, const P: usize>(machine: M, values: &[F]) -> [F::Vector<M>; P] {
    let values = &values[..P * F::lanes::<M>()];
    let mut vectors = [F::splat(machine, F::ZERO); P];
    for v in 0..P {
        vectors[v] = F::load(&values[v * F::lanes::<M>()..]);
    }
    vectors
}

/// P vectors of a slice, or what there is of them and zeros.
#[inline(always)]
fn read<F: Real, M: Vectors, const P: usize>(machine: M, values: &[F]) -> [F::Vector<M>; P] {
    if values.len() >= P * F::lanes::<M>() {
        return whole::<F, M, P>(machine, values);
    }
    let mut vectors = [F::splat(machine, F::ZERO); P];
    for v in 0..P {
        vectors[v] = F::load_some(machine, values.get(v * F::lanes::<M>()..).unwrap_or_default());
    }
    vectors
}

/// Writes P vectors to a slice that has room for them.
#[inline(always)]
pub(super) fn write<F: Real, M: Vectors, const P: usize>(out: &mut [F], vectors: [F::Vector<M>; P]) {
    let out = &mut out[..P * F::lanes::<M>()];
    for v in 0..P {
        F::store::<M>(&mut out[v * F::lanes::<M>()..], vectors[v]);
    }
}
