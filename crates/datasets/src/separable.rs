//! Two classes that a plane through the origin separates, with a margin.

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative};

use crate::{Dataset, Transform};

/// Normal points on both sides of a plane, each moved away from it by the margin.
///
/// ```text
/// x = ξ + margin · sign(u·ξ) u,   ξ ~ N(0, I),   class 1 where u·ξ > 0,   u = (1, ½, ⅓, … 1/d) scaled to length 1
/// ```
/// The plane is the same for all sets, and no two coordinates mean the same to it. The separator of the
/// largest margin is another one, which depends on the points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Separable {
    /// The number of samples for training, both classes together.
    pub samples: Count,
    /// d, the number of features, default 2.
    #[serde(default = "default_features")]
    pub features: Count,
    /// How far from the plane every point lies at least, default 0.1.
    #[serde(default = "default_margin")]
    pub margin: NonNegative,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

fn default_features() -> Count {
    Count::of(2)
}

fn default_margin() -> NonNegative {
    NonNegative::of(0.1)
}

impl Separable {
    /// So many samples in the plane, with the usual margin and no transforms.
    pub fn new(samples: Count) -> Self {
        Self { samples, features: default_features(), margin: default_margin(), transforms: Vec::new() }
    }

    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (self.features.size(), 2)
    }

    /// Draws `samples` samples. The transforms are left to the caller, as test sets have their own.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let d = self.features.size();
        let norm = (1..=d).map(|i| (i as f64).powi(-2)).sum::<f64>().sqrt();
        let mut inputs = Array2::zeros((samples, d));
        let mut labels = Vec::with_capacity(samples);
        for mut point in inputs.rows_mut() {
            point.iter_mut().for_each(|x| *x = stream.normal());
            let normal = || (1..=d).map(|i| 1.0 / i as f64 / norm);
            let side: f64 = point.iter().zip(normal()).map(|(x, u)| x * u).sum();
            let shift = self.margin.get().copysign(side);
            point.iter_mut().zip(normal()).for_each(|(x, u)| *x += shift * u);
            labels.push(u32::from(side > 0.0));
        }
        Dataset::new(inputs, labels, 2)
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;

    fn generate(samples: usize, features: u64, margin: f64) -> Dataset {
        let (samples_in_training, features) = (Count::of(1), Count::of(features));
        let source = Separable {
            samples: samples_in_training,
            features,
            margin: NonNegative::of(margin),
            transforms: vec![],
        };
        source.generate(samples, &mut Streams::new(42, 0).stream("data", 0))
    }

    #[test]
    fn every_point_keeps_the_margin_on_the_side_of_its_class() {
        let dataset = generate(500, 3, 0.5);
        assert_eq!((dataset.inputs.dim(), dataset.n_classes), ((500, 3), 2));
        let u = [6.0 / 7.0, 3.0 / 7.0, 2.0 / 7.0];
        for (point, label) in dataset.inputs.to_array::<f64>().rows().into_iter().zip(&dataset.labels) {
            let side: f64 = point.iter().zip(u).map(|(x, u)| x * u).sum();
            // Three roundings of numbers of a few units, 1.1e-16 of each.
            assert!(side.abs() >= 0.5 - 2e-15 && (side > 0.0) == (*label == 1), "{point} of class {label}");
        }
    }

    #[test]
    fn without_a_margin_the_points_are_normal_and_the_classes_even() {
        let dataset = generate(20_000, 2, 0.0);
        let inputs = dataset.inputs.to_array::<f64>();
        for axis in 0..2 {
            let column = inputs.column(axis);
            let (mean, square) = (column.sum() / 20_000.0, column.dot(&column) / 20_000.0);
            // Five standard errors: 5/√n and 5·√2/√n with n = 2·10⁴.
            assert!(mean.abs() < 5.0 / 141.4 && (square - 1.0).abs() < 7.071 / 141.4, "axis {axis}");
        }
        let ones = dataset.labels.iter().filter(|label| **label == 1).count() as f64;
        assert!((ones / 20_000.0 - 0.5).abs() < 2.5 / 141.4, "{ones}");
    }
}
