//! The verdicts on all claims of a file.

use thalweg_records::Plan;
use thalweg_statistics::holm;

use super::reason;
use super::study::{Evidence, Study};
use super::verdict::{Decision, Numbers, Verdict, Word};
use super::{ALPHA, Claim};
use crate::Results;

/// How often the runs are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Once, when as many replicates are there as were planned.
    Fixed,
    /// After every replicate, so that more are added only while a claim is open.
    Sequential,
}

impl Mode {
    /// That of an experiment.
    pub fn of(plan: &Plan) -> Self {
        if plan.sequential.is_some() { Self::Sequential } else { Self::Fixed }
    }
}

/// A claim before its p-value is compared with others.
struct Case<'a> {
    claim: &'a Claim,
    study: Study<'a>,
    evidence: Evidence,
    /// Why nothing can be decided, whatever the numbers.
    blocked: Option<String>,
}

impl Case<'_> {
    /// The p-value that competes with those of other claims; 1 where there is none. `None` for a fact.
    fn p(&self) -> Option<f64> {
        match self.evidence.p {
            _ if self.blocked.is_some() || self.evidence.is_contrary => Some(1.0),
            Some(_) if self.study.is_exact => None,
            Some((support, refute)) => Some(support.min(refute)),
            None => Some(1.0),
        }
    }
}

/// Judges all claims of a file together. While runs of the plan are missing, every verdict is inconclusive.
pub fn judge(claims: &[Claim], results: &Results, mode: Mode) -> Vec<Verdict> {
    let missing = results.plan.runs.len() - results.runs.len();
    let cases: Vec<Case<'_>> = claims
        .iter()
        .map(|claim| {
            let study = claim.study(results);
            let evidence = study.evidence(claim.terms.estimand, mode);
            let blocked = match missing {
                0 => reason::blocked(&claim.terms, &study, &evidence, mode),
                _ => Some(reason::unfinished(missing, results.plan.runs.len())),
            };
            Case { claim, study, evidence, blocked }
        })
        .collect();
    // A claim without a p-value was still one of those that could have been decided; a fact was not.
    let p: Vec<Option<f64>> = cases.iter().map(Case::p).collect();
    let tested: Vec<f64> = p.iter().flatten().copied().collect();
    let mut adjusted = holm(&tested).into_iter();
    cases
        .into_iter()
        .zip(p)
        .map(|(case, p)| {
            let adjusted = p.and_then(|_| adjusted.next());
            // The level that Holm's correction has for a p-value at this place.
            let level =
                ALPHA / tested.iter().filter(|other| p.is_none_or(|p| **other >= p)).count().max(1) as f64;
            let decision = decide(&case, adjusted, (level, tested.len()), mode);
            // Of an unfinished experiment nothing was tested.
            let [p, adjusted] = [p, adjusted].map(|p| p.filter(|_| missing == 0));
            let numbers = Numbers { study: case.study, evidence: case.evidence, p, adjusted, mode };
            Verdict::new(case.claim, decision, numbers, results)
        })
        .collect()
}

fn decide(case: &Case<'_>, adjusted: Option<f64>, (level, n_claims): (f64, usize), mode: Mode) -> Decision {
    let inconclusive =
        |reason: String, is_open| Decision { word: Word::Inconclusive, reason: Some(reason), is_open };
    let estimand = case.claim.terms.estimand;
    if let Some(reason) = &case.blocked {
        return inconclusive(reason.clone(), false);
    }
    let Some((support, refute)) = case.evidence.p else {
        return inconclusive(reason::too_few(&case.study, estimand), true);
    };
    if case.evidence.is_contrary {
        let what = &case.study.what;
        return inconclusive(
            format!("{what} and Kendall's τ do not have the same direction: neither a rise nor a fall"),
            true,
        );
    }
    if adjusted.is_none_or(|p| p < ALPHA) {
        let word = if support < refute { Word::Supported } else { Word::Refuted };
        return Decision { word, reason: None, is_open: false };
    }
    let reason = reason::undecided(&case.study, &case.evidence, estimand, (level, n_claims), mode);
    // As long as values do not differ at all, p stays where it is.
    let is_open = !(case.evidence.is_equal && support.min(refute) == 1.0);
    inconclusive(reason, is_open)
}
