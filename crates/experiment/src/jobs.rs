//! From a file to its runs: the sweep multiplied out, every setting resolved, every combination checked.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde_json::Value as Json;
use thalweg_datasets::{Source, Transform};
use thalweg_network::Init;
use thalweg_numeric::bounded::Count;
use thalweg_records::{Plan, key_of};
use toml::Value;

use crate::document::ExperimentFile;
use crate::inputs::{Inputs, Loader};
use crate::problems::nearest;
use crate::settings::RunSpec;

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
/// The top-level keys that a run is made of, and so a sweep can change.
const SWEPT: [&str; 8] = ["seed", "data", "test", "model", "optimizer", "schedule", "train", "record"];
/// More samples, parameters or activations than this are taken for a slip of the keyboard.
const MOST: f64 = 1e9;
/// So are more runs,
const MOST_RUNS: f64 = 1e5;
/// evaluations in each factor of 10 in steps,
const MOST_POINTS: u64 = 10_000;
/// or test sets than this.
const MOST_SETS: u64 = 1_000_000;

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

/// Settings that change together.
struct Axis {
    keys: Vec<Vec<String>>,
    /// One value a key for each point.
    points: Vec<Vec<Value>>,
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

    /// Checks what only several settings together can tell.
    fn check(&mut self, spec: &RunSpec, inputs: &Inputs) -> bool {
        let mut complaints: Vec<(&str, String, Option<&str>)> = Vec::new();
        let (n_samples, n_features, n_classes) = extent(spec, inputs);
        let batch = spec.train.batch_size.size();
        if batch > n_samples {
            let text = format!("found {batch}, expected at most the {n_samples} samples of the data");
            complaints.push(("train.batch-size", text, None));
        }
        if n_samples as f64 * n_features as f64 > MOST {
            complaints.push((
                "data.samples",
                format!("found {n_samples}, expected at most {:e}", MOST / 2.0),
                None,
            ));
        }
        let widths: Vec<f64> = std::iter::once(n_features)
            .chain(spec.model.hidden.iter().map(|width| width.size()))
            .chain([n_classes])
            .map(|width| width as f64)
            .collect();
        let dim: f64 = widths.windows(2).map(|pair| (pair[0] + 1.0) * pair[1]).sum();
        let architecture = spec.model.architecture(n_features, n_classes);
        if dim > MOST {
            complaints.push(("model.hidden", format!("{dim:e} parameters, expected at most {MOST:e}"), None));
        } else if widths.iter().sum::<f64>() * batch as f64 > MOST {
            let text = format!("a batch of {batch} has more than {MOST:e} activations");
            complaints.push(("model.hidden", text, Some("make the layers or the batch smaller")));
        } else if let (Init::File(_), Some(weights)) = (&spec.model.init, &inputs.weights)
            && let Err(e) = architecture.from_tensors::<f64>(weights)
        {
            complaints.push(("model.init.path", e.to_string(), None));
        }
        let sets = spec.test.as_ref().map_or(0, |test| test.sets.get());
        for (key, found, most) in [
            ("record.points-per-decade", spec.record.points_per_decade.get(), MOST_POINTS),
            ("test.sets", sets, MOST_SETS),
        ] {
            if found > most {
                complaints.push((key, format!("found {found}, expected at most {most}"), None));
            }
        }
        if !spec.model.numerics.is_supported() {
            let text = "found \"fast\", but this CPU has no fused multiply-add".to_owned();
            complaints.push(("model.numerics", text, Some("use \"portable\"")));
        }
        if let Err(e) = spec.schedule.check() {
            complaints.push(("schedule", e.to_string(), None));
        }
        if let Some(test) = &spec.test {
            if matches!(spec.data, Source::Csv(_)) {
                let text = "fresh test sets cannot be drawn from a CSV file".to_owned();
                complaints.push(("test", text, Some("remove [test], or use data.kind = \"two-moons\"")));
            }
            if test.samples.size() as f64 * n_features as f64 > MOST {
                let text = format!("found {}, expected at most {:e}", test.samples.get(), MOST / 2.0);
                complaints.push(("test.samples", text, None));
            }
        }
        if let Some(grid) = &spec.record.boundary {
            if (n_features, n_classes) != (2, 2) {
                let text =
                    format!("needs 2 features and 2 classes, the data have {n_features} and {n_classes}");
                complaints.push(("record.boundary", text, None));
            }
            if !(2..=4096).contains(&grid.resolution.get()) {
                let text = format!("found {}, expected 2 to 4096", grid.resolution.get());
                complaints.push(("record.boundary.resolution", text, None));
            }
        }
        let train_transforms = transforms_of(&spec.data);
        let test_transforms = spec.test.iter().flat_map(|test| test.variants.values().flatten());
        for (key, transform) in train_transforms
            .iter()
            .map(|t| ("data.transforms", t))
            .chain(test_transforms.map(|t| ("test.variants", t)))
        {
            if let Transform::Stretch(stretch) = transform
                && stretch.factors.len() != n_features
            {
                let n_factors = stretch.factors.len();
                let text =
                    format!("stretch has {n_factors} factors, but the data have {n_features} features");
                complaints.push((key, text, None));
            }
        }
        let sound = complaints.is_empty();
        for (key, text, hint) in complaints {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            self.note(&path, text, hint.map(str::to_owned));
        }
        sound
    }

    fn axes(&mut self) -> Vec<Axis> {
        let sweep = match self.root.get("sweep") {
            None => return Vec::new(),
            Some(Value::Table(sweep)) => sweep.clone(),
            Some(_) => {
                self.note(
                    &["sweep".to_owned()],
                    "expected a table of lists, \"train.batch-size\" = [1, 8]",
                    None,
                );
                return Vec::new();
            }
        };
        let mut axes = Vec::new();
        for (key, values) in sweep {
            let path = ["sweep".to_owned(), key.clone()];
            if key == "zip" {
                axes.extend(self.zipped(&values));
            } else if let Some(values) = self.values(&path, &values) {
                let keys = vec![key.split('.').map(str::to_owned).collect()];
                axes.push(Axis { keys, points: values.into_iter().map(|value| vec![value]).collect() });
            }
        }
        self.check_axes(&axes);
        axes
    }

    /// Refuses what would not reach the runs: axes that no run has or that hide each other or another change.
    fn check_axes(&mut self, axes: &[Axis]) {
        let keys: Vec<&Vec<String>> = axes.iter().flat_map(|axis| &axis.keys).collect();
        for (i, key) in keys.iter().enumerate() {
            let at = ["sweep".to_owned(), key.join(".")];
            if !SWEPT.contains(&key[0].as_str()) {
                self.note(&at, "this is no setting of a run", Some(among(&key[0], &SWEPT)));
            }
            if keys[..i].iter().any(|earlier| earlier.starts_with(key)) {
                self.note(&at, "this is swept twice", None);
            }
            for hidden in self.laid_below(key) {
                let text = format!("the sweep of `{}` sets this too", at[1]);
                self.note(&hidden, text, Some(format!("change `{}` as a whole", at[1])));
            }
        }
    }

    /// `zip = [{ "a" = [1, 2], "b" = [3, 4] }]`: in each table the settings change together.
    fn zipped(&mut self, groups: &Value) -> Vec<Axis> {
        let path = ["sweep".to_owned(), "zip".to_owned()];
        let tables: Option<Vec<toml::Table>> = self.read_at(&path, groups);
        let mut axes = Vec::new();
        for table in tables.unwrap_or_default() {
            let lists: Option<Vec<_>> = table.values().map(|values| self.values(&path, values)).collect();
            let Some(lists) = lists else { continue };
            let length = lists.first().map_or(0, Vec::len);
            if lists.is_empty() {
                self.note(&path, "expected at least one list, found an empty table", None);
                continue;
            }
            if lists.iter().any(|list| list.len() != length) {
                let lengths: Vec<String> = lists.iter().map(|list| list.len().to_string()).collect();
                self.note(
                    &path,
                    format!("lists of one length go together, found {}", lengths.join(" and ")),
                    None,
                );
                continue;
            }
            let keys = table.keys().map(|key| key.split('.').map(str::to_owned).collect()).collect();
            let points = (0..length).map(|i| lists.iter().map(|list| list[i].clone()).collect()).collect();
            axes.push(Axis { keys, points });
        }
        axes
    }

    fn values(&mut self, path: &[String], values: &Value) -> Option<Vec<Value>> {
        match values {
            Value::Array(values) if !values.is_empty() => Some(values.clone()),
            Value::Array(_) => {
                self.note(path, "expected at least one value, found an empty list", None);
                None
            }
            _ => {
                let hint = "write the key in quotes: \"train.batch-size\" = [1, 8]".to_owned();
                self.note(path, format!("expected a list of values, found {values}"), Some(hint));
                None
            }
        }
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
fn extent(spec: &RunSpec, inputs: &Inputs) -> (usize, usize, usize) {
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

/// The hint for a key that is not one of `known`.
fn among(key: &str, known: &[&str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Known here: {}", known.join(", ")),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// Every combination of the axes' points, the last axis changing fastest.
fn points(axes: &[Axis]) -> Vec<Vec<(&Vec<String>, &Value)>> {
    axes.iter().fold(vec![Vec::new()], |combinations, axis| {
        combinations
            .iter()
            .flat_map(|done| {
                axis.points
                    .iter()
                    .map(|point| done.iter().copied().chain(axis.keys.iter().zip(point)).collect())
            })
            .collect()
    })
}
