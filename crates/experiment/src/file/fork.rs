//! `fork`: a run that goes on with other settings after some steps.

use serde::{Deserialize, Serialize};
use thalweg_datasets::Source;
use thalweg_numeric::bounded::Count;
use thalweg_optimizers::{OptimizerConfig, Schedule};

/// `fork = { at = 10_000, optimizer = { kind = "sgd" } }`: the run takes its first `at` steps as its parent
/// does, the run without the fork, to the bit; from there on it goes by the settings that stand here. What
/// does not stand here stays as it is, and all streams of random numbers go on, so that a fork and its parent
/// are a pair. Default none; so is `fork = {}` in a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fork {
    /// Steps that the run shares with its parent, less than `train.steps`. With 0 it has the other settings
    /// from its start.
    pub at: u64,
    /// The optimizer from there on. Default that of the parent.
    ///
    /// If its rule or method, the parameters of it and the groups are those of the parent, it keeps what it
    /// remembers, whatever transforms it has. Any other starts anew, at the weights that the parent's is
    /// evaluated at. Noise and schedules of transforms go on in both cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<OptimizerConfig>,
    /// The learning rate from there on: its time t is 0 at the fork. Default the schedule of the parent,
    /// whose time goes on to count from the start of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// The training data from there on, with as many features and classes or targets as before; a new epoch
    /// begins. What is measured later is of these data, and so are tests. Default the data of the parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Source>,
    /// The batches from there on. Default those of the parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<ForkTrain>,
}

/// `fork.train`: the batches after a fork.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ForkTrain {
    /// Samples in a batch; an epoch that has begun goes on with such batches. Default as many as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<Count>,
    /// Seed of the batches from there on, with which a new epoch begins. Default the batches of the parent go
    /// on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}
