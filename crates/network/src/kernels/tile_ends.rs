//! What the sums of a register tile start from, and where they go.

use std::slice::{ChunksExact, ChunksExactMut};

use thalweg_numeric::Real;
use thalweg_numeric::simd::Vectors;

use super::{Finish, Product, Start, Strided};

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

/// The most numbers in a tile: 24 vectors of 512 bits.
const ROOM: usize = 24 * 16;

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
