//! How often a true claim is found to be true, and how soon.

use std::f64::consts::SQRT_2;

use rayon::prelude::*;
use thalweg_report::{Mode, Word};

use super::case::{Case, Kind};
use super::family::{MOST, family};
use super::rate::{Ledger, Rate, stream};
use super::study::Study;
use super::values::Values;
use crate::table::Table;

/// The effects of power curves, in spreads of the pair differences.
const EFFECTS: [f64; 5] = [0.5, 1.0, 1.5, 2.0, 3.0];
/// The replicates of power curves.
const REPLICATES: [u64; 4] = [3, 5, 10, 20];

/// A difference of so many spreads of the pair differences: of two values of N(0, 1) each it is √2.
fn difference(spreads: f64) -> Case {
    Case { effect: SQRT_2 * spreads, ..Case::null(Kind::Difference, Values::Gaussian) }
}

fn is_found(words: &[Word]) -> bool {
    words[0] == Word::Supported
}

/// The share of studies that find what is to be found, beside the share that shall.
pub fn table(studies: u64, ledger: &mut Ledger) -> Table {
    let trend = Case { effect: 0.5, ..Case::null(Kind::Trend(10), Values::Gaussian) };
    let accuracy = Values::Counted { rows: 500, share: 0.95 };
    let bound = Case { effect: 0.02, ..Case::null(Kind::Bound, accuracy) };
    let mut table = Table::new(&["right verdicts, %", "replicates", "", "at least", "ok"]);
    for (what, case, n, wanted) in [
        ("difference of two spreads", difference(2.0), 5, 0.85),
        ("difference of two spreads", difference(2.0), 10, 0.99),
        ("trend of half a spread a level, ten levels", trend, 5, 0.95),
        ("accuracy 0.95 of 500 rows at least 0.93", bound, 5, 0.80),
    ] {
        let name = format!("{what}, n = {n}");
        let rate = Rate::of(&case.study(n), (&name, 0), studies, Mode::Fixed, is_found);
        let is_ok = !rate.is_below(wanted);
        if !is_ok {
            ledger.failed.push(format!("{name}: {rate} % found, {:.0} % wanted", 100.0 * wanted));
        }
        table.push([
            what.to_owned(),
            n.to_string(),
            rate.to_string(),
            format!("{:.0}", 100.0 * wanted),
            word(is_ok),
        ]);
    }
    table
}

fn word(is_ok: bool) -> String {
    if is_ok { "yes" } else { "no" }.to_owned()
}

/// The median number of replicates that it takes where the runs are looked at after each.
pub fn looks(studies: u64, ledger: &mut Ledger) -> Table {
    let mut table =
        Table::new(&["room of a bound, in spreads", "replicates until decided, median", "at most", "ok"]);
    for (effect, most) in [(1.0, Some(15)), (2.0, None)] {
        let case = Case { effect, ..Case::null(Kind::Bound, Values::Gaussian) };
        let name = format!("{effect} spreads of room");
        let mut needed: Vec<u64> =
            (0..studies).into_par_iter().map(|study| until_decided(&case, &name, study)).collect();
        needed.sort_unstable();
        let median = needed[needed.len() / 2];
        let is_ok = most.is_none_or(|most| median <= most);
        if !is_ok {
            ledger.failed.push(format!("{name}: {median} replicates until decided"));
        }
        let most = most.map_or_else(|| "–".to_owned(), |most| most.to_string());
        table.push([effect.to_string(), median.to_string(), most, word(is_ok)]);
    }
    table
}

/// The replicates at which a study is decided, by bisection, as one that is decided stays so; one more than
/// [`MOST`] if it is not decided before.
fn until_decided(case: &Case, name: &str, study: u64) -> u64 {
    let (mut low, mut high) = (1, MOST + 1);
    while high - low > 1 {
        let n = u64::midpoint(low, high);
        let mut first = case.study(n);
        first.draw(&mut stream(name, 0, study));
        if is_found(&first.verdicts(Mode::Sequential)) {
            high = n;
        } else {
            low = n;
        }
    }
    high
}

/// The share of studies that find a difference, alone and among eight claims of which nothing can be known.
pub fn curves(studies: u64) -> Table {
    let names = REPLICATES.map(|n| format!("n = {n}"));
    let head: Vec<&str> = ["difference in spreads; right verdicts, %", "judged"]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    let mut table = Table::new(&head);
    for effect in EFFECTS {
        let alone: &dyn Fn(u64) -> Study = &|n| difference(effect).study(n);
        let among: &dyn Fn(u64) -> Study = &|n| family(n, SQRT_2 * effect);
        for (judged, study) in [("alone", alone), ("among nine", among)] {
            let rate = |n: u64| {
                let name = format!("{judged}, {effect} spreads, n = {n}");
                Rate::of(&study(n), (&name, 0), studies, Mode::Fixed, is_found).to_string()
            };
            table.push([effect.to_string(), judged.to_owned()].into_iter().chain(REPLICATES.map(rate)));
        }
    }
    table
}
