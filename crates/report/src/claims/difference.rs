//! A quantity differs between two kinds of runs, or from another quantity.

use serde::{Deserialize, Serialize};
use thalweg_statistics::{self as statistics, RangeTest};

use super::Evidence;
use crate::Results;
use crate::select::{Use, Where, per_replicate, select, uses, value};

/// `kind = "difference"`: `of` is higher, lower or equal in the first kind of runs, compared with the second, or
/// compared with the quantity `than`.
///
/// The effect is the difference of the means, first − second. Replicates that both kinds have are compared pair by
/// pair (they share data and streams), by Student's t; without any, Welch's test compares the two groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Difference {
    /// Its name.
    pub id: String,
    /// The statement in words.
    pub says: String,
    /// The quantity.
    pub of: String,
    /// The quantity of the second kind of runs. Default `of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub than: Option<String>,
    /// The two kinds of runs, each by its settings. Default all on both sides, for two quantities of the same runs.
    #[serde(default)]
    pub between: [Where; 2],
    /// How the first compares with the second.
    pub direction: Order,
    /// What the difference must exceed; for `equal`, what it must stay within (required, above 0). Default 0. In
    /// units of the quantity.
    #[serde(default)]
    pub margin: f64,
}

/// How one value compares with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// By more than the margin.
    Higher,
    /// By more than the margin.
    Lower,
    /// Within the margin.
    Equal,
}

impl Difference {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        let values = self.quantities().map(Use::Value).into_iter();
        values.chain(self.between.iter().flat_map(uses)).collect()
    }

    /// What is compared: of the first kind of runs, and of the second.
    pub(super) fn quantities(&self) -> [&str; 2] {
        [&self.of, self.than.as_ref().unwrap_or(&self.of)]
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if !(self.margin >= 0.0 && self.margin.is_finite()) {
            return Err(format!("margin = {}, expected a number of at least 0", self.margin));
        }
        if self.direction == Order::Equal && self.margin == 0.0 {
            return Err("direction = \"equal\" needs a margin above 0".to_owned());
        }
        let [first, second] = self.quantities();
        if first == second && self.between[0] == self.between[1] {
            return Err(
                "both sides are the same: expected two kinds of runs in `between`, or `than`".to_owned()
            );
        }
        Ok(())
    }

    pub(super) fn weigh(&self, results: &Results) -> Evidence {
        let quantities = self.quantities();
        let [first, second] = [0, 1].map(|side| {
            let mut runs = select(results, &self.between[side]);
            // Two quantities of the same runs are compared where both are there.
            if self.between[0] == self.between[1] {
                runs.retain(|run| quantities.iter().all(|of| value(run, of).is_some()));
            }
            per_replicate(&runs, quantities[side])
        });
        let (a, b): (Vec<f64>, Vec<f64>) =
            first.iter().filter_map(|(replicate, a)| Some((*a, *second.get(replicate)?))).unzip();
        let contrast = if a.is_empty() {
            let values =
                |side: &std::collections::BTreeMap<u64, f64>| side.values().copied().collect::<Vec<f64>>();
            statistics::welch(&values(&first), &values(&second))
        } else {
            statistics::paired(&a, &b)
        };
        let (low, high) = match self.direction {
            Order::Higher => (self.margin, f64::INFINITY),
            Order::Lower => (f64::NEG_INFINITY, -self.margin),
            Order::Equal => (-self.margin, self.margin),
        };
        Evidence {
            what: "difference".to_owned(),
            effect: contrast.map(|contrast| contrast.estimate()),
            p: contrast.map(|contrast| {
                let test = RangeTest::new(&contrast, low, high);
                // At a margin of 0 and no scatter at all, no difference is neither higher nor lower.
                if contrast.se == 0.0 && contrast.point == 0.0 && self.direction != Order::Equal {
                    (1.0, 0.0)
                } else {
                    (test.p_inside, test.p_outside)
                }
            }),
        }
    }
}
