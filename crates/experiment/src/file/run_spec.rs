//! One run, with nothing left open.
//!
//! Serialised it is what a record keeps and what the run's key is made of.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use thalweg_datasets::Source;
use thalweg_network::Parametrisation;
use thalweg_numeric::Streams;
use thalweg_optimizers::{Dynamics, OptimizerConfig, Schedule};

use super::descent::{ClosedForm, Descent, Start};
use super::fork::Fork;
use super::learning::{Learning, Model};
use super::probe::{Probe, ProbeKind};
use super::test::Test;

/// The tables that a run is made of. They are typed for each point of the sweep, which may bring in keys that
/// are required.
pub(crate) const SECTIONS: [&str; 13] = [
    "seed",
    "data-seed",
    "data",
    "test",
    "model",
    "objective",
    "start",
    "optimizer",
    "schedule",
    "train",
    "fork",
    "record",
    "probe",
];

/// One run: everything that decides its numbers. It is read back from what it is written as.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct RunSpec {
    /// The seed of all random numbers: of data, first weights, batches and noise. Default 0.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub seed: u64,
    /// Seed of training and test data alone, so that runs of other seeds learn from the same. Default the
    /// seed of everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_seed: Option<u64>,
    /// Which of the independent repetitions, from 0. Data, initialisation and batches all depend on it.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub replicate: u64,
    /// What is minimised, for how long, and what is kept of it.
    // In this direction flattening lets nothing through; reading goes by `Tables`.
    #[serde(flatten)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub task: Task,
    /// The update rule, and what is done to the gradient and the parameters before it.
    pub optimizer: OptimizerConfig,
    /// The learning rate over the steps.
    pub schedule: Schedule,
    /// The step at which the run goes on with other settings, and these. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fork: Option<Fork>,
    /// Steps before the time 0 of the schedule: of a run as it is after a fork.
    #[serde(skip)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(crate) schedule_begins: u64,
    /// What is looked at besides the loss. Default nothing.
    #[serde(rename = "probe")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub probes: Vec<Probe>,
    /// The files that the run reads: path as written, and the BLAKE3 hash of the content.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub files: BTreeMap<String, String>,
}

/// What is minimised: told apart by whether the file has `[data]` and `[model]` or `[objective]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Task {
    /// The loss of a network on data.
    Learning(Box<Learning>),
    /// A function in closed form.
    Descent(Descent),
}

impl RunSpec {
    /// A run as it is stored. Compiled here, so that no crate that calls it compiles the reader of every
    /// setting again.
    ///
    /// # Errors
    /// If it is not a run of this version.
    pub fn of_json(stored: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(stored)
    }

    /// The run as it is after its fork; `None` if it has none.
    pub(crate) fn after(&self) -> Option<Self> {
        let fork = self.fork.as_ref()?;
        let mut after = Self { fork: None, ..self.clone() };
        if let Some(optimizer) = &fork.optimizer {
            after.optimizer.clone_from(optimizer);
        }
        if let Some(schedule) = &fork.schedule {
            after.schedule.clone_from(schedule);
            after.schedule_begins = fork.at;
        }
        if let Task::Learning(task) = &mut after.task {
            if let Some(data) = &fork.data {
                task.data.clone_from(data);
            }
            if let Some(train) = &fork.train {
                task.train.batch_size = train.batch_size.unwrap_or(task.train.batch_size);
                task.train.seed = train.seed.or(task.train.seed);
            }
        }
        Some(after)
    }

    /// Whether the optimizer keeps over the fork what it remembers: only its transforms may be others.
    pub(crate) fn keeps_rule(&self) -> bool {
        let optimizer = self.fork.as_ref().and_then(|fork| fork.optimizer.as_ref());
        let is_same = |OptimizerConfig { kind, group, .. }: &OptimizerConfig| {
            (kind, group) == (&self.optimizer.kind, &self.optimizer.group)
        };
        optimizer.is_none_or(is_same)
    }

    /// η of a step, counted from 1, that is not behind a fork.
    pub(crate) fn learning_rate(&self, step: u64) -> f64 {
        self.schedule.at(step - self.schedule_begins)
    }

    /// Whether the run draws no random number at all, so that all replicates are the same: its results are
    /// facts, not samples.
    pub fn is_deterministic(&self) -> bool {
        let is_fixed = match &self.task {
            Task::Descent(task) => matches!(task.start, Start::Point(_)),
            Task::Learning(task) => task.is_deterministic(),
        };
        // Probes draw directions, batches and starting vectors.
        is_fixed
            && self.probes.is_empty()
            && !self.optimizer.is_random()
            && self.after().is_none_or(|after| after.is_deterministic())
    }

    /// One of its tables as the record holds it; null if it has none of this name.
    pub(crate) fn section(&self, name: &str) -> Json {
        let json = match (name, &self.task) {
            ("seed", _) => serde_json::to_value(self.seed),
            ("data-seed", _) => serde_json::to_value(self.data_seed),
            ("optimizer", _) => serde_json::to_value(&self.optimizer),
            ("schedule", _) => serde_json::to_value(&self.schedule),
            ("fork", _) => serde_json::to_value(&self.fork),
            ("probe", _) => serde_json::to_value(&self.probes),
            ("data", Task::Learning(task)) => serde_json::to_value(&task.data),
            ("test", Task::Learning(task)) => serde_json::to_value(&task.test),
            ("model", Task::Learning(task)) => serde_json::to_value(&task.model),
            ("train", Task::Learning(task)) => serde_json::to_value(&task.train),
            ("record", Task::Learning(task)) => serde_json::to_value(&task.record),
            ("objective", Task::Descent(task)) => serde_json::to_value(&task.objective),
            ("start", Task::Descent(task)) => serde_json::to_value(&task.start),
            ("train", Task::Descent(task)) => serde_json::to_value(&task.train),
            ("record", Task::Descent(task)) => serde_json::to_value(&task.record),
            _ => Ok(Json::Null),
        };
        json.expect("specs are plain data")
    }

    /// The random streams of everything but the data.
    pub(crate) fn streams(&self) -> Streams {
        Streams::new(self.seed, self.replicate)
    }

    /// The random streams of training and test data.
    pub(crate) fn data_streams(&self) -> Streams {
        Streams::new(self.data_seed.unwrap_or(self.seed), self.replicate)
    }

    /// The runs to whose solutions its probes walk, with the ids of these: on its data, and without probes of
    /// their own.
    pub(crate) fn companions(&self) -> Vec<(&str, Self)> {
        let companion = |other: &Self| {
            let data_seed = Some(self.data_seed.unwrap_or(self.seed));
            Self { data_seed, probes: Vec::new(), ..other.clone() }
        };
        let of_probe = |probe: &'_ Probe| match &probe.kind {
            ProbeKind::Path(path) => path.other.as_deref().map(companion),
            _ => None,
        };
        let probes = self.probes.iter();
        probes.filter_map(|probe| Some((probe.id.as_str(), of_probe(probe)?))).collect()
    }

    /// The dynamics that the steps follow, whatever the transforms.
    pub(crate) fn dynamics(&self) -> Dynamics {
        self.optimizer.dynamics_on(self.is_scaled())
    }

    /// Whether the steps are θ ← θ − η g and nothing else, with one η for all parameters.
    pub(crate) fn is_descent(&self) -> bool {
        self.optimizer.transforms.is_empty() && self.dynamics() == Dynamics::GradientDescent
    }

    /// Whether the steps divide the gradient by a preconditioner.
    pub(crate) fn has_preconditioner(&self) -> bool {
        self.optimizer.has_preconditioner_on(self.is_scaled())
    }

    /// Whether the learning rates of arrays are on scales of their own.
    fn is_scaled(&self) -> bool {
        match &self.task {
            Task::Learning(task) => task.model.parametrisation != Parametrisation::Standard,
            Task::Descent(_) => false,
        }
    }

    /// The temperature, if the run is Langevin dynamics in equilibrium: plain descent and constant thermal
    /// noise.
    pub(crate) fn temperature(&self) -> Option<f64> {
        let is_descent = self.dynamics() == Dynamics::GradientDescent;
        self.optimizer.temperature().filter(|temperature| is_descent && *temperature > 0.0)
    }

    /// The same for another replicate; so are the runs that its probes walk to.
    pub(crate) fn of_replicate(&self, replicate: u64) -> Self {
        let mut spec = Self { replicate, ..self.clone() };
        for probe in &mut spec.probes {
            if let ProbeKind::Path(path) = &mut probe.kind
                && let Some(other) = &mut path.other
            {
                **other = other.of_replicate(replicate);
            }
        }
        spec
    }
}

impl Task {
    /// Number of parameter updates, at most.
    pub fn steps(&self) -> u64 {
        match self {
            Self::Learning(learning) => learning.train.steps.get(),
            Self::Descent(descent) => descent.train.steps.get(),
        }
    }

    /// Whether the run may end before its last step because it has reached a goal.
    pub fn may_stop_early(&self) -> bool {
        match self {
            Self::Learning(learning) => learning.train.stop_at_loss.is_some(),
            Self::Descent(descent) => {
                descent.train.tolerance.is_some() && descent.objective.minimum().is_some()
            }
        }
    }

    /// Evaluations for each factor of 10 in steps.
    pub(crate) fn points_per_decade(&self) -> u64 {
        match self {
            Self::Learning(learning) => learning.record.points_per_decade.get(),
            Self::Descent(descent) => descent.record.points_per_decade.get(),
        }
    }
}

/// A run as it is written: what is minimised is told by the tables that are there.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Tables {
    seed: u64,
    data_seed: Option<u64>,
    replicate: u64,
    data: Option<Source>,
    test: Option<Test>,
    model: Option<Model>,
    objective: Option<ClosedForm>,
    start: Option<Start>,
    train: Json,
    record: Json,
    optimizer: OptimizerConfig,
    schedule: Schedule,
    fork: Option<Fork>,
    #[serde(default)]
    probe: Vec<Probe>,
    files: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for RunSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fn read<T: DeserializeOwned, E: Error>(table: Json) -> Result<T, E> {
            serde_json::from_value(table).map_err(E::custom)
        }
        let tables = Tables::deserialize(deserializer)?;
        let task = match (tables.objective, tables.start, tables.data, tables.model) {
            (Some(objective), Some(start), None, None) => Task::Descent(Descent {
                objective,
                start,
                train: read(tables.train)?,
                record: read(tables.record)?,
            }),
            (None, None, Some(data), Some(model)) => Task::Learning(Box::new(Learning {
                data,
                test: tables.test,
                model,
                train: read(tables.train)?,
                record: read(tables.record)?,
            })),
            _ => return Err(D::Error::custom("expected `data` and `model`, or `objective` and `start`")),
        };
        Ok(Self {
            seed: tables.seed,
            data_seed: tables.data_seed,
            replicate: tables.replicate,
            task,
            optimizer: tables.optimizer,
            schedule: tables.schedule,
            fork: tables.fork,
            schedule_begins: 0,
            probes: tables.probe,
            files: tables.files,
        })
    }
}
