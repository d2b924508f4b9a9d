//! What a plan does that its author may not have meant, though nothing is wrong with it.

use std::collections::BTreeSet;

use thalweg_optimizers::{Group, Transform};

use super::Job;
use crate::file::{Folds, RunSpec, Task, TestRows};
use crate::inputs::kept_rows;

/// Settings that change nothing at any point of the sweep.
pub(super) fn on_settings(jobs: &[Job]) -> BTreeSet<String> {
    let mut points = jobs.iter().filter(|job| job.spec.replicate == 0).map(|job| idle_groups(&job.spec));
    let first = points.next().unwrap_or_default();
    points.fold(first, |common, point| common.intersection(&point).cloned().collect())
}

/// Groups of parameters that take the steps of the optimizer itself, and factors of what is not there.
fn idle_groups(spec: &RunSpec) -> BTreeSet<String> {
    let optimizer = &spec.optimizer;
    let decays = optimizer.transforms.iter().any(|transform| matches!(transform, Transform::WeightDecay(_)));
    let idle = |(i, group): (usize, &Group)| {
        let takes_others = group.frozen || group.rule.is_some() || group.rate_factor.get() != 1.0;
        match (group.weight_decay_factor.get() != 1.0, decays) {
            (true, true) => None,
            (true, false) => Some(format!(
                "optimizer.group.{i}.weight-decay-factor changes nothing: no transform of the optimizer is weight-decay"
            )),
            (false, _) if takes_others => None,
            (false, _) => Some(format!(
                "optimizer.group.{i} changes nothing: it has no rule, rate-factor or weight-decay-factor of its own \
                 and is not frozen"
            )),
        }
    };
    optimizer.group.iter().enumerate().filter_map(idle).collect()
}

/// Folds that the replicates do not test equally often.
pub(super) fn on_replicates(jobs: &[Job]) -> BTreeSet<String> {
    let replicates = jobs.iter().map(|job| job.spec.replicate).collect::<BTreeSet<u64>>().len() as u64;
    let folds = jobs.iter().filter_map(|job| match &job.spec.task {
        Task::Learning(task) => kept_rows(task),
        Task::Descent(_) => None,
    });
    let counts: BTreeSet<u64> = folds
        .filter_map(|rows| match rows {
            TestRows::Folds(Folds { count, .. }) => Some(count.get()),
            TestRows::HoldOut(_) | TestRows::File(_) => None,
        })
        .collect();
    let note = |count: &u64| {
        let (times, rest) = (replicates / count, replicates % count);
        let whole = count * (times + u64::from(rest > 0));
        match (times, rest) {
            (_, 0) => None,
            (0, _) => Some(format!(
                "test.count: {replicates} of {count} folds are tested, as there are {replicates} replicates; with \
                 replicates = {whole} every row is tested once"
            )),
            _ => Some(format!(
                "test.count: {rest} of {count} folds are tested once more than the others, as there are {replicates} \
                 replicates; with replicates = {whole} every row is tested equally often"
            )),
        }
    };
    counts.iter().filter_map(note).collect()
}
