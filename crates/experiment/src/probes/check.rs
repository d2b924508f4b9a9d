//! What the settings of probes must be besides what each of them can tell alone.

use crate::settings::{Task, When};
use crate::{Inputs, RunSpec, data};

/// Beginnings of names that a run gives to other quantities.
const TAKEN: [&str; 5] = ["train", "test", "boundary", "templates", "wide"];
/// More looks in each factor of 10 in steps are taken for a slip of the keyboard.
const MOST_POINTS: u64 = 1000;
/// So are more looks in all.
const MOST_LOOKS: u64 = 100_000;

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
        let all = match &spec.task {
            Task::Learning(task) => Some(data::extent(task, inputs).0),
            Task::Descent(_) => None,
        };
        match (all, probe.samples.map(|samples| samples.size())) {
            (Some(all), Some(samples)) if samples > all => {
                complain(
                    ".samples",
                    format!("found {samples}, expected at most the {all} samples of the data"),
                );
            }
            (None, Some(_)) => complain(".samples", "a run with [objective] has no data".to_owned()),
            (all, samples) => {
                let n_samples = samples.or(all).unwrap_or_default();
                for (key, text) in probe.kind.kind().check(spec, n_samples) {
                    complain(&format!(".{key}"), text);
                }
            }
        }
    }
    complaints
}
