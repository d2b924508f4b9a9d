//! The settings of a run, as the tables of an experiment file spell them.
//!
//! Each default stands beside its key, with its source. A [`RunSpec`] holds them all with nothing left open; serialised
//! it is what a record keeps and what the run's key is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thalweg_datasets::{Order, Source, Transform};
use thalweg_network::{Activation, Architecture, He, Init, Loss, Numerics};
use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_optimizers::{Schedule, Update};

/// One run: everything that decides its numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunSpec {
    /// The experiment's seed.
    pub seed: u64,
    /// Which of the independent repetitions, from 0. Data, initialisation and batches all depend on it.
    pub replicate: u64,
    /// Where the training data come from.
    pub data: Source,
    /// How the trained network is tested.
    pub test: Option<Test>,
    /// The network.
    pub model: Model,
    /// The update rule, and what comes before it.
    pub optimizer: Update,
    /// The learning rate over the steps.
    pub schedule: Schedule,
    /// The training loop.
    pub train: Train,
    /// What is kept besides the final values.
    pub record: RecordSettings,
    /// The files that the run reads: path as written, and the BLAKE3 hash of the content.
    pub files: BTreeMap<String, String>,
}

/// `[test]`: fresh sets from the source of the training data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Test {
    /// How many sets.
    pub sets: Count,
    /// Samples in each.
    pub samples: Count,
    /// What is done to each set before it is used, by name: all variants share the points of a set.
    pub variants: BTreeMap<String, Vec<Transform>>,
}

/// `[model]`: a feed-forward network. The numbers of inputs and outputs follow from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Model {
    /// Widths of the hidden layers; none gives a linear model.
    pub hidden: Vec<Count>,
    /// Of the hidden units. Default ReLU, the usual choice since Glorot, Bordes & Bengio, AISTATS 2011.
    #[serde(default = "relu")]
    pub activation: Activation,
    /// Default He, which is made for ReLU (He et al., ICCV 2015).
    #[serde(default = "he")]
    pub init: Init,
    /// Default softmax cross-entropy.
    #[serde(default = "cross_entropy")]
    pub loss: Loss,
    /// The float of the training loop. Default f32, as in every framework.
    #[serde(default = "Precision::f32")]
    pub precision: Precision,
    /// Fused or separate multiply and add. Default: fused where the CPU has the instruction.
    #[serde(default = "Numerics::best")]
    pub numerics: Numerics,
}

/// The float that a run computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single.
    F32,
    /// Double.
    F64,
}

/// `[train]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Train {
    /// Number of parameter updates.
    pub steps: Count,
    /// Samples in a batch; the last batch of an epoch may be smaller.
    pub batch_size: Count,
    /// How batches are drawn. Default shuffled: a fresh permutation every epoch, as every framework does.
    #[serde(default)]
    pub order: Order,
}

/// `[record]`: what a run keeps besides its final values and weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RecordSettings {
    /// Evaluations on the training data for each factor of 10 in steps. Default 10.
    #[serde(default = "ten")]
    pub points_per_decade: Count,
    /// Whether the training data are kept, for figures that show them. Default false.
    #[serde(default)]
    pub data: bool,
    /// The class probability on a grid, for two features and two classes. Default none.
    #[serde(default)]
    pub boundary: Option<BoundaryGrid>,
}

/// The grid on which the decision boundary is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BoundaryGrid {
    /// Points along each axis, at least 2. Default 200.
    #[serde(default = "two_hundred")]
    pub resolution: Count,
    /// How far the grid reaches beyond the data, as a share of their extent. Default 0.1.
    #[serde(default = "tenth")]
    pub margin: NonNegative,
}

impl Default for RecordSettings {
    fn default() -> Self {
        Self { points_per_decade: ten(), data: false, boundary: None }
    }
}

impl Precision {
    fn f32() -> Self {
        Self::F32
    }
}

impl Model {
    /// The network for data with this many features and classes.
    pub fn architecture(&self, n_features: usize, n_classes: usize) -> Architecture {
        Architecture {
            inputs: n_features,
            hidden: self.hidden.iter().map(|width| width.size()).collect(),
            outputs: n_classes,
            activation: self.activation,
            loss: self.loss,
        }
    }
}

fn relu() -> Activation {
    Activation::Relu
}

fn he() -> Init {
    Init::He(He::default())
}

fn cross_entropy() -> Loss {
    Loss::CrossEntropy
}

fn ten() -> Count {
    Count::of(10)
}

fn two_hundred() -> Count {
    Count::of(200)
}

fn tenth() -> NonNegative {
    NonNegative::of(0.1)
}
