//! Whether runs can answer a claim at all: known before any is computed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thalweg_document::{Problem, nearest};
use thalweg_records::{Record, setting};
use thalweg_statistics::{detectable, signs_needed};

use super::config::Kind;
use super::reason::{counted, words_of};
use super::relation::LEAST_POINTS;
use super::trend::LEAST_LEVELS;
use super::{ALPHA, Claim, Estimand};
use crate::Results;
use crate::number::short;
use crate::select::{Where, replicate, same, select};

/// Fewer groups have no order to speak of.
const LEAST_GROUPS: usize = 3;
/// Fewer groups decide nothing at 5 %: two of the orders of 4 are 8 %, two of those of 5 are 1.7 %.
const DECIDING_GROUPS: usize = 5;
/// Values that a message lists.
const LISTED: usize = 12;

/// All that is to be said of a claim.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Remarks {
    /// Why no run that is planned can answer it, with paths in the claim.
    pub impossible: Vec<Problem>,
    /// Why the verdict will be inconclusive whatever comes out.
    pub too_few: Vec<Problem>,
}

/// What the planned runs can decide of a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Independent units of evidence.
    pub units: usize,
    /// What they are: `replicates` or `groups`.
    pub unit: &'static str,
    /// What they can decide.
    pub text: String,
}

impl Claim {
    /// Holds the claim against runs of which only the settings are known.
    pub fn examine(&self, planned: &Results) -> Remarks {
        let mut remarks = Remarks::default();
        for (path, condition) in self.conditions() {
            remarks.impossible.extend(unmet(planned, &path, condition));
        }
        if !remarks.impossible.is_empty() {
            return remarks;
        }
        remarks.impossible.extend(self.too_narrow(planned));
        if remarks.impossible.is_empty() {
            remarks.too_few.extend(self.too_few(planned));
        }
        remarks
    }

    /// What the replicates that are planned can decide, beside so many claims in all.
    pub fn reach(&self, planned: &Results, n_claims: usize) -> Reach {
        let units = self.units(planned);
        let by_groups = matches!(&self.kind, Kind::Relation(claim) if claim.by.is_some());
        // Alone or the last to be decided, and the first.
        let levels = [ALPHA, ALPHA / n_claims.max(1) as f64];
        let at_both = |last: String, first: String| {
            if n_claims > 1 { format!("{last}, {first} while all other claims are open") } else { last }
        };
        let text = if self.is_exact(planned) {
            "exact: no random number is drawn, one replicate is enough".to_owned()
        } else if by_groups {
            "by permutation".to_owned()
        } else if self.terms.estimand == Estimand::Median {
            let [last, first] = levels.map(signs_needed);
            at_both(format!("{last} replicates that agree are the least"), first.to_string())
        } else {
            match levels.map(|level| detectable(units, level)) {
                [Some(last), Some(first)] => at_both(short(last, 2), short(first, 2)),
                _ => "nothing: two replicates are the least".to_owned(),
            }
        };
        Reach { units, unit: if by_groups { "groups" } else { "replicates" }, text }
    }

    /// Independent units behind the claim, if no run falls out.
    fn units(&self, planned: &Results) -> usize {
        let of = |runs: &[&Record]| runs.iter().map(|run| replicate(run)).collect::<BTreeSet<u64>>().len();
        match &self.kind {
            Kind::Relation(claim) if claim.by.is_some() => {
                distinct(&select(planned, &claim.r#where), claim.by.as_deref().unwrap_or_default()).len()
            }
            Kind::Difference(claim) => {
                let sides = claim.between.each_ref().map(|side| of(&select(planned, side)));
                sides[0].min(sides[1])
            }
            _ => self
                .conditions()
                .iter()
                .map(|(_, condition)| of(&select(planned, condition)))
                .min()
                .unwrap_or(0),
        }
    }

    fn is_exact(&self, planned: &Results) -> bool {
        let is_timed = |name: &str| name.ends_with("seconds");
        let of_clock =
            self.needs().iter().any(|used| matches!(used, crate::Need::Value(name) if is_timed(name)));
        let conditions = self.conditions();
        let mut runs = conditions.iter().flat_map(|(_, condition)| select(planned, condition));
        !of_clock && runs.all(|run| run.deterministic)
    }

    /// Why the runs that it is about are not enough for what it asks.
    fn too_narrow(&self, planned: &Results) -> Option<Problem> {
        let at = |key: &str, message: String| Some(Problem::new(key, message));
        match &self.kind {
            Kind::Trend(claim) => {
                let levels = numbers(&select(planned, &claim.r#where), &claim.against);
                (levels.len() < LEAST_LEVELS)
                    .then(|| few_levels("trend", LEAST_LEVELS, &claim.against, &levels))
                    .and_then(|message| at("against", message))
            }
            Kind::Slope(claim) => {
                let levels = numbers(&select(planned, &claim.r#where), &claim.against);
                (levels.len() < 2)
                    .then(|| few_levels("slope", 2, &claim.against, &levels))
                    .and_then(|message| at("against", message))
            }
            Kind::Relation(claim) => {
                let runs = select(planned, &claim.r#where);
                let Some(key) = &claim.by else {
                    let mut of_replicates: BTreeMap<u64, usize> = BTreeMap::new();
                    runs.iter().for_each(|run| *of_replicates.entry(replicate(run)).or_default() += 1);
                    let most = of_replicates.into_values().max().unwrap_or(0);
                    return (most < LEAST_POINTS)
                        .then(|| {
                            format!("{} a replicate, {LEAST_POINTS} are the least", counted(most, "run"))
                        })
                        .and_then(|message| at("of", message));
                };
                let groups = distinct(&runs, key).len();
                (groups < LEAST_GROUPS)
                    .then(|| format!("{} of `{key}`, {LEAST_GROUPS} are the least", counted(groups, "value")))
                    .and_then(|message| at("by", message))
            }
            Kind::Difference(claim) => {
                let sides = claim.between.each_ref().map(|side| select(planned, side));
                let is_on_both = |run: &&&Record| sides[1].iter().any(|other| other.key == run.key);
                if claim.than.is_none() && sides[0].iter().any(|run| is_on_both(&run)) {
                    let [first, second] = claim.between.each_ref().map(words_of);
                    return at(
                        "between",
                        format!("some runs are on both sides: they have {first} and {second}"),
                    );
                }
                let study = self.study(planned);
                let lone = study.tally.outside.len();
                (study.tally.entered.is_empty() && study.tally.gaps.is_empty() && lone > 0)
                    .then(|| {
                        "the two sides have no other settings in common: there is nothing to compare"
                            .to_owned()
                    })
                    .and_then(|message| at("between", message))
            }
            Kind::Bound(_) => None,
        }
    }

    fn too_few(&self, planned: &Results) -> Option<Problem> {
        if self.is_exact(planned) {
            return None;
        }
        let is_by_groups = matches!(&self.kind, Kind::Relation(claim) if claim.by.is_some());
        let (least, unit) = match self.terms.estimand {
            _ if is_by_groups => (DECIDING_GROUPS, "group"),
            Estimand::Mean => (2, "replicate"),
            Estimand::Median => (signs_needed(ALPHA), "replicate"),
        };
        let units = self.units(planned);
        let message = format!("{}, {least} are the least", counted(units, unit));
        (units < least).then(|| Problem::new("id", message))
    }
}

/// Why no run meets a condition that stands at a path.
pub(crate) fn unmet(planned: &Results, path: &[String], condition: &Where) -> Vec<Problem> {
    if !select(planned, condition).is_empty() || planned.runs.is_empty() {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    for (key, wanted) in condition {
        let values = distinct(&planned.runs.iter().collect::<Vec<_>>(), key);
        // A setting that no run has is told elsewhere.
        if values.is_empty()
            || planned.runs.iter().any(|run| run.setting(key).is_some_and(|s| same(s, wanted)))
        {
            continue;
        }
        let message = format!("no run has {key} = {wanted}; {}", kind_and_values(key, wanted, &values));
        let path = [path, std::slice::from_ref(key)].concat();
        remarks.push(Problem { hint: near(wanted, &values), ..Problem::at(path, message) });
    }
    if remarks.is_empty()
        && condition.keys().all(|key| planned.runs.iter().any(|run| run.setting(key).is_some()))
    {
        let message = format!("no run has all of {}", words_of(condition));
        remarks.push(Problem::at(path.to_vec(), message));
    }
    remarks
}

/// The type that is meant if another was given, and what there is.
fn kind_and_values(key: &str, wanted: &Value, values: &[&Value]) -> String {
    let listed: Vec<String> = values.iter().take(LISTED).map(ToString::to_string).collect();
    let more = if values.len() > LISTED { ", …" } else { "" };
    let are = |is: fn(&Value) -> bool| values.iter().all(|value| is(value));
    let kind = match wanted {
        Value::String(_) if are(Value::is_number) => "a number is meant, without quotes; ",
        Value::Number(_) | Value::Bool(_) if are(Value::is_string) => "a word in quotes is meant; ",
        Value::Number(_) if are(Value::is_boolean) => "true or false is meant; ",
        _ => "",
    };
    if values.iter().all(|value| value.is_object()) {
        let kinds: BTreeSet<String> =
            values.iter().filter_map(|value| setting(value, "kind")).map(ToString::to_string).collect();
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
        return format!("{kind}its kinds are {kinds}: \"{key}.kind\" = … asks for one of them");
    }
    format!("{kind}runs have {}{more}", listed.join(", "))
}

/// The value that was probably meant; all that there are stand in the message.
fn near(wanted: &Value, values: &[&Value]) -> Option<String> {
    let near = nearest(wanted.as_str()?, values.iter().filter_map(|value| value.as_str()))?;
    Some(format!("did you mean `{near}`?"))
}

/// The distinct values of a setting, in the order of the runs.
fn distinct<'a>(runs: &[&'a Record], key: &str) -> Vec<&'a Value> {
    let mut seen = BTreeSet::new();
    runs.iter().filter_map(|run| run.setting(key)).filter(|value| seen.insert(value.to_string())).collect()
}

fn numbers(runs: &[&Record], key: &str) -> Vec<f64> {
    let mut numbers: Vec<f64> = runs.iter().filter_map(|run| run.setting(key)?.as_f64()).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    numbers
}

fn few_levels(kind: &str, least: usize, key: &str, levels: &[f64]) -> String {
    let listed: Vec<String> = levels.iter().map(ToString::to_string).collect();
    let have = match levels.len() {
        0 => format!("`{key}` is no number in these runs"),
        1 => format!("`{key}` has one value, {}", listed[0]),
        _ => format!("`{key}` has {} values, {}", levels.len(), listed.join(" and ")),
    };
    format!("a {kind} needs at least {least} values of its setting; {have}")
}
