//! Rows that a network may learn and be tested with.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use thalweg_datasets::{Dataset, Source};

use crate::file::{Learning, TestRows};
use crate::inputs::{Inputs, kept_rows};

/// A warning of test rows that the network learns, with the same features and the same class or targets, and
/// of rows that occur twice where some are held out.
pub(super) fn repeated(task: &Learning, inputs: &Inputs) -> Option<String> {
    let data = inputs.dataset.as_ref()?;
    if let TestRows::File(test) = kept_rows(task)? {
        let (learned, tested) = (HashSet::<u64>::from_iter(hashes(data)), inputs.held_out.as_ref()?);
        let (n, all) = (hashes(tested).filter(|row| learned.contains(row)).count(), tested.n_samples());
        let path = test.path.display();
        return (n > 0).then(|| {
            format!("warning: {path}: {n} of {all} test rows are training rows too, with the same answer")
        });
    }
    let path = match &task.data {
        Source::Csv(source) => &source.path,
        Source::Parquet(source) => &source.path,
        Source::Npy(source) => source.path.as_ref().unwrap_or(&source.features),
        _ => return None,
    };
    let (mut seen, all) = (HashSet::new(), data.n_samples());
    let n = hashes(data).filter(|row| !seen.insert(*row)).count();
    (n > 0).then(|| {
        format!(
            "warning: {}: {n} of {all} rows repeat an earlier one, answer and all: one of them may be learned and the \
             other tested",
            path.display()
        )
    })
}

/// A number for each row, by its features and what is to be said of it.
fn hashes(data: &Dataset) -> impl Iterator<Item = u64> {
    let inputs = data.inputs.to_array::<f64>();
    (0..data.n_samples()).map(move |row| {
        let mut hasher = DefaultHasher::new();
        let numbers = data.numbers.as_ref().map(|numbers| numbers.row(row));
        let answers = numbers.iter().flatten();
        // With 0 added, −0 is 0.
        inputs.row(row).iter().chain(answers).for_each(|x| (x + 0.0).to_bits().hash(&mut hasher));
        data.labels.get(row).hash(&mut hasher);
        hasher.finish()
    })
}
