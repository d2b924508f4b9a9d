//! Circles and spheres around one centre.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative, Positive};

use super::{SettingsError, in_turn, jitter};
use crate::{Dataset, Transform};

/// Classes on spheres around 0, which no plane separates.
///
/// ```text
/// x = r_c g/|g| + σξ,   g, ξ ~ N(0, I_d),   c = 0 … K − 1
/// ```
/// Each point is uniform on the sphere of its class. With two features and two radii this is the geometry of
/// scikit-learn's `make_circles`, whose angles however are on a regular grid. Sample i has class i mod K.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Circles {
    /// The number of samples for training, all classes together.
    pub samples: Count,
    /// d, the number of features, default 2.
    #[serde(default = "default_features")]
    pub features: Count,
    /// r, one radius a class, at least two; default 1 and 0.5.
    #[serde(default = "default_radii")]
    pub radii: Vec<Positive>,
    /// σ, the standard deviation of the jitter on each coordinate, default 0.1.
    #[serde(default = "default_noise")]
    pub noise: NonNegative,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

fn default_features() -> Count {
    Count::of(2)
}

fn default_radii() -> Vec<Positive> {
    vec![Positive::of(1.0), Positive::of(0.5)]
}

fn default_noise() -> NonNegative {
    NonNegative::of(0.1)
}

impl Circles {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (self.features.size(), self.radii.len())
    }

    /// Whether there are two classes.
    ///
    /// # Errors
    /// [`SettingsError`] if not.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.radii.len() < 2 {
            let text = format!("found {} radii, expected at least 2: one a class", self.radii.len());
            return Err(SettingsError::new("radii", text));
        }
        Ok(())
    }

    /// Draws `samples` samples.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        in_turn(samples, self.extent(), |i, mut point| {
            point.iter_mut().for_each(|x| *x = stream.normal());
            let norm = point.dot(&point).sqrt();
            point *= self.radii[i % self.radii.len()].get() / norm;
            jitter(point, self.noise.get(), stream);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counts, mean, points, read, stream};
    use super::*;

    #[test]
    fn without_noise_every_point_has_the_radius_of_its_class() {
        for features in [1, 2, 5] {
            let circles: Circles =
                read(&format!("samples = 1\nfeatures = {features}\nradii = [3, 0.25, 1]\nnoise = 0"));
            let dataset = circles.generate(100, &mut stream());
            assert_eq!((dataset.inputs.dim(), counts(&dataset)), ((100, features), vec![34, 33, 33]));
            for (class, radius) in [(0, 3.0), (1, 0.25), (2, 1.0)] {
                for point in points(&dataset, class) {
                    let norm = point.iter().map(|x| x * x).sum::<f64>().sqrt();
                    // A root, a division and products: a few ulp, 2.2e-16 each.
                    assert!((norm / radius - 1.0).abs() < 2e-15, "{point:?}");
                }
            }
        }
    }

    #[test]
    fn directions_are_uniform_and_the_jitter_adds_its_variance() {
        let circles: Circles = read("samples = 1\nradii = [2, 1]\nnoise = 0.5");
        let outer = points(&circles.generate(40_000, &mut stream()), 0);
        // E x = 0 and E x² = r²/d + σ² = 2.25 with n = 2·10⁴; five standard errors, for which sd x = 1.5 and
        // sd x² < 2.25 · √2 are enough.
        for axis in 0..2 {
            assert!(mean(outer.iter().map(|p| p[axis])).abs() < 5.0 * 1.5 / 141.4);
            let square = mean(outer.iter().map(|p| p[axis] * p[axis]));
            assert!((square - 2.25).abs() < 5.0 * 3.2 / 141.4, "{square}");
        }
        let product = mean(outer.iter().map(|p| p[0] * p[1]));
        assert!(product.abs() < 5.0 * 2.25 / 141.4, "{product}");
    }

    #[test]
    fn one_radius_is_refused() {
        let circles: Circles = read("samples = 1\nradii = [2]");
        let error = circles.check().unwrap_err();
        assert_eq!(
            (error.key, error.text.as_str()),
            ("radii", "found 1 radii, expected at least 2: one a class")
        );
        assert_eq!(read::<Circles>("samples = 1").check(), Ok(()));
    }
}
