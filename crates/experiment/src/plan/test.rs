//! Whether there is what a network is to be tested on.

use thalweg_datasets::Source;
use thalweg_document::Problem;

use super::check::MOST;
use super::transforms::Complaint;
use crate::file::{Folds, HoldOut, Learning, RunSpec, Task, Test, TestRows, TestSets};
use crate::inputs::{Inputs, counts, kept_rows, shares, sizes, split};

/// More test sets are taken for a slip of the keyboard.
const MOST_SETS: u64 = 1_000_000;

pub(super) fn check_test(task: &Learning, test: &Test, inputs: &Inputs, n_features: usize) -> Vec<Complaint> {
    match test {
        Test::Sets(sets) => check_sets(task, sets, inputs, n_features),
        Test::Rows(rows) => check_rows(task, rows, inputs),
    }
}

fn check_sets(task: &Learning, test: &TestSets, inputs: &Inputs, n_features: usize) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if test.variants.is_empty() {
        let text = "there is none, so nothing would be tested".to_owned();
        complaints.push(("test.variants", text, Some("clean = [] leaves the test data as they are")));
    }
    match (&task.data, &inputs.held_out) {
        (data, _) if data.drawn_extent().is_some() => {
            for (key, setting) in [("test.sets", test.sets), ("test.samples", test.samples)] {
                if setting.is_none() {
                    complaints.push((key, "this key is missing".to_owned(), None));
                }
            }
        }
        (_, Some(_)) => {
            for (key, setting) in [("test.sets", test.sets), ("test.samples", test.samples)] {
                if setting.is_some() {
                    let text = "the test set is the one that the files hold out".to_owned();
                    complaints.push((key, text, Some("remove it: only generated data are drawn anew")));
                }
            }
        }
        (Source::Csv(_) | Source::Npy(_) | Source::Parquet(_), None) => {
            let file = match task.data {
                Source::Csv(_) => "a CSV file",
                Source::Parquet(_) => "a Parquet file",
                _ => "arrays",
            };
            let text = format!("fresh test sets cannot be drawn from {file}");
            let hint = "kind = \"hold-out\" with a fraction keeps rows for the test, kind = \"file\" reads a second file";
            complaints.push(("test", text, Some(hint)));
        }
        (_, None) => {
            let text = "the folder has no test files (t10k-…)".to_owned();
            complaints.push((
                "test",
                text,
                Some("kind = \"hold-out\" with a fraction keeps some of the others"),
            ));
        }
    }
    let (sets, samples) = (test.sets.map_or(0, |n| n.get()), test.samples.map_or(0, |n| n.size()));
    if sets > MOST_SETS {
        complaints.push(("test.sets", format!("found {sets}, expected at most {MOST_SETS}"), None));
    }
    if samples as f64 * n_features as f64 > MOST {
        let text = format!("found {samples}, expected at most {:e}", MOST / 2.0);
        complaints.push(("test.samples", text, None));
    }
    complaints
}

fn check_rows(task: &Learning, rows: &TestRows, inputs: &Inputs) -> Vec<Complaint> {
    let Some(data) = &inputs.dataset else {
        let text = "the data are drawn, and have no rows to be kept".to_owned();
        let hint = "sets, samples and variants, without kind, draw fresh ones";
        return vec![("test.kind", text, Some(hint))];
    };
    if let TestRows::File(_) = rows {
        return check_second_file(&task.data).into_iter().collect();
    }
    let n = data.n_samples();
    let Some((train, test)) = sizes(rows, n) else { return Vec::new() };
    let (key, is_stratified) = match rows {
        TestRows::HoldOut(HoldOut { stratified, .. }) => ("test.fraction", *stratified),
        TestRows::Folds(Folds { stratified, .. }) => ("test.count", *stratified),
        TestRows::File(_) => return Vec::new(),
    };
    let complain = |text: String| vec![(key, text, None)];
    let purpose = match (test, train) {
        (0, _) => Some("to be tested with"),
        (_, 0) => Some("to learn from"),
        _ => None,
    };
    match (rows, purpose) {
        (TestRows::Folds(folds), _) if folds.count.get() < 2 => {
            return complain(
                "found 1, expected at least 2: with one fold there is nothing to learn from".to_owned(),
            );
        }
        (TestRows::HoldOut(held_out), Some(purpose)) => {
            let found = held_out.fraction.get();
            return complain(format!(
                "found {found}, expected a number above 0 and at most {}/{n}: of {n} rows none is left {purpose}",
                n.saturating_sub(1)
            ));
        }
        (TestRows::Folds(folds), Some(purpose)) => {
            let found = folds.count;
            return complain(format!(
                "found {}, expected from 2 to {n}: of {n} rows none is left {purpose} in some fold",
                found.get()
            ));
        }
        _ => {}
    }
    if is_stratified && data.numbers.is_some() {
        let text = "the targets are numbers, and have no classes to be kept in proportion".to_owned();
        return vec![("test.stratified", text, Some("remove it"))];
    }
    lost_class(rows, is_stratified, inputs, test).map_or_else(Vec::new, complain)
}

/// A second file is read as the first, so it must be one file, and bring along no test data of its own.
fn check_second_file(data: &Source) -> Option<Complaint> {
    match data {
        Source::Csv(_) | Source::Parquet(_) => None,
        Source::Npy(source) if source.path.is_some() => None,
        Source::Npy(_) => {
            let text = "the training data are two arrays in files of their own, and `path` names one file";
            let hint = "np.savez writes both arrays to one archive, for training and for the test: data.path \
                        names the first, test.path the second";
            Some(("test.kind", text.to_owned(), Some(hint)))
        }
        _ => {
            let text = "a folder of IDX files has no second one".to_owned();
            Some(("test.kind", text, Some("without kind the test files of the folder are used")))
        }
    }
}

/// A class of which no row is left to learn from, however the others are drawn.
fn lost_class(rows: &TestRows, is_stratified: bool, inputs: &Inputs, test: usize) -> Option<String> {
    let data = inputs.dataset.as_ref().filter(|_| is_stratified)?;
    let counts = counts(data);
    let kept = match rows {
        TestRows::Folds(folds) => counts.iter().map(|count| count.div_ceil(folds.count.size())).collect(),
        _ => shares(&counts, test),
    };
    let class = (0..counts.len()).find(|class| counts[*class] <= kept[*class])?;
    let (name, count) = (data.class_name(class as u32), counts[class]);
    let rows = if count == 1 { "row" } else { "rows" };
    Some(format!("leaves no row of class {name} to learn from, of {count} {rows}"))
}

/// A class of which no row is left to learn from in the replicate of a run, as the rows are drawn.
pub(super) fn check_replicate(spec: &RunSpec, inputs: &Inputs) -> Option<Problem> {
    let Task::Learning(task) = &spec.task else { return None };
    let (rows, data) = (kept_rows(task)?, inputs.dataset.as_ref()?);
    let (_, test) = sizes(rows, data.n_samples())?;
    let counts = counts(data);
    // Mostly no class is so rare.
    counts.iter().min().filter(|least| **least <= test + 1)?;
    let split = split(rows, data, spec.data_streams())?;
    let is_learned = |class: &u32| split.train.iter().any(|row| data.labels[*row] == *class);
    let class = (0..counts.len() as u32).find(|class| !is_learned(class))?;
    let (name, replicate) = (data.class_name(class), spec.replicate);
    let text = format!(
        "replicate {replicate} has no row of class {name} to learn from, of {}",
        counts[class as usize]
    );
    Some(
        Problem::new("test", text)
            .hint("stratified = true keeps every class in proportion, or use another seed"),
    )
}
