//! What a fork changes, held against what it leaves.

use std::collections::HashSet;

use thalweg_document::{Problem, UNKNOWN_KEY, read};
use toml::Value;

use super::check::{check as check_settings, touch};
use crate::file::{Fork, RunSpec, SECTIONS, Task, advised};
use crate::inputs::{Inputs, extent};

/// Reads `fork` into a slot, and says what is wrong with it. An empty table is none.
pub(super) fn read_fork(slot: &mut Option<Fork>, value: &Value) -> Vec<Problem> {
    *slot = None;
    if value.as_table().is_some_and(toml::Table::is_empty) {
        return Vec::new();
    }
    let reading = read(value);
    *slot = reading.value;
    advised(reading.problems).into_iter().map(kept).collect()
}

/// A clearer word on a setting of the run that is none of the fork.
fn kept(problem: Problem) -> Problem {
    match &problem.path[..] {
        [name] if problem.message == UNKNOWN_KEY && SECTIONS.contains(&name.as_str()) => Problem {
            message: "this stays the same at a fork".to_owned(),
            hint: Some(
                "what may change is `optimizer`, `schedule`, `data`, `train.batch-size` and `train.seed`"
                    .to_owned(),
            ),
            ..problem
        },
        _ => problem,
    }
}

/// What is wrong with settings that must fit each other, before a fork and after it, but for those that rest
/// on a broken one.
pub(super) fn check(spec: &RunSpec, inputs: &Inputs, broken: &[Vec<String>]) -> Vec<Problem> {
    let mut problems = check_settings(spec, inputs, broken);
    let (Some(fork), Some(after)) = (&spec.fork, spec.after()) else { return problems };
    let of_after = inputs.after.as_deref().unwrap_or(inputs);
    problems.extend(misfits(spec, fork, broken));
    let is_of_fork = |path: &&Vec<String>| path.first().is_some_and(|first| first == "fork");
    let mut broken_after = broken.to_vec();
    broken_after.extend(broken.iter().filter(is_of_fork).map(|path| path[1..].to_vec()));
    if let Some(text) = other_shape((spec, inputs), (&after, of_after), &broken_after) {
        problems.push(Problem::new("fork.data", text));
        return problems;
    }
    let known: HashSet<Vec<String>> = problems.iter().map(|problem| problem.path.clone()).collect();
    let news = check_settings(&after, of_after, &broken_after).into_iter();
    problems.extend(news.filter(|problem| !known.contains(&problem.path)).map(|problem| of(fork, problem)));
    problems
}

/// What is wrong with data after a fork that the network of before cannot take.
fn other_shape(
    (spec, inputs): (&RunSpec, &Inputs),
    (after, of_after): (&RunSpec, &Inputs),
    broken: &[Vec<String>],
) -> Option<String> {
    let is_broken = |path: &Vec<String>| path.first().is_some_and(|name| name == "data" || name == "test");
    let (Task::Learning(before), Task::Learning(after)) = (&spec.task, &after.task) else { return None };
    if broken.iter().any(is_broken) {
        return None;
    }
    let [(_, features, outputs), (_, others, more)] = [extent(before, inputs), extent(after, of_after)];
    let text = format!(
        "found {others} features and {more} outputs, expected {features} and {outputs} as before the fork"
    );
    ((features, outputs) != (others, more)).then_some(text)
}

/// Holds the data of a run to a check, and those after a fork if they are others.
pub(super) fn check_data(
    spec: &RunSpec,
    inputs: &Inputs,
    mut check: impl FnMut(&RunSpec, &Inputs) -> Option<Problem>,
) -> Vec<Problem> {
    let mut problems = Vec::from_iter(check(spec, inputs));
    if let (Some(fork), Some(after), Some(of_after)) = (&spec.fork, spec.after(), &inputs.after) {
        problems.extend(check(&after, of_after).map(|problem| of(fork, problem)));
    }
    problems
}

/// What the fork asks of a run that cannot have it.
fn misfits(spec: &RunSpec, fork: &Fork, broken: &[Vec<String>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let steps = spec.task.steps();
    let of_steps = ["train", "steps"].map(str::to_owned);
    if fork.at >= steps && !broken.iter().any(|path| touch(path, &of_steps)) {
        let text = format!("found {}, expected less than the {steps} steps of the run", fork.at);
        problems.push(Problem::new("fork.at", text));
    }
    if let Task::Descent(_) = spec.task {
        let there = [("fork.data", fork.data.is_some()), ("fork.train", fork.train.is_some())];
        let text = "a run with [objective] has neither data nor batches";
        problems
            .extend(there.iter().filter(|(_, is_there)| *is_there).map(|(key, _)| Problem::new(key, text)));
    }
    problems
}

/// A problem of the run after its fork, at the key of the fork that brings it about.
fn of(fork: &Fork, problem: Problem) -> Problem {
    let is_there = match problem.path.first().map(String::as_str) {
        Some("optimizer") => fork.optimizer.is_some(),
        Some("schedule") => fork.schedule.is_some(),
        Some("data") => fork.data.is_some(),
        Some("train") => fork.train.is_some(),
        _ => false,
    };
    if is_there {
        return problem.below(&["fork".to_owned()]);
    }
    let message = format!("after the fork: {}: {}", problem.path.join("."), problem.message);
    Problem { path: vec!["fork".to_owned()], message, ..problem }
}
