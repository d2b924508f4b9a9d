//! What one run says of a quantity, and which runs say nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thalweg_records::{Quantity, Record, Role, Status};

use super::Terms;
use crate::draw::Scale;
use crate::select::{DIVERGED, replicate, value};

/// A quantity as a claim looks at it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) scale: Scale,
    /// The least and the largest value that there can be.
    pub(super) range: (f64, f64),
    counted_over: Option<f64>,
    role: Role,
}

impl Measure {
    /// What the product knows of a quantity, unless the claim says otherwise.
    pub(super) fn new(name: &str, terms: &Terms) -> Self {
        let known = Quantity::of(name);
        Self {
            name: name.to_owned(),
            scale: terms.scale.unwrap_or(known.scale),
            range: terms.range.map_or(known.range, |[low, high]| (low, high)),
            counted_over: terms.counted_over.map(|rows| rows as f64),
            role: known.role,
        }
    }

    /// The same on another scale.
    pub(super) fn on(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// The range as places on the scale.
    pub(super) fn support(&self) -> (f64, f64) {
        match self.scale {
            Scale::Linear => self.range,
            // 0 and what lies below it are infinitely far away.
            Scale::Log => {
                let place = |end: f64| if end > 0.0 { libm::log10(end) } else { f64::NEG_INFINITY };
                (place(self.range.0), place(self.range.1))
            }
        }
    }

    /// What a run has of it.
    pub(super) fn of(&self, run: &Record) -> Result<Observation, Gap> {
        if self.name == DIVERGED {
            // One run is one row.
            let place = value(run, DIVERGED).unwrap_or_default();
            return Ok(Observation { place, per_row: Some(1.0), has_own_rows: true });
        }
        if let Status::Diverged { step } = run.status {
            return Err(Gap::Diverged(step));
        }
        let missing = if self.role == Role::Goal { Gap::GoalNotReached } else { Gap::NoValue };
        let metric = run.measured(&self.name).ok_or(missing)?;
        let place = self.scale.of(metric.value);
        if !place.is_finite() {
            return Err(Gap::OffScale);
        }
        let rows = self.counted_over.or(metric.counted_over.map(|rows| rows as f64));
        Ok(Observation {
            place,
            per_row: rows.map(|rows| 1.0 / rows).filter(|_| self.scale == Scale::Linear),
            has_own_rows: false,
        })
    }

    /// Whether it is measured on a clock, which no run decides.
    pub(super) fn is_timed(&self) -> bool {
        self.role == Role::Time
    }
}

/// A value of a run, or the mean of several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Observation {
    /// Its place on the scale of the measure.
    pub(super) place: f64,
    /// 1 over the rows that it was counted over, if it was.
    pub(super) per_row: Option<f64>,
    /// Whether these are no other run's. All runs of a replicate are tried on the same rows.
    pub(super) has_own_rows: bool,
}

/// The mean of the observations of a replicate.
pub(super) fn mean(all: &[Observation]) -> Observation {
    let n = all.len() as f64;
    let rows: Option<f64> = all.iter().map(|one| one.per_row).sum();
    let has_own_rows = all.iter().all(|one| one.has_own_rows);
    Observation {
        place: all.iter().map(|one| one.place).sum::<f64>() / n,
        per_row: rows.map(|sum| sum / if has_own_rows { n * n } else { n }),
        has_own_rows,
    }
}

/// Why a run that a claim is about says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// It diverged, perhaps at a known step.
    Diverged(Option<u64>),
    /// It ended short of the goal whose steps are counted.
    GoalNotReached,
    /// It has no such value.
    NoValue,
    /// Its value is 0 or below, on a logarithmic scale.
    OffScale,
}

/// What became of the runs that a claim is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally<'a> {
    /// Keys of the runs that have all the values.
    pub(super) entered: BTreeSet<&'a str>,
    /// The others, with the side of the claim that they are on.
    pub(super) gaps: Vec<(String, &'a Record, Gap)>,
    /// Keys of the runs among those.
    fallen: BTreeSet<&'a str>,
    /// How many runs each side has.
    pub(super) asked: BTreeMap<String, usize>,
    /// Keys of runs that the claim is not about after all, as they lack a setting or a counterpart.
    pub(super) outside: BTreeSet<&'a str>,
    /// Replicates that lack a run which others have.
    pub(super) incomplete: BTreeSet<u64>,
}

impl<'a> Tally<'a> {
    /// Asks every run of one side for all the quantities. A run that is on both sides is asked for all of
    /// them.
    pub(super) fn ask(&mut self, side: &str, runs: &[&'a Record], measures: &[&Measure]) {
        *self.asked.entry(side.to_owned()).or_default() += runs.len();
        for run in runs.iter().copied() {
            match measures.iter().find_map(|measure| measure.of(run).err()) {
                None if self.fallen.contains(run.key.as_str()) => {}
                None => {
                    self.entered.insert(&run.key);
                }
                Some(gap) => {
                    self.entered.remove(run.key.as_str());
                    if self.fallen.insert(&run.key) {
                        self.gaps.push((side.to_owned(), run, gap));
                    }
                }
            }
        }
    }

    /// Runs of which nothing is said because of what they are. One that has no value is left out anyway.
    pub(super) fn leave_out(&mut self, runs: &[&'a Record]) {
        for run in runs.iter().filter(|run| !self.fallen.contains(run.key.as_str())) {
            self.entered.remove(run.key.as_str());
            self.outside.insert(&run.key);
        }
    }

    /// Every replicate is to have all of these runs, told apart by their cell; notes those that lack one.
    pub(super) fn complete(&mut self, runs: &[&'a Record], cell: impl Fn(&Record) -> String) {
        let mut cells: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for run in runs {
            cells.entry(replicate(run)).or_default().insert(cell(run));
        }
        let all: BTreeSet<&String> = cells.values().flatten().collect();
        self.incomplete
            .extend(cells.iter().filter(|(_, own)| own.len() < all.len()).map(|(replicate, _)| *replicate));
    }

    /// Whether all the runs behind the values drew no random number.
    pub(super) fn is_deterministic(&self, runs: &'a [Record]) -> bool {
        let mut entered = runs.iter().filter(|run| self.entered.contains(run.key.as_str()));
        !self.entered.is_empty() && entered.all(|run| run.deterministic)
    }
}

/// Axes of a sweep that tell cells apart: combinations of settings that a claim does not ask about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axes<'a>(pub(crate) Vec<&'a str>);

impl<'a> Axes<'a> {
    /// The axes that are neither among `asked` nor part of one of them.
    pub(crate) fn besides(axes: &'a [String], asked: &[&str]) -> Self {
        let within =
            |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let is_asked = |axis: &str| asked.iter().any(|key| within(axis, key) || within(key, axis));
        Self(axes.iter().map(String::as_str).filter(|axis| !is_asked(axis)).collect())
    }

    /// Those that have a value in common on both sides. Others belong to the sides: they differ as the sides
    /// do.
    pub(super) fn shared(mut self, first: &[&Record], second: &[&Record]) -> Self {
        let values = |runs: &[&Record], axis: &str| -> BTreeSet<String> {
            runs.iter().map(|run| text(run.setting(axis))).collect()
        };
        self.0.retain(|axis| !values(first, axis).is_disjoint(&values(second, axis)));
        self
    }

    /// Those that the setting `key` does not decide, as it does of settings that are changed together with
    /// it.
    pub(crate) fn independent_of(mut self, runs: &[&Record], key: &str) -> Self {
        self.0.retain(|axis| {
            let mut of_level: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for run in runs {
                of_level.entry(text(run.setting(key))).or_default().insert(text(run.setting(axis)));
            }
            of_level.values().any(|values| values.len() > 1)
        });
        self
    }

    /// The cell of a run.
    pub(super) fn cell(&self, run: &Record) -> String {
        self.0.iter().map(|axis| text(run.setting(axis))).collect::<Vec<_>>().join(" × ")
    }
}

/// A setting in words that are the same for 1 and 1.0.
pub(super) fn text(setting: Option<&Value>) -> String {
    match setting {
        None => "none".to_owned(),
        Some(Value::Number(number)) => number.as_f64().map_or_else(|| number.to_string(), |x| x.to_string()),
        Some(other) => other.to_string(),
    }
}

/// The mean over the runs of each replicate. All replicates are to have the same runs behind their mean: what
/// no replicate has is left out, and so is a replicate that lacks what others have.
pub(super) fn balanced(runs: &[&Record], axes: &[String], measure: &Measure) -> BTreeMap<u64, Observation> {
    let all = Axes::besides(axes, &[]);
    let mut parts: BTreeSet<String> = BTreeSet::new();
    let mut of_replicates: BTreeMap<u64, BTreeMap<String, Vec<Observation>>> = BTreeMap::new();
    for run in runs {
        let Ok(observation) = measure.of(run) else { continue };
        let part = all.cell(run);
        parts.insert(part.clone());
        of_replicates.entry(replicate(run)).or_default().entry(part).or_default().push(observation);
    }
    let whole = of_replicates.into_iter().filter(|(_, own)| own.len() == parts.len());
    whole
        .map(|(replicate, own)| (replicate, mean(&own.values().map(|runs| mean(runs)).collect::<Vec<_>>())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_are_tried_on_the_same_rows_count_these_once() {
        let of =
            |has_own_rows| mean(&[Observation { place: 0.9, per_row: Some(0.01), has_own_rows }; 4]).per_row;
        assert_eq!((of(false), of(true)), (Some(0.01), Some(0.0025)));
    }
}
