//! Probes at work: what a run looks at besides the loss.

mod check;
mod norms;
mod scene;

use std::collections::{BTreeMap, BTreeSet};

use thalweg_numeric::{Stream, Streams};
use thalweg_records::{Status, Tensor};

pub(crate) use self::check::check;
pub(crate) use self::scene::{Ground, Learned, Scene, promoted};
use crate::RunSpec;
use crate::evaluate::{Curves, evaluation_steps};
use crate::run::Outcome;
use crate::settings::{Probe, ProbeKind, When};

/// What a probe saw: quantities without its name, and arrays for figures.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    values: Vec<(String, f64)>,
    fields: Vec<Tensor>,
}

impl Seen {
    fn value(&mut self, name: &str, value: f64) {
        self.values.push((name.to_owned(), value));
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
        }
    }

    /// Whether it looks before the end too, so that there are curves.
    pub(crate) fn looks_on_the_way(&self) -> bool {
        !matches!(self.when, When::End(_))
    }

    /// Whether it looks at the end of a run, wherever that is.
    fn looks_at_the_end(&self) -> bool {
        matches!(self.when, When::End(_) | When::LogSpaced(_))
    }

    /// The names of the quantities that it measures in a run.
    pub(crate) fn quantities(&self) -> Vec<String> {
        let names = match &self.kind {
            ProbeKind::Norms(_) => norms::QUANTITIES.map(str::to_owned).to_vec(),
        };
        names.into_iter().map(|name| format!("{}.{name}", self.id)).collect()
    }

    fn look(&self, scene: &mut Scene<'_>, start: &[f64], _stream: &mut Stream) -> Seen {
        match &self.kind {
            ProbeKind::Norms(_) => norms::look(scene, start),
        }
    }
}

/// What the probes of a run have seen.
pub(crate) struct Probing<'a> {
    /// Each with the steps at which it looks.
    probes: Vec<(&'a Probe, BTreeSet<u64>)>,
    streams: Streams,
    /// θ₀.
    start: Vec<f64>,
    curves: Curves,
    fields: BTreeMap<String, Tensor>,
}

impl<'a> Probing<'a> {
    pub(crate) fn new(spec: &'a RunSpec) -> Self {
        let steps = spec.task.steps();
        Self {
            probes: spec.probes.iter().map(|probe| (probe, probe.steps(steps))).collect(),
            streams: Streams::new(spec.seed, spec.replicate),
            start: Vec::new(),
            curves: Curves::default(),
            fields: BTreeMap::new(),
        }
    }

    /// `steps` and those at which a probe looks, ascending.
    pub(crate) fn merged(&self, steps: &[u64]) -> BTreeSet<u64> {
        self.probes.iter().flat_map(|(_, steps)| steps).chain(steps).copied().collect()
    }

    /// Lets all probes look that do so after `step` steps, or at the end.
    pub(crate) fn look<'s>(&mut self, step: u64, ends: bool, scene: impl FnOnce() -> Scene<'s>) {
        let looks = |probe: &Probe, steps: &BTreeSet<u64>| {
            steps.contains(&step) || (ends && probe.looks_at_the_end())
        };
        let looking: Vec<&Probe> = self
            .probes
            .iter()
            .filter(|(probe, steps)| looks(probe, steps))
            .map(|(probe, _)| *probe)
            .collect();
        let begins = step == 0 && !self.probes.is_empty();
        if looking.is_empty() && !begins {
            return;
        }
        let mut scene = scene();
        if begins {
            self.start.clone_from(&scene.params);
        }
        for probe in looking {
            scene.samples = probe.samples;
            let mut stream = self.streams.stream(&format!("probe/{}", probe.id), scene.step);
            let seen = probe.look(&mut scene, &self.start, &mut stream);
            for (name, value) in seen.values.into_iter().filter(|(_, value)| value.is_finite()) {
                self.curves.push(&format!("{}.{name}", probe.id), scene.step, value);
            }
            for mut field in seen.fields {
                field.name = format!("{}.{}", probe.id, field.name);
                self.fields.insert(field.name.clone(), field);
            }
        }
    }

    /// Adds to the outcome of a run the curves of the probes that looked on the way and, if it completed, the last values
    /// and arrays.
    pub(crate) fn finish(self, status: &Status, outcome: &mut Outcome) {
        if *status == Status::Completed {
            outcome.metrics.extend(self.curves.last());
            outcome.fields.extend(self.fields.into_values());
        }
        let on_the_way = |name: &str| {
            let of = |probe: &Probe| name.strip_prefix(&probe.id).is_some_and(|rest| rest.starts_with('.'));
            self.probes.iter().any(|(probe, _)| probe.looks_on_the_way() && of(probe))
        };
        outcome.curves.extend(self.curves.all.into_iter().filter(|curve| on_the_way(&curve.name)));
    }
}
