//! Pairs of numbers, and their sum modulo p.

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::Count;

use super::SettingsError;
use crate::{Dataset, Transform};

/// a + b modulo p, from the table of which a part is shown: the task of grokking.
///
/// ```text
/// x = (e_a, e_b) ∈ {0, 1}^2p,   class (a + b) mod p,   a, b = 0 … p − 1
/// ```
/// e_a has a 1 at place a and 0 elsewhere. The p² pairs come in random order, none twice before all have come
/// once; samples = p² is the whole table. After Power et al., "Grokking", 2022, arXiv:2201.02177.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModularAddition {
    /// The number of samples for training, all classes together.
    pub samples: Count,
    /// p, from 2 to 4096; default 97, as in the paper.
    #[serde(default = "default_modulus")]
    pub modulus: Count,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// The table of a larger modulus has more than 2²⁴ pairs.
const MOST: u64 = 4096;

fn default_modulus() -> Count {
    Count::of(97)
}

impl ModularAddition {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (2 * self.modulus.size(), self.modulus.size())
    }

    /// Whether there are two classes, and no more pairs than anybody wants to learn.
    ///
    /// # Errors
    /// [`SettingsError`] if not.
    pub fn check(&self) -> Result<(), SettingsError> {
        let modulus = self.modulus.get();
        if !(2..=MOST).contains(&modulus) {
            return Err(SettingsError::new("modulus", format!("found {modulus}, expected 2 to {MOST}")));
        }
        Ok(())
    }

    /// Draws `samples` samples.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let p = self.modulus.get() as u32;
        let mut pairs: Vec<u32> = (0..p * p).collect();
        stream.shuffle(&mut pairs);
        let mut inputs = Array2::<f64>::zeros((samples, self.extent().0));
        let mut labels = Vec::with_capacity(samples);
        for (mut row, pair) in inputs.rows_mut().into_iter().zip(pairs.into_iter().cycle()) {
            let (a, b) = (pair / p, pair % p);
            row[a as usize] = 1.0;
            row[(p + b) as usize] = 1.0;
            labels.push((a + b) % p);
        }
        Dataset::new(inputs, labels, p as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::testing::{counts, read, stream};
    use super::*;

    #[test]
    fn the_whole_table_comes_once_and_then_again() {
        let dataset = read::<ModularAddition>("samples = 1\nmodulus = 5").generate(30, &mut stream());
        assert_eq!((dataset.inputs.dim(), dataset.n_classes), ((30, 10), 5));
        let inputs = dataset.inputs.to_array::<f64>();
        let mut pairs = Vec::new();
        for (row, label) in inputs.rows().into_iter().zip(&dataset.labels) {
            let ones: Vec<usize> = (0..10).filter(|i| row[*i] == 1.0).collect();
            let [a, b] = ones[..] else { panic!("{row}") };
            assert!(a < 5 && b >= 5 && row.sum() == 2.0);
            assert_eq!(*label as usize, (a + b) % 5);
            pairs.push((a, b));
        }
        assert_eq!(pairs[..25].iter().collect::<BTreeSet<_>>().len(), 25);
        assert_eq!(pairs[25..], pairs[..5]);
        assert!(pairs[..25].windows(2).any(|pair| pair[0] > pair[1]), "the order is random");
        let table = read::<ModularAddition>("samples = 1\nmodulus = 5").generate(25, &mut stream());
        assert_eq!(counts(&table), [5; 5]);
    }

    #[test]
    fn a_modulus_of_one_class_and_a_huge_one_are_refused() {
        for modulus in [1, 4097] {
            let error =
                read::<ModularAddition>(&format!("samples = 1\nmodulus = {modulus}")).check().unwrap_err();
            assert_eq!(error.text, format!("found {modulus}, expected 2 to 4096"));
        }
    }
}
