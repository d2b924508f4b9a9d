//! What a probe looks at: where a run has come to, in double precision.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
use thalweg_datasets::Dataset;
use thalweg_landscape::margins::{Bias, Geometry, Separator, separate};
use thalweg_network::{Architecture, Network, Numerics, OnBatch, Targets, Tensor};
use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Layout, Objective, Real, Stream, vector};
use thalweg_records::{Record, Status};

use super::flow::Followed;
use crate::checkpoint::{Stop, Stoppable};
use crate::file::{Learning, RunSpec};
use crate::inputs::Answers;

/// Where a run has come to.
pub(crate) struct Snapshot<'a> {
    pub(crate) target: Target<'a>,
    /// θ, the optimizer's answer.
    pub(crate) params: Vec<f64>,
    pub(crate) layout: Layout,
    /// The optimizer's diagonal P; empty if it has none.
    pub(crate) preconditioner: Vec<f64>,
}

/// What is minimised.
pub(crate) enum Target<'a> {
    /// The loss of a network on its training data.
    Network(&'a mut Learned),
    /// A function in closed form.
    ClosedForm(&'a mut dyn Objective<f64>),
}

/// What one probe looks at.
pub(crate) struct ProbeInput<'a> {
    pub(crate) spec: &'a RunSpec,
    pub(crate) target: Target<'a>,
    pub(crate) params: &'a [f64],
    pub(crate) layout: &'a Layout,
    pub(crate) preconditioner: &'a [f64],
    /// θ₀.
    pub(crate) start: &'a [f64],
    /// Where the probe has looked so far, this place included, if it remembers.
    pub(crate) history: &'a [Vec<f64>],
    /// How far the probe has followed the run, if it does.
    pub(crate) followed: &'a mut Followed,
    /// Updates taken so far.
    pub(crate) step: u64,
    /// The run to whose solution the probe walks, if there is one.
    pub(crate) other: Option<&'a Record>,
    /// Whether the run ends here.
    pub(crate) ends: bool,
    /// How many of the training data count; all if nothing is said.
    pub(crate) samples: Option<Count>,
    /// Of this probe at this step.
    pub(crate) stream: Stream,
    pub(crate) stop: Stop<'a>,
}

impl Target<'_> {
    /// The same for a shorter time.
    pub(crate) fn reborrow(&mut self) -> Target<'_> {
        match self {
            Self::Network(learned) => Target::Network(learned),
            Self::ClosedForm(objective) => Target::ClosedForm(*objective),
        }
    }
}

impl<'a> ProbeInput<'a> {
    /// What is minimised, and what goes with it: objective, parameters, randomness.
    pub(crate) fn objective(&mut self) -> (Box<dyn Objective<f64> + '_>, &'a [f64], &mut Stream) {
        let stop = self.stop;
        let objective: Box<dyn Objective<f64> + '_> = match &mut self.target {
            Target::ClosedForm(objective) => Box::new(Stoppable { objective: &mut **objective, stop }),
            Target::Network(learned) => {
                let (network, inputs, targets) = learned.with(self.samples);
                Box::new(Stoppable { objective: OnBatch { network, inputs, targets }, stop })
            }
        };
        (objective, self.params, &mut self.stream)
    }
}

/// A network with its training data, for probes.
pub(crate) struct Learned {
    pub(crate) architecture: Architecture,
    numerics: Numerics,
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
    subsets: BTreeMap<usize, (Array2<F>, Answers<F>)>,
}

impl Learned {
    pub(crate) fn new(task: &Learning, data: &Dataset) -> Self {
        let architecture = task.model.architecture(data.inputs.n_features(), data.n_outputs());
        let numerics = task.model.numerics;
        Self {
            double: Shown::new(&architecture, numerics, data),
            single: None,
            separators: BTreeMap::new(),
            architecture,
            numerics,
            data: data.clone(),
        }
    }

    /// Of all training data.
    pub(crate) fn n_samples(&self) -> usize {
        self.data.n_samples()
    }

    /// The solution of another run of the same network; `None` if it diverged.
    pub(crate) fn solution_of(&self, other: &Record) -> Option<Vec<f64>> {
        if other.status != Status::Completed {
            return None;
        }
        let tensor = |t: &thalweg_records::Tensor| Tensor {
            name: t.name.clone(),
            shape: t.shape.clone(),
            data: t.data.clone(),
        };
        let tensors: Vec<Tensor<f64>> = other.params.iter().map(tensor).collect();
        let params = self.architecture.from_tensors(&tensors).ok()?;
        vector::all_finite(&params).then_some(params)
    }

    /// The network with so many samples, spread evenly over the data, which may be sorted by class.
    pub(crate) fn with(
        &mut self,
        samples: Option<Count>,
    ) -> (&mut Network<f64>, ArrayView2<'_, f64>, Targets<'_, f64>) {
        self.double.with(&self.data, samples)
    }

    /// The same in single precision.
    pub(crate) fn single(
        &mut self,
        samples: Option<Count>,
    ) -> (&mut Network<f32>, ArrayView2<'_, f32>, Targets<'_, f32>) {
        let new = || Shown::new(&self.architecture, self.numerics, &self.data);
        self.single.get_or_insert_with(new).with(&self.data, samples)
    }

    /// The network, and copies of some of the training data.
    pub(crate) fn batch(&mut self, rows: &[u32]) -> (&mut Network<f64>, Array2<f64>, Answers<f64>) {
        let mut inputs = Array2::zeros((rows.len(), self.data.inputs.n_features()));
        self.data.inputs.copy_rows(rows, inputs.as_slice_mut().expect("in standard order"));
        let all = Answers::of(&self.data);
        let mut answers = all.room(rows.len());
        all.gather(rows, &mut answers);
        (&mut self.double.network, inputs, answers)
    }

    /// The separators of largest margin in the ℓ₂ and the ℓ_∞ norm of so many samples, solved for at the
    /// first call; `None` where none is found.
    pub(crate) fn separators(&mut self, samples: Option<Count>) -> [Option<Separator>; 2] {
        let n = samples.map_or(self.n_samples(), |n| n.size());
        if let Some(known) = self.separators.get(&n) {
            return known.clone();
        }
        let (_, inputs, targets) = self.with(samples);
        let labels = targets.classes();
        let found = [Geometry::Euclidean, Geometry::Max]
            .map(|geometry| separate(inputs, labels, geometry, Bias::Feature).ok());
        self.separators.insert(n, found.clone());
        found
    }
}

impl<F: Real> Shown<F> {
    fn new(architecture: &Architecture, numerics: Numerics, data: &Dataset) -> Self {
        let network = Network::new(architecture, numerics, data.n_samples());
        Self { network: network.expect("the plan has checked the numerics"), subsets: BTreeMap::new() }
    }

    fn with(
        &mut self,
        data: &Dataset,
        samples: Option<Count>,
    ) -> (&mut Network<F>, ArrayView2<'_, F>, Targets<'_, F>) {
        let all = data.n_samples();
        let n = samples.map_or(all, |n| n.size());
        let (inputs, answers) = self.subsets.entry(n).or_insert_with(|| {
            let rows = spread(n, all);
            let mut inputs = Array2::from_elem((n, data.inputs.n_features()), F::ZERO);
            data.inputs.copy_rows(&rows, inputs.as_slice_mut().expect("in standard order"));
            let all = Answers::of(data);
            let mut answers = all.room(n);
            all.gather(&rows, &mut answers);
            (inputs, answers)
        });
        (&mut self.network, inputs.view(), answers.targets(0..n))
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
