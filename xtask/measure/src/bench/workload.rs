//! The workloads: their cases, and what share of the limit each should reach.

use clap::ValueEnum;
use ndarray::Array2;
use thalweg_cli::Exit;
use thalweg_datasets::TwoMoons;
use thalweg_experiment::Job;
use thalweg_network::{Architecture, He, Init, Network, Numerics};
use thalweg_numeric::Streams;
use thalweg_numeric::bounded::{Count, NonNegative};

use super::case::{Case, Doing, Forward, SWEEP_STEPS, Target, Work};
use super::training::{architecture, plan};

/// One of the kinds of work that the laboratory is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Two moons, network 2-64-64-2, SGD, one core
    #[value(name = "W1")]
    W1,
    /// The same with Adam and with momentum
    #[value(name = "W2")]
    W2,
    /// A linear classifier of MNIST, 784-10, SGD and Adam, one core
    #[value(name = "W3")]
    W3,
    /// Forward pass of 2-64-64-2 over 100 test sets of 500 points, one core
    #[value(name = "W4")]
    W4,
    /// Ten batch sizes with 20,000 steps each, all cores
    #[value(name = "W5")]
    W5,
}

const BATCHES: [usize; 4] = [1, 8, 64, 500];
const SWEEP: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 500];
const SETS: u64 = 100;
const SET_SIZE: usize = 500;

/// What f32 should reach of the multiply-adds with batches of 64 and more, and with batches of 8.
const MANY: Target = Target::OfFma(0.80);
const FEW: Target = Target::OfFma(0.70);
/// A single row should take at most 1.4 times the limit line.
const SINGLE: Target = Target::OfLine(1.0 / 1.4);
/// The same two for f64.
const MANY_F64: Target = Target::OfFma(0.70);
const FEW_F64: Target = Target::OfFma(0.60);
/// The others are shares of the limit line too. They stand for 5.0, 22, 3.4, 40 and 48 µs, 5.2 ms and 3.0 s
/// on two cores of 100 GFLOP/s and 190 GB/s.
const ADAM_8: Target = Target::OfLine(0.47);
const ADAM_64: Target = Target::OfLine(0.76);
const MOMENTUM_8: Target = Target::OfLine(0.69);
const IMAGES_SGD: Target = Target::OfLine(0.51);
const IMAGES_ADAM: Target = Target::OfLine(0.43);
const FORWARD: Target = Target::OfLine(0.84);
const ALL_BATCHES: Target = Target::OfLine(0.88);

impl Workload {
    /// Its rows. A round of a training takes about `flop` operations.
    pub fn cases(self, flop: f64) -> Result<Vec<Case>, Exit> {
        match self {
            Self::W1 => {
                let mut cases = Vec::new();
                for numerics in [Numerics::Fast, Numerics::Portable] {
                    for (precision, double) in [("f32", false), ("f64", true)] {
                        for batch in BATCHES {
                            if numerics.is_supported() {
                                cases.push(moons(batch, (precision, double), numerics, flop)?);
                            }
                        }
                    }
                }
                Ok(cases)
            }
            Self::W2 => [
                ("adam", 0.001, 8, Some(ADAM_8)),
                ("adam", 0.001, 64, Some(ADAM_64)),
                ("momentum", 0.01, 8, Some(MOMENTUM_8)),
                ("momentum", 0.01, 64, None),
            ]
            .into_iter()
            .map(|(rule, lr, batch, target)| {
                // With the learning rate of SGD they would leave the region where the network still learns.
                let lr = format!("schedule.initial={lr}");
                let shape = Shape { file: "moons.toml", ends: (2, 2), batch, flop };
                let label = format!("W2 {rule} B={batch}");
                train(label, Some(format!("w2-{rule}-{batch}")), shape, &[&of_kind(rule), &lr], target)
            })
            .collect(),
            Self::W3 => [("sgd", IMAGES_SGD), ("adam", IMAGES_ADAM)]
                .into_iter()
                .map(|(rule, target)| {
                    // An epoch at least: its shuffle of 60,000 rows belongs to 938 steps.
                    let flop = flop.max(1.88e9);
                    let shape = Shape { file: "mnist.toml", ends: (784, 10), batch: 64, flop };
                    let label = format!("W3 {rule} B=64");
                    train(label, Some(format!("w3-{rule}-64")), shape, &[&of_kind(rule)], Some(target))
                })
                .collect(),
            Self::W4 => Ok(vec![forward()?]),
            Self::W5 => Ok(vec![sweep(flop)?]),
        }
    }
}

/// What a training costs: its file, features and classes, batch size, and the work of a round.
struct Shape {
    file: &'static str,
    ends: (usize, usize),
    batch: usize,
    flop: f64,
}

fn of_kind(rule: &str) -> String {
    format!("optimizer={{ kind = \"{rule}\" }}")
}

fn moons(
    batch: usize,
    (precision, double): (&str, bool),
    numerics: Numerics,
    flop: f64,
) -> Result<Case, Exit> {
    let shape = Shape { file: "moons.toml", ends: (2, 2), batch, flop };
    let set = [format!("model.precision={precision}"), format!("model.numerics={numerics}")];
    let label = format!("W1 B={batch} {precision} {numerics}");
    let (peer, target) = match (numerics, double, batch) {
        (Numerics::Portable, ..) => (None, None),
        (Numerics::Fast, true, 1) => (None, None),
        (Numerics::Fast, true, 8) => (None, Some(FEW_F64)),
        (Numerics::Fast, true, _) => (None, Some(MANY_F64)),
        (Numerics::Fast, false, batch) => {
            let target = match batch {
                1 => SINGLE,
                8 => FEW,
                _ => MANY,
            };
            (Some(format!("w1-sgd-{batch}")), Some(target))
        }
    };
    let mut case = train(label, peer, shape, &[&set[0], &set[1]], target)?;
    case.work.double = double;
    Ok(case)
}

fn train(
    label: String,
    peer: Option<String>,
    shape: Shape,
    set: &[&str],
    target: Option<Target>,
) -> Result<Case, Exit> {
    let batch = format!("train.batch-size={}", shape.batch);
    let job = one(shape.file, &[set, &[&batch]].concat())?;
    let architecture = architecture(&job, shape.ends.0, shape.ends.1)?;
    let flops = architecture.step_flops(shape.batch);
    let steps = format!("train.steps={}", (shape.flop / flops).ceil());
    let job = one(shape.file, &[set, &[&batch, &steps]].concat())?;
    let updates = architecture.layout().dim() as f64;
    let work = Work { flops, updates, double: false, all_cores: false };
    Ok(Case { label, peer, work, target, doing: Doing::Train(Box::new(job)) })
}

/// The only run of a file.
fn one(file: &str, set: &[&str]) -> Result<Job, Exit> {
    Ok(plan(file, set)?.jobs.swap_remove(0))
}

fn forward() -> Result<Case, Exit> {
    let architecture = architecture(&one("moons.toml", &[])?, 2, 2)?;
    let streams = Streams::new(0, 0);
    let init = Init::He(He::default());
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| Exit::Failed(anyhow::anyhow!(e));
    let params = architecture.draw(&init, &mut streams.stream("init", 0)).map_err(|e| failed(e.into()))?;
    let network = Network::new(&architecture, Numerics::best(), SET_SIZE).map_err(|e| failed(e.into()))?;
    let moons =
        TwoMoons { samples: Count::of(SET_SIZE as u64), noise: NonNegative::of(0.1), transforms: Vec::new() };
    let set = |i| moons.generate(SET_SIZE, &mut streams.stream("test-set", i)).inputs.to_array();
    let sets: Vec<Array2<f32>> = (0..SETS).map(set).collect();
    let rows = sets.len() * SET_SIZE;
    let work =
        Work { flops: forward_flops(&architecture, rows), updates: 0.0, double: false, all_cores: false };
    let logits = Array2::zeros((SET_SIZE, architecture.outputs));
    let doing = Doing::Forward(Box::new(Forward { network, params, sets, logits }));
    let label = format!("W4 {SETS} sets of {SET_SIZE}");
    Ok(Case { label, peer: Some("w4".to_owned()), work, target: Some(FORWARD), doing })
}

/// 2·rows·Σ inᵢ·outᵢ.
fn forward_flops(architecture: &Architecture, rows: usize) -> f64 {
    let layout = architecture.layout();
    let weights = layout.blocks().iter().filter(|block| block.shape.len() == 2);
    2.0 * rows as f64 * weights.map(|block| block.range.len() as f64).sum::<f64>()
}

/// The steps are those of a round of the other workloads, but not so few that starting the runs would be
/// seen.
fn sweep(flop: f64) -> Result<Case, Exit> {
    let first = architecture(&one("moons.toml", &[])?, 2, 2)?;
    let flops = |steps: f64| steps * SWEEP.iter().map(|batch| first.step_flops(*batch)).sum::<f64>();
    let steps = (20.0 * flop / flops(1.0)).clamp(1000.0, SWEEP_STEPS).round();
    let axis = format!("sweep={{ \"train.batch-size\" = {SWEEP:?} }}");
    let experiment = plan("moons.toml", &[&axis, &format!("train.steps={steps}")])?;
    let updates = SWEEP_STEPS * (SWEEP.len() * first.layout().dim()) as f64;
    let work = Work { flops: flops(SWEEP_STEPS), updates, double: false, all_cores: true };
    let label = "W5 B=1…500".to_owned();
    Ok(Case {
        label,
        peer: Some("w5".to_owned()),
        work,
        target: Some(ALL_BATCHES),
        doing: Doing::Sweep(Box::new(experiment)),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn work_of_the_two_moons_network() {
        let cases = Workload::W1.cases(1.0).unwrap();
        let work = cases[1].work;
        let by_hand = 2.0 * 8.0 * (4352.0 + 4352.0 + 64.0 * 64.0 + 64.0 * 2.0);
        assert_eq!((work.flops, work.updates), (by_hand, 4482.0));
        let architecture = Architecture {
            inputs: 3,
            hidden: vec![5, 4],
            outputs: 2,
            activation: thalweg_network::Activation::Relu,
            loss: thalweg_network::Loss::CrossEntropy,
            ..Architecture::default()
        };
        // A step is three forward passes, less the gradient of the first layer's inputs.
        let step = 3.0 * forward_flops(&architecture, 7) - 2.0 * 7.0 * 3.0 * 5.0;
        assert_eq!(step, architecture.step_flops(7));
    }

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let all = Workload::value_variants().iter().flat_map(|workload| workload.cases(1.0).unwrap());
        let (labels, peers): (Vec<_>, Vec<_>) = all.map(|case| (case.label, case.peer)).unzip();
        let distinct = |names: Vec<String>| names.len() == BTreeSet::from_iter(names).len();
        assert!(labels.len() > 20 && distinct(labels));
        assert!(distinct(peers.into_iter().flatten().collect()));
    }
}
