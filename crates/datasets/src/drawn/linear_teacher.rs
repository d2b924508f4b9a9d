//! Normal points, and classes by the largest of some linear functions.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::Count;

use super::{SettingsError, argmax, dot, normal_points, teacher_weights};
use crate::{Dataset, Transform};

/// Classes that a linear teacher tells without error, and so a linear model can.
///
/// ```text
/// class = argmax_c w_c·x,   x ~ N(0, I_d),   w_c ~ N(0, I_d/d),   c = 0 … K − 1
/// ```
/// Two classes are separated by a plane through 0. The teacher depends on its own seed alone: it is the same
/// for training and test sets and in all replicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LinearTeacher {
    /// The number of samples for training, all classes together.
    pub samples: Count,
    /// d, the number of features, default 10.
    #[serde(default = "default_features")]
    pub features: Count,
    /// K, the number of classes, at least 2; default 2.
    #[serde(default = "default_classes")]
    pub classes: Count,
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

impl LinearTeacher {
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

    /// Draws `samples` samples.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let weights = self.weights();
        normal_points(samples, self.extent(), stream, |point, _| {
            argmax(weights.iter().map(|w| dot(w, point)))
        })
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::super::testing::{counts, mean, read, stream};
    use super::*;

    #[test]
    fn every_class_is_where_its_function_is_largest() {
        let teacher: LinearTeacher = read("samples = 1\nfeatures = 4\nclasses = 3\nteacher = 7");
        let dataset = teacher.generate(300, &mut stream());
        assert_eq!((dataset.inputs.dim(), dataset.n_classes), ((300, 4), 3));
        let (weights, inputs) = (teacher.weights(), dataset.inputs.to_array::<f64>());
        for (point, label) in inputs.rows().into_iter().zip(&dataset.labels) {
            let scores: Vec<f64> = weights.iter().map(|w| dot(w, &point.to_vec())).collect();
            assert!(scores.iter().all(|score| *score <= scores[*label as usize]));
        }
        assert!(counts(&dataset).iter().all(|n| *n > 0));
    }

    #[test]
    fn two_classes_are_even_and_their_mean_is_along_the_normal() {
        let teacher: LinearTeacher = read("samples = 1\nfeatures = 3");
        let dataset = teacher.generate(40_000, &mut stream());
        let share = counts(&dataset)[1] as f64 / 40_000.0;
        // Five standard errors of a share of ½.
        assert!((share - 0.5).abs() < 2.5 / 200.0, "{share}");
        let weights = teacher.weights();
        let normal: Vec<f64> = weights[1].iter().zip(&weights[0]).map(|(a, b)| a - b).collect();
        let norm = dot(&normal, &normal).sqrt();
        let inputs = dataset.inputs.to_array::<f64>();
        let sides = inputs.rows().into_iter().map(|point| dot(&normal, &point.to_vec()) / norm);
        let signed = sides.zip(&dataset.labels).map(|(s, label)| if *label == 1 { s } else { -s });
        // E |ξ| = √(2/π), standard deviation 0.603.
        assert!((mean(signed) - 0.797_884_560_8).abs() < 5.0 * 0.603 / 200.0);
    }

    #[test]
    fn the_teacher_depends_on_its_seed_alone() {
        let of = |teacher: u64| read::<LinearTeacher>(&format!("samples = 5\nteacher = {teacher}"));
        let (first, other) = (of(0).generate(20, &mut stream()), of(1).generate(20, &mut stream()));
        assert_eq!(first.inputs, other.inputs);
        assert_ne!(first.labels, other.labels);
        let elsewhere = of(0).generate(20, &mut Streams::new(3, 4).stream("test-set", 0));
        assert_ne!(first.inputs, elsewhere.inputs);
        assert_eq!(of(0).weights(), teacher_weights(0, 2, 10, 0.1));
    }
}
