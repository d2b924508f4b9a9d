//! What no test can hold, and what can be asked instead.

use thalweg_report::{Estimand, Mode, Word};

use super::case::{Case, Kind};
use super::rate::Rate;
use super::values::Values;
use crate::table::Table;

const REPLICATES: [u64; 5] = [3, 5, 10, 20, 60];

/// Why none can.
pub const REASON: &str = "\
Not counted as failures: of real numbers without a bound no test of the mean keeps its level and ever decides, as a value that
was never seen may carry the mean (R. R. Bahadur & L. J. Savage, Annals of Mathematical Statistics 27, 1956). The median has
such a test.";

/// The share of wrong verdicts on means that a few values do not show, and on the medians of the same.
pub fn table(studies: u64) -> Table {
    let names = REPLICATES.map(|n| format!("n = {n}"));
    let head: Vec<&str> =
        ["wrong verdicts, %", "of the"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&head);
    let is_decided = |words: &[Word]| words[0] != Word::Inconclusive;
    let (mean, median) = ((Estimand::Mean, "mean"), (Estimand::Median, "median"));
    for (kind, values, (estimand, what)) in [
        (Kind::Bound, Values::Skewed, mean),
        (Kind::Bound, Values::Skewed, median),
        (Kind::Bound, Values::RarelyZero, mean),
        (Kind::Bound, Values::RarelyZero, median),
        // The median of such covariances is below 0, where their mean is 0.
        (Kind::Relation, Values::RareEvents, mean),
    ] {
        let case = Case { estimand, ..Case::null(kind, values) };
        let rate = |n: u64| {
            let name = format!("{case}, n = {n}");
            Rate::of(&case.study(n), (&name, 0), studies, Mode::Fixed, is_decided).to_string()
        };
        let name = Case::null(kind, values).to_string();
        table.push([name, what.to_owned()].into_iter().chain(REPLICATES.map(rate)));
    }
    table
}
