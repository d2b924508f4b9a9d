//! What a probe looks at: where a run has come to, in double precision.

use ndarray::{Array2, ArrayView2, s};
use thalweg_datasets::Dataset;
use thalweg_network::{Architecture, Network, OnBatch};
use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Layout, Objective, Real, Stream, Streams};

use crate::settings::{Learning, Precision, Task};
use crate::train::Trainer;
use crate::{Inputs, RunSpec};

/// Where a run has come to.
pub(crate) struct Standing<'a> {
    pub(crate) ground: Ground<'a>,
    /// θ, the optimizer's answer.
    pub(crate) params: Vec<f64>,
    pub(crate) layout: Layout,
    /// The optimizer's diagonal P; empty if it has none.
    pub(crate) preconditioner: Vec<f64>,
}

/// What is minimised.
pub(crate) enum Ground<'a> {
    /// The loss of a network on its training data.
    Network(&'a mut Learned),
    /// A function in closed form.
    ClosedForm(&'a mut dyn Objective<f64>),
}

/// What one probe looks at.
pub(crate) struct Scene<'a> {
    pub(crate) spec: &'a RunSpec,
    pub(crate) ground: Ground<'a>,
    pub(crate) params: &'a [f64],
    pub(crate) layout: &'a Layout,
    pub(crate) preconditioner: &'a [f64],
    /// θ₀.
    pub(crate) start: &'a [f64],
    /// Where the probe has looked so far, this place included, if it remembers.
    pub(crate) history: &'a [Vec<f64>],
    /// Updates taken so far.
    pub(crate) step: u64,
    /// Whether the run ends here.
    pub(crate) ends: bool,
    /// How many of the training data count, the first ones; all if nothing is said.
    pub(crate) samples: Option<Count>,
    /// Of this probe at this step.
    pub(crate) stream: Stream,
}

impl Ground<'_> {
    /// The same for a shorter time.
    pub(crate) fn reborrow(&mut self) -> Ground<'_> {
        match self {
            Self::Network(learned) => Ground::Network(learned),
            Self::ClosedForm(objective) => Ground::ClosedForm(*objective),
        }
    }
}

impl<'a> Scene<'a> {
    /// What is minimised, and what goes with it: objective, parameters, randomness.
    pub(crate) fn objective(&mut self) -> (Box<dyn Objective<f64> + '_>, &'a [f64], &mut Stream) {
        let objective: Box<dyn Objective<f64> + '_> = match &mut self.ground {
            Ground::ClosedForm(objective) => Box::new(&mut **objective),
            Ground::Network(learned) => {
                let (network, inputs, labels) = learned.with(self.samples);
                Box::new(OnBatch { network, inputs, labels })
            }
        };
        (objective, self.params, &mut self.stream)
    }
}

/// A network with its training data, in double precision.
pub(crate) struct Learned {
    pub(crate) architecture: Architecture,
    files: Inputs,
    data: Dataset,
    network: Network<f64>,
    inputs: Array2<f64>,
    labels: Vec<u32>,
}

impl Learned {
    /// With the first `samples` of the data.
    pub(crate) fn new(task: &Learning, files: &Inputs, data: &Dataset, samples: usize) -> Self {
        let architecture = task.model.architecture(data.inputs.n_features(), data.n_classes);
        Self {
            network: Network::new(&architecture, task.model.numerics, samples)
                .expect("the plan has checked the numerics"),
            inputs: data.inputs.first(samples).to_array(),
            labels: data.labels[..samples].to_vec(),
            architecture,
            files: files.clone(),
            data: data.clone(),
        }
    }

    /// The solution that another run comes to on the same data; `None` if it diverges.
    pub(crate) fn train(&self, spec: &RunSpec) -> Option<Vec<f64>> {
        let Task::Learning(task) = &spec.task else { return None };
        match task.model.precision {
            Precision::F32 => self.trained::<f32>(spec, task),
            Precision::F64 => self.trained::<f64>(spec, task),
        }
    }

    fn trained<F: Real>(&self, spec: &RunSpec, task: &Learning) -> Option<Vec<f64>> {
        let streams = Streams::new(spec.seed, spec.replicate);
        let mut trainer = Trainer::<F>::new(spec, task, &self.files, &self.data, streams);
        trainer.advance(task.train.steps.get()).ok()?;
        trainer.is_finite().then(|| promoted(trainer.answer()))
    }

    /// The network with its first `samples`.
    pub(crate) fn with(
        &mut self,
        samples: Option<Count>,
    ) -> (&mut Network<f64>, ArrayView2<'_, f64>, &[u32]) {
        let n = samples.map_or(self.labels.len(), |n| n.size());
        (&mut self.network, self.inputs.slice(s![..n, ..]), &self.labels[..n])
    }
}

/// The same numbers in double precision.
pub(crate) fn promoted<F: Real>(params: &[F]) -> Vec<f64> {
    params.iter().map(|x| x.to_f64()).collect()
}
