//! Why nothing could be decided, and what would decide it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thalweg_statistics::{replicates_needed, signs_needed};

use super::observe::{Gap, Tally};
use super::study::{Evidence, Scores, Study};
use super::{Estimand, Mode, Terms};
use crate::number::short;
use crate::select::Where;

/// Why the numbers may not be judged at all, if that is so.
pub(super) fn blocked(terms: &Terms, study: &Study<'_>, evidence: &Evidence, mode: Mode) -> Option<String> {
    if !study.tally.gaps.is_empty() && !terms.survivors {
        let mut text = fallen_out(&study.tally);
        text += &match evidence.effect {
            // A name, such as Kendall's, needs no article.
            Some(effect) => {
                let the = if effect_name(study) == study.what { "the " } else { "" };
                format!("; without them {the}{} is {}", effect_name(study), short(effect.point, 3))
            }
            None => "; nothing is left to judge by".to_owned(),
        };
        let has_diverged = study.tally.gaps.iter().any(|(_, _, gap)| matches!(gap, Gap::Diverged(_)));
        let shares = if has_diverged { ", `of = \"diverged\"` the shares that diverged" } else { "" };
        return Some(text + &format!(" (`survivors = true` judges what is left{shares})"));
    }
    if !study.tally.incomplete.is_empty() && !terms.survivors {
        let lacking = counted(study.tally.incomplete.len(), "replicate");
        let verb = if study.tally.incomplete.len() == 1 { "lacks" } else { "lack" };
        return Some(format!(
            "{lacking} {verb} runs that others have: were they left out as they failed? (`survivors = true` judges what \
             is left)"
        ));
    }
    if mode == Mode::Sequential && matches!(study.scores, Scores::Groups(..)) {
        return Some("more replicates add no groups: judge it at a fixed number of replicates".to_owned());
    }
    if mode == Mode::Sequential && matches!(study.scores, Scores::Sides(..)) {
        return Some("no replicate has both sides: judge it at a fixed number of replicates".to_owned());
    }
    (mode == Mode::Sequential && evidence.is_futile && !is_decided(evidence))
        .then(|| "too close to call: the confidence interval lies in the zone of indifference".to_owned())
}

/// What is missing of an experiment that is not finished.
pub(super) fn unfinished(missing: usize, planned: usize) -> String {
    let verb = if missing == 1 { "is" } else { "are" };
    format!("not decided yet: {missing} of {} {verb} not in the store", counted(planned, "run"))
}

fn is_decided(evidence: &Evidence) -> bool {
    evidence.p.is_some_and(|(support, refute)| support.min(refute) < super::ALPHA)
}

/// Which runs say nothing, and why: `all 3 runs with schedule.initial = 5 diverged at steps 12 to 14`.
pub(super) fn fallen_out(tally: &Tally<'_>) -> String {
    let mut kinds: BTreeMap<(&str, Word), Vec<Gap>> = BTreeMap::new();
    for (side, _, gap) in &tally.gaps {
        kinds.entry((side, Word::of(*gap))).or_default().push(*gap);
    }
    let in_words = |((side, word), gaps): (&(&str, Word), &Vec<Gap>)| {
        let total = tally.asked.get(*side).copied().unwrap_or_default();
        let with = if side.is_empty() { String::new() } else { format!(" with {side}") };
        let of =
            if gaps.len() == total { format!("all {total}") } else { format!("{} of {total}", gaps.len()) };
        let runs = if total == 1 { "run" } else { "runs" };
        format!("{of} {runs}{with} {}", word.text(gaps))
    };
    kinds.iter().map(in_words).collect::<Vec<_>>().join("; ")
}

/// What to say of a gap, without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Diverged,
    GoalNotReached,
    NoValue,
    OffScale,
}

impl Word {
    fn of(gap: Gap) -> Self {
        match gap {
            Gap::Diverged(_) => Self::Diverged,
            Gap::GoalNotReached => Self::GoalNotReached,
            Gap::NoValue => Self::NoValue,
            Gap::OffScale => Self::OffScale,
        }
    }

    fn text(self, gaps: &[Gap]) -> String {
        match self {
            Self::GoalNotReached => "did not reach their goal".to_owned(),
            Self::NoValue => "lack the value, or it is not finite".to_owned(),
            Self::OffScale => {
                "have a value of 0 or below, which has no place on a logarithmic scale (`scale = \"linear\"`)"
                    .to_owned()
            }
            Self::Diverged => {
                let step = |gap: &Gap| if let Gap::Diverged(step) = gap { *step } else { None };
                let steps: BTreeSet<u64> = gaps.iter().filter_map(step).collect();
                match (steps.first(), steps.last()) {
                    (Some(first), Some(last)) if first == last => format!("diverged at step {first}"),
                    (Some(first), Some(last)) => format!("diverged at steps {first} to {last}"),
                    _ => "diverged".to_owned(),
                }
            }
        }
    }
}

/// What is needed for any p-value at all.
pub(super) fn too_few(study: &Study<'_>, estimand: Estimand) -> String {
    match &study.scores {
        Scores::Sides(..) if estimand == Estimand::Median => {
            "no replicate has both sides, and two independent samples are compared by their means".to_owned()
        }
        Scores::Groups(x, _) => format!("{}, three are the least", counted(x.len(), "group")),
        _ if study.tally.asked.values().sum::<usize>() == 0 => {
            "no run is of the kind that it asks about".to_owned()
        }
        scores => format!("{} to judge by, two are the least", counted(scores.n(), "replicate")),
    }
}

/// Why p is not small enough, and how many replicates would do.
pub(super) fn undecided(
    study: &Study<'_>,
    evidence: &Evidence,
    estimand: Estimand,
    (level, n_claims): (f64, usize),
    mode: Mode,
) -> String {
    let n = study.scores.n();
    let among = if n_claims > 1 { format!(" among {n_claims} claims") } else { String::new() };
    if let Scores::Groups(..) = study.scores {
        return format!("{} do not decide this at 5 %{among}", counted(n, "group"));
    }
    let have = counted(n, "replicate");
    let cannot = format!("{have} cannot decide this at 5 %{among}");
    if mode == Mode::Sequential && !evidence.is_equal {
        return format!("not decided at 5 %{among} after {have}");
    }
    if estimand == Estimand::Median {
        let least = signs_needed(level);
        return match least > n {
            true => format!("{cannot}; {least} could, if all lie on one side"),
            false => format!("{have} do not decide this at 5 %{among}"),
        };
    }
    if evidence.is_equal {
        let more = equal_values_needed(study, level)
            .map_or_else(String::new, |n| format!("{n} equal values would decide, or "));
        return format!(
            "all {n} values are equal, so there is no scatter to judge by; {more}{} replicates that agree, with \
             `estimand = \"median\"`",
            signs_needed(level)
        );
    }
    let Some(spreads) = evidence.spreads else { return cannot };
    match replicates_needed(spreads, level) {
        Some(needed) if needed > n => {
            format!("{cannot}; about {needed} would, if effect and spread stay as they are (80 % chance)")
        }
        Some(_) => format!("{have} do not decide this at 5 %{among}; a few more may"),
        None => format!("{cannot}, nor would ten thousand if effect and spread stay as they are"),
    }
}

/// How many equal values decide, on a support that ends beyond the claimed end: 2 qⁿ ≤ level with q the
/// largest share that such values can have if the mean lies on that end.
fn equal_values_needed(study: &Study<'_>, level: f64) -> Option<usize> {
    let Scores::Replicates(sample) = &study.scores else { return None };
    let (value, (least, most)) = (*sample.values.first()?, sample.support);
    let share = |room: f64, way: f64| (room.is_finite() && way > 0.0).then(|| room / (room + way));
    let q = if value > study.claimed.0 && study.claimed.0.is_finite() {
        share(study.claimed.0 - least, value - study.claimed.0)
    } else if value > study.claimed.1 {
        share(study.claimed.1 - least, value - study.claimed.1)
    } else {
        let end = if value < study.claimed.0 { study.claimed.0 } else { study.claimed.1 };
        share(most - end, end - value)
    }?;
    let needed = (libm::log(level / 2.0) / libm::log(q)).ceil();
    (needed.is_finite() && needed < 1e6).then_some(needed as usize)
}

/// What the effect that is shown is.
pub(super) fn effect_name(study: &Study<'_>) -> String {
    match (&study.shown, &study.scores) {
        (None, Scores::Replicates(_) | Scores::Sides(..)) => study.what.clone(),
        _ => "Kendall's τ".to_owned(),
    }
}

/// `1 replicate`, `5 replicates`
pub fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A condition in words: `schedule.initial = 5, optimizer.kind = "adam"`.
pub(super) fn words_of(condition: &Where) -> String {
    let text = |value: &Value| match value.as_f64() {
        Some(number) => short(number, 10),
        None => value.to_string(),
    };
    condition.iter().map(|(key, value)| format!("{key} = {}", text(value))).collect::<Vec<_>>().join(", ")
}
