//! The products of one layer, each by the kernel that suits its shape.

use std::ops::Range;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, vector};

use crate::Architecture;
use crate::kernels::{
    Dots, Finish, LARGE, Left, Outer, OuterSum, Product, Sparse, Start, Strided, Transpose, Turned, multiply,
    multiply_in_shares, multiply_sparse, multiply_turned, padded, turned,
};
use crate::numerics::Isa;

/// A layer with fewer outputs than this wastes most of a tile column and is computed by dot products.
const NARROW: usize = 8;

/// Outputs that make a copy of a strip of weights worth while: four vectors of 512 bits in f32.
const STRIP: usize = 64;

/// Fewer inputs of the network than this are not looked through for zeros.
const MANY: usize = 64;

/// A layer of more bytes is in the way of other data in the level-1 cache, of 32 KB, while a sum of outer
/// products goes down through all its rows for each vector of columns: with eight rows 16.6 KB gained 4 % of
/// a step by such sums, 18.8 KB lost 3 %.
const CACHED: usize = 18 * 1024;

/// One layer's shape and its place in the parameter vector. Its block there is the weight \[in\]\[out\] with
/// the bias as one more row.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub inputs: usize,
    pub outputs: usize,
    pub params: Range<usize>,
    isa: Isa,
    /// Whether many inputs may be 0, as in images.
    sparse: bool,
}

impl Layer {
    pub(crate) fn all(architecture: &Architecture, isa: Isa) -> Vec<Self> {
        let layer = |((inputs, outputs), (params, _)): (_, (Range<usize>, _))| {
            let sparse = params.start == 0 && inputs >= MANY;
            Self { inputs, outputs, params, isa, sparse }
        };
        architecture.shapes().zip(architecture.places()).map(layer).collect()
    }

    #[inline]
    pub(crate) fn is_narrow(&self) -> bool {
        self.outputs < NARROW
    }

    /// Row stride of the layer's outputs in the work space.
    #[inline]
    pub(crate) fn stride(&self) -> usize {
        padded(self.outputs)
    }

    /// The places of the outputs of the first rows in the work space.
    pub(crate) fn rows(&self, rows: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let (stride, outputs) = (self.stride(), self.outputs);
        (0..rows).map(move |row| row * stride..row * stride + outputs)
    }

    /// Whether products with W copy it as they go, for its input gradient too, and those for its gradient
    /// transpose the inputs: W is too large for the cache.
    #[inline]
    pub(crate) fn is_wide<F>(&self) -> bool {
        self.outputs >= STRIP && self.params.len() * size_of::<F>() >= LARGE
    }

    /// A zeroed buffer for Wᵀ, \[out\]\[in\] with padded rows. A wide layer needs none.
    pub(crate) fn transposed_buffer<F: Real>(&self) -> Aligned<F> {
        aligned::zeros(if self.is_wide::<F>() { 0 } else { self.outputs * padded(self.inputs) })
    }

    /// The numbers of the transpose of some rows of inputs, if the layer is wide.
    pub(crate) fn room_for_columns<F>(&self, rows: usize) -> usize {
        if self.is_wide::<F>() { self.inputs * padded(rows) } else { 0 }
    }

    /// Writes Wᵀ, which [`forward`](Self::forward) needs for a narrow layer and
    /// [`input_gradient`](Self::input_gradient) for all that are not wide.
    pub(crate) fn transpose<F: Real>(&self, params: &[F], out: &mut [F]) {
        if self.is_wide::<F>() {
            return;
        }
        self.isa.run(Transpose {
            rows: self.inputs,
            columns: self.outputs,
            values: Strided::new(&params[self.params.clone()], self.outputs),
            out: (out, padded(self.inputs)),
        });
    }

    /// out ← finish(start + x·W), or with the bias as the start.
    #[inline]
    pub(crate) fn forward<F: Real>(
        &self,
        (params, transposed): (&[F], &[F]),
        Strided { values: x, stride: x_stride }: Strided<'_, F>,
        rows: usize,
        (add, finish): (bool, Finish<F>),
        out: &mut [F],
    ) {
        let block = &params[self.params.clone()];
        let product = Product {
            rows,
            columns: self.outputs,
            depth: self.inputs,
            left: Left::Rows(x, x_stride),
            // The tiles read on behind a row of the weight: into the next one, or behind the last into the
            // bias.
            right: Strided::new(block, self.outputs),
            start: if add { Start::Current } else { Start::Row(&block[self.inputs * self.outputs..]) },
            finish,
            out,
            out_stride: self.stride(),
        };
        if self.is_narrow() {
            self.isa.run(Dots(Product { right: Strided::new(transposed, padded(self.inputs)), ..product }));
        } else {
            self.multiply_inputs(product);
        }
    }

    /// grad(W) ← finish(start + xᵀ·δ). Of a narrow layer its transpose, in `narrow`; when all is added,
    /// [`collect_narrow`](Self::collect_narrow) puts it into its place.
    pub(crate) fn weight_gradient<F: Real>(
        &self,
        Strided { values: x, stride: x_stride }: Strided<'_, F>,
        delta: &[F],
        rows: usize,
        (start, finish): (Start<'_, F>, Finish<F>),
        (grad, narrow): (&mut [F], &mut [F]),
    ) {
        if self.is_narrow() {
            return multiply(
                self.isa,
                Product {
                    rows: self.outputs,
                    columns: self.inputs,
                    depth: rows,
                    left: Left::Columns(delta, self.stride()),
                    right: Strided::new(x, x_stride),
                    start,
                    finish,
                    out: narrow,
                    out_stride: padded(self.inputs),
                },
            );
        }
        self.multiply_inputs(Product {
            rows: self.inputs,
            columns: self.outputs,
            depth: rows,
            left: Left::Columns(x, x_stride),
            right: Strided::new(delta, self.stride()),
            start,
            finish,
            out: &mut grad[self.params.clone()],
            out_stride: self.outputs,
        });
    }

    /// Writes xᵀ, which [`weight_gradient_in_shares`](Self::weight_gradient_in_shares) needs.
    pub(crate) fn turn_columns<F: Real>(&self, x: Strided<'_, F>, rows: usize, columns: &mut [F]) {
        let stride = padded(rows);
        let out = (&mut columns[..self.inputs * stride], stride);
        self.isa.run(Transpose { rows, columns: self.inputs, values: x, out });
    }

    /// grad(W) ← finish(xᵀ·δ) of a wide layer, summed by shares of the rows and these sums added in order.
    pub(crate) fn weight_gradient_in_shares<F: Real>(
        &self,
        columns: &[F],
        delta: &[F],
        (rows, share): (usize, usize),
        (start, finish): (Start<'_, F>, Finish<F>),
        grad: &mut [F],
    ) {
        let product = Product {
            rows: self.inputs,
            columns: self.outputs,
            depth: rows,
            left: Left::Rows(columns, padded(rows)),
            right: Strided::new(delta, self.stride()),
            start,
            finish,
            out: &mut grad[self.params.clone()],
            out_stride: self.outputs,
        };
        multiply_in_shares(self.isa, product, share);
    }

    /// Computes a product whose left factor are the inputs.
    fn multiply_inputs<F: Real>(&self, product: Product<'_, F>) {
        if self.sparse { multiply_sparse(self.isa, product) } else { multiply(self.isa, product) }
    }

    /// grad(W) ← finish(xᵀ·δ) and grad(b) ← finish(δ), for one row.
    pub(crate) fn gradient_of_one<F: Real>(&self, x: &[F], delta: &[F], finish: Finish<F>, grad: &mut [F]) {
        self.isa.run(Outer {
            column: &x[..self.inputs],
            row: &delta[..self.outputs],
            finish,
            out: &mut grad[self.params.clone()],
        });
    }

    /// Whether [`gradient_of_few`](Self::gradient_of_few) is the best way for 2 to [`turned::MOST`] rows.
    pub(crate) fn sums_outer_products<F>(&self) -> bool {
        !self.is_narrow() && !self.sparse && self.params.len() * size_of::<F>() <= CACHED
    }

    /// The numbers of a row of outputs that the layer above keeps, or of its own turned inputs.
    pub(crate) fn room_to_keep<F>(&self) -> usize {
        if self.sums_outer_products::<F>() { self.stride().max(self.inputs + 1) } else { self.stride() }
    }

    /// Writes (x, 1)ᵀ, which [`gradient_of_few`](Self::gradient_of_few) needs.
    pub(crate) fn turn_inputs<F: Real>(&self, x: Strided<'_, F>, rows: usize, out: &mut [F]) {
        let stride = turned::stride::<F>(rows);
        let (out, rest) = out.split_at_mut(self.inputs * stride);
        self.isa.run(Transpose { rows, columns: self.inputs, values: x, out: (out, stride) });
        rest[..stride].fill(F::ONE);
    }

    /// grad(W) ← finish(xᵀ·δ) and grad(b) ← finish(the column sums of δ), for 2 to [`turned::MOST`] rows, by
    /// (x, 1)ᵀ.
    pub(crate) fn gradient_of_few<F: Real>(
        &self,
        turned: &[F],
        delta: &[F],
        rows: usize,
        finish: Finish<F>,
        grad: &mut [F],
    ) {
        self.isa.run(OuterSum {
            samples: rows,
            left: &turned[..(self.inputs + 1) * turned::stride::<F>(rows)],
            deltas: Strided::new(delta, self.stride()),
            columns: self.outputs,
            finish,
            out: &mut grad[self.params.clone()],
        });
    }

    /// Moves W and b by `rate` times their gradient for one row and replaces its inputs, which a rectifier
    /// has left, by the derivatives there.
    pub(crate) fn descend_on_one<F: Real>(&self, inputs: &mut [F], delta: &[F], rate: F, params: &mut [F]) {
        self.isa.run(Sparse {
            inputs: &mut inputs[..self.inputs],
            delta: &delta[..self.outputs],
            rate,
            params: &mut params[self.params.clone()],
        });
    }

    /// Adds ‖x‖²·‖δ‖² + ‖δ‖², the squared length of the layer's gradient of a sample, for each of the samples
    /// of `out`.
    pub(crate) fn add_gradient_squares<F: Real>(
        &self,
        Strided { values: x, stride }: Strided<'_, F>,
        deltas: &[F],
        out: &mut [F],
    ) {
        for (row, (delta, out)) in self.rows(out.len()).zip(out.iter_mut()).enumerate() {
            let (x, delta) = (&x[row * stride..][..self.inputs], &deltas[delta]);
            *out += (vector::dot(x, x) + F::ONE) * vector::dot(delta, delta);
        }
    }

    /// grad(b) ← finish(start + the column sums of δ).
    pub(crate) fn bias_gradient<F: Real>(
        &self,
        delta: &[F],
        rows: usize,
        (start, finish): (Start<'_, F>, Finish<F>),
        grad: &mut [F],
    ) {
        multiply(
            self.isa,
            Product {
                rows: 1,
                columns: self.outputs,
                depth: rows,
                // A stride of 0: one for every k.
                left: Left::Columns(&[F::ONE], 0),
                right: Strided::new(delta, self.stride()),
                start,
                finish,
                out: &mut grad[self.params.clone()][self.inputs * self.outputs..],
                out_stride: self.outputs,
            },
        );
    }

    /// Copies the transpose of a narrow layer's weight, or that of its gradient, to its place.
    pub(crate) fn collect_narrow<F: Real>(&self, narrow: &[F], out: &mut [F]) {
        self.isa.run(Transpose {
            rows: self.outputs,
            columns: self.inputs,
            values: Strided::new(narrow, padded(self.inputs)),
            out: (&mut out[self.params.clone()], self.outputs),
        });
    }

    /// out ← finish(δ·Wᵀ), or added to what is there.
    pub(crate) fn input_gradient<F: Real>(
        &self,
        (params, transposed): (&[F], &[F]),
        delta: &[F],
        rows: usize,
        (add, finish): (bool, Finish<F>),
        out: &mut [F],
    ) {
        let product = Product {
            rows,
            columns: self.inputs,
            depth: self.outputs,
            left: Left::Rows(delta, self.stride()),
            right: Strided::new(transposed, padded(self.inputs)),
            start: Start::adding(add),
            finish,
            out,
            out_stride: padded(self.inputs),
        };
        if self.is_wide::<F>() {
            let right = Strided::new(&params[self.params.clone()], self.outputs);
            multiply_turned(self.isa, Product { right, ..product });
        } else {
            multiply(self.isa, product);
        }
    }

    /// The same to the bit without Wᵀ, for up to [`turned::MOST`] rows. `room` is for δᵀ.
    pub(crate) fn input_gradient_of_several<F: Real>(
        &self,
        params: &[F],
        delta: &[F],
        rows: usize,
        finish: Finish<F>,
        room: &mut [F],
        out: &mut [F],
    ) {
        self.isa.run(Transpose {
            rows,
            columns: self.outputs,
            values: Strided::new(delta, self.stride()),
            out: (&mut *room, turned::stride::<F>(rows)),
        });
        self.isa.run(Turned {
            rows,
            columns: self.inputs,
            depth: self.outputs,
            left: room,
            right: Strided::new(&params[self.params.clone()], self.outputs),
            finish,
            out: (out, padded(self.inputs)),
        });
    }

    /// The same by dot products with the rows of W, and so to other bits, which saves the transposition where
    /// there are few rows.
    pub(crate) fn input_gradient_of_few<F: Real>(
        &self,
        params: &[F],
        delta: &[F],
        rows: usize,
        finish: Finish<F>,
        out: &mut [F],
    ) {
        self.isa.run(Dots(Product {
            rows,
            columns: self.inputs,
            depth: self.outputs,
            left: Left::Rows(delta, self.stride()),
            right: Strided::new(&params[self.params.clone()], self.outputs),
            start: Start::Zero,
            finish,
            out,
            out_stride: padded(self.inputs),
        }));
    }
}
