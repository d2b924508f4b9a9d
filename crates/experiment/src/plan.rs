//! From what a file says to its runs: the sweep multiplied out and every setting resolved.

mod available;
mod check;
mod columns;
mod far_targets;
mod footprint;
mod fork;
mod found;
mod load;
mod notes;
mod optimizer;
mod point;
mod repeated;
mod scaling;
mod test;
mod transforms;
mod unchosen;
mod work;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::Value as Json;
use thalweg_document::{Files, Problem};
use thalweg_numeric::bounded::Count;
use thalweg_records::{Plan, key_of};

use self::available::Gathered;
pub use self::available::{Available, suggestion};
pub use self::footprint::Footprint;
use self::fork::check_data;
pub use self::load::Disk;
use self::load::Loader;
use self::point::Resolver;
use self::scaling::Scalings;
use self::test::check_replicate;
pub use self::work::Work;
use self::work::work;
use crate::file::{CASE, RunSpec, Spec};
use crate::inputs::Inputs;

/// More runs than this are taken for a slip of the keyboard.
const MOST_RUNS: f64 = 1e6;

/// An experiment that is ready to run.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The frame for the report.
    pub plan: Plan,
    /// One job a run, in the plan's order: the last axis of the sweep and then the replicate change fastest.
    pub jobs: Vec<Job>,
    /// Further runs, to whose solutions probes of the jobs walk.
    pub companions: Vec<Job>,
}

/// One run, and what it needs.
#[derive(Debug, Clone)]
pub struct Job {
    /// The run's name in the store.
    pub key: String,
    /// What is to be computed.
    pub spec: RunSpec,
    /// The files that it reads.
    pub inputs: Arc<Inputs>,
    /// About how much work it is.
    pub work: Work,
    /// About how much room it takes.
    pub footprint: Footprint,
    /// Its values of the settings that are swept, in the order of the plan's axes.
    pub swept: Arc<[Json]>,
    /// The run as it is after its fork, if it has one.
    pub(crate) after: Option<Box<Self>>,
    /// The runs that must be there before: their keys, by the ids of the probes that walk to their solutions.
    pub needs: BTreeMap<String, String>,
}

/// What came of planning.
#[derive(Debug)]
pub struct Planned {
    /// The runs that could be resolved. If there are problems, some of them are not what the file says.
    pub experiment: Experiment,
    /// What the runs will yield.
    pub available: Available,
    /// What is wrong, with paths in the document.
    pub problems: Vec<Problem>,
    /// The settings that are to blame; no other check should trust them.
    pub broken: BTreeSet<Vec<String>>,
    /// Whether every point of the sweep could be read as far as the names of its quantities go.
    pub is_readable: bool,
    /// Whether every point of the sweep became runs.
    pub is_complete: bool,
}

/// Multiplies out the sweep and the replicates, reads the files that runs need, and checks every run.
///
/// Problems of the spec itself, which [`Spec::read`] has told, are not told again.
pub fn plan(spec: &Spec, files: &dyn Files) -> Planned {
    let mut problems = Problems::default();
    let mut resolver = Resolver::new(spec, files);
    let n_points: f64 = spec.axes.iter().map(|axis| axis.points.len() as f64).product();
    let n_runs = n_points * spec.replicates.get() as f64;
    let is_too_large = n_runs > MOST_RUNS;
    if is_too_large {
        let text = format!("{n_runs:e} runs with the sweep, expected at most {MOST_RUNS:e}");
        problems.note(Problem::new("replicates", text));
    }
    let replicates = if is_too_large { Count::of(1) } else { spec.replicates };
    let (mut available, mut jobs, mut seen) = (Gathered::default(), Vec::new(), HashSet::new());
    let (mut is_readable, mut is_complete) = (true, !is_too_large);
    let mut scalings = Scalings::default();
    for index in indices(spec).take(if is_too_large { 1 } else { usize::MAX }) {
        let point = resolver.resolve(&index);
        let resolved = available.add(&point, &index, spec);
        is_readable &= point.spec.is_some();
        let is_sound = point.problems.is_empty();
        problems.note_all(point.problems, point.broken);
        let (Some(run), Some(inputs)) = (point.spec, point.inputs) else {
            is_complete = false;
            continue;
        };
        let swept: Arc<[Json]> = resolved.into();
        // Nobody asks how much work it is that cannot be done, and the answer may take for ever.
        let effort = if is_sound { effort(&run, &inputs) } else { Default::default() };
        if is_sound {
            let check = |run: &RunSpec, inputs: &Inputs| scalings.check(run, inputs, replicates.get());
            check_data(&run, &inputs, check).into_iter().for_each(|problem| problems.note(problem));
        }
        for replicate in 0..replicates.get() {
            let job = Job::new(run.of_replicate(replicate), Arc::clone(&inputs), effort, Arc::clone(&swept));
            if is_sound {
                let found = check_data(&job.spec, &inputs, check_replicate);
                found.into_iter().for_each(|problem| problems.note(problem));
            }
            if seen.insert(job.key.clone()) {
                jobs.push(job);
            }
        }
    }
    let axes = spec.axes.iter().flat_map(|axis| axis.columns());
    let plan = Plan {
        title: spec.title.clone(),
        question: spec.question.clone(),
        exploratory: spec.exploratory,
        ..Plan::new(&spec.name, axes.collect())
    };
    Planned {
        experiment: Experiment::new(plan, jobs),
        available: available.finish(),
        problems: problems.all,
        broken: problems.broken,
        is_readable,
        is_complete,
    }
}

/// Jobs for specs that were stored, with the files that they read from `folder`.
///
/// # Errors
/// The files that cannot be read, or are not what they were.
pub fn revive(specs: Vec<RunSpec>, folder: &Path, files: &dyn Files) -> Result<Vec<Job>, Vec<Problem>> {
    let (mut loader, mut problems, mut jobs) = (Loader::new(folder, files), Problems::default(), Vec::new());
    for spec in specs {
        let Some(inputs) = loader.load(&spec, &mut |problem| problems.note(problem)) else { continue };
        for (path, hash) in &spec.files {
            if inputs.files.get(path) != Some(hash) {
                problems.note(Problem::new(
                    "files",
                    format!("{path} is not what it was when the run was planned"),
                ));
            }
        }
        let effort = effort(&spec, &inputs);
        jobs.push(Job::new(spec, inputs, effort, Arc::default()));
    }
    if problems.all.is_empty() { Ok(jobs) } else { Err(problems.all) }
}

/// Which value of each axis, for every combination, the last axis changing fastest.
fn indices(spec: &Spec) -> impl Iterator<Item = Vec<usize>> {
    let lengths: Vec<usize> = spec.axes.iter().map(|axis| axis.points.len()).collect();
    let n_points: usize = lengths.iter().product();
    (0..n_points).map(move |mut rest| {
        let mut index: Vec<usize> = lengths
            .iter()
            .rev()
            .map(|length| {
                let i = rest % length;
                rest /= length;
                i
            })
            .collect();
        index.reverse();
        index
    })
}

/// Problems, each once.
#[derive(Default)]
struct Problems {
    all: Vec<Problem>,
    seen: HashSet<Problem>,
    broken: BTreeSet<Vec<String>>,
}

impl Problems {
    fn note(&mut self, problem: Problem) {
        if self.seen.insert(problem.clone()) {
            self.all.push(problem);
        }
    }

    fn note_all(&mut self, problems: Vec<Problem>, broken: Vec<Vec<String>>) {
        problems.into_iter().for_each(|problem| self.note(problem));
        self.broken.extend(broken);
    }
}

/// How much work a run is, and how much room it takes.
fn effort(spec: &RunSpec, inputs: &Inputs) -> (Work, Footprint) {
    let (work, footprint) = (work(spec, inputs), Footprint::new(spec, inputs));
    let Some((fork, after)) = spec.fork.as_ref().zip(spec.after()) else { return (work, footprint) };
    let (later, room) = effort(&after, inputs.after.as_deref().unwrap_or(inputs));
    let share = fork.at as f64 / spec.task.steps() as f64;
    (work.then(later, share.min(1.0)), footprint.or(room))
}

impl Job {
    fn new(
        spec: RunSpec,
        inputs: Arc<Inputs>,
        (work, footprint): (Work, Footprint),
        swept: Arc<[Json]>,
    ) -> Self {
        let needs = spec.companions().into_iter().map(|(id, spec)| (id.to_owned(), key_of(&spec))).collect();
        let after = spec.after().map(|after| {
            let inputs = Arc::clone(inputs.after.as_ref().unwrap_or(&inputs));
            Box::new(Self::new(after, inputs, (work, footprint), Arc::default()))
        });
        Self { key: key_of(&spec), spec, inputs, work, footprint, swept, after, needs }
    }

    /// The steps before its fork, if that lies before the step `end`.
    pub(crate) fn fork_before(&self, end: u64) -> Option<u64> {
        self.spec.fork.as_ref().map(|fork| fork.at).filter(|at| *at < end)
    }

    /// The runs to whose solutions its probes walk.
    fn companions(&self) -> impl Iterator<Item = Self> {
        let job = |(_, spec): (&str, RunSpec)| {
            let effort = effort(&spec, &self.inputs);
            Self::new(spec, Arc::clone(&self.inputs), effort, Arc::default())
        };
        self.spec.companions().into_iter().map(job)
    }

    /// The spec as the record holds it.
    pub fn json(&self) -> Json {
        serde_json::to_value(&self.spec).expect("specs are plain data")
    }
}

impl Experiment {
    fn new(plan: Plan, jobs: Vec<Job>) -> Self {
        let mut companions: Vec<Job> = Vec::new();
        if jobs.iter().any(|job| !job.needs.is_empty()) {
            let mut seen: HashSet<String> = jobs.iter().map(|job| job.key.clone()).collect();
            let all = jobs.iter().flat_map(Job::companions);
            companions.extend(all.filter(|companion| seen.insert(companion.key.clone())));
        }
        let keys = |jobs: &[Job]| jobs.iter().map(|job| job.key.clone()).collect();
        let case = plan.axes.iter().position(|axis| axis == CASE);
        let named = |job: &Job| Some((job.key.clone(), job.swept.get(case?)?.as_str()?.to_owned()));
        let cases = jobs.iter().filter_map(named).collect();
        let notes: BTreeSet<&String> = jobs.iter().flat_map(|job| &job.inputs.notes).collect();
        let notes = notes.into_iter().cloned().collect();
        let plan = Plan { runs: keys(&jobs), companions: keys(&companions), cases, notes, ..plan };
        Self { plan, jobs, companions }
    }

    /// What was found in the files of the runs that stands in no setting, and settings that change nothing,
    /// each once.
    pub fn notes(&self) -> BTreeSet<String> {
        self.plan.notes.iter().cloned().chain(notes::on_settings(&self.jobs)).collect()
    }

    /// What the number of replicates leaves undone: folds that are not tested as often as others.
    pub fn notes_on_replicates(&self) -> BTreeSet<String> {
        notes::on_replicates(&self.jobs)
    }

    /// These jobs in two parts, of which the first must be there before the second begins: runs that a probe
    /// of another walks to, and all others.
    pub fn in_order<'a>(&'a self, jobs: &[&'a Job]) -> [Vec<&'a Job>; 2] {
        let needed: HashSet<&str> =
            jobs.iter().flat_map(|job| job.needs.values()).map(String::as_str).collect();
        let is_needed = |job: &&Job| needed.contains(job.key.as_str());
        let first = self.jobs.iter().chain(&self.companions).filter(is_needed).collect();
        let then = jobs.iter().copied().filter(|job| !is_needed(job)).collect();
        [first, then]
    }

    /// The same experiment with these replicates.
    pub fn with_replicates(&self, replicates: Range<u64>) -> Self {
        let points = self.jobs.iter().filter(|job| job.spec.replicate == 0);
        let of_point = |job: &Job| {
            let job = job.clone();
            replicates.clone().map(move |replicate| {
                let spec = job.spec.of_replicate(replicate);
                Job::new(spec, Arc::clone(&job.inputs), (job.work, job.footprint), Arc::clone(&job.swept))
            })
        };
        Self::new(self.plan.clone(), points.flat_map(of_point).collect())
    }

    /// For each axis of the sweep the values that it has, in the order of the runs.
    pub fn swept_values(&self) -> BTreeMap<&str, Vec<&Json>> {
        let mut values: BTreeMap<&str, Vec<&Json>> = BTreeMap::new();
        let mut seen = HashSet::new();
        for job in &self.jobs {
            for (axis, value) in self.plan.axes.iter().zip(job.swept.iter()) {
                if seen.insert((axis, value.to_string())) {
                    values.entry(axis).or_default().push(value);
                }
            }
        }
        values
    }
}

/// Every n-th job from the k-th on: `k/n` with 0 ≤ k < n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// k
    pub index: usize,
    /// n
    pub count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed =
            text.split_once('/').and_then(|(k, n)| Some((k.trim().parse().ok()?, n.trim().parse().ok()?)));
        match parsed {
            Some((index, count)) if index < count => Ok(Self { index, count }),
            _ => Err("expected k/n with k from 0 to n − 1, such as 0/3".to_owned()),
        }
    }
}

impl Shard {
    /// This shard's part of the jobs.
    pub fn select(self, jobs: &[Job]) -> Vec<&Job> {
        jobs.iter().skip(self.index).step_by(self.count).collect()
    }
}
