//! What a probe looks at: where a run has come to, in double precision.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
use thalweg_datasets::Dataset;
use thalweg_landscape::margins::{Bias, Geometry, Separator, separate};
use thalweg_network::{Architecture, Network, Numerics, OnBatch};
use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Layout, Objective, Real, Stream, Streams};

use crate::file::{Learning, Precision, RunSpec, Task};
use crate::inputs::Inputs;
use crate::run::train::Trainer;

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
    /// How many of the training data count; all if nothing is said.
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

/// A network with its training data, for probes.
pub(crate) struct Learned {
    pub(crate) architecture: Architecture,
    numerics: Numerics,
    files: Inputs,
    data: Dataset,
    double: Shown<f64>,
    /// Made when it is first asked for.
    single: Option<Shown<f32>>,
    /// By the number of samples: their separators, once a probe has asked for them.
    separators: BTreeMap<usize, [Option<Separator>; 2]>,
}

/// A network and what it is shown of the training data.
struct Shown<F> {
    network: Network<F>,
    /// By their number: the samples that probes look at.
    subsets: BTreeMap<usize, (Array2<F>, Vec<u32>)>,
}

impl Learned {
    pub(crate) fn new(task: &Learning, files: &Inputs, data: &Dataset) -> Self {
        let architecture = task.model.architecture(data.inputs.n_features(), data.n_classes);
        let numerics = task.model.numerics;
        Self {
            double: Shown::new(&architecture, numerics, data),
            single: None,
            separators: BTreeMap::new(),
            architecture,
            numerics,
            files: files.clone(),
            data: data.clone(),
        }
    }

    /// Of all training data.
    pub(crate) fn n_samples(&self) -> usize {
        self.data.labels.len()
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

    /// The network with so many samples, spread evenly over the data, which may be sorted by class.
    pub(crate) fn with(
        &mut self,
        samples: Option<Count>,
    ) -> (&mut Network<f64>, ArrayView2<'_, f64>, &[u32]) {
        self.double.with(&self.data, samples)
    }

    /// The same in single precision.
    pub(crate) fn single(
        &mut self,
        samples: Option<Count>,
    ) -> (&mut Network<f32>, ArrayView2<'_, f32>, &[u32]) {
        let new = || Shown::new(&self.architecture, self.numerics, &self.data);
        self.single.get_or_insert_with(new).with(&self.data, samples)
    }

    /// The separators of largest margin in the ℓ₂ and the ℓ_∞ norm of so many samples, solved for at the first call;
    /// `None` where none is found.
    pub(crate) fn separators(&mut self, samples: Option<Count>) -> [Option<Separator>; 2] {
        let n = samples.map_or(self.n_samples(), |n| n.size());
        if let Some(known) = self.separators.get(&n) {
            return known.clone();
        }
        let (_, inputs, labels) = self.with(samples);
        let found = [Geometry::Euclidean, Geometry::Max]
            .map(|geometry| separate(inputs, labels, geometry, Bias::Feature).ok());
        self.separators.insert(n, found.clone());
        found
    }
}

impl<F: Real> Shown<F> {
    fn new(architecture: &Architecture, numerics: Numerics, data: &Dataset) -> Self {
        let network = Network::new(architecture, numerics, data.labels.len());
        Self { network: network.expect("the plan has checked the numerics"), subsets: BTreeMap::new() }
    }

    fn with(
        &mut self,
        data: &Dataset,
        samples: Option<Count>,
    ) -> (&mut Network<F>, ArrayView2<'_, F>, &[u32]) {
        let all = data.labels.len();
        let n = samples.map_or(all, |n| n.size());
        let (inputs, labels) = self.subsets.entry(n).or_insert_with(|| {
            let rows = spread(n, all);
            let mut inputs = Array2::from_elem((n, data.inputs.n_features()), F::ZERO);
            data.inputs.copy_rows(&rows, inputs.as_slice_mut().expect("in standard order"));
            (inputs, rows.iter().map(|row| data.labels[*row as usize]).collect())
        });
        (&mut self.network, inputs.view(), labels)
    }
}

/// n of the numbers from 0 to `all` − 1, evenly.
fn spread(n: usize, all: usize) -> Vec<u32> {
    (0..n).map(|i| (i * all / n) as u32).collect()
}

/// The same numbers in double precision.
pub(crate) fn promoted<F: Real>(params: &[F]) -> Vec<f64> {
    params.iter().map(|x| x.to_f64()).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn some_samples_are_from_everywhere_and_all_are_all() {
        assert_eq!(spread(4, 10), [0, 2, 5, 7]);
        assert_eq!(spread(3, 3), [0, 1, 2]);
    }
}
