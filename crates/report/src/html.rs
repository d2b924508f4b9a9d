//! `report.html`: one page that stands alone, with everything on it.

use std::collections::BTreeSet;

use serde_json::Value;
use thalweg_records::{Record, Sequential, Status};

use crate::Results;
use crate::claims::{Verdict, counted, shared};
use crate::draw::escape;
use crate::number::written;
use crate::report::Tally;
use crate::{values, words};

/// A figure on the page.
pub struct Picture {
    /// Its id.
    pub id: String,
    /// What stands above it.
    pub title: String,
    /// Its drawing, put into the page as it is, or why there is none.
    pub svg: Result<String, String>,
}

/// The whole page.
pub fn page(results: &Results, verdicts: &[Verdict], pictures: &[Picture]) -> String {
    let plan = &results.plan;
    let mut body = format!("<h1>{}</h1>\n", escape(&plan.title));
    if !plan.question.is_empty() {
        body += &format!("<p class=\"question\">{}</p>\n", escape(&plan.question));
    }
    body += &format!("<p class=\"about\">{}</p>\n", escape(&about(results)));
    body += &endings(results);
    if !verdicts.is_empty() {
        body += "<h2>Claims</h2>\n<table class=\"claims\">\n<tr><th>Claim</th><th>Verdict</th><th>Evidence \
                 (effect, 95 % interval, p after Holm's correction)</th></tr>\n";
        for verdict in verdicts {
            body += &format!(
                "<tr id=\"claim-{id}\"><td>{}</td><td class=\"{word}\">{word}</td><td>{}</td></tr>\n",
                escape(&verdict.says),
                escape(verdict.evidence()),
                id = escape(&verdict.id),
                word = verdict.verdict.as_str(),
            );
        }
        body += "</table>\n";
    }
    if !pictures.is_empty() {
        body += "<h2>Figures</h2>\n";
        for picture in pictures {
            let id = escape(&picture.id);
            body += &match &picture.svg {
                Ok(svg) => format!("<figure id=\"{id}\">\n{svg}\n</figure>\n"),
                Err(why) => format!(
                    "<p id=\"{id}\" class=\"missing\"><b>{}</b><br>Not drawn: {}.</p>\n",
                    escape(&picture.title),
                    escape(why)
                ),
            };
        }
    }
    let values = values::table(results);
    if !values.is_empty() {
        body += "<h2>Values</h2>\n<details>\n<summary>Means over the replicates at each point of the sweep</summary>\n";
        body += &format!("<div class=\"values\">\n{values}</div>\n</details>\n");
    }
    body += "<h2>Data</h2>\n<ul>\n";
    for (file, what) in [
        ("runs.csv", "one row a run: settings, status, final values, seconds"),
        ("summary.csv", "one row for each point of the sweep and each value, with intervals"),
        ("curves.csv", "values over the steps of every run"),
        ("dictionary.csv", "what the columns of these tables mean, with unit, range and scale"),
        ("columns.json", "the same for programs, with the type of each column"),
        ("claims.json", "the verdicts with their evidence"),
        ("plan.json", "what was planned"),
    ] {
        body += &format!("<li><a href=\"{file}\">{file}</a>: {what}</li>\n");
    }
    body += "</ul>\n";
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(&plan.title)
    )
}

/// Which settings let runs diverge or fail: a row for each value of a swept setting at which one did.
fn endings(results: &Results) -> String {
    if results.completed() == results.runs.len() {
        return String::new();
    }
    let (mut rows, fails) = (String::new(), results.failed() > 0);
    let all: Vec<&Record> = results.runs.iter().collect();
    for axis in results.axes() {
        let called = words::words(&all, axis).label;
        let mut counts: Vec<(String, [usize; 3])> = Vec::new();
        for run in &results.runs {
            let value = run.setting(axis).map_or_else(String::new, value_text);
            let place = counts.iter().position(|(known, _)| *known == value).unwrap_or_else(|| {
                counts.push((value, [0; 3]));
                counts.len() - 1
            });
            let ending = match run.status {
                Status::Completed => 0,
                Status::Diverged { .. } => 1,
                Status::Failed { .. } => 2,
            };
            counts[place].1[ending] += 1;
        }
        for (value, [completed, diverged, failed]) in counts.iter().filter(|(_, n)| n[1] + n[2] > 0) {
            rows += &format!(
                "<tr><td>{} = {}</td><td>{completed}</td><td>{diverged}</td>{}</tr>\n",
                escape(&called),
                escape(value),
                if fails { format!("<td>{failed}</td>") } else { String::new() }
            );
        }
    }
    let mut text = String::new();
    if !rows.is_empty() {
        text += "<h2>Runs that did not complete</h2>\n<table class=\"endings\">\n<tr><th>Setting</th>\
                 <th>completed</th><th>diverged</th>";
        text += if fails { "<th>failed</th></tr>\n" } else { "</tr>\n" };
        text += &rows;
        text += "</table>\n";
    }
    for why in whys(results) {
        text += &format!("<p class=\"missing\">{}</p>\n", escape(&why));
    }
    text
}

/// What failed runs said, each once.
fn whys(results: &Results) -> BTreeSet<String> {
    let said = results.runs.iter().filter_map(|run| match &run.status {
        Status::Failed { why } => Some(format!("A run failed, which is a bug: {why}")),
        _ => None,
    });
    said.chain(results.damaged.iter().cloned()).collect()
}

/// 3 and not 3.0, as in figures.
fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), written),
        other => other.to_string(),
    }
}

/// How many runs of what.
fn about(results: &Results) -> String {
    let plan = &results.plan;
    let mut text =
        format!("Experiment {}: {}, {}", plan.name, counted(plan.runs.len(), "run"), Tally::of(results));
    if !plan.axes.is_empty() {
        let all: Vec<&Record> = results.runs.iter().collect();
        let axes: Vec<String> =
            plan.axes.iter().map(|axis| words::words(&all, axis).label.into_owned()).collect();
        text += &format!(", over {}", axes.join(" × "));
    }
    if let Some(profile) = &plan.profile {
        text += &format!("; profile {profile}");
    }
    if !plan.overrides.is_empty() {
        text += &format!("; with {}", plan.overrides.join(", "));
    }
    if let Some(Sequential { first, most }) = plan.sequential {
        text += &format!("; fresh replicates from number {first} on, at most {most}, looked at after each");
    }
    if plan.exploratory {
        text += "; exploratory: the verdicts say what to test, and test nothing";
    }
    if !plan.shared_with.is_empty() {
        text += &format!("; {}", shared(plan));
    }
    let seconds: f64 = results.runs.iter().filter_map(|run| run.metric("seconds")).sum();
    text + &format!("; wall time of all runs together {seconds:.0} s.")
}

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; }
.question { font-size: 1.2em; font-style: italic; }
.about { opacity: 0.75; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid #8886; }
.values { overflow: auto; max-height: 80vh; font-size: 0.85em; }
.values th, .values td { white-space: nowrap; text-align: right; padding: 0.2rem 0.8rem 0.2rem 0; }
.values th { position: sticky; top: 0; background: Canvas; }
.values td:first-child { position: sticky; left: 0; background: Canvas; text-align: left; }
.supported { color: #0072b2; font-weight: bold; }
.refuted { color: #d55e00; font-weight: bold; }
.inconclusive { opacity: 0.75; font-weight: bold; }
@media (prefers-color-scheme: dark) { .supported { color: #56b4e9; } .refuted { color: #e69f00; } }
@media (max-width: 40rem) {
  .endings { font-size: 0.85em; }
  .endings th, .endings td { padding-right: 0.4rem; overflow-wrap: anywhere; }
  .claims tr, .claims td { display: block; border: 0; padding: 0.1rem 0; }
  .claims tr { border-bottom: 1px solid #8886; padding: 0.5rem 0; }
  .claims tr:first-child { display: none; }
}
figure { margin: 1.5rem 0; background: white; border-radius: 6px; padding: 0.5rem; }
.missing { margin: 1.5rem 0; border: 1px dashed #888; border-radius: 6px; padding: 0.8rem; }
figure svg { width: 100%; height: auto; display: block; }
";
