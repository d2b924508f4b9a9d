//! One point of the sweep: its tables typed, its files read, its settings checked against one another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thalweg_datasets::Source;
use thalweg_document::{Files, MISSING_KEY, Problem, UNKNOWN_KEY, among, insert, read};
use thalweg_network::Init;
use thalweg_optimizers::{OptimizerConfig, Schedule};
use toml::Value;

use super::check::touch;
use super::fork::{check, read_fork};
use super::found::{Found, Point};
use super::load::Loader;
use crate::file::{
    ClosedForm, Descent, DescentRecord, DescentTrain, Fork, Learning, Model, NO_SETTING, Path, Probe,
    ProbeKind, RecordSettings, RunSpec, SECTIONS, Spec, Start, Task, Test, TestRows, Train, advised,
};

/// The tables of a run before they are typed.
type Raw = BTreeMap<String, Value>;

/// Makes runs from the points of a sweep.
pub(super) struct Resolver<'a> {
    spec: &'a Spec,
    loader: Loader<'a>,
    files: &'a dyn Files,
    /// The tables that no axis touches, typed once.
    fixed: Tables,
    /// What is wrong with those.
    fixed_problems: Vec<Problem>,
    /// What is wrong with tables that an axis replaces as a whole: no run has them, but who wrote them meant
    /// something.
    replaced_problems: Vec<Problem>,
    /// The tables that an axis touches, or whose meaning may change with one.
    touched: BTreeSet<String>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(spec: &'a Spec, files: &'a dyn Files) -> Self {
        let keys = spec.axes.iter().flat_map(|axis| &axis.keys);
        let mut touched: BTreeSet<String> = keys.map(|key| key.setting[0].clone()).collect();
        if touched.contains("objective") {
            touched.extend(["train".to_owned(), "record".to_owned()]);
        }
        let is_descent = spec.sections.contains_key("objective");
        let (mut fixed, mut fixed_problems) = (Tables::default(), Vec::new());
        for (name, value) in spec.sections.iter().filter(|(name, _)| !touched.contains(*name)) {
            fixed_problems.extend(fixed.read(name, value, is_descent));
        }
        let replaced_problems = replaced(spec, is_descent);
        let loader = Loader::new(&spec.folder, files);
        Self { spec, loader, files, fixed, fixed_problems, replaced_problems, touched }
    }

    /// The run at which each axis has the value of this number.
    pub(super) fn resolve(&mut self, index: &[usize]) -> Point {
        let mut raw: Raw = self
            .touched
            .iter()
            .filter_map(|name| Some((name.clone(), self.spec.sections.get(name)?.clone())))
            .collect();
        let mut found = Found { problems: self.replaced_problems.clone(), ..Found::default() };
        for (axis, i) in self.spec.axes.iter().zip(index) {
            for (key, value) in axis.keys.iter().zip(&axis.points[*i]) {
                found.origins.push((key.setting.clone(), key.path(*i)));
                lay(&mut raw, &key.setting, value.clone(), &mut found);
            }
        }
        let mut tables = self.fixed.clone();
        for problem in &self.fixed_problems {
            found.note(problem.clone());
        }
        let is_descent = raw.contains_key("objective") || self.spec.sections.contains_key("objective");
        for (name, value) in &raw {
            for problem in tables.read(name, value, is_descent) {
                found.note(problem);
            }
        }
        let whole = self.whole(raw);
        let spec = self.assemble(tables, &whole, is_descent, &mut found);
        let Some(mut spec) = spec else { return found.point(None, None) };
        let mut note = |problem| found.note(problem);
        let inputs = self.loader.load(&spec, &mut note);
        if let Some(inputs) = &inputs {
            spec.files = inputs.files.clone();
            for problem in check(&spec, inputs, &found.broken) {
                found.note(problem);
            }
        }
        found.point(Some(spec), inputs)
    }

    /// All tables of a point, with those that no axis touches.
    fn whole(&self, touched: Raw) -> Raw {
        if !self.spec.sections.contains_key("probe") && !touched.contains_key("probe") {
            // Only the ways to other solutions change tables once more.
            return touched;
        }
        self.spec.sections.iter().map(|(name, value)| (name.clone(), value.clone())).chain(touched).collect()
    }

    /// Puts the tables together to a run.
    fn assemble(
        &mut self,
        tables: Tables,
        raw: &Raw,
        is_descent: bool,
        found: &mut Found,
    ) -> Option<RunSpec> {
        let there = |name: &str| raw.contains_key(name) || self.spec.sections.contains_key(name);
        let required: &[&str] = if is_descent {
            &["objective", "optimizer", "schedule", "train"]
        } else {
            &["data", "model", "optimizer", "schedule", "train"]
        };
        for name in required.iter().filter(|name| !there(name)) {
            found.note(Problem::new(name, MISSING_KEY));
        }
        let (strange, why): (&[&str], _) = if is_descent {
            (&["data", "data-seed", "test", "model"], "a run with [objective] has neither data nor a network")
        } else {
            (&["start"], "only a run with [objective] has a start")
        };
        for name in strange.iter().filter(|name| there(name)) {
            found.note(Problem::new(name, why));
        }
        let seed = tables.seed.unwrap_or(0);
        let mut probes = tables.probes.clone();
        for (i, probe) in probes.iter_mut() {
            if let ProbeKind::Path(path) = &mut probe.kind {
                path.other = self.other_run(path, raw, *i, is_descent, found);
                path.to = None;
            }
        }
        let mut fork = tables.fork;
        if let Some(data) = fork.as_mut().and_then(|fork| fork.data.as_mut()) {
            self.normalise_data(data);
        }
        let task = if is_descent {
            Task::Descent(Descent {
                objective: tables.objective?,
                start: tables.start.unwrap_or_default(),
                train: tables.descent_train?,
                record: tables.descent_record.unwrap_or_default(),
            })
        } else {
            let mut data = tables.data?;
            let mut model = tables.model?;
            let mut test = tables.test;
            self.normalise(&mut data, &mut model, &mut test);
            let table = raw.get("model").or_else(|| self.spec.sections.get("model"));
            if data.has_numbers() && table.is_some_and(|table| table.get("loss").is_none()) {
                model.loss = Model::LOSS_OF_NUMBERS;
            }
            Task::Learning(Box::new(Learning {
                data,
                test,
                model,
                train: tables.train?,
                record: tables.record.unwrap_or_default(),
            }))
        };
        Some(RunSpec {
            seed,
            data_seed: Some(tables.data_seed.unwrap_or(seed)),
            replicate: 0,
            task,
            optimizer: tables.optimizer?,
            schedule: tables.schedule?,
            fork,
            schedule_begins: 0,
            probes: probes.into_iter().map(|(_, probe)| probe).collect(),
            files: BTreeMap::new(),
        })
    }

    /// The run to whose solution a probe walks.
    fn other_run(
        &mut self,
        path: &Path,
        raw: &Raw,
        probe: usize,
        is_descent: bool,
        found: &mut Found,
    ) -> Option<Box<RunSpec>> {
        let at = |key: &str| vec!["probe".to_owned(), probe.to_string(), key.to_owned()];
        if path.other.is_some() {
            found.note(Problem::at(at("other"), UNKNOWN_KEY).hint("`to` says what is different in it"));
        }
        let Some(to) = &path.to else {
            found.note(Problem::at(at("to"), MISSING_KEY));
            return None;
        };
        let mut changed = raw.clone();
        changed.remove("probe");
        // Whatever is wrong with the other run and not with this one comes of its changes.
        let mut of_other = Found { origins: vec![(Vec::new(), at("to"))], ..Found::default() };
        for (key, value) in to {
            let setting: Vec<String> = key.split('.').map(str::to_owned).collect();
            if SECTIONS.contains(&setting[0].as_str()) {
                lay(&mut changed, &setting, value.clone(), &mut of_other);
            } else {
                let hint = among(&setting[0], SECTIONS);
                of_other.note(Problem::at(setting, NO_SETTING).hint(hint));
            }
        }
        let mut tables = Tables::default();
        for (name, value) in &changed {
            let before: BTreeSet<Problem> = match raw.get(name) {
                Some(unchanged) if unchanged != value => {
                    Tables::default().read(name, unchanged, is_descent).into_iter().collect()
                }
                Some(_) => {
                    tables.read(name, value, is_descent);
                    continue;
                }
                None => BTreeSet::new(),
            };
            for problem in tables.read(name, value, is_descent) {
                if !before.contains(&problem) {
                    of_other.note(problem);
                }
            }
        }
        let mut nothing = Found::default();
        let spec = self.assemble(tables, &changed, is_descent, &mut nothing);
        let mut spec = spec?;
        let is_of_changes = |problem: &Problem| {
            let settings = to.keys().map(|key| key.split('.').map(str::to_owned).collect::<Vec<_>>());
            settings.into_iter().any(|setting| touch(&problem.path, &setting))
        };
        let mut problems = Vec::new();
        if let Some(inputs) = self.loader.load(&spec, &mut |problem| problems.push(problem)) {
            spec.files = inputs.files.clone();
            problems = check(&spec, &inputs, &found.broken);
        }
        problems.into_iter().filter(is_of_changes).for_each(|problem| of_other.note(problem));
        found.take(of_other);
        Some(Box::new(spec))
    }

    /// Gives every file one name, so that two spellings of it are one run.
    fn normalise(&self, data: &mut Source, model: &mut Model, test: &mut Option<Test>) {
        self.normalise_data(data);
        if let Init::File(source) = &mut model.init {
            source.path = self.normal(&source.path);
        }
        if let Some(Test::Rows(TestRows::File(source))) = test {
            source.path = self.normal(&source.path);
        }
    }

    fn normalise_data(&self, data: &mut Source) {
        match data {
            Source::Csv(source) => source.path = self.normal(&source.path),
            Source::Parquet(source) => source.path = self.normal(&source.path),
            Source::Idx(source) => source.path = self.normal(&source.path),
            Source::Npy(source) => match &mut source.path {
                Some(path) => *path = self.normal(path),
                None => {
                    source.features = self.normal(&source.features);
                    source.labels = self.normal(&source.labels);
                }
            },
            _ => {}
        }
    }

    fn normal(&self, path: &FilePath) -> std::path::PathBuf {
        let folder = self.files.normal(&self.spec.folder);
        let whole = self.files.normal(&self.spec.folder.join(path));
        match whole.strip_prefix(&folder) {
            Ok(inside) if path.is_relative() => inside.to_owned(),
            _ => thalweg_document::lexically_normal(path),
        }
    }
}

/// What is wrong with tables of the file that an axis of the sweep replaces as a whole, but for keys that
/// they lack.
fn replaced(spec: &Spec, is_descent: bool) -> Vec<Problem> {
    let keys = spec.axes.iter().flat_map(|axis| &axis.keys).filter(|key| key.setting.len() == 1);
    let names: BTreeSet<&String> = keys.map(|key| &key.setting[0]).collect();
    let tables = names.into_iter().filter_map(|name| Some((name, spec.sections.get(name)?)));
    let problems = tables.flat_map(|(name, value)| Tables::default().read(name, value, is_descent));
    problems.filter(|problem| problem.message != MISSING_KEY).collect()
}

/// Puts a value at a setting of a run.
fn lay(raw: &mut Raw, setting: &[String], value: Value, found: &mut Found) {
    let (name, rest) = setting.split_first().expect("a key has at least one part");
    let table = raw.entry(name.clone()).or_insert_with(|| Value::Table(toml::Table::new()));
    if let Err(way) = insert(table, rest, value) {
        let way = [std::slice::from_ref(name), &way[..]].concat().join(".");
        let text = format!("`{way}` has no such key, so there is no `{}`", setting.join("."));
        found.note(Problem::at(setting.to_vec(), text));
    }
}

/// The tables of a run, typed as far as they can be.
#[derive(Clone, Default)]
struct Tables {
    seed: Option<u64>,
    data_seed: Option<u64>,
    data: Option<Source>,
    test: Option<Test>,
    model: Option<Model>,
    objective: Option<ClosedForm>,
    start: Option<Start>,
    optimizer: Option<OptimizerConfig>,
    schedule: Option<Schedule>,
    fork: Option<Fork>,
    train: Option<Train>,
    descent_train: Option<DescentTrain>,
    record: Option<RecordSettings>,
    descent_record: Option<DescentRecord>,
    /// With their places in the file.
    probes: Vec<(usize, Probe)>,
}

impl Tables {
    /// Types one table, and says what is wrong with it.
    fn read(&mut self, name: &str, value: &Value, is_descent: bool) -> Vec<Problem> {
        fn put<T: DeserializeOwned + Serialize>(slot: &mut Option<T>, value: &Value) -> Vec<Problem> {
            let reading = read(value);
            *slot = reading.value;
            reading.problems
        }
        let problems = match name {
            "seed" => put(&mut self.seed, value),
            "data-seed" => put(&mut self.data_seed, value),
            "data" => put(&mut self.data, value),
            "test" => put(&mut self.test, value),
            "model" => put(&mut self.model, value),
            "objective" => put(&mut self.objective, value),
            "start" => put(&mut self.start, value),
            "optimizer" => put(&mut self.optimizer, value),
            "schedule" => put(&mut self.schedule, value),
            "train" if is_descent => put(&mut self.descent_train, value),
            "train" => put(&mut self.train, value),
            "record" if is_descent => put(&mut self.descent_record, value),
            "record" => put(&mut self.record, value),
            "fork" => read_fork(&mut self.fork, value),
            "probe" => self.read_probes(value),
            other => unreachable!("{other} is no table of a run"),
        };
        advised(problems.into_iter().map(|problem| problem.below(&[name.to_owned()])).collect())
    }

    fn read_probes(&mut self, value: &Value) -> Vec<Problem> {
        let Value::Array(items) = value else {
            return vec![Problem::new("", format!("found {value}, expected a list of tables [[probe]]"))];
        };
        let mut problems = Vec::new();
        self.probes.clear();
        for (i, item) in items.iter().enumerate() {
            let mut item = item.clone();
            // Only a plan that is resolved has it.
            if item.as_table_mut().is_some_and(|table| table.remove("other").is_some()) {
                problems.push(Problem::at(vec![i.to_string(), "other".to_owned()], UNKNOWN_KEY));
            }
            let reading = read(&item);
            problems.extend(reading.problems.into_iter().map(|problem| problem.below(&[i.to_string()])));
            self.probes.extend(reading.value.map(|probe| (i, probe)));
        }
        problems
    }
}
