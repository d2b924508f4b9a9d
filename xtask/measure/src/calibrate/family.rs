//! Wrong verdicts of nine claims that are judged together, and of claims that are looked at after every
//! replicate.

use serde_json::json;
use thalweg_report::Mode;

use super::case::{Case, Kind};
use super::null::{ALLOWED, accuracies};
use super::rate::Ledger;
use super::study::{Column, Layout, Study};
use super::values::{Values, all_right};
use crate::table::Table;

/// Replicates of a study that is looked at once.
const ONCE: [u64; 4] = [3, 5, 10, 20];
/// Replicates of a study that is looked at after each of them. p-values only fall there, so one look at the
/// end tells whether any look would have decided.
pub const MOST: u64 = 60;

/// Nine claims of all kinds on six quantities of the same runs, all with the truth at the end of what they
/// state; but the first, a difference, is true by `effect`.
pub fn family(replicates: u64, effect: f64) -> Study {
    let layout = Layout { replicates, cells: 5, per_group: 1, is_apart: false };
    let share = all_right(500);
    let columns = [
        Column { name: "score", values: Values::Gaussian },
        Column { name: "train.loss", values: Values::Lognormal },
        Column { name: "test.clean.accuracy", values: Values::Counted { rows: 500, share } },
        Column { name: "heavy", values: Values::Student },
        Column { name: "walk", values: Values::Walk },
        Column { name: "masses", values: Values::HalfZero },
    ];
    let bound = |of: &str, end: f64| json!({ "kind": "bound", "of": of, "at-least": end });
    let trend = |of: &str| json!({ "kind": "trend", "of": of, "against": "cell", "direction": "increasing" });
    let difference = |of: &str| json!({ "kind": "difference", "of": of, "between": [{ "cell": 1 }, { "cell": 5 }], "direction": "higher" });
    let claims = vec![
        difference("score"),
        bound("train.loss", 1.0),
        trend("train.loss"),
        bound("test.clean.accuracy", share),
        difference("test.clean.accuracy"),
        json!({ "kind": "slope", "of": "heavy", "against": "cell", "at-least": 0.0 }),
        json!({ "kind": "relation", "of": "heavy", "with": "walk", "direction": "increasing" }),
        trend("walk"),
        bound("masses", 0.0),
    ];
    Study::new(layout, &columns, claims).lifted(|cell| if cell == 0 { effect } else { 0.0 })
}

/// The share of studies with any wrong verdict.
pub fn table(studies: u64, is_quick: bool, ledger: &mut Ledger) -> Table {
    let mut table = Table::new(&["any wrong verdict, %", "replicates", "looked at", ""]);
    let mut push = |what: &str, study: &Study, n: u64, mode: Mode| {
        let looks = if mode == Mode::Fixed { "once" } else { "after each" };
        let name = format!("{what}, n = {n}, looked at {looks}");
        let rate = ledger.wrong(study, &name, studies, mode, ALLOWED);
        table.push([what.to_owned(), n.to_string(), looks.to_owned(), rate]);
    };
    for n in ONCE.into_iter().filter(|n| !is_quick || *n == 5) {
        push("nine claims", &family(n, 0.0), n, Mode::Fixed);
    }
    push("nine claims", &family(MOST, 0.0), MOST, Mode::Sequential);
    let values = [Values::Gaussian, Values::Lognormal, Values::Student, Values::MostlyRight, Values::FewOnes];
    for kind in [Kind::Bound, Kind::Trend(5)] {
        for values in values.into_iter().chain(accuracies()).take(if is_quick { 1 } else { usize::MAX }) {
            let case = Case::null(kind, values);
            push(&case.to_string(), &case.study(MOST), MOST, Mode::Sequential);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;
    use thalweg_report::Word;

    use super::*;

    #[test]
    fn nine_claims_are_judged_together_and_a_large_effect_is_seen_among_them() {
        let mut study = family(10, 50.0);
        study.draw(&mut Streams::new(3, 0).stream("family", 0));
        let words = study.verdicts(Mode::Fixed);
        assert_eq!((words.len(), words[0]), (9, Word::Supported));
    }
}
