//! One run: a job in, a record out.

mod boundary;
mod data;
mod descent;
mod evaluate;
mod execute;
mod learning;
mod rows;
mod subject;
mod templates;
mod testing;
pub(crate) mod train;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use thalweg_records::{Dtype, Metric, Record, Status};

use self::descent::Descender;
pub use self::execute::{Memory, Pool, execute};
use self::learning::Learner;
use self::subject::{Advance, Subject};
pub use self::subject::{Event, Surroundings};
use crate::file::{Precision, Task};
use crate::outcome::evaluation_steps;
use crate::plan::Job;
use crate::probes::Probing;

/// Operations between two looks at the clock and at the wish to stop: some milliseconds.
const TICK: f64 = 1e8;

/// The run was stopped from outside; it leaves nothing behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// The records of the runs to whose solutions probes walk, by the ids of the probes; `None` where one is not there.
pub type Others = BTreeMap<String, Option<Record>>;

/// Computes one run. The same spec gives the same record, times apart. `others` are those that [`Job::needs`].
///
/// # Errors
/// [`Cancelled`] if that was asked for. A diverging run is no error: its record says so.
pub fn run(
    job: &Job,
    others: &Others,
    around: &Surroundings<'_>,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Record, Cancelled> {
    let call = Call { job, others, around, tell };
    match &job.spec.task {
        Task::Learning(task) => match task.model.precision {
            Precision::F32 => call.complete(|| Learner::<f32>::new(job, task, Dtype::F32)),
            Precision::F64 => call.complete(|| Learner::<f64>::new(job, task, Dtype::F64)),
        },
        Task::Descent(task) => call.complete(|| Descender::new(job, task, job.spec.streams())),
    }
}

/// A run with all that it is given.
#[derive(Clone, Copy)]
struct Call<'a> {
    job: &'a Job,
    others: &'a Others,
    around: &'a Surroundings<'a>,
    tell: &'a (dyn Fn(Event<'_>) + Sync),
}

impl Call<'_> {
    fn complete<S: Subject>(self, begin: impl FnOnce() -> S) -> Result<Record, Cancelled> {
        let Self { job, others, around, .. } = self;
        let start = (around.now)();
        let mut subject = begin();
        let mut probing = Probing::new(&job.spec, others);
        let mut times = Times::default();
        let status = self.train(&mut subject, &mut probing, &mut times)?;
        let mut outcome = subject.finish(&status);
        // A finite network can still give an infinite loss on a test point that lies far out.
        outcome.metrics.retain(|metric| metric.value.is_finite());
        outcome.samples.retain(|sample| sample.values.iter().all(|value| value.is_finite()));
        probing.finish(&status, &mut outcome);
        let mut seconds = vec![("train.seconds", times.train), ("seconds", (around.now)() - start)];
        if !job.spec.probes.is_empty() {
            seconds.push(("probe.seconds", times.probes));
        }
        Ok(Record {
            status,
            deterministic: job.spec.is_deterministic(),
            metrics: outcome.metrics,
            seconds: seconds.into_iter().map(|(name, value)| Metric::new(name, value)).collect(),
            curves: outcome.curves,
            samples: outcome.samples,
            provenance: around.provenance.clone(),
            params: outcome.params,
            fields: outcome.fields,
            ..Record::empty(job.key.clone(), job.json())
        })
    }

    /// Trains to the end or to divergence, evaluating and probing on the way.
    fn train(
        self,
        subject: &mut impl Subject,
        probing: &mut Probing<'_>,
        times: &mut Times,
    ) -> Result<Status, Cancelled> {
        let Self { job, around, tell, .. } = self;
        let task = &job.spec.task;
        let tick = (TICK * task.steps() as f64 / job.work).max(1.0) as u64;
        let evaluations = evaluation_steps(task.steps(), task.points_per_decade());
        let work_of_step = job.work / task.steps() as f64;
        let mut advance = Advance::Taken;
        for goal in probing.merged(&evaluations) {
            while subject.step() < goal && advance == Advance::Taken {
                if around.cancelled.load(Ordering::Relaxed) {
                    return Err(Cancelled);
                }
                let (start, from) = ((around.now)(), subject.step());
                let advanced = subject.advance(goal.min(from + tick));
                times.train += (around.now)() - start;
                tell(Event::Worked(job, (subject.step() - from) as f64 * work_of_step));
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
                for curve in subject.curves() {
                    if let (Some(step), Some(value)) = (curve.steps.last(), curve.values.last())
                        && *step == subject.step()
                    {
                        tell(Event::Measured(job, &curve.name, *step, *value));
                    }
                }
            }
            let start = (around.now)();
            probing.look(subject.step(), ends, || subject.snapshot());
            times.probes += (around.now)() - start;
            if ends {
                break;
            }
        }
        Ok(Status::Completed)
    }
}

/// Seconds that were spent.
#[derive(Default)]
struct Times {
    /// On steps.
    train: f64,
    /// On probes.
    probes: f64,
}
