//! Samples with classes or with numbers.

use std::sync::Arc;

use ndarray::{Array2, Axis};
use thalweg_numeric::Real;

use crate::{Features, Scaling};

/// Inputs with class labels, and the memory of which labels were made wrong; or with numbers, for a
/// regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// One sample a row: `[n_samples, n_features]`.
    pub inputs: Features,
    /// The class of each sample, 0 … `n_classes` − 1, after all transforms.
    pub labels: Vec<u32>,
    /// K, the number of classes.
    pub n_classes: usize,
    /// The class of each sample as the source gave it.
    pub original_labels: Vec<u32>,
    /// The name of each class, if classes have names.
    pub class_names: Option<Arc<[String]>>,
    /// Whether each label differs from the original one. A label that was flipped and flipped back does not.
    pub flipped: Vec<bool>,
    /// What a regression is to say of each sample: `[n_samples, n_targets]`. Then there are no labels, and
    /// `n_classes` is 0.
    pub numbers: Option<Array2<f64>>,
    /// How the features were [standardised](crate::Standardise), if they were.
    pub scaling: Option<Arc<Scaling>>,
}

/// Samples that make no dataset.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DatasetError {
    /// Inputs and labels are not of the same samples.
    #[error("{labels} labels for {samples} samples")]
    Labels {
        /// Rows of the inputs.
        samples: usize,
        /// The number of labels.
        labels: usize,
    },
    /// Inputs and targets are not of the same samples.
    #[error("targets of {targets} samples for {samples} samples")]
    Targets {
        /// Rows of the inputs.
        samples: usize,
        /// Rows of the targets.
        targets: usize,
    },
    /// Nothing to say.
    #[error("no targets, expected at least one number a sample")]
    NoTargets,
    /// A target that is infinite or NaN.
    #[error("target {target} of sample {sample} is {value}, expected a finite number")]
    TargetNotFinite {
        /// Counts from 0.
        sample: usize,
        /// Counts from 0.
        target: usize,
        /// The target.
        value: f64,
    },
    /// Nothing to tell apart.
    #[error("{n_classes} classes, expected at least 2")]
    Classes {
        /// The number that was given.
        n_classes: usize,
    },
    /// There is no such class.
    #[error("sample {sample} has the label {label}, expected one below {n_classes}: classes count from 0")]
    Label {
        /// Counts from 0.
        sample: usize,
        /// The label that it has.
        label: u32,
        /// The number of classes.
        n_classes: usize,
    },
    /// An input that is infinite or NaN.
    #[error("feature {feature} of sample {sample} is {value}, expected a finite number")]
    NotFinite {
        /// Counts from 0.
        sample: usize,
        /// Counts from 0.
        feature: usize,
        /// The input.
        value: f64,
    },
}

impl Dataset {
    /// Samples as a source gives them, no label flipped.
    ///
    /// # Panics
    /// If they make no dataset: see [`try_new`](Self::try_new).
    pub fn new(inputs: impl Into<Features>, labels: Vec<u32>, n_classes: usize) -> Self {
        Self::try_new(inputs, labels, n_classes).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Samples from anywhere, such as arrays of your own, no label flipped.
    ///
    /// ```
    /// use ndarray::array;
    /// use thalweg_datasets::Dataset;
    ///
    /// let inputs = array![[0.0, 1.5], [2.0, -0.5], [0.5, 0.5]];
    /// let dataset = Dataset::try_new(inputs.clone(), vec![0, 1, 1], 2)?;
    /// let (rows, labels) = dataset.batch::<f32>(&[2, 0]);
    /// assert_eq!((rows, labels), (array![[0.5, 0.5], [0.0, 1.5]], vec![1, 0]));
    ///
    /// let error = Dataset::try_new(inputs, vec![1, 2, 2], 2).unwrap_err();
    /// assert_eq!(error.to_string(), "sample 1 has the label 2, expected one below 2: classes count from 0");
    /// # Ok::<(), thalweg_datasets::DatasetError>(())
    /// ```
    ///
    /// # Errors
    /// [`DatasetError`] if there is not one label a sample, there are fewer than two classes, a label is none
    /// of them or an input is not finite.
    pub fn try_new(
        inputs: impl Into<Features>,
        labels: Vec<u32>,
        n_classes: usize,
    ) -> Result<Self, DatasetError> {
        let inputs = inputs.into();
        let samples = inputs.n_samples();
        if samples != labels.len() {
            return Err(DatasetError::Labels { samples, labels: labels.len() });
        }
        if n_classes < 2 {
            return Err(DatasetError::Classes { n_classes });
        }
        if let Some(sample) = labels.iter().position(|label| *label as usize >= n_classes) {
            return Err(DatasetError::Label { sample, label: labels[sample], n_classes });
        }
        check_inputs(&inputs)?;
        let flipped = vec![false; labels.len()];
        let original_labels = labels.clone();
        let (class_names, numbers, scaling) = (None, None, None);
        Ok(Self { inputs, labels, n_classes, class_names, original_labels, flipped, numbers, scaling })
    }

    /// Samples for a regression: `targets` are of shape `[n_samples, n_targets]`.
    ///
    /// ```
    /// use ndarray::array;
    /// use thalweg_datasets::Dataset;
    ///
    /// let line = Dataset::regression(array![[0.0], [1.0], [2.0]], array![[1.0], [3.0], [5.0]])?;
    /// assert_eq!((line.n_samples(), line.n_outputs()), (3, 1));
    /// # Ok::<(), thalweg_datasets::DatasetError>(())
    /// ```
    ///
    /// # Errors
    /// [`DatasetError`] if there are not as many rows of targets as samples, or no targets, or if a number is
    /// not finite.
    pub fn regression(inputs: impl Into<Features>, targets: Array2<f64>) -> Result<Self, DatasetError> {
        let inputs = inputs.into();
        let samples = inputs.n_samples();
        if samples != targets.nrows() {
            return Err(DatasetError::Targets { samples, targets: targets.nrows() });
        }
        if targets.ncols() == 0 {
            return Err(DatasetError::NoTargets);
        }
        if let Some(((sample, target), value)) = targets.indexed_iter().find(|(_, x)| !x.is_finite()) {
            return Err(DatasetError::TargetNotFinite { sample, target, value: *value });
        }
        check_inputs(&inputs)?;
        Ok(Self {
            inputs,
            labels: Vec::new(),
            n_classes: 0,
            class_names: None,
            original_labels: Vec::new(),
            flipped: Vec::new(),
            numbers: Some(targets),
            scaling: None,
        })
    }

    /// The number of samples.
    pub fn n_samples(&self) -> usize {
        self.inputs.n_samples()
    }

    /// How many outputs a network needs: one for each class, or for each target.
    pub fn n_outputs(&self) -> usize {
        self.numbers.as_ref().map_or(self.n_classes, Array2::ncols)
    }

    /// Leaves the samples of these indices, in this order.
    ///
    /// # Panics
    /// If there is no sample of such an index.
    pub fn select(&mut self, indices: &[usize]) {
        self.inputs = self.inputs.select(indices);
        if let Some(numbers) = &mut self.numbers {
            *numbers = numbers.select(Axis(0), indices);
            return;
        }
        self.labels = indices.iter().map(|i| self.labels[*i]).collect();
        self.original_labels = indices.iter().map(|i| self.original_labels[*i]).collect();
        self.flipped = indices.iter().map(|i| self.flipped[*i]).collect();
    }

    /// The name of a class, or its number if it has none.
    ///
    /// # Panics
    /// If the classes have names and there is no such class.
    pub fn class_name(&self, class: u32) -> String {
        match &self.class_names {
            Some(names) => names[class as usize].clone(),
            None => class.to_string(),
        }
    }

    /// The numbers and names of the classes, in words, the first of many; `None` if they have no names.
    pub fn named_classes(&self) -> Option<String> {
        const MOST: usize = 20;
        let names = self.class_names.as_ref()?;
        let shown = |(class, name): (usize, &String)| match name.parse::<u32>() {
            // So that one number is told from the other.
            Ok(_) => format!("{class} {name:?}"),
            Err(_) => format!("{class} {name}"),
        };
        let shown: Vec<String> = names.iter().take(MOST).enumerate().map(shown).collect();
        let more = names.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(shown.join(", ") + &more)
    }

    /// Some samples, such as those of a [`Sampler`](crate::Sampler)'s batch: their inputs, `[indices.len(),
    /// n_features]`, each rounded once, and their labels.
    ///
    /// # Panics
    /// If there is no sample of such an index.
    pub fn batch<F: Real>(&self, indices: &[u32]) -> (Array2<F>, Vec<u32>) {
        let shape = (indices.len(), self.inputs.n_features());
        let mut rows = vec![F::ZERO; shape.0 * shape.1];
        self.inputs.copy_rows(indices, &mut rows);
        let labels = indices.iter().map(|index| self.labels[*index as usize]).collect();
        (Array2::from_shape_vec(shape, rows).expect("as many numbers as places"), labels)
    }
}

fn check_inputs(inputs: &Features) -> Result<(), DatasetError> {
    let Features::Numbers(numbers) = inputs else { return Ok(()) };
    match numbers.indexed_iter().find(|(_, x)| !x.is_finite()) {
        Some(((sample, feature), value)) => Err(DatasetError::NotFinite { sample, feature, value: *value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn what_makes_no_dataset_is_told() {
        let of = |inputs: Array2<f64>, labels: &[u32], n_classes| {
            Dataset::try_new(inputs, labels.to_vec(), n_classes).unwrap_err()
        };
        let inputs = || array![[0.0, 1.0], [2.0, 3.0]];
        assert_eq!(of(inputs(), &[0, 1, 1], 2), DatasetError::Labels { samples: 2, labels: 3 });
        assert_eq!(of(inputs(), &[0, 0], 1), DatasetError::Classes { n_classes: 1 });
        assert_eq!(of(inputs(), &[0, 3], 3), DatasetError::Label { sample: 1, label: 3, n_classes: 3 });
        let infinite = of(array![[0.0, 1.0], [f64::INFINITY, 3.0]], &[0, 1], 2);
        assert_eq!(infinite, DatasetError::NotFinite { sample: 1, feature: 0, value: f64::INFINITY });
        assert!(Dataset::try_new(inputs(), vec![0, 1], 2).is_ok());
    }

    #[test]
    fn a_regression_has_numbers_and_no_labels() {
        let of = |targets| Dataset::regression(array![[0.0], [1.0], [2.0]], targets);
        let mut line = of(array![[1.0, 0.5], [3.0, 1.5], [5.0, 2.5]]).unwrap();
        assert_eq!((line.n_samples(), line.n_outputs(), line.labels.len()), (3, 2, 0));
        line.select(&[2, 0]);
        assert_eq!(
            (line.inputs, line.numbers),
            (array![[2.0], [0.0]].into(), Some(array![[5.0, 2.5], [1.0, 0.5]]))
        );
        assert_eq!(of(array![[1.0]]).unwrap_err(), DatasetError::Targets { samples: 3, targets: 1 });
        assert_eq!(of(Array2::zeros((3, 0))).unwrap_err(), DatasetError::NoTargets);
        let endless = of(array![[1.0], [f64::INFINITY], [0.0]]).unwrap_err();
        assert_eq!(endless.to_string(), "target 0 of sample 1 is inf, expected a finite number");
    }

    #[test]
    fn a_batch_of_images_is_their_brightness() {
        let dataset = Dataset::new(array![[0_u8, 51], [255, 102]], vec![0, 1], 2);
        let (rows, labels) = dataset.batch::<f64>(&[1, 1, 0]);
        assert_eq!(rows, array![[1.0, 0.4], [1.0, 0.4], [0.0, 0.2]]);
        assert_eq!(labels, [1, 1, 0]);
    }

    #[test]
    fn classes_are_told_by_their_names() {
        let mut dataset = Dataset::new(array![[0.0], [1.0]], vec![0, 1], 25);
        assert_eq!((dataset.named_classes(), dataset.class_name(7)), (None, "7".to_owned()));
        dataset.class_names = Some((0..25).map(|i| format!("c{i}")).collect());
        assert_eq!(dataset.class_name(7), "c7");
        let told = dataset.named_classes().unwrap();
        assert!(told.starts_with("0 c0, 1 c1, ") && told.ends_with(", 19 c19 and 5 more"), "{told}");
    }

    #[test]
    #[should_panic(expected = "2 labels for 1 samples")]
    fn a_source_that_contradicts_itself_is_a_bug() {
        Dataset::new(array![[0.0]], vec![0, 1], 2);
    }
}
