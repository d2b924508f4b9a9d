//! Clocks of the operating system, and how much work this machine does in a second.

use rayon::ThreadPoolBuilder;
pub use rustix::time::ClockId;
use thalweg::lab::Study;

/// A step of a small network in single precision with batches of 64, of which most of a step is arithmetic.
const SAMPLE: &str = "
    title = 'A sample of work'
    data = { kind = 'two-moons', samples = 500 }
    model = { hidden = [64, 64] }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.01 }
    train = { steps = 500, batch-size = 64 }
    record = { points-per-decade = 1 }
";

/// Work that one thread does in a second of CPU time, in the units of a plan: the best of three short
/// trainings, some thirty milliseconds in all. Other programs that run beside hardly change it.
pub fn speed() -> anyhow::Result<f64> {
    let study = Study::from_text(SAMPLE).expect("the sample is an experiment");
    let work: f64 = study.experiment.jobs.iter().map(|job| job.work.all).sum();
    let thread = ThreadPoolBuilder::new().num_threads(1).build()?;
    let seconds = || {
        let start = seconds_of(ClockId::ProcessCPUTime);
        thread.install(|| study.run());
        seconds_of(ClockId::ProcessCPUTime) - start
    };
    Ok(work / (0..3).map(|_| seconds()).fold(f64::INFINITY, f64::min))
}

/// Seconds on a clock of the operating system.
pub fn seconds_of(clock: ClockId) -> f64 {
    let time = rustix::time::clock_gettime(clock);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}
