//! `[[claim]]` as a file spells it.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use thalweg_document::Problem;
use thalweg_records::Quantity;

use super::study::Study;
use super::{Bound, Difference, Relation, Slope, Trend};
use crate::Results;
use crate::draw::Scale;
use crate::select::{Need, Where};

/// `[[claim]]`: a statement that the runs can support or refute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claim {
    /// Its name: letters, digits, - and _.
    pub id: String,
    /// The statement in words, as the report shows it.
    pub says: String,
    /// Whether it is about a control: settings for which theory says the opposite, so that a claim which
    /// holds whatever the settings are is found out. `museum` tells the two apart. Default false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
    /// On which terms its quantity is judged.
    // Flattening is safe in this direction: it is reading that would let unknown keys through.
    #[serde(flatten)]
    pub terms: Terms,
    /// What it states, told apart by `kind`.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a claim states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Kind {
    Trend(Trend),
    Relation(Relation),
    Difference(Difference),
    Bound(Bound),
    Slope(Slope),
}

/// The keys that every kind of claim can have: what is known of its quantity, and what shall be said of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Terms {
    /// On which scale values are compared. Default what is usual for the quantity: losses, times, eigenvalues
    /// and lengths are compared on a logarithmic scale, all others and those that the product does not know
    /// on the linear one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// The least and the largest value that there can be. Default that of the quantity, if the product knows
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// For a share: the number of rows that each value was counted over. Default what the run knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_over: Option<u64>,
    /// What the claim is about: the mean of the scores, or their median. Default the mean.
    #[serde(default, skip_serializing_if = "Estimand::is_default")]
    pub estimand: Estimand,
    /// Whether runs that diverged, did not reach their goal or lack the value may be left out. Default false:
    /// a verdict that would rest on survivors is inconclusive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub survivors: bool,
    /// How near the end of the claimed range is too close to call: once the confidence interval lies within
    /// this distance of it, no more replicates are added. In units of the effect; on a logarithmic scale a
    /// ratio above 1. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indifference: Option<f64>,
}

/// What a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Estimand {
    /// The mean, tested by Student's t.
    #[default]
    Mean,
    /// The median, tested by signs: for values of any distribution.
    Median,
}

impl Estimand {
    fn is_default(&self) -> bool {
        *self == Self::Mean
    }
}

impl Terms {
    const KEYS: [&str; 6] = ["scale", "range", "counted-over", "estimand", "survivors", "indifference"];

    /// Half the width of the zone of indifference as a distance of scores.
    pub(super) fn half_zone(&self, zone: f64, scale: Scale) -> f64 {
        match scale {
            Scale::Linear => zone,
            Scale::Log => libm::log10(zone),
        }
    }

    /// What is wrong with single keys.
    fn check_keys(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some([low, high]) =
            self.range.filter(|[low, high]| low >= high || low.is_nan() || high.is_nan())
        {
            let message = format!("found [{low}, {high}], expected a smaller and a larger number");
            problems.push(Problem::new("range", message));
        }
        if self.counted_over == Some(0) {
            problems.push(Problem::new("counted-over", "found 0, expected a whole number of at least 1"));
        }
        problems
    }

    fn check_zone(&self, scale: Scale) -> Option<Problem> {
        let zone = self.indifference?;
        let wanted = match scale {
            Scale::Log if !(zone > 1.0 && zone.is_finite()) => {
                "a ratio above 1, as the scale is logarithmic: 1.1 is ten per cent"
            }
            Scale::Linear if !(zone > 0.0 && zone.is_finite()) => "a number above 0",
            _ => return None,
        };
        Some(Problem::new("indifference", format!("found {zone}, expected {wanted}")))
    }
}

impl<'de> Deserialize<'de> for Claim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut own = Map::deserialize(deserializer)?;
        let mut take = |keys: &[&str]| -> Map<String, Value> {
            keys.iter().filter_map(|key| own.remove_entry(*key)).collect()
        };
        let (mut names, terms) = (take(&["id", "says", "control"]), take(&Terms::KEYS));
        // What is wrong comes before what is missing: a reader of files looks for the key at which reading
        // begins to fail.
        let control =
            names.remove("control").map_or(Ok(false), bool::deserialize).map_err(D::Error::custom)?;
        let mut text = |key: &str| names.remove(key).map(String::deserialize).transpose();
        let (id, says) = (text("id").map_err(D::Error::custom)?, text("says").map_err(D::Error::custom)?);
        let terms = Terms::deserialize(Value::Object(terms)).map_err(D::Error::custom)?;
        let kind = Kind::deserialize(Value::Object(own))
            .map_err(|e| D::Error::custom(with_all_keys(&e.to_string())))?;
        let (id, says) = (id.ok_or("id"), says.ok_or("says"));
        Ok(Self {
            id: id.map_err(D::Error::missing_field)?,
            says: says.map_err(D::Error::missing_field)?,
            control,
            terms,
            kind,
        })
    }
}

/// The message of an unknown key, with the keys that all kinds share.
fn with_all_keys(message: &str) -> String {
    if message.starts_with("unknown field") {
        let shared = ["id", "says", "control"].iter().chain(&Terms::KEYS).map(|key| format!(", `{key}`"));
        message.to_owned() + &shared.collect::<String>()
    } else {
        message.to_owned()
    }
}

impl Claim {
    /// The word for what it states, as a file spells it.
    pub fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Trend(_) => "trend",
            Kind::Relation(_) => "relation",
            Kind::Difference(_) => "difference",
            Kind::Bound(_) => "bound",
            Kind::Slope(_) => "slope",
        }
    }

    /// Whether this is a quantity that it is about: what it says of scale and range holds of it.
    pub(crate) fn is_about(&self, name: &str) -> bool {
        match &self.kind {
            Kind::Relation(claim) => claim.of == name,
            _ => self.needs().contains(&Need::Value(name)),
        }
    }

    /// What of a run it needs.
    pub fn needs(&self) -> Vec<Need<'_>> {
        match &self.kind {
            Kind::Trend(claim) => claim.needs(),
            Kind::Relation(claim) => claim.needs(),
            Kind::Difference(claim) => claim.needs(),
            Kind::Bound(claim) => claim.needs(),
            Kind::Slope(claim) => claim.needs(),
        }
    }

    /// What is wrong with single keys, with their paths in the claim: for one of which others could not be
    /// read.
    pub fn check_keys(&self) -> Vec<Problem> {
        self.terms.check_keys()
    }

    /// What is wrong with its keys, alone and together.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = self.check_keys();
        let of_kind = match &self.kind {
            Kind::Trend(_) => Vec::new(),
            Kind::Relation(claim) => Vec::from_iter(claim.check()),
            Kind::Difference(claim) => claim.check(&self.terms),
            Kind::Bound(claim) => claim.check(&self.terms),
            Kind::Slope(claim) => claim.check(&self.terms),
        };
        if problems.is_empty() {
            problems.extend(self.check_counts());
        }
        if of_kind.is_empty() {
            // The scale that its effect has, of which no run is needed.
            problems.extend(self.terms.check_zone(self.study(&Results::none()).scale));
        }
        problems.extend(of_kind);
        problems
    }

    /// Only shares are counted: what lies in a range, such as \[0, 1\] or per cent in \[0, 100\].
    fn check_counts(&self) -> Option<Problem> {
        self.terms.counted_over?;
        let mut about = self.needs().into_iter().filter_map(|used| match used {
            Need::Value(name) if self.is_about(name) => Some(name),
            _ => None,
        });
        let has_range = |name: &str| {
            let (low, high) = self.terms.range.map_or(Quantity::of(name).range, |[low, high]| (low, high));
            (high - low).is_finite()
        };
        let name = about.find(|name| !has_range(name))?;
        let message =
            format!("only shares are counted: expected `range = [0, 1]` too, as `{name}` has no range");
        Some(Problem::new("counted-over", message))
    }

    /// The conditions on runs, each with its path in the claim.
    pub(super) fn conditions(&self) -> Vec<(Vec<String>, &Where)> {
        let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        match &self.kind {
            Kind::Trend(claim) => vec![(path(&["where"]), &claim.r#where)],
            Kind::Relation(claim) => vec![(path(&["where"]), &claim.r#where)],
            Kind::Bound(claim) => vec![(path(&["where"]), &claim.r#where)],
            Kind::Slope(claim) => vec![(path(&["where"]), &claim.r#where)],
            Kind::Difference(claim) => {
                let side = |i: usize| (path(&["between", &i.to_string()]), &claim.between[i]);
                vec![side(0), side(1)]
            }
        }
    }

    /// What the runs amount to.
    pub(super) fn study<'a>(&self, results: &'a Results) -> Study<'a> {
        match &self.kind {
            Kind::Trend(claim) => claim.study(results, &self.terms),
            Kind::Relation(claim) => claim.study(results, &self.terms),
            Kind::Difference(claim) => claim.study(results, &self.terms),
            Kind::Bound(claim) => claim.study(results, &self.terms),
            Kind::Slope(claim) => claim.study(results, &self.terms),
        }
    }
}
