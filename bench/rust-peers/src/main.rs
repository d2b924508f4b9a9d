//! The peers in Rust: `rust-peers <burn|candle> <workload> <steps> <seed>` prints the line that
//! `bench/peers/protocol.py` describes. They know the workloads of the two-moons network on one core: W1, W2
//! and W4.

mod burn_peer;
mod candle_peer;
mod task;

use std::time::Instant;

use serde_json::json;
use task::Task;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, workload, steps, seed] = arguments.as_slice() else {
        return Err("expected: <burn|candle> <workload> <steps> <seed>".into());
    };
    let task = Task::new(workload, steps.parse()?, seed.parse()?)?;
    let (version, seconds, loss) = match peer.as_str() {
        "burn" => fastest("burn 0.22.1 (flex)", || burn_peer::run(&task))?,
        "candle" => fastest("candle 0.11.1", || candle_peer::run(&task))?,
        other => return Err(format!("there is no peer {other}").into()),
    };
    let us_per_step = 1e6 * seconds / task.steps as f64;
    println!(
        "{}",
        json!({ "version": version, "workload": workload, "us_per_step": us_per_step, "loss": loss })
    );
    Ok(())
}

/// Seconds of the fastest of three trainings, after one that is not timed, and the loss at the end.
fn fastest(
    version: &str,
    mut train: impl FnMut() -> Result<(f64, Option<f64>), Failure>,
) -> Result<(String, f64, Option<f64>), Failure> {
    let (_, loss) = train()?;
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        best = best.min(train()?.0);
    }
    Ok((version.to_owned(), best, loss))
}

/// Seconds since, for the peers.
fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}
