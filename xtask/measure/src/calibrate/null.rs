//! Wrong verdicts on single claims whose truth is exactly at the end of what they state.

use thalweg_report::Mode;

use super::case::{Case, Kind};
use super::rate::Ledger;
use super::study::Fate;
use super::values::{Values, all_right};
use crate::table::Table;

/// What a claim on its own may err.
pub const ALLOWED: f64 = thalweg_report::ALPHA;

/// Replicates of a study, and of one that is quick.
const REPLICATES: [u64; 5] = [2, 3, 5, 10, 20];
const QUICK: [u64; 2] = [3, 10];

/// Accuracies as they are counted: nearly all of few or of many rows right, or nine in ten.
pub fn accuracies() -> [Values; 4] {
    let counted = |rows, share| Values::Counted { rows, share };
    [counted(20, all_right(20)), counted(20, 0.9), counted(500, all_right(500)), counted(500, 0.9)]
}

/// Every kind of claim on all values that make sense for it.
fn cases() -> Vec<Case> {
    let any = [
        Values::Gaussian,
        Values::Lognormal,
        Values::Student,
        Values::MostlyRight,
        Values::HalfZero,
        Values::FewOnes,
    ];
    let any = || any.into_iter().chain(accuracies());
    let mut cases = Vec::new();
    let mut add = |kind: Kind, values: &mut dyn Iterator<Item = Values>, fates: &[Fate]| {
        cases.extend(values.map(|values| Case::null(kind, values)));
        cases.extend(fates.iter().map(|fate| Case { fate: *fate, ..Case::null(kind, Values::Gaussian) }));
    };
    let fates = [Fate::Survivors, Fate::Lost];
    add(Kind::Bound, &mut any(), &fates);
    for kind in [Kind::Difference, Kind::Samples] {
        add(kind, &mut any().chain([Values::Spreads]), &fates);
    }
    for kind in [Kind::Trend(5), Kind::Slope, Kind::Relation] {
        add(kind, &mut any().chain([Values::Walk, Values::Slopes]), &fates);
    }
    for groups in [5, 10] {
        add(Kind::Groups(groups), &mut [Values::Grouped, Values::Gaussian].into_iter(), &fates);
    }
    // A few ties: orders are drawn and not counted.
    add(Kind::Groups(5), &mut [Values::Counted { rows: 20, share: 0.9 }].into_iter(), &[]);
    cases
}

/// The share of studies with a wrong verdict, for each claim and number of replicates.
pub fn table(studies: u64, is_quick: bool, ledger: &mut Ledger) -> Table {
    let columns: &[u64] = if is_quick { &QUICK } else { &REPLICATES };
    let names: Vec<String> = columns.iter().map(|n| format!("n = {n}")).collect();
    let head: Vec<&str> =
        std::iter::once("wrong verdicts, %").chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&head);
    for case in cases() {
        let allowed = if case.fate == Fate::Lost { 0.0 } else { ALLOWED };
        let mut row = vec![case.to_string()];
        for n in columns {
            let name = format!("{case}, n = {n}");
            row.push(ledger.wrong(&case.study(*n), &name, studies, Mode::Fixed, allowed));
        }
        table.push(row);
    }
    table
}
