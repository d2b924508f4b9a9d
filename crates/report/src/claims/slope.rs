//! The slope of a quantity against a setting lies in a range.

use serde::{Deserialize, Serialize};
use thalweg_statistics::{self as statistics, RangeTest};

use super::{Evidence, ends};
use crate::Results;
use crate::draw::Scale;
use crate::select::{Use, Where, select, slopes, uses};

/// `kind = "slope"`: the least-squares slope of `of` against `against` is at least or at most something. On two
/// logarithmic scales the slope is the exponent of a power law.
///
/// One slope a replicate; the effect is their mean, tested by Student's t.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Slope {
    /// Its name.
    pub id: String,
    /// The statement in words.
    pub says: String,
    /// The quantity.
    pub of: String,
    /// The setting, a number.
    pub against: String,
    /// Scale of the setting. Default linear.
    #[serde(default)]
    pub x_scale: Scale,
    /// Scale of the quantity. Default linear.
    #[serde(default)]
    pub y_scale: Scale,
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

impl Slope {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        [Use::Value(&self.of), Use::Number(&self.against)].into_iter().chain(uses(&self.r#where)).collect()
    }

    pub(super) fn weigh(&self, results: &Results) -> Evidence {
        let runs = select(results, &self.r#where);
        let slopes = slopes(&runs, (&self.against, self.x_scale), (&self.of, self.y_scale));
        let contrast = statistics::single(&slopes);
        let (low, high) = ends(self.at_least, self.at_most);
        Evidence {
            what: "slope".to_owned(),
            effect: contrast.map(|contrast| contrast.estimate()),
            p: contrast.map(|contrast| {
                let test = RangeTest::new(&contrast, low, high);
                (test.p_inside, test.p_outside)
            }),
        }
    }
}
