//! Normal points, and classes drawn from the softmax of some linear functions.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative};

use super::{SettingsError, dot, normal_points, teacher_weights};
use crate::{Dataset, Transform};

/// Softmax regression turned around: the model is right, and yet no classifier is without error.
///
/// ```text
/// P(class = c | x) = exp(s w_c·x) / Σ_k exp(s w_k·x),   x ~ N(0, I_d),   w_c ~ N(0, I_d/d),   c = 0 … K − 1
/// ```
/// s is the standard deviation of a logit. The teacher depends on its own seed alone: it is the same for
/// training and test sets and in all replicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LogisticTeacher {
    /// The number of samples for training, all classes together.
    pub samples: Count,
    /// d, the number of features, default 10.
    #[serde(default = "default_features")]
    pub features: Count,
    /// K, the number of classes, at least 2; default 2.
    #[serde(default = "default_classes")]
    pub classes: Count,
    /// s, how sure the teacher is; 0 tosses a coin. Default 3.
    #[serde(default = "default_scale")]
    pub scale: NonNegative,
    /// What the weights of the teacher are drawn from, default 0.
    #[serde(default)]
    pub teacher: u64,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

fn default_features() -> Count {
    Count::of(10)
}

fn default_classes() -> Count {
    Count::of(2)
}

fn default_scale() -> NonNegative {
    NonNegative::of(3.0)
}

impl LogisticTeacher {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (self.features.size(), self.classes.size())
    }

    /// Whether there are two classes.
    ///
    /// # Errors
    /// [`SettingsError`] if not.
    pub fn check(&self) -> Result<(), SettingsError> {
        super::check_classes(self.classes)
    }

    /// w, one row a class: `[K, d]`.
    pub fn weights(&self) -> Vec<Vec<f64>> {
        let (d, n_classes) = self.extent();
        teacher_weights(self.teacher, n_classes, d, 1.0 / d as f64)
    }

    /// Draws `samples` samples; each draws d normal numbers and a uniform one.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let weights = self.weights();
        let mut odds = vec![0.0; weights.len()];
        normal_points(samples, self.extent(), stream, |point, stream| {
            for (odds, w) in odds.iter_mut().zip(&weights) {
                *odds = self.scale.get() * dot(w, point);
            }
            let largest = odds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            odds.iter_mut().for_each(|logit| *logit = libm::exp(*logit - largest));
            let mut rest = stream.uniform() * odds.iter().sum::<f64>();
            let is_chosen = |odds: &f64| {
                rest -= odds;
                rest < 0.0
            };
            // Rounding may leave a little of the sum.
            odds.iter().position(is_chosen).unwrap_or(odds.len() - 1) as u32
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counts, read, stream};
    use super::*;

    #[test]
    fn classes_are_as_likely_as_the_teacher_says() {
        let teacher: LogisticTeacher = read("samples = 1\nfeatures = 3\nclasses = 3\nscale = 2");
        let dataset = teacher.generate(60_000, &mut stream());
        let (weights, inputs) = (teacher.weights(), dataset.inputs.to_array::<f64>());
        // Of each class: Σ (hit − p) and Σ p (1 − p) over the points, in four bins of p.
        let mut bins = [[(0.0, 0.0); 4]; 3];
        for (point, label) in inputs.rows().into_iter().zip(&dataset.labels) {
            let odds: Vec<f64> = weights.iter().map(|w| (2.0 * dot(w, &point.to_vec())).exp()).collect();
            for (class, bins) in bins.iter_mut().enumerate() {
                let p = odds[class] / odds.iter().sum::<f64>();
                let bin = &mut bins[((4.0 * p) as usize).min(3)];
                bin.0 += f64::from(u8::from(*label as usize == class)) - p;
                bin.1 += p * (1.0 - p);
            }
        }
        for (excess, variance) in bins.into_iter().flatten() {
            assert!(excess.abs() < 5.0 * f64::sqrt(variance), "{bins:?}");
        }
    }

    #[test]
    fn a_teacher_that_knows_nothing_tosses_a_coin() {
        let teacher: LogisticTeacher = read("samples = 1\nclasses = 4\nscale = 0");
        for n in counts(&teacher.generate(40_000, &mut stream())) {
            // Five standard errors: 5 · √(¼ · ¾/40000).
            assert!((n as f64 / 40_000.0 - 0.25).abs() < 0.0109, "{n}");
        }
    }
}
