//! A rolled-up sheet in space, cut into classes along the roll.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative};

use super::{SettingsError, in_turn, jitter};
use crate::{Dataset, Transform};

/// Stripes of a Swiss roll, three features.
///
/// ```text
/// x = (t cos t, 21 v, t sin t) + σξ,   t = 3π/2 · (1 + 2u),   u ~ U[c/K, (c + 1)/K), v ~ U[0, 1), ξ ~ N(0, I)
/// ```
/// The geometry of scikit-learn's `make_swiss_roll` after Marsland, *Machine Learning*, 2009, with a class
/// for each of K equal parts of u. Sample i has class i mod K.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SwissRoll {
    /// The number of samples for training, all classes together.
    pub samples: Count,
    /// K, the number of stripes, at least 2; default 2.
    #[serde(default = "default_classes")]
    pub classes: Count,
    /// σ, the standard deviation of the jitter on each coordinate, default 0.1.
    #[serde(default = "default_noise")]
    pub noise: NonNegative,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// The length of the roll.
const HEIGHT: f64 = 21.0;

fn default_classes() -> Count {
    Count::of(2)
}

fn default_noise() -> NonNegative {
    NonNegative::of(0.1)
}

impl SwissRoll {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (3, self.classes.size())
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
            let u = ((i % n_classes) as f64 + stream.uniform()) / n_classes as f64;
            let t = 1.5 * PI * (1.0 + 2.0 * u);
            let (sin, cos) = libm::sincos(t);
            point[0] = t * cos;
            point[1] = HEIGHT * stream.uniform();
            point[2] = t * sin;
            jitter(point, self.noise.get(), stream);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counts, mean, points, read, stream};
    use super::*;

    #[test]
    fn the_distance_from_the_axis_tells_class_and_angle() {
        let roll: SwissRoll = read("samples = 1\nclasses = 4\nnoise = 0");
        let dataset = roll.generate(4000, &mut stream());
        assert_eq!((dataset.inputs.dim(), counts(&dataset)), ((4000, 3), vec![1000; 4]));
        for class in 0..4 {
            let stripe = points(&dataset, class);
            for p in &stripe {
                let t = p[0].hypot(p[2]);
                let u = (t / (1.5 * PI) - 1.0) / 2.0;
                // Of u an ulp of t is lost.
                assert!((u * 4.0 - f64::from(class) - 0.5).abs() < 0.5 + 1e-14, "{u}");
                let turn = (p[2].atan2(p[0]) - t) / (2.0 * PI);
                assert!((turn - turn.round()).abs() < 1e-14 && (0.0..21.0).contains(&p[1]), "{p:?}");
            }
            // The height is uniform: mean 10.5, standard deviation 21/√12; five standard errors of 1000.
            assert!((mean(stripe.iter().map(|p| p[1])) - 10.5).abs() < 5.0 * 6.063 / 31.6);
        }
    }
}
