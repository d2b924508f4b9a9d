//! One step of plain SGD and its parts, for each batch size, precision and numerics.
//!
//! `cargo bench -p thalweg-network` prints the times. The batch is gathered beforehand. `moons` is the
//! network 2-64-64-2, `images` the linear classifier 784-10, which has no layer to hand a gradient down to
//! and so transposes no weights; neither does `moons` with up to three rows. `smooth` is `moons` with other
//! activations.

use divan::Bencher;
use ndarray::Array2;
use thalweg_network::{Activation, Architecture, He, Init, Loss, Network, Numerics};
use thalweg_numeric::{Real, Streams, vector};

const ROWS: [usize; 6] = [1, 3, 4, 8, 64, 500];

fn main() {
    divan::main();
}

mod moons {
    use super::*;

    /// Gradient, then axpy on 4,482 parameters.
    #[divan::bench(types = [f32, f64], args = ROWS, sample_size = 100)]
    fn step_fast<F: Real>(bencher: Bencher, rows: usize) {
        bench::<F>(bencher, &moons(), Numerics::Fast, rows, Part::Step);
    }

    #[divan::bench(types = [f32, f64], args = ROWS, sample_size = 100)]
    fn step_portable<F: Real>(bencher: Bencher, rows: usize) {
        bench::<F>(bencher, &moons(), Numerics::Portable, rows, Part::Step);
    }

    #[divan::bench(types = [f32, f64], args = ROWS, sample_size = 100)]
    fn gradient_fast<F: Real>(bencher: Bencher, rows: usize) {
        bench::<F>(bencher, &moons(), Numerics::Fast, rows, Part::Gradient);
    }

    #[divan::bench(types = [f32, f64], args = ROWS, sample_size = 100)]
    fn forward_fast<F: Real>(bencher: Bencher, rows: usize) {
        bench::<F>(bencher, &moons(), Numerics::Fast, rows, Part::Forward);
    }
}

mod smooth {
    use super::*;

    #[divan::bench(types = [f32, f64], args = ROWS, sample_size = 20)]
    fn tanh_gradient_fast<F: Real>(bencher: Bencher, rows: usize) {
        let network = Architecture { activation: Activation::Tanh, ..moons() };
        bench::<F>(bencher, &network, Numerics::Fast, rows, Part::Gradient);
    }

    #[divan::bench(types = [f32, f64], args = ROWS, sample_size = 20)]
    fn gelu_gradient_fast<F: Real>(bencher: Bencher, rows: usize) {
        let network = Architecture { activation: Activation::Gelu, ..moons() };
        bench::<F>(bencher, &network, Numerics::Fast, rows, Part::Gradient);
    }
}

mod images {
    use super::*;

    #[divan::bench(types = [f32, f64], args = ROWS, sample_size = 20)]
    fn gradient_fast<F: Real>(bencher: Bencher, rows: usize) {
        bench::<F>(bencher, &images(), Numerics::Fast, rows, Part::Gradient);
    }

    #[divan::bench(types = [f32, f64], args = ROWS, sample_size = 20)]
    fn forward_fast<F: Real>(bencher: Bencher, rows: usize) {
        bench::<F>(bencher, &images(), Numerics::Fast, rows, Part::Forward);
    }
}

/// What is timed.
enum Part {
    Step,
    Gradient,
    Forward,
}

fn moons() -> Architecture {
    architecture(2, &[64, 64], 2)
}

fn images() -> Architecture {
    architecture(784, &[], 10)
}

fn architecture(inputs: usize, hidden: &[usize], outputs: usize) -> Architecture {
    let (activation, loss) = (Activation::Relu, Loss::CrossEntropy);
    Architecture { inputs, hidden: hidden.to_vec(), outputs, activation, loss, ..Architecture::default() }
}

fn bench<F: Real>(
    bencher: Bencher,
    architecture: &Architecture,
    numerics: Numerics,
    rows: usize,
    part: Part,
) {
    let Ok(mut network) = Network::<F>::new(architecture, numerics, rows) else {
        return;
    };
    let streams = Streams::new(42, 0);
    let mut params: Vec<F> = architecture
        .draw(&Init::He(He::default()), &mut streams.stream("init", 0))
        .expect("He's weights are drawn, not read");
    let mut grad = vec![F::ZERO; params.len()];
    let mut stream = streams.stream("data", 0);
    let labels: Vec<u32> = (0..rows).map(|_| stream.below(architecture.outputs as u32)).collect();
    let shape = (rows, architecture.inputs);
    let inputs = Array2::from_shape_simple_fn(shape, || F::from_f64(stream.normal()));
    let mut logits = Array2::from_elem((rows, architecture.outputs), F::ZERO);
    // So small that the weights stay what they are: no denormals, no divergence.
    let lr = F::from_f64(-1e-9);
    match part {
        Part::Step => bencher.bench_local(|| {
            let loss = network.gradient(&params, inputs.view(), &labels, &mut grad);
            vector::axpy(lr, &grad, &mut params);
            loss
        }),
        Part::Gradient => {
            bencher.bench_local(|| network.gradient(&params, inputs.view(), &labels, &mut grad))
        }
        Part::Forward => bencher.bench_local(|| network.logits(&params, inputs.view(), logits.view_mut())),
    }
}
