//! What is measured along the way.

use thalweg_datasets::Dataset;
use thalweg_numeric::Real;
use thalweg_records::{Curve, Metric};

use crate::checkpoint::State;
use crate::outcome::Curves;
use crate::run::train::{Scores, Trainer};

/// The course of training, evaluated on all training data.
pub(crate) struct Course<F> {
    /// Of each label; nothing of numbers.
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
            scores: Scores::new(data.n_samples()),
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
        let mut values = vec![("train.loss", Some(loss))];
        if !self.flipped.is_empty() {
            values.push(("train.accuracy", accuracy(&|_| true)));
        }
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

    /// Goes on with the curves of a run up to its fork.
    pub(crate) fn go_on(&mut self, parent: Self) {
        self.curves = parent.curves;
    }

    /// Names all that its further course depends on.
    pub(crate) fn visit(&mut self, state: &mut State) {
        state.plain("curves", &mut self.curves.all);
    }

    /// The curves so far.
    pub(crate) fn curves(&self) -> &[Curve] {
        &self.curves.all
    }

    /// The curves, and their last values.
    pub(crate) fn finish(self) -> (Vec<Curve>, Vec<Metric>) {
        let mut metrics = self.curves.at_the_end();
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
            metrics.push(Metric::new("train.flipped.fraction", flipped as f64 / rows as f64));
        }
        (self.curves.all, metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_only_the_rows_that_are_asked_for() {
        let scores = Scores { losses: vec![0.5_f32, 1.5, 4.0], correct: vec![true, false, true] };
        assert_eq!(scores.loss(), 2.0);
        assert_eq!(scores.accuracy(|row| row < 2), Some(0.5));
        assert_eq!(scores.accuracy(|_| false), None);
    }
}
