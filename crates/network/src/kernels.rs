//! Matrix products with their start and finish, in register tiles.
//!
//! Everything is plain arrays of fixed size: the compiler keeps them in vector registers. Each element of a result is
//! accumulated in one fixed order that depends neither on the CPU nor on where its row lies, so a row has the same
//! bits whether it was computed in a tile of six or alone.

mod dots;
mod transpose;

use thalweg_numeric::Real;

pub(crate) use self::dots::Dots;
pub(crate) use self::transpose::Transpose;
use crate::activation::rectified;
use crate::numerics::Kernel;

/// Row strides of the work space are multiples of this, at least as wide as every tile column.
pub(crate) const LANES: usize = 16;

/// A row stride of the work space that holds `n` columns.
pub(crate) fn padded(n: usize) -> usize {
    n.max(1).next_multiple_of(LANES)
}

/// out ← finish(start + left·right), a matrix of `rows` × `columns` summed over `depth`.
///
/// Results are stored in whole vectors wherever the row stride of `out` leaves room, so columns behind `columns` are
/// overwritten with numbers of no meaning.
pub(crate) struct Product<'a, F> {
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    pub left: Left<'a, F>,
    /// Elements and row stride. For [`Tiles`] element (k, column) is at `k·stride + column`, and whole tile columns
    /// are read: some elements behind `columns` must exist. For [`Dots`] it is at `column·stride + k`.
    pub right: (&'a [F], usize),
    pub start: Start<'a, F>,
    pub finish: Finish,
    pub out: &'a mut [F],
    pub out_stride: usize,
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
#[derive(Clone, Copy)]
pub(crate) enum Start<'a, F> {
    /// 0.
    Zero,
    /// The same row for all rows: a bias.
    Row(&'a [F]),
    /// What `out` holds.
    Current,
}

/// What is stored of a finished sum s.
#[derive(Clone, Copy)]
pub(crate) enum Finish {
    /// s.
    Store,
    /// max(0, s); NaN stays.
    Rectify,
    /// s, but 0 where `out` holds a number that is not positive.
    Mask,
    /// s times what `out` holds.
    Scale,
}

impl Finish {
    /// What becomes of a sum where `old` was.
    #[inline(always)]
    fn apply<F: Real>(self, sum: F, old: F) -> F {
        match self {
            Self::Store => sum,
            Self::Rectify => rectified(sum),
            Self::Mask => {
                if old <= F::ZERO {
                    F::ZERO
                } else {
                    sum
                }
            }
            Self::Scale => sum * old,
        }
    }
}

/// A product by register tiles: each sum runs over k in sequence.
pub(crate) struct Tiles<'a, F>(pub Product<'a, F>);

impl<F: Real> Kernel for Tiles<'_, F> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        if let (1, Left::Columns(left, _), Start::Zero, Finish::Store) =
            (self.0.depth, self.0.left, self.0.start, self.0.finish)
        {
            outer::<F, FUSED>(self.0, left);
        } else if size_of::<F>() == 4 {
            // W is one vector of AVX2, in either precision.
            all_rows::<F, FUSED, 8>(self.0);
        } else {
            all_rows::<F, FUSED, 4>(self.0);
        }
    }
}

/// The product of a column and a row: the weight gradient of a single sample, which is all reading and writing.
#[inline(always)]
fn outer<F: Real, const FUSED: bool>(p: Product<'_, F>, left: &[F]) {
    let right = &p.right.0[..p.columns];
    for (out, x) in p.out.chunks_mut(p.out_stride).zip(&left[..p.rows]) {
        for (out, y) in out.iter_mut().zip(right) {
            *out = multiply_add::<F, FUSED>(*x, *y, F::ZERO);
        }
    }
}

#[inline(always)]
fn all_rows<F: Real, const FUSED: bool, const W: usize>(mut p: Product<'_, F>) {
    let mut row = 0;
    while row < p.rows {
        // A remainder of 7 or 8 is split evenly, and few rows take more columns at a time: short tiles cannot hide
        // the latency of their sums.
        row += match p.rows - row {
            1 => columns::<F, FUSED, 1, 8, W>(&mut p, row),
            2 => columns::<F, FUSED, 2, 4, W>(&mut p, row),
            3 => columns::<F, FUSED, 3, 2, W>(&mut p, row),
            4 | 7 | 8 => columns::<F, FUSED, 4, 2, W>(&mut p, row),
            5 => columns::<F, FUSED, 5, 2, W>(&mut p, row),
            _ => columns::<F, FUSED, 6, 2, W>(&mut p, row),
        };
    }
}

/// All columns of `R` rows, in tiles of `P` times `W` columns as long as there are as many. Returns `R`.
#[inline(always)]
fn columns<F: Real, const FUSED: bool, const R: usize, const P: usize, const W: usize>(
    p: &mut Product<'_, F>,
    row: usize,
) -> usize {
    let mut column = 0;
    while column + P * W <= p.columns {
        tile::<F, FUSED, R, P, W>(p, row, column);
        column += P * W;
    }
    while column < p.columns {
        tile::<F, FUSED, R, 1, W>(p, row, column);
        column += W;
    }
    R
}

/// One tile of R rows and P·W columns. Its sums are plain arrays under constant indices and their address is never
/// taken on the usual way, so that they stay in registers from start to finish.
#[inline(always)]
fn tile<F: Real, const FUSED: bool, const R: usize, const P: usize, const W: usize>(
    p: &mut Product<'_, F>,
    row: usize,
    column: usize,
) {
    let start = begin::<F, R, P, W>(p, row, column);
    let sums = accumulate::<F, FUSED, R, P, W>(p, row, column, start);
    if column + P * W > p.out_stride {
        end_row_by_row(p, row, column, &sums.clone());
        return;
    }
    match p.finish {
        Finish::Store => end(p, Finish::Store, row, column, sums),
        Finish::Rectify => end(p, Finish::Rectify, row, column, sums),
        Finish::Mask => end(p, Finish::Mask, row, column, sums),
        Finish::Scale => end(p, Finish::Scale, row, column, sums),
    }
}

/// What the sums of one tile start from.
#[expect(clippy::needless_range_loop, reason = "as in accumulate")]
#[inline(always)]
fn begin<F: Real, const R: usize, const P: usize, const W: usize>(
    p: &Product<'_, F>,
    row: usize,
    column: usize,
) -> [[[F; W]; P]; R] {
    let mut sums = [[[F::ZERO; W]; P]; R];
    match p.start {
        Start::Zero => {}
        Start::Row(bias) => {
            let mut first = [[F::ZERO; W]; P];
            for panel in 0..P {
                first[panel] = read(bias, column + panel * W, p.columns);
            }
            sums = [first; R];
        }
        Start::Current if column + P * W <= p.columns => {
            for r in 0..R {
                for panel in 0..P {
                    sums[r][panel] = *chunk(p.out, (row + r) * p.out_stride + column + panel * W);
                }
            }
        }
        Start::Current => {
            for r in 0..R {
                for panel in 0..P {
                    sums[r][panel] = read(&p.out[(row + r) * p.out_stride..], column + panel * W, p.columns);
                }
            }
        }
    }
    sums
}

/// Finishes and stores the sums of a tile that lies inside the rows of the result. `finish` is a constant where this
/// is inlined.
#[expect(clippy::needless_range_loop, reason = "as in accumulate")]
#[inline(always)]
fn end<F: Real, const R: usize, const P: usize, const W: usize>(
    p: &mut Product<'_, F>,
    finish: Finish,
    row: usize,
    column: usize,
    sums: [[[F; W]; P]; R],
) {
    for r in 0..R {
        for panel in 0..P {
            let at = (row + r) * p.out_stride + column + panel * W;
            let out: &mut [F; W] = p.out[at..at + W].first_chunk_mut().expect("a slice of W elements");
            for lane in 0..W {
                out[lane] = finish.apply(sums[r][panel][lane], out[lane]);
            }
        }
    }
}

/// The same for a tile that the rows of the result cut off.
#[inline(never)]
fn end_row_by_row<F: Real, const R: usize, const P: usize, const W: usize>(
    p: &mut Product<'_, F>,
    row: usize,
    column: usize,
    sums: &[[[F; W]; P]; R],
) {
    for (r, sums) in sums.iter().enumerate() {
        let out = &mut p.out[(row + r) * p.out_stride..][column..p.out_stride];
        for (out, sum) in out.iter_mut().zip(sums.as_flattened()) {
            *out = p.finish.apply(*sum, *out);
        }
    }
}

/// Adds left·right to the sums of one tile.
#[expect(clippy::needless_range_loop, reason = "iterators would take the address of the sums")]
#[inline(always)]
fn accumulate<F: Real, const FUSED: bool, const R: usize, const P: usize, const W: usize>(
    p: &Product<'_, F>,
    row: usize,
    column: usize,
    start: [[[F; W]; P]; R],
) -> [[[F; W]; P]; R] {
    let mut sums = start;
    let (right, right_stride) = p.right;
    match p.left {
        Left::Rows(left, stride) => {
            let mut rows: [&[F]; R] = [&[]; R];
            for r in 0..R {
                rows[r] = &left[(row + r) * stride..][..p.depth];
            }
            for k in 0..p.depth {
                for panel in 0..P {
                    let right: &[F; W] = chunk(right, k * right_stride + column + panel * W);
                    for r in 0..R {
                        let x = rows[r][k];
                        for lane in 0..W {
                            sums[r][panel][lane] =
                                multiply_add::<F, FUSED>(x, right[lane], sums[r][panel][lane]);
                        }
                    }
                }
            }
        }
        Left::Columns(left, stride) => {
            for k in 0..p.depth {
                let left: &[F; R] = chunk(left, k * stride + row);
                for panel in 0..P {
                    let right: &[F; W] = chunk(right, k * right_stride + column + panel * W);
                    for r in 0..R {
                        for lane in 0..W {
                            sums[r][panel][lane] =
                                multiply_add::<F, FUSED>(left[r], right[lane], sums[r][panel][lane]);
                        }
                    }
                }
            }
        }
    }
    sums
}

#[inline(always)]
fn multiply_add<F: Real, const FUSED: bool>(a: F, b: F, c: F) -> F {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn chunk<F, const N: usize>(values: &[F], at: usize) -> &[F; N] {
    values[at..at + N].first_chunk().expect("a slice of N elements has a first chunk of N")
}

/// W elements of a row from `column` on, or as many as lie before `end` and then zeros.
#[inline(always)]
fn read<F: Real, const W: usize>(row: &[F], column: usize, end: usize) -> [F; W] {
    if column + W <= end {
        *chunk(row, column)
    } else {
        let mut some = [F::ZERO; W];
        some[..end - column].copy_from_slice(&row[column..end]);
        some
    }
}

#[cfg(test)]
mod tests;
