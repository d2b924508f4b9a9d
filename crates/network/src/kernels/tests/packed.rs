//! Products by copies of the right factor.

use super::*;
use crate::kernels::packed::{self, Right};

/// Every height of a tile, several panels (of four vectors over 1,024 steps of k, of two of 256 bits over
/// 4,096), and more rows than wait at a time.
const SHAPES: [(usize, usize, usize); 13] = [
    (1, 1, 1),
    (2, 5, 3),
    (3, 16, 8),
    (5, 33, 20),
    (7, 64, 9),
    (8, 70, 11),
    (9, 112, 13),
    (16, 130, 7),
    (11, 80, 2100),
    (5, 16, 4200),
    (1030, 64, 30),
    (13, 32, 40),
    (6, 64, 16),
];

impl<F: Real> Problem<F> {
    /// By a copy of the right factor or of its transpose, or by tiles for `None`; `share` steps of k have a
    /// sum of their own.
    fn packed(
        &self,
        isa: Isa,
        right: Option<Right>,
        share: usize,
        (start, finish): (usize, Finish<F>),
    ) -> Vec<u64> {
        let (rows, columns, depth) = (self.rows, self.columns, self.depth);
        let element = |column, k| self.right[column * depth + k];
        let by_rows = Self::spread(depth, columns, padded(columns), |k, column| element(column, k));
        let by_columns = Self::spread(columns, depth, depth + 1, element);
        let mut out = self.old.clone();
        let mut product = |ks: std::ops::Range<usize>, start, finish, right: Option<Right>| {
            let of_turned = right == Some(Right::Turned);
            let product = Product {
                rows,
                columns,
                depth: ks.len(),
                left: Left::Rows(&self.left[ks.start..], depth),
                right: if of_turned {
                    Strided::new(&by_columns[ks.start..], depth + 1)
                } else {
                    Strided::new(&by_rows[ks.start * padded(columns)..], padded(columns))
                },
                start,
                finish,
                out: &mut out,
                out_stride: columns,
            };
            match right {
                Some(right) => packed::run(isa, product, right, share),
                None => run_tiles(isa, product),
            }
        };
        let start = [Start::Zero, Start::Row(&self.bias), Start::Current][start];
        if right.is_some() || share >= depth {
            product(0..depth, start, finish, right);
        } else {
            for first in (0..depth).step_by(share) {
                let finish = if first == 0 { Finish::Store } else { Finish::Move(F::ONE) };
                product(first..depth.min(first + share), Start::Zero, finish, None);
            }
        }
        bits(&out)
    }
}

fn packed_agrees<F: Real>() {
    for (isa, _) in Isa::all() {
        for (i, (rows, columns, depth)) in SHAPES.into_iter().enumerate() {
            let problem = Problem::<F>::new(rows, columns, depth);
            for finish in finishes() {
                let how = (i % 3, finish);
                let expected = problem.packed(isa, None, usize::MAX, how);
                for right in [Right::Rows, Right::Turned] {
                    let computed = problem.packed(isa, Some(right), usize::MAX, how);
                    assert!(computed == expected, "{isa:?} {rows}×{columns} over {depth} {right:?} {how:?}");
                }
            }
            for share in [3, 8, 126] {
                let how = (0, Finish::Store);
                let expected = problem.packed(isa, None, share, how);
                let computed = problem.packed(isa, Some(Right::Rows), share, how);
                assert!(computed == expected, "{isa:?} {rows}×{columns} over {depth} by {share}");
            }
        }
    }
}

#[test]
fn products_by_copies_are_tiles() {
    packed_agrees::<f32>();
    packed_agrees::<f64>();
}
