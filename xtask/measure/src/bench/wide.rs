//! `cargo xtask bench --wide`: steps of wide networks, on one core and on all, beside other tools where these
//! are asked for.

use std::time::Instant;

use anyhow::Context;
use ndarray::{Array2, s};
use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use thalweg_cli::{Exit, note, say};
use thalweg_network::{Architecture, He, Init, Network, Numerics};
use thalweg_numeric::{Real, Streams};

use super::ceilings::Ceilings;
use super::peers::{scripts, times_as_long};
use super::times::{Times, duration, percent};
use crate::table::Table;

/// Features, classes and rows of the data; `bench/peers/protocol.py` has the same.
const ENDS: (usize, usize) = (784, 10);
const ROWS: usize = 4096;
/// Operations of a round.
const FLOP: f64 = 3e10;

/// One network with one batch size, float and number of threads.
struct Shape {
    width: usize,
    batch: usize,
    double: bool,
    threads: usize,
}

/// Times plain gradient descent on 784-w-w-10; returns what was measured.
pub fn run(quick: bool, peers: Option<&str>) -> Result<Value, Exit> {
    let shapes = shapes(quick);
    let mut peers = peers.map_or_else(Vec::new, |python| scripts(python, shapes.len()));
    let mut times = vec![Times::default(); shapes.len()];
    let mut ceilings = Ceilings::measure();
    let rounds = if quick { 2 } else { 5 };
    for round in 1..=rounds {
        ceilings = ceilings.best(Ceilings::measure());
        for (row, shape) in shapes.iter().enumerate() {
            note(format_args!("round {round} of {rounds}: {}", shape.label()));
            times[row].push(if shape.double { shape.seconds::<f64>()? } else { shape.seconds::<f32>()? });
            if !shape.double {
                let workload = format!("wide-{}-{}", shape.width, shape.batch);
                for peer in &mut peers {
                    peer.measure(row, &workload, shape.steps() as u64, shape.threads);
                }
            }
        }
    }
    let head = ["784-w-w-10", "B", "float", "threads", "step", "GFLOP/s", "of multiply-adds"];
    let names = peers.iter().map(|peer| peer.name);
    let mut table = Table::new(&head.into_iter().chain(names).collect::<Vec<_>>());
    let mut rows = Vec::new();
    for (row, shape) in shapes.iter().enumerate() {
        let own = times[row].min();
        let rate = shape.flops() / own;
        let most = match (shape.threads, shape.double) {
            (1, false) => ceilings.fma_f32,
            (1, true) => ceilings.fma_f64,
            (_, false) => ceilings.fma_all,
            (_, true) => ceilings.fma_all * ceilings.fma_f64 / ceilings.fma_f32,
        };
        let cells = [
            format!("w = {}", shape.width),
            shape.batch.to_string(),
            shape.float().to_owned(),
            shape.threads.to_string(),
            duration(own),
            format!("{:.0}", rate / 1e9),
            percent(rate / most),
        ];
        let beside = peers.iter().map(|peer| {
            let theirs = peer.seconds(row);
            if theirs.is_nan() { "–".to_owned() } else { times_as_long(theirs / own) }
        });
        table.push(cells.into_iter().chain(beside));
        let theirs: Vec<Value> =
            peers.iter().map(|peer| json!({ "peer": peer.name, "seconds": peer.seconds(row) })).collect();
        rows.push(json!({ "workload": shape.label(), "seconds": own, "of-multiply-adds": rate / most, "peers": theirs }));
    }
    say(table.render())?;
    say(ceilings.words())?;
    for peer in &peers {
        peer.conclude()?;
    }
    Ok(json!({ "ceilings": ceilings.json(), "wide": rows }))
}

fn shapes(quick: bool) -> Vec<Shape> {
    let (widths, batches): (&[usize], &[usize]) = if quick {
        (&[256, 1024], &[32, 128, 512])
    } else {
        (&[64, 128, 256, 512, 1024, 2048, 4096], &[32, 128, 512])
    };
    let all = rayon::current_num_threads();
    let mut shapes = Vec::new();
    for double in [false, true] {
        for width in widths {
            for batch in batches {
                let threads = [1, all];
                let threads = &threads[..if all > 1 { 2 } else { 1 }];
                shapes.extend(threads.iter().map(|threads| Shape {
                    width: *width,
                    batch: *batch,
                    double,
                    threads: *threads,
                }));
            }
        }
    }
    shapes
}

impl Shape {
    fn architecture(&self) -> Architecture {
        let (inputs, outputs) = ENDS;
        Architecture { inputs, hidden: vec![self.width; 2], outputs, ..Architecture::default() }
    }

    fn flops(&self) -> f64 {
        self.architecture().step_flops(self.batch)
    }

    fn steps(&self) -> usize {
        (FLOP / self.flops()).clamp(2.0, 500.0) as usize
    }

    fn float(&self) -> &'static str {
        if self.double { "f64" } else { "f32" }
    }

    fn label(&self) -> String {
        format!("w = {}, B = {}, {}, {} threads", self.width, self.batch, self.float(), self.threads)
    }

    /// Seconds a step, without those of the first one.
    fn seconds<F: Real>(&self) -> anyhow::Result<f64> {
        let (architecture, streams) = (self.architecture(), Streams::new(1, 0));
        let init = Init::He(He::default());
        let mut params: Vec<F> =
            architecture.draw(&init, &mut streams.stream("init", 0))?.into_iter().map(F::from_f64).collect();
        let mut network = Network::<F>::new(&architecture, Numerics::best(), self.batch)?;
        let mut noise = streams.stream("inputs", 0);
        let inputs = Array2::from_shape_simple_fn((ROWS, ENDS.0), || F::from_f64(noise.normal()));
        let labels: Vec<u32> = (0..ROWS as u32).map(|row| row % ENDS.1 as u32).collect();
        let (mut grad, steps) = (params.clone(), self.steps());
        let mut step = |i: usize| {
            let rows = i * self.batch % ROWS..i * self.batch % ROWS + self.batch;
            let (x, labels) = (inputs.slice(s![rows.clone(), ..]), &labels[rows]);
            network.descend(F::from_f64(0.01), &mut params, x, labels, &mut grad)
        };
        let pool =
            ThreadPoolBuilder::new().num_threads(self.threads).build().context("cannot start threads")?;
        Ok(pool.install(|| {
            step(0);
            let start = Instant::now();
            (1..=steps).for_each(|i| {
                step(i);
            });
            start.elapsed().as_secs_f64() / steps as f64
        }))
    }
}
