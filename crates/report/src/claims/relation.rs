//! One quantity rises or falls with another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thalweg_statistics as statistics;

use super::Evidence;
use super::trend::{Direction, SEED};
use crate::Results;
use crate::select::{Use, Where, replicate, select, uses, value};

/// `kind = "relation"`: among the runs of a replicate, `of` is the higher or the lower, the higher `with` is.
///
/// The effect is Kendall's τ_b over the runs of each replicate, averaged, with a t interval over the replicates. Tested by
/// permutation within replicates; nothing is decided if the interval holds 0. Both are results, so it says what goes
/// together, not what comes of what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Relation {
    /// Its name.
    pub id: String,
    /// The statement in words.
    pub says: String,
    /// One quantity, such as `test.clean.accuracy`.
    pub of: String,
    /// The other, such as `width.adaptive`.
    pub with: String,
    /// Which way the first goes as the other grows.
    pub direction: Direction,
    /// Which runs count. Default all.
    #[serde(default)]
    pub r#where: Where,
}

impl Relation {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        [Use::Value(&self.of), Use::Value(&self.with)].into_iter().chain(uses(&self.r#where)).collect()
    }

    pub(super) fn weigh(&self, results: &Results) -> Evidence {
        let mut pairs: BTreeMap<u64, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
        for run in select(results, &self.r#where) {
            if let (Some(x), Some(y)) = (value(run, &self.with), value(run, &self.of)) {
                let (xs, ys) = pairs.entry(replicate(run)).or_default();
                xs.push(x);
                ys.push(y);
            }
        }
        let pairs: Vec<_> = pairs.into_values().collect();
        Evidence::of_trend(statistics::trend(&pairs, SEED), self.direction)
    }
}
