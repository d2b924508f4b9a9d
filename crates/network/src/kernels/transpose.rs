//! The transpose of a matrix, in blocks.

use thalweg_numeric::Real;
use thalweg_numeric::simd::{Vectors, load_transposed};

use crate::numerics::{WideKernel, compiled};

use super::Strided;

/// Writes the transpose of a `rows` × `columns` matrix, given with its row stride.
///
/// In square blocks of vectors, which are transposed in registers, and element by element where no whole
/// block fits. Two columns, or two rows, that lie close together are taken apart, or put together, pair by
/// pair.
pub(crate) struct Transpose<'a, F> {
    pub rows: usize,
    pub columns: usize,
    pub values: Strided<'a, F>,
    pub out: (&'a mut [F], usize),
}

compiled!(Transpose, run_either_wide_here);

impl<F: Real> WideKernel for Transpose<'_, F> {
    fn fills_wide(&self) -> bool {
        self.rows.is_multiple_of(F::WIDE_LANES) && self.out.1.is_multiple_of(F::WIDE_LANES)
    }

    #[inline(always)]
    fn run_wide<M: Vectors, const FUSED: bool>(self, machine: M) {
        if self.columns == 2 && self.values.stride == 2 {
            take_apart(self);
        } else if self.rows == 2 && self.out.1 == 2 {
            put_together(self);
        } else if const { M::REGISTERS == 32 && F::LANES == 8 } {
            blocks::<F, M, 16, 8>(machine, self);
        } else if const { M::REGISTERS == 32 || F::LANES == 8 } {
            blocks::<F, M, 8, 4>(machine, self);
        } else {
            blocks::<F, M, 4, 2>(machine, self);
        }
    }
}

/// Two columns to two lines.
#[inline(always)]
fn take_apart<F: Real>(t: Transpose<'_, F>) {
    let (first, second) = t.out.0.split_at_mut(t.out.1);
    let pairs = t.values.values.as_chunks::<2>().0[..t.rows].iter();
    for (([a, b], first), second) in pairs.zip(&mut first[..t.rows]).zip(&mut second[..t.rows]) {
        (*first, *second) = (*a, *b);
    }
}

/// Two lines to two columns.
#[inline(always)]
fn put_together<F: Real>(t: Transpose<'_, F>) {
    let (first, second) = t.values.values.split_at(t.values.stride);
    let pairs = t.out.0.as_chunks_mut::<2>().0[..t.columns].iter_mut();
    for ((pair, first), second) in pairs.zip(&first[..t.columns]).zip(&second[..t.columns]) {
        *pair = [*first, *second];
    }
}

/// N is the number of lanes, and H half of it.
#[inline(always)]
fn blocks<F: Real, M: Vectors, const N: usize, const H: usize>(machine: M, t: Transpose<'_, F>) {
    let (Strided { values, stride }, (out, out_stride)) = (t.values, t.out);
    // Whole vectors of a line of `out` lie one behind the other where its lines are whole vectors apart.
    let fits = out_stride.is_multiple_of(N);
    let (whole_rows, whole_columns) =
        if fits { (t.rows - t.rows % N, t.columns - t.columns % H) } else { (0, 0) };
    let (vectors, apart) = (out.as_chunks_mut::<N>().0, out_stride / N);
    for row in (0..whole_rows).step_by(N) {
        let mut lines: [&[[F; H]]; N] = [&[]; N];
        for i in 0..N {
            lines[i] = values[(row + i) * stride..][..t.columns].as_chunks().0;
        }
        for block in 0..whole_columns / H {
            let mut here = [&lines[0][block]; N];
            for i in 0..N {
                here[i] = &lines[i][block];
            }
            let turned = load_transposed::<F, M, N, H>(machine, here);
            for i in 0..H {
                F::store(&mut vectors[(block * H + i) * apart + row / N], turned[i]);
            }
        }
    }
    for column in whole_columns..t.columns {
        let line = &mut out[column * out_stride..][..t.rows];
        for (out, value) in
            line.iter_mut().zip(values.get(column..).unwrap_or_default().iter().step_by(stride))
        {
            *out = *value;
        }
    }
    for row in whole_rows..t.rows {
        let line = &values[row * stride..][..whole_columns];
        for (value, out) in
            line.iter().zip(out.get_mut(row..).unwrap_or_default().iter_mut().step_by(out_stride))
        {
            *out = *value;
        }
    }
}
