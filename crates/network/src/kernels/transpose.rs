//! The transpose of a matrix, in blocks.

use thalweg_numeric::Real;

use super::chunk;
use crate::numerics::Kernel;

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
