//! Test sets, evaluated when a network is trained.

use rayon::prelude::*;
use thalweg_datasets::{Dataset, Transform};
use thalweg_network::Network;
use thalweg_numeric::{Real, Streams};
use thalweg_records::{Metric, Samples};

use crate::checkpoint::Stop;
use crate::file::{Learning, Test};
use crate::inputs::Inputs;
use crate::run::data::{training_data, transform};
use crate::run::rows::{BLOCK, Rows};
use crate::run::train::Scores;

/// Loss and accuracy on every variant of every test set; the sets in parallel, each from a stream of its own.
/// With their means and deviations; for a set that was not drawn anew also how exactly it tells its mean.
pub(crate) fn evaluate_tests<F: Real>(
    task: &Learning,
    test: &Test,
    files: &Inputs,
    params: &[F],
    streams: Streams,
    stop: Stop<'_>,
) -> (Vec<Samples>, Vec<Metric>) {
    let is_scaled = task.data.transforms().iter().any(|t| matches!(t, Transform::Standardise(_)));
    let scaling = is_scaled.then(|| training_data(task, files, streams).scaling).flatten();
    let sets: Option<Vec<Vec<Score>>> = (0..test.sets.map_or(1, |sets| sets.get()))
        .into_par_iter()
        .map(|set| {
            // Not by unwinding, which thousands of pieces would do one by one.
            if stop.is_wanted() {
                return None;
            }
            let points = test_set(task, test, files, streams, set);
            let (n_samples, n_features) = points.inputs.dim();
            let architecture = task.model.architecture(n_features, points.n_classes);
            let mut network = Network::<F>::new(&architecture, task.model.numerics, BLOCK.min(n_samples))
                .expect("the plan has checked the numerics");
            let variants = test.variants.values().map(|transforms| {
                let mut data = points.clone();
                let stream = |i| streams.stream(&format!("test-set/{set}/flips"), i);
                transform(&mut data, transforms, scaling.as_deref(), stream);
                let mut scores = Scores::<F>::new(data.labels.len());
                scores.compute(&mut network, params, &Rows::new(&data.inputs), &data.labels);
                Score::of(&scores)
            });
            Some(variants.collect())
        })
        .collect();
    stop.check();
    let sets = sets.expect("nobody has stopped it");
    let (mut samples, mut metrics) = (Vec::new(), Vec::new());
    let rows: f64 = sets.iter().filter_map(|set| set.first()).map(|score| score.n).sum();
    for (variant, name) in test.variants.keys().enumerate() {
        for (what, value) in
            [("accuracy", Score::accuracy as fn(&Score) -> (f64, f64)), ("loss", Score::loss)]
        {
            let values: Vec<(f64, f64)> = sets.iter().map(|set| value(&set[variant])).collect();
            let name = format!("test.{name}.{what}");
            let error = test.sets.is_none().then(|| Metric::new(format!("{name}.se"), values[0].1));
            let of_sets = Samples { name, values: values.into_iter().map(|(value, _)| value).collect() };
            let mut summary = summarise(&of_sets);
            summary[0].counted_over = (what == "accuracy").then_some(rows as u64);
            metrics.extend(summary.into_iter().chain(error));
            samples.push(of_sets);
        }
    }
    (samples, metrics)
}

/// The points of one set: drawn anew, or those that the files hold out.
fn test_set(task: &Learning, test: &Test, files: &Inputs, streams: Streams, set: u64) -> Dataset {
    let drawn = test.samples.and_then(|n| task.data.draw(n.size(), &mut streams.stream("test-set", set)));
    drawn.unwrap_or_else(|| {
        Dataset::clone(files.held_out.as_ref().expect("the plan has checked that there are test data"))
    })
}

/// How a network does on one set.
struct Score {
    n: f64,
    accuracy: f64,
    loss: f64,
    /// Mean of the squared losses.
    square: f64,
}

impl Score {
    fn of<F: Real>(scores: &Scores<F>) -> Self {
        let n = scores.losses.len() as f64;
        let squares = scores.losses.iter().map(|loss| loss.to_f64() * loss.to_f64());
        Self {
            n,
            accuracy: scores.accuracy(|_| true).unwrap_or_default(),
            loss: scores.loss(),
            square: squares.sum::<f64>() / n,
        }
    }

    /// Accuracy p, and its standard error √(p (1 − p)/n) as the estimate for the population that the set is
    /// from.
    fn accuracy(&self) -> (f64, f64) {
        (self.accuracy, (self.accuracy * (1.0 - self.accuracy) / self.n).sqrt())
    }

    /// Mean loss, and its standard error.
    fn loss(&self) -> (f64, f64) {
        let variance = (self.square - self.loss * self.loss).max(0.0);
        (self.loss, (variance / self.n).sqrt())
    }
}

/// Mean and sample standard deviation over the test sets.
fn summarise(samples: &Samples) -> Vec<Metric> {
    let n = samples.values.len() as f64;
    let mean = samples.values.iter().sum::<f64>() / n;
    let mut metrics = vec![Metric::new(&samples.name, mean)];
    if samples.values.len() > 1 {
        let variance = samples.values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        metrics.push(Metric::new(format!("{}.sd", samples.name), variance.sqrt()));
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_single_set_tells_how_exactly_it_tells() {
        let scores = Scores { losses: vec![1.0_f64, 3.0, 1.0, 3.0], correct: vec![true, true, true, false] };
        let score = Score::of(&scores);
        assert_eq!(score.accuracy(), (0.75, (0.75_f64 * 0.25 / 4.0).sqrt()));
        assert_eq!(score.loss(), (2.0, 0.5));
    }
}
