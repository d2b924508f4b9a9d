//! What a probe looks at: where a run has come to, in double precision.

use ndarray::{Array2, ArrayView2, s};
use thalweg_datasets::Dataset;
use thalweg_network::{Architecture, Network, OnBatch};
use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Layout, Objective, Real};

use crate::settings::Learning;

/// Where a run has come to.
pub(crate) struct Scene<'a> {
    pub(crate) ground: Ground<'a>,
    pub(crate) params: Vec<f64>,
    pub(crate) layout: Layout,
    /// Updates taken so far.
    pub(crate) step: u64,
    /// How many of the training data count, the first ones; all if nothing is said.
    pub(crate) samples: Option<Count>,
}

/// What is minimised.
pub(crate) enum Ground<'a> {
    /// The loss of a network on its training data.
    Network(&'a mut Learned),
    /// A function in closed form.
    ClosedForm(&'a mut dyn Objective<f64>),
}

/// A network with its training data, in double precision.
pub(crate) struct Learned {
    pub(crate) architecture: Architecture,
    pub(crate) layout: Layout,
    network: Network<f64>,
    inputs: Array2<f64>,
    labels: Vec<u32>,
}

impl Learned {
    /// Of the data the first `samples`.
    pub(crate) fn new(task: &Learning, data: &Dataset, samples: usize) -> Self {
        let samples = samples.min(data.labels.len());
        let architecture = task.model.architecture(data.inputs.n_features(), data.n_classes);
        Self {
            layout: architecture.layout(),
            network: Network::new(&architecture, task.model.numerics, samples)
                .expect("the plan has checked the numerics"),
            inputs: data.inputs.first(samples).to_array(),
            labels: data.labels[..samples].to_vec(),
            architecture,
        }
    }

    /// The network with its first `samples`.
    pub(crate) fn with(
        &mut self,
        samples: Option<Count>,
    ) -> (&mut Network<f64>, ArrayView2<'_, f64>, &[u32]) {
        let n = samples.map_or(self.labels.len(), |n| n.size().min(self.labels.len()));
        (&mut self.network, self.inputs.slice(s![..n, ..]), &self.labels[..n])
    }
}

impl Scene<'_> {
    /// Hands on what is minimised.
    pub(crate) fn with_objective<T>(&mut self, act: impl FnOnce(&mut dyn Objective<f64>) -> T) -> T {
        match &mut self.ground {
            Ground::ClosedForm(objective) => act(*objective),
            Ground::Network(learned) => {
                let (network, inputs, labels) = learned.with(self.samples);
                act(&mut OnBatch { network, inputs, labels })
            }
        }
    }
}

/// The same numbers in double precision.
pub(crate) fn promoted<F: Real>(params: &[F]) -> Vec<f64> {
    params.iter().map(|x| x.to_f64()).collect()
}
