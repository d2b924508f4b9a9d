//! Products over a few steps of k.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Vectors;

use super::tile_ends::{begin, store_each, whole};
use super::tiles::{add_multiple, by_ones};
use super::{Finish, Left, Product, Start};
use crate::numerics::{WideKernel, compiled};

/// The most steps of k.
pub(super) const DEPTH: usize = 4;

/// A product over up to [`DEPTH`] steps of k, where a register tile would cost more to start and to end than
/// to sum: the first layer of a network with few inputs, and the input gradient of a last one with few
/// outputs.
///
/// A strip of the right factor stays in registers down through all rows. To the bit what
/// [`Tiles`](super::Tiles) computes. `left` must be [`Left::Rows`].
pub(crate) struct Shallow<'a, F>(pub Product<'a, F>);

compiled!(Shallow, run_fused_wide_here);

impl<F: Real> WideKernel for Shallow<'_, F> {
    fn fills_wide(&self) -> bool {
        self.0.columns.is_multiple_of(F::WIDE_LANES)
    }

    #[inline(always)]
    fn run_wide<M: Vectors, const FUSED: bool>(self, machine: M) {
        if !M::UNROLLED {
            return by_ones::<F, M, FUSED>(machine, self.0);
        }
        let mut p = self.0;
        // With as many vectors of columns as leave room for the sums among 16 registers.
        match p.depth {
            1 => strips::<F, M, FUSED, 1, 4>(machine, &mut p),
            2 => strips::<F, M, FUSED, 2, 4>(machine, &mut p),
            3 => strips::<F, M, FUSED, 3, 2>(machine, &mut p),
            DEPTH => strips::<F, M, FUSED, DEPTH, 2>(machine, &mut p),
            depth => unreachable!("a depth of {depth} is not shallow"),
        }
    }
}

/// All columns over K steps, in strips of as many vectors as there are, up to P.
#[inline(always)]
fn strips<F: Real, M: Vectors, const FUSED: bool, const K: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
) {
    let mut column = 0;
    while column < p.columns {
        let vectors = (p.columns - column).div_ceil(F::lanes::<M>());
        column += F::lanes::<M>()
            * if vectors >= P {
                strip::<F, M, FUSED, K, P>(machine, p, column)
            } else if vectors >= 2 {
                strip::<F, M, FUSED, K, 2>(machine, p, column)
            } else {
                strip::<F, M, FUSED, K, 1>(machine, p, column)
            };
    }
}

/// P vectors of columns, down through all rows. Returns `P`.
#[inline(always)]
fn strip<F: Real, M: Vectors, const FUSED: bool, const K: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    column: usize,
) -> usize {
    let mut right = [[F::splat(machine, F::ZERO); P]; K];
    for k in 0..K {
        right[k] = whole::<F, M, P>(machine, &p.right.values[k * p.right.stride + column..]);
    }
    let Left::Rows(left, stride) = p.left else { unreachable!("shallow products need contiguous rows") };
    // So that how to finish is a constant inside the loop. What only a test asks for is left to a loop for
    // everything.
    let whole = p.out_stride - column >= P * F::lanes::<M>();
    match p.finish {
        Finish::Store if whole => {
            rows::<F, M, FUSED, K, P>(machine, p, (left, stride), Finish::Store, column, &right)
        }
        Finish::Rectify if whole => {
            rows::<F, M, FUSED, K, P>(machine, p, (left, stride), Finish::Rectify, column, &right)
        }
        Finish::Mask if whole => {
            rows::<F, M, FUSED, K, P>(machine, p, (left, stride), Finish::Mask, column, &right)
        }
        Finish::Scale if whole => {
            rows::<F, M, FUSED, K, P>(machine, p, (left, stride), Finish::Scale, column, &right)
        }
        _ => {
            for (row, x) in left.chunks(stride).take(p.rows).enumerate() {
                let x = x.first_chunk().expect("K elements are left");
                let [start] = begin::<F, M, false, 1, P>(machine, p, row, column);
                let sums = sums::<F, M, FUSED, K, P>(machine, x, &right, start);
                store_each::<F, M, 1, P>(p, (row, column), [sums]);
            }
        }
    }
    P
}

/// All rows of a strip of whole vectors whose part of the right factor is given.
#[inline(always)]
fn rows<F: Real, M: Vectors, const FUSED: bool, const K: usize, const P: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    (mut left, stride): (&[F], usize),
    finish: Finish<F>,
    column: usize,
    right: &[[F::Vector<M>; P]; K],
) {
    assert!(p.out.len() >= p.rows * p.out_stride, "rows of the result");
    let adds = matches!(p.start, Start::Current);
    let mut start = [F::splat(machine, F::ZERO); P];
    if !adds {
        [start] = begin::<F, M, false, 1, P>(machine, p, 0, column);
    }
    for row in 0..p.rows {
        let x = left.first_chunk().expect("K elements are left");
        left = left.get(stride..).unwrap_or_default();
        let line = &mut p.out[row * p.out_stride + column..][..P * F::lanes::<M>()];
        if adds {
            start = whole::<F, M, P>(machine, line);
        }
        let sums = sums::<F, M, FUSED, K, P>(machine, x, right, start);
        for v in 0..P {
            let line = &mut line[v * F::lanes::<M>()..];
            let old = if finish.reads() { F::load(line) } else { sums[v] };
            F::store(line, finish.apply::<M>(machine, sums[v], old));
        }
    }
}

/// The sums of one row.
#[inline(always)]
fn sums<F: Real, M: Vectors, const FUSED: bool, const K: usize, const P: usize>(
    machine: M,
    x: &[F; K],
    right: &[[F::Vector<M>; P]; K],
    start: [F::Vector<M>; P],
) -> [F::Vector<M>; P] {
    let mut sums = start;
    for k in 0..K {
        add_multiple::<F, M, FUSED, P>(machine, x[k], &right[k], &mut sums);
    }
    sums
}
