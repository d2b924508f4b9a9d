//! Whether transforms fit the data that they change.

use thalweg_datasets::{Transform, TransformError};

use crate::file::{Learning, Test};
use crate::inputs::{Inputs, extent_before};

/// A key, what is wrong with it, and perhaps a hint.
pub(super) type Complaint = (&'static str, String, Option<&'static str>);

pub(super) const TRAIN: &str = "data.transforms";
const TEST: &str = "test.variants";

/// What is wrong with the transforms of training and test data, but for constant features.
pub(super) fn check_transforms(task: &Learning, inputs: &Inputs) -> Vec<Complaint> {
    let (n_samples, n_features, _) = extent_before(task, inputs);
    let train = task.data.transforms();
    let mut complaints = check_sizes(TRAIN, train, n_samples, n_features);
    complaints.extend(check_standardise(TRAIN, train));
    complaints.extend(check_labels(TRAIN, train, task));
    for (name, variant) in task.test.iter().filter_map(Test::variants).flatten() {
        complaints.extend(check_sizes(TEST, variant, test_samples(task, inputs), n_features));
        complaints.extend(check_labels(TEST, variant, task));
        complaints.extend(check_standardise(TEST, variant));
        complaints.extend(check_order(train, name, variant));
    }
    complaints
}

fn test_samples(task: &Learning, inputs: &Inputs) -> usize {
    let held_out = inputs.held_out.as_ref().map_or(usize::MAX, |data| data.n_samples());
    match &task.test {
        Some(Test::Sets(sets)) => sets.samples.map_or(held_out, |n| n.size()),
        _ => held_out,
    }
}

/// Labels can be changed only where there are some.
fn check_labels(key: &'static str, transforms: &[Transform], task: &Learning) -> Option<Complaint> {
    let kind = transforms.iter().find_map(Transform::of_labels).filter(|_| task.is_regression())?;
    Some((key, TransformError::NoClasses { kind }.to_string(), None))
}

fn check_sizes(
    key: &'static str,
    transforms: &[Transform],
    mut n_samples: usize,
    n_features: usize,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for transform in transforms {
        let error = match transform {
            Transform::Stretch(stretch) if stretch.factors.len() != n_features => {
                Some(TransformError::FactorCount { n_factors: stretch.factors.len(), n_features })
            }
            Transform::Subset(subset) if subset.samples.size() > n_samples => {
                Some(TransformError::TooFew { asked: subset.samples.get(), found: n_samples })
            }
            _ => None,
        };
        complaints.extend(error.map(|error| (key, error.to_string(), None)));
        n_samples = transform.n_samples(n_samples);
    }
    complaints
}

fn check_standardise(key: &'static str, transforms: &[Transform]) -> Option<Complaint> {
    let times = transforms.iter().filter(|transform| is_standardise(transform)).count();
    (times > 1).then(|| (key, format!("standardise is there {times} times, expected once"), None))
}

/// Test data are scaled as the training data were, before anything else or where the variant says. Where
/// features were stretched before, only the variant can say whether test features are.
fn check_order(train: &[Transform], name: &str, variant: &[Transform]) -> Option<Complaint> {
    let of_train = train.iter().position(is_standardise);
    match (of_train, variant.iter().any(is_standardise)) {
        (None, true) => {
            let text = format!("{name} has standardise, but data.transforms, where it is fitted, has not");
            Some((TEST, text, None))
        }
        (Some(place), false) if train[..place].iter().any(|t| matches!(t, Transform::Stretch(_))) => {
            let text = format!("{name} has no standardise, but data.transforms has, after a stretch");
            Some((TEST, text, Some("give the variant the same stretch and standardise")))
        }
        _ => None,
    }
}

fn is_standardise(transform: &Transform) -> bool {
    matches!(transform, Transform::Standardise(_))
}
