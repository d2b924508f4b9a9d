//! One quantity rises or falls with a setting.

use serde::{Deserialize, Serialize};
use thalweg_statistics as statistics;

use super::Evidence;
use crate::Results;
use crate::select::{Use, Where, select, series, uses};

/// Seed of the permutation test; any fixed number would do.
pub(super) const SEED: u64 = 1;

/// `kind = "trend"`: `of` rises or falls as the setting `against` grows.
///
/// The effect is Kendall's τ_b, computed within each replicate and averaged, with a t interval over the replicates.
/// Tested by permutation within replicates; nothing is decided if the interval holds 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Trend {
    /// Its name.
    pub id: String,
    /// The statement in words.
    pub says: String,
    /// The quantity, such as `test.clean.accuracy`.
    pub of: String,
    /// The setting, a number, such as `train.batch-size`.
    pub against: String,
    /// Which way.
    pub direction: Direction,
    /// Which runs count. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// Which way a trend goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Up.
    Increasing,
    /// Down.
    Decreasing,
}

impl Trend {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        [Use::Value(&self.of), Use::Number(&self.against)].into_iter().chain(uses(&self.r#where)).collect()
    }

    pub(super) fn weigh(&self, results: &Results) -> Evidence {
        let all: Vec<_> =
            series(&select(results, &self.r#where), &self.against, &self.of).into_values().collect();
        Evidence::of_trend(statistics::trend(&all, SEED), self.direction)
    }
}

impl Evidence {
    pub(super) fn of_trend(trend: Option<statistics::Trend>, direction: Direction) -> Self {
        Self {
            what: "Kendall's τ".to_owned(),
            effect: trend.map(|trend| trend.tau),
            // One replicate may order its points by what is common to all its runs, so it is not enough.
            p: trend.filter(|trend| trend.tau.n >= 2).map(|trend| match direction {
                Direction::Increasing => (trend.p_rising, trend.p_falling),
                Direction::Decreasing => (trend.p_falling, trend.p_rising),
            }),
        }
    }
}
