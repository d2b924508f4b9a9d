//! What Shampoo and SOAP keep for the two sides of a matrix.

use std::ops::Range;

use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Layout, Real, vector};

use super::newton_schulz::add_product;

/// An array as a matrix G of \[rows, columns\]; a vector is one column.
pub(super) struct Sided {
    pub(super) range: Range<usize>,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Where the square matrix of the rows, L, lies in a buffer of all; `None` if there is none.
    pub(super) left: Option<Range<usize>>,
    /// That of the columns, R.
    pub(super) right: Option<Range<usize>>,
}

/// All arrays of a layout, and how many numbers all their square matrices have. There are none for sides
/// longer than `longest`, and for vectors only if `has_vectors`.
pub(super) fn sides(layout: &Layout, longest: Count, has_vectors: bool) -> (Vec<Sided>, usize) {
    let mut end = 0;
    let mut side = |length: usize| {
        let is_there = 0 < length && length <= longest.size();
        let start = end;
        end += if is_there { length * length } else { 0 };
        is_there.then_some(start..end)
    };
    let arrays = layout.blocks().iter().map(|block| {
        let range = block.range.clone();
        if let [rows, columns] = block.shape[..] {
            Sided { left: side(rows), right: side(columns), range, rows, columns }
        } else {
            let rows = range.len();
            let left = if has_vectors { side(rows) } else { None };
            Sided { left, right: None, range, rows, columns: 1 }
        }
    });
    (arrays.collect(), end)
}

/// Buffers for products.
pub(super) struct Work<F> {
    transposed: Vec<F>,
    square: Vec<F>,
    product: Vec<F>,
}

impl<F: Real> Work<F> {
    pub(super) fn new(arrays: &[Sided]) -> Self {
        let most = |of: fn(&Sided) -> usize| vec![F::ZERO; arrays.iter().map(of).max().unwrap_or(0)];
        let square = |array: &Sided| {
            let of = |side: &Option<Range<usize>>| side.as_ref().map_or(0, Range::len);
            of(&array.left).max(of(&array.right))
        };
        Self {
            transposed: most(|array| array.range.len()),
            square: most(square),
            product: most(|array| array.range.len()),
        }
    }

    /// L ← β L + w G Gᵀ and R ← β R + w Gᵀ G.
    pub(super) fn accumulate(&mut self, array: &Sided, grad: &[F], (beta, fresh): (F, F), squares: &mut [F]) {
        let Sided { rows, columns, left, right, .. } = array;
        let transposed = &mut self.transposed[..grad.len()];
        transpose(grad, *rows, *columns, transposed);
        for (side, a, b, n) in [(left, grad, &*transposed, *rows), (right, &*transposed, grad, *columns)] {
            let Some(side) = side else { continue };
            let square = &mut self.square[..n * n];
            square.fill(F::ZERO);
            add_product(a, b, n, square);
            vector::for_each(squares[side.clone()].iter_mut().zip(square), move |(s, new)| {
                *s = (beta * *s + fresh * *new).settled();
            });
        }
    }

    /// G ← L G R; a side without a matrix is left as it is.
    pub(super) fn multiply(&mut self, array: &Sided, squares: &[F], grad: &mut [F]) {
        self.products(array, squares, [false, false], grad);
    }

    /// G ← L G Rᵀ.
    pub(super) fn turn(&mut self, array: &Sided, squares: &[F], grad: &mut [F]) {
        self.products(array, squares, [false, true], grad);
    }

    /// G ← Lᵀ G R.
    pub(super) fn turn_back(&mut self, array: &Sided, squares: &[F], grad: &mut [F]) {
        self.products(array, squares, [true, false], grad);
    }

    fn products(&mut self, array: &Sided, squares: &[F], is_transposed: [bool; 2], grad: &mut [F]) {
        let (rows, columns) = (array.rows, array.columns);
        let product = &mut self.product[..grad.len()];
        if let Some(side) = &array.left {
            let matrix = turned(&squares[side.clone()], rows, is_transposed[0], &mut self.square);
            product.fill(F::ZERO);
            add_product(matrix, grad, columns, product);
            grad.copy_from_slice(product);
        }
        if let Some(side) = &array.right {
            let matrix = turned(&squares[side.clone()], columns, is_transposed[1], &mut self.square);
            product.fill(F::ZERO);
            add_product(grad, matrix, columns, product);
            grad.copy_from_slice(product);
        }
    }
}

/// The square matrix, or its transpose in a buffer.
fn turned<'a, F: Real>(matrix: &'a [F], n: usize, is_transposed: bool, buffer: &'a mut [F]) -> &'a [F] {
    if !is_transposed {
        return matrix;
    }
    let buffer = &mut buffer[..n * n];
    transpose(matrix, n, n, buffer);
    buffer
}

fn transpose<F: Real>(matrix: &[F], rows: usize, columns: usize, out: &mut [F]) {
    for (i, row) in matrix.chunks_exact(columns.max(1)).enumerate() {
        for (j, x) in row.iter().enumerate() {
            out[j * rows + i] = *x;
        }
    }
}
