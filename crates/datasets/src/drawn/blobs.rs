//! Round clouds around random centres.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, NonNegative, Positive};
use thalweg_numeric::{Stream, Streams};

use super::{SettingsError, in_turn, jitter};
use crate::{Dataset, Transform};

/// One normal cloud a class, its centre uniform in a box.
///
/// ```text
/// x = m_c + σξ,   m_c ~ U[−b, b)^d,   ξ ~ N(0, I_d),   c = 0 … K − 1
/// ```
/// As scikit-learn's `make_blobs`. The centres depend on their own seed alone: they are the same for training
/// and test sets and in all replicates. Sample i has class i mod K.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Blobs {
    /// The number of samples for training, all classes together.
    pub samples: Count,
    /// d, the number of features, default 2.
    #[serde(default = "default_features")]
    pub features: Count,
    /// K, the number of clouds, at least 2; default 3.
    #[serde(default = "default_classes")]
    pub classes: Count,
    /// b, half the side of the box of the centres, default 10.
    #[serde(rename = "box", default = "default_half_side")]
    pub half_side: Positive,
    /// σ, the standard deviation of a cloud on each coordinate, default 1.
    #[serde(default = "default_noise")]
    pub noise: NonNegative,
    /// What the centres are drawn from, default 0.
    #[serde(default)]
    pub centre_seed: u64,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

fn default_features() -> Count {
    Count::of(2)
}

fn default_classes() -> Count {
    Count::of(3)
}

fn default_half_side() -> Positive {
    Positive::of(10.0)
}

fn default_noise() -> NonNegative {
    NonNegative::of(1.0)
}

impl Blobs {
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

    /// m, the centre of each class.
    pub fn centres(&self) -> Vec<Vec<f64>> {
        let mut stream = Streams::new(self.centre_seed, 0).stream("centres", 0);
        let mut centre = || {
            (0..self.features.size()).map(|_| self.half_side.get() * (2.0 * stream.uniform() - 1.0)).collect()
        };
        (0..self.classes.size()).map(|_| centre()).collect()
    }

    /// Draws `samples` samples.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let centres = self.centres();
        in_turn(samples, self.extent(), |i, mut point| {
            point.iter_mut().zip(&centres[i % centres.len()]).for_each(|(x, m)| *x = *m);
            jitter(point, self.noise.get(), stream);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counts, mean, points, read, stream};
    use super::*;

    #[test]
    fn clouds_lie_around_their_centres() {
        let blobs: Blobs =
            read("samples = 1\nfeatures = 3\nclasses = 4\nbox = 2\nnoise = 0.5\ncentre-seed = 5");
        let dataset = blobs.generate(40_000, &mut stream());
        assert_eq!((dataset.inputs.dim(), counts(&dataset)), ((40_000, 3), vec![10_000; 4]));
        for (class, centre) in (0..).zip(blobs.centres()) {
            let cloud = points(&dataset, class);
            for (axis, m) in centre.iter().enumerate() {
                assert!(m.abs() <= 2.0);
                // Five standard errors with n = 10⁴: of a mean 5 · σ/100, of a variance 5 · √2 σ²/100.
                assert!((mean(cloud.iter().map(|p| p[axis])) - m).abs() < 0.025);
                let variance = mean(cloud.iter().map(|p| (p[axis] - m).powi(2)));
                assert!((variance - 0.25).abs() < 5.0 * 1.415 * 0.25 / 100.0, "{variance}");
            }
        }
    }

    #[test]
    fn centres_depend_on_their_seed_alone() {
        let blobs = |seed: u64, samples: u64| -> Blobs {
            read(&format!("samples = {samples}\ncentre-seed = {seed}\nnoise = 0"))
        };
        let other = Streams::new(1, 1).stream("test-set", 3);
        let (here, there) =
            (blobs(0, 6).generate(6, &mut stream()), blobs(0, 9).generate(6, &mut other.clone()));
        assert_eq!(here, there, "without noise the points are the centres");
        assert_ne!(here.inputs, blobs(1, 6).generate(6, &mut stream()).inputs);
    }
}
