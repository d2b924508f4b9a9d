//! Two interleaving half circles.

use std::f64::consts::PI;

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative};

use crate::{Dataset, Transform};

/// Two classes in the plane that no straight line separates.
///
/// ```text
/// class 0, the outer moon:   (cos a, sin a) + σξ
/// class 1, the inner moon:   (1 − cos a, ½ − sin a) + σξ      a ~ U[0, π], ξ ~ N(0, I)
/// ```
/// The geometry of scikit-learn's `make_moons`, which however puts a on a regular grid: drawn uniformly, the
/// samples of several sets are independent of each other even without noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TwoMoons {
    /// The number of samples for training, both classes together.
    pub samples: Count,
    /// σ, the standard deviation of the jitter on each coordinate, default 0.1.
    #[serde(default = "default_noise")]
    pub noise: NonNegative,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

fn default_noise() -> NonNegative {
    NonNegative::of(0.1)
}

impl TwoMoons {
    /// So many samples, with the usual jitter and no transforms.
    pub fn new(samples: Count) -> Self {
        Self { samples, noise: default_noise(), transforms: Vec::new() }
    }

    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (2, 2)
    }

    /// Draws `samples` samples: first the outer moon with half of them, rounded down, then the inner one.
    ///
    /// The transforms are left to the caller, as test sets have their own. Each sample draws one uniform and
    /// two normal numbers.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let n_outer = samples / 2;
        let mut inputs = Array2::zeros((samples, 2));
        for (i, mut point) in inputs.rows_mut().into_iter().enumerate() {
            let (sin, cos) = libm::sincos(PI * stream.uniform());
            let [x, y] = if i < n_outer { [cos, sin] } else { [1.0 - cos, 0.5 - sin] };
            point[0] = x + self.noise.get() * stream.normal();
            point[1] = y + self.noise.get() * stream.normal();
        }
        let labels = (0..samples).map(|i| u32::from(i >= n_outer)).collect();
        Dataset::new(inputs, labels, 2)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use thalweg_numeric::Streams;

    use super::*;

    fn moons(samples: usize, noise: f64) -> Dataset {
        let noise = NonNegative::of(noise);
        let mut stream = Streams::new(42, 0).stream("data", 0);
        TwoMoons { samples: Count::of(1), noise, transforms: vec![] }.generate(samples, &mut stream)
    }

    #[test]
    fn without_noise_the_moons_are_half_circles() {
        let dataset = moons(501, 0.0);
        assert_eq!((dataset.inputs.dim(), dataset.n_classes), ((501, 2), 2));
        assert_eq!(dataset.labels, [vec![0; 250], vec![1; 251]].concat());
        assert_eq!((&dataset.original_labels, &dataset.flipped), (&dataset.labels, &vec![false; 501]));
        for (point, label) in dataset.inputs.to_array::<f64>().rows().into_iter().zip(&dataset.labels) {
            let (x, y, side) = match label {
                0 => (point[0], point[1], point[1]),
                _ => (point[0] - 1.0, point[1] - 0.5, 0.5 - point[1]),
            };
            // Sine and cosine are right to an ulp, 2.2e-16, and the shift rounds once more.
            assert!((x * x + y * y - 1.0).abs() < 2e-15 && side >= 0.0, "{point} of class {label}");
        }
    }

    #[test]
    fn angles_are_uniform_on_the_half_circle() {
        let dataset = moons(20_000, 0.0);
        for (class, start) in [(0, 0), (1, 10_000)] {
            let mut bins = [0_u32; 20];
            for point in dataset.inputs.to_array::<f64>().rows().into_iter().skip(start).take(10_000) {
                let cos = if class == 0 { point[0] } else { 1.0 - point[0] };
                bins[((cos.acos() / PI * 20.0) as usize).min(19)] += 1;
            }
            let chi_square: f64 = bins.iter().map(|n| (f64::from(*n) - 500.0).powi(2) / 500.0).sum();
            // The 99.9 % quantile of χ² with 19 degrees of freedom.
            assert!(chi_square < 43.82, "class {class}: χ² = {chi_square}");
        }
    }

    #[test]
    fn the_jitter_has_the_standard_deviation_asked_for_on_both_coordinates() {
        let (quiet, noisy) = (moons(20_000, 0.0), moons(20_000, 0.3));
        let jitter = (noisy.inputs.to_array::<f64>() - quiet.inputs.to_array::<f64>()) / 0.3;
        for axis in 0..2 {
            let column = jitter.column(axis);
            let (mean, square) = (column.sum() / 20_000.0, column.dot(&column) / 20_000.0);
            // Five standard errors of a mean of N(0, 1) and of its square: 5/√n and 5·√2/√n with n = 2·10⁴.
            assert!(mean.abs() < 5.0 / 141.4 && (square - 1.0).abs() < 7.071 / 141.4, "axis {axis}");
        }
        let covariance = jitter.column(0).dot(&jitter.column(1)) / 20_000.0;
        assert!(covariance.abs() < 5.0 / 141.4, "covariance {covariance}");
    }

    #[test]
    fn values_are_stable() {
        let expected = array![
            [0.8762578873592849, 0.48113483176506244],
            [0.15422207993507145, 0.08572770638945802],
            [1.9838622212162165, 0.5461807418840761]
        ];
        assert_eq!(moons(3, 0.1).inputs, expected.into());
    }
}
