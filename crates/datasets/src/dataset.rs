//! Labelled samples.

use crate::Features;

/// Inputs with class labels, and the memory of which labels were made wrong.
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
    /// Whether each label differs from the original one. A label that was flipped and flipped back does not.
    pub flipped: Vec<bool>,
}

impl Dataset {
    /// Samples as a source gives them, no label flipped.
    ///
    /// # Panics
    /// If there is not one label a sample, fewer than two classes, or a label that is none of them.
    pub fn new(inputs: impl Into<Features>, labels: Vec<u32>, n_classes: usize) -> Self {
        let inputs = inputs.into();
        assert_eq!(inputs.n_samples(), labels.len(), "one label a sample");
        assert!(n_classes >= 2, "at least two classes, not {n_classes}");
        assert!(labels.iter().all(|label| (*label as usize) < n_classes), "labels below {n_classes}");
        let flipped = vec![false; labels.len()];
        Self { inputs, original_labels: labels.clone(), labels, n_classes, flipped }
    }
}
