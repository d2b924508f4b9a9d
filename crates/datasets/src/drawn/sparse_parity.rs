//! Random signs, and the parity of a few of them.

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::Count;

use super::SettingsError;
use crate::{Dataset, Transform};

/// The parity of k bits among n.
///
/// ```text
/// x ∈ {−1, 1}ⁿ uniform,   class 1 where x₁ x₂ ⋯ x_k = −1
/// ```
/// Bits of which one of the relevant is missing tell nothing of the class. After Barak et al., NeurIPS 2022,
/// with the relevant bits in front: which ones they are makes no difference to a fully connected network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SparseParity {
    /// The number of samples for training, both classes together.
    pub samples: Count,
    /// n, the number of bits, default 40.
    #[serde(default = "default_features")]
    pub features: Count,
    /// k, the number of relevant bits, at most n; default 3.
    #[serde(default = "default_relevant")]
    pub relevant: Count,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

fn default_features() -> Count {
    Count::of(40)
}

fn default_relevant() -> Count {
    Count::of(3)
}

impl SparseParity {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (self.features.size(), 2)
    }

    /// Whether there are as many bits as are relevant.
    ///
    /// # Errors
    /// [`SettingsError`] if not.
    pub fn check(&self) -> Result<(), SettingsError> {
        let (relevant, all) = (self.relevant.get(), self.features.get());
        if relevant > all {
            return Err(SettingsError::new(
                "relevant",
                format!("found {relevant}, expected at most the {all} features"),
            ));
        }
        Ok(())
    }

    /// Draws `samples` samples; each draws n uniform numbers.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let shape = (samples, self.features.size());
        let inputs = Array2::from_shape_simple_fn(shape, || if stream.uniform() < 0.5 { -1.0 } else { 1.0 });
        let relevant = self.relevant.size();
        let class =
            |bits: ndarray::ArrayView1<'_, f64>| u32::from(bits.iter().take(relevant).product::<f64>() < 0.0);
        let labels = inputs.rows().into_iter().map(class).collect();
        Dataset::new(inputs, labels, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counts, mean, points, read, stream};
    use super::*;

    #[test]
    fn the_class_is_the_parity_of_the_relevant_bits() {
        let parity: SparseParity = read("samples = 1\nfeatures = 7\nrelevant = 3");
        let dataset = parity.generate(20_000, &mut stream());
        assert_eq!((dataset.inputs.dim(), dataset.n_classes), ((20_000, 7), 2));
        for class in 0..2 {
            let points = points(&dataset, class);
            for point in &points {
                assert!(point.iter().all(|x| x.abs() == 1.0));
                let n_minus = point[..3].iter().filter(|x| **x < 0.0).count();
                assert_eq!(n_minus % 2, class as usize);
            }
            // No bit, and no pair of them, tells the class: means of ±1 within five standard errors of 10⁴.
            for i in 0..7 {
                assert!(mean(points.iter().map(|p| p[i])).abs() < 0.051, "bit {i}");
                assert!(mean(points.iter().map(|p| p[i] * p[(i + 1) % 7])).abs() < 0.051, "bit {i}");
            }
        }
        // Five standard errors of a share of ½.
        assert!((counts(&dataset)[1] as f64 / 20_000.0 - 0.5).abs() < 0.0177);
    }

    #[test]
    fn more_relevant_bits_than_there_are_is_refused() {
        let error = read::<SparseParity>("samples = 1\nfeatures = 2").check().unwrap_err();
        assert_eq!(
            (error.key, error.text.as_str()),
            ("relevant", "found 3, expected at most the 2 features")
        );
    }
}
