//! One run: a spec in, a record out.

use std::sync::atomic::{AtomicBool, Ordering};

use thalweg_numeric::Streams;
use thalweg_records::{Curve, Dtype, Metric, Provenance, Record, Samples, Status, Tensor};

use crate::descent::Descender;
use crate::evaluate::{evaluation_steps, metric};
use crate::learning::Learner;
use crate::probes::{Probing, Standing};
use crate::settings::Task;
use crate::{Job, Precision};

/// Operations between two looks at the clock and at the wish to stop: some milliseconds.
const TICK: f64 = 1e8;

/// What a run needs from the world around it, and must not reach for itself.
pub struct Surroundings<'a> {
    /// Seconds on a clock that never goes back.
    pub now: &'a (dyn Fn() -> f64 + Sync),
    /// Set when the user wants to stop.
    pub cancelled: &'a AtomicBool,
    /// Told how many steps were just taken.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Which code on which machine.
    pub provenance: Provenance,
}

/// The run was stopped from outside; it leaves nothing behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// What a run moves and measures.
pub(crate) trait Subject {
    /// Updates taken so far.
    fn step(&self) -> u64;

    /// Takes steps until `end` have been taken in all, or fewer if its goal is reached.
    ///
    /// # Errors
    /// The step at which the loss is not finite; its update is not made.
    fn advance(&mut self, end: u64) -> Result<Advance, u64>;

    /// Measures where it stands and whether that is good enough to stop; `None` if it is not finite, which is then not
    /// recorded.
    fn evaluate(&mut self) -> Option<Advance>;

    /// Where it stands, for probes to look at.
    fn standing(&mut self) -> Standing<'_>;

    /// What came out; after a divergence only what was seen on the way.
    fn finish(self, status: &Status) -> Outcome;
}

/// How far a subject has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advance {
    /// To where it was asked to.
    Taken,
    /// There is nothing left to do.
    GoalReached,
}

/// The measured part of a record.
pub(crate) struct Outcome {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) curves: Vec<Curve>,
    pub(crate) samples: Vec<Samples>,
    pub(crate) params: Vec<Tensor>,
    pub(crate) fields: Vec<Tensor>,
}

/// Computes one run. The same spec gives the same record, times apart.
///
/// # Errors
/// [`Cancelled`] if that was asked for. A diverging run is no error: its record says so.
pub fn run(job: &Job, around: &Surroundings<'_>) -> Result<Record, Cancelled> {
    let begin = (around.now)();
    let streams = Streams::new(job.spec.seed, job.spec.replicate);
    match &job.spec.task {
        Task::Learning(task) => match task.model.precision {
            Precision::F32 => {
                complete(job, around, begin, Learner::<f32>::new(job, task, streams, Dtype::F32))
            }
            Precision::F64 => {
                complete(job, around, begin, Learner::<f64>::new(job, task, streams, Dtype::F64))
            }
        },
        Task::Descent(task) => complete(job, around, begin, Descender::new(job, task, streams)),
    }
}

fn complete(
    job: &Job,
    around: &Surroundings<'_>,
    begin: f64,
    mut subject: impl Subject,
) -> Result<Record, Cancelled> {
    let mut probing = Probing::new(&job.spec);
    let mut times = Times::default();
    let status = train(job, &mut subject, &mut probing, &mut times, around)?;
    let mut outcome = subject.finish(&status);
    // A finite network can still give an infinite loss on a test point that lies far out.
    outcome.metrics.retain(|metric| metric.value.is_finite());
    outcome.samples.retain(|sample| sample.values.iter().all(|value| value.is_finite()));
    probing.finish(&status, &mut outcome);
    let mut seconds = vec![("train.seconds", times.train), ("seconds", (around.now)() - begin)];
    if !job.spec.probes.is_empty() {
        seconds.push(("probe.seconds", times.probes));
    }
    Ok(Record {
        key: job.key.clone(),
        spec: job.json.clone(),
        status,
        deterministic: job.spec.is_deterministic(),
        metrics: outcome.metrics,
        seconds: seconds.into_iter().map(|(name, value)| metric(name, value)).collect(),
        curves: outcome.curves,
        samples: outcome.samples,
        provenance: around.provenance.clone(),
        params: outcome.params,
        fields: outcome.fields,
    })
}

/// Seconds that were spent.
#[derive(Default)]
struct Times {
    /// On steps.
    train: f64,
    /// On probes.
    probes: f64,
}

/// Trains to the end or to divergence, evaluating and probing on the way.
fn train(
    job: &Job,
    subject: &mut impl Subject,
    probing: &mut Probing<'_>,
    times: &mut Times,
    around: &Surroundings<'_>,
) -> Result<Status, Cancelled> {
    let task = &job.spec.task;
    let tick = (TICK * task.steps() as f64 / job.work).max(1.0) as u64;
    let evaluations = evaluation_steps(task.steps(), task.points_per_decade());
    let mut advance = Advance::Taken;
    for goal in probing.merged(&evaluations) {
        while subject.step() < goal && advance == Advance::Taken {
            if around.cancelled.load(Ordering::Relaxed) {
                return Err(Cancelled);
            }
            let (start, from) = ((around.now)(), subject.step());
            let advanced = subject.advance(goal.min(from + tick));
            times.train += (around.now)() - start;
            (around.progress)(subject.step() - from);
            match advanced {
                Ok(far) => advance = far,
                Err(step) => return Ok(Status::Diverged { step: Some(step) }),
            }
        }
        let mut ends = advance == Advance::GoalReached || goal == task.steps();
        if ends || evaluations.binary_search(&goal).is_ok() {
            match subject.evaluate() {
                Some(far) => ends |= far == Advance::GoalReached,
                None => return Ok(Status::Diverged { step: Some(subject.step()) }),
            }
        }
        let start = (around.now)();
        probing.look(subject.step(), ends, || subject.standing());
        times.probes += (around.now)() - start;
        if ends {
            break;
        }
    }
    Ok(Status::Completed)
}
