//! A part of the samples.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::Count;

use crate::{Dataset, TransformError};

/// Leaves some of the samples, in their order. The classes stay those of the whole, also where no sample of
/// one is left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Subset {
    /// How many, at most as many as there are.
    pub samples: Count,
    /// Which ones, default the first.
    #[serde(default)]
    pub choice: Choice,
}

/// Which samples the transform `subset` keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Those that come first.
    #[default]
    First,
    /// Any, each set of so many equally likely. From the same stream, a smaller subset is a part of a larger.
    Random,
}

impl Subset {
    pub(crate) fn apply(&self, dataset: &mut Dataset, stream: &mut Stream) -> Result<(), TransformError> {
        let found = dataset.n_samples();
        if self.samples.get() > found as u64 {
            return Err(TransformError::TooFew { asked: self.samples.get(), found });
        }
        let mut indices: Vec<usize> = (0..found).collect();
        if self.choice == Choice::Random {
            stream.shuffle(&mut indices);
        }
        indices.truncate(self.samples.size());
        indices.sort_unstable();
        dataset.select(&indices);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use thalweg_numeric::Streams;

    use super::*;
    use crate::Transform;

    /// Twelve samples of three classes; the only feature is the number of the sample.
    fn whole() -> Dataset {
        let mut dataset = Dataset::new(
            Array2::from_shape_fn((12, 1), |(i, _)| i as f64),
            (0..12).map(|i| i % 3).collect(),
            3,
        );
        (dataset.labels[4], dataset.flipped[4]) = (2, true);
        dataset
    }

    fn left(samples: u64, choice: Choice, index: u64) -> Dataset {
        let mut dataset = whole();
        let subset = Transform::Subset(Subset { samples: Count::of(samples), choice });
        subset.apply(&mut dataset, &mut Streams::new(42, 0).stream("flips", index)).unwrap();
        dataset
    }

    fn numbers(dataset: &Dataset) -> Vec<usize> {
        dataset.inputs.to_array::<f64>().iter().map(|x| *x as usize).collect()
    }

    #[test]
    fn the_first_samples_are_left_with_all_that_is_known_of_them() {
        let dataset = left(5, Choice::First, 0);
        assert_eq!(numbers(&dataset), [0, 1, 2, 3, 4]);
        assert_eq!((&dataset.labels, &dataset.original_labels), (&vec![0, 1, 2, 0, 2], &vec![0, 1, 2, 0, 1]));
        assert_eq!((dataset.flipped, dataset.n_classes), (vec![false, false, false, false, true], 3));
        assert_eq!(left(12, Choice::First, 0), whole());
    }

    #[test]
    fn any_samples_are_equally_likely_and_stay_in_order() {
        let mut counts = [0_u32; 12];
        for index in 0..3000 {
            let dataset = left(4, Choice::Random, index);
            let numbers = numbers(&dataset);
            assert!(numbers.len() == 4 && numbers.windows(2).all(|pair| pair[0] < pair[1]));
            for (i, label) in numbers.iter().zip(&dataset.original_labels) {
                assert_eq!(*label as usize, i % 3);
                counts[*i] += 1;
            }
        }
        // A share of ⅓ of 3000, with a deviation of 25.8: five of them.
        assert!(counts.iter().all(|n| (f64::from(*n) - 1000.0).abs() < 129.0), "{counts:?}");
        let (small, large) = (numbers(&left(4, Choice::Random, 0)), numbers(&left(7, Choice::Random, 0)));
        assert!(small.iter().all(|i| large.contains(i)), "{small:?} of {large:?}");
    }

    #[test]
    fn samples_of_a_regression_keep_their_targets() {
        let inputs = Array2::from_shape_fn((12, 1), |(i, _)| i as f64);
        for (choice, expected) in [(Choice::First, Some([0, 1, 2, 3])), (Choice::Random, None)] {
            let mut dataset = Dataset::regression(inputs.clone(), &inputs * 10.0).unwrap();
            let subset = Transform::Subset(Subset { samples: Count::of(4), choice });
            subset.apply(&mut dataset, &mut Streams::new(42, 0).stream("flips", 0)).unwrap();
            let numbers = numbers(&dataset);
            assert!(expected.is_none_or(|expected| numbers == expected) && numbers.len() == 4);
            assert_eq!(dataset.numbers, Some(dataset.inputs.to_array::<f64>() * 10.0));
        }
    }

    #[test]
    fn more_than_there_are_is_refused() {
        let (mut dataset, subset) = (whole(), Subset { samples: Count::of(13), choice: Choice::First });
        let error = subset.apply(&mut dataset, &mut Streams::new(0, 0).stream("flips", 0)).unwrap_err();
        assert_eq!(error.to_string(), "subset has 13 samples, but the data have 12");
        assert_eq!(dataset, whole());
    }
}
