//! What quantities on one axis are called, and which have one.

use thalweg_records::Quantity;

use super::names::SHARED;
use crate::words::listed;

/// Labels of quantities without the words of the axis with which they begin.
pub(super) fn without_axis(labels: Vec<String>, axis: &str) -> Vec<String> {
    let axis = axis.split(" (").next().unwrap_or(axis);
    if labels.len() < 2 || axis.chars().count() < SHARED {
        return labels;
    }
    let rest = |label: String| match label.strip_prefix(axis).and_then(|rest| rest.strip_prefix(' ')) {
        Some(rest) => rest.to_owned(),
        None => label,
    };
    labels.into_iter().map(rest).collect()
}

/// What the product calls some quantities on one axis: what their labels have in common up to a comma, or
/// else all of them.
pub(super) fn shared_label(names: &[String]) -> String {
    let quantities = quantities(names);
    let Some(first) = quantities.first() else { return String::new() };
    let label = shared_words(&quantities).unwrap_or_else(|| {
        let mut labels: Vec<&str> = quantities.iter().map(|quantity| &*quantity.label).collect();
        labels.dedup();
        listed(&labels)
    });
    Quantity { label: label.into(), ..first.clone() }.axis()
}

/// Quantities by the axes that they can share: those of one unit and range that are compared in one way, and
/// those whose labels begin alike.
pub(super) fn by_axis(names: &[String]) -> Vec<Vec<String>> {
    if shared_words(&quantities(names)).is_some() {
        return vec![names.to_vec()];
    }
    let kind = |name: &String| {
        let Quantity { unit, scale, range, .. } = Quantity::of(name);
        (unit, scale, range)
    };
    let mut groups: Vec<Vec<String>> = Vec::new();
    for name in names {
        match groups.iter_mut().find(|group| kind(&group[0]) == kind(name)) {
            Some(group) => group.push(name.clone()),
            None => groups.push(vec![name.clone()]),
        }
    }
    groups
}

fn quantities(names: &[String]) -> Vec<Quantity> {
    names.iter().map(|name| Quantity::of(name)).collect()
}

/// What the labels of quantities of one unit have in common up to a comma.
fn shared_words(quantities: &[Quantity]) -> Option<String> {
    let first = quantities.first()?;
    let ends = first.label.match_indices(',').map(|(end, _)| end).chain([first.label.len()]);
    let mut beginnings = ends.map(|end| &first.label[..end]);
    let is_shared = |beginning: &&str| {
        let of = |label: &str| {
            label.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
        };
        quantities.iter().all(|quantity| of(&quantity.label) && quantity.unit == first.unit)
    };
    beginnings.rfind(is_shared).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_on_one_axis_are_called_by_what_they_share() {
        for (given, expected) in [
            (vec!["test.clean.accuracy"], "test accuracy, clean"),
            (vec!["test.clean.accuracy", "test.flipped.accuracy"], "test accuracy"),
            (vec!["seconds", "train.seconds"], "time of a run and time of all steps (s)"),
            (vec!["train.loss", "test.loss", "loss"], "training loss, test loss and loss"),
            (
                vec!["m.mode-1.variance", "m.mode-1.variance.predicted"],
                "variance along eigenvector 1 (squared weight)",
            ),
        ] {
            let given: Vec<String> = given.into_iter().map(str::to_owned).collect();
            assert_eq!(shared_label(&given), expected);
        }
    }

    #[test]
    fn a_loss_and_an_accuracy_have_no_axis_in_common() {
        for (given, expected) in [
            ("train.loss test.accuracy test.loss", "train.loss test.loss|test.accuracy"),
            ("train.seconds steps-to-loss", "train.seconds|steps-to-loss"),
            ("noise.hessian.cosine noise.hessian.chance", "noise.hessian.cosine noise.hessian.chance"),
        ] {
            let given: Vec<String> = given.split(' ').map(str::to_owned).collect();
            let groups: Vec<String> = by_axis(&given).iter().map(|group| group.join(" ")).collect();
            assert_eq!(groups.join("|"), expected);
        }
    }
}
