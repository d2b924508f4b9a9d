//! An experiment file put together.

use std::path::Path;

use serde_json::{Map, Value};
use thalweg_document::{Document, Files, Overlays, Problem, Problems, UNKNOWN_KEY};
use thalweg_experiment::{Disk, Event, Experiment, Job, Memory, Spec, Surroundings, execute, plan};
use thalweg_records::{Plan, Provenance, Record, key_of, setting};
use thalweg_report::{Claim, FigureConfig, Mode, Need, Report, Results, Verdict, judge};

use super::check::{self, Statements};
use super::profiles::with_profiles;

/// An experiment that is ready to run, with its claims and figures.
#[derive(Debug, Clone)]
pub struct Study {
    /// The runs.
    pub experiment: Experiment,
    /// What is claimed of them.
    pub claims: Vec<Claim>,
    /// How they are drawn.
    pub figures: Vec<FigureConfig>,
    /// The experiment file as it is written, and those that it builds on, each with its name.
    pub texts: Vec<(String, String)>,
    /// Which claims will end inconclusive whatever comes out, and why.
    pub warnings: Vec<String>,
}

impl Study {
    /// Reads and checks an experiment file from `files`, with `overlays` laid over it. In memory, `files` is
    /// a map from paths to bytes:
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use std::path::{Path, PathBuf};
    ///
    /// use thalweg::lab::{Overlays, Study};
    ///
    /// let text = "
    ///     title = 'Data of my own'
    ///     data = { kind = 'csv', path = 'mine.csv', label = 'class' }
    ///     model = { hidden = [] }
    ///     optimizer = { kind = 'sgd' }
    ///     schedule = { kind = 'constant', initial = 0.1 }
    ///     train = { steps = 10, batch-size = 2 }
    /// ";
    /// let table = "x,class\n-1.5,0\n0.5,1\n2,1\n";
    /// let files: BTreeMap<PathBuf, Vec<u8>> =
    ///     [("mine.toml", text), ("mine.csv", table)].map(|(path, text)| (path.into(), text.into())).into();
    /// let study = Study::open(Path::new("mine.toml"), &files, &Overlays::default())?;
    /// assert_eq!(study.run().runs[0].curves[0].name, "train.loss");
    /// # Ok::<(), thalweg::lab::Problems>(())
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn open(path: &Path, files: &dyn Files, overlays: &Overlays) -> Result<Self, Problems> {
        let document = Document::open(path, files, overlays)?;
        Self::of_document(&document, path, files, overlays)
    }

    /// The experiment that a text states. Files that it names are looked for on the disk.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_text(text: &str) -> Result<Self, Problems> {
        let (name, overlays) = ("experiment.toml", Overlays::default());
        let document = Document::of_text(name, text, &overlays)?;
        Self::of_document(&document, Path::new(name), &Disk, &overlays)
    }

    fn of_document(
        document: &Document,
        path: &Path,
        files: &dyn Files,
        overlays: &Overlays,
    ) -> Result<Self, Problems> {
        let (spec, mut problems) = Spec::read(document, path);
        let is_spec_sound = problems.is_empty() && document.is_sound();
        let planned = plan(&spec, files);
        problems.extend(planned.problems.iter().cloned());
        check::lead_sweep(&mut problems, &planned.available);
        let claims = Statements::<Claim>::read(document, "claim", &mut problems);
        let figures = Statements::<FigureConfig>::read(document, "figure", &mut problems);
        if planned.is_readable {
            check::names(document, &claims, &planned.available, &planned.broken, &mut problems);
            check::names(document, &figures, &planned.available, &planned.broken, &mut problems);
        }
        let mut warnings = Vec::new();
        // With a misspelt axis other runs are planned than those that claims ask for.
        let is_of_axis = |problem: &Problem| {
            problem.message == UNKNOWN_KEY && problem.path.first().is_some_and(|key| key == "sweep")
        };
        if is_spec_sound && planned.is_complete && !problems.iter().any(is_of_axis) {
            let needs = claims.sound().into_iter().flat_map(Claim::needs);
            let needs = needs.chain(figures.sound().into_iter().flat_map(FigureConfig::needs));
            let runs = planned_results(&planned.experiment, needs);
            let is_of_overlays =
                |claim: &Claim| *overlays != Overlays::default() && can_be_answered(claim, path, files);
            let is_broken = |key: &str| check::is_broken(key, &planned.broken);
            warnings = check::answers(&claims, &runs, &is_broken, &is_of_overlays, &mut problems);
            // A profile may leave a figure nothing to show: then the report says so.
            if *overlays == Overlays::default() {
                check::shows(&figures, &runs, &is_broken, &mut problems);
            }
        }
        let told = document.explain(problems);
        // Beside another change of the file a profile may mean something else.
        if *overlays == Overlays::default() {
            with_profiles(told, document, path, files)?;
        } else {
            told?;
        }
        let mut experiment = planned.experiment;
        let (claims, figures) = (claims.into_all(), figures.into_all());
        let json = |value: serde_json::Result<Value>| value.expect("claims and figures are plain data");
        experiment.plan = Plan {
            profile: overlays.profile.clone(),
            overrides: overlays.set.clone(),
            claims: json(serde_json::to_value(&claims)),
            figures: json(serde_json::to_value(&figures)),
            ..experiment.plan
        };
        Ok(Self { experiment, claims, figures, texts: document.texts().to_vec(), warnings })
    }

    /// Computes all runs in memory, without a clock: no time is measured.
    pub fn run(&self) -> Results {
        self.observe(&|| 0.0, &|_| {})
    }

    /// The same with a clock, and with somebody who is told what happens.
    pub fn observe(&self, now: &(dyn Fn() -> f64 + Sync), tell: &(dyn Fn(Event<'_>) + Sync)) -> Results {
        let pool = Memory::default();
        let provenance = Provenance {
            code: concat!("thalweg ", env!("CARGO_PKG_VERSION")).to_owned(),
            machine: String::new(),
        };
        let around = Surroundings { now, provenance: &provenance, ..Surroundings::without_clock() };
        let jobs: Vec<&Job> = self.experiment.jobs.iter().collect();
        execute(&self.experiment, &jobs, &pool, &around, tell).expect("the memory takes every record");
        let mut records = pool.into_records();
        let runs = self.experiment.plan.runs.iter().filter_map(|key| records.remove(key)).collect();
        Results::new(self.experiment.plan.clone(), runs)
    }

    /// What the results say about the claims.
    pub fn judge(&self, results: &Results) -> Vec<Verdict> {
        judge(&self.claims, results, Mode::of(&results.plan))
    }

    /// Verdicts, tables, figures and the page that shows them, in memory.
    pub fn report(&self, results: &Results) -> Report {
        Report::new(results, &self.claims, &self.figures)
    }

    /// The hash of what is asked: what the claims state, and the settings of every point of the sweep.
    pub fn question(&self) -> String {
        let points = self.experiment.jobs.iter().filter(|job| job.spec.replicate == 0);
        question(&self.experiment.plan.claims, points.map(|job| job.key.as_str()).collect())
    }

    /// The runs of `experiment` as far as the claims can see them before they are computed.
    pub fn planned(&self, experiment: &Experiment) -> Results {
        planned_results(experiment, self.claims.iter().flat_map(Claim::needs))
    }
}

/// The hash of what is asked by claims as a plan has them, of the points whose first runs have these keys.
pub fn question(claims: &Value, points: Vec<&str>) -> String {
    let mut claims = claims.clone();
    for claim in claims.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        // What a claim is called, and what it is there for, is no part of what it asks.
        for key in ["says", "control"] {
            claim.remove(key);
        }
    }
    key_of(&serde_json::json!({ "claims": claims, "points": points }))
}

/// Whether the file as it stands, without overlays, plans the runs that a claim needs.
fn can_be_answered(claim: &Claim, path: &Path, files: &dyn Files) -> bool {
    let Ok(document) = Document::open(path, files, &Overlays::default()) else { return false };
    let (spec, problems) = Spec::read(&document, path);
    let planned = plan(&spec, files);
    problems.is_empty()
        && planned.problems.is_empty()
        && claim
            .examine(&planned_results(&planned.experiment, claim.needs().into_iter()))
            .impossible
            .is_empty()
}

/// The runs with the settings that claims ask for: all others would fill the memory.
fn planned_results<'a>(experiment: &Experiment, needs: impl Iterator<Item = Need<'a>>) -> Results {
    let settings = needs.filter_map(|used| match used {
        Need::Setting(name) | Need::Number(name) => Some(name.to_owned()),
        _ => None,
    });
    let axes = &experiment.plan.axes;
    let mut names: Vec<String> = settings.filter(|name| !axes.contains(name)).collect();
    names.sort();
    names.dedup();
    let record = |job: &Job| {
        let mut spec = Map::from_iter([("replicate".to_owned(), job.spec.replicate.into())]);
        spec.extend(axes.iter().cloned().zip(job.swept.iter().cloned()));
        if !names.is_empty() {
            let json = job.json();
            let wanted = names.iter().filter_map(|name| Some((name.clone(), setting(&json, name)?.clone())));
            spec.extend(wanted);
        }
        spec.retain(|_, value| !value.is_null());
        Record {
            deterministic: job.spec.is_deterministic(),
            ..Record::empty(job.key.clone(), Value::Object(spec))
        }
    };
    Results::new(experiment.plan.clone(), experiment.jobs.iter().map(record).collect())
}
