//! Matrix products with their start and finish, in register tiles.
//!
//! Everything is plain arrays of fixed size: the compiler keeps them in vector registers. Each element of a result is
//! accumulated in one fixed order that depends neither on the CPU nor on where its row lies, so a row has the same
//! bits whether it was computed in a tile of six or alone.

use thalweg_numeric::Real;

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
    #[inline(always)]
    fn apply<F: Real, const W: usize>(self, sums: &mut [F; W], old: &[F; W]) {
        match self {
            Self::Store => {}
            Self::Rectify => {
                for sum in sums {
                    *sum = rectified(*sum);
                }
            }
            Self::Mask => {
                for lane in 0..W {
                    sums[lane] = if old[lane] <= F::ZERO { F::ZERO } else { sums[lane] };
                }
            }
            Self::Scale => {
                for lane in 0..W {
                    sums[lane] *= old[lane];
                }
            }
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
            // Two vectors of AVX2 a row, in either precision.
            all_rows::<F, FUSED, 16>(self.0);
        } else {
            all_rows::<F, FUSED, 8>(self.0);
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
        // A remainder of 7 or 8 is split evenly: short tiles cannot hide the latency of their sums.
        row += match p.rows - row {
            1 => columns::<F, FUSED, 1, 4, W>(&mut p, row),
            2 => columns::<F, FUSED, 2, 2, W>(&mut p, row),
            3 => columns::<F, FUSED, 3, 1, W>(&mut p, row),
            4 | 7 | 8 => columns::<F, FUSED, 4, 1, W>(&mut p, row),
            5 => columns::<F, FUSED, 5, 1, W>(&mut p, row),
            _ => columns::<F, FUSED, 6, 1, W>(&mut p, row),
        };
    }
}

/// All columns of `R` rows, `P` tile columns at a time as long as there are as many. Returns `R`.
#[inline(always)]
fn columns<F: Real, const FUSED: bool, const R: usize, const P: usize, const W: usize>(
    p: &mut Product<'_, F>,
    row: usize,
) -> usize {
    let mut column = 0;
    if P > 1 {
        while column + P * W <= p.columns {
            tile::<F, FUSED, R, P, W>(p, row, column);
            column += P * W;
        }
    }
    while column < p.columns {
        tile::<F, FUSED, R, 1, W>(p, row, column);
        column += W;
    }
    R
}

#[inline(always)]
fn tile<F: Real, const FUSED: bool, const R: usize, const P: usize, const W: usize>(
    p: &mut Product<'_, F>,
    row: usize,
    column: usize,
) {
    let mut sums = [[[F::ZERO; W]; P]; R];
    match p.start {
        Start::Zero => {}
        Start::Row(bias) => {
            let mut first = [[F::ZERO; W]; P];
            for (panel, first) in first.iter_mut().enumerate() {
                load(bias, column + panel * W, p.columns, first);
            }
            sums = [first; R];
        }
        Start::Current => {
            for (r, sums) in sums.iter_mut().enumerate() {
                let out = &p.out[(row + r) * p.out_stride..];
                for (panel, sums) in sums.iter_mut().enumerate() {
                    load(out, column + panel * W, p.columns, sums);
                }
            }
        }
    }
    sums = accumulate::<F, FUSED, R, P, W>(p, row, column, sums);
    for (r, sums) in sums.iter().enumerate() {
        let out = &mut p.out[(row + r) * p.out_stride..];
        for (panel, sums) in sums.iter().enumerate() {
            store(*sums, p.finish, out, column + panel * W, p.out_stride);
        }
    }
}

/// Adds left·right to the sums of one tile. Apart from start and finish, so that nothing but plain arithmetic touches
/// the sums here: they stay in registers.
#[expect(clippy::needless_range_loop, reason = "k is an index into all rows at once")]
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
                let right = panels::<F, P, W>(right, k * right_stride + column);
                for r in 0..R {
                    add_outer::<F, FUSED, P, W>(rows[r][k], &right, &mut sums[r]);
                }
            }
        }
        Left::Columns(left, stride) => {
            for k in 0..p.depth {
                let right = panels::<F, P, W>(right, k * right_stride + column);
                let left: &[F; R] = chunk(left, k * stride + row);
                for r in 0..R {
                    add_outer::<F, FUSED, P, W>(left[r], &right, &mut sums[r]);
                }
            }
        }
    }
    sums
}

#[inline(always)]
fn add_outer<F: Real, const FUSED: bool, const P: usize, const W: usize>(
    x: F,
    right: &[[F; W]; P],
    sums: &mut [[F; W]; P],
) {
    for panel in 0..P {
        for lane in 0..W {
            sums[panel][lane] = multiply_add::<F, FUSED>(x, right[panel][lane], sums[panel][lane]);
        }
    }
}

#[inline(always)]
fn multiply_add<F: Real, const FUSED: bool>(a: F, b: F, c: F) -> F {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn panels<F: Real, const P: usize, const W: usize>(values: &[F], at: usize) -> [[F; W]; P] {
    let values = &values[at..at + P * W];
    let mut panels = [[F::ZERO; W]; P];
    for (i, panel) in panels.iter_mut().enumerate() {
        *panel = *chunk(values, i * W);
    }
    panels
}

#[inline(always)]
fn chunk<F, const N: usize>(values: &[F], at: usize) -> &[F; N] {
    values[at..at + N].first_chunk().expect("a slice of N elements has a first chunk of N")
}

/// Reads W elements of a row from `column` on, as many as lie before `end`.
#[inline(always)]
fn load<F: Real, const W: usize>(row: &[F], column: usize, end: usize, into: &mut [F; W]) {
    if column + W <= end {
        *into = *chunk(row, column);
    } else {
        into[..end - column].copy_from_slice(&row[column..end]);
    }
}

/// Finishes W sums and writes those before `end`.
#[inline(always)]
fn store<F: Real, const W: usize>(sums: [F; W], finish: Finish, row: &mut [F], column: usize, end: usize) {
    let mut sums = sums;
    if column + W <= end {
        let out = row[column..column + W].first_chunk_mut().expect("a slice of W elements");
        finish.apply(&mut sums, out);
        *out = sums;
    } else {
        let mut old = [F::ZERO; W];
        old[..end - column].copy_from_slice(&row[column..end]);
        finish.apply(&mut sums, &old);
        row[column..end].copy_from_slice(&sums[..end - column]);
    }
}

/// Lanes of a dot product.
const DOT: usize = 8;

/// A product by dot products along contiguous rows of both factors, for results too narrow for a tile.
///
/// A dot product is summed in eight lanes and these in a balanced tree, then added to its start. `left` must be
/// [`Left::Rows`].
pub(crate) struct Dots<'a, F>(pub Product<'a, F>);

impl<F: Real> Kernel for Dots<'_, F> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let p = self.0;
        let (left, left_stride) = match p.left {
            Left::Rows(left, stride) => (left, stride),
            Left::Columns(..) => unreachable!("dot products need contiguous rows"),
        };
        let (right, right_stride) = p.right;
        for row in 0..p.rows {
            let left = &left[row * left_stride..][..p.depth];
            let out = &mut p.out[row * p.out_stride..][..p.columns];
            for (column, out) in out.iter_mut().enumerate() {
                let dot = dot::<F, FUSED>(left, &right[column * right_stride..][..p.depth]);
                let start = match p.start {
                    Start::Zero => F::ZERO,
                    Start::Row(bias) => bias[column],
                    Start::Current => *out,
                };
                let mut sum = [start + dot];
                p.finish.apply(&mut sum, &[*out]);
                *out = sum[0];
            }
        }
    }
}

#[inline(always)]
fn dot<F: Real, const FUSED: bool>(a: &[F], b: &[F]) -> F {
    let (a_chunks, a_rest) = a.as_chunks::<DOT>();
    let (b_chunks, b_rest) = b.as_chunks::<DOT>();
    let mut sums = [F::ZERO; DOT];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..DOT {
            sums[lane] = multiply_add::<F, FUSED>(a[lane], b[lane], sums[lane]);
        }
    }
    for (lane, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[lane] = multiply_add::<F, FUSED>(*a, *b, sums[lane]);
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}

/// Writes the transpose of a `rows` × `columns` matrix, given with its row stride.
pub(crate) struct Transpose<'a, F> {
    pub rows: usize,
    pub columns: usize,
    pub values: (&'a [F], usize),
    pub out: (&'a mut [F], usize),
}

impl<F: Real> Kernel for Transpose<'_, F> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        const BLOCK: usize = 4;
        let ((values, stride), (out, out_stride)) = (self.values, self.out);
        let (whole_rows, whole_columns) =
            (self.rows - self.rows % BLOCK, self.columns - self.columns % BLOCK);
        for row in (0..whole_rows).step_by(BLOCK) {
            for column in (0..whole_columns).step_by(BLOCK) {
                let mut block = [[F::ZERO; BLOCK]; BLOCK];
                for (r, line) in block.iter_mut().enumerate() {
                    *line = *chunk(values, (row + r) * stride + column);
                }
                for c in 0..BLOCK {
                    let mut line = [F::ZERO; BLOCK];
                    for (value, row) in line.iter_mut().zip(&block) {
                        *value = row[c];
                    }
                    out[(column + c) * out_stride + row..][..BLOCK].copy_from_slice(&line);
                }
            }
        }
        for row in 0..self.rows {
            let first = if row < whole_rows { whole_columns } else { 0 };
            for column in first..self.columns {
                out[column * out_stride + row] = values[row * stride + column];
            }
        }
    }
}

#[cfg(test)]
mod tests;
