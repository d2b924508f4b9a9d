//! Probes at work: what a run looks at besides the loss.
//!
//! A kind of probe is its settings (a file in `file/probe/`, a variant of [`ProbeKind`]), what it measures (a
//! file here), and an arm in [`ProbeKind::kind`].

mod check;
mod classes;
mod features;
mod flow;
mod input;
mod margins;
mod noise;
mod norms;
mod path;
mod slice;
mod spectrum;
mod stationary;
mod width;

use std::collections::{BTreeMap, BTreeSet};

use thalweg_numeric::Streams;
use thalweg_records::{Curve, Dtype, Metric, Record, Status, Tensor};

pub(crate) use self::check::check;
use self::flow::Followed;
pub(crate) use self::input::{Learned, ProbeInput, Snapshot, Target, promoted};
use crate::checkpoint::{State, Stop};
use crate::file::{Probe, ProbeKind, RunSpec, When};
use crate::outcome::{Curves, Outcome, evaluation_steps};

/// A kind of probe.
trait Measure {
    /// The names of what it measures in a run, without that of the probe.
    fn quantities(&self, spec: &RunSpec) -> Vec<String>;

    /// What is wrong with its settings for a run: a key of its own, and why.
    fn check(&self, _spec: &RunSpec, _extent: &Extent) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The quantities whose whole course theory predicts once the end is known, and what it predicts of one.
    fn predicted_curves(&self, _spec: &RunSpec) -> Vec<String> {
        Vec::new()
    }
    fn predict(&self, _curve: &Curve) -> Vec<f64> {
        Vec::new()
    }

    /// Whether it keeps arrays for a figure of the loss on a plane.
    fn keeps_a_slice(&self) -> bool {
        false
    }

    /// Whether it keeps the loss along paths for a figure.
    fn keeps_a_profile(&self) -> bool {
        false
    }

    /// Whether it needs all the places at which it has looked.
    fn remembers(&self) -> bool {
        false
    }

    /// Whether it goes beside the run, so that each look takes up where the last one has left off.
    fn follows(&self) -> bool {
        false
    }

    /// Measures.
    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement;
}

impl ProbeKind {
    fn kind(&self) -> &dyn Measure {
        match self {
            Self::Norms(config) => config,
            Self::Spectrum(config) => config,
            Self::Noise(config) => config,
            Self::Width(config) => config,
            Self::Margins(config) => config,
            Self::Path(config) => config,
            Self::Slice(config) => config,
            Self::Stationary(config) => config,
            Self::Classes(config) => config,
            Self::Features(config) => config,
            Self::Flow(config) => config,
        }
    }
}

/// How much there is for a probe to look at.
struct Extent {
    /// Samples that count; 0 without data.
    n_samples: usize,
    /// All samples.
    n_all: usize,
    /// Classes, or targets.
    n_outputs: usize,
    /// d, the number of parameters.
    dim: usize,
}

/// What a probe saw: quantities without its name, and arrays for figures.
#[derive(Debug, Default)]
struct Measurement {
    values: Vec<(String, f64)>,
    fields: Vec<Tensor>,
}

impl Measurement {
    fn value(&mut self, name: &str, value: f64) {
        self.values.push((name.to_owned(), value));
    }

    /// Puts beside a quantity what theory predicts of it, and the ratio of both.
    fn predict(&mut self, name: &str, predicted: f64) {
        let measured = self.values.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        if let Some(measured) = measured {
            self.value(&format!("{name}.predicted"), predicted);
            // Where theory sets no limit, as an edge of stability after the learning rate has come to 0,
            // there is no share of it.
            let ratio = if predicted.is_infinite() { f64::NAN } else { measured / predicted };
            self.value(&format!("{name}.ratio"), ratio);
        }
    }
}

impl Probe {
    /// The steps at which it looks on the way, of a run of `steps`.
    fn steps(&self, steps: u64) -> BTreeSet<u64> {
        match &self.when {
            When::End(_) => BTreeSet::new(),
            When::LogSpaced(spaced) => {
                evaluation_steps(steps, spaced.points_per_decade.get()).into_iter().collect()
            }
            When::Steps(given) => given.at.iter().copied().collect(),
            When::Every(given) => {
                (given.after..=steps).step_by(given.every.size()).skip(usize::from(given.after > 0)).collect()
            }
        }
    }

    /// How often it looks in a run of `steps`.
    pub(crate) fn looks(&self, steps: u64) -> usize {
        let on_the_way = self.steps(steps);
        on_the_way.len() + usize::from(self.looks_at_the_end() && !on_the_way.contains(&steps))
    }

    /// Whether it looks before the end too, so that there are curves.
    pub(crate) fn looks_on_the_way(&self) -> bool {
        !matches!(self.when, When::End(_))
    }

    /// Whether it looks at the end of a run, wherever that is.
    fn looks_at_the_end(&self) -> bool {
        !matches!(self.when, When::Steps(_))
    }

    /// Its id, if it keeps arrays for a figure of the loss on a plane.
    pub(crate) fn slice(&self) -> Option<String> {
        self.kind.kind().keeps_a_slice().then(|| self.id.clone())
    }

    /// Its id, if it keeps the loss along paths for a figure.
    pub(crate) fn profile(&self) -> Option<String> {
        self.kind.kind().keeps_a_profile().then(|| self.id.clone())
    }

    /// The names of the quantities that it measures in a run.
    pub(crate) fn quantities(&self, spec: &RunSpec) -> Vec<String> {
        let names = self.kind.kind().quantities(spec).into_iter();
        names.map(|name| format!("{}.{name}", self.id)).collect()
    }

    /// The names of the curves that theory predicts, besides those of the quantities.
    pub(crate) fn predictions(&self, spec: &RunSpec) -> Vec<String> {
        let names = self.kind.kind().predicted_curves(spec).into_iter();
        names.map(|name| format!("{}.{name}.predicted", self.id)).collect()
    }
}

/// What the probes of a run have seen.
pub(crate) struct Probing<'a> {
    spec: &'a RunSpec,
    /// The run as it is after its fork, if it has one.
    after: Option<&'a RunSpec>,
    /// The runs to whose solutions probes walk, by the ids of the probes.
    others: &'a BTreeMap<String, Option<Record>>,
    /// Each with the steps at which it looks.
    probes: Vec<(&'a Probe, BTreeSet<u64>)>,
    streams: Streams,
    /// θ₀.
    start: Vec<f64>,
    /// For each probe that remembers: its places so far.
    memories: BTreeMap<&'a str, Vec<Vec<f64>>>,
    /// For each probe that follows the run: how far.
    followed: BTreeMap<&'a str, Followed>,
    curves: Curves,
    fields: BTreeMap<String, Tensor>,
}

impl<'a> Probing<'a> {
    pub(crate) fn new(
        (spec, after): (&'a RunSpec, Option<&'a RunSpec>),
        others: &'a BTreeMap<String, Option<Record>>,
    ) -> Self {
        let steps = spec.task.steps();
        Self {
            spec,
            after,
            others,
            probes: spec.probes.iter().map(|probe| (probe, probe.steps(steps))).collect(),
            streams: spec.streams(),
            start: Vec::new(),
            memories: BTreeMap::new(),
            followed: BTreeMap::new(),
            curves: Curves::default(),
            fields: BTreeMap::new(),
        }
    }

    /// `steps` and those at which a probe looks, ascending.
    pub(crate) fn merged(&self, steps: &[u64]) -> BTreeSet<u64> {
        self.probes.iter().flat_map(|(_, steps)| steps).chain(steps).copied().collect()
    }

    /// Lets all probes look that do so after `step` steps, or at the end.
    pub(crate) fn look<'s>(
        &mut self,
        (step, ends): (u64, bool),
        stop: Stop<'_>,
        snapshot: impl FnOnce() -> Snapshot<'s>,
    ) {
        let looks = |probe: &Probe, steps: &BTreeSet<u64>| {
            steps.contains(&step) || (ends && probe.looks_at_the_end())
        };
        let looking: Vec<&'a Probe> = self
            .probes
            .iter()
            .filter(|(probe, steps)| looks(probe, steps))
            .map(|(probe, _)| *probe)
            .collect();
        let begins = step == 0 && !self.probes.is_empty();
        if looking.is_empty() && !begins {
            return;
        }
        let mut snapshot = snapshot();
        if begins {
            self.start.clone_from(&snapshot.params);
        }
        for probe in looking {
            let history = self.memories.entry(&probe.id).or_default();
            if probe.kind.kind().remembers() {
                history.push(snapshot.params.clone());
            }
            let is_forked = self.spec.fork.as_ref().is_some_and(|fork| fork.at < step);
            let mut input = ProbeInput {
                spec: self.after.filter(|_| is_forked).unwrap_or(self.spec),
                start: &self.start,
                history,
                followed: self.followed.entry(&probe.id).or_default(),
                ends,
                other: self.others.get(&probe.id).and_then(Option::as_ref),
                samples: probe.samples,
                stream: self.streams.stream(&format!("probe/{}", probe.id), step),
                step,
                params: &snapshot.params,
                layout: &snapshot.layout,
                preconditioner: &snapshot.preconditioner,
                target: snapshot.target.reborrow(),
                stop,
            };
            stop.check();
            let measurement = probe.kind.kind().measure(&mut input);
            for (name, value) in measurement.values.into_iter().filter(|(_, value)| value.is_finite()) {
                self.curves.push(&format!("{}.{name}", probe.id), step, value);
            }
            for mut field in measurement.fields {
                field.name = format!("{}.{}", probe.id, field.name);
                self.fields.insert(field.name.clone(), field);
            }
        }
    }

    /// Names all that later looks and the outcome depend on.
    pub(crate) fn visit(&mut self, state: &mut State) {
        state.list("probes.start", &mut self.start);
        state.plain("probes.curves", &mut self.curves.all);
        for (probe, _) in &self.probes {
            let memory = self.memories.entry(&probe.id).or_default();
            let mut n = memory.len();
            state.plain(&format!("probe.{}.places", probe.id), &mut n);
            memory.resize(n, Vec::new());
            for (i, place) in memory.iter_mut().enumerate() {
                state.list(&format!("probe.{}.place.{i}", probe.id), place);
            }
            if probe.kind.kind().follows() {
                self.followed.entry(&probe.id).or_default().visit(&probe.id, state);
            }
        }
        let mut names: Vec<String> = self.fields.keys().cloned().collect();
        state.plain("probes.fields", &mut names);
        for name in names {
            let nothing = Tensor { name: name.clone(), shape: vec![0], data: Vec::new(), dtype: Dtype::F64 };
            state.tensor(&format!("field.{name}"), self.fields.entry(name).or_insert(nothing));
        }
    }

    /// Adds to the outcome of a run the curves of the probes that looked on the way and, if it completed, the
    /// last values and arrays.
    pub(crate) fn finish(self, status: &Status, outcome: &mut Outcome) {
        if *status == Status::Completed {
            // What only the settings before a fork have is no end of the run.
            let names = |after| self.spec.probes.iter().flat_map(|probe| probe.quantities(after)).collect();
            let names: Option<BTreeSet<String>> = self.after.map(names);
            let is_of_end = |metric: &Metric| names.as_ref().is_none_or(|names| names.contains(&metric.name));
            outcome.metrics.extend(self.curves.last().into_iter().filter(is_of_end));
            outcome.fields.extend(self.fields.into_values());
        }
        let on_the_way = |name: &str| {
            let of = |probe: &Probe| name.strip_prefix(&probe.id).is_some_and(|rest| rest.starts_with('.'));
            self.probes.iter().any(|(probe, _)| probe.looks_on_the_way() && of(probe))
        };
        let curves: Vec<Curve> =
            self.curves.all.into_iter().filter(|curve| on_the_way(&curve.name)).collect();
        for (probe, _) in &self.probes {
            let (id, kind) = (&probe.id, probe.kind.kind());
            for name in kind.predicted_curves(self.spec).into_iter().map(|name| format!("{id}.{name}")) {
                outcome.curves.extend(curves.iter().filter(|curve| curve.name == name).map(|curve| {
                    let places = curve.steps.iter().copied().zip(kind.predict(curve));
                    let (steps, values) = places.filter(|(_, value)| value.is_finite()).unzip();
                    Curve { name: format!("{name}.predicted"), steps, values }
                }));
            }
        }
        outcome.curves.extend(curves);
    }
}
