//! `judge`: the claims of a file, judged on a table of runs from any program.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use thalweg::experiment::{check_names, suggestion};
use thalweg::lab::{Claim, Disk, Document, Mode, Overlays, Problem, Statements, Verdict, judge, warning};
use thalweg::report::{Need, Reading, Score, Tabled, read_results};

use super::experiment::require;
use crate::{Exit, name_of, note, say, say_prose, shown};

/// What to judge.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A CSV table, one row per run: a column for the replicate, columns for settings and values, perhaps a
    /// `status`
    table: PathBuf,
    /// A TOML file with tables `[[claim]]`; that of an experiment will do
    #[arg(long, value_name = "FILE")]
    claims: PathBuf,
    /// The column that tells replicates apart
    #[arg(long, value_name = "COLUMN", default_value = "replicate")]
    replicate: String,
    /// Judge every part of the table that has one value in this column on its own, each at 5 %
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// The columns that are settings, so that like is compared with like [default: those that claims name,
    /// and those whose values recur in other replicates]
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    settings: Option<Vec<String>>,
    /// Print the verdicts as JSON
    #[arg(long)]
    json: bool,
    /// Exit with code 3 if a claim is not supported
    #[arg(long)]
    require_claims: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let document = Document::open(&arguments.claims, &Disk, &Overlays::default())?;
    let mut problems = Vec::new();
    check_names(&document, &mut problems);
    let sound = Statements::<Claim>::read(&document, "claim", &mut problems).into_sound();
    if sound.is_empty() && problems.is_empty() {
        problems.push(Problem::new("claim", "there is no [[claim]] in it"));
    }
    let (places, claims): (Vec<usize>, Vec<Claim>) = sound.into_iter().unzip();
    let table = read_table(arguments, &claims);
    if let Ok(table) = &table {
        let checks = places.iter().zip(&claims).flat_map(|(i, claim)| check(&document, *i, claim, table));
        problems.extend(checks);
    }
    document.explain(problems)?;
    let table = table?;
    for oddity in &table.oddities {
        note(format_args!("warning: {}: {oddity}", shown(&arguments.table)));
    }
    let mut verdicts = Vec::new();
    for (part, results) in &table.parts {
        let judged = judge(&claims, results, Mode::of(&results.plan));
        verdicts.extend(judged.into_iter().map(|verdict| (part.clone(), verdict)));
    }
    print(arguments, &table, &verdicts)?;
    let verdicts: Vec<Verdict> = verdicts.into_iter().map(|(_, verdict)| verdict).collect();
    require(&verdicts, arguments.require_claims)
}

fn read_table(arguments: &Arguments, claims: &[Claim]) -> Result<Tabled, Exit> {
    let table = &arguments.table;
    let fail = |message: String| Exit::usage(format!("{}: {message}", table.display()));
    if !table.is_file() {
        let what = if table.exists() { "is not a file" } else { "does not exist" };
        return Err(fail(what.to_owned()));
    }
    let bytes = std::fs::read(table).map_err(|e| fail(format!("cannot be read: {e}")))?;
    let reading = Reading {
        file: &table.display().to_string(),
        name: &name_of(table),
        replicate: &arguments.replicate,
        settings: arguments.settings.as_deref(),
        by: arguments.by.as_deref(),
    };
    Ok(read_results(&bytes, claims, &reading)?)
}

/// What the table lacks for a claim; warns of what will end inconclusive, in all of it or in some of its
/// parts.
fn check(document: &Document, i: usize, claim: &Claim, table: &Tabled) -> Vec<Problem> {
    let above = ["claim".to_owned(), i.to_string()];
    let missing =
        claim.needs().into_iter().filter_map(|used| missing(used, table)).map(|(name, message, hint)| {
            let path = document.find(&above, name).unwrap_or_else(|| above.to_vec());
            Problem::at(path, message).hint(hint)
        });
    let missing: Vec<Problem> = missing.collect();
    if !missing.is_empty() {
        return missing;
    }
    let remarks: Vec<_> = table.parts.iter().map(|(part, results)| (part, claim.examine(results))).collect();
    if remarks.iter().all(|(_, remarks)| !remarks.impossible.is_empty()) {
        return remarks[0].1.impossible.iter().map(|remark| remark.clone().below(&above)).collect();
    }
    for (part, remarks) in remarks {
        let of_part = part.as_ref().map(|part| format!(" (part {part})")).unwrap_or_default();
        for remark in remarks.impossible.iter().chain(&remarks.too_few) {
            note(format_args!("{}{of_part}", warning(claim, remark)));
        }
    }
    Vec::new()
}

/// The name that is no column of the table, what is wrong with it, and what there is.
fn missing<'a>(used: Need<'a>, table: &Tabled) -> Option<(&'a str, String, String)> {
    let has_setting = |name: &str| {
        table.parts.iter().any(|(_, results)| results.runs.iter().any(|run| run.setting(name).is_some()))
    };
    let (name, is_there) = match used {
        Need::Value(name) => (name, name == "diverged" || table.columns.iter().any(|column| column == name)),
        Need::Setting(name) | Need::Number(name) => (name, has_setting(name)),
        _ => return None,
    };
    let known = table.columns.iter().cloned().collect();
    (!is_there).then(|| (name, format!("the table has no column `{name}`"), suggestion(name, &known)))
}

fn print(
    arguments: &Arguments,
    table: &Tabled,
    verdicts: &[(Option<String>, Verdict)],
) -> anyhow::Result<()> {
    if arguments.json {
        let entries: Vec<Entry<'_>> = verdicts.iter().map(Entry::new).collect();
        return say(serde_json::to_string_pretty(&entries).context("cannot write the verdicts")?);
    }
    let axes = table.parts.first().map_or(&[][..], |(_, results)| results.axes());
    let settings = if axes.is_empty() { "none".to_owned() } else { axes.join(", ") };
    note(format_args!("{}: settings are {settings}", shown(&arguments.table)));
    let mut last = None;
    for (part, verdict) in verdicts {
        if let Some(part) = part
            && last != Some(part)
        {
            say_prose(format_args!("{} = {part}", arguments.by.as_deref().unwrap_or_default()))?;
        }
        last = part.as_ref();
        say_prose(format_args!("{}: {}\n    {}", verdict.id, verdict.says, verdict.summary))?;
    }
    Ok(())
}

/// A verdict as JSON.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'a str>,
    id: &'a str,
    verdict: &'a str,
    what: &'a str,
    effect: Option<f64>,
    interval: Option<(f64, f64)>,
    p: Option<f64>,
    p_adjusted: Option<f64>,
    replicates: usize,
    runs: usize,
    left_out: usize,
    reason: Option<&'a str>,
    /// What is tested, where another effect is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<&'a Score>,
}

impl<'a> Entry<'a> {
    fn new((part, verdict): &'a (Option<String>, Verdict)) -> Self {
        Self {
            part: part.as_deref(),
            id: &verdict.id,
            verdict: verdict.verdict.as_str(),
            what: &verdict.what,
            effect: verdict.effect,
            interval: verdict.interval,
            p: verdict.p,
            p_adjusted: verdict.p_adjusted,
            replicates: verdict.n_replicates,
            runs: verdict.n_runs,
            left_out: verdict.n_left_out,
            reason: verdict.reason.as_deref(),
            score: verdict.score.as_ref(),
        }
    }
}
