//! Matrix products with their start and finish, in register tiles.
//!
//! Each element of a result is accumulated in one fixed order that depends neither on the CPU nor on where
//! its row lies, so a row has the same bits whether it was computed in a tile of six or alone. Only the sign
//! of a 0 may depend on the rows beside it, where these have many zeros in common.

#![expect(
    clippy::needless_range_loop,
    reason = "sums stay in registers only under indices that are constant when the loops are unrolled"
)]

mod dots;
mod outer;
mod outer_sum;
mod packed;
mod shallow;
mod sparse;
mod sparse_columns;
mod sparse_rows;
mod threads;
mod tile_ends;
mod tiles;
mod transpose;
pub(crate) mod turned;

use thalweg_numeric::Real;
use thalweg_numeric::simd::Vectors;

use crate::numerics::Isa;

pub(crate) use self::dots::Dots;
pub(crate) use self::outer::Outer;
pub(crate) use self::outer_sum::OuterSum;
use self::packed::{ROWS, Right};
pub(crate) use self::sparse::Sparse;
use self::sparse_columns::SparseColumns;
use self::sparse_rows::SparseRows;
use self::threads::Way;
use self::tiles::Tiles;
pub(crate) use self::transpose::Transpose;
pub(crate) use self::turned::Turned;

/// Row strides of the work space are multiples of this, as wide as a tile of two vectors of 256 bits in f32.
/// Tiles of wider vectors are taken only where these are full.
pub(crate) const LANES: usize = 16;

/// A row stride of the work space that holds `n` columns.
#[inline]
pub(crate) fn padded(n: usize) -> usize {
    n.max(1).next_multiple_of(LANES)
}

/// The numbers of a matrix, of which a row begins every `stride`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strided<'a, F> {
    pub values: &'a [F],
    pub stride: usize,
}

impl<'a, F> Strided<'a, F> {
    #[inline(always)]
    pub(crate) fn new(values: &'a [F], stride: usize) -> Self {
        Self { values, stride }
    }
}

/// out ← finish(start + left·right), a matrix of `rows` × `columns` summed over `depth`.
///
/// Results are stored in whole vectors wherever the row stride of `out` leaves room, so columns behind
/// `columns` are overwritten with numbers of no meaning.
pub(crate) struct Product<'a, F> {
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    pub left: Left<'a, F>,
    /// Elements and row stride. For [`multiply`] element (k, column) is at `k·stride + column`, and whole
    /// tile columns are read: as many elements behind `columns` must exist. For [`Dots`] it is at
    /// `column·stride + k`.
    pub right: Strided<'a, F>,
    pub start: Start<'a, F>,
    pub finish: Finish<F>,
    /// Whole lines, each of the stride.
    pub out: &'a mut [F],
    pub out_stride: usize,
}

/// Bytes of the right factor from which it is copied: a half of the usual level-2 cache.
pub(crate) const LARGE: usize = 1 << 18;

/// Computes a product in register tiles, but for a few steps of k, and by copies of the right factor where
/// this is too large for the cache.
pub(crate) fn multiply<F: Real>(isa: Isa, product: Product<'_, F>) {
    let right = product.depth * product.right.stride * size_of::<F>();
    let way = match product.left {
        Left::Rows(..) if (1..=shallow::DEPTH).contains(&product.depth) => Way::Shallow,
        Left::Rows(..) if product.rows >= ROWS && right >= LARGE => {
            Way::Packed { right: Right::Rows, share: usize::MAX }
        }
        _ => Way::Tiles,
    };
    threads::run(isa, product, way);
}

/// The same by copies of the right factor in any case. Each `share` steps of k have a sum of their own, and
/// these are added in order.
pub(crate) fn multiply_in_shares<F: Real>(isa: Isa, product: Product<'_, F>, share: usize) {
    threads::run(isa, product, Way::Packed { right: Right::Rows, share });
}

/// The same where the right factor is given by its transpose: element (k, column) is at `column·stride + k`.
pub(crate) fn multiply_turned<F: Real>(isa: Isa, product: Product<'_, F>) {
    threads::run(isa, product, Way::Packed { right: Right::Turned, share: usize::MAX });
}

/// The same, but for the sign of a 0, where the left factor are samples that may have many zeros and the
/// result has few columns.
pub(crate) fn multiply_sparse<F: Real>(isa: Isa, product: Product<'_, F>) {
    match (product.left, product.start) {
        _ if product.columns > LANES.min(3 * F::LANES) || !has_zeros(&product) => multiply(isa, product),
        (Left::Rows(..), _) => isa.run(SparseRows(product)),
        (Left::Columns(..), Start::Zero)
            if product.depth <= sparse_columns::DEPTH
                && product.right.stride == LANES
                && product.out_stride == product.columns
                && matches!(product.finish, Finish::Store | Finish::Move(_)) =>
        {
            let whole = product.rows - product.rows % F::LANES;
            let (whole, rest) = product.split(whole);
            isa.run(SparseColumns(whole));
            run_tiles(isa, rest);
        }
        _ => multiply(isa, product),
    }
}

/// Whether half of the first sample is 0: with fewer zeros the search costs more than it saves.
fn has_zeros<F: Real>(product: &Product<'_, F>) -> bool {
    let sample = match product.left {
        Left::Rows(left, _) => left.get(..product.depth),
        Left::Columns(left, _) => left.get(..product.rows),
    };
    let sample = sample.unwrap_or_default();
    2 * sample.iter().filter(|x| **x == F::ZERO).count() >= sample.len()
}

fn run_tiles<F: Real>(isa: Isa, product: Product<'_, F>) {
    match product.left {
        Left::Rows(..) => isa.run(Tiles::<_, false>(product)),
        Left::Columns(..) => isa.run(Tiles::<_, true>(product)),
    }
}

impl<F: Real> Product<'_, F> {
    /// Its first rows, and the others.
    fn split(self, rows: usize) -> (Self, Self) {
        let (first, rest) = self.out.split_at_mut(self.out.len().min(rows * self.out_stride));
        let left = match self.left {
            Left::Rows(left, stride) => Left::Rows(left.get(rows * stride..).unwrap_or_default(), stride),
            Left::Columns(left, stride) => Left::Columns(left.get(rows..).unwrap_or_default(), stride),
        };
        (Self { rows, out: first, ..self }, Self { rows: self.rows - rows, left, out: rest, ..self })
    }
}

/// The left factor: elements and stride.
#[derive(Clone, Copy)]
pub(crate) enum Left<'a, F> {
    /// Element (row, k) is at `row·stride + k`.
    Rows(&'a [F], usize),
    /// Element (row, k) is at `k·stride + row`: the transpose of a matrix stored by rows.
    Columns(&'a [F], usize),
}

/// What a sum starts from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a, F> {
    /// 0.
    Zero,
    /// The same row for all rows: a bias.
    Row(&'a [F]),
    /// What `out` holds.
    Current,
}

impl<F> Start<'_, F> {
    /// For a sum that is added to what is there, or replaces it.
    pub(crate) fn adding(add: bool) -> Self {
        if add { Self::Current } else { Self::Zero }
    }
}

/// What is stored of a finished sum s.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Finish<F> {
    /// s.
    Store,
    /// max(0, s); NaN stays.
    Rectify,
    /// s, but 0 where `out` holds a number that is not positive.
    Mask,
    /// s times what `out` holds.
    Scale,
    /// What `out` holds plus a·s, the product and the sum each rounded, as
    /// [`axpy`](thalweg_numeric::vector::axpy) has it.
    Move(F),
}

impl<F: Real> Finish<F> {
    /// Whether it depends on what was there before.
    #[inline(always)]
    fn reads(self) -> bool {
        matches!(self, Self::Mask | Self::Scale | Self::Move(_))
    }

    /// What becomes of a vector of sums where `old` was.
    #[inline(always)]
    fn apply<M: Vectors>(self, machine: M, sum: F::Vector<M>, old: F::Vector<M>) -> F::Vector<M> {
        match self {
            Self::Store => sum,
            Self::Rectify => F::zero_unless_positive(machine, sum, sum),
            Self::Mask => F::zero_unless_positive(machine, old, sum),
            Self::Scale => F::times(machine, sum, old),
            Self::Move(a) => F::plus(machine, old, F::times(machine, F::splat(machine, a), sum)),
        }
    }

    /// The same of a single number.
    fn apply_to_one(self, sum: F, old: F) -> F {
        let unless_positive = |sign: F| if sign <= F::ZERO { F::ZERO } else { sum };
        match self {
            Self::Store => sum,
            Self::Rectify => unless_positive(sum),
            Self::Mask => unless_positive(old),
            Self::Scale => sum * old,
            Self::Move(a) => old + a * sum,
        }
    }
}

/// a·b + c, rounded once or twice.
#[inline(always)]
fn multiply_add<F: Real, M: Vectors, const FUSED: bool>(
    machine: M,
    a: F::Vector<M>,
    b: F::Vector<M>,
    c: F::Vector<M>,
) -> F::Vector<M> {
    if FUSED { F::times_plus(machine, a, b, c) } else { F::plus(machine, F::times(machine, a, b), c) }
}

#[cfg(test)]
mod tests;
