//! How a result stands while its runs are being computed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use thalweg_records::{Curve, Plan, Record};

use crate::claims::counted;
use crate::draw::escape;
use crate::page::{standing_card, watch_page};
use crate::select::replicate;
use crate::{Claim, FigureConfig, Mode, Results, Verdict, judge};

/// A result at some moment.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Standing {
    /// The number of its store among those that are watched.
    pub store: usize,
    /// What the store is called, if several are watched.
    pub store_name: Option<String>,
    /// What the result is called: its folder in the store.
    pub name: String,
    /// One line on what it is about.
    pub title: String,
    /// What is wrong with its plan, if it cannot be read; then nothing else is known.
    pub problem: Option<String>,
    /// Numbers of runs.
    pub counts: Counts,
    /// Seconds until all runs are there, if those who compute go on; `None` if nobody does, or nothing is
    /// known of the speed.
    pub remaining: Option<f64>,
    /// Runs on their way, those that are being computed first.
    pub going: Vec<Going>,
    /// What the claims would be judged now.
    pub interim: Interim,
    /// Ids and titles of the figures.
    pub figures: Vec<(String, String)>,
    /// Whether there is a `report.html`.
    pub is_reported: bool,
}

/// Numbers of runs of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Of the plan.
    pub planned: usize,
    /// That took all their steps, or reached their goal.
    pub completed: usize,
    /// That diverged.
    pub diverged: usize,
    /// That the program failed in.
    pub failed: usize,
    /// That are damaged, or of an older version.
    pub unusable: usize,
    /// That somebody who is alive computes.
    pub running: usize,
    /// That somebody has claimed who has died or fallen silent.
    pub stale: usize,
    /// That were saved on their way, and nobody computes.
    pub paused: usize,
}

impl Counts {
    /// Runs that have ended.
    pub fn done(&self) -> usize {
        self.completed + self.diverged + self.failed
    }

    /// Runs that nobody has begun.
    pub fn missing(&self) -> usize {
        let begun = self.done() + self.unusable + self.running + self.stale + self.paused;
        self.planned.saturating_sub(begun)
    }
}

/// A run on its way.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Going {
    /// Its key.
    pub key: String,
    /// What tells it from its neighbours: `batch-size 8, replicate 2`.
    pub words: String,
    /// Whether somebody computes it.
    pub state: State,
    /// Who has claimed it: machine and process.
    pub worker: Option<String>,
    /// Steps that it had taken when it was saved last.
    pub step: Option<u64>,
    /// Steps that it will take.
    pub steps: Option<u64>,
    /// Its loss as it was saved last.
    pub curve: Option<Curve>,
}

/// Whether somebody computes a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Somebody who is alive.
    Running,
    /// Somebody who has died or fallen silent: another worker takes it over.
    Stale,
    /// Nobody; it goes on where it was saved.
    Paused,
}

/// What the claims would be judged at some moment.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Interim {
    /// The verdicts on the replicates whose runs are all there.
    pub verdicts: Vec<Verdict>,
    /// How many replicates these are.
    pub replicates: usize,
    /// Whether all planned runs are there.
    pub is_final: bool,
}

impl Interim {
    /// Judges claims on the replicates of a plan whose runs are all there; a look that decides nothing.
    /// `replicates` tells that of each planned run, and `runs` are those that are there.
    pub fn new(claims: &[Claim], plan: &Plan, replicates: &BTreeMap<String, u64>, runs: &[Record]) -> Self {
        let there: BTreeSet<&str> = runs.iter().map(|run| run.key.as_str()).collect();
        let of = |key: &String| replicates.get(key).copied().unwrap_or_default();
        let all: BTreeSet<u64> = plan.runs.iter().map(of).collect();
        let lacking: BTreeSet<u64> =
            plan.runs.iter().filter(|key| !there.contains(key.as_str())).map(of).collect();
        let whole: BTreeSet<u64> = all.difference(&lacking).copied().collect();
        let (n, is_final) = (whole.len(), lacking.is_empty());
        if claims.is_empty() || whole.is_empty() {
            return Self { verdicts: Vec::new(), replicates: n, is_final };
        }
        let runs: Vec<Record> = runs.iter().filter(|run| whole.contains(&replicate(run))).cloned().collect();
        let plan = Plan { runs: runs.iter().map(|run| run.key.clone()).collect(), ..plan.clone() };
        let mode = Mode::of(&plan);
        let verdicts = judge(claims, &Results::new(plan, runs), mode);
        Self { verdicts, replicates: n, is_final }
    }
}

impl Standing {
    /// What tells it from others on a page.
    pub fn id(&self) -> String {
        format!("{}/{}", self.store, self.name)
    }

    /// `12 of 20 runs done, 1 diverged, 2 running, 1 stale`
    pub fn in_words(&self) -> String {
        let Counts { planned, diverged, failed, unusable, running, stale, paused, .. } = self.counts;
        let mut text = format!("{} of {} done", self.counts.done(), counted(planned, "run"));
        for (n, what) in [
            (diverged, "diverged"),
            (failed, "failed"),
            (unusable, "damaged or of an older version"),
            (running, "running"),
            (stale, "stale"),
            (paused, "saved on their way"),
            (self.counts.missing(), "not begun"),
        ] {
            if n > 0 {
                text += &format!(", {n} {what}");
            }
        }
        text
    }

    /// Its part of the page, which is replaced when it changes.
    pub fn card(&self) -> String {
        standing_card(self)
    }

    /// The page of several results, which asks the server that it came from for what changes.
    pub fn page(all: &[Self]) -> String {
        watch_page(all)
    }
}

/// What tells that a file is SVG.
const SVG: &str = "xmlns=\"http://www.w3.org/2000/svg\"";

/// A figure of the runs that are there as an SVG file, or a sheet that says why it cannot be drawn.
pub fn figure_svg(config: &FigureConfig, results: &Results) -> String {
    match config.build(results) {
        // With text as text, which is written far sooner than outlines.
        Ok(figure) => {
            let alone = format!("<svg {SVG} font-family=\"DejaVu Sans, Verdana, sans-serif\" ");
            figure.inline(config.id(), "").replacen("<svg ", &alone, 1)
        }
        Err(why) => format!(
            "<svg {SVG} viewBox=\"0 0 640 48\" width=\"640\" height=\"48\"><text x=\"8\" \
             y=\"28\" font-size=\"14\" font-family=\"sans-serif\" fill=\"#222222\">Not drawn yet: {}</text></svg>",
            escape(&why)
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Word, made_up};

    #[test]
    fn only_whole_replicates_are_judged_on_the_way() {
        let results = made_up::results(4, |batch, r| batch + 0.01 * r as f64);
        let claim = json!({ "id": "c", "says": "s", "kind": "bound", "of": "loss", "at-most": 9.0,
            "where": { "train.batch-size": 8 } });
        let claims: Vec<Claim> = vec![serde_json::from_value(claim).unwrap()];
        let replicates: BTreeMap<String, u64> =
            results.runs.iter().map(|run| (run.key.clone(), replicate(run))).collect();
        let interim = |kept: &dyn Fn(&Record) -> bool| {
            let runs: Vec<Record> = results.runs.iter().filter(|run| kept(run)).cloned().collect();
            Interim::new(&claims, &results.plan, &replicates, &runs)
        };
        // Of replicate 3 the smallest batch is not there yet, though the claim is not about it.
        let all_but_one = interim(&|run| run.key != "1-3");
        assert_eq!((all_but_one.replicates, all_but_one.is_final), (3, false));
        assert_eq!(all_but_one.verdicts[0].n_replicates, 3);
        assert_eq!(all_but_one.verdicts[0].verdict, Word::Supported);
        let none = interim(&|run| replicate(run) == 0 && run.key != "1-0");
        assert!(none.verdicts.is_empty() && none.replicates == 0);
        let all = interim(&|_| true);
        assert!(all.is_final && all.verdicts[0].n_replicates == 4);
    }
}
