//! Tests of a network when it is trained: on sets of their own, or on rows that were kept from training.

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use thalweg_datasets::{Dataset, Scaling};
use thalweg_network::Network;
use thalweg_numeric::{Real, Streams};
use thalweg_records::{Metric, Samples};

use crate::checkpoint::Stop;
use crate::file::{Learning, Test, TestRows, TestSets};
use crate::inputs::{Answers, Inputs, split};
use crate::run::data::{transform, transform_rows};
use crate::run::rows::{BLOCK, Rows};
use crate::run::train::Scores;

/// A trained network, and what its test data are made of.
pub(crate) struct Trained<'a, F> {
    pub(crate) task: &'a Learning,
    pub(crate) files: &'a Inputs,
    pub(crate) params: &'a [F],
    /// How the training data were standardised, if they were.
    pub(crate) scaling: Option<&'a Scaling>,
    /// Of the data.
    pub(crate) streams: Streams,
}

impl<F: Real> Trained<'_, F> {
    /// The values over test sets, and what the record says of them.
    pub(crate) fn test(&self, test: &Test, stop: Stop<'_>) -> (Vec<Samples>, Vec<Metric>) {
        match test {
            Test::Sets(sets) => self.test_on_sets(sets, stop),
            Test::Rows(rows) => (Vec::new(), self.test_on_rows(rows)),
        }
    }

    /// Loss and accuracy on every variant of every test set; the sets in parallel, each from a stream of its
    /// own. With their means and deviations; for a set that was not drawn anew also how exactly it tells its
    /// mean.
    fn test_on_sets(&self, test: &TestSets, stop: Stop<'_>) -> (Vec<Samples>, Vec<Metric>) {
        let sets: Option<Vec<Vec<Score>>> = (0..test.sets.map_or(1, |sets| sets.get()))
            .into_par_iter()
            .map(|set| {
                // Not by unwinding, which thousands of pieces would do one by one.
                if stop.is_wanted() {
                    return None;
                }
                let points = self.test_set(test, set);
                let mut network = self.network(&points);
                let variants = test.variants.values().map(|transforms| {
                    let mut data = points.clone();
                    let stream = |i| self.streams.stream(&format!("test-set/{set}/flips"), i);
                    transform(&mut data, transforms, self.scaling, stream);
                    self.score(&mut network, &data)
                });
                Some(variants.collect())
            })
            .collect();
        stop.check();
        let sets = sets.expect("nobody has stopped it");
        let (mut samples, mut metrics) = (Vec::new(), Vec::new());
        for (variant, name) in test.variants.keys().enumerate() {
            let rows: f64 = sets.iter().map(|set| set[variant].n).sum();
            let further: Kind = if self.task.is_regression() {
                ("r2", |score| score.r2.map(|r2| (r2, f64::NAN)))
            } else {
                ("accuracy", |score| Some(score.accuracy()))
            };
            for (what, value) in [further, ("loss", |score| Some(score.loss()))] {
                let values = sets.iter().map(|set| value(&set[variant])).collect();
                let Some::<Vec<(f64, f64)>>(values) = values else { continue };
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

    /// Loss, and accuracy or R², on the rows that were kept from training.
    fn test_on_rows(&self, rows: &TestRows) -> Vec<Metric> {
        let mut data = self.test_rows(rows);
        transform_rows(&mut data, self.task.data.transforms(), self.scaling);
        let mut network = self.network(&data);
        let score = self.score(&mut network, &data);
        let named = |name: &str, (value, error): (f64, f64)| {
            [Metric::new(name, value), Metric::new(format!("{name}.se"), error)]
        };
        let mut metrics = named("test.loss", score.loss()).to_vec();
        if self.task.is_regression() {
            metrics.extend(score.r2.map(|value| Metric::new("test.r2", value)));
        } else {
            let mut accuracy = named("test.accuracy", score.accuracy());
            accuracy[0].counted_over = Some(score.n as u64);
            metrics.extend(accuracy);
        }
        metrics
    }

    /// The points of one set: drawn anew, or those that the files hold out.
    fn test_set(&self, test: &TestSets, set: u64) -> Dataset {
        let mut stream = self.streams.stream("test-set", set);
        let drawn = test.samples.and_then(|n| self.task.data.draw(n.size(), &mut stream));
        drawn.unwrap_or_else(|| self.held_out())
    }

    fn test_rows(&self, rows: &TestRows) -> Dataset {
        if matches!(rows, TestRows::File(_)) {
            return self.held_out();
        }
        let all = self.files.dataset.as_ref().expect("the plan has checked that there are rows");
        let mut data = Dataset::clone(all);
        let split = split(rows, all, self.streams).expect("some rows are kept");
        data.select(&split.test);
        data
    }

    fn held_out(&self) -> Dataset {
        Dataset::clone(self.files.held_out.as_ref().expect("the plan has checked that there are test data"))
    }

    fn network(&self, data: &Dataset) -> Network<F> {
        let (n_samples, n_features) = data.inputs.dim();
        let architecture = self.task.model.architecture(n_features, data.n_outputs());
        Network::new(&architecture, self.task.model.numerics, BLOCK.min(n_samples))
            .expect("the plan has checked the numerics")
    }

    fn score(&self, network: &mut Network<F>, data: &Dataset) -> Score {
        let mut scores = Scores::new(data.n_samples());
        scores.compute(network, self.params, &Rows::new(&data.inputs), &Answers::of(data));
        let r2 = data.numbers.as_ref().and_then(|targets| r2(targets, &self.outputs(network, data)));
        Score { r2, ..Score::of(&scores) }
    }

    fn outputs(&self, network: &mut Network<F>, data: &Dataset) -> Array2<f64> {
        let mut outputs = Array2::from_elem((data.n_samples(), data.n_outputs()), F::ZERO);
        network.logits(self.params, data.inputs.to_array::<F>().view(), outputs.view_mut());
        outputs.mapv(Real::to_f64)
    }
}

/// The coefficient of determination, the mean over the targets, as scikit-learn's `r2_score`; `None` if a
/// target is constant, of which there is nothing to explain.
///
/// ```text
/// R² = 1 − Σ (t − f)²/Σ (t − t̄)²
/// ```
fn r2(targets: &Array2<f64>, outputs: &Array2<f64>) -> Option<f64> {
    let of_target = |(target, output): (ndarray::ArrayView1<'_, f64>, ndarray::ArrayView1<'_, f64>)| {
        let mean = target.sum() / target.len() as f64;
        let around_mean: f64 = target.iter().map(|t| (t - mean) * (t - mean)).sum();
        let left: f64 = target.iter().zip(output).map(|(t, f)| (t - f) * (t - f)).sum();
        // Rounding may set the mean beside equal values.
        target.iter().any(|t| *t != target[0]).then(|| 1.0 - left / around_mean)
    };
    let pairs = targets.axis_iter(Axis(1)).zip(outputs.axis_iter(Axis(1)));
    let of_targets = pairs.map(of_target).collect::<Option<Vec<f64>>>()?;
    Some(of_targets.iter().sum::<f64>() / of_targets.len() as f64)
}

/// A name, and what a score says of it, with its standard error; `None` if it does not exist.
type Kind = (&'static str, fn(&Score) -> Option<(f64, f64)>);

/// How a network does on one set.
struct Score {
    n: f64,
    accuracy: f64,
    loss: f64,
    /// Mean of the squared losses.
    square: f64,
    /// Of numbers that are not all the same.
    r2: Option<f64>,
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
            r2: None,
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
    use ndarray::array;

    use super::*;

    #[test]
    fn r2_is_that_of_scikit_learn() {
        // The examples in the documentation of `r2_score`: 0.948… and, for two targets, 0.938…
        let one = r2(&array![[3.0], [-0.5], [2.0], [7.0]], &array![[2.5], [0.0], [2.0], [8.0]]);
        assert!((one.unwrap() - 0.9486081370449679).abs() < 1e-15);
        let two =
            r2(&array![[0.5, 1.0], [-1.0, 1.0], [7.0, -6.0]], &array![[0.0, 2.0], [-1.0, 2.0], [8.0, -5.0]]);
        assert!((two.unwrap() - 0.9368005266622779).abs() < 1e-15);
        assert_eq!(r2(&array![[2.0], [2.0]], &array![[2.0], [2.0]]), None);
        // Whose mean is 0.09999999999999999.
        assert_eq!(r2(&Array2::from_elem((7, 1), 0.1), &Array2::zeros((7, 1))), None);
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

    #[test]
    fn a_single_set_tells_how_exactly_it_tells() {
        let scores = Scores { losses: vec![1.0_f64, 3.0, 1.0, 3.0], correct: vec![true, true, true, false] };
        let score = Score::of(&scores);
        assert_eq!(score.accuracy(), (0.75, (0.75_f64 * 0.25 / 4.0).sqrt()));
        assert_eq!(score.loss(), (2.0, 0.5));
    }
}
