//! The shape of a network and the names, places and initial values of its parameters.

use std::fmt;
use std::ops::Range;

use thalweg_numeric::{Layout, Real, Stream};

use crate::{Activation, ArrayScale, Distribution, Init, Loss, Normalisation, WeightsError};

/// A shape with which no network can be trained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchitectureError {
    /// There is nothing to tell samples apart by.
    #[error("a network of 0 inputs, expected at least 1")]
    NoInputs,
    /// No signal passes a layer without units.
    #[error("hidden layer {layer} has no units, expected at least 1")]
    EmptyLayer {
        /// Counts from 0, at the inputs.
        layer: usize,
    },
    /// There is nothing to choose between: with one output the cross-entropy is 0 whatever the parameters.
    #[error("found {outputs} outputs, expected at least {least} for the loss {loss:?}")]
    TooFewOutputs {
        /// The number that was given.
        outputs: usize,
        /// 1 for the squared errors, 2 for all others.
        least: usize,
        /// The loss that was given.
        loss: Loss,
    },
    /// Residual connections are to be nowhere.
    #[error(
        "no hidden layer is as wide as its input, so there is no residual connection; the widths are {0}"
    )]
    NoResidual(Widths),
    /// Without hidden layers there is nothing to be normalised.
    #[error("there are no hidden layers to be normalised")]
    NothingToNormalise,
    /// The difference of a number to the mean of itself alone is always 0.
    #[error("hidden layer {layer} has one unit, which normalised is always 0, expected at least 2")]
    OneUnitNormalised {
        /// Counts from 0, at the inputs.
        layer: usize,
    },
}

/// Of the inputs and then of each hidden layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widths(pub Vec<usize>);

impl fmt::Display for Widths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&widths.join(" → "))
    }
}

/// A fully connected feed-forward classifier.
///
/// ```text
/// a₀ = x,   zᵢ = aᵢ·Wᵢ + bᵢ,   aᵢ₊₁ = φ(zᵢ),   logits = z of the last layer
/// ```
/// With layer normalisation φ sees N(zᵢ) in place of zᵢ (see [`Normalisation`]), and with residual
/// connections aᵢ₊₁ = aᵢ + φ(zᵢ) where both have one width.
///
/// ```
/// use thalweg_network::{Architecture, Normalisation};
/// let plain = Architecture { inputs: 2, hidden: vec![16, 16], ..Architecture::default() };
/// let residual = Architecture { residual: true, normalisation: Normalisation::Layer, ..plain.clone() };
/// assert_eq!(residual.layout().dim(), plain.layout().dim() + 2 * (16 + 16));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    /// Number of features of a sample.
    pub inputs: usize,
    /// Width of each hidden layer; empty for a linear model.
    pub hidden: Vec<usize>,
    /// Number of classes.
    pub outputs: usize,
    /// φ, between the layers and not behind the last.
    pub activation: Activation,
    /// What a gradient is the gradient of.
    pub loss: Loss,
    /// What is done to the pre-activations of the hidden layers.
    pub normalisation: Normalisation,
    /// Whether a hidden layer whose input is as wide as its output adds it to its activations: K. He, X.
    /// Zhang, S. Ren and J. Sun, *Deep residual learning for image recognition*, CVPR 2016, equation 1.
    pub residual: bool,
}

impl Default for Architecture {
    /// A linear model of one input and two classes with the cross-entropy: what is left out of a literal
    /// should be left as it is here, φ = ReLU, no normalisation and no residual connections.
    fn default() -> Self {
        Self {
            inputs: 1,
            hidden: Vec::new(),
            outputs: 2,
            activation: Activation::Relu,
            loss: Loss::CrossEntropy,
            normalisation: Normalisation::None,
            residual: false,
        }
    }
}

impl Architecture {
    /// Checks that a network of this shape can be trained.
    ///
    /// # Errors
    /// [`ArchitectureError`] if there are no inputs, a layer without units or too few outputs, or if there is
    /// nothing that could be normalised or have a residual connection as the architecture says.
    pub fn check(&self) -> Result<(), ArchitectureError> {
        let (outputs, loss) = (self.outputs, self.loss);
        let least = match loss {
            Loss::CrossEntropy | Loss::SmoothedCrossEntropy(_) | Loss::Focal(_) | Loss::Logistic => 2,
            Loss::OneHotSquaredError | Loss::SquaredError => 1,
        };
        if self.inputs == 0 {
            return Err(ArchitectureError::NoInputs);
        }
        if let Some(layer) = self.hidden.iter().position(|width| *width == 0) {
            return Err(ArchitectureError::EmptyLayer { layer });
        }
        if outputs < least {
            return Err(ArchitectureError::TooFewOutputs { outputs, least, loss });
        }
        if self.residual && !(0..self.hidden.len()).any(|layer| self.adds_input(layer)) {
            let widths = std::iter::once(self.inputs).chain(self.hidden.iter().copied());
            return Err(ArchitectureError::NoResidual(Widths(widths.collect())));
        }
        if self.is_normalised() {
            if self.hidden.is_empty() {
                return Err(ArchitectureError::NothingToNormalise);
            }
            if let Some(layer) = self.hidden.iter().position(|width| *width == 1) {
                return Err(ArchitectureError::OneUnitNormalised { layer });
            }
        }
        Ok(())
    }

    /// Whether a layer, counted from 0 at the inputs, adds its input to its activations.
    pub fn adds_input(&self, layer: usize) -> bool {
        let below = if layer == 0 { Some(&self.inputs) } else { self.hidden.get(layer - 1) };
        self.residual && self.hidden.get(layer).is_some_and(|width| below == Some(width))
    }

    /// Whether the hidden layers are normalised.
    pub fn is_normalised(&self) -> bool {
        self.normalisation == Normalisation::Layer
    }

    /// The parameter vector: `layers.<i>.weight` of shape \[in, out\], then `layers.<i>.bias` of shape
    /// \[out\], layer by layer; behind those of a normalised layer its gain γ, `norms.<i>.weight`, and its
    /// bias β, `norms.<i>.bias`, both of shape \[out\]. The names are those of a PyTorch module with a list
    /// `layers` of `Linear` and a list `norms` of `LayerNorm`.
    pub fn layout(&self) -> Layout {
        Layout::new(self.shapes().enumerate().flat_map(|(i, (inputs, outputs))| {
            let of_layer = [
                (format!("layers.{i}.weight"), vec![inputs, outputs]),
                (format!("layers.{i}.bias"), vec![outputs]),
            ];
            let of_norm =
                [(format!("norms.{i}.weight"), vec![outputs]), (format!("norms.{i}.bias"), vec![outputs])];
            of_layer.into_iter().chain(of_norm.into_iter().filter(move |_| self.normalises(i)))
        }))
    }

    /// Multiplications and additions of one gradient on `rows` samples, in the matrix products alone.
    ///
    /// ```text
    /// 2·rows·(2·Σ inᵢ·outᵢ − in₀·out₀)
    /// ```
    /// Forward pass and weight gradients cost 2·rows·inᵢ·outᵢ in each layer, and so do the input gradients
    /// except for layer 0, which needs none.
    pub fn step_flops(&self, rows: usize) -> f64 {
        let products: Vec<f64> = self.shapes().map(|(inputs, outputs)| (inputs * outputs) as f64).collect();
        2.0 * rows as f64 * (3.0 * products.iter().sum::<f64>() - products[0])
    }

    /// Initial parameters. The numbers are drawn in f64 and then rounded, weight by weight in the order of
    /// the layout, so that f32 and f64 start from the same point. Biases start at 0, gains at 1.
    ///
    /// # Errors
    /// [`WeightsError::NotDrawn`] for [`Init::File`]: read the file and call
    /// [`from_tensors`](Self::from_tensors).
    pub fn draw<F: Real>(&self, init: &Init, stream: &mut Stream) -> Result<Vec<F>, WeightsError> {
        self.draw_scaled(init, &[], stream)
    }

    /// The same with the variance of each array on a scale of its own, from [`scales`](Self::scales), which
    /// changes no random number.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    pub fn draw_scaled<F: Real>(
        &self,
        init: &Init,
        scales: &[ArrayScale],
        stream: &mut Stream,
    ) -> Result<Vec<F>, WeightsError> {
        let mut params = Vec::with_capacity(self.layout().dim());
        let mut arrays = 0;
        for (layer, (inputs, outputs)) in self.shapes().enumerate() {
            let (distribution, variance) = match init {
                Init::He(he) => (Some(he.distribution), 2.0 / inputs as f64),
                Init::Glorot(glorot) => (Some(glorot.distribution), 2.0 / (inputs + outputs) as f64),
                Init::Lecun(lecun) => (Some(lecun.distribution), 1.0 / inputs as f64),
                Init::Zeros(_) => (None, 0.0),
                Init::File(file) => return Err(WeightsError::NotDrawn { path: file.path.clone() }),
            };
            let variance = variance * scales.get(arrays).map_or(1.0, |scale| scale.variance);
            for _ in 0..inputs * outputs {
                let draw = |distribution: Distribution| distribution.draw(variance, stream);
                params.push(F::from_f64(distribution.map_or(0.0, draw)));
            }
            params.resize(params.len() + outputs, F::ZERO);
            if self.normalises(layer) {
                params.resize(params.len() + outputs, F::ONE);
                params.resize(params.len() + outputs, F::ZERO);
            }
            arrays += if self.normalises(layer) { 4 } else { 2 };
        }
        Ok(params)
    }

    /// Whether a layer, counted from 0 at the inputs, is normalised: all but the last, or none.
    pub(crate) fn normalises(&self, layer: usize) -> bool {
        self.is_normalised() && layer < self.hidden.len()
    }

    /// Where each layer lies in the parameter vector: weight and bias, and then γ and β, if it has them.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let mut end = 0;
        self.shapes().enumerate().map(move |(layer, (inputs, outputs))| {
            let start = end;
            let between = start + (inputs + 1) * outputs;
            end = between + if self.normalises(layer) { 2 * outputs } else { 0 };
            (start..between, between..end)
        })
    }

    /// (in, out) of each layer.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = (usize, usize)> {
        let widths = std::iter::once(self.inputs).chain(self.hidden.iter().copied());
        widths.zip(self.hidden.iter().copied().chain([self.outputs]))
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;
    use crate::{FileInit, Glorot, He, Lecun, Zeros};

    fn architecture(inputs: usize, hidden: &[usize], outputs: usize) -> Architecture {
        let (activation, loss) = (Activation::Relu, Loss::CrossEntropy);
        Architecture { inputs, hidden: hidden.to_vec(), outputs, activation, loss, ..Architecture::default() }
    }

    #[test]
    fn shapes_that_cannot_be_trained_are_refused() {
        let check = |inputs, hidden: &[usize], outputs| architecture(inputs, hidden, outputs).check();
        assert_eq!(check(1, &[1], 2), Ok(()));
        assert_eq!(check(0, &[1], 2), Err(ArchitectureError::NoInputs));
        assert_eq!(check(1, &[1, 0], 2), Err(ArchitectureError::EmptyLayer { layer: 1 }));
        let message = check(1, &[], 1).unwrap_err().to_string();
        assert_eq!(message, "found 1 outputs, expected at least 2 for the loss CrossEntropy");
        let squared =
            |outputs| Architecture { loss: Loss::OneHotSquaredError, ..architecture(1, &[], outputs) };
        assert_eq!(squared(1).check(), Ok(()));
        assert!(squared(0).check().is_err());
    }

    #[test]
    fn layout_of_the_moons_network() {
        let layout = architecture(2, &[64, 64], 2).layout();
        let names: Vec<_> = layout.blocks().iter().map(|block| block.name.as_str()).collect();
        assert_eq!(names[..3], ["layers.0.weight", "layers.0.bias", "layers.1.weight"]);
        assert_eq!(layout.blocks()[2].shape, [64, 64]);
        assert_eq!(layout.dim(), 4482);
    }

    #[test]
    fn flops_as_in_the_performance_notes() {
        let expected = 2.0 * 8.0 * (4352.0 + 4352.0 + 64.0 * 64.0 + 64.0 * 2.0);
        assert_eq!(architecture(2, &[64, 64], 2).step_flops(8), expected);
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        let (fan_in, fan_out) = (250, 400);
        let architecture = architecture(fan_in, &[], fan_out);
        let n = (fan_in * fan_out) as f64;
        for distribution in [Distribution::Normal, Distribution::Uniform] {
            for (init, variance) in [
                (Init::He(He { distribution }), 2.0 / 250.0),
                (Init::Glorot(Glorot { distribution }), 2.0 / 650.0),
                (Init::Lecun(Lecun { distribution }), 1.0 / 250.0),
            ] {
                let mut stream = Streams::new(3, 0).stream("init", 0);
                let params: Vec<f64> = architecture.draw(&init, &mut stream).unwrap();
                let (weights, biases) = params.split_at(fan_in * fan_out);
                let mean = weights.iter().sum::<f64>() / n;
                let measured = weights.iter().map(|w| w * w).sum::<f64>() / n;
                // Five standard errors: σ/√n of the mean, at most √2·σ²/√n of the variance.
                assert!(mean.abs() < 5.0 * (variance / n).sqrt(), "{init:?}: mean {mean}");
                assert!((measured / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{init:?}: {measured}");
                let largest = weights.iter().fold(0.0_f64, |max, w| max.max(w.abs()));
                let edge = (3.0 * variance).sqrt();
                assert_eq!(largest <= edge, distribution == Distribution::Uniform, "{init:?}");
                assert!(biases.iter().all(|b| *b == 0.0));
            }
        }
    }

    #[test]
    fn both_precisions_start_from_the_same_point() {
        let (architecture, init) = (architecture(3, &[5], 2), Init::He(He::default()));
        let stream = || Streams::new(1, 0).stream("init", 0);
        let wide: Vec<f64> = architecture.draw(&init, &mut stream()).unwrap();
        let narrow: Vec<f32> = architecture.draw(&init, &mut stream()).unwrap();
        assert_eq!(narrow, wide.iter().map(|w| *w as f32).collect::<Vec<_>>());
        assert_eq!(wide.len(), architecture.layout().dim());
    }

    #[test]
    fn zeros_are_zero_and_a_file_is_not_drawn() {
        let architecture = architecture(3, &[5], 2);
        let mut stream = Streams::new(1, 0).stream("init", 0);
        assert_eq!(architecture.draw::<f32>(&Init::Zeros(Zeros {}), &mut stream), Ok(vec![0.0; 32]));
        let file = Init::File(FileInit { path: "weights.safetensors".into() });
        let error = architecture.draw::<f32>(&file, &mut stream).unwrap_err();
        assert_eq!(error.to_string(), "the initial weights are read from weights.safetensors, not drawn");
    }
}
