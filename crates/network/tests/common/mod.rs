//! Networks and data that the tests share. All extents are different, so that nothing works by luck.

use std::ops::Range;

use ndarray::{Array2, s};
use thalweg_network::{
    Activation, Architecture, Glorot, Init, Loss, Network, Normalisation, Numerics, Targets,
};
use thalweg_numeric::bounded::{Fraction, NonNegative};
use thalweg_numeric::{Real, Streams};

pub const ACTIVATIONS: [Activation; 9] = [
    Activation::Relu,
    Activation::LeakyRelu,
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Gelu,
    Activation::Softplus,
    Activation::Silu,
    Activation::Elu,
    Activation::Identity,
];
pub const LOSSES: [Loss; 6] = [
    Loss::CrossEntropy,
    Loss::SmoothedCrossEntropy(Fraction::of(0.1)),
    Loss::Focal(NonNegative::of(2.0)),
    Loss::Logistic,
    Loss::OneHotSquaredError,
    Loss::SquaredError,
];

/// A network with some data.
#[derive(Debug)]
pub struct Case<F> {
    pub architecture: Architecture,
    pub params: Vec<F>,
    pub inputs: Array2<F>,
    pub labels: Vec<u32>,
    /// What a regression compares with.
    pub numbers: Array2<F>,
}

impl<F: Real> Case<F> {
    /// Biases are random too: zeros would hide mistakes.
    pub fn new(rows: usize, architecture: Architecture) -> Self {
        let streams = Streams::new(11, 0);
        let mut stream = streams.stream("data", rows as u64);
        let inputs =
            Array2::from_shape_simple_fn((rows, architecture.inputs), || F::from_f64(stream.normal()));
        let labels = (0..rows).map(|_| stream.below(architecture.outputs as u32)).collect();
        let init = Init::Glorot(Glorot::default());
        let mut params: Vec<F> = architecture
            .draw(&init, &mut streams.stream("init", 0))
            .expect("Glorot's weights are drawn, not read");
        for param in &mut params {
            *param += F::from_f64(0.1 * stream.normal());
        }
        if architecture.is_normalised() {
            // Rows of few units may be of nearly equal numbers, whose normalisation bends sharply; by larger
            // weights it bends less.
            let blocks = architecture.layout();
            let matrices = blocks.blocks().iter().filter(|block| block.shape.len() == 2);
            for block in matrices.take(architecture.hidden.len()) {
                params[block.range.clone()].iter_mut().for_each(|weight| *weight *= F::from_f64(4.0));
            }
        }
        let numbers =
            Array2::from_shape_simple_fn((rows, architecture.outputs), || F::from_f64(stream.normal()));
        Self { architecture, params, inputs, labels, numbers }
    }

    /// What the loss compares with.
    pub fn targets(&self) -> Targets<'_, F> {
        self.targets_of(0..self.labels.len())
    }

    /// The same of some rows.
    pub fn targets_of(&self, rows: Range<usize>) -> Targets<'_, F> {
        match self.architecture.loss {
            Loss::SquaredError => self.numbers.slice(s![rows, ..]).into(),
            _ => (&self.labels[rows]).into(),
        }
    }

    pub fn network(&self, numerics: Numerics, max_rows: usize) -> Network<F> {
        Network::new(&self.architecture, numerics, max_rows).expect("callers ask for supported numerics")
    }
}

/// Every activation and loss at depths 0 to 3, narrow and wide layers, few and many rows; and then the same
/// with layer normalisation, residual connections and both.
pub fn architectures() -> Vec<Architecture> {
    let mut all = plain_architectures();
    for activation in ACTIVATIONS {
        for loss in LOSSES {
            // Residual connections from the inputs, between narrow and wide layers, over one layer and two.
            for (hidden, outputs, normalisation, residual) in [
                (&[5, 4][..], 2, Normalisation::Layer, false),
                (&[9, 17], 3, Normalisation::Layer, false),
                (&[3, 5, 5], 2, Normalisation::None, true),
                (&[9, 9, 9, 4], 3, Normalisation::None, true),
                (&[3, 4, 4], 3, Normalisation::Layer, true),
                (&[10, 10, 10], 9, Normalisation::Layer, true),
            ] {
                let hidden = hidden.to_vec();
                let architecture =
                    Architecture { inputs: 3, hidden, outputs, activation, loss, normalisation, residual };
                all.push(architecture);
            }
        }
    }
    all
}

/// Those with neither normalisation nor residual connections.
pub fn plain_architectures() -> Vec<Architecture> {
    let shapes: [(&[usize], usize); 7] =
        [(&[], 2), (&[], 9), (&[5], 3), (&[5, 4], 2), (&[5, 4, 6], 3), (&[17, 5], 2), (&[4, 9, 19], 10)];
    let mut all = Vec::new();
    for activation in ACTIVATIONS {
        for loss in LOSSES {
            for (hidden, outputs) in shapes {
                all.push(Architecture {
                    inputs: 3,
                    hidden: hidden.to_vec(),
                    outputs,
                    activation,
                    loss,
                    ..Architecture::default()
                });
            }
        }
    }
    all
}

/// What this CPU can do.
pub fn numerics() -> impl Iterator<Item = Numerics> {
    [Numerics::Portable, Numerics::Fast].into_iter().filter(|numerics| numerics.is_supported())
}
