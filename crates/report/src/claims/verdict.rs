//! What is said of a claim.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_records::{Plan, Record};
use thalweg_statistics::LEVEL;

use super::behind::Behind;
use super::reason::{counted, effect_name, fallen_out};
use super::study::{Effect, Evidence, Scores, Study};
use super::{Claim, Mode};
use crate::Results;
use crate::draw::Scale;
use crate::number::short;
use crate::select::Need;

/// The outcome for one claim, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verdict {
    /// The claim's name.
    pub id: String,
    /// The claim in words.
    pub says: String,
    /// Whether it is about a control.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
    /// `trend`, `relation`, `difference`, `bound` or `slope`.
    pub kind: String,
    /// The verdict.
    pub verdict: Word,
    /// What the effect measures.
    pub what: String,
    /// The estimated effect.
    pub effect: Option<f64>,
    /// Its confidence interval; a confidence sequence where it was looked at after every replicate.
    pub interval: Option<(f64, f64)>,
    /// The level of the interval.
    pub level: f64,
    /// The centre of the scores that is tested, where another effect is shown.
    pub score: Option<Score>,
    /// The scale on which values were compared.
    pub scale: Scale,
    /// The test; `exact` for a fact.
    pub test: String,
    /// Independent replicates (or pairs, or groups) behind the effect.
    pub n_replicates: usize,
    /// Runs that entered.
    pub n_runs: usize,
    /// Runs that were meant to enter and did not: they diverged, lack the value or the setting, or have no
    /// counterpart.
    pub n_left_out: usize,
    /// Whether the runs were a trial, which says what to test and tests nothing.
    pub exploratory: bool,
    /// How often the runs were looked at.
    pub n_looks: usize,
    /// Replicates that had been looked at before: then an error is likelier than the level says.
    pub looked_before: u64,
    /// Results of other files that have some of the experiment's runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<String>,
    /// Two-sided p-value of the claim on its own; none for a fact.
    pub p: Option<f64>,
    /// The same after Holm's correction over the file.
    pub p_adjusted: Option<f64>,
    /// Why nothing could be decided.
    pub reason: Option<String>,
    /// All of it in one line.
    pub summary: String,
    /// Whether more replicates might decide it.
    #[serde(skip)]
    pub is_open: bool,
    /// What must be known beside the numbers.
    #[serde(skip)]
    pub(crate) notes: Vec<String>,
    /// What it rests on.
    #[serde(skip)]
    pub(crate) behind: Behind,
}

/// The centre of the scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Score {
    /// What it is, such as `factor a level`.
    pub what: String,
    /// Its estimate.
    pub effect: f64,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
}

/// Supported, refuted or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The opposite is unlikely.
    Supported,
    /// The claim is unlikely.
    Refuted,
    /// Neither can be said.
    Inconclusive,
}

/// The word, and why it is no other.
pub(super) struct Decision {
    pub(super) word: Word,
    pub(super) reason: Option<String>,
    /// Whether more replicates might decide it.
    pub(super) is_open: bool,
}

pub(super) struct Numbers<'a> {
    pub(super) study: Study<'a>,
    pub(super) evidence: Evidence,
    pub(super) p: Option<f64>,
    pub(super) adjusted: Option<f64>,
    pub(super) mode: Mode,
}

impl Verdict {
    pub(super) fn new(claim: &Claim, decision: Decision, numbers: Numbers<'_>, results: &Results) -> Self {
        let Decision { word, reason, is_open } = decision;
        let Numbers { study, evidence, p, adjusted, mode } = numbers;
        let plan = &results.plan;
        let (exploratory, looked_before) = (plan.exploratory, plan.looked_before);
        let what = effect_name(&study);
        let (n, tally) = (study.scores.n(), &study.tally);
        let (n_runs, n_left_out) = (tally.entered.len(), tally.gaps.len() + tally.outside.len());
        let mut summary = word.as_str().to_owned();
        summary += if exploratory { " (exploratory)" } else { "" };
        if study.is_exact && evidence.effect.is_some() {
            summary += " (exact: no random number is drawn)";
        }
        // What is tested comes first.
        if let Some(score) = evidence.score {
            summary += &format!("; {} {}", study.what, in_words(score));
        }
        if let Some(effect) = evidence.effect {
            summary += &format!("; {what} {}", in_words(effect));
        }
        if evidence.effect.is_some() {
            let unit = if matches!(study.scores, Scores::Groups(..)) { "group" } else { "replicate" };
            summary += &format!("; {}, {}", counted(n, unit), counted(n_runs, "run"));
            if n_left_out > 0 {
                summary += &format!(" ({n_left_out} left out)");
            }
            summary += if study.scale == Scale::Log { ", log scale" } else { "" };
            if let Some(adjusted) = adjusted {
                summary += &format!(", {}, p = {}", evidence.test, short(adjusted, 2));
            }
        }
        if mode == Mode::Sequential {
            summary += &format!("; looked at after each replicate, {n} in all");
        }
        let mut notes = Vec::new();
        if looked_before > 0 && p.is_some() {
            notes.push(format!(
                "replicates 0 to {} were looked at before, so the 5 % of a single look do not hold",
                looked_before - 1
            ));
        }
        if !plan.shared_with.is_empty() && p.is_some() {
            notes.push(shared(plan));
        }
        if p.is_some() && is_of_one_table(claim, &study, results) {
            notes.push("about splits of this one table, whose rows the replicates share".to_owned());
        }
        notes.extend(study.notes.iter().cloned());
        if claim.terms.survivors && !tally.gaps.is_empty() {
            notes.push(format!("of survivors only: {}", fallen_out(tally)));
        }
        for note in &notes {
            summary += &format!("; {note}");
        }
        if let Some(reason) = &reason {
            summary += &format!("; {reason}");
        }
        let finite = |effect: Effect| effect.interval.filter(|(low, high)| (low + high).is_finite());
        Self {
            id: claim.id.clone(),
            says: claim.says.clone(),
            control: claim.control,
            kind: claim.kind().to_owned(),
            verdict: word,
            what,
            effect: evidence.effect.map(|effect| effect.point),
            interval: evidence.effect.and_then(finite),
            level: LEVEL,
            score: evidence.score.map(|score| Score {
                what: study.what.clone(),
                effect: score.point,
                interval: finite(score),
            }),
            scale: study.scale,
            test: evidence.test.to_owned(),
            n_replicates: n,
            n_runs,
            n_left_out,
            exploratory,
            n_looks: if mode == Mode::Sequential { n } else { 1 },
            looked_before,
            shared_with: plan.shared_with.clone(),
            p,
            p_adjusted: adjusted,
            reason,
            summary,
            is_open,
            notes,
            behind: Behind::new(&study, results),
        }
    }

    /// The summary without the word.
    pub fn evidence(&self) -> &str {
        let rest = self.summary.strip_prefix(self.verdict.as_str()).unwrap_or(&self.summary);
        rest.trim_start_matches([';', ' '])
    }

    /// Whether the claim is supported.
    pub fn is_supported(&self) -> bool {
        self.verdict == Word::Supported
    }
}

/// `runs of this file are also those of the result copy: together they are evidence once`
pub(crate) fn shared(plan: &Plan) -> String {
    let results = if plan.shared_with.len() == 1 { "result" } else { "results" };
    let names = plan.shared_with.join(", ");
    format!("runs of this file are also those of the {results} {names}: together they are evidence once")
}

/// `0.31 [0.25, 0.37]`
fn in_words(effect: Effect) -> String {
    match effect.interval.filter(|(low, high)| (low + high).is_finite()) {
        Some((low, high)) => format!("{} [{}, {}]", short(effect.point, 3), short(low, 3), short(high, 3)),
        None => short(effect.point, 3),
    }
}

impl Word {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Whether the claim is about rows that are held out of a table, so that its replicates are no independent
/// samples of what the table is a sample of.
fn is_of_one_table(claim: &Claim, study: &Study<'_>, results: &Results) -> bool {
    let is_tested = |need: Need<'_>| matches!(need, Need::Value(name) if name.starts_with("test."));
    let is_split = |run: &&Record| {
        let kind = run.setting("test.kind").and_then(Value::as_str);
        study.tally.entered.contains(run.key.as_str()) && matches!(kind, Some("hold-out" | "folds"))
    };
    claim.needs().into_iter().any(is_tested) && results.runs.iter().any(|run| is_split(&run))
}
