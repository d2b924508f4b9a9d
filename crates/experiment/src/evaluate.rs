//! What is measured: the training data along the way, fresh test sets at the end.

use ndarray::Array2;
use rayon::prelude::*;
use thalweg_datasets::{Dataset, Source, Transform};
use thalweg_network::Network;
use thalweg_numeric::{Real, Streams};
use thalweg_records::{Curve, Metric, Samples};

use crate::jobs::transforms_of;
use crate::train::{BLOCK, Scores, Trainer};
use crate::{Inputs, RunSpec, Test};

/// The training data of a run.
pub(crate) fn training_data(spec: &RunSpec, files: &Inputs, streams: Streams) -> Dataset {
    let mut data = match (&spec.data, &files.dataset) {
        (Source::TwoMoons(moons), _) => moons.generate(moons.samples.size(), &mut streams.stream("data", 0)),
        (Source::Csv(_), Some(dataset)) => Dataset::clone(dataset),
        (Source::Csv(_), None) => unreachable!("the plan has loaded the file"),
    };
    transform(&mut data, transforms_of(&spec.data), |i| streams.stream("flips", i));
    data
}

fn transform(data: &mut Dataset, transforms: &[Transform], stream: impl Fn(u64) -> thalweg_numeric::Stream) {
    for (i, transform) in (0..).zip(transforms) {
        transform.apply(data, &mut stream(i)).expect("the plan has checked the transforms");
    }
}

/// The steps after which a run is evaluated: 0, then about `per_decade` in each factor of 10, and the last.
pub(crate) fn evaluation_steps(steps: u64, per_decade: u64) -> Vec<u64> {
    let spaced = (0_u32..).map(|i| libm::exp10(f64::from(i) / per_decade as f64).round() as u64);
    let mut all: Vec<u64> =
        std::iter::once(0).chain(spaced.take_while(|step| *step < steps)).chain([steps]).collect();
    all.dedup();
    all
}

/// The course of training, evaluated on all training data.
pub(crate) struct Course<F> {
    flipped: Vec<bool>,
    any_flipped: bool,
    scores: Scores<F>,
    curves: Vec<Curve>,
}

impl<F: Real> Course<F> {
    pub(crate) fn new(data: &Dataset) -> Self {
        Self {
            flipped: data.flipped.clone(),
            any_flipped: data.flipped.contains(&true),
            scores: Scores::new(data.labels.len()),
            curves: Vec::new(),
        }
    }

    /// Evaluates; `false` if the loss is not finite, which is then not recorded.
    pub(crate) fn evaluate(&mut self, trainer: &mut Trainer<F>) -> bool {
        self.scores.compute(&mut trainer.network, &trainer.params, trainer.inputs.view(), &trainer.labels);
        let loss = self.scores.loss();
        if !loss.is_finite() || !trainer.is_finite() {
            return false;
        }
        self.push("train.loss", trainer.step, Some(loss));
        self.push("train.accuracy", trainer.step, self.scores.accuracy(|_| true));
        if self.any_flipped {
            let flipped = &self.flipped;
            let clean = self.scores.accuracy(|row| !flipped[row]);
            let wrong = self.scores.accuracy(|row| flipped[row]);
            self.push("train.clean.accuracy", trainer.step, clean);
            self.push("train.flipped.accuracy", trainer.step, wrong);
        }
        true
    }

    fn push(&mut self, name: &str, step: u64, value: Option<f64>) {
        let Some(value) = value else { return };
        match self.curves.iter_mut().find(|curve| curve.name == name) {
            Some(curve) => {
                curve.steps.push(step);
                curve.values.push(value);
            }
            None => self.curves.push(Curve { name: name.to_owned(), steps: vec![step], values: vec![value] }),
        }
    }

    /// The curves, and their last values.
    pub(crate) fn finish(self) -> (Vec<Curve>, Vec<Metric>) {
        let last = |curve: &Curve| {
            curve.values.last().map(|value| Metric { name: curve.name.clone(), value: *value })
        };
        let mut metrics: Vec<Metric> = self.curves.iter().filter_map(last).collect();
        if self.any_flipped {
            let flipped = self.flipped.iter().filter(|flipped| **flipped).count();
            let value = flipped as f64 / self.flipped.len() as f64;
            metrics.push(Metric { name: "train.flipped.fraction".to_owned(), value });
        }
        (self.curves, metrics)
    }
}

/// Loss and accuracy on every variant of every test set; the sets in parallel, each from a stream of its own.
pub(crate) fn evaluate_tests<F: Real>(
    spec: &RunSpec,
    test: &Test,
    params: &[F],
    streams: Streams,
) -> Vec<Samples> {
    let Source::TwoMoons(moons) = &spec.data else { return Vec::new() };
    let n_samples = test.samples.size();
    let sets: Vec<Vec<(f64, f64)>> = (0..test.sets.get())
        .into_par_iter()
        .map_init(
            || {
                let architecture = spec.model.architecture(2, 2);
                let network = Network::<F>::new(&architecture, spec.model.numerics, BLOCK.min(n_samples));
                (network.expect("the plan has checked the numerics"), Scores::<F>::new(n_samples))
            },
            |(network, scores), set| {
                let points = moons.generate(n_samples, &mut streams.stream("test-set", set));
                let variants = test.variants.values().map(|transforms| {
                    let mut data = points.clone();
                    transform(&mut data, transforms, |i| streams.stream(&format!("test-set/{set}/flips"), i));
                    let inputs: Array2<F> = data.inputs.mapv(F::from_f64);
                    scores.compute(network, params, inputs.view(), &data.labels);
                    (scores.loss(), scores.accuracy(|_| true).unwrap_or_default())
                });
                variants.collect()
            },
        )
        .collect();
    let named = |variant: usize, what: &str, value: &dyn Fn(&(f64, f64)) -> f64| {
        let name = test.variants.keys().nth(variant).map_or("", String::as_str);
        let values = sets.iter().map(|set| value(&set[variant])).collect();
        Samples { name: format!("test.{name}.{what}"), values }
    };
    (0..test.variants.len())
        .flat_map(|variant| [named(variant, "accuracy", &|set| set.1), named(variant, "loss", &|set| set.0)])
        .collect()
}

/// Mean and sample standard deviation over the test sets.
pub(crate) fn summarise(samples: &Samples) -> Vec<Metric> {
    let n = samples.values.len() as f64;
    let mean = samples.values.iter().sum::<f64>() / n;
    let mut metrics = vec![Metric { name: samples.name.clone(), value: mean }];
    if samples.values.len() > 1 {
        let variance = samples.values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        metrics.push(Metric { name: format!("{}.sd", samples.name), value: variance.sqrt() });
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluation_steps_are_spaced_in_their_logarithm_and_end_with_the_last() {
        assert_eq!(evaluation_steps(1, 10), [0, 1]);
        assert_eq!(evaluation_steps(100, 2), [0, 1, 3, 10, 32, 100]);
        let many = evaluation_steps(1_500_000, 10);
        assert_eq!(many[many.len() - 2..], [1_258_925, 1_500_000]);
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn accuracy_counts_only_the_rows_that_are_asked_for() {
        let scores = Scores { losses: vec![0.5_f32, 1.5, 4.0], correct: vec![true, false, true] };
        assert_eq!(scores.loss(), 2.0);
        assert_eq!(scores.accuracy(|row| row < 2), Some(0.5));
        assert_eq!(scores.accuracy(|_| false), None);
    }

    #[test]
    fn test_sets_are_summarised_by_mean_and_sample_deviation() {
        let samples = Samples { name: "test.clean.accuracy".into(), values: vec![1.0, 2.0, 4.0, 5.0] };
        let metrics = summarise(&samples);
        assert_eq!(metrics[0].value, 3.0);
        assert_eq!(
            (metrics[1].name.as_str(), metrics[1].value),
            ("test.clean.accuracy.sd", (10.0_f64 / 3.0).sqrt())
        );
    }
}
