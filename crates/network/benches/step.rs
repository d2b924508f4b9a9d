//! One step of plain SGD on the two-moons network 2-64-64-2: gradient, then axpy on 4,482 parameters.
//!
//! `cargo bench -p thalweg-network` prints the time of a step for each batch size, precision and numerics. The batch is
//! gathered beforehand.

use divan::Bencher;
use ndarray::Array2;
use thalweg_network::{Activation, Architecture, He, Init, Loss, Network, Numerics};
use thalweg_numeric::{Real, Streams, vector};

const ROWS: [usize; 4] = [1, 8, 64, 500];

fn main() {
    divan::main();
}

#[divan::bench(types = [f32, f64], args = ROWS, sample_size = 100)]
fn fast<F: Real>(bencher: Bencher, rows: usize) {
    step::<F>(bencher, rows, Numerics::Fast);
}

#[divan::bench(types = [f32, f64], args = ROWS, sample_size = 100)]
fn portable<F: Real>(bencher: Bencher, rows: usize) {
    step::<F>(bencher, rows, Numerics::Portable);
}

fn step<F: Real>(bencher: Bencher, rows: usize, numerics: Numerics) {
    let architecture = Architecture {
        inputs: 2,
        hidden: vec![64, 64],
        outputs: 2,
        activation: Activation::Relu,
        loss: Loss::CrossEntropy,
    };
    let Ok(mut network) = Network::<F>::new(&architecture, numerics, rows) else {
        return;
    };
    let streams = Streams::new(42, 0);
    let mut params: Vec<F> = architecture
        .draw(&Init::He(He::default()), &mut streams.stream("init", 0))
        .expect("He's weights are drawn, not read");
    let mut grad = vec![F::ZERO; params.len()];
    let mut stream = streams.stream("data", 0);
    let labels: Vec<u32> = (0..rows).map(|_| stream.below(2)).collect();
    let inputs = Array2::from_shape_simple_fn((rows, 2), || F::from_f64(stream.normal()));
    // So small that the weights stay what they are: no denormals, no divergence.
    let lr = F::from_f64(-1e-9);
    bencher.bench_local(|| {
        let loss = network.gradient(&params, inputs.view(), &labels, &mut grad);
        vector::axpy(lr, &grad, &mut params);
        loss
    });
}
