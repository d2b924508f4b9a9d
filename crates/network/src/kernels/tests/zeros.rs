//! Kernels that leave out zeros, against those that do not.

use super::*;

/// A step for a single sample behind a rectifier: to the bit masked dot products and the outer product, with
/// idle rows, with none and with nothing else, with δ and inputs that are not finite, and over several blocks
/// of rows.
fn sparse_agrees<F: Real>() {
    let rates = [-0.3, -0.3, 0.3, 0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for (isa, _) in Isa::all() {
        for (case, (rows, columns)) in
            [(1, 8), (5, 9), (7, 31), (13, 70), (64, 64), (65, 33), (131, 16)].into_iter().enumerate()
        {
            for kept in [0, 1, 2, 5] {
                for (i, (input, slope)) in
                    [(1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY), (1.0, f64::NAN)]
                        .into_iter()
                        .enumerate()
                {
                    let rate = F::from_f64(rates[(case + kept * 3 + i) % rates.len()]);
                    let mut problem = Problem::<F>::new(rows, columns, 1);
                    problem.old[0] = -F::ZERO;
                    let mut delta = problem.right.clone();
                    // In a whole vector or in what is left behind.
                    delta[(columns - 1) * (kept % 2)] *= F::from_f64(slope);
                    let idle = |i: usize| kept == 0 || i % 5 >= kept;
                    let activation = |(i, x): (usize, &F)| if idle(i) { F::ZERO } else { x.abs() };
                    let mut inputs: Vec<F> = problem.left.iter().enumerate().map(activation).collect();
                    inputs[rows / 2] *= F::from_f64(input);
                    let mut params = [&problem.old[..], &problem.bias].concat();

                    let (mut back, mut moved) = (inputs.clone(), params.clone());
                    isa.run(Dots(Product {
                        rows: 1,
                        columns: rows,
                        depth: columns,
                        left: Left::Rows(&delta, columns),
                        right: Strided::new(&params, columns),
                        start: Start::Zero,
                        finish: Finish::Mask,
                        out: &mut back,
                        out_stride: rows,
                    }));
                    isa.run(Outer {
                        column: &inputs,
                        row: &delta,
                        finish: Finish::Move(rate),
                        out: &mut moved,
                    });
                    isa.run(Sparse { inputs: &mut inputs, delta: &delta, rate, params: &mut params });
                    let what = format!("{isa:?} {rows}×{columns}, {kept} of 5, {input} {slope} {rate}");
                    assert_eq!(bits(&inputs), bits(&back), "{what}");
                    assert_eq!(bits(&params), bits(&moved), "{what}");
                }
            }
        }
    }
}

#[test]
fn sparse_steps_are_dots_and_outer_products() {
    sparse_agrees::<f32>();
    sparse_agrees::<f64>();
}

/// Products whose left factor has zeros, in rows and in columns: what tiles give, but for the sign of a 0.
/// With all 0, some and none, with factors that are not finite, of one and two words of a mask and with every
/// width.
fn sparse_products_agree<F: Real>() {
    let finishes = finishes();
    for (isa, _) in Isa::all() {
        for columns in 1..=3 * F::LANES {
            for (i, (rows, depth)) in [
                (1, 7),
                (3, 64),
                (5, 70),
                (8, 3),
                (13, 66),
                (19, 64),
                (24, 50),
                (16, 100),
                (17, 128),
                (26, 131),
            ]
            .into_iter()
            .enumerate()
            {
                for (kept, x, y) in
                    [(0, 1.0, 1.0), (2, 1.0, 1.0), (2, f64::NAN, 1.0), (2, 1.0, f64::INFINITY), (5, 1.0, 1.0)]
                {
                    let mut problem = Problem::<F>::new(rows, columns, depth);
                    problem.right[columns * depth / 2] *= F::from_f64(y);
                    for (j, value) in problem.left.iter_mut().enumerate() {
                        // The first sample is all 0, so that zeros are looked for.
                        let first = kept < 5 && (j / depth == 0 || j % depth == 0);
                        if first || (j / depth / 3 + j % depth / 2) % 5 >= kept {
                            *value = if j % 2 == 0 { F::ZERO } else { -F::ZERO };
                        }
                    }
                    problem.left[rows * depth / 2] *= F::from_f64(x);
                    let (start, finish) = ((i + kept) % 3, finishes[(i + kept + columns) % 5]);
                    for (turned, start, finish, padding) in [
                        (false, start, finish, [0, 1, 20][columns % 3]),
                        (true, 0, Finish::Store, 0),
                        (true, 0, finishes[4], 0),
                        (true, 2, Finish::Store, 0),
                    ] {
                        let run = |how: fn(Isa, Product<'_, F>)| {
                            let sums = problem.with_zeros(isa, turned, (start, finish), padding, how);
                            bits(&sums.into_iter().map(|sum| sum + F::ZERO).collect::<Vec<_>>())
                        };
                        assert_eq!(
                            run(multiply_sparse),
                            run(multiply),
                            "{isa:?} {rows}×{columns} over {depth}, {kept} of 5, {x} {y}, {turned} {finish:?}"
                        );
                    }
                }
            }
        }
    }
}

impl<F: Real> Problem<F> {
    /// By way of `how`, with the factors as they lie in a forward pass and, `turned`, in the gradient of a
    /// weight.
    fn with_zeros(
        &self,
        isa: Isa,
        turned: bool,
        (start, finish): (usize, Finish<F>),
        padding: usize,
        how: fn(Isa, Product<'_, F>),
    ) -> Vec<F> {
        let (rows, columns, depth) = (self.rows, self.columns, self.depth);
        let left = |row, k| self.left[row * depth + k];
        let (left, left_stride) = if turned {
            (Self::spread(depth, rows, rows + 2, |k, row| left(row, k)), rows + 2)
        } else {
            (Self::spread(rows, depth, depth + 3, left), depth + 3)
        };
        let right_stride = if turned { padded(columns) } else { columns };
        let mut right =
            Self::spread(depth, columns, right_stride, |k, column| self.right[column * depth + k]);
        right.resize(right.len() + 2 * LANES, F::from_f64(f64::NAN));
        let out_stride = columns + padding;
        let mut out = Self::spread(rows, columns, out_stride, |row, column| self.old[row * columns + column]);
        let product = Product {
            rows,
            columns,
            depth,
            left: if turned { Left::Columns(&left, left_stride) } else { Left::Rows(&left, left_stride) },
            right: Strided::new(&right, right_stride),
            start: [Start::Zero, Start::Row(&self.bias), Start::Current][start],
            finish,
            out: &mut out,
            out_stride,
        };
        how(isa, product);
        out.chunks(out_stride).flat_map(|row| row[..columns].to_vec()).collect()
    }
}

#[test]
fn products_with_zeros_are_tiles() {
    sparse_products_agree::<f32>();
    sparse_products_agree::<f64>();
}
