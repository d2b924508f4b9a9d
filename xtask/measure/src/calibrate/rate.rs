//! How often something happens in many studies, and whether that is too often.

use std::fmt;

use rayon::prelude::*;
use thalweg_numeric::{Stream, Streams};
use thalweg_report::{Mode, Word};

use super::study::Study;

/// Seed of all studies; any fixed number would do.
const SEED: u64 = 1956;
/// So many binomial errors are put down to luck.
const ERRORS: f64 = 2.0;
/// So many times the studies decide whether a rate is too high that looks so.
const AGAIN: u64 = 10;

/// A share of studies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    hits: u64,
    studies: u64,
}

/// The stream of one study: of those named `name`, the first time (`round` 0) or again.
pub fn stream(name: &str, round: u64, study: u64) -> Stream {
    Streams::new(SEED, study).stream(name, round)
}

impl Rate {
    /// The share of studies like this in which the verdicts are such. It does not depend on the number of
    /// threads.
    pub fn of(
        study: &Study,
        (name, round): (&str, u64),
        studies: u64,
        mode: Mode,
        is_hit: fn(&[Word]) -> bool,
    ) -> Self {
        let draw = |study: &mut Study, i: u64| {
            study.draw(&mut stream(name, round, i));
            is_hit(&study.verdicts(mode))
        };
        let hits = (0..studies).into_par_iter().map_with(study.clone(), draw).filter(|hit| *hit).count();
        Self { hits: hits as u64, studies }
    }

    pub fn share(self) -> f64 {
        self.hits as f64 / self.studies as f64
    }

    /// Whether it is above what is allowed, by more than luck.
    fn is_above(self, allowed: f64) -> bool {
        self.share() > allowed + ERRORS * binomial_error(allowed, self.studies)
    }

    /// Whether it is below what is wanted, by more than luck.
    pub fn is_below(self, wanted: f64) -> bool {
        self.share() < wanted - ERRORS * binomial_error(wanted, self.studies)
    }
}

/// √(p(1 − p)/n)
fn binomial_error(share: f64, studies: u64) -> f64 {
    (share * (1.0 - share) / studies as f64).sqrt()
}

/// In per cent: `4.8 ± 0.5`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = binomial_error(self.share(), self.studies);
        let digits = if self.studies > 5000 { 2 } else { 1 };
        write!(f, "{:.digits$} ± {:.digits$}", 100.0 * self.share(), 100.0 * error)
    }
}

/// What is to be said of all rates once they are known.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Those that looked too high and were counted again.
    pub again: Vec<String>,
    /// Those that are too high, or too low.
    pub failed: Vec<String>,
}

impl Ledger {
    /// The rate of any decision in studies like this, which is wrong whatever is decided, in a table's words.
    /// One that looks too high is counted again in more and other studies, and judged by these: among many
    /// rates of just 5 % one in fifty does.
    pub fn wrong(&mut self, study: &Study, name: &str, studies: u64, mode: Mode, allowed: f64) -> String {
        let is_decided = |words: &[Word]| words.iter().any(|word| *word != Word::Inconclusive);
        let first = Rate::of(study, (name, 0), studies, mode, is_decided);
        if !first.is_above(allowed) {
            return first.to_string();
        }
        let again = Rate::of(study, (name, 1), AGAIN * studies, mode, is_decided);
        let words = format!("{name}: {first}, then {again} % of {} studies", AGAIN * studies);
        if again.is_above(allowed) {
            self.failed.push(words.clone());
        }
        self.again.push(words);
        let mark = if again.is_above(allowed) { "✗" } else { "*" };
        format!("{again} {mark}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luck_is_two_binomial_errors() {
        // √(0.05 · 0.95/2000) = 0.00487: up to 119 of 2000.
        let rate = |hits| Rate { hits, studies: 2000 };
        assert!(!rate(119).is_above(0.05) && rate(120).is_above(0.05));
        assert!(!rate(0).is_above(0.0) && rate(1).is_above(0.0), "where nothing may be decided");
        assert!(!rate(1569).is_below(0.8) && rate(1563).is_below(0.8));
        assert_eq!(rate(100).to_string(), "5.0 ± 0.5");
    }
}
