//! The sum of a few outer products.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Vectors;

use super::dots::lines;
use super::tile_ends::whole;
use super::tiles::{add_multiple, by_ones};
use super::{Finish, Left, Product, Start, Strided, turned};
use crate::numerics::{WideKernel, compiled};

/// Rows of the result whose sums take turns, so that none waits long for its last addition.
const ROWS: usize = 5;

/// out ← finish((X, 1)ᵀ·Δ): the gradient of a layer's weight and bias for 2 to [`MOST`](turned::MOST)
/// samples. To the bit what [`Tiles`](super::Tiles) computes, and faster where the result stays in the
/// level-1 cache.
///
/// A vector of columns of Δ stays in registers, one for each sample, down through all rows of the result; two
/// vectors where there are 32 registers.
pub(crate) struct OuterSum<'a, F> {
    pub samples: usize,
    /// (X, 1)ᵀ: element (sample, i) is at `i·stride(samples) + sample`, with [`turned::stride`]. As many rows
    /// as the result.
    pub left: &'a [F],
    /// Δ and its row stride: whole vectors, the last ones with numbers of no meaning behind `columns`.
    pub deltas: Strided<'a, F>,
    pub columns: usize,
    /// [`Finish::Store`] or [`Finish::Move`].
    pub finish: Finish<F>,
    /// Without room between its rows.
    pub out: &'a mut [F],
}

compiled!(OuterSum, run_fused_wide_here);

impl<F: Real> WideKernel for OuterSum<'_, F> {
    fn fills_wide(&self) -> bool {
        self.columns.is_multiple_of(F::WIDE_LANES)
    }

    #[inline(always)]
    fn run_wide<M: Vectors, const FUSED: bool>(self, machine: M) {
        if !M::UNROLLED {
            return by_ones::<F, M, FUSED>(machine, self.product());
        }
        // Without the strides that a float never has.
        match self.samples {
            2 if const { F::LANES == 4 } => columns::<F, M, FUSED, 2, 4>(machine, self),
            3 if const { F::LANES == 4 } => columns::<F, M, FUSED, 3, 4>(machine, self),
            4 if const { F::LANES == 4 } => columns::<F, M, FUSED, 4, 4>(machine, self),
            2 if const { F::LANES == 8 } => columns::<F, M, FUSED, 2, 8>(machine, self),
            3 if const { F::LANES == 8 } => columns::<F, M, FUSED, 3, 8>(machine, self),
            4 if const { F::LANES == 8 } => columns::<F, M, FUSED, 4, 8>(machine, self),
            5 => columns::<F, M, FUSED, 5, 8>(machine, self),
            6 => columns::<F, M, FUSED, 6, 8>(machine, self),
            7 => columns::<F, M, FUSED, 7, 8>(machine, self),
            8 => columns::<F, M, FUSED, 8, 8>(machine, self),
            samples => unreachable!("{samples} samples are not a few"),
        }
    }
}

impl<'a, F: Real> OuterSum<'a, F> {
    /// The same as a product of matrices.
    fn product(self) -> Product<'a, F> {
        let stride = turned::stride::<F>(self.samples);
        Product {
            rows: self.left.len() / stride,
            columns: self.columns,
            depth: self.samples,
            left: Left::Rows(self.left, stride),
            right: self.deltas,
            start: Start::Zero,
            finish: self.finish,
            out: self.out,
            out_stride: self.columns,
        }
    }
}

/// A vector of columns at a time, or two. K samples, S apart.
#[inline(always)]
fn columns<F: Real, M: Vectors, const FUSED: bool, const K: usize, const S: usize>(
    machine: M,
    mut sum: OuterSum<'_, F>,
) {
    let mut column = 0;
    while column < sum.columns {
        column += F::lanes::<M>()
            * if const { M::REGISTERS == 32 } && sum.columns - column >= 2 * F::lanes::<M>() {
                strip::<F, M, FUSED, K, S, 2>(machine, &mut sum, column)
            } else {
                strip::<F, M, FUSED, K, S, 1>(machine, &mut sum, column)
            };
    }
}

/// P vectors of columns. Returns `P`.
#[inline(always)]
fn strip<F: Real, M: Vectors, const FUSED: bool, const K: usize, const S: usize, const P: usize>(
    machine: M,
    OuterSum { left, deltas, columns, finish, out, .. }: &mut OuterSum<'_, F>,
    column: usize,
) -> usize {
    let (left, columns) = (left.as_chunks::<S>().0, *columns);
    assert_eq!(out.len(), left.len() * columns, "rows of the result");
    let deltas = lines::<F, K>(&deltas.values[column..], deltas.stride, (0, K), P * F::lanes::<M>());
    let mut y = [[F::splat(machine, F::ZERO); P]; K];
    for k in 0..K {
        y[k] = whole::<F, M, P>(machine, deltas[k]);
    }
    // So that how to finish is a constant inside the loops.
    let place = (&mut **out, columns, column);
    match *finish {
        Finish::Store => every_row::<F, M, FUSED, K, S, P>(machine, left, &y, Finish::Store, place),
        Finish::Move(a) => every_row::<F, M, FUSED, K, S, P>(machine, left, &y, Finish::Move(a), place),
        other => unreachable!("no outer product finishes by {other:?}"),
    }
    P
}

/// All rows of P vectors of columns, or of what there is of one.
#[inline(always)]
fn every_row<F: Real, M: Vectors, const FUSED: bool, const K: usize, const S: usize, const P: usize>(
    machine: M,
    left: &[[F; S]],
    y: &[[F::Vector<M>; P]; K],
    finish: Finish<F>,
    (out, width, column): (&mut [F], usize, usize),
) {
    if P == 1 && width - column < F::lanes::<M>() {
        for (x, line) in left.iter().zip(out.chunks_exact_mut(width)) {
            let [sums] = sums::<F, M, FUSED, K, S, 1, P>(machine, [x], y);
            let sum = sums[0];
            let line = &mut line[column..];
            let old = if finish.reads() { F::load_some(machine, line) } else { sum };
            F::store_some(machine, line, finish.apply::<M>(machine, sum, old));
        }
        return;
    }
    let (blocks, last) = left.as_chunks::<ROWS>();
    let mut rest = out;
    for x in blocks {
        let place = (rest, width, column);
        rest = rows::<F, M, FUSED, K, S, ROWS, P>(machine, x.each_ref(), y, finish, place);
    }
    for x in last {
        rest = rows::<F, M, FUSED, K, S, 1, P>(machine, [x], y, finish, (rest, width, column));
    }
}

/// R rows of P vectors of columns. Returns the rows behind them.
#[inline(always)]
fn rows<
    'a,
    F: Real,
    M: Vectors,
    const FUSED: bool,
    const K: usize,
    const S: usize,
    const R: usize,
    const P: usize,
>(
    machine: M,
    x: [&[F; S]; R],
    y: &[[F::Vector<M>; P]; K],
    finish: Finish<F>,
    (out, width, column): (&'a mut [F], usize, usize),
) -> &'a mut [F] {
    // All places are looked up before the first sum: the compiler puts off sums until their places are known.
    let mut places: [&mut [F]; R] = std::array::from_fn(|_| <&mut [F]>::default());
    let mut rest = out;
    for r in 0..R {
        let (line, behind) = rest.split_at_mut(width);
        (places[r], rest) = (&mut line[column..][..P * F::lanes::<M>()], behind);
    }
    let sums = sums::<F, M, FUSED, K, S, R, P>(machine, x, y);
    for r in 0..R {
        for v in 0..P {
            let place = &mut places[r][v * F::lanes::<M>()..];
            let old = if finish.reads() { F::load(place) } else { sums[r][v] };
            F::store(place, finish.apply::<M>(machine, sums[r][v], old));
        }
    }
    rest
}

/// The sums of R rows.
#[inline(always)]
fn sums<
    F: Real,
    M: Vectors,
    const FUSED: bool,
    const K: usize,
    const S: usize,
    const R: usize,
    const P: usize,
>(
    machine: M,
    x: [&[F; S]; R],
    y: &[[F::Vector<M>; P]; K],
) -> [[F::Vector<M>; P]; R] {
    let mut sums = [[F::splat(machine, F::ZERO); P]; R];
    for k in 0..K {
        for r in 0..R {
            add_multiple::<F, M, FUSED, P>(machine, x[r][k], &y[k], &mut sums[r]);
        }
    }
    sums
}
