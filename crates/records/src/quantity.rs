//! What each value of a run is: its words, its unit, and what kind of number.
//!
//! All that the product knows of a quantity is one row of [`TABLE`]: statistics take scale and range from it,
//! figures the words at an axis, and the data dictionary beside the tables all of it.

mod table;

use std::borrow::Cow;

use crate::Scale;

pub use table::TABLE;

/// A quantity that a run can have.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Names that it goes by, part for part between dots: `*` stands for any part or the rest of one,
    /// `<probe>` for the id of a probe, and `**`, at the beginning, for the whole name of another quantity.
    pub pattern: &'static str,
    /// Words for an axis, without the unit. In the table `*` stands for what the pattern's `*` has met, or
    /// for the label of the other quantity; [`Quantity::of`] fills it in.
    pub label: Cow<'static, str>,
    /// Its unit in words; empty if it has none, or one that depends on the experiment. In the table `*`
    /// stands for that of the other quantity.
    pub unit: &'static str,
    /// The least and the largest value that there can be; an end may be infinite.
    pub range: (f64, f64),
    /// The scale on which values are compared and averaged. A quantity on a logarithmic one is positive and
    /// often spans powers of ten; its mean is then the geometric mean.
    pub scale: Scale,
    /// What there is one value of.
    pub per: Per,
    /// What it says.
    pub role: Role,
    /// One sentence.
    pub doc: &'static str,
}

/// What there is one value of. The last one is also the final value of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// Each run.
    Run,
    /// Each evaluation on the way.
    Step,
    /// Each test set; the final value is their mean.
    TestSet,
    /// Each look of a probe.
    Look,
}

/// What a value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Something about the run.
    Value,
    /// What theory makes of the settings alone: computed, not measured, so that it has no interval.
    Theory,
    /// How far another quantity scatters over the test sets of a run.
    Deviation,
    /// How exactly another quantity is known.
    Error,
    /// Seconds on a clock, which no setting decides.
    Time,
    /// The step at which a goal was reached; missing if it was not.
    Goal,
}

/// Which of two values of a quantity one would rather have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// The lower one.
    Lower,
    /// The higher one.
    Higher,
}

impl Quantity {
    /// What is known of the quantity with this name. Of a name that is not in the table that is nothing: a
    /// real number.
    ///
    /// ```
    /// use thalweg_records::{Quantity, Scale};
    ///
    /// assert_eq!(Quantity::of("train.loss").scale, Scale::Log);
    /// assert_eq!(Quantity::of("test.clean.accuracy").range, (0.0, 1.0));
    /// assert_eq!(Quantity::of("test.clean.accuracy").axis(), "test accuracy, clean");
    /// assert_eq!(Quantity::of("score").axis(), "score");
    /// ```
    pub fn of(name: &str) -> Self {
        let known = TABLE.iter().find_map(|row| Some((row, met(row.pattern, name)?)));
        match known {
            Some((row, met)) if row.pattern.starts_with("**") => {
                let other = Self::of(met);
                let unit = if row.unit == "*" { other.unit } else { row.unit };
                Self { unit, ..row.labelled(&other.label) }
            }
            Some((row, met)) => row.labelled(met),
            None => Self { label: Cow::Owned(name.to_owned()), ..table::UNKNOWN },
        }
    }

    /// The rows of the table whose pattern ends with this word, as values of runs have it: `accuracy`.
    pub fn ending_with(word: &str) -> impl Iterator<Item = &'static Self> {
        let is_named =
            move |row: &&Self| !row.pattern.starts_with("**") && row.pattern.rsplit('.').next() == Some(word);
        TABLE.iter().filter(is_named)
    }

    /// Words for an axis: label and unit.
    pub fn axis(&self) -> String {
        if self.unit.is_empty() { self.label.to_string() } else { format!("{} ({})", self.label, self.unit) }
    }

    /// Which values one would rather have: lower losses, times, distances to a minimum, steps to a goal and
    /// shares of runs that diverged, higher accuracies and R². `None` of what is neither good nor bad in
    /// itself.
    ///
    /// ```
    /// use thalweg_records::{Better, Quantity};
    ///
    /// assert_eq!(Quantity::of("test.clean.accuracy").better(), Some(Better::Higher));
    /// assert_eq!(Quantity::of("train.loss").better(), Some(Better::Lower));
    /// assert_eq!(Quantity::of("norms.weights").better(), None);
    /// ```
    pub fn better(&self) -> Option<Better> {
        match (self.role, self.pattern) {
            (Role::Time | Role::Goal, _)
            | (_, "loss" | "distance" | "diverged" | "train.loss" | "test.loss" | "test.*.loss") => {
                Some(Better::Lower)
            }
            (
                Role::Value,
                "train.accuracy" | "test.accuracy" | "test.r2" | "test.*.accuracy" | "test.*.r2",
            ) => Some(Better::Higher),
            _ => None,
        }
    }

    /// Whether it has a row in the table.
    pub fn is_known(&self) -> bool {
        self.pattern != table::UNKNOWN.pattern
    }

    /// The row with the place in its label filled in.
    fn labelled(&self, met: &str) -> Self {
        let label =
            if self.label.contains('*') { self.label.replace('*', met).into() } else { self.label.clone() };
        Self { label, ..self.clone() }
    }
}

impl Per {
    /// In words: `run`, `step`, `test set` or `look of a probe`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Step => "step",
            Self::TestSet => "test set",
            Self::Look => "look of a probe",
        }
    }
}

/// What the last wildcard of a pattern stands for in a name, `""` without one; `None` if the name is not of
/// the pattern.
fn met<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    if let Some(end) = pattern.strip_prefix("**") {
        return name.strip_suffix(end).filter(|other| !other.is_empty());
    }
    let (mut patterns, mut parts, mut met) = (pattern.split('.'), name.split('.'), "");
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return Some(met),
            (Some(pattern), Some(part)) if pattern.starts_with('<') || pattern == part => {
                // The id of a probe is whatever its file calls it.
                if part.is_empty() {
                    return None;
                }
            }
            (Some(pattern), Some(part)) => {
                met = part.strip_prefix(pattern.strip_suffix('*')?).filter(|rest| !rest.is_empty())?;
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests;
