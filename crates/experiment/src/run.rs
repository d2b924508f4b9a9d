//! One run: a spec in, a record out.

use std::sync::atomic::{AtomicBool, Ordering};

use thalweg_numeric::{Real, Streams};
use thalweg_records::{Dtype, Metric, Provenance, Record, Status, Tensor};

use crate::boundary::Boundary;
use crate::evaluate::{Course, evaluate_tests, evaluation_steps, summarise, training_data};
use crate::train::Trainer;
use crate::{Inputs, Job, Precision, RunSpec};

/// Operations between two looks at the clock and at the wish to stop: some milliseconds.
const TICK: f64 = 1e8;

/// What a run needs from the world around it, and must not reach for itself.
pub struct Surroundings<'a> {
    /// Seconds on a clock that never goes back.
    pub now: &'a (dyn Fn() -> f64 + Sync),
    /// Set when the user wants to stop.
    pub cancelled: &'a AtomicBool,
    /// Told how many steps were just taken.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Which code on which machine.
    pub provenance: Provenance,
}

/// The run was stopped from outside; it leaves nothing behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// Computes one run. The same spec gives the same record, times apart.
///
/// # Errors
/// [`Cancelled`] if that was asked for. A diverging run is no error: its record says so.
pub fn run(job: &Job, around: &Surroundings<'_>) -> Result<Record, Cancelled> {
    match job.spec.model.precision {
        Precision::F32 => run_in::<f32>(job, around, Dtype::F32),
        Precision::F64 => run_in::<f64>(job, around, Dtype::F64),
    }
}

fn run_in<F: Real>(job: &Job, around: &Surroundings<'_>, dtype: Dtype) -> Result<Record, Cancelled> {
    let begin = (around.now)();
    let (spec, files): (&RunSpec, &Inputs) = (&job.spec, &job.inputs);
    let streams = Streams::new(spec.seed, spec.replicate);
    let data = training_data(spec, files, streams);
    let mut trainer = Trainer::<F>::new(spec, files, &data, streams);
    let mut course = Course::new(&data);
    let (status, train_seconds) = train(job, &mut trainer, &mut course, around)?;
    let (curves, mut metrics) = course.finish();
    let mut fields = Vec::new();
    if spec.record.data {
        let numbers = |values: &mut dyn Iterator<Item = f64>| values.collect::<Vec<f64>>();
        let mut keep = |name: &str, shape: Vec<usize>, data: Vec<f64>| {
            fields.push(Tensor { name: name.to_owned(), shape, data, dtype: Dtype::F64 });
        };
        let n = data.labels.len();
        keep("data.inputs", data.inputs.shape().to_vec(), numbers(&mut data.inputs.iter().copied()));
        keep("data.labels", vec![n], numbers(&mut data.labels.iter().map(|label| f64::from(*label))));
        keep(
            "data.flipped",
            vec![n],
            numbers(&mut data.flipped.iter().map(|flipped| f64::from(u8::from(*flipped)))),
        );
    }
    let mut samples = Vec::new();
    if status == Status::Completed {
        if let Some(test) = &spec.test {
            samples = evaluate_tests(spec, test, &trainer.params, streams);
            metrics.extend(samples.iter().flat_map(summarise));
        }
        if let Some(grid) = &spec.record.boundary {
            let boundary = Boundary::new(grid, &mut trainer.network, &trainer.params, &trainer.inputs);
            let (measured, arrays) = boundary.describe();
            metrics.extend(measured);
            fields.extend(arrays);
        }
    } else {
        // The last values before the loss stopped being a number are not where the run ended.
        metrics.clear();
    }
    // A finite network can still give an infinite loss on a test point that lies far out.
    metrics.retain(|metric| metric.value.is_finite());
    samples.retain(|sample| sample.values.iter().all(|value| value.is_finite()));
    let architecture = spec.model.architecture(data.inputs.ncols(), data.n_classes);
    let params = architecture.tensors(&trainer.params).into_iter().map(|tensor| Tensor {
        name: tensor.name,
        shape: tensor.shape,
        data: tensor.data.into_iter().map(Real::to_f64).collect(),
        dtype,
    });
    let seconds = |name: &str, value| Metric { name: name.to_owned(), value };
    Ok(Record {
        key: job.key.clone(),
        spec: job.json.clone(),
        status,
        metrics,
        seconds: vec![seconds("train.seconds", train_seconds), seconds("seconds", (around.now)() - begin)],
        curves,
        samples,
        provenance: around.provenance.clone(),
        params: params.collect(),
        fields,
    })
}

/// Trains to the end or to divergence; also the seconds that the steps alone took.
fn train<F: Real>(
    job: &Job,
    trainer: &mut Trainer<F>,
    course: &mut Course<F>,
    around: &Surroundings<'_>,
) -> Result<(Status, f64), Cancelled> {
    let spec = &job.spec;
    let tick = (TICK * spec.train.steps.get() as f64 / job.work).max(1.0) as u64;
    let mut seconds = 0.0;
    for goal in evaluation_steps(spec.train.steps.get(), spec.record.points_per_decade.get()) {
        while trainer.step < goal {
            if around.cancelled.load(Ordering::Relaxed) {
                return Err(Cancelled);
            }
            let (start, from) = ((around.now)(), trainer.step);
            let advanced = trainer.advance(goal.min(from + tick));
            seconds += (around.now)() - start;
            (around.progress)(trainer.step - from);
            if let Err(step) = advanced {
                return Ok((Status::Diverged { step }, seconds));
            }
        }
        if !course.evaluate(trainer) {
            return Ok((Status::Diverged { step: trainer.step }, seconds));
        }
    }
    Ok((Status::Completed, seconds))
}
