//! A quantity lies in a range.

use serde::{Deserialize, Serialize};
use thalweg_statistics::{self as statistics, RangeTest};

use super::{Evidence, ends};
use crate::Results;
use crate::select::{Use, Where, per_replicate, select, uses};

/// `kind = "bound"`: the mean of `of` is at least or at most something.
///
/// The effect is the mean over replicates, tested by Student's t.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bound {
    /// Its name.
    pub id: String,
    /// The statement in words.
    pub says: String,
    /// The quantity.
    pub of: String,
    /// Lower end of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Upper end of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Which runs count. Default all.
    #[serde(default)]
    pub r#where: Where,
}

impl Bound {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        std::iter::once(Use::Value(&self.of)).chain(uses(&self.r#where)).collect()
    }

    pub(super) fn weigh(&self, results: &Results) -> Evidence {
        let values: Vec<f64> =
            per_replicate(&select(results, &self.r#where), &self.of).into_values().collect();
        let contrast = statistics::single(&values);
        let (low, high) = ends(self.at_least, self.at_most);
        Evidence {
            what: "mean".to_owned(),
            effect: contrast.map(|contrast| contrast.estimate()),
            p: contrast.map(|contrast| {
                let test = RangeTest::new(&contrast, low, high);
                (test.p_inside, test.p_outside)
            }),
        }
    }
}
