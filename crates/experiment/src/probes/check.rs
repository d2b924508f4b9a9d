//! What the settings of probes must be besides what each of them can tell alone.

use super::Extent;
use crate::file::{RunSpec, Task, When};
use crate::inputs::{Inputs, dim_of, extent};

/// Beginnings of names that a run gives to other quantities.
const TAKEN: [&str; 5] = ["train", "test", "boundary", "templates", "wide"];
/// More looks in each factor of 10 in steps are taken for a slip of the keyboard.
const MOST_POINTS: u64 = 1000;
/// So are more looks in all,
const MOST_LOOKS: u64 = 100_000;
/// or more numbers to be held in memory by a probe: half a gigabyte.
const MOST_NUMBERS: f64 = 6.4e7;

/// A key, and what is wrong with it.
pub(crate) fn check(spec: &RunSpec, inputs: &Inputs) -> Vec<(String, String)> {
    let mut complaints = Vec::new();
    let steps = spec.task.steps();
    for (i, probe) in spec.probes.iter().enumerate() {
        let mut complain = |key: &str, text: String| complaints.push((format!("probe.{i}{key}"), text));
        if probe.id.is_empty() || probe.id.contains('.') || TAKEN.contains(&probe.id.as_str()) {
            let text = format!(
                "found {:?}, expected a word without a dot, and none of {}",
                probe.id,
                TAKEN.join(", ")
            );
            complain(".id", text);
        }
        if spec.probes[..i].iter().any(|earlier| earlier.id == probe.id) {
            complain("", format!("another probe is called {:?} too: give it an id of its own", probe.id));
        }
        match &probe.when {
            When::End(_) => {}
            When::LogSpaced(spaced) if spaced.points_per_decade.get() > MOST_POINTS => {
                let text =
                    format!("found {}, expected at most {MOST_POINTS}", spaced.points_per_decade.get());
                complain(".when.points-per-decade", text);
            }
            When::LogSpaced(_) => {}
            When::Every(given) if given.after >= steps => {
                complain(
                    ".when.after",
                    format!("found {}, expected less than the {steps} steps of the run", given.after),
                );
            }
            When::Every(given) if (steps - given.after) / given.every.get() > MOST_LOOKS => {
                complain(
                    ".when.every",
                    format!("found {}, which makes more than {MOST_LOOKS} looks", given.every.get()),
                );
            }
            When::Every(_) => {}
            When::Steps(given) => {
                if given.at.is_empty() {
                    complain(".when.at", "expected at least one number of steps".to_owned());
                }
                if let Some(late) = given.at.iter().find(|step| **step > steps) {
                    complain(
                        ".when.at",
                        format!("found {late}, expected at most the {steps} steps of the run"),
                    );
                }
            }
        }
        let dim = dim_of(&spec.task, inputs) as usize;
        let (all, n_outputs) = match &spec.task {
            Task::Learning(task) => {
                let (all, _, n_outputs) = extent(task, inputs);
                (Some(all), n_outputs)
            }
            Task::Descent(_) => (None, 0),
        };
        if probe.kind.kind().remembers() {
            let looks = probe.steps(steps);
            if looks.len() < 3 || !(looks.contains(&steps) || probe.looks_at_the_end()) {
                let text = "expected at least three looks and one at the end, such as { kind = \"log-spaced\" }: \
                            it needs the places on the way";
                complain(".when", text.to_owned());
            } else if let Some((key, text)) = room(".when", looks.len() as f64, dim) {
                complain(key, text);
            }
        }
        match (all, probe.samples.map(|samples| samples.size())) {
            (Some(all), Some(samples)) if samples > all => {
                complain(
                    ".samples",
                    format!("found {samples}, expected at most the {all} samples of the data"),
                );
            }
            (None, Some(_)) => complain(".samples", "a run with [objective] has no data".to_owned()),
            (all, samples) => {
                let n_all = all.unwrap_or_default();
                let extent = Extent { n_samples: samples.unwrap_or(n_all), n_all, n_outputs, dim };
                for (key, text) in probe.kind.kind().check(spec, &extent) {
                    complain(&format!(".{key}"), text);
                }
            }
        }
    }
    complaints
}

/// What is wrong with a count that must lie within bounds.
pub(super) fn within(
    key: &'static str,
    found: u64,
    (least, most): (u64, u64),
) -> Option<(&'static str, String)> {
    let inside = (least..=most).contains(&found);
    (!inside).then(|| (key, format!("found {found}, expected {least} to {most}")))
}

/// What is wrong with `key` if a probe had to hold so many vectors of `dim` parameters.
pub(super) fn room(key: &'static str, vectors: f64, dim: usize) -> Option<(&'static str, String)> {
    let text = || format!("{vectors} vectors of {dim} parameters, expected at most {MOST_NUMBERS:e} numbers");
    (vectors * dim as f64 > MOST_NUMBERS).then(|| (key, text()))
}
