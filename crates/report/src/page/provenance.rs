//! Where the numbers come from: code, machine, numerics, times, and the files beside the page.

use std::collections::BTreeSet;

use thalweg_records::{Call, REVISION, Record};

use super::markup::Markup;
use crate::Results;
use crate::claims::counted;
use crate::draw::escape;

/// The files beside the page.
const FILES: [(&str, &str); 9] = [
    ("runs.csv", "one row a run: settings, status, final values, seconds"),
    ("summary.csv", "one row for each point of the sweep and each value, with intervals"),
    ("curves.csv", "values over the steps of every run"),
    ("dictionary.csv", "what the columns of these tables mean, with unit, range and scale"),
    ("columns.json", "the same for programs, with the type of each column"),
    ("claims.json", "the verdicts with their evidence"),
    ("plan.json", "what was planned"),
    ("origin.json", "the experiment file, and when and how it was computed"),
    ("specs.jsonl", "every setting of every run, one run a line"),
];

pub(super) fn section(page: &mut Markup, results: &Results) {
    page.element("section", &[("id", "provenance")], |page| {
        page.leaf("h2", &[], "Provenance");
        page.element("dl", &[], |page| {
            for (name, values) in facts(results) {
                page.leaf("dt", &[], name);
                values.iter().for_each(|value| page.leaf("dd", &[], value));
            }
        });
        for (name, text) in &results.origin.texts {
            page.element("details", &[], |page| {
                page.leaf("summary", &[], &format!("The experiment file {name}"));
                page.element("div", &[("class", "code")], |page| page.raw(&preformatted(text)));
            });
        }
        page.leaf("h3", &[], "Files beside this page");
        page.element("ul", &[("class", "files")], |page| {
            for (file, what) in FILES {
                page.element("li", &[], |page| {
                    page.leaf("a", &[("href", file)], file);
                    page.text(&format!(": {what}"));
                });
            }
        });
    });
}

/// Each with its name, those that are known.
fn facts(results: &Results) -> Vec<(&'static str, Vec<String>)> {
    let plan = &results.plan;
    let of = |fact: &dyn Fn(&Record) -> Option<String>| -> Vec<String> {
        let all = results.runs.iter().filter_map(fact).filter(|text| !text.is_empty());
        all.collect::<BTreeSet<String>>().into_iter().collect()
    };
    let code = of(&|run| {
        let note = if run.provenance.code.ends_with("-dirty") {
            ", with changes that were not committed"
        } else {
            ""
        };
        Some(format!("{}{note}", run.provenance.code))
    });
    let has_commit = |run: &Record| run.provenance.code.split_whitespace().count() > 2;
    let dependencies =
        results.runs.iter().any(has_commit).then(|| "those of Cargo.lock at that commit".to_owned());
    let dependencies: Vec<String> = dependencies.into_iter().collect();
    let revisions = of(&|run| Some(format!("{} (that of this report is {REVISION})", run.revision)));
    let text = |run: &Record, key: &str| Some(run.setting(key)?.as_str()?.to_owned());
    let sum = |name: &str| -> Option<f64> {
        let all: Vec<f64> = results.runs.iter().filter_map(|run| run.metric(name)).collect();
        (!all.is_empty()).then(|| all.iter().sum())
    };
    let mut times = Vec::new();
    times.extend(sum("seconds").map(|wall| format!("{} on a clock, all runs together", duration(wall))));
    times.extend(sum("train.cpu-seconds").map(|cpu| format!("{} of CPU time for the steps", duration(cpu))));
    let facts = [
        ("Experiment", vec![plan.source.clone().unwrap_or_else(|| plan.name.clone())]),
        ("Profile", plan.profile.iter().cloned().collect()),
        ("Changed settings", plan.overrides.clone()),
        ("Data", plan.notes.clone()),
        ("Code", code),
        ("Dependencies", dependencies),
        ("Revision of the numbers", revisions),
        ("Machine", of(&|run| Some(run.provenance.machine.clone()))),
        ("Numerics", of(&|run| text(run, "model.numerics"))),
        ("Precision", of(&|run| text(run, "model.precision"))),
        ("Computed", calls(&results.origin.calls)),
        ("Time", times),
        ("Older runs left out", older(results)),
    ];
    facts.into_iter().filter(|(_, values)| !values.is_empty()).collect()
}

/// The calls that computed the runs: of more than a few, all together.
fn calls(calls: &[Call]) -> Vec<String> {
    const FEW: usize = 3;
    let told = |call: &Call| {
        format!(
            "{}: {} on {}, {} on a clock, {} of CPU time, by {}",
            call.began,
            counted(call.runs, "run"),
            counted(call.threads, "thread"),
            duration(call.wall_seconds),
            duration(call.cpu_seconds),
            call.command
        )
    };
    let mut lines: Vec<String> = calls.iter().take(FEW).map(told).collect();
    if calls.len() > FEW {
        let sum = |of: fn(&Call) -> f64| duration(calls.iter().map(of).sum());
        let (wall, cpu) = (sum(|call| call.wall_seconds), sum(|call| call.cpu_seconds));
        lines.push(format!("{} calls in all: {wall} on a clock, {cpu} of CPU time", calls.len()));
    }
    lines
}

/// Text as it is, line by line.
fn preformatted(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    format!("<pre tabindex=\"0\">{}</pre>", lines.join("\n"))
}

fn older(results: &Results) -> Vec<String> {
    (results.older > 0).then(|| counted(results.older, "run")).into_iter().collect()
}

/// `12 s`, `3 min 20 s`, `2 h 5 min`
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use thalweg_records::Call;

    use super::{calls, duration, preformatted};

    #[test]
    fn durations_have_two_units_at_most() {
        let texts = [0.04, 9.5, 59.0, 61.0, 7500.0].map(duration);
        assert_eq!(texts, ["0.0 s", "9.5 s", "59 s", "1 min 1 s", "2 h 5 min"]);
    }

    #[test]
    fn many_calls_are_told_together_and_a_text_keeps_its_lines() {
        let call = Call {
            began: "2026-12-01T01:02:03Z".into(),
            command: "thalweg experiment a".into(),
            runs: 3,
            threads: 2,
            wall_seconds: 20.0,
            cpu_seconds: 30.0,
        };
        let one = calls(std::slice::from_ref(&call));
        let expected = "2026-12-01T01:02:03Z: 3 runs on 2 threads, 20 s on a clock, 30 s of CPU time, by thalweg \
                        experiment a";
        assert_eq!(one, [expected]);
        let many = calls(&vec![call; 5]);
        assert_eq!(
            (many.len(), many[3].as_str()),
            (4, "5 calls in all: 1 min 40 s on a clock, 2 min 30 s of CPU time")
        );
        assert_eq!(preformatted("a = 1\n\n<b>"), "<pre tabindex=\"0\">a = 1\n\n&lt;b&gt;</pre>");
    }
}
