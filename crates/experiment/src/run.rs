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

use serde::{Deserialize, Serialize};
use thalweg_records::{Checkpoint, Curve, Dtype, Metric, Record, Status};

use self::descent::Descender;
pub use self::execute::{Memory, Pool, execute};
use self::learning::Learner;
use self::subject::{Advance, Subject};
pub use self::subject::{Event, Surroundings};
pub use crate::checkpoint::Cancelled;
use crate::checkpoint::{State, Stop};
use crate::file::{Precision, Task};
use crate::outcome::evaluation_steps;
use crate::plan::Job;
use crate::probes::Probing;

/// Operations between two looks at the clock and at the wish to stop: some milliseconds.
const TICK: f64 = 1e8;

/// The records of the runs to whose solutions probes walk, by the ids of the probes; `None` where one is not
/// there.
pub type Others = BTreeMap<String, Option<Record>>;

/// Computes one run. The same spec gives the same record, times apart. `others` are those that
/// [`Job::needs`].
///
/// # Errors
/// [`Cancelled`] if that was asked for. A diverging run is no error: its record says so.
pub fn run(
    job: &Job,
    others: &Others,
    around: &Surroundings<'_>,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Record, Cancelled> {
    let mut run = Run::begin(job, others, around);
    loop {
        if around.cancelled.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        match run.advance(around, tell) {
            Slice::Going(on) => run = on,
            Slice::Ended(record) => return Ok(record),
        }
    }
}

/// A run on its way, which somebody takes further slice by slice: where a thread may not be held for long, as
/// in a browser.
///
/// ```
/// use std::path::Path;
/// use thalweg_document::{Document, Overlays};
/// use thalweg_experiment::{Disk, Others, Run, Slice, Spec, Surroundings, plan};
///
/// let text = "
///     title = 'A valley'
///     objective = { kind = 'quadratic', dim = 2, condition = 10 }
///     optimizer = { kind = 'sgd' }
///     schedule = { kind = 'constant', initial = 0.1 }
///     train = { steps = 100 }
/// ";
/// let document = Document::of_text("valley.toml", text, &Overlays::default()).unwrap();
/// let planned = plan(&Spec::read(&document, Path::new("valley.toml")).0, &Disk);
/// assert!(planned.problems.is_empty());
/// let (none, around) = (Others::new(), Surroundings::without_clock());
/// let mut run = Run::begin(&planned.experiment.jobs[0], &none, &around);
/// let record = loop {
///     match run.advance(&around, &|_| {}) {
///         Slice::Going(on) => run = on,
///         Slice::Ended(record) => break record,
///     }
/// };
/// assert!(record.metric("loss").unwrap() < 1e-6);
/// ```
pub struct Run<'a> {
    job: &'a Job,
    subject: Box<dyn Subject + 'a>,
    probing: Probing<'a>,
    /// Steps after which the run is evaluated, ascending.
    evaluations: Vec<u64>,
    /// Those, and the steps after which a probe looks.
    goals: Vec<u64>,
    /// The place of the goal that comes next.
    next: usize,
    times: Times,
}

/// What came of a slice of a run.
pub enum Slice<'a> {
    /// There is more to do.
    Going(Run<'a>),
    /// The run has ended.
    Ended(Record),
}

impl<'a> Run<'a> {
    /// Puts a run at its start. `others` are those that [`Job::needs`].
    pub fn begin(job: &'a Job, others: &'a Others, around: &Surroundings<'_>) -> Self {
        let start = (around.now)();
        let subject: Box<dyn Subject + 'a> = match &job.spec.task {
            Task::Learning(task) => match task.model.precision {
                Precision::F32 => Box::new(Learner::<f32>::new(job, task, Dtype::F32)),
                Precision::F64 => Box::new(Learner::<f64>::new(job, task, Dtype::F64)),
            },
            Task::Descent(task) => Box::new(Descender::new(job, task, job.spec.streams())),
        };
        let after = job.after.as_ref().map(|after| &after.spec);
        let (task, probing) = (&job.spec.task, Probing::new((&job.spec, after), others));
        let evaluations = evaluation_steps(task.steps(), task.points_per_decade());
        let goals = probing.merged(&evaluations).into_iter().collect();
        let train_cpu = (around.cpu)().map(|_| 0.0);
        let times = Times { all: (around.now)() - start, train_cpu, ..Times::default() };
        Self { job, subject, probing, evaluations, goals, next: 0, times }
    }

    /// The same run as it was when it was saved; `None` if the checkpoint is not of such a run.
    pub fn resume(
        job: &'a Job,
        others: &'a Others,
        around: &Surroundings<'_>,
        checkpoint: &Checkpoint,
    ) -> Option<Self> {
        let mut run = Self::begin(job, others, around);
        let mut state = State::loading(checkpoint);
        run.visit(&mut state);
        (checkpoint.key == job.key && state.is_whole() && run.next < run.goals.len()).then_some(run)
    }

    /// All that the further course of the run depends on.
    pub fn save(&mut self) -> Checkpoint {
        let mut state = State::saving();
        self.visit(&mut state);
        state.into_checkpoint(&self.job.key)
    }

    fn visit(&mut self, state: &mut State) {
        state.plain("goals", &mut self.next);
        state.plain("times", &mut self.times);
        self.subject.visit(state);
        self.probing.visit(state);
    }

    /// Updates that had been taken when a run was saved with these numbers; `None` if they do not tell.
    pub fn saved_step(numbers: &serde_json::Value) -> Option<u64> {
        numbers.get("step")?.as_u64()
    }

    /// What a run that was saved with these numbers has measured on its way.
    pub fn saved_curves(numbers: &serde_json::Value) -> Vec<Curve> {
        numbers.get("curves").and_then(|curves| Vec::deserialize(curves).ok()).unwrap_or_default()
    }

    /// Seconds that a run had taken when it was saved with these numbers; `None` if they do not tell.
    pub fn saved_seconds(numbers: &serde_json::Value) -> Option<f64> {
        numbers.get("times")?.get("all")?.as_f64()
    }

    /// Updates taken so far.
    pub fn step(&self) -> u64 {
        self.subject.step()
    }

    /// Takes steps for some milliseconds, but not beyond the next at which something is looked at, and looks
    /// there. The slice in which a run ends computes its test sets too.
    pub fn advance(mut self, around: &Surroundings<'_>, tell: &(dyn Fn(Event<'_>) + Sync)) -> Slice<'a> {
        let start = (around.now)();
        match self.take_slice(around, tell) {
            None => {
                self.times.all += (around.now)() - start;
                Slice::Going(self)
            }
            Some(status) => Slice::Ended(self.finish(status, start, around)),
        }
    }

    /// How the run ended, if it did.
    fn take_slice(&mut self, around: &Surroundings<'_>, tell: &(dyn Fn(Event<'_>) + Sync)) -> Option<Status> {
        let (job, goal) = (self.job, self.goals[self.next]);
        let mut ends = goal == job.spec.task.steps();
        let from = self.subject.step();
        if from < goal {
            let (start, cpu) = ((around.now)(), (around.cpu)());
            let advanced = self.subject.advance(goal.min(from.saturating_add(job.tick())));
            self.times.train += (around.now)() - start;
            self.times.add_cpu(cpu.zip((around.cpu)()));
            tell(Event::Worked(job, (self.subject.step() - from) as f64 * job.work.step));
            match advanced {
                Ok(Advance::GoalReached) => ends = true,
                Ok(Advance::Taken) if self.subject.step() < goal => return None,
                Ok(Advance::Taken) => {}
                Err(step) => return Some(Status::Diverged { step: Some(step) }),
            }
        }
        if ends || self.evaluations.binary_search(&goal).is_ok() {
            match self.subject.evaluate() {
                Some(far) => ends |= far == Advance::GoalReached,
                None => return Some(Status::Diverged { step: Some(self.subject.step()) }),
            }
            self.tell_values(tell);
        }
        let start = (around.now)();
        let step = self.subject.step();
        self.probing.look((step, ends), Stop(around.cancelled), || self.subject.snapshot());
        self.times.probes += (around.now)() - start;
        tell(Event::Worked(job, job.work.looks / self.goals.len() as f64));
        self.next += 1;
        ends.then_some(Status::Completed)
    }

    /// Tells the values that the curves have got at this step.
    fn tell_values(&self, tell: &(dyn Fn(Event<'_>) + Sync)) {
        for curve in self.subject.curves() {
            if let (Some(step), Some(value)) = (curve.steps.last(), curve.values.last())
                && *step == self.subject.step()
            {
                tell(Event::Measured(self.job, &curve.name, *step, *value));
            }
        }
    }

    fn finish(self, status: Status, start: f64, around: &Surroundings<'_>) -> Record {
        let Self { job, subject, probing, times, .. } = self;
        let mut outcome = subject.finish(&status, Stop(around.cancelled));
        // A finite network can still give an infinite loss on a test point that lies far out.
        outcome.metrics.retain(|metric| metric.value.is_finite());
        outcome.samples.retain(|sample| sample.values.iter().all(|value| value.is_finite()));
        probing.finish(&status, &mut outcome);
        let mut seconds =
            vec![("train.seconds", times.train), ("seconds", times.all + (around.now)() - start)];
        // Of a run that was saved before this was measured the beginning is not known.
        seconds.extend(times.train_cpu.map(|cpu| ("train.cpu-seconds", cpu)));
        if !job.spec.probes.is_empty() {
            seconds.push(("probe.seconds", times.probes));
        }
        Record {
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
        }
        .sealed()
    }
}

impl Job {
    /// Steps between two looks at the clock and at the wish to stop.
    fn tick(&self) -> u64 {
        (TICK / self.work.step).clamp(1.0, TICK) as u64
    }
}

/// Seconds that were spent.
#[derive(Default, Serialize, Deserialize)]
struct Times {
    /// On steps.
    train: f64,
    /// Of a CPU on steps; `None` if some of them were not measured.
    #[serde(default)]
    train_cpu: Option<f64>,
    /// On probes.
    probes: f64,
    /// On the whole run.
    all: f64,
}

impl Times {
    /// Adds what a CPU has worked on steps, from one reading of its clock to another.
    fn add_cpu(&mut self, readings: Option<(f64, f64)>) {
        self.train_cpu = self.train_cpu.zip(readings).map(|(sum, (from, to))| sum + (to - from));
    }
}
