//! Changes of a dataset in place.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Finite, Fraction};

use crate::Dataset;

/// One change of a dataset, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Transform {
    FlipLabels(FlipLabels),
    Stretch(Stretch),
}

/// Label noise: each label is replaced with a given probability, independently of all others, by one of the K
/// − 1 other classes, each equally likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FlipLabels {
    /// The probability of a wrong label.
    pub probability: Fraction,
}

/// Other units: each feature is multiplied by its own factor, which makes the problem ill-conditioned. Bytes
/// become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stretch {
    /// One factor a feature.
    pub factors: Vec<Finite>,
}

/// A transform that does not fit the dataset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
    /// [`Stretch`] needs one factor a feature.
    #[error("stretch has {n_factors} factors, but the data have {n_features} features")]
    FactorCount {
        /// The length of `factors`.
        n_factors: usize,
        /// The number of columns of the inputs.
        n_features: usize,
    },
}

impl Transform {
    /// Changes `dataset`; the randomness, if any, comes from `stream`.
    ///
    /// Flipping draws two numbers a sample whatever happens, so what becomes of sample i depends on no other
    /// sample and, at a larger probability, the same samples are flipped and more.
    ///
    /// # Errors
    /// [`TransformError`] if the settings do not fit the dataset, which then stays as it was.
    pub fn apply(&self, dataset: &mut Dataset, stream: &mut Stream) -> Result<(), TransformError> {
        match self {
            Self::FlipLabels(config) => {
                config.apply(dataset, stream);
                Ok(())
            }
            Self::Stretch(config) => config.apply(dataset),
        }
    }
}

impl FlipLabels {
    fn apply(&self, dataset: &mut Dataset, stream: &mut Stream) {
        let n_others = (dataset.n_classes - 1) as f64;
        for (i, label) in dataset.labels.iter_mut().enumerate() {
            let (fate, choice) = (stream.uniform(), stream.uniform());
            if fate < self.probability.get() {
                // Not `Stream::below`, whose rejection sampling may draw more than once. The product stays
                // below K − 1, since `choice` is at most 1 − 2⁻⁵³.
                let other = (choice * n_others) as u32;
                *label = if other < *label { other } else { other + 1 };
            }
            dataset.flipped[i] = *label != dataset.original_labels[i];
        }
    }
}

impl Stretch {
    fn apply(&self, dataset: &mut Dataset) -> Result<(), TransformError> {
        let (n_factors, n_features) = (self.factors.len(), dataset.inputs.n_features());
        if n_factors != n_features {
            return Err(TransformError::FactorCount { n_factors, n_features });
        }
        for (mut feature, factor) in dataset.inputs.numbers_mut().columns_mut().into_iter().zip(&self.factors)
        {
            feature *= factor.get();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use thalweg_numeric::Streams;

    use super::*;
    use crate::Features;

    fn stream() -> Stream {
        Streams::new(42, 0).stream("flips", 0)
    }

    fn uniform_labels(samples: usize, n_classes: usize) -> Dataset {
        let labels = (0..samples).map(|i| (i % n_classes) as u32).collect();
        Dataset::new(Array2::<f64>::zeros((samples, 1)), labels, n_classes)
    }

    fn flip(dataset: &mut Dataset, probability: f64, stream: &mut Stream) {
        let flip = Transform::FlipLabels(FlipLabels { probability: Fraction::of(probability) });
        flip.apply(dataset, stream).unwrap();
    }

    #[test]
    fn every_other_class_is_equally_likely_and_the_own_one_impossible() {
        let mut dataset = uniform_labels(40_000, 4);
        flip(&mut dataset, 0.3, &mut stream());
        let mut counts = [[0_u32; 4]; 4];
        for (from, to) in dataset.original_labels.iter().zip(&dataset.labels) {
            counts[*from as usize][*to as usize] += 1;
        }
        for (from, row) in counts.iter().enumerate() {
            let chi_square: f64 = (0..4)
                .map(|to| (f64::from(row[to]), if to == from { 7000.0 } else { 1000.0 }))
                .map(|(n, expected)| (n - expected).powi(2) / expected)
                .sum();
            // The 99.9 % quantile of χ² with 3 degrees of freedom.
            assert!(chi_square < 16.27, "class {from}: χ² = {chi_square}, {row:?}");
        }
    }

    #[test]
    fn never_and_always_are_exact() {
        let mut dataset = uniform_labels(300, 3);
        flip(&mut dataset, 0.0, &mut stream());
        assert_eq!(dataset, uniform_labels(300, 3));
        flip(&mut dataset, 1.0, &mut stream());
        assert!(dataset.flipped.iter().all(|flipped| *flipped));
        assert!(dataset.labels.iter().all(|label| *label < 3));
    }

    #[test]
    fn flipped_means_different_from_the_original_even_after_a_second_flip() {
        for n_classes in [2, 3] {
            let (mut dataset, mut stream) = (uniform_labels(300, n_classes), stream());
            for _ in 0..2 {
                flip(&mut dataset, 1.0, &mut stream);
                for i in 0..300 {
                    assert_eq!(dataset.flipped[i], dataset.labels[i] != dataset.original_labels[i]);
                }
            }
            assert_eq!(dataset.original_labels, uniform_labels(300, n_classes).labels);
            let back = dataset.flipped.iter().filter(|flipped| !**flipped).count();
            // Of two classes all come back; of three one half, ± 5 standard deviations of a binomial, 5·√75.
            assert!(
                if n_classes == 2 { back == 300 } else { back.abs_diff(150) < 44 },
                "{back} of {n_classes}"
            );
        }
    }

    #[test]
    fn the_fate_of_a_sample_depends_on_no_other() {
        let (mut whole, mut part, mut more) =
            (uniform_labels(200, 3), uniform_labels(50, 3), uniform_labels(200, 3));
        let mut after = stream();
        flip(&mut whole, 0.2, &mut after);
        flip(&mut part, 0.2, &mut stream());
        flip(&mut more, 0.6, &mut stream());
        assert_eq!(part.labels, whole.labels[..50]);
        for i in 0..200 {
            assert!(!whole.flipped[i] || more.labels[i] == whole.labels[i], "sample {i}");
        }
        let mut expected = stream();
        (0..400).for_each(|_| {
            expected.uniform();
        });
        assert_eq!(after, expected, "two draws a sample");
    }

    #[test]
    fn flips_are_stable() {
        let mut dataset = uniform_labels(40, 3);
        flip(&mut dataset, 0.2, &mut stream());
        let changed: Vec<_> =
            (0..40).filter(|i| dataset.flipped[*i]).map(|i| (i, dataset.labels[i])).collect();
        let expected =
            [(1, 2), (7, 2), (8, 0), (10, 0), (12, 2), (17, 0), (23, 0), (24, 1), (26, 1), (36, 1)];
        assert_eq!(changed, expected);
    }

    #[test]
    fn stretching_multiplies_each_feature_by_its_own_factor() {
        let mut dataset = Dataset::new(array![[1.0, 2.0, 3.0], [-4.0, 5.0, -6.0]], vec![0, 1], 2);
        let stretch = |factors: &[f64]| {
            Transform::Stretch(Stretch { factors: factors.iter().map(|f| Finite::of(*f)).collect() })
        };
        stretch(&[0.5, -10.0, 0.0]).apply(&mut dataset, &mut stream()).unwrap();
        assert_eq!(dataset.inputs, array![[0.5, -20.0, 0.0], [-2.0, -50.0, 0.0]].into());

        let before = dataset.clone();
        let error = stretch(&[0.1, 10.0]).apply(&mut dataset, &mut stream()).unwrap_err();
        assert_eq!(error.to_string(), "stretch has 2 factors, but the data have 3 features");
        assert_eq!(dataset, before);
    }

    #[test]
    fn bytes_are_stretched_as_numbers_and_flipped_as_bytes() {
        let mut dataset = Dataset::new(array![[0_u8, 51, 255], [102, 5, 0]], vec![0, 1], 2);
        flip(&mut dataset, 1.0, &mut stream());
        assert_eq!((&dataset.labels, dataset.inputs.dim()), (&vec![1, 0], (2, 3)));
        assert!(matches!(dataset.inputs, Features::Bytes(_)));

        let factors = vec![Finite::of(10.0), Finite::of(-5.0), Finite::of(2.0)];
        Transform::Stretch(Stretch { factors }).apply(&mut dataset, &mut stream()).unwrap();
        assert_eq!(dataset.inputs, array![[0.0, -1.0, 2.0], [4.0, -5.0 * (5.0 / 255.0), 0.0]].into());
    }
}
