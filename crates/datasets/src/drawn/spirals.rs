//! Arms of a spiral in the plane.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative, Positive};

use super::{SettingsError, in_turn, jitter};
use crate::{Dataset, Transform};

/// K arms that wind around each other from the centre to the unit circle.
///
/// ```text
/// x = r (cos φ, sin φ) + σξ,   r = √u,   φ = 2π (turns · r + c/K),   u ~ U[0, 1), ξ ~ N(0, I)
/// ```
/// An Archimedean spiral, along which the points are about evenly spread. Two arms of three turns are the
/// task of Lang & Witbrock, "Learning to tell two spirals apart", 1988. Sample i has class i mod K.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spirals {
    /// The number of samples for training, all classes together.
    pub samples: Count,
    /// K, the number of arms, at least 2; default 2.
    #[serde(default = "default_classes")]
    pub classes: Count,
    /// How often an arm goes around the centre, default 1.
    #[serde(default = "default_turns")]
    pub turns: Positive,
    /// σ, the standard deviation of the jitter on each coordinate, default 0.02. Arms are 1/(K turns) apart.
    #[serde(default = "default_noise")]
    pub noise: NonNegative,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

fn default_classes() -> Count {
    Count::of(2)
}

fn default_turns() -> Positive {
    Positive::of(1.0)
}

fn default_noise() -> NonNegative {
    NonNegative::of(0.02)
}

impl Spirals {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (2, self.classes.size())
    }

    /// Whether there are two classes.
    ///
    /// # Errors
    /// [`SettingsError`] if not.
    pub fn check(&self) -> Result<(), SettingsError> {
        super::check_classes(self.classes)
    }

    /// Draws `samples` samples.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let n_classes = self.classes.size();
        in_turn(samples, self.extent(), |i, mut point| {
            let r = stream.uniform().sqrt();
            let arm = (i % n_classes) as f64 / n_classes as f64;
            let (sin, cos) = libm::sincos(TAU * (self.turns.get() * r + arm));
            point[0] = r * cos;
            point[1] = r * sin;
            jitter(point, self.noise.get(), stream);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counts, mean, points, read, stream};
    use super::*;

    #[test]
    fn without_noise_every_point_is_on_its_arm() {
        let spirals: Spirals = read("samples = 1\nclasses = 3\nturns = 1.5\nnoise = 0");
        let dataset = spirals.generate(3000, &mut stream());
        assert_eq!((dataset.inputs.dim(), counts(&dataset)), ((3000, 2), vec![1000; 3]));
        for class in 0..3 {
            let arm = points(&dataset, class);
            for point in &arm {
                let (r, angle) = (point[0].hypot(point[1]), point[1].atan2(point[0]));
                let turn = angle / TAU - 1.5 * r - f64::from(class) / 3.0;
                // The angle of a point near the centre is known to an ulp of it.
                assert!((turn - turn.round()).abs() < 1e-14, "{point:?} of class {class}");
            }
            // r² ~ U[0, 1): mean ½, standard deviation 1/√12; five standard errors with n = 1000.
            let square = mean(arm.iter().map(|p| p[0] * p[0] + p[1] * p[1]));
            assert!((square - 0.5).abs() < 5.0 * 0.2887 / 31.6, "{square}");
        }
    }

    #[test]
    fn one_arm_is_refused() {
        let error = read::<Spirals>("samples = 1\nclasses = 1").check().unwrap_err();
        assert_eq!((error.key, error.text.as_str()), ("classes", "found 1, expected at least 2"));
    }
}
