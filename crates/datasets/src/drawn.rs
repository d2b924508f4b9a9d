//! Data that are drawn: points of known geometry, and the classes that a teacher gives to random points.
//!
//! Each kind is a struct of settings with the samples that it draws. Whatever decides the distribution
//! besides the settings, such as the weights of a teacher, comes from a seed of its own among them: training
//! and test sets of all replicates are of one distribution.

pub(crate) mod blobs;
pub(crate) mod circles;
pub(crate) mod function;
pub(crate) mod gaussian_mixture;
pub(crate) mod linear_regression;
pub(crate) mod linear_teacher;
pub(crate) mod logistic_teacher;
pub(crate) mod modular_addition;
pub(crate) mod sparse_parity;
pub(crate) mod spirals;
pub(crate) mod swiss_roll;
pub(crate) mod teacher_student;
pub(crate) mod xor;

use ndarray::{Array2, ArrayViewMut1};
use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Stream, Streams};

use crate::Dataset;

/// Settings of a source that do not fit each other.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{text}")]
pub struct SettingsError {
    /// The key of the source that is to blame.
    pub key: &'static str,
    /// What was found, and what is expected.
    pub text: String,
}

impl SettingsError {
    pub(crate) fn new(key: &'static str, text: impl Into<String>) -> Self {
        Self { key, text: text.into() }
    }
}

pub(crate) fn check_classes(classes: Count) -> Result<(), SettingsError> {
    if classes.get() < 2 {
        return Err(SettingsError::new("classes", format!("found {}, expected at least 2", classes.get())));
    }
    Ok(())
}

/// Fills the points of sample after sample, of class i mod K each, so that classes are as even as can be.
pub(crate) fn in_turn(
    samples: usize,
    (n_features, n_classes): (usize, usize),
    mut fill: impl FnMut(usize, ArrayViewMut1<'_, f64>),
) -> Dataset {
    let mut inputs = Array2::zeros((samples, n_features));
    for (i, point) in inputs.rows_mut().into_iter().enumerate() {
        fill(i, point);
    }
    let labels = (0..samples).map(|i| (i % n_classes) as u32).collect();
    Dataset::new(inputs, labels, n_classes)
}

/// Draws points from N(0, I) and lets `class` decide on each.
pub(crate) fn normal_points(
    samples: usize,
    (n_features, n_classes): (usize, usize),
    stream: &mut Stream,
    mut class: impl FnMut(&[f64], &mut Stream) -> u32,
) -> Dataset {
    let mut numbers = vec![0.0; samples * n_features];
    let mut labels = Vec::with_capacity(samples);
    for point in numbers.chunks_exact_mut(n_features) {
        point.iter_mut().for_each(|x| *x = stream.normal());
        labels.push(class(point, stream));
    }
    let inputs = Array2::from_shape_vec((samples, n_features), numbers).expect("as many numbers as places");
    Dataset::new(inputs, labels, n_classes)
}

/// Adds σξ with ξ ~ N(0, 1) to each coordinate, which draws two uniform numbers for each whatever σ is.
pub(crate) fn jitter(mut point: ArrayViewMut1<'_, f64>, deviation: f64, stream: &mut Stream) {
    point.iter_mut().for_each(|x| *x += deviation * stream.normal());
}

/// `[rows, columns]` of independent N(0, variance), from the stream of a teacher.
pub(crate) fn teacher_weights(seed: u64, rows: usize, columns: usize, variance: f64) -> Vec<Vec<f64>> {
    let mut stream = Streams::new(seed, 0).stream("teacher", 0);
    let deviation = variance.sqrt();
    (0..rows).map(|_| (0..columns).map(|_| deviation * stream.normal()).collect()).collect()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The first of the largest.
pub(crate) fn argmax(values: impl Iterator<Item = f64>) -> u32 {
    let largest = |best: (u32, f64), (i, x): (u32, f64)| if x > best.1 { (i, x) } else { best };
    (0..).zip(values).fold((0, f64::NEG_INFINITY), largest).0
}

#[cfg(test)]
pub(crate) mod testing {
    use serde::de::DeserializeOwned;
    use thalweg_numeric::{Stream, Streams};

    use crate::Dataset;

    pub(crate) fn read<T: DeserializeOwned>(text: &str) -> T {
        toml::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    pub(crate) fn stream() -> Stream {
        Streams::new(42, 0).stream("data", 0)
    }

    /// The points of a class as rows.
    pub(crate) fn points(dataset: &Dataset, class: u32) -> Vec<Vec<f64>> {
        let inputs = dataset.inputs.to_array::<f64>();
        let rows = inputs.rows().into_iter().zip(&dataset.labels);
        rows.filter(|(_, label)| **label == class).map(|(row, _)| row.to_vec()).collect()
    }

    pub(crate) fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let (n, sum) = values.fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
        sum / n
    }

    pub(crate) fn counts(dataset: &Dataset) -> Vec<usize> {
        let mut counts = vec![0; dataset.n_classes];
        dataset.labels.iter().for_each(|label| counts[*label as usize] += 1);
        counts
    }
}
