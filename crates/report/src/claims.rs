//! Claims: what a file states, and what the runs say about it.
//!
//! Every kind of claim makes one score of a replicate ([`study`]); inference is about the centre of the
//! scores, over replicates alone. Each claim yields two p-values, one against its opposite (small: supported)
//! and one against itself (small: refuted), both two-sided. The smaller is the claim's p-value; Holm's
//! correction over all claims of the file keeps the chance of any wrong verdict below 5 %. What remains is
//! inconclusive, with the reason and what would decide it.

mod behind;
mod between;
mod bound;
mod config;
mod difference;
mod judge;
mod observe;
mod reason;
mod relation;
mod scope;
mod slope;
mod study;
mod trend;
mod verdict;

pub use between::{Contrast, Contrasts};
pub use bound::Bound;
pub use config::{Claim, Estimand, Kind, Terms};
pub use difference::{Difference, Order};
pub use judge::{Mode, judge};
pub(crate) use observe::Axes;
pub use reason::counted;
pub use relation::Relation;
pub(crate) use scope::unmet;
pub use scope::{Reach, Remarks};
pub use slope::Slope;
pub use trend::{Direction, Trend};
pub(crate) use verdict::shared;
pub use verdict::{Score, Verdict, Word};

use thalweg_document::Problem;

/// Chance of at least one wrong verdict in a file.
pub const ALPHA: f64 = 0.05;

fn check_range(at_least: Option<f64>, at_most: Option<f64>) -> Vec<Problem> {
    let infinite = [("at-least", at_least), ("at-most", at_most)].into_iter().filter_map(|(key, end)| {
        let end = end.filter(|end| !end.is_finite())?;
        Some(Problem::new(key, format!("found {end}, expected a finite number")))
    });
    let infinite: Vec<Problem> = infinite.collect();
    match (at_least, at_most) {
        (None, None) => vec![Problem::new("", "expected `at-least`, `at-most` or both")],
        (Some(low), Some(high)) if low > high && infinite.is_empty() => {
            vec![Problem::new("at-least", format!("found {low}, which is above at-most = {high}"))]
        }
        _ => infinite,
    }
}

/// The ends of a range, infinite where they are not given.
fn ends(at_least: Option<f64>, at_most: Option<f64>) -> (f64, f64) {
    (at_least.unwrap_or(f64::NEG_INFINITY), at_most.unwrap_or(f64::INFINITY))
}

#[cfg(test)]
mod tests;
