//! Products whose left factor is given by columns with many zeros.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use super::sparse::{BLOCK, all_finite};
use super::tile_ends::whole;
use super::tiles::add_multiple;
use super::{Finish, LANES, Left, Product, Strided};
use crate::numerics::{Kernel, compiled};

/// Masks of a product.
const MASKS: usize = 2;

/// The most steps of k.
pub(super) const DEPTH: usize = MASKS * BLOCK;

/// Rows of a tile.
const ROWS: usize = 4;

/// The most tiles in a vector of rows.
const TILES: usize = 2;

/// A product of few columns without the steps of k where a whole tile of `left` is 0, as
/// [`SparseRows`](super::SparseRows) has it: the gradient of a layer's weight where the inputs are images.
///
/// It goes by as many rows as a vector has lanes, in tiles of four. Their results, which are not whole
/// vectors wide, are put together and then finished as one piece. `left` must be [`Left::Columns`], of whole
/// vectors of rows, `depth` be at most [`DEPTH`], the stride of `right` be [`LANES`], `start` be
/// [`Start::Zero`](super::Start::Zero), `finish` be [`Finish::Store`] or [`Finish::Move`], and `out` have no
/// room between its rows.
pub(crate) struct SparseColumns<'a, F>(pub Product<'a, F>);

compiled!(SparseColumns);

impl<F: Real> Kernel for SparseColumns<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        let p = self.0;
        match p.columns.div_ceil(F::LANES) {
            1 => every_row::<F, M, FUSED, 1>(machine, p),
            2 => every_row::<F, M, FUSED, 2>(machine, p),
            // Only in f64.
            3 if const { 3 * F::LANES <= LANES } => every_row::<F, M, FUSED, 3>(machine, p),
            vectors => unreachable!("{vectors} vectors of columns are too many"),
        }
    }
}

#[inline(always)]
fn every_row<F: Real, M: Machine, const FUSED: bool, const P: usize>(machine: M, p: Product<'_, F>) {
    let Left::Columns(left, stride) = p.left else { unreachable!("zeros are looked for in columns") };
    let right = &p.right.values.as_chunks::<LANES>().0[..p.depth];
    let skip = right.iter().all(|row| all_finite::<F, M>(machine, &row[..p.columns]));
    let mut together = [F::ZERO; (TILES * ROWS + 1) * LANES];
    for (row, out) in (0..p.rows).step_by(F::LANES).zip(p.out.chunks_exact_mut(F::LANES * p.columns)) {
        let mut active = [[0; TILES]; MASKS];
        for (active, first) in active.iter_mut().zip((0..p.depth).step_by(BLOCK)) {
            let depth = BLOCK.min(p.depth - first);
            *active = self::active(machine, Strided::new(&left[first * stride..], stride), row, depth, skip);
        }
        for t in 0..F::LANES / ROWS {
            let mut sums = [[F::splat(machine, F::ZERO); P]; ROWS];
            for (active, (right, k)) in active.iter().zip(right.chunks(BLOCK).zip((0..).step_by(BLOCK))) {
                let left = Strided::new(&left[k * stride + row + t * ROWS..], stride);
                sums = add_active::<F, M, FUSED, P>(machine, left, right, active[t], sums);
            }
            for r in 0..ROWS {
                for v in 0..P {
                    F::store(&mut together[(t * ROWS + r) * p.columns + v * F::LANES..], sums[r][v]);
                }
            }
        }
        // So that how to finish is a constant inside the loop.
        match p.finish {
            Finish::Store => store::<F, M>(machine, Finish::Store, &together, out),
            Finish::Move(a) => store::<F, M>(machine, Finish::Move(a), &together, out),
            other => unreachable!("no gradient finishes by {other:?}"),
        }
    }
}

/// For each tile of a vector of rows a bit for each k: not set where the tile is 0, if k is among those that
/// are looked at.
#[inline(always)]
fn active<F: Real, M: Machine>(
    machine: M,
    Strided { values: left, stride }: Strided<'_, F>,
    row: usize,
    depth: usize,
    look: bool,
) -> [u64; TILES] {
    let fours = if look { depth / 4 } else { 0 };
    let mut masks = [!0 >> (BLOCK - depth) & u64::MAX.checked_shl(4 * fours as u32).unwrap_or(0); TILES];
    for four in 0..fours {
        let mut x = [F::splat(machine, F::ZERO); 4];
        for i in 0..4 {
            x[i] = F::load(&left[(4 * four + i) * stride + row..]);
        }
        // Lane i of each half tells of x[i] in the end.
        let (a, b) = F::exchange::<M, 2>(machine, x[0], x[2]);
        let (c, d) = F::exchange::<M, 2>(machine, x[1], x[3]);
        let (a, b) = F::exchange::<M, 1>(machine, F::or(machine, a, b), F::or(machine, c, d));
        let bits = F::not_zero(machine, F::or(machine, a, b));
        for t in 0..TILES {
            masks[t] |= u64::from(bits >> (t * ROWS) & 0xf) << (4 * four);
        }
    }
    masks
}

/// Adds left·right over the active k to the sums of four rows.
#[inline(always)]
fn add_active<F: Real, M: Machine, const FUSED: bool, const P: usize>(
    machine: M,
    Strided { values: left, stride }: Strided<'_, F>,
    right: &[[F; LANES]],
    mut active: u64,
    mut sums: [[F::Vector<M>; P]; ROWS],
) -> [[F::Vector<M>; P]; ROWS] {
    while active != 0 {
        let k = active.trailing_zeros() as usize;
        active &= active - 1;
        let y = whole::<F, M, P>(machine, &right[k]);
        let x: &[F; ROWS] = left[k * stride..].first_chunk().expect("four rows are left");
        for r in 0..ROWS {
            add_multiple::<F, M, FUSED, P>(machine, x[r], &y, &mut sums[r]);
        }
    }
    sums
}

/// Finishes and stores as many sums as `out` has room for, in whole vectors.
#[inline(always)]
fn store<F: Real, M: Machine>(machine: M, finish: Finish<F>, sums: &[F], out: &mut [F]) {
    for (sums, out) in sums.chunks_exact(F::LANES).zip(out.chunks_exact_mut(F::LANES)) {
        let sum = F::load(sums);
        let old = if finish.reads() { F::load(out) } else { sum };
        F::store(out, finish.apply::<M>(machine, sum, old));
    }
}
