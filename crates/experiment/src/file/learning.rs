//! `[data]`, `[model]`, `[train]` and `[record]` of a network that learns from data.

use serde::{Deserialize, Serialize};
use thalweg_datasets::{Order, Source, Transform};
use thalweg_network::{
    Activation, Architecture, ArrayScale, He, Init, Loss, Normalisation, Numerics, Parametrisation,
};
use thalweg_numeric::bounded::{Count, Fraction, NonNegative, Positive, ProperFraction};

use super::test::{Test, TestRows};

/// A network learns from data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Learning {
    /// Where the training data come from.
    pub data: Source,
    /// How the trained network is tested. Default not at all.
    pub test: Option<Test>,
    /// The network.
    pub model: Model,
    /// The training loop.
    pub train: Train,
    /// What is kept besides the final values and weights.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub record: RecordSettings,
}

/// `[model]`: a feed-forward network. The numbers of inputs and outputs follow from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Model {
    /// Widths of the hidden layers, in units; none gives a linear model.
    pub hidden: Vec<Count>,
    /// The function of the hidden units. Default ReLU, the usual choice since Glorot, Bordes & Bengio,
    /// AISTATS 2011.
    #[serde(default = "relu")]
    pub activation: Activation,
    /// What is done to the pre-activations of the hidden layers before that function. Default none.
    #[serde(default)]
    pub normalisation: Normalisation,
    /// Whether a hidden layer whose input is as wide as its output adds its input to its activations:
    /// a + φ(a·W + b) in place of φ(a·W + b) (He et al., CVPR 2016, equation 1). Default false.
    #[serde(default)]
    pub residual: bool,
    /// Where the weights start. Default He, which is made for ReLU (He et al., ICCV 2015).
    #[serde(default = "he")]
    pub init: Init,
    /// How initial variances and learning rates depend on the width of the hidden layers. Default standard.
    ///
    /// `init` draws the weights W themselves, and `schedule` is the learning rate that the paper calls η;
    /// each array takes a multiple of it. Of rules this needs those whose steps grow in a simple way with the
    /// gradient: `sgd` and `momentum`; `adam`, `rmsprop`, `adagrad`, `nadam`, `adamax`, `lion` and `signsgd`,
    /// exactly but for their ε, which is that for W. Of transforms it takes `weight-decay` alone.
    #[serde(default)]
    pub parametrisation: Parametrisation,
    /// The width of hidden layers at which another parametrisation is the standard one; others count in units
    /// of it. Default 1, as in the papers.
    #[serde(default = "single")]
    pub base_width: Count,
    /// What is minimised, as a mean over the samples. Default softmax cross-entropy, and squared error where
    /// the targets are numbers.
    #[serde(default = "cross_entropy")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = null)))]
    pub loss: Loss,
    /// ε, the share of each label that goes to all K classes alike: the cross-entropy is that of 1 − ε + ε/K
    /// for the class and ε/K for the others, as PyTorch's `label_smoothing` (Szegedy et al., CVPR 2016,
    /// section 7, with 0.1). Default 0. Training and test loss have it both.
    #[serde(default = "no_fraction")]
    pub label_smoothing: Fraction,
    /// γ of the focal loss, which is (1 − p)^γ times the cross-entropy, with p the probability of the class
    /// (Lin et al., *Focal loss for dense object detection*, ICCV 2017, with 2). Default 0.
    #[serde(default = "nothing")]
    pub focal_gamma: NonNegative,
    /// The float of the training loop. Default f32, as in every framework.
    #[serde(default = "Precision::f32")]
    pub precision: Precision,
    /// Whether products are multiplied and added at once. Default fused where the CPU has the instruction.
    #[serde(default = "Numerics::best")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = null)))]
    pub numerics: Numerics,
}

/// The float that a run computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single precision, 32 bits.
    F32,
    /// Double precision, 64 bits.
    F64,
}

/// `[train]` of a network: how long it learns, and from which batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Train {
    /// Number of parameter updates, at most.
    pub steps: Count,
    /// Samples in a batch; the last batch of an epoch may be smaller.
    pub batch_size: Count,
    /// How batches are drawn. Default shuffled: a fresh permutation every epoch, as every framework does.
    #[serde(default)]
    pub order: Order,
    /// p, the probability with which each hidden activation is left out of a training gradient: it is 0, and
    /// those that are kept are multiplied by 1/(1 − p) (Srivastava et al., JMLR 15, 2014). With
    /// `model.residual` that is done before the input of a layer is added. Default 0.
    ///
    /// Each step leaves out others for each sample, and a method that takes several gradients in a step sees
    /// the same network in all of them. Losses, tests and probes are of the whole network.
    #[serde(default = "nothing_dropped")]
    pub dropout: ProperFraction,
    /// Seed of the batches alone. Default the seed of everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Stop at the first evaluation that finds the training loss at most as high, and record the steps as
    /// `steps-to-loss`. How often that is looked at is `record.points-per-decade`. Default: take all steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_at_loss: Option<Positive>,
}

/// `[record]`: what a run keeps besides its final values and weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// How many of the training images are kept, for figures that show them. Default none.
    #[serde(default)]
    pub images: Option<Count>,
    /// Whether the weights of a linear model of images are kept as images, and how much they look like
    /// templates of the classes is measured. Default false.
    #[serde(default)]
    pub weights: bool,
}

/// The grid on which the decision boundary is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
        Self { points_per_decade: ten(), data: false, boundary: None, images: None, weights: false }
    }
}

impl Precision {
    fn f32() -> Self {
        Self::F32
    }
}

impl Learning {
    /// Whether numbers are to be predicted, and not classes.
    pub(crate) fn is_regression(&self) -> bool {
        self.model.loss == Loss::SquaredError
    }

    /// Whether hidden units are left out of training gradients.
    pub(crate) fn drops_units(&self) -> bool {
        self.train.dropout.get() > 0.0
    }

    /// Whether data, first weights, batches, hidden units and tests are all given beforehand.
    pub(super) fn is_deterministic(&self) -> bool {
        let draws = |transforms: &[Transform]| transforms.iter().any(Transform::is_random);
        self.data.drawn_extent().is_none()
            && !draws(self.data.transforms())
            && matches!(self.model.init, Init::Zeros(_) | Init::File(_))
            && self.train.order == Order::Sequential
            && !self.drops_units()
            && match &self.test {
                None | Some(Test::Rows(TestRows::File(_))) => true,
                Some(Test::Rows(_)) => false,
                Some(Test::Sets(sets)) => !sets.variants.values().any(|transforms| draws(transforms)),
            }
    }
}

impl Model {
    /// The default of `loss` where the targets are numbers.
    pub(crate) const LOSS_OF_NUMBERS: Loss = Loss::SquaredError;

    /// What is minimised, with its number if it has one.
    pub fn whole_loss(&self) -> Loss {
        match self.loss {
            Loss::CrossEntropy if self.label_smoothing.get() > 0.0 => {
                Loss::SmoothedCrossEntropy(self.label_smoothing)
            }
            Loss::CrossEntropy if self.focal_gamma.get() > 0.0 => Loss::Focal(self.focal_gamma),
            loss => loss,
        }
    }

    /// Whether the hidden layers do no more than φ(a·W + b).
    pub(crate) fn is_plain(&self) -> bool {
        self.normalisation == Normalisation::None && !self.residual
    }

    /// What the parametrisation makes of each array of the network.
    pub(crate) fn scales(&self, architecture: &Architecture) -> Vec<ArrayScale> {
        architecture.scales(self.parametrisation, self.base_width.size())
    }

    /// The network for data with this many features, and classes or targets.
    pub fn architecture(&self, n_features: usize, n_outputs: usize) -> Architecture {
        Architecture {
            inputs: n_features,
            hidden: self.hidden.iter().map(|width| width.size()).collect(),
            outputs: n_outputs,
            activation: self.activation,
            loss: self.whole_loss(),
            normalisation: self.normalisation,
            residual: self.residual,
        }
    }
}

fn relu() -> Activation {
    Activation::Relu
}

fn he() -> Init {
    Init::He(He::default())
}

fn single() -> Count {
    Count::of(1)
}

fn cross_entropy() -> Loss {
    Loss::CrossEntropy
}

fn no_fraction() -> Fraction {
    Fraction::of(0.0)
}

fn nothing() -> NonNegative {
    NonNegative::of(0.0)
}

fn nothing_dropped() -> ProperFraction {
    ProperFraction::of(0.0)
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
