//! What is said of a claim.

use serde::Serialize;
use thalweg_statistics::LEVEL;

use super::Evidence;
use crate::number::short;

/// The outcome for one claim, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verdict {
    /// The claim's name.
    pub id: String,
    /// The claim in words.
    pub says: String,
    /// `trend`, `difference`, `bound` or `slope`.
    pub kind: String,
    /// The verdict.
    pub verdict: Word,
    /// What the effect measures.
    pub what: String,
    /// The estimated effect.
    pub effect: Option<f64>,
    /// Its confidence interval.
    pub interval: Option<(f64, f64)>,
    /// The level of the interval.
    pub level: f64,
    /// Independent replicates (or pairs) behind the effect.
    pub n_replicates: usize,
    /// Runs that were meant to count and have the value.
    pub n_runs: usize,
    /// Runs that were meant to count but have no such value, because they diverged or it is not finite.
    pub n_left_out: usize,
    /// Two-sided p-value of the claim on its own.
    pub p: f64,
    /// The same after Holm's correction over the file.
    pub p_adjusted: f64,
    /// Why nothing could be decided.
    pub reason: Option<String>,
    /// All of it in one line.
    pub summary: String,
}

/// Supported, refuted or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The opposite is unlikely.
    Supported,
    /// The claim is unlikely.
    Refuted,
    /// Neither can be said.
    Inconclusive,
}

pub(super) struct Head<'a> {
    pub(super) id: &'a str,
    pub(super) says: &'a str,
    pub(super) kind: &'a str,
}

pub(super) struct Numbers {
    pub(super) evidence: Evidence,
    pub(super) p: f64,
    pub(super) adjusted: f64,
    pub(super) n_runs: usize,
    pub(super) n_left_out: usize,
}

impl Verdict {
    pub(super) fn new(head: Head<'_>, (word, reason): (Word, Option<String>), numbers: Numbers) -> Self {
        let Numbers { evidence, p, adjusted, n_runs, n_left_out } = numbers;
        let finite = |x: f64| x.is_finite();
        let effect = evidence.effect;
        let interval = effect.and_then(|effect| effect.interval).filter(|(low, high)| finite(low + high));
        let mut summary = word.as_str().to_owned();
        if let Some(effect) = effect {
            summary += &format!("; {} {}", evidence.what, short(effect.point, 3));
            if let Some((low, high)) = interval {
                summary += &format!(" [{}, {}]", short(low, 3), short(high, 3));
                // The interval and a p-value of 0 then say only that a few replicates agree.
                summary += if low == high { " without scatter" } else { "" };
            }
            let plural = if effect.n == 1 { "" } else { "s" };
            summary += &format!(", {} replicate{plural}, {n_runs} runs", effect.n);
            if n_left_out > 0 {
                summary += &format!(" ({n_left_out} left out: diverged, goal not reached or not finite)");
            }
            summary += &format!(", p = {}", short(adjusted, 2));
        }
        if let Some(reason) = &reason {
            summary += &format!("; {reason}");
        }
        Self {
            id: head.id.to_owned(),
            says: head.says.to_owned(),
            kind: head.kind.to_owned(),
            verdict: word,
            what: evidence.what,
            effect: effect.map(|effect| effect.point),
            interval,
            level: LEVEL,
            n_replicates: effect.map_or(0, |effect| effect.n),
            n_runs,
            n_left_out,
            p,
            p_adjusted: adjusted,
            reason,
            summary,
        }
    }

    /// Whether the claim is supported.
    pub fn is_supported(&self) -> bool {
        self.verdict == Word::Supported
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
