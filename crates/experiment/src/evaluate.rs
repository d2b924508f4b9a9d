//! What is measured along the way.

use thalweg_datasets::Dataset;
use thalweg_numeric::Real;
use thalweg_records::{Curve, Metric};

use crate::train::{Scores, Trainer};

/// The steps after which a run is evaluated: 0, then about `per_decade` in each factor of 10, and the last.
pub(crate) fn evaluation_steps(steps: u64, per_decade: u64) -> Vec<u64> {
    let spaced = (0_u32..).map(|i| libm::exp10(f64::from(i) / per_decade as f64).round() as u64);
    let mut all: Vec<u64> =
        std::iter::once(0).chain(spaced.take_while(|step| *step < steps)).chain([steps]).collect();
    all.dedup();
    all
}

pub(crate) fn metric(name: &str, value: f64) -> Metric {
    Metric::new(name, value)
}

/// Quantities over the steps.
#[derive(Debug, Default)]
pub(crate) struct Curves {
    pub(crate) all: Vec<Curve>,
}

impl Curves {
    pub(crate) fn push(&mut self, name: &str, step: u64, value: f64) {
        match self.all.iter_mut().find(|curve| curve.name == name) {
            Some(curve) => {
                curve.steps.push(step);
                curve.values.push(value);
            }
            None => self.all.push(Curve { name: name.to_owned(), steps: vec![step], values: vec![value] }),
        }
    }

    /// The last value of each.
    pub(crate) fn last(&self) -> Vec<Metric> {
        let last = |curve: &Curve| curve.values.last().map(|value| metric(&curve.name, *value));
        self.all.iter().filter_map(last).collect()
    }
}

/// The course of training, evaluated on all training data.
pub(crate) struct Course<F> {
    flipped: Vec<bool>,
    any_flipped: bool,
    scores: Scores<F>,
    curves: Curves,
}

impl<F: Real> Course<F> {
    pub(crate) fn new(data: &Dataset) -> Self {
        Self {
            flipped: data.flipped.clone(),
            any_flipped: data.flipped.contains(&true),
            scores: Scores::new(data.labels.len()),
            curves: Curves::default(),
        }
    }

    /// The training loss; `None` if it is not finite, which is then not recorded.
    pub(crate) fn evaluate(&mut self, trainer: &mut Trainer<F>) -> Option<f64> {
        trainer.score(&mut self.scores);
        let loss = self.scores.loss();
        if !loss.is_finite() || !trainer.is_finite() {
            return None;
        }
        let accuracy = |counts: &dyn Fn(usize) -> bool| self.scores.accuracy(counts);
        let mut values = vec![("train.loss", Some(loss)), ("train.accuracy", accuracy(&|_| true))];
        if self.any_flipped {
            values.push(("train.clean.accuracy", accuracy(&|row| !self.flipped[row])));
            values.push(("train.flipped.accuracy", accuracy(&|row| self.flipped[row])));
        }
        for (name, value) in values {
            if let Some(value) = value {
                self.curves.push(name, trainer.step, value);
            }
        }
        Some(loss)
    }

    /// The curves, and their last values.
    pub(crate) fn finish(self) -> (Vec<Curve>, Vec<Metric>) {
        let mut metrics = self.curves.last();
        let (rows, flipped) = (self.flipped.len(), self.flipped.iter().filter(|flipped| **flipped).count());
        for metric in &mut metrics {
            metric.counted_over = match metric.name.as_str() {
                "train.accuracy" => Some(rows as u64),
                "train.clean.accuracy" => Some((rows - flipped) as u64),
                "train.flipped.accuracy" => Some(flipped as u64),
                _ => None,
            };
        }
        if self.any_flipped {
            metrics.push(metric("train.flipped.fraction", flipped as f64 / rows as f64));
        }
        (self.curves.all, metrics)
    }
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
}
