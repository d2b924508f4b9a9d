//! Replicates are added while a claim is open.

use thalweg::lab::{Experiment, Job, Mode, Results, Study, judge};
use thalweg::records::{Look, Plan, ResultFolder, Sequential, Store};
use thalweg::report::counted;

use super::compute::Computer;
use super::{mend, seed_of, write_plan};
use crate::looks::Notes;
use crate::{Exit, note};

/// Fewer replicates decide nothing that is not a fact: no e-process reaches 20 before.
const FEWEST: u64 = 5;

/// Adds replicates until every claim is decided, cannot be decided by more of them, or `most` are there.
pub fn run(
    study: &Study,
    most: u64,
    computer: &Computer,
    store: &Store,
    folder: &ResultFolder,
) -> Result<Plan, Exit> {
    let Study { experiment, claims, .. } = study;
    if claims.is_empty() {
        return Err(Exit::usage("--until-decided: the file has no [[claim]] to decide"));
    }
    if experiment.plan.exploratory {
        return Err(Exit::usage(
            "--until-decided: these settings are exploratory, and decide nothing\n\
             hint: leave out the profile, or set exploratory=false",
        ));
    }
    let notes = Notes::of(store, &experiment.plan, folder);
    let (looked, seed) = (&notes.folder, seed_of(experiment));
    let known = notes.read(seed)?;
    notes.restore(seed, &known)?;
    if known.looks.is_empty() {
        // Nothing was noted, or somebody has removed it: what has been computed may have been seen.
        let seen = computed(experiment, store);
        if seen > 0 {
            looked.note_look(seed, &Look::at_once("", seen))?;
        }
    }
    let question = study.question();
    // Known before anything is computed, so that a call that is stopped goes on where it was.
    let first = looked.begin(seed, &question)?;
    computer
        .news(format_args!("fresh replicates from number {first} on, at most {most}; looked at after each"));
    let points = experiment.jobs.iter().filter(|job| job.spec.replicate == 0).count().max(1);
    // As many at once as keep all threads busy.
    let at_once = (computer.n_threads() / points).max(1) as u64;
    if most < FEWEST {
        note(format_args!("warning: fewer than {FEWEST} replicates decide nothing but facts"));
    }
    let is_fact = experiment.jobs.iter().all(|job| job.spec.is_deterministic());
    let mut replicates = if is_fact { 1 } else { FEWEST.min(most) };
    loop {
        // Those who begin after this see that these are taken; whoever has begun before has theirs.
        looked.note_look(seed, &Look::until_decided(&question, first, replicates))?;
        if let Some(other) = looked.next_beginning(seed, first)?.filter(|other| *other < first + replicates) {
            return Err(Exit::usage(format!(
                "--until-decided: another call has begun with replicate {other}, which this one needs next\n\
                 hint: call it again, with fresh replicates, when the other one is done"
            )));
        }
        let mut wanted = experiment.with_replicates(first..first + replicates);
        let shared_with = notes.shared_with(&wanted.plan.runs)?;
        wanted.plan = Plan { sequential: Some(Sequential { first, most }), shared_with, ..wanted.plan };
        write_plan(store, folder, &wanted.plan, &wanted)?;
        mend(store, &wanted, computer)?;
        // A line for each replicate is enough: that of the claims which are open.
        computer.compute_with(&wanted, &wanted.jobs.iter().collect::<Vec<&Job>>(), store, folder, drop)?;
        let results = computer.install(|| Results::load(wanted.plan.clone(), store, false))?;
        let verdicts = judge(claims, &results, Mode::Sequential);
        let open: Vec<&str> =
            verdicts.iter().filter(|verdict| verdict.is_open).map(|verdict| verdict.id.as_str()).collect();
        if open.is_empty() || replicates == most {
            return Ok(wanted.plan);
        }
        let have = counted(usize::try_from(replicates).unwrap_or(usize::MAX), "replicate");
        computer.news(format_args!("after {have}, undecided: {}", open.join(", ")));
        replicates = (replicates + at_once).min(most);
    }
}

/// Replicates below this number were computed before, for one point of the sweep at least.
fn computed(experiment: &Experiment, store: &Store) -> u64 {
    let is_there = |replicate: &u64| {
        let one = experiment.with_replicates(*replicate..replicate + 1);
        one.jobs.iter().any(|job| store.contains(&job.key))
    };
    (0..).find(|replicate| !is_there(replicate)).unwrap_or(0)
}
