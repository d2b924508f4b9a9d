//! Changes of a dataset in place.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Finite, Fraction, NonNegative};

use crate::{Choice, Dataset, Standardise, Subset};

/// One change of a dataset, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Transform {
    FlipLabels(FlipLabels),
    Stretch(Stretch),
    Standardise(Standardise),
    Noise(Noise),
    Subset(Subset),
    ShuffleLabels(ShuffleLabels),
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

/// Jitter: σξ with ξ ~ N(0, 1) is added to each feature of each sample. Bytes become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Noise {
    /// σ, the standard deviation.
    pub deviation: NonNegative,
}

/// Labels in random order, which leaves the classes as frequent as they were and tells nothing of them any
/// more (Zhang et al., "Understanding deep learning requires rethinking generalization", ICLR 2017).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ShuffleLabels {}

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
    /// Labels to flip or to shuffle.
    #[error("{kind} needs classes, and the targets are numbers")]
    NoClasses {
        /// The transform.
        kind: &'static str,
    },
    /// [`Subset`] cannot be larger than the whole.
    #[error("subset has {asked} samples, but the data have {found}")]
    TooFew {
        /// `samples` of the subset.
        asked: u64,
        /// The number of samples.
        found: usize,
    },
    /// [`Standardise`] cannot give a constant feature the deviation 1.
    #[error("standardise cannot scale what is constant in the training data: {}", numbered(features))]
    Constant {
        /// These columns of the inputs, from 0.
        features: Vec<usize>,
    },
}

/// As many columns as one can take in.
fn numbered(features: &[usize]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = features.iter().take(MOST).map(usize::to_string).collect();
    let s = if features.len() == 1 { "" } else { "s" };
    let more = features.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("feature{s} {}{more} (from 0)", shown.join(", "))
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
        if let (Some(kind), Some(_)) = (self.of_labels(), &dataset.numbers) {
            return Err(TransformError::NoClasses { kind });
        }
        match self {
            Self::FlipLabels(config) => {
                config.apply(dataset, stream);
                Ok(())
            }
            Self::Stretch(config) => config.apply(dataset),
            Self::Standardise(config) => config.apply(dataset),
            Self::Noise(config) => {
                config.apply(dataset, stream);
                Ok(())
            }
            Self::Subset(config) => config.apply(dataset, stream),
            Self::ShuffleLabels(_) => {
                shuffle_labels(dataset, stream);
                Ok(())
            }
        }
    }

    /// Whether it draws random numbers.
    pub fn is_random(&self) -> bool {
        match self {
            Self::FlipLabels(_) | Self::Noise(_) | Self::ShuffleLabels(_) => true,
            Self::Subset(subset) => subset.choice == Choice::Random,
            Self::Stretch(_) | Self::Standardise(_) => false,
        }
    }

    /// Whether it makes labels wrong.
    pub fn makes_wrong_labels(&self) -> bool {
        match self {
            Self::FlipLabels(flips) => flips.probability.get() > 0.0,
            Self::ShuffleLabels(_) => true,
            Self::Stretch(_) | Self::Standardise(_) | Self::Noise(_) | Self::Subset(_) => false,
        }
    }

    /// Its name, if it is of labels and nothing else.
    pub fn of_labels(&self) -> Option<&'static str> {
        match self {
            Self::FlipLabels(_) => Some("flip-labels"),
            Self::ShuffleLabels(_) => Some("shuffle-labels"),
            Self::Stretch(_) | Self::Standardise(_) | Self::Noise(_) | Self::Subset(_) => None,
        }
    }

    /// How many of `n_samples` samples there are after it.
    pub fn n_samples(&self, n_samples: usize) -> usize {
        match self {
            Self::Subset(subset) => n_samples.min(subset.samples.size()),
            _ => n_samples,
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
    /// Scales the features of `dataset`.
    ///
    /// # Errors
    /// If there is not one factor a feature.
    pub fn apply(&self, dataset: &mut Dataset) -> Result<(), TransformError> {
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

impl Noise {
    fn apply(&self, dataset: &mut Dataset, stream: &mut Stream) {
        dataset.inputs.numbers_mut().iter_mut().for_each(|x| *x += self.deviation.get() * stream.normal());
    }
}

fn shuffle_labels(dataset: &mut Dataset, stream: &mut Stream) {
    stream.shuffle(&mut dataset.labels);
    let labels = dataset.labels.iter().zip(&dataset.original_labels);
    dataset.flipped = labels.map(|(label, original)| label != original).collect();
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

    #[test]
    fn numbers_have_no_labels_to_change() {
        let mut dataset = Dataset::regression(array![[0.0], [1.0]], array![[2.0], [3.0]]).unwrap();
        for text in ["kind = 'flip-labels'\nprobability = 0.1", "kind = 'shuffle-labels'"] {
            let transform: Transform = toml::from_str(text).unwrap();
            let error = transform.apply(&mut dataset, &mut stream()).unwrap_err().to_string();
            assert!(error.ends_with("-labels needs classes, and the targets are numbers"), "{error}");
        }
    }

    #[test]
    fn noise_has_its_deviation_on_every_feature() {
        let mut dataset = Dataset::new(Array2::from_elem((20_000, 2), 7.0), vec![0; 20_000], 2);
        let noise = Transform::Noise(Noise { deviation: NonNegative::of(0.3) });
        noise.apply(&mut dataset, &mut stream()).unwrap();
        let jitter = (dataset.inputs.to_array::<f64>() - 7.0) / 0.3;
        for column in jitter.columns() {
            let (mean, square) = (column.sum() / 20_000.0, column.dot(&column) / 20_000.0);
            // Five standard errors: 5/√n and 5·√2/√n with n = 2·10⁴.
            assert!(mean.abs() < 5.0 / 141.4 && (square - 1.0).abs() < 7.071 / 141.4);
        }
        let product = jitter.column(0).dot(&jitter.column(1)) / 20_000.0;
        assert!(product.abs() < 5.0 / 141.4, "{product}");
    }

    #[test]
    fn shuffled_labels_are_as_many_and_tell_nothing() {
        let mut dataset = uniform_labels(30_000, 3);
        Transform::ShuffleLabels(ShuffleLabels {}).apply(&mut dataset, &mut stream()).unwrap();
        let mut counts = [[0_u32; 3]; 3];
        for (i, (from, to)) in dataset.original_labels.iter().zip(&dataset.labels).enumerate() {
            counts[*from as usize][*to as usize] += 1;
            assert_eq!(dataset.flipped[i], from != to);
        }
        for i in 0..3 {
            assert_eq!(counts.iter().map(|row| row[i]).sum::<u32>(), 10_000);
            for (j, n) in counts[i].iter().enumerate() {
                // 10⁴/3 with a hypergeometric deviation of 38.5: five of them.
                assert!((f64::from(*n) - 3333.3).abs() < 193.0, "{i} became {j}: {n}");
            }
        }
    }

    #[test]
    fn transforms_tell_what_they_do() {
        let of = |text: &str| -> Transform { toml::from_str(text).unwrap() };
        for (text, is_random, makes_wrong_labels, n_samples) in [
            ("kind = 'flip-labels'\nprobability = 0.1", true, true, 50),
            ("kind = 'flip-labels'\nprobability = 0", true, false, 50),
            ("kind = 'stretch'\nfactors = [2]", false, false, 50),
            ("kind = 'standardise'", false, false, 50),
            ("kind = 'noise'\ndeviation = 1", true, false, 50),
            ("kind = 'subset'\nsamples = 20", false, false, 20),
            ("kind = 'subset'\nsamples = 20\nchoice = 'random'", true, false, 20),
            ("kind = 'shuffle-labels'", true, true, 50),
        ] {
            let transform = of(text);
            let told = (transform.is_random(), transform.makes_wrong_labels(), transform.n_samples(50));
            assert_eq!(told, (is_random, makes_wrong_labels, n_samples), "{text}");
        }
    }
}
