//! One claim on one kind of values: which runs it needs, and what it states.

use std::fmt;

use serde_json::{Value, json};
use thalweg_report::Estimand;

use super::study::{Column, Fate, Layout, Study};
use super::values::Values;

/// What the claim states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The centre is at least something.
    Bound,
    /// Of two runs of a replicate the first is higher.
    Difference,
    /// The same of runs that have no replicate in common.
    Samples,
    /// The value rises over so many levels.
    Trend(usize),
    /// The slope over five levels is at least 0.
    Slope,
    /// Over the six runs of a replicate two quantities rise together.
    Relation,
    /// The same over so many groups of three cells, whose runs make one point.
    Groups(usize),
}

/// A claim whose truth is known.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What it states.
    pub kind: Kind,
    /// The values of its quantity.
    pub values: Values,
    /// What becomes of the runs.
    pub fate: Fate,
    /// What it is about.
    pub estimand: Estimand,
    /// How far the truth lies inside of what is claimed; 0: exactly at its end. Of a trend: a level.
    pub effect: f64,
}

impl Case {
    /// A claim that is neither true nor false: the truth is at the end of what it states.
    pub fn null(kind: Kind, values: Values) -> Self {
        Self { kind, values, fate: Fate::Completed, estimand: Estimand::Mean, effect: 0.0 }
    }

    /// Its study with so many replicates.
    pub fn study(&self, replicates: u64) -> Study {
        let (cells, per_group) = match self.kind {
            Kind::Bound => (1, 1),
            Kind::Difference | Kind::Samples => (2, 1),
            Kind::Trend(levels) => (levels, 1),
            Kind::Slope => (5, 1),
            Kind::Relation => (6, 1),
            Kind::Groups(groups) => (3 * groups, 3),
        };
        let layout = Layout { replicates, cells, per_group, is_apart: self.kind == Kind::Samples };
        let mut columns = vec![Column { name: self.values.quantity(), values: self.values }];
        if matches!(self.kind, Kind::Relation | Kind::Groups(_)) {
            columns.push(Column { name: self.values.second_quantity(), values: self.second() });
        }
        let study = Study::new(layout, &columns, vec![self.claim()]).suffering(self.fate);
        match self.kind {
            Kind::Difference | Kind::Samples => {
                study.lifted(|cell| if cell == 0 { self.effect } else { 0.0 })
            }
            Kind::Trend(_) | Kind::Slope => study.lifted(|cell| self.effect * cell as f64),
            _ => study,
        }
    }

    /// The values of the quantity that a relation is with: of the same kind where that is a real or positive
    /// number.
    fn second(&self) -> Values {
        match self.values {
            Values::Counted { .. } | Values::MostlyRight | Values::FewOnes => Values::Gaussian,
            Values::Slopes => Values::Level,
            values => values,
        }
    }

    fn claim(&self) -> Value {
        let of = self.values.quantity();
        let centre =
            if self.estimand == Estimand::Median { self.values.median() } else { self.values.centre() };
        let mut claim = match self.kind {
            Kind::Bound => json!({ "kind": "bound", "of": of, "at-least": centre - self.effect }),
            Kind::Difference | Kind::Samples => json!({
                "kind": "difference", "of": of, "between": [{ "cell": 1 }, { "cell": 2 }], "direction": "higher"
            }),
            Kind::Trend(_) => {
                json!({ "kind": "trend", "of": of, "against": "cell", "direction": "increasing" })
            }
            Kind::Slope => {
                let scale = if self.values == Values::Lognormal { "log" } else { "linear" };
                json!({ "kind": "slope", "of": of, "against": "cell", "y-scale": scale, "at-least": 0.0 })
            }
            Kind::Relation | Kind::Groups(_) => json!({
                "kind": "relation", "of": of, "with": self.values.second_quantity(), "direction": "increasing"
            }),
        };
        if let Kind::Groups(_) = self.kind {
            claim["by"] = "group".into();
        }
        if self.fate == Fate::Survivors {
            claim["survivors"] = true.into();
        }
        if self.estimand == Estimand::Median {
            claim["estimand"] = "median".into();
        }
        claim
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Bound => f.write_str("bound"),
            Kind::Difference => f.write_str("difference"),
            Kind::Samples => f.write_str("two samples"),
            Kind::Trend(levels) => write!(f, "trend, {levels} levels"),
            Kind::Slope => f.write_str("slope"),
            Kind::Relation => f.write_str("relation"),
            Kind::Groups(groups) => write!(f, "relation of {groups} groups"),
        }?;
        write!(f, ": {}", self.values)?;
        f.write_str(match self.fate {
            Fate::Completed => "",
            Fate::Survivors => ", a fifth diverged, survivors",
            Fate::Lost => ", a fifth diverged",
        })?;
        f.write_str(if self.estimand == Estimand::Median { ", median" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;
    use thalweg_report::{Mode, Word};

    use super::*;

    const KINDS: [Kind; 7] = [
        Kind::Bound,
        Kind::Difference,
        Kind::Samples,
        Kind::Trend(5),
        Kind::Slope,
        Kind::Relation,
        Kind::Groups(5),
    ];

    fn words(case: &Case, replicates: u64, mode: Mode) -> Vec<Word> {
        let mut study = case.study(replicates);
        study.draw(&mut Streams::new(3, 0).stream("words", 0));
        study.verdicts(mode)
    }

    #[test]
    fn every_kind_on_every_scale_is_a_claim_that_the_product_reads() {
        for kind in KINDS {
            for values in [Values::Gaussian, Values::Lognormal, Values::MostlyRight, Values::Slopes] {
                assert_eq!(words(&Case::null(kind, values), 3, Mode::Fixed).len(), 1, "{kind:?} {values}");
            }
        }
    }

    #[test]
    fn a_large_effect_is_inside_of_what_is_claimed() {
        for kind in [Kind::Bound, Kind::Difference, Kind::Samples, Kind::Trend(5), Kind::Slope] {
            let case = Case { effect: 50.0, ..Case::null(kind, Values::Gaussian) };
            assert_eq!(words(&case, 10, Mode::Fixed), [Word::Supported], "{case}");
        }
    }

    #[test]
    fn with_lost_runs_nothing_is_decided() {
        for kind in KINDS {
            let case = Case { effect: 50.0, fate: Fate::Lost, ..Case::null(kind, Values::Gaussian) };
            assert_eq!(words(&case, 10, Mode::Fixed), [Word::Inconclusive], "{case}");
        }
    }
}
