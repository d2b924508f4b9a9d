//! y ← x·W with W of 64 × 64 and x of B × 64, all row-major, f32, one thread: our layer beside the products
//! of other crates.
//!
//! `cargo bench --manifest-path bench/products/Cargo.toml` prints the time of each. Ours is a whole linear
//! layer as the public interface has it: it adds the bias too and copies the result out.

use divan::Bencher;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};
use thalweg_network::{Activation, Architecture, Loss, Network, Numerics};
use thalweg_numeric::Streams;

const WIDTH: usize = 64;
const ROWS: [usize; 4] = [1, 8, 64, 500];

fn main() {
    products_agree();
    divan::main();
}

#[divan::bench(name = "thalweg", args = ROWS, sample_size = 100)]
fn bench_thalweg(bencher: Bencher, rows: usize) {
    bench(bencher, rows, thalweg(rows));
}

#[divan::bench(name = "nano-gemm", args = ROWS, sample_size = 100)]
fn bench_nano_gemm(bencher: Bencher, rows: usize) {
    bench(bencher, rows, nano_gemm(rows));
}

#[divan::bench(name = "faer", args = ROWS, sample_size = 100)]
fn bench_faer(bencher: Bencher, rows: usize) {
    bench(bencher, rows, faer);
}

#[divan::bench(name = "gemm", args = ROWS, sample_size = 100)]
fn bench_gemm(bencher: Bencher, rows: usize) {
    bench(bencher, rows, gemm);
}

#[divan::bench(name = "matrixmultiply (ndarray)", args = ROWS, sample_size = 100)]
fn bench_matrixmultiply(bencher: Bencher, rows: usize) {
    bench(bencher, rows, matrixmultiply);
}

/// Writes x·W into y.
type Operands<'a> = (&'a [f32], &'a [f32], &'a mut [f32]);

fn bench(bencher: Bencher, rows: usize, mut product: impl FnMut(Operands<'_>)) {
    let (x, w, mut y) = operands(rows);
    bencher.bench_local(|| product((&x, &w, &mut y)));
}

fn operands(rows: usize) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let mut stream = Streams::new(42, 0).stream("data", 0);
    let mut draw = |n: usize| (0..n).map(|_| stream.normal() as f32).collect::<Vec<f32>>();
    (draw(rows * WIDTH), draw(WIDTH * WIDTH), vec![0.0; rows * WIDTH])
}

fn thalweg(rows: usize) -> impl FnMut(Operands<'_>) {
    let architecture = Architecture {
        inputs: WIDTH,
        hidden: vec![],
        outputs: WIDTH,
        activation: Activation::Identity,
        loss: Loss::CrossEntropy,
        ..Architecture::default()
    };
    let mut network = Network::new(&architecture, Numerics::best(), rows).expect("the best is supported");
    // The weights are those that the others get with every call; the biases behind them are 0.
    let (_, mut params, _) = operands(rows);
    params.resize(architecture.layout().dim(), 0.0);
    move |(x, _, y)| {
        let x = ArrayView2::from_shape((rows, WIDTH), x).expect("made for these rows");
        let y = ArrayViewMut2::from_shape((rows, WIDTH), y).expect("made for these rows");
        network.logits(&params, x, y);
    }
}

/// With the plan for this shape made beforehand. Row-major x·W is column-major Wᵀ·xᵀ.
fn nano_gemm(rows: usize) -> impl FnMut(Operands<'_>) {
    let plan = nano_gemm::Plan::new_colmajor_lhs_and_dst_f32(WIDTH, rows, WIDTH);
    let stride = WIDTH as isize;
    move |(x, w, y)| {
        assert!(x.len() == rows * WIDTH && w.len() == WIDTH * WIDTH && y.len() == rows * WIDTH);
        // SAFETY: the slices have just been checked to hold the matrices of the plan.
        unsafe {
            plan.execute_unchecked(
                WIDTH,
                rows,
                WIDTH,
                y.as_mut_ptr(),
                1,
                stride,
                w.as_ptr(),
                1,
                stride,
                x.as_ptr(),
                1,
                stride,
                0.0,
                1.0,
                false,
                false,
            );
        }
    }
}

fn faer((x, w, y): Operands<'_>) {
    let rows = x.len() / WIDTH;
    let x = MatRef::from_row_major_slice(x, rows, WIDTH);
    let w = MatRef::from_row_major_slice(w, WIDTH, WIDTH);
    matmul(MatMut::from_row_major_slice_mut(y, rows, WIDTH), Accum::Replace, x, w, 1.0, Par::Seq);
}

fn gemm((x, w, y): Operands<'_>) {
    let (rows, stride) = (x.len() / WIDTH, WIDTH as isize);
    assert!(w.len() == WIDTH * WIDTH && y.len() == rows * WIDTH);
    let parallelism = gemm::Parallelism::None;
    // SAFETY: the slices have just been checked to hold the matrices.
    unsafe {
        gemm::gemm(
            rows,
            WIDTH,
            WIDTH,
            y.as_mut_ptr(),
            1,
            stride,
            false,
            x.as_ptr(),
            1,
            stride,
            w.as_ptr(),
            1,
            stride,
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

fn matrixmultiply((x, w, y): Operands<'_>) {
    let rows = x.len() / WIDTH;
    let x = ArrayView2::from_shape((rows, WIDTH), x).expect("made for these rows");
    let w = ArrayView2::from_shape((WIDTH, WIDTH), w).expect("made for this width");
    let mut y = ArrayViewMut2::from_shape((rows, WIDTH), y).expect("made for these rows");
    general_mat_mul(1.0, &x, &w, 0.0, &mut y);
}

/// Times mean nothing if the results differ.
fn products_agree() {
    for rows in ROWS {
        let (x, w, mut expected) = operands(rows);
        matrixmultiply((&x, &w, &mut expected));
        let (mut ours, mut nano) = (thalweg(rows), nano_gemm(rows));
        let products: [&mut dyn FnMut(Operands<'_>); 4] = [&mut ours, &mut nano, &mut faer, &mut gemm];
        for (i, product) in products.into_iter().enumerate() {
            let mut y = vec![f32::NAN; rows * WIDTH];
            product((&x, &w, &mut y));
            let far = y.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // 64 products of about 1 are rounded differently; a NaN is never near.
            assert!(far < 1e-4 && y.iter().all(|y| y.is_finite()), "product {i} of {rows} rows: {far}");
        }
    }
}
