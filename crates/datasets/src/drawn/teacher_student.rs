//! Normal points, and classes by the sign of a random network with one hidden layer.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::Count;

use super::{SettingsError, dot, normal_points, teacher_weights};
use crate::{Dataset, Transform};

/// Two classes that a network with M hidden units tells without error.
///
/// ```text
/// class 1 where Σ_j a_j φ(w_j·x) > 0,   x ~ N(0, I_d),   w_j ~ N(0, I_d/d),   a = (1, −1, 1, …),   j = 1 … M
/// ```
/// A committee machine as in Saad & Solla, PRL 74, 1995, with signs so that a teacher of rectifiers has two
/// classes. With tanh the classes are even, as x and −x are of different ones. The teacher depends on its own
/// seed alone: it is the same for training and test sets and in all replicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TeacherStudent {
    /// The number of samples for training, both classes together.
    pub samples: Count,
    /// d, the number of features, default 10.
    #[serde(default = "default_features")]
    pub features: Count,
    /// M, the number of hidden units of the teacher, default 3; with `relu` at least 2.
    #[serde(default = "default_hidden")]
    pub hidden: Count,
    /// φ, default tanh.
    #[serde(default)]
    pub activation: TeacherActivation,
    /// What the weights of the teacher are drawn from, default 0.
    #[serde(default)]
    pub teacher: u64,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// φ, the activation of the teacher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TeacherActivation {
    /// tanh z
    #[default]
    Tanh,
    /// max(z, 0)
    Relu,
}

fn default_features() -> Count {
    Count::of(10)
}

fn default_hidden() -> Count {
    Count::of(3)
}

impl TeacherStudent {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (self.features.size(), 2)
    }

    /// Whether the teacher has two classes.
    ///
    /// # Errors
    /// [`SettingsError`] if not.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.activation == TeacherActivation::Relu && self.hidden.get() < 2 {
            return Err(SettingsError::new(
                "hidden",
                "found 1, expected at least 2 rectifiers: one is never below 0",
            ));
        }
        Ok(())
    }

    /// w, one row a hidden unit: `[M, d]`.
    pub fn weights(&self) -> Vec<Vec<f64>> {
        let d = self.features.size();
        teacher_weights(self.teacher, self.hidden.size(), d, 1.0 / d as f64)
    }

    /// Draws `samples` samples.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let weights = self.weights();
        normal_points(samples, self.extent(), stream, |point, _| {
            u32::from(self.output(&weights, point) > 0.0)
        })
    }

    fn output(&self, weights: &[Vec<f64>], point: &[f64]) -> f64 {
        let units = weights.iter().map(|w| dot(w, point)).map(|z| match self.activation {
            TeacherActivation::Tanh => libm::tanh(z),
            TeacherActivation::Relu => z.max(0.0),
        });
        units.zip([1.0, -1.0].into_iter().cycle()).map(|(unit, sign)| sign * unit).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counts, read, stream};
    use super::*;

    #[test]
    fn classes_are_signs_of_the_output() {
        for (activation, phi) in
            [("tanh", f64::tanh as fn(f64) -> f64), ("relu", |z| if z > 0.0 { z } else { 0.0 })]
        {
            let text =
                format!("samples = 1\nfeatures = 4\nhidden = 3\nactivation = '{activation}'\nteacher = 2");
            let teacher: TeacherStudent = read(&text);
            let dataset = teacher.generate(400, &mut stream());
            let (w, inputs) = (teacher.weights(), dataset.inputs.to_array::<f64>());
            assert_eq!((inputs.dim(), w.len(), w[0].len()), ((400, 4), 3, 4));
            for (point, label) in inputs.rows().into_iter().zip(&dataset.labels) {
                let unit = |j: usize| phi((0..4).map(|i| w[j][i] * point[i]).sum());
                assert_eq!(*label == 1, unit(0) - unit(1) + unit(2) > 0.0, "{point}");
            }
            assert!(counts(&dataset).iter().all(|n| *n > 20), "{:?}", counts(&dataset));
        }
    }

    #[test]
    fn an_odd_teacher_has_even_classes() {
        let teacher: TeacherStudent = read("samples = 1\nhidden = 5");
        let share = counts(&teacher.generate(40_000, &mut stream()))[1] as f64 / 40_000.0;
        // Five standard errors of a share of ½.
        assert!((share - 0.5).abs() < 2.5 / 200.0, "{share}");
    }

    #[test]
    fn a_single_rectifier_is_refused() {
        let of = |text: &str| read::<TeacherStudent>(&format!("samples = 1\nhidden = 1\n{text}")).check();
        assert_eq!(of("activation = 'relu'").unwrap_err().key, "hidden");
        assert_eq!(of(""), Ok(()));
    }
}
