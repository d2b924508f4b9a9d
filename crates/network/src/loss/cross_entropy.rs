//! The cross-entropy of blocks of rows, with its gradient.
//!
//! Slopes that are negligible beside any other are 0, so that no product of the way back is subnormal for
//! their sake: each would take an Intel core some hundred cycles.

#![expect(
    clippy::needless_range_loop,
    reason = "loops over lanes become vector instructions; sums stay in registers under constant indices"
)]

use thalweg_numeric::Real;
use thalweg_numeric::simd::{Machine, load_transposed, transpose};

use super::{Logits, count, largest};
use crate::numerics::{Kernel, compiled};

/// [`Loss::gradients`](super::Loss::gradients) of the cross-entropy.
pub(super) struct CrossEntropy<'a, F> {
    pub logits: Logits<'a, F>,
    pub labels: &'a [u32],
    pub scale: F,
    pub losses: &'a mut [F],
}

/// Rows of two classes that are computed side by side: a block.
const GROUP: usize = 128;

/// The most classes of which eight rows are computed side by side.
const MOST: usize = 64;

compiled!(CrossEntropy, run_either_here);

impl<F: Real> Kernel for CrossEntropy<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        let Logits { values, stride, classes } = self.logits;
        if classes == 2 {
            let groups = values.chunks_mut(GROUP * stride).zip(self.labels.chunks(GROUP));
            for ((values, labels), losses) in groups.zip(self.losses.chunks_mut(GROUP)) {
                two_classes(values, stride, labels, self.scale, losses);
            }
            return;
        }
        let rows = self.labels.len();
        let grouped = if classes.next_multiple_of(8) <= stride.min(MOST) { rows - rows % 8 } else { 0 };
        let (groups, values) = values.split_at_mut(grouped * stride);
        let (group_labels, labels) = self.labels.split_at(grouped);
        let (group_losses, losses) = self.losses.split_at_mut(grouped);
        if const { F::LANES == 8 } {
            groups_of_eight::<F, M, 8, 4>(
                machine,
                groups,
                (stride, classes),
                group_labels,
                self.scale,
                group_losses,
            );
        } else {
            groups_of_eight::<F, M, 4, 2>(
                machine,
                groups,
                (stride, classes),
                group_labels,
                self.scale,
                group_losses,
            );
        }
        for ((row, label), loss) in values.chunks_exact_mut(stride).zip(labels).zip(losses) {
            *loss = many_classes(row, classes, *label as usize, self.scale);
        }
    }
}

/// The cross-entropy of up to `GROUP` rows of two classes.
#[inline(always)]
fn two_classes<F: Real>(values: &mut [F], stride: usize, labels: &[u32], scale: F, losses: &mut [F]) {
    if labels.len() < 4 {
        // Faster one by one, as a vector would wait for what has been stored number by number.
        for ((row, label), loss) in values.chunks_exact_mut(stride).zip(labels).zip(losses) {
            let (own, other) = (*label as usize, 1 - *label as usize);
            let slope;
            (slope, *loss) = two_logits(row[own], row[other], scale);
            (row[own], row[other]) = (-slope, slope);
        }
        return;
    }
    let (mut own, mut other) = ([F::ZERO; GROUP], [F::ZERO; GROUP]);
    for (((row, label), own), other) in values.chunks_exact(stride).zip(labels).zip(&mut own).zip(&mut other)
    {
        let pair = [row[0], row[1]];
        (*own, *other) = (pair[*label as usize], pair[1 - *label as usize]);
    }
    // Slopes and losses in their places, in whole vectors: there is nothing behind the last row but zeros.
    let vectors = own.as_chunks_mut::<8>().0.iter_mut().zip(other.as_chunks_mut::<8>().0);
    for (own, other) in vectors.take(labels.len().div_ceil(8)) {
        for r in 0..8 {
            (own[r], other[r]) = two_logits(own[r], other[r], scale);
        }
    }
    losses.copy_from_slice(&other[..losses.len()]);
    for ((row, label), slope) in values.chunks_exact_mut(stride).zip(labels).zip(own) {
        let signs = [-slope, slope];
        (row[0], row[1]) = (signs[*label as usize], signs[1 - *label as usize]);
    }
}

/// `scale` times the slope of the cross-entropy by the other logit, which is minus that by the label's, and
/// its value. Only their difference m matters:
///
/// ```text
/// slope = 1/(1 + e^−m),   value = max(0, m) + ln(1 + e^−|m|)
/// ```
#[inline(always)]
fn two_logits<F: Real>(own: F, other: F, scale: F) -> (F, F) {
    let m = other - own;
    // NaN where a logit is infinite.
    let not_finite = F::ZERO * own + F::ZERO * other;
    let power = (-m.abs()).exp() + not_finite;
    let factor = scale / (F::ONE + power);
    let slope = if m > F::ZERO { factor } else { power * factor }.settled();
    (slope, if m > F::ZERO { m } else { F::ZERO } + power.ln_1p())
}

/// The cross-entropy of eight rows at a time, whose logits become the gradient: to the bit what
/// [`many_classes`] makes of each row. N is the number of lanes and H half of it.
#[inline(always)]
fn groups_of_eight<F: Real, M: Machine, const N: usize, const H: usize>(
    machine: M,
    values: &mut [F],
    (stride, classes): (usize, usize),
    labels: &[u32],
    scale: F,
    losses: &mut [F],
) {
    if labels.is_empty() {
        return;
    }
    let mut columns = [[F::ZERO; 8]; MOST];
    let columns = &mut columns[..classes.next_multiple_of(8)];
    let groups = values.chunks_exact_mut(8 * stride).zip(labels.as_chunks().0);
    for ((rows, labels), losses) in groups.zip(losses.as_chunks_mut().0) {
        to_columns::<F, M, N, H>(machine, rows, stride, columns);
        *losses = side_by_side(&mut columns[..classes], labels, scale);
        to_rows::<F, M, N>(machine, columns, rows, stride);
    }
}

/// The cross-entropy of eight rows, one in each lane of the columns, which become the gradient.
#[inline(always)]
fn side_by_side<F: Real>(columns: &mut [[F; 8]], labels: &[u32; 8], scale: F) -> [F; 8] {
    // Classes as numbers as wide as the logits, so that they are compared in the same vectors.
    let (mut best, mut top, mut margin) = ([F::ZERO; 8], columns[0], [F::ZERO; 8]);
    for (class, column) in columns.iter().enumerate() {
        for r in 0..8 {
            let larger = column[r] > top[r];
            best[r] = if larger { count(class) } else { best[r] };
            top[r] = if larger { column[r] } else { top[r] };
        }
    }
    for r in 0..8 {
        margin[r] = columns[labels[r] as usize][r] - top[r];
    }
    let (mut rest, mut factor, mut losses) = ([F::ZERO; 8], [F::ZERO; 8], [F::ZERO; 8]);
    for (class, column) in columns.iter_mut().enumerate() {
        for r in 0..8 {
            column[r] = (column[r] - top[r]).exp();
            rest[r] += if best[r] == count(class) { F::ZERO } else { column[r] };
        }
    }
    for r in 0..8 {
        factor[r] = scale / (F::ONE + rest[r]);
        losses[r] = rest[r].ln_1p() - margin[r];
    }
    for column in columns.iter_mut() {
        for r in 0..8 {
            column[r] = (column[r] * factor[r]).settled();
        }
    }
    for r in 0..8 {
        let slope = &mut columns[labels[r] as usize][r];
        let is_best = best[r] == count(labels[r] as usize);
        *slope = if is_best { (margin[r] - rest[r] * factor[r]).settled() } else { *slope - scale };
    }
    losses
}

/// Eight rows to columns. N is the number of lanes and H half of it.
#[inline(always)]
fn to_columns<F: Real, M: Machine, const N: usize, const H: usize>(
    machine: M,
    rows: &[F],
    stride: usize,
    columns: &mut [[F; 8]],
) {
    for (block, columns) in columns.chunks_exact_mut(H).enumerate() {
        for first in (0..8).step_by(N) {
            let line = |row: usize| &rows[(first + row) * stride + block * H..];
            let mut lines: [&[F; H]; N] = [line(0).first_chunk().expect("half a vector"); N];
            for row in 1..N {
                lines[row] = line(row).first_chunk().expect("half a vector");
            }
            let turned = load_transposed::<F, M, N, H>(machine, lines);
            for column in 0..H {
                F::store(&mut columns[column][first..], turned[column]);
            }
        }
    }
}

/// Columns back to eight rows.
#[inline(always)]
fn to_rows<F: Real, M: Machine, const N: usize>(
    machine: M,
    columns: &[[F; 8]],
    rows: &mut [F],
    stride: usize,
) {
    for (block, columns) in columns.chunks_exact(N).enumerate() {
        for first in (0..8).step_by(N) {
            let mut vectors = [F::splat(machine, F::ZERO); N];
            for column in 0..N {
                vectors[column] = F::load(&columns[column][first..]);
            }
            let turned = transpose::<F, M, N>(machine, vectors);
            for row in 0..N {
                F::store(&mut rows[(first + row) * stride + block * N..], turned[row]);
            }
        }
    }
}

/// The cross-entropy of one row, whose logits become the gradient. What is behind the `classes` is
/// overwritten up to the end of a vector.
#[inline(always)]
fn many_classes<F: Real>(row: &mut [F], classes: usize, label: usize, scale: F) -> F {
    let (best, top) = largest(&row[..classes]);
    let margin = row[..classes][label] - top;
    let padded = classes.next_multiple_of(8).min(row.len());
    for value in &mut row[..padded] {
        *value = (*value - top).exp();
    }
    // The sum of all exponentials but that of the largest logit, which is 1.
    let mut rest = F::ZERO;
    for (class, power) in row[..classes].iter().enumerate() {
        rest += if class == best { F::ZERO } else { *power };
    }
    let factor = scale / (F::ONE + rest);
    for value in &mut row[..padded] {
        *value = (*value * factor).settled();
    }
    // The margin of the best class is 0, or NaN where its logit is infinite.
    row[label] = if label == best { (margin - rest * factor).settled() } else { row[label] - scale };
    rest.ln_1p() - margin
}
