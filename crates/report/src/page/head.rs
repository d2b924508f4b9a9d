//! The head of a page: what was asked, what came out, what went wrong, and under which settings.

use std::collections::BTreeSet;

use thalweg_records::{Record, Sequential, Status};

use super::markup::Markup;
use super::verdicts;
use crate::claims::{counted, shared};
use crate::figures::{drawn_names, levels};
use crate::report::Tally;
use crate::results::CASE;
use crate::{Results, Verdict, words};

pub(super) fn section(page: &mut Markup, results: &Results, verdicts: &[Verdict]) {
    let plan = &results.plan;
    page.element("header", &[("id", "top")], |page| {
        page.leaf("h1", &[], &plan.title);
        if !plan.question.is_empty() {
            page.leaf("p", &[("class", "question")], &plan.question);
        }
        if !verdicts.is_empty() {
            let told: Vec<_> = verdicts.iter().map(|own| (own.id.as_str(), own.verdict)).collect();
            verdicts::sentence(page, &told, "");
        }
        for warning in warnings(results) {
            page.leaf("p", &[("class", "warning")], &warning);
        }
        page.leaf("p", &[("class", "about")], &about(results));
    });
    endings(page, results);
}

/// What keeps the verdicts from being those of the full settings.
fn warnings(results: &Results) -> Vec<String> {
    let plan = &results.plan;
    let mut warnings = Vec::new();
    let missing = plan.runs.len() - results.runs.len();
    if missing > 0 {
        warnings.push(format!(
            "Not finished: {missing} of {} are not in the store.",
            counted(plan.runs.len(), "run")
        ));
    }
    let has_claims = plan.claims.as_array().is_some_and(|claims| !claims.is_empty());
    if let Some(profile) = plan.profile.as_ref().filter(|_| has_claims) {
        warnings.push(format!("Profile {profile}: verdicts may differ from those of the full settings."));
    }
    if !plan.overrides.is_empty() {
        warnings.push(format!("Changed settings: {}.", plan.overrides.join(", ")));
    }
    if plan.exploratory {
        let what = if has_claims { "the verdicts say" } else { "the runs are a trial; they say" };
        warnings.push(format!("Exploratory: {what} what to test, and test nothing."));
    }
    warnings
}

/// How many runs of what.
fn about(results: &Results) -> String {
    let plan = &results.plan;
    let mut text =
        format!("Experiment {}: {}, {}", plan.name, counted(plan.runs.len(), "run"), Tally::of(results));
    if !plan.axes.is_empty() {
        let all: Vec<&Record> = results.runs.iter().collect();
        let label = |axis: &&str| match *axis {
            CASE => counted(plan.cases.values().collect::<BTreeSet<_>>().len(), "case"),
            _ => words::words(&all, axis).label.into_owned(),
        };
        text += &format!(", over {}", results.free_axes().iter().map(label).collect::<Vec<_>>().join(" × "));
    }
    if let Some(Sequential { first, most }) = plan.sequential {
        text += &format!("; fresh replicates from number {first} on, at most {most}, looked at after each");
    }
    if !plan.shared_with.is_empty() {
        text += &format!("; {}", shared(plan));
    }
    text + "."
}

/// Which settings let runs diverge or fail: a row for each value of a swept setting at which one did.
fn endings(page: &mut Markup, results: &Results) {
    let (rows, fails) = (rows(results), results.failed() > 0);
    let whys = whys(results);
    if rows.is_empty() && whys.is_empty() {
        return;
    }
    page.element("section", &[("id", "endings")], |page| {
        page.leaf("h2", &[], "Runs that did not complete");
        for why in whys {
            page.leaf("p", &[("class", "missing")], &why);
        }
        if !rows.is_empty() {
            let header = ["Setting", "completed", "diverged", "failed"];
            page.table("endings", &header[..if fails { 4 } else { 3 }], &rows);
        }
    });
}

fn rows(results: &Results) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    if results.completed() == results.runs.len() {
        return rows;
    }
    let all: Vec<&Record> = results.runs.iter().collect();
    for axis in results.axes() {
        let called = words::words(&all, axis).label;
        let values = levels(&all, axis);
        let mut counts: Vec<(String, [usize; 3])> =
            drawn_names(&values).into_iter().map(|name| (name, [0; 3])).collect();
        for run in &results.runs {
            let place = run.setting(axis).and_then(|own| values.iter().position(|value| *value == own));
            let ending = match run.status {
                Status::Completed => 0,
                Status::Diverged { .. } => 1,
                Status::Failed { .. } => 2,
            };
            if let Some(place) = place {
                counts[place].1[ending] += 1;
            }
        }
        for (value, counts) in counts.iter().filter(|(_, n)| n[1] + n[2] > 0) {
            let kept = &counts[..if results.failed() > 0 { 3 } else { 2 }];
            let cells = kept.iter().map(usize::to_string);
            rows.push(std::iter::once(format!("{called} = {value}")).chain(cells).collect());
        }
    }
    rows
}

/// What failed runs said, each once.
fn whys(results: &Results) -> BTreeSet<String> {
    let said = results.runs.iter().filter_map(|run| match &run.status {
        Status::Failed { why } => Some(format!("A run failed, which is a bug: {why}")),
        _ => None,
    });
    said.chain(results.damaged.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up;

    #[test]
    fn verdicts_are_spoken_of_only_where_there_are_claims() {
        let mut results = made_up::results(1, |batch, _| batch);
        (results.plan.exploratory, results.plan.profile) = (true, Some("quick".to_owned()));
        let told = warnings(&results);
        assert!(!told.iter().any(|warning| warning.contains("verdicts")));
        assert_eq!(told, ["Exploratory: the runs are a trial; they say what to test, and test nothing."]);
        results.plan.claims = json!([{ "id": "c" }]);
        assert_eq!(warnings(&results).iter().filter(|warning| warning.contains("verdicts")).count(), 2);
    }

    #[test]
    fn named_rows_of_a_sweep_are_counted_and_stand_for_their_settings() {
        let mut plan = made_up::results(2, |batch, _| batch).plan;
        let runs = made_up::results(2, |batch, _| batch).runs;
        plan.axes = vec!["case".to_owned(), "train.batch-size".to_owned()];
        plan.cases = runs.iter().map(|run| (run.key.clone(), run.key[..1].to_owned())).collect();
        let rows = Results::new(plan.clone(), runs.clone());
        assert!(about(&rows).ends_with("over 4 cases."), "{}", about(&rows));
        plan.cases.values_mut().for_each(|case| *case = if case == "1" { "a".into() } else { "b".into() });
        let product = Results::new(plan, runs);
        assert!(about(&product).ends_with("over 2 cases × batch size."), "{}", about(&product));
    }
}
