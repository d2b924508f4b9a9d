//! The plan, and what it can decide, before anything is computed.

use std::collections::BTreeSet;

use thalweg::lab::{Job, Study};
use thalweg::records::{ResultFolder, Store};
use thalweg::report::counted;
use thalweg::statistics::POWER;

use super::{Arguments, seed_of};
use crate::limits::{bytes, disk, memory, told, told_of_disk};
use crate::looks::Notes;
use crate::names::RunNames;
use crate::progress::{counted_of, duration};
use crate::{Exit, clock, say, say_prose};

/// Prints the runs with their times, and for each claim the smallest effect that the planned replicates can
/// decide.
pub fn print(study: &Study, arguments: &Arguments, store: &Store, folder: &ResultFolder) -> Result<(), Exit> {
    let longest;
    let experiment = if arguments.until_decided {
        let notes = Notes::of(store, &study.experiment.plan, folder);
        let known = notes.read(seed_of(&study.experiment))?;
        let first = known.looks.first_for(&study.question()).replicate();
        longest = study.experiment.with_replicates(first..first + arguments.max_replicates);
        &longest
    } else {
        &study.experiment
    };
    let jobs: Vec<&Job> = match arguments.shard {
        Some(shard) => shard.select(&experiment.jobs),
        None => experiment.jobs.iter().collect(),
    };
    let jobs = experiment.in_order(&jobs).concat();
    let plan = &experiment.plan;
    let names = RunNames::new(experiment);
    say_prose(format_args!("{}: {}", plan.name, plan.title))?;
    let speed = clock::speed()?;
    let open: Vec<&Job> = jobs.iter().copied().filter(|job| !store.contains(&job.key)).collect();
    if arguments.voice.verbose {
        for job in &jobs {
            let state = if store.contains(&job.key) { "in the store" } else { "to compute" };
            let time = duration(job.work.all / speed);
            say(format_args!("{}  {time:>9}  {}  {state}", job.key, names.of(job)))?;
        }
    } else {
        points(&jobs, &names, store, speed).iter().try_for_each(say)?;
    }
    // Not `sum`, whose nothing is −0.
    let work = open.iter().fold(0.0, |work, job| work + job.work.all);
    let most = if arguments.until_decided { "at most " } else { "" };
    let (about, goals) = match open.iter().any(|job| job.spec.task.may_stop_early()) {
        true => ("at most about", ", where no run stops early at its goal"),
        false => ("about", ""),
    };
    say_prose(format_args!(
        "{most}{} to compute\nCPU time: {about} {}, with probes and tests, as fast as this machine is now{goals}",
        counted_of(open.len(), jobs.len(), "run"),
        duration(work / speed),
    ))?;
    let threads = arguments
        .pool
        .threads
        .map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    say_prose(format_args!(
        "memory: about {} for the largest run, {} for {threads} at once{}",
        bytes(memory(&open, 1)),
        bytes(memory(&open, threads)),
        told()
    ))?;
    say_prose(format_args!("disk: about {}{}", bytes(disk(&open)), told_of_disk(store.root())))?;
    if !study.claims.is_empty() && !arguments.until_decided {
        let (planned, power) = (study.planned(experiment), 100.0 * POWER);
        say_prose(format_args!(
            "the smallest effect that will be decided with a chance of {power:.0} %, in spreads \
             (standard deviations of the scores of the replicates):"
        ))?;
        for claim in &study.claims {
            let reach = claim.reach(&planned, study.claims.len());
            say_prose(format_args!("  {} ({} {}): {}", claim.id, reach.units, reach.unit, reach.text))?;
        }
    }
    Ok(())
}

/// Points of the sweep that are listed; of more the last are only counted.
const MOST_POINTS: usize = 100;

/// A table with a line for each point of the sweep: its settings, its replicates, how many of its runs are
/// there, and the time that one takes.
fn points(jobs: &[&Job], names: &RunNames, store: &Store, speed: f64) -> Vec<String> {
    let mut rows: Vec<(String, Vec<&Job>)> = Vec::new();
    for job in jobs {
        let point = names.point(job);
        match rows.iter_mut().rev().take(1).find(|(known, _)| *known == point) {
            Some((_, runs)) => runs.push(job),
            None => rows.push((point, vec![job])),
        }
    }
    let cells = |(point, runs): &(String, Vec<&Job>)| {
        let replicates: BTreeSet<u64> = runs.iter().map(|job| job.spec.replicate).collect();
        let there = runs.iter().filter(|job| store.contains(&job.key)).count();
        let point = if point.is_empty() { "all settings" } else { point };
        [point.to_owned(), ranges(&replicates), there.to_string(), duration(runs[0].work.all / speed)]
    };
    let head = ["point", "replicates", "in the store", "CPU time of a run"].map(str::to_owned);
    let table: Vec<[String; 4]> =
        std::iter::once(head).chain(rows.iter().take(MOST_POINTS).map(cells)).collect();
    let widths = [0, 1, 2, 3].map(|i| table.iter().map(|row| row[i].chars().count()).max().unwrap_or(0));
    let line = |row: &[String; 4]| {
        let [point, replicates, there, work] = row;
        let [a, b, c, d] = widths;
        format!("{point:a$}  {replicates:b$}  {there:>c$}  {work:>d$}")
    };
    let mut lines: Vec<String> = table.iter().map(line).collect();
    if rows.len() > MOST_POINTS {
        let rest = counted(rows.len() - MOST_POINTS, "point");
        lines.push(format!("and {rest} more (--verbose lists all runs)"));
    }
    lines
}

/// `0–4, 7`
fn ranges(numbers: &BTreeSet<u64>) -> String {
    let mut spans: Vec<(u64, u64)> = Vec::new();
    for n in numbers {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == *n => *last = *n,
            _ => spans.push((*n, *n)),
        }
    }
    let mut words: Vec<String> = spans
        .iter()
        .take(MOST_SPANS)
        .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}–{to}") })
        .collect();
    words.extend((spans.len() > MOST_SPANS).then(|| "…".to_owned()));
    words.join(", ")
}

/// Spans of replicates that are listed, as of a shard that has every third.
const MOST_SPANS: usize = 4;

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn replicates_are_told_in_spans() {
        let told = |numbers: &[u64]| ranges(&numbers.iter().copied().collect());
        assert_eq!(told(&[0, 1, 2, 3, 7]), "0–3, 7");
        assert_eq!(told(&[5]), "5");
        assert_eq!(told(&[0, 3, 6, 9, 12, 15]), "0, 3, 6, 9, …");
    }
}
