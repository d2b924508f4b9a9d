//! W1 in a crate that only uses the libraries: is a step as fast there, with the default profile
//! and under link-time optimisation?
//!
//! Prints the fastest of many short rounds, in µs per step: gather, schedule, gradient and update.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use ndarray::ArrayView2;
use thalweg::datasets::{Dataset, Order, Sampler, TwoMoons};
use thalweg::network::{Activation, Architecture, He, Init, Loss, Network, Numerics, OnBatch};
use thalweg::numeric::Streams;
use thalweg::numeric::bounded::{Count, NonNegative, Positive};
use thalweg::optimizers::rule::Sgd;
use thalweg::optimizers::schedule::PowerLaw;
use thalweg::optimizers::{OptimizerConfig, Schedule};

const ROUNDS: usize = 30;
/// Rows of all batches of a round together.
const ROWS: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let streams = Streams::new(1, 0);
    let moons = TwoMoons { samples: Count::of(500), noise: NonNegative::of(0.1), transforms: vec![] };
    let data = moons.generate(500, &mut streams.stream("data", 0));
    for batch in [1, 8, 64, 500] {
        println!("B={batch}: {:.2} µs", 1e6 * seconds_per_step(&data, batch, &streams)?);
    }
    Ok(())
}

fn seconds_per_step(data: &Dataset, batch: usize, streams: &Streams) -> Result<f64, Box<dyn Error>> {
    let (activation, loss) = (Activation::Relu, Loss::CrossEntropy);
    let architecture = Architecture { inputs: 2, hidden: vec![64, 64], outputs: 2, activation, loss, ..Architecture::default() };
    let mut params: Vec<f32> = architecture.draw(&Init::He(He::default()), &mut streams.stream("init", 0))?;
    let mut network = Network::new(&architecture, Numerics::best(), batch)?;
    let config = OptimizerConfig::from(Sgd::default());
    let mut optimizer = config.build(&architecture.layout(), streams.stream("noise", 0));
    let schedule = Schedule::from(PowerLaw::new(Positive::of(0.15), Positive::of(5e4)));
    let mut sampler = Sampler::new(Order::Shuffled, data.labels.len(), batch, streams.stream("batches", 0));
    let (mut rows, mut labels) = (vec![0.0; 2 * batch], Vec::new());
    let (mut step, steps, mut fastest) = (0, ROWS.div_ceil(batch), f64::INFINITY);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..steps {
            step += 1;
            let indices = sampler.next_batch();
            data.inputs.copy_rows(indices, &mut rows);
            labels.clear();
            labels.extend(indices.iter().map(|i| data.labels[*i as usize]));
            let inputs = ArrayView2::from_shape((indices.len(), 2), &rows[..2 * indices.len()])?;
            let mut on_batch = OnBatch { network: &mut network, inputs, targets: (&labels).into() };
            optimizer.step(schedule.at(step), &mut params, &mut on_batch);
        }
        fastest = fastest.min(start.elapsed().as_secs_f64() / steps as f64);
    }
    black_box(&params);
    Ok(fastest)
}
