//! A network learns two moons: batches, a schedule, an update rule, and the accuracy on points that it has
//! never seen.
//!
//! ```sh
//! cargo run --release -p thalweg --example train_a_network
//! ```

use std::error::Error;

use thalweg::datasets::{Dataset, Order, Sampler, TwoMoons};
use thalweg::network::{Activation, Architecture, He, Init, Loss, Network, Numerics};
use thalweg::numeric::Streams;
use thalweg::numeric::bounded::{Count, NonNegative, Positive};
use thalweg::optimizers::rule::Adam;
use thalweg::optimizers::schedule::Cosine;
use thalweg::optimizers::{Dialect, Rule, Schedule};

const STEPS: u64 = 1000;
const BATCH: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    // Seed and replicate. Whatever needs random numbers draws them from a stream of its own, told apart by a
    // name.
    let streams = Streams::new(42, 0);
    let moons = TwoMoons { noise: NonNegative::of(0.2), ..TwoMoons::new(Count::of(500)) };
    let train = moons.generate(500, &mut streams.stream("data", 0));
    let test = moons.generate(2000, &mut streams.stream("test-set", 0));

    // All parameters are one flat vector, which does not belong to the network.
    let (activation, loss) = (Activation::Relu, Loss::CrossEntropy);
    let architecture = Architecture {
        inputs: 2,
        hidden: vec![32, 32],
        outputs: 2,
        activation,
        loss,
        ..Architecture::default()
    };
    let mut params: Vec<f32> = architecture.draw(&Init::He(He::default()), &mut streams.stream("init", 0))?;
    let mut network = Network::new(&architecture, Numerics::best(), BATCH)?;
    let untrained = accuracy(&mut network, &params, &test);

    // Adam as PyTorch has it. The rule does not know the schedule: η is handed in with every step.
    let adam: Adam = Dialect::Torch.settings().ok_or("PyTorch has Adam")?;
    let mut optimizer = Rule::from(adam).build(&architecture.layout());
    let schedule = Schedule::from(Cosine::new(Positive::of(0.01), Count::of(STEPS)));
    let mut sampler = Sampler::new(Order::Shuffled, 500, BATCH, streams.stream("batches", 0));
    let mut grad = vec![0.0; params.len()];
    println!("step      η       loss of the batch   test accuracy");
    for step in 1..=STEPS {
        let (inputs, labels) = train.batch(sampler.next_batch());
        let loss = network.gradient(&params, inputs.view(), &labels, &mut grad);
        let lr = schedule.at(step);
        optimizer.step(lr, &mut params, &grad);
        if step == 1 || step.is_multiple_of(200) {
            let accuracy = accuracy(&mut network, &params, &test);
            println!("{step:4}   {lr:.5}   {loss:17.4}   {accuracy:13.3}");
        }
    }

    let trained = accuracy(&mut network, &params, &test);
    let loss = network.loss(&params, train.inputs.to_array().view(), &train.labels);
    println!("{} parameters, training loss {loss:.4}", params.len());
    println!("test accuracy {untrained:.3} before, {trained:.3} after");
    // The best classifier tells about 97 % right at this noise.
    assert!(trained > 0.94 && untrained < 0.9);
    Ok(())
}

/// The share of samples that are classified correctly.
fn accuracy(network: &mut Network<f32>, params: &[f32], data: &Dataset) -> f64 {
    let n = data.labels.len();
    let (mut losses, mut correct) = (vec![0.0; n], vec![false; n]);
    let inputs = data.inputs.to_array();
    network.scores(params, inputs.view(), &data.labels, &mut losses, &mut correct);
    correct.iter().filter(|correct| **correct).count() as f64 / n as f64
}
