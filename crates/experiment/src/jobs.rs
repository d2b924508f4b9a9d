//! From a file to its runs: the sweep multiplied out and every setting resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde_json::Value as Json;
use thalweg_datasets::{Source, Transform};
use thalweg_numeric::bounded::Count;
use thalweg_records::{Plan, key_of};
use toml::Value;

use crate::document::ExperimentFile;
use crate::inputs::{Inputs, Loader};
use crate::problems::among;
use crate::settings::RunSpec;
use crate::sweep::points;

const KNOWN: [&str; 15] = [
    "title",
    "question",
    "seed",
    "replicates",
    "data",
    "test",
    "model",
    "optimizer",
    "schedule",
    "train",
    "record",
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
                    let job = Job::new(RunSpec { replicate, ..spec.clone() }, inputs.clone());
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
            claims,
            figures,
        };
        Experiment { plan, jobs }
    }

    fn check_names(&mut self) {
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
        let data = self.required("data");
        let test = self.section("test");
        let model = self.required("model");
        let optimizer = self.required("optimizer");
        let schedule = self.required("schedule");
        let train = self.required("train");
        let record = self.section("record");
        if self.root.get("test").is_some() != test.is_some()
            || self.root.get("record").is_some() != record.is_some()
        {
            return None;
        }
        let mut spec = RunSpec {
            seed,
            replicate: 0,
            data: data?,
            test,
            model: model?,
            optimizer: optimizer?,
            schedule: schedule?,
            train: train?,
            record: record.unwrap_or_default(),
            files: Default::default(),
        };
        let inputs = loader.load(&spec, self)?;
        spec.files = inputs.files.clone();
        self.check(&spec, &inputs).then_some((spec, inputs))
    }
}

impl Job {
    fn new(spec: RunSpec, inputs: Inputs) -> Self {
        let json = serde_json::to_value(&spec).expect("specs are plain data");
        let (_, n_features, n_classes) = extent(&spec, &inputs);
        let architecture = spec.model.architecture(n_features, n_classes);
        let batch = spec.train.batch_size.size();
        // Reading and writing the parameters costs a step about as much as 20 operations on each.
        let step = architecture.step_flops(batch) + 20.0 * architecture.layout().dim() as f64;
        Self { key: key_of(&json), work: spec.train.steps.get() as f64 * step, spec, json, inputs }
    }
}

/// The training data's numbers of samples, features and classes.
pub(crate) fn extent(spec: &RunSpec, inputs: &Inputs) -> (usize, usize, usize) {
    match (&spec.data, &inputs.dataset) {
        (Source::TwoMoons(moons), _) => (moons.samples.size(), 2, 2),
        (Source::Csv(_), Some(dataset)) => {
            (dataset.inputs.nrows(), dataset.inputs.ncols(), dataset.n_classes)
        }
        (Source::Csv(_), None) => unreachable!("a CSV source was loaded before its run is looked at"),
    }
}

pub(crate) fn transforms_of(source: &Source) -> &[Transform] {
    match source {
        Source::TwoMoons(moons) => &moons.transforms,
        Source::Csv(csv) => &csv.transforms,
    }
}
