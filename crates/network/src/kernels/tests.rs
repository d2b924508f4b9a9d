//! The kernels against plain loops.

mod packed;
mod zeros;

use thalweg_numeric::Streams;

use super::*;
use crate::numerics::Isa;

/// A factor, and its elements as plain rows.
struct Problem<F> {
    rows: usize,
    columns: usize,
    depth: usize,
    left: Vec<F>,
    right: Vec<F>,
    bias: Vec<F>,
    old: Vec<F>,
}

impl<F: Real> Problem<F> {
    fn new(rows: usize, columns: usize, depth: usize) -> Self {
        let mut stream = Streams::new(5, 0).stream("kernels", (rows * 10_000 + columns * 100 + depth) as u64);
        let mut draw = |n: usize| (0..n).map(|_| F::from_f64(stream.normal())).collect::<Vec<_>>();
        let (left, right) = (draw(rows * depth), draw(columns * depth));
        Self { rows, columns, depth, left, right, bias: draw(columns), old: draw(rows * columns) }
    }

    /// A matrix with its rows `stride` apart; what lies between them is NaN and must never be used.
    fn spread(rows: usize, columns: usize, stride: usize, element: impl Fn(usize, usize) -> F) -> Vec<F> {
        let mut values = vec![F::from_f64(f64::NAN); rows * stride];
        for row in 0..rows {
            for column in 0..columns {
                values[row * stride + column] = element(row, column);
            }
        }
        values
    }

    /// By three plain loops in f64: the result, and the sum of the magnitudes of its terms.
    fn naive(&self, start: usize, finish: Finish<F>) -> Vec<(f64, f64)> {
        let mut results = Vec::new();
        for row in 0..self.rows {
            for column in 0..self.columns {
                let old = self.old[row * self.columns + column].to_f64();
                let start = [0.0, self.bias[column].to_f64(), old][start];
                let (mut sum, mut size) = (start, start.abs());
                for k in 0..self.depth {
                    let term = self.left[row * self.depth + k].to_f64()
                        * self.right[column * self.depth + k].to_f64();
                    sum += term;
                    size += term.abs();
                }
                results.push(match finish {
                    Finish::Store => (sum, size),
                    Finish::Rectify => (sum.max(0.0), size),
                    Finish::Mask => (if old > 0.0 { sum } else { 0.0 }, size),
                    Finish::Scale => (sum * old, size * old.abs()),
                    Finish::Move(a) => (old + a.to_f64() * sum, old.abs() + a.to_f64().abs() * size),
                });
            }
        }
        results
    }

    /// By a kernel. `padding` is what the rows of the result have room for.
    fn kernel(
        &self,
        isa: Isa,
        (dots, transposed): (bool, bool),
        (start, finish): (usize, Finish<F>),
        padding: usize,
    ) -> Vec<F> {
        let (rows, columns, depth) = (self.rows, self.columns, self.depth);
        let left = |row, k| self.left[row * depth + k];
        let right = |column, k| self.right[column * depth + k];
        let (left_stride, out_stride) = (depth + 3, columns + padding);
        let left_rows = Self::spread(rows, depth, left_stride, left);
        let left_columns = Self::spread(depth, rows, rows + 2, |k, row| left(row, k));
        let right_dots = Self::spread(columns, depth, depth + 1, right);
        let right_tiles = Self::spread(depth, columns, padded(columns), |k, column| right(column, k));
        let mut out = Self::spread(rows, columns, out_stride, |row, column| self.old[row * columns + column]);
        let product = Product {
            rows,
            columns,
            depth,
            left: if transposed {
                Left::Columns(&left_columns, rows + 2)
            } else {
                Left::Rows(&left_rows, left_stride)
            },
            right: if dots {
                Strided::new(&right_dots, depth + 1)
            } else {
                Strided::new(&right_tiles, padded(columns))
            },
            start: [Start::Zero, Start::Row(&self.bias), Start::Current][start],
            finish,
            out: &mut out,
            out_stride,
        };
        if dots {
            isa.run(Dots(product))
        } else {
            multiply(isa, product)
        }
        (0..rows).flat_map(|row| out[row * out_stride..][..columns].to_vec()).collect()
    }
}

fn finishes<F: Real>() -> [Finish<F>; 5] {
    [Finish::Store, Finish::Rectify, Finish::Mask, Finish::Scale, Finish::Move(F::from_f64(-0.3))]
}

/// Every residue of the tile heights, of the tile widths and of the lanes, alone and behind whole tiles.
fn shapes() -> Vec<(usize, usize, usize)> {
    let mut shapes = Vec::new();
    for rows in 1..=15 {
        for columns in [1, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 70] {
            for depth in [0, 1, 2, 3, 4, 5, 8, 13] {
                shapes.push((rows, columns, depth));
            }
        }
    }
    shapes.extend((1..=36).map(|columns| (7, columns, 3)));
    shapes.extend((60..=131).map(|columns| (1, columns, 3)));
    shapes.extend((0..=17).map(|depth| (3, 5, depth)));
    // Eight, four, two and one vector of 512 bits in f32.
    shapes.extend([(1, 240, 5), (2, 112, 5)]);
    shapes
}

fn matches_plain_loops<F: Real>(unit: f64) {
    for (isa, _) in Isa::all() {
        for (i, (rows, columns, depth)) in shapes().into_iter().enumerate() {
            let problem = Problem::<F>::new(rows, columns, depth);
            let (start, finish, padding) = (i % 3, finishes()[i / 3 % 5], [0, 1, 20][i / 15 % 3]);
            let expected = problem.naive(start, finish);
            for variant in [(false, false), (false, true), (true, false)] {
                let computed = problem.kernel(isa, variant, (start, finish), padding);
                for (computed, (sum, size)) in computed.iter().zip(&expected) {
                    // A sum of d + 1 terms and three more roundings: at most (d + 4) units of the sum of
                    // magnitudes.
                    let error = (computed.to_f64() - sum).abs();
                    assert!(
                        error <= (depth + 4) as f64 * unit * size,
                        "{isa:?} {rows}×{columns} over {depth}, dots and transposed {variant:?}: {computed} {sum}"
                    );
                }
            }
        }
    }
}

#[test]
fn f32_products_match_plain_loops() {
    matches_plain_loops::<f32>(f64::from(f32::EPSILON));
}

#[test]
fn f64_products_match_plain_loops() {
    // The plain loops round as well.
    matches_plain_loops::<f64>(2.0 * f64::EPSILON);
}

/// All copies that do not fuse, and all that do, give the same bits.
fn copies_agree<F: Real>() {
    // The last shape is large enough for panels.
    for (i, (rows, columns, depth)) in shapes().into_iter().chain([(38, 256, 300)]).enumerate() {
        let mut problem = Problem::<F>::new(rows, columns, depth);
        // Zeros of either sign, as sums and as what is replaced.
        problem.left[..depth].fill(-F::ZERO);
        problem.old[0] = -F::ZERO;
        let how = (i % 3, finishes()[i / 3 % 5]);
        for variant in [(false, false), (false, true), (true, false)] {
            let mut results: [Option<Vec<u64>>; 2] = [None, None];
            for (isa, fused) in Isa::all() {
                let computed = bits(&problem.kernel(isa, variant, how, 0));
                let first = results[usize::from(fused)].get_or_insert_with(|| computed.clone());
                assert_eq!(*first, computed, "{isa:?} {rows}×{columns} over {depth} {variant:?} {how:?}");
            }
        }
    }
}

#[test]
fn copies_for_different_cpus_agree_to_the_bit() {
    copies_agree::<f32>();
    copies_agree::<f64>();
}

impl<F: Real> Problem<F> {
    /// The same with one of its rows alone.
    fn alone(&self, row: usize) -> Self {
        Self {
            rows: 1,
            left: self.left[row * self.depth..][..self.depth].to_vec(),
            right: self.right.clone(),
            bias: self.bias.clone(),
            old: self.old[row * self.columns..][..self.columns].to_vec(),
            ..*self
        }
    }
}

/// A row of a product has the same bits alone and among others: in tiles of any height, and by panels, which
/// the last three shapes are large enough for.
fn rows_agree<F: Real>() {
    let small = [(13, 70, 11), (13, 80, 11), (8, 16, 11), (6, 9, 11), (3, 40, 11), (9, 70, 2)];
    let large = [(38, 250, 300), (134, 200, 520), (134, 208, 520)];
    for (rows, columns, depth) in small.into_iter().chain(large) {
        let problem = Problem::<F>::new(rows, columns, depth);
        for (isa, _) in Isa::all() {
            for variant in [(false, false), (false, true), (true, false)] {
                for how in [(1, Finish::Store), (2, Finish::Mask)] {
                    let whole = problem.kernel(isa, variant, how, 0);
                    for row in (0..rows).step_by(1 + rows / 30) {
                        let alone = problem.alone(row).kernel(isa, variant, how, 0);
                        let among = &whole[row * columns..][..columns];
                        assert_eq!(alone, among, "{isa:?} row {row} of {rows}×{columns} {variant:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_among_others() {
    rows_agree::<f32>();
    rows_agree::<f64>();
}

/// The outer product, and the column sums of one row: to the bit what tiles give, and nothing behind.
fn outer_agrees<F: Real>() {
    for (isa, _) in Isa::all() {
        for (rows, columns) in
            (1..=36).map(|columns| (3, columns)).chain([(1, 64), (5, 70), (2, 131), (8, 2), (21, 2)])
        {
            let mut problem = Problem::<F>::new(rows + 1, columns, 1);
            problem.left[rows] = F::ONE;
            // Times a number of either sign one of the zeros is −0, but not in a sum that starts from 0. What
            // underflows is −0 even there, if it is fused. At the end, where pairs of columns are not
            // computed by whole vectors.
            let least = F::from_f64(if F::NAME == "f32" { 1.4e-45 } else { 5e-324 });
            for (left, small) in problem.left[..rows].iter_mut().rev().zip([-least, F::ZERO, -F::ZERO]) {
                *left = small;
            }
            for finish in [Finish::Store, Finish::Move(F::from_f64(-0.3))] {
                let expected = problem.kernel(isa, (false, true), (0, finish), 0);
                let mut out = problem.old.clone();
                let column = &problem.left[..rows];
                isa.run(Outer { column, row: &problem.right, finish, out: &mut out });
                assert_eq!(bits(&out), bits(&expected), "{isa:?} {rows}×{columns} {finish:?}");
            }
        }
    }
}

/// The bits of all values; those of a NaN have no meaning.
fn bits<F: Real>(values: &[F]) -> Vec<u64> {
    let bits = |value: f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
    values.iter().map(|value| bits(value.to_f64())).collect()
}

#[test]
fn outer_products_are_tiles_of_depth_one() {
    outer_agrees::<f32>();
    outer_agrees::<f64>();
}

/// The sum of outer products with the column sums: to the bit what tiles give, and nothing behind.
fn outer_sum_agrees<F: Real>() {
    for (isa, _) in Isa::all() {
        for samples in 2..=turned::MOST {
            for (rows, columns) in [(1, 8), (3, 5), (5, 16), (6, 9), (11, 31), (14, 3), (7, 32), (65, 64)] {
                let mut problem = Problem::<F>::new(rows, columns, samples);
                problem.left[(rows - 1) * samples..].fill(F::ONE);
                // A row of negative zeros, of which no sum may be one.
                problem.left[..samples].fill(-F::ZERO);
                let stride = turned::stride::<F>(samples);
                let left = Problem::spread(rows, samples, stride, |row, k| problem.left[row * samples + k]);
                let delta = |k, column| problem.right[column * samples + k];
                let deltas = Problem::spread(samples, columns, padded(columns), delta);
                for finish in [Finish::Store, Finish::Move(F::from_f64(-0.3))] {
                    let expected = problem.kernel(isa, (false, true), (0, finish), 0);
                    let mut out = problem.old.clone();
                    let deltas = Strided::new(&deltas, padded(columns));
                    isa.run(OuterSum { samples, left: &left, deltas, columns, finish, out: &mut out });
                    assert_eq!(bits(&out), bits(&expected), "{isa:?} {samples}: {rows}×{columns} {finish:?}");
                }
            }
        }
    }
}

#[test]
fn sums_of_outer_products_are_tiles() {
    outer_sum_agrees::<f32>();
    outer_sum_agrees::<f64>();
}

/// The turned product: to the bit what tiles give that start from zero.
fn turned_agrees<F: Real>() {
    for (isa, _) in Isa::all() {
        for rows in 1..=turned::MOST {
            for (columns, depth) in
                [(1, 3), (5, 0), (7, 11), (8, 1), (9, 5), (16, 2), (16, 8), (23, 64), (48, 24)]
            {
                let problem = Problem::<F>::new(rows, columns, depth);
                let (stride, out_stride) = (turned::stride::<F>(rows), padded(columns));
                let left = Problem::spread(depth, rows, stride, |k, row| problem.left[row * depth + k]);
                let right =
                    Problem::spread(columns, depth, depth + 1, |column, k| problem.right[column * depth + k]);
                for finish in finishes() {
                    let old = |row, column| problem.old[row * columns + column];
                    let mut out = Problem::spread(rows, columns, out_stride, old);
                    let (left, right) = (&*left, Strided::new(&right, depth + 1));
                    isa.run(Turned {
                        rows,
                        columns,
                        depth,
                        left,
                        right,
                        finish,
                        out: (&mut out, out_stride),
                    });
                    let expected = problem.kernel(isa, (false, false), (0, finish), 0);
                    for (out, expected) in out.chunks(out_stride).zip(expected.chunks(columns)) {
                        assert_eq!(
                            bits(&out[..columns]),
                            bits(expected),
                            "{isa:?} {rows}×{columns} over {depth}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn turned_products_are_tiles() {
    turned_agrees::<f32>();
    turned_agrees::<f64>();
}

#[test]
fn rectifier_and_mask_let_nan_through() {
    for ((isa, _), columns) in Isa::all().into_iter().flat_map(|isa| [(isa, 19), (isa, 32)]) {
        let mut problem = Problem::<f32>::new(7, columns, 3);
        problem.left[6] = f32::NAN; // row 2
        problem.old.fill(1.0);
        for variant in [(false, false), (false, true), (true, false)] {
            for finish in [Finish::Rectify, Finish::Mask] {
                let computed = problem.kernel(isa, variant, (0, finish), 0);
                for (i, value) in computed.iter().enumerate() {
                    assert_eq!(value.is_nan(), i / columns == 2, "{isa:?} element {i} of {columns} a row");
                }
            }
        }
    }
}

fn transposes_match<F: Real>() {
    // The last ones are for vectors of 512 bits, which go without room between the lines.
    let shapes = (0..=17).map(|rows| (rows, rows + 2)).chain([(16, 16), (32, 32), (32, 48)]);
    for (isa, _) in Isa::all() {
        for (rows, out_stride) in shapes.clone() {
            for columns in [0, 1, 2, 7, 8, 9, 16, 23] {
                let values: Vec<F> = (0..rows * (columns + 1)).map(|i| F::from_f64(i as f64)).collect();
                let mut out = vec![-F::ONE; columns * out_stride];
                let stride = columns + 1;
                isa.run(Transpose {
                    rows,
                    columns,
                    values: Strided::new(&values, stride),
                    out: (&mut out, out_stride),
                });
                for (i, out) in out.iter().enumerate() {
                    let (row, column) = (i % out_stride, i / out_stride);
                    let expected = if row < rows { values[row * stride + column] } else { -F::ONE };
                    assert_eq!(*out, expected, "{isa:?} {rows}×{columns}");
                }
            }
        }
    }
}

#[test]
fn transposes_match_plain_loops() {
    transposes_match::<f32>();
    transposes_match::<f64>();
}
