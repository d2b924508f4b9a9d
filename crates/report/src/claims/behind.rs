//! What a verdict rests on, for a page that shows it.

use std::collections::BTreeSet;

use super::study::{Scores, Study};
use crate::Results;
use crate::draw::Scale;
use crate::select::replicate;

/// The scores behind a verdict, the range that is claimed for their centre, and the runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Behind {
    /// Between which values the tested effect lies if the claim holds; an end may be infinite.
    pub(crate) claimed: (f64, f64),
    /// What the scores are, such as `ratio`.
    pub(crate) what: String,
    /// Each score as the effect is written, with what it is of.
    pub(crate) scores: Vec<(String, f64)>,
    /// Keys of the runs that entered.
    pub(crate) entered: Vec<String>,
}

impl Behind {
    pub(super) fn new(study: &Study<'_>, results: &Results) -> Self {
        let is_of_groups = matches!(study.scores, Scores::Groups(..));
        // Kendall's τ of groups has no scale.
        let scale = if is_of_groups { Scale::Linear } else { study.scale };
        let at = |place: f64| if place.is_finite() || scale == Scale::Log { scale.at(place) } else { place };
        let scores = match &study.scores {
            Scores::Replicates(sample) => named(&replicates_of(study, results), "", &sample.values),
            Scores::Sides(first, second) => {
                let sides = [("first, ", first), ("second, ", second)];
                sides.iter().flat_map(|(side, sample)| named(&[], side, &sample.values)).collect()
            }
            Scores::Groups(x, y) => x
                .iter()
                .zip(y)
                .map(|(x, y)| (format!("group at {}", crate::number::short(*x, 4)), *y))
                .collect(),
        };
        let is_placed = !is_of_groups;
        Self {
            claimed: (at(study.claimed.0), at(study.claimed.1)),
            what: study.what.clone(),
            scores: scores
                .into_iter()
                .map(|(name, score)| (name, if is_placed { scale.at(score) } else { score }))
                .collect(),
            entered: study.tally.entered.iter().map(|key| (*key).to_owned()).collect(),
        }
    }
}

/// The replicates of the runs that entered.
fn replicates_of(study: &Study<'_>, results: &Results) -> Vec<u64> {
    let entered = results.runs.iter().filter(|run| study.tally.entered.contains(run.key.as_str()));
    entered.map(replicate).collect::<BTreeSet<u64>>().into_iter().collect()
}

/// Scores by their replicates where each of these has one, else by their place.
fn named(replicates: &[u64], side: &str, scores: &[f64]) -> Vec<(String, f64)> {
    let name = |i: usize| match replicates.get(i) {
        Some(replicate) if replicates.len() == scores.len() => format!("{side}replicate {replicate}"),
        _ => format!("{side}number {}", i + 1),
    };
    scores.iter().enumerate().map(|(i, score)| (name(i), *score)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Claim, Mode, judge, made_up};

    #[test]
    fn scores_stand_by_their_replicates_in_units_of_the_effect() {
        let results = made_up::results(3, |batch, r| batch * (1.0 + r as f64));
        let claim = json!({ "id": "c", "says": "s", "kind": "bound", "of": "loss", "at-most": 9.0,
            "where": { "train.batch-size": 4 } });
        let claim: Claim = serde_json::from_value(claim).unwrap();
        let verdict = judge(&[claim], &results, Mode::Fixed).remove(0);
        let behind = &verdict.behind;
        assert_eq!((behind.what.as_str(), behind.entered.len()), ("geometric mean", 3));
        assert!(behind.claimed.0 == 0.0 && (behind.claimed.1 - 9.0).abs() < 1e-12, "{:?}", behind.claimed);
        let names: Vec<&str> = behind.scores.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["replicate 0", "replicate 1", "replicate 2"]);
        let close = |(score, expected): (f64, f64)| (score / expected - 1.0).abs() < 1e-12;
        assert!(behind.scores.iter().map(|score| score.1).zip([4.0, 8.0, 12.0]).all(close), "{behind:?}");
    }
}
