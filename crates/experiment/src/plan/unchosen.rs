//! The features of a table that nobody has chosen: all columns but those to be learned.

use thalweg_datasets::Dataset;

/// More names than these are not told.
const MOST_NAMES: usize = 12;

/// Which features there are, and a warning of each that counts the rows, of which `dropped` were left out.
pub(super) fn notes(path: &str, dataset: &Dataset, names: &[String], dropped: usize) -> Vec<String> {
    let mut notes = vec![format!("{path}: all other columns are features: {}", listed(names, str::to_owned))];
    let inputs = dataset.inputs.to_array::<f64>();
    let counts = |feature: &usize| counts_rows(inputs.column(*feature).iter().copied(), dropped);
    let counting: Vec<&String> = (0..names.len()).filter(counts).map(|feature| &names[feature]).collect();
    let others: Vec<String> = names.iter().filter(|name| !counting.contains(name)).cloned().collect();
    notes.extend(counting.iter().map(|name| {
        let without = match others.len() {
            0 | MOST_NAMES.. => "features = […]".to_owned(),
            _ => format!("features = [{}]", listed(&others, |name| format!("{name:?}"))),
        };
        format!("warning: {path}: {name} counts the rows, and is a feature; leave it out with {without}")
    }));
    notes
}

fn listed(names: &[String], shown: impl Fn(&str) -> String) -> String {
    let first: Vec<String> = names.iter().take(MOST_NAMES).map(|name| shown(name)).collect();
    let more = match names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    first.join(", ") + &more
}

/// Whether these are 0, 1, 2, … or 1, 2, 3, …, but for rows that were left out.
fn counts_rows(values: impl ExactSizeIterator<Item = f64>, dropped: usize) -> bool {
    let (mut gaps, mut next) = (dropped as f64, None);
    values.len() > 2
        && values.into_iter().all(|value| {
            // Before the first row there may be one gap without a reason: counting begins with 0 or 1.
            let gap = value - next.unwrap_or(0.0);
            let spare = if next.is_none() { 1.0 } else { 0.0 };
            next = Some(value + 1.0);
            gaps -= (gap - spare).max(0.0);
            gap >= 0.0 && gap.fract() == 0.0 && gaps >= 0.0
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_rows_from_0_or_1_with_gaps_for_rows_that_were_left_out() {
        let counts = |values: &[f64], dropped| counts_rows(values.iter().copied(), dropped);
        assert!(counts(&[0.0, 1.0, 2.0, 3.0], 0) && counts(&[1.0, 2.0, 3.0], 0));
        assert!(!counts(&[2.0, 3.0, 4.0], 0) && !counts(&[0.0, 1.0, 3.0], 0) && !counts(&[1.0, 3.0, 4.0], 0));
        assert!(
            counts(&[0.0, 1.0, 3.0, 4.0], 1) && !counts(&[0.0, 1.0, 4.0], 1) && counts(&[2.0, 3.0, 4.0], 1)
        );
        assert!(!counts(&[0.0, 2.0, 1.0], 9) && !counts(&[0.0, 0.5, 1.0], 9) && !counts(&[0.0, 0.0, 1.0], 9));
        assert!(!counts(&[0.0, 1.0], 0), "two values are no sign");
    }
}
