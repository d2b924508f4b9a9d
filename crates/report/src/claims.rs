//! Claims: what a file states, and what the runs say about it.
//!
//! Each kind of claim yields two p-values, one against its opposite (small: supported) and one against itself (small:
//! refuted). The smaller, doubled, is the claim's p-value; Holm's correction over all claims of the file keeps the
//! chance of any wrong verdict below 5 %. What remains is inconclusive, and so is a trend or relation about which
//! the replicates disagree.

mod bound;
mod difference;
mod relation;
mod slope;
mod trend;
mod verdict;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thalweg_statistics::{Estimate, holm};

pub use bound::Bound;
pub use difference::{Difference, Order};
pub use relation::Relation;
pub use slope::Slope;
pub use trend::{Direction, Trend};
pub use verdict::{Verdict, Word};

use crate::Results;
use crate::select::{Use, Where, select, value};

/// Chance of at least one wrong verdict in a file.
const ALPHA: f64 = 0.05;

/// `[[claim]]`: a statement that the runs can support or refute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Claim {
    /// One quantity rises or falls with a setting.
    Trend(Trend),
    /// One quantity rises or falls with another.
    Relation(Relation),
    /// A quantity differs between two kinds of runs, or from another quantity.
    Difference(Difference),
    /// A quantity lies in a range.
    Bound(Bound),
    /// The slope of a quantity against a setting lies in a range.
    Slope(Slope),
}

/// What the runs say about one claim.
struct Evidence {
    /// What the effect is.
    what: String,
    /// The effect; `None` if there are too few values.
    effect: Option<Estimate>,
    /// p-values against the claim's opposite and against the claim.
    p: Option<(f64, f64)>,
}

impl Claim {
    /// Its name.
    pub fn id(&self) -> &str {
        self.head().0
    }

    /// The statement in words.
    pub fn says(&self) -> &str {
        self.head().1
    }

    /// What of a run it needs.
    pub fn uses(&self) -> Vec<Use<'_>> {
        match self {
            Self::Trend(claim) => claim.uses(),
            Self::Relation(claim) => claim.uses(),
            Self::Difference(claim) => claim.uses(),
            Self::Bound(claim) => claim.uses(),
            Self::Slope(claim) => claim.uses(),
        }
    }

    /// Checks what only several of its keys together can tell.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Trend(_) | Self::Relation(_) => Ok(()),
            Self::Difference(claim) => claim.check(),
            Self::Bound(claim) => check_range(claim.at_least, claim.at_most),
            Self::Slope(claim) => check_range(claim.at_least, claim.at_most),
        }
    }

    fn head(&self) -> (&str, &str, &'static str) {
        match self {
            Self::Trend(claim) => (&claim.id, &claim.says, "trend"),
            Self::Relation(claim) => (&claim.id, &claim.says, "relation"),
            Self::Difference(claim) => (&claim.id, &claim.says, "difference"),
            Self::Bound(claim) => (&claim.id, &claim.says, "bound"),
            Self::Slope(claim) => (&claim.id, &claim.says, "slope"),
        }
    }

    /// Each quantity with the condition on the runs that count.
    fn scope(&self) -> Vec<(&str, &Where)> {
        match self {
            Self::Trend(claim) => vec![(&claim.of, &claim.r#where)],
            Self::Relation(claim) => vec![(&claim.of, &claim.r#where), (&claim.with, &claim.r#where)],
            Self::Difference(claim) => claim.quantities().into_iter().zip(&claim.between).collect(),
            Self::Bound(claim) => vec![(&claim.of, &claim.r#where)],
            Self::Slope(claim) => vec![(&claim.of, &claim.r#where)],
        }
    }

    /// How many runs count, and how many should but have not all of the values.
    fn count(&self, results: &Results) -> (usize, usize) {
        let mut counted: BTreeMap<&str, bool> = BTreeMap::new();
        for (of, condition) in self.scope() {
            for run in select(results, condition) {
                let has = value(run, of).is_some();
                counted.entry(&run.key).and_modify(|all| *all &= has).or_insert(has);
            }
        }
        let used = counted.values().filter(|has| **has).count();
        (used, counted.len() - used)
    }

    /// Whether the interval holds "no trend". The permutation test of a trend does not ask whether it is the same in
    /// all replicates; the p-values of other claims come from their interval.
    fn is_disputed(&self, evidence: &Evidence) -> bool {
        let interval = evidence.effect.and_then(|effect| effect.interval);
        matches!(self, Self::Trend(_) | Self::Relation(_))
            && interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
    }

    fn weigh(&self, results: &Results) -> Evidence {
        match self {
            Self::Trend(claim) => claim.weigh(results),
            Self::Relation(claim) => claim.weigh(results),
            Self::Difference(claim) => claim.weigh(results),
            Self::Bound(claim) => claim.weigh(results),
            Self::Slope(claim) => claim.weigh(results),
        }
    }
}

/// Judges all claims of a file together. While runs of the plan are missing, every verdict is inconclusive.
pub fn judge(claims: &[Claim], results: &Results) -> Vec<Verdict> {
    let evidence: Vec<Evidence> = claims.iter().map(|claim| claim.weigh(results)).collect();
    // A claim without a p-value was still one of those that could have been decided.
    let p: Vec<f64> = evidence.iter().map(|e| e.p.map_or(1.0, |(a, b)| (2.0 * a.min(b)).min(1.0))).collect();
    let adjusted = holm(&p);
    let missing = results.plan.runs.len() - results.runs.len();
    claims
        .iter()
        .zip(evidence)
        .zip(p.into_iter().zip(adjusted))
        .map(|((claim, evidence), (p, adjusted))| {
            let (word, reason) = match evidence.p {
                _ if missing > 0 => {
                    let text =
                        format!("{missing} of {} runs are not in the store yet", results.plan.runs.len());
                    (Word::Inconclusive, Some(text))
                }
                None => (
                    Word::Inconclusive,
                    Some("fewer than two replicates, or too few values, to judge by".into()),
                ),
                Some(_) if adjusted < ALPHA && claim.is_disputed(&evidence) => {
                    (Word::Inconclusive, Some("the replicates disagree: the interval holds 0".into()))
                }
                Some((support, refute)) if adjusted < ALPHA => {
                    (if support < refute { Word::Supported } else { Word::Refuted }, None)
                }
                Some(_) => {
                    (Word::Inconclusive, Some(format!("p is not below {ALPHA} after Holm's correction")))
                }
            };
            let (n_runs, n_left_out) = claim.count(results);
            let (id, says, kind) = claim.head();
            Verdict::new(
                verdict::Head { id, says, kind },
                (word, reason),
                verdict::Numbers { evidence, p, adjusted, n_runs, n_left_out },
            )
        })
        .collect()
}

fn check_range(at_least: Option<f64>, at_most: Option<f64>) -> Result<(), String> {
    match (at_least, at_most) {
        (None, None) => Err("expected `at-least`, `at-most` or both".to_owned()),
        (Some(low), Some(high)) if low > high => Err(format!("at-least = {low} is above at-most = {high}")),
        (low, high) if low.into_iter().chain(high).any(f64::is_nan) => Err("a bound is NaN".to_owned()),
        _ => Ok(()),
    }
}

/// The ends of a range, infinite where they are not given.
fn ends(at_least: Option<f64>, at_most: Option<f64>) -> (f64, f64) {
    (at_least.unwrap_or(f64::NEG_INFINITY), at_most.unwrap_or(f64::INFINITY))
}

#[cfg(test)]
mod tests;
