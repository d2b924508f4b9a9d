//! Features of mean 0 and deviation 1.

use std::sync::Arc;

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use crate::{Dataset, Features, TransformError};

/// Shifts and scales each feature so that it has mean 0 and standard deviation 1 in the training data:
///
/// ```text
/// x ← (x − m)/s,   m = Σ x_i/n,   s² = Σ (x_i − m)²/n
/// ```
/// The sums go over the training rows alone, as the transforms before it have left them: behind `noise` they
/// are of the features with their noise. As scikit-learn's `StandardScaler`. The dataset remembers m and s as
/// its [`scaling`](Dataset::scaling), by which test data become comparable. Bytes become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Standardise {
    /// What is taken together, default each feature alone.
    #[serde(default)]
    pub over: Over,
}

/// What has one shift and one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// Each feature, which must not be constant.
    #[default]
    Feature,
    /// All features together, as is usual for images, where some pixels are the same in all.
    All,
}

/// Shifts and scales that were fitted on training data: x ← (x − m)/s.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    /// m, one number a feature.
    pub mean: Vec<f64>,
    /// s, one number a feature, above 0.
    pub deviation: Vec<f64>,
}

impl Standardise {
    /// Shifts and scales for `features`.
    ///
    /// ```
    /// use ndarray::array;
    /// use thalweg_datasets::{Dataset, Over, Standardise};
    ///
    /// let scaling = Standardise { over: Over::Feature }.fit(&array![[1.0, 5.0], [3.0, -5.0]].into())?;
    /// let mut test = Dataset::new(array![[4.0, 10.0], [2.0, 0.0]], vec![0, 1], 2);
    /// scaling.apply(&mut test);
    /// assert_eq!(test.inputs, array![[2.0, 2.0], [0.0, 0.0]].into());
    /// # Ok::<(), thalweg_datasets::TransformError>(())
    /// ```
    ///
    /// # Errors
    /// [`TransformError::Constant`] with all features that are constant.
    pub fn fit(&self, features: &Features) -> Result<Scaling, TransformError> {
        let numbers = features.to_array::<f64>();
        let n_features = numbers.ncols();
        let fitted: Vec<(f64, f64)> = match self.over {
            Over::Feature => numbers.columns().into_iter().map(moments).collect(),
            Over::All => vec![moments(numbers.flatten().view()); n_features],
        };
        let features: Vec<usize> = (0..n_features).filter(|feature| fitted[*feature].1 == 0.0).collect();
        if !features.is_empty() {
            return Err(TransformError::Constant { features });
        }
        let (mean, deviation) = fitted.into_iter().unzip();
        Ok(Scaling { mean, deviation })
    }

    pub(crate) fn apply(&self, dataset: &mut Dataset) -> Result<(), TransformError> {
        let scaling = self.fit(&dataset.inputs)?;
        scaling.apply(dataset);
        dataset.scaling = Some(Arc::new(scaling));
        Ok(())
    }
}

impl Scaling {
    /// Shifts and scales the features of `dataset`.
    ///
    /// # Panics
    /// If it has another number of features.
    pub fn apply(&self, dataset: &mut Dataset) {
        let numbers = dataset.inputs.numbers_mut();
        assert_eq!(numbers.ncols(), self.mean.len(), "one mean a feature");
        for (mut feature, (mean, deviation)) in
            numbers.columns_mut().into_iter().zip(self.mean.iter().zip(&self.deviation))
        {
            feature.mapv_inplace(|x| (x - mean) / deviation);
        }
    }
}

/// Mean, and standard deviation; 0 if and only if all values are the same, which rounding may hide.
fn moments(values: ArrayView1<'_, f64>) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.sum() / n;
    if values.iter().all(|x| *x == values[0]) {
        return (mean, 0.0);
    }
    // Relative to the largest, whose square may be no float.
    let largest = values.iter().fold(0.0, |largest, x| f64::max(largest, (x - mean).abs()));
    let squares: f64 = values.iter().map(|x| ((x - mean) / largest).powi(2)).sum();
    (mean, largest * (squares / n).sqrt())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use thalweg_numeric::Streams;

    use super::*;
    use crate::Transform;

    fn standardise(dataset: &mut Dataset, over: Over) -> Result<(), TransformError> {
        let mut stream = Streams::new(0, 0).stream("flips", 0);
        Transform::Standardise(Standardise { over }).apply(dataset, &mut stream)
    }

    #[test]
    fn every_feature_gets_mean_0_and_deviation_1() {
        let inputs = array![[1.0, 0.1, 1e200], [2.0, -0.3, -3e200], [6.0, 0.5, 0.0], [-1.0, 0.2, 2e200]];
        let mut dataset = Dataset::new(inputs.clone(), vec![0, 1, 0, 1], 2);
        standardise(&mut dataset, Over::Feature).unwrap();
        let scaled = dataset.inputs.to_array::<f64>();
        for column in scaled.columns() {
            // A few roundings of numbers about 1.
            assert!(column.sum().abs() < 2e-15 && (column.dot(&column) / 4.0 - 1.0).abs() < 2e-15);
        }
        let scaling = dataset.scaling.clone().unwrap();
        // (1, 2, 6, −1): mean 2, squares of the deviations 1 + 0 + 16 + 9.
        assert_eq!((scaling.mean[0], scaling.deviation[0]), (2.0, 6.5_f64.sqrt()));
        assert_eq!(scaled[[2, 0]], 4.0 / 6.5_f64.sqrt());
    }

    #[test]
    fn all_features_may_be_taken_together() {
        let mut dataset = Dataset::new(array![[0_u8, 255], [0, 0]], vec![0, 1], 2);
        let error = standardise(&mut dataset, Over::Feature).unwrap_err();
        assert_eq!(error, TransformError::Constant { features: vec![0] });
        standardise(&mut dataset, Over::All).unwrap();
        // Mean ¼ and deviation √3/4 of (0, 1, 0, 0).
        let scaling = dataset.scaling.clone().unwrap();
        assert_eq!(scaling.mean, [0.25, 0.25]);
        let scaled = dataset.inputs.to_array::<f64>();
        // Two roundings.
        assert!(
            (scaled[[0, 1]] - 3_f64.sqrt()).abs() < 1e-15
                && (scaled[[1, 1]] + 1.0 / 3_f64.sqrt()).abs() < 1e-15
        );
    }

    #[test]
    fn constant_features_are_told_all_at_once_and_nothing_is_changed() {
        // A mean of seven times 0.1 is not 0.1.
        let inputs = Array2::from_shape_fn((7, 3), |(i, j)| if j == 1 { i as f64 } else { 0.1 });
        let mut dataset = Dataset::new(inputs, vec![0, 1, 0, 1, 0, 1, 0], 2);
        let before = dataset.clone();
        assert_eq!(
            standardise(&mut dataset, Over::Feature).unwrap_err().to_string(),
            "standardise cannot scale what is constant in the training data: features 0, 2 (from 0)"
        );
        assert_eq!(dataset, before);
    }
}
