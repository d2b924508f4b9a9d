//! Products shared over the threads of a pool.

use std::cell::Cell;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Either, Real};

use super::packed::{self, HEIGHT, Right};
use super::shallow::Shallow;
use super::{Product, Start, Strided, run_tiles};
use crate::numerics::Isa;

/// The least multiplications of a part of a product that another thread may compute: 50 to 80 µs of a core. A
/// thread that sleeps takes some 30 µs to wake on a virtual machine.
const PIECE: usize = 1 << 22;

/// The least rows of such a part: each reads all of the right factor.
const LEAST_ROWS: usize = 48;

/// The vectors of 512 bits whose columns are copied together.
const STRIP: usize = 4;

/// The kernel that computes a product, or a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// For a few steps of k.
    Shallow,
    /// Register tiles that read both factors where they lie.
    Tiles,
    /// Tiles of copies of the right factor, which each `share` steps of k have a sum of their own.
    Packed { right: Right, share: usize },
}

/// Computes a product, if it is large in as many parts as there are threads. Idle ones take them over.
pub(super) fn run<F: Real>(isa: Isa, product: Product<'_, F>, way: Way) {
    // Outside of a pool `join` would start one.
    let threads = rayon::current_thread_index().map_or(1, |_| rayon::current_num_threads());
    Shared { isa, way, threads }.compute(product);
}

#[derive(Clone, Copy)]
struct Shared {
    isa: Isa,
    way: Way,
    threads: usize,
}

/// Where a product is cut in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Rows(usize),
    Columns(usize),
}

impl Shared {
    fn compute<F: Real>(self, product: Product<'_, F>) {
        match self.cut(&product) {
            None => match self.way {
                Way::Shallow => self.isa.run(Shallow(product)),
                Way::Tiles => run_tiles(self.isa, product),
                Way::Packed { right, share } => packed::run(self.isa, product, right, share),
            },
            Some(Cut::Rows(rows)) => {
                let (first, rest) = product.split(rows);
                self.both(first, rest);
            }
            Some(Cut::Columns(columns)) => F::call(ByColumns { shared: self, columns }, product),
        }
    }

    /// By rows, or, if most of the work of few rows is to copy the right factor, by its columns.
    fn cut<F: Real>(self, product: &Product<'_, F>) -> Option<Cut> {
        let strip = STRIP * F::WIDE_LANES;
        let by_columns = matches!(self.way, Way::Packed { .. }) && 2 * product.rows <= product.depth;
        let most = if by_columns { product.columns / strip } else { product.rows / LEAST_ROWS };
        let threads = self.threads.min(most);
        if threads < 2 || product.rows * product.columns * product.depth < 2 * PIECE {
            return None;
        }
        let first = |n: usize, unit: usize| (n * (threads / 2) / threads).next_multiple_of(unit);
        Some(match by_columns {
            true => Cut::Columns(first(product.columns, strip)),
            false => Cut::Rows(first(product.rows, HEIGHT)),
        })
    }

    fn both<F: Real>(self, first: Product<'_, F>, rest: Product<'_, F>) {
        let half = Self { threads: self.threads / 2, ..self };
        let other = Self { threads: self.threads - half.threads, ..self };
        rayon::join(|| half.compute(first), || other.compute(rest));
    }
}

/// Computes the columns from some on in a room of their own: one matrix cannot be lent to two threads by
/// columns.
struct ByColumns {
    shared: Shared,
    columns: usize,
}

impl Either for ByColumns {
    type Argument<'a, F: Real> = Product<'a, F>;

    fn single(self, product: Product<'_, f32>) {
        thread_local!(static ROOM: Cell<Aligned<f32>> = Cell::new(aligned::zeros(0)));
        // Taken out, since a thread that waits for another may compute a product of another run.
        let mut room = ROOM.replace(aligned::zeros(0));
        self.compute(product, &mut room);
        ROOM.set(room);
    }

    fn double(self, product: Product<'_, f64>) {
        thread_local!(static ROOM: Cell<Aligned<f64>> = Cell::new(aligned::zeros(0)));
        let mut room = ROOM.replace(aligned::zeros(0));
        self.compute(product, &mut room);
        ROOM.set(room);
    }
}

impl ByColumns {
    fn compute<F: Real>(self, product: Product<'_, F>, room: &mut Aligned<F>) {
        let (n, stride) = (self.columns, product.out_stride - self.columns);
        if room.len() < product.rows * stride {
            *room = aligned::zeros(product.rows * stride);
        }
        let lines =
            room.chunks_exact_mut(stride).zip(product.out.chunks(product.out_stride)).take(product.rows);
        if product.finish.reads() || matches!(product.start, Start::Current) {
            lines.for_each(|(line, out)| line.copy_from_slice(&out[n..]));
        }
        let Strided { values, stride: of_right } = product.right;
        let from = match self.shared.way {
            Way::Packed { right: Right::Turned, .. } => n * of_right,
            _ => n,
        };
        let rest = Product {
            columns: product.columns - n,
            right: Strided::new(&values[from..], of_right),
            start: match product.start {
                Start::Row(row) => Start::Row(&row[n..]),
                other => other,
            },
            out: &mut *room,
            out_stride: stride,
            ..product
        };
        self.shared.both(Product { columns: n, out: &mut *product.out, ..product }, rest);
        let lines =
            product.out.chunks_mut(product.out_stride).zip(room.chunks_exact(stride)).take(product.rows);
        lines.for_each(|(out, line)| out[n..].copy_from_slice(line));
    }
}
