//! From a file to its runs: the sweep multiplied out and every setting resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::str::FromStr;

use serde_json::Value as Json;
use thalweg_numeric::bounded::Count;
use thalweg_records::{Plan, key_of};
use toml::Value;

use crate::data::extent;
use crate::document::ExperimentFile;
use crate::inputs::{Inputs, Loader};
use crate::problems::among;
use crate::settings::{Descent, Learning, Probe, ProbeKind, RunSpec, Task};
use crate::sweep::points;

const KNOWN: [&str; 19] = [
    "title",
    "question",
    "seed",
    "replicates",
    "exploratory",
    "data",
    "test",
    "model",
    "objective",
    "start",
    "optimizer",
    "schedule",
    "train",
    "record",
    "probe",
    "sweep",
    "profile",
    "claim",
    "figure",
];
/// More runs than this are taken for a slip of the keyboard.
const MOST_RUNS: f64 = 1e5;

/// An experiment that is ready to run.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The frame for the report.
    pub plan: Plan,
    /// One job a run, in the plan's order: the last axis of the sweep and then the replicate change fastest.
    pub jobs: Vec<Job>,
}

/// One run, and what it needs.
#[derive(Debug, Clone)]
pub struct Job {
    /// The run's name in the store.
    pub key: String,
    /// What is to be computed.
    pub spec: RunSpec,
    /// The spec as the record will hold it.
    pub json: Json,
    /// The files that it reads.
    pub inputs: Inputs,
    /// About how much work it is, in floating-point operations.
    pub work: f64,
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

impl Experiment {
    /// The same experiment with these replicates.
    pub fn with_replicates(&self, replicates: Range<u64>) -> Self {
        let points = self.jobs.iter().filter(|job| job.spec.replicate == 0);
        let of_point = |job: &Job| {
            let inputs = job.inputs.clone();
            let spec = job.spec.clone();
            replicates.clone().map(move |replicate| Job::new(spec.of_replicate(replicate), inputs.clone()))
        };
        let jobs: Vec<Job> = points.flat_map(of_point).collect();
        let runs = jobs.iter().map(|job| job.key.clone()).collect();
        Self { plan: Plan { runs, ..self.plan.clone() }, jobs }
    }
}

impl ExperimentFile {
    /// Multiplies out the sweep and the replicates, and checks every run. Problems are noted;
    /// [`finish`](Self::finish) tells them. `claims` and `figures` go into the plan as they are.
    pub fn plan(
        &mut self,
        name: &str,
        overlays: &crate::Overlays,
        claims: Json,
        figures: Json,
    ) -> Experiment {
        self.check_names();
        let title = self.required("title").unwrap_or_default();
        let question = self.section("question").unwrap_or_default();
        let seed = self.section("seed").unwrap_or(0);
        let mut replicates: Count = self.section("replicates").unwrap_or(Count::of(1));
        let mut axes = self.axes();
        let n_points: f64 = axes.iter().map(|axis| axis.points.len() as f64).product();
        let n_runs = n_points * replicates.get() as f64;
        if n_runs > MOST_RUNS {
            let text = format!("{n_runs:e} runs with the sweep, expected at most {MOST_RUNS:e}");
            self.note(&["replicates".to_owned()], text, None);
            (axes, replicates) = (Vec::new(), Count::of(1));
        }
        let mut loader = Loader::default();
        let mut jobs = Vec::new();
        let mut seen = BTreeSet::new();
        for point in points(&axes) {
            let (root, laid) = self.save();
            for (key, value) in point {
                let place = self.place(&["sweep".to_owned(), key.join(".")]);
                self.lay(key.clone(), value.clone(), place);
            }
            if let Some((spec, inputs)) = self.resolve(seed, &mut loader) {
                for replicate in 0..replicates.get() {
                    let job = Job::new(spec.of_replicate(replicate), inputs.clone());
                    if seen.insert(job.key.clone()) {
                        jobs.push(job);
                    }
                }
            }
            self.restore(root, laid);
        }
        let plan = Plan {
            name: name.to_owned(),
            title,
            question,
            profile: overlays.profile.clone(),
            overrides: overlays.set.clone(),
            axes: axes.iter().flat_map(|axis| axis.keys.iter().map(|key| key.join("."))).collect(),
            runs: jobs.iter().map(|job| job.key.clone()).collect(),
            exploratory: self.section("exploratory").unwrap_or(false),
            sequential: None,
            claims,
            figures,
        };
        Experiment { plan, jobs }
    }

    /// Notes top-level keys that no experiment has.
    pub fn check_names(&mut self) {
        let Value::Table(root) = &self.root else { return };
        let unknown: Vec<String> =
            root.keys().filter(|key| !KNOWN.contains(&key.as_str())).cloned().collect();
        for key in unknown {
            let hint = among(&key, &KNOWN);
            self.note(&[key], "unknown key", Some(hint));
        }
        let _: Option<BTreeMap<String, toml::Table>> = self.section("profile");
    }

    fn required<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        if self.root.get(name).is_none() {
            self.note(&[name.to_owned()], "this key is missing", None);
        }
        self.section(name)
    }

    /// The spec of one point of the sweep, for replicate 0, and its files.
    fn resolve(&mut self, seed: u64, loader: &mut Loader) -> Option<(RunSpec, Inputs)> {
        let seed = self.section("seed").unwrap_or(seed);
        let task = if self.root.get("objective").is_some() {
            self.resolve_descent().map(Task::Descent)
        } else {
            self.resolve_learning().map(|learning| Task::Learning(Box::new(learning)))
        };
        let optimizer = self.required("optimizer");
        let schedule = self.required("schedule");
        let mut spec = RunSpec {
            seed,
            replicate: 0,
            task: task?,
            optimizer: optimizer?,
            schedule: schedule?,
            probes: self.probes(seed, loader),
            files: Default::default(),
        };
        let inputs = loader.load(&spec, self)?;
        spec.files = inputs.files.clone();
        self.check(&spec, &inputs).then_some((spec, inputs))
    }

    /// The probes, with the runs that they walk to resolved.
    fn probes(&mut self, seed: u64, loader: &mut Loader) -> Vec<Probe> {
        let mut probes: Vec<(usize, Probe)> = self.list("probe");
        for (i, probe) in &mut probes {
            let ProbeKind::Path(path) = &mut probe.kind else { continue };
            let (root, laid) = self.save();
            let place = self.place(&["probe".to_owned(), i.to_string(), "to".to_owned()]);
            for (key, value) in &path.to {
                self.lay(key.split('.').map(str::to_owned).collect(), value.clone(), place.clone());
            }
            if let Value::Table(root) = &mut self.root {
                root.remove("probe");
            }
            path.other = self.resolve(seed, loader).map(|(spec, _)| Box::new(spec));
            self.restore(root, laid);
        }
        probes.into_iter().map(|(_, probe)| probe).collect()
    }

    fn resolve_learning(&mut self) -> Option<Learning> {
        self.refuse(&["start"], "only a run with [objective] has a start");
        let (data, model) = (self.required("data"), self.required("model"));
        let (train, test, record) = (self.required("train"), self.optional("test"), self.optional("record"));
        Some(Learning {
            data: data?,
            test: test?,
            model: model?,
            train: train?,
            record: record?.unwrap_or_default(),
        })
    }

    fn resolve_descent(&mut self) -> Option<Descent> {
        self.refuse(&["data", "test", "model"], "a run with [objective] has neither data nor a network");
        let (objective, train) = (self.required("objective"), self.required("train"));
        let (start, record) = (self.optional("start"), self.optional("record"));
        Some(Descent {
            objective: objective?,
            start: start?.unwrap_or_default(),
            train: train?,
            record: record?.unwrap_or_default(),
        })
    }

    /// Notes the sections among `names` that are there.
    fn refuse(&mut self, names: &[&str], why: &str) {
        for name in names {
            if self.root.get(*name).is_some() {
                self.note(&[(*name).to_owned()], why, None);
            }
        }
    }

    /// A section that may be absent; `None` if it is there and not usable.
    fn optional<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Option<Option<T>> {
        let read = self.section(name);
        (read.is_some() || self.root.get(name).is_none()).then_some(read)
    }
}

impl Job {
    fn new(spec: RunSpec, inputs: Inputs) -> Self {
        let json = serde_json::to_value(&spec).expect("specs are plain data");
        Self { key: key_of(&json), work: work(&spec, &inputs), spec, json, inputs }
    }
}

/// About how many operations a run takes, with those of the runs that its probes walk to.
fn work(spec: &RunSpec, inputs: &Inputs) -> f64 {
    let gradients = spec.optimizer.gradients_per_step();
    let step = match &spec.task {
        Task::Learning(task) => {
            let (_, n_features, n_classes) = extent(task, inputs);
            let architecture = task.model.architecture(n_features, n_classes);
            let batch = task.train.batch_size.size();
            gradients * architecture.step_flops(batch) + spec.optimizer.step_flops(&architecture.layout())
        }
        // With overhead and perhaps noise a coordinate costs as much as some 600 operations.
        Task::Descent(task) => 600.0 * gradients * task.objective.dim() as f64,
    };
    let others = spec.probes.iter().filter_map(|probe| match &probe.kind {
        ProbeKind::Path(path) => path.other.as_ref(),
        _ => None,
    });
    spec.task.steps() as f64 * step + others.map(|other| work(other, inputs)).sum::<f64>()
}
