//! A run of a network that learns from data.

use thalweg_datasets::Dataset;
use thalweg_numeric::Real;
use thalweg_records::{Curve, Dtype, Metric, Status, Tensor};

use crate::checkpoint::{State, Stop};
use crate::file::{Learning, Task};
use crate::outcome::Outcome;
use crate::plan::Job;
use crate::probes::{Learned, Snapshot, Target, promoted};
use crate::run::boundary::Boundary;
use crate::run::data::training_data;
use crate::run::evaluate::Course;
use crate::run::subject::{Advance, Subject};
use crate::run::templates::Templates;
use crate::run::testing::Trained;
use crate::run::train::Trainer;

/// A network in training, and what is seen of it.
pub(crate) struct Learner<'a, F: Real> {
    job: &'a Job,
    task: &'a Learning,
    dtype: Dtype,
    data: Dataset,
    trainer: Trainer<F>,
    course: Course<F>,
    /// Whether the loss was low enough to stop.
    arrived: bool,
    /// For the probes, if there are any.
    learned: Option<Learned>,
}

impl<'a, F: Real> Learner<'a, F> {
    pub(crate) fn new(job: &'a Job, task: &'a Learning, dtype: Dtype) -> Self {
        let data = training_data(task, &job.inputs, job.spec.data_streams());
        let trainer = Trainer::new(&job.spec, task, &job.inputs, &data, job.spec.streams());
        let course = Course::new(&data);
        Self { job, task, dtype, data, trainer, course, arrived: false, learned: None }
    }
}

impl<F: Real> Subject for Learner<'_, F> {
    fn step(&self) -> u64 {
        self.trainer.step
    }

    fn advance(&mut self, end: u64) -> Result<Advance, u64> {
        if let Some(at) = self.job.fork_before(end) {
            self.trainer.advance(at)?;
            self.fork();
        }
        self.trainer.advance(end).map(|()| Advance::Taken)
    }

    fn evaluate(&mut self) -> Option<Advance> {
        let loss = self.course.evaluate(&mut self.trainer)?;
        let goal = self.task.train.stop_at_loss;
        self.arrived = goal.is_some_and(|goal| loss <= goal.get());
        Some(if self.arrived { Advance::GoalReached } else { Advance::Taken })
    }

    fn curves(&self) -> &[Curve] {
        self.course.curves()
    }

    fn snapshot(&mut self) -> Snapshot<'_> {
        let learned = self.learned.get_or_insert_with(|| Learned::new(self.task, &self.data));
        let layout = learned.architecture.layout();
        Snapshot {
            params: promoted(self.trainer.answer()),
            preconditioner: promoted(&self.trainer.preconditioner()),
            layout,
            target: Target::Network(learned),
        }
    }

    fn visit(&mut self, state: &mut State) {
        if state.saved("step").is_some_and(|step| self.job.fork_before(step).is_some()) {
            self.fork();
        }
        self.trainer.visit(state);
        self.course.visit(state);
        state.plain("arrived", &mut self.arrived);
    }

    fn finish(mut self: Box<Self>, status: &Status, stop: Stop<'_>) -> Outcome {
        self.trainer.settle();
        let record = &self.task.record;
        let architecture = self.task.model.architecture(self.data.inputs.n_features(), self.data.n_outputs());
        let tensors = architecture.tensors(&self.trainer.params);
        let mut fields = Vec::new();
        if record.data {
            fields.extend(points(&self.data));
        }
        if let Some(n) = record.images {
            fields.extend(self.images(n.size()));
        }
        let (curves, mut metrics) = self.course.finish();
        let mut samples = Vec::new();
        if *status == Status::Completed {
            if self.arrived {
                metrics.push(Metric::new("steps-to-loss", self.trainer.step as f64));
            }
            if let Some(test) = &self.task.test {
                let trained = Trained {
                    task: self.task,
                    files: &self.job.inputs,
                    params: &self.trainer.params,
                    scaling: self.data.scaling.as_deref(),
                    streams: self.job.spec.data_streams(),
                };
                let (of_sets, means) = trained.test(test, stop);
                metrics.extend(means);
                samples = of_sets;
            }
            if let Some(grid) = &record.boundary {
                let boundary =
                    Boundary::new(grid, &mut self.trainer.network, &self.trainer.params, &self.data.inputs);
                let (measured, arrays) = boundary.describe();
                metrics.extend(measured);
                fields.extend(arrays);
            }
            if record.weights {
                let image = self.job.inputs.image.expect("the plan has checked that the data are images");
                let weights = tensors[0].data.iter().map(|x| x.to_f64()).collect();
                let templates = Templates::new(weights, image, &self.data);
                metrics.extend(templates.measure());
                fields.push(templates.tensor());
            }
        } else {
            // The last values before the loss stopped being a number are not where the run ended.
            metrics.clear();
        }
        let params = tensors.into_iter().map(|tensor| Tensor {
            name: tensor.name,
            shape: tensor.shape,
            data: tensor.data.into_iter().map(Real::to_f64).collect(),
            dtype: self.dtype,
        });
        Outcome { metrics, curves, samples, params: params.collect(), fields }
    }
}

impl<F: Real> Learner<'_, F> {
    /// Goes on with the settings after the fork.
    fn fork(&mut self) {
        let job = self.job;
        let (Some(fork), Some(after)) = (&job.spec.fork, &job.after) else { return };
        let Task::Learning(task) = &after.spec.task else { return };
        let parent = std::mem::replace(self, Self::new(after, task, self.dtype));
        self.trainer.go_on(parent.trainer, fork, job.spec.keeps_rule());
        self.course.go_on(parent.course);
    }

    /// The first images of the training data with their labels.
    fn images(&self, n: usize) -> [Tensor; 2] {
        let (rows, columns) = self.job.inputs.image.expect("the plan has checked that the data are images");
        let n = n.min(self.data.n_samples());
        let mut pixels = vec![0.0; n * rows * columns];
        for (i, image) in pixels.chunks_exact_mut(rows * columns).enumerate() {
            self.data.inputs.copy_row(i, image);
        }
        let labels = self.data.labels.iter().take(n).map(|label| f64::from(*label)).collect();
        [
            Tensor {
                name: "data.images".to_owned(),
                shape: vec![n, rows, columns],
                data: pixels,
                dtype: Dtype::F32,
            },
            Tensor { name: "data.image-labels".to_owned(), shape: vec![n], data: labels, dtype: Dtype::F32 },
        ]
    }
}

/// All training data.
fn points(data: &Dataset) -> Vec<Tensor> {
    let tensor = |name: &str, shape: Vec<usize>, data: Vec<f64>| Tensor {
        name: name.to_owned(),
        shape,
        data,
        dtype: Dtype::F64,
    };
    let (n_samples, n_features) = data.inputs.dim();
    let inputs = data.inputs.to_array::<f64>();
    let inputs = tensor("data.inputs", vec![n_samples, n_features], inputs.iter().copied().collect());
    if let Some(numbers) = &data.numbers {
        let shape = numbers.shape().to_vec();
        return vec![inputs, tensor("data.targets", shape, numbers.iter().copied().collect())];
    }
    let labels = data.labels.iter().map(|label| f64::from(*label)).collect();
    let flipped = data.flipped.iter().map(|flipped| f64::from(u8::from(*flipped))).collect();
    vec![
        inputs,
        tensor("data.labels", vec![n_samples], labels),
        tensor("data.flipped", vec![n_samples], flipped),
    ]
}
