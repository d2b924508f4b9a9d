//! Clouds at the corners of a square, opposite ones of one class.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative};

use super::{SettingsError, in_turn, jitter};
use crate::{Dataset, Transform};

/// Exclusive or: the least task that no linear model solves.
///
/// ```text
/// x = (s₁, s₂, 0, …, 0) + σξ,   s ∈ {−1, 1}²,   ξ ~ N(0, I_d),   class 1 where s₁ s₂ < 0
/// ```
/// The corners take turns: (−1, −1), (1, −1), (1, 1), (−1, 1). Features after the second are noise alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Xor {
    /// The number of samples for training, both classes together.
    pub samples: Count,
    /// d, the number of features, at least 2; default 2.
    #[serde(default = "default_features")]
    pub features: Count,
    /// σ, the standard deviation of the jitter on each coordinate, default 0.2.
    #[serde(default = "default_noise")]
    pub noise: NonNegative,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

const CORNERS: [[f64; 2]; 4] = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];

fn default_features() -> Count {
    Count::of(2)
}

fn default_noise() -> NonNegative {
    NonNegative::of(0.2)
}

impl Xor {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (self.features.size(), 2)
    }

    /// Whether there are two features.
    ///
    /// # Errors
    /// [`SettingsError`] if not.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.features.get() < 2 {
            return Err(SettingsError::new("features", "found 1, expected at least 2"));
        }
        Ok(())
    }

    /// Draws `samples` samples.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        in_turn(samples, self.extent(), |i, mut point| {
            [point[0], point[1]] = CORNERS[i % 4];
            jitter(point, self.noise.get(), stream);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mean, points, read, stream};
    use super::*;

    #[test]
    fn opposite_corners_are_of_one_class() {
        let dataset = read::<Xor>("samples = 1\nnoise = 0\nfeatures = 3").generate(9, &mut stream());
        assert_eq!(dataset.inputs.dim(), (9, 3));
        for (class, n, product) in [(0, 5, 1.0), (1, 4, -1.0)] {
            let points = points(&dataset, class);
            assert_eq!(points.len(), n);
            assert!(points.iter().all(|p| p[0] * p[1] == product && p[0].abs() == 1.0 && p[2] == 0.0));
        }
    }

    #[test]
    fn means_of_the_classes_are_the_same_and_the_jitter_is_on_every_coordinate() {
        let dataset = read::<Xor>("samples = 1\nnoise = 0.5\nfeatures = 3").generate(40_000, &mut stream());
        for class in 0..2 {
            let points = points(&dataset, class);
            // Variances 1 + σ² = 1.25 twice and σ² = 0.25, n = 2·10⁴; five standard errors.
            for (axis, variance) in [(0, 1.25_f64), (1, 1.25), (2, 0.25)] {
                assert!(mean(points.iter().map(|p| p[axis])).abs() < 5.0 * variance.sqrt() / 141.4);
                let square = mean(points.iter().map(|p| p[axis] * p[axis]));
                assert!((square - variance).abs() < 5.0 * 1.5 * variance / 141.4, "axis {axis}: {square}");
            }
        }
        assert_eq!(read::<Xor>("samples = 1\nfeatures = 1").check().unwrap_err().key, "features");
    }
}
