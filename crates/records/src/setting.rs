//! What each setting of a run is called: its words and its unit.
//!
//! All that figures and pages say of a setting in place of its key is one row of [`SETTINGS`].

mod table;

use std::borrow::Cow;

pub use table::SETTINGS;

/// The words for a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Parts of the key, with kinds of tables among them where the words depend on these, as in
    /// `optimizer.rmsprop.beta`. Between its first and its last part a key may have others, such as places in
    /// lists and tables within tables.
    pub pattern: &'static str,
    /// Words without the unit. Of a setting that has no row it is the key.
    pub label: Cow<'static, str>,
    /// Its unit in words; empty if it has none, or one that depends on the experiment.
    pub unit: &'static str,
}

impl Setting {
    /// The words for the setting with this dotted key, in which the kinds of tables may be told. The first
    /// row whose pattern the key has is the setting's; without one its words are the key.
    ///
    /// ```
    /// use thalweg_records::Setting;
    ///
    /// assert_eq!(Setting::of("train.batch-size").axis(), "batch size (samples)");
    /// assert_eq!(Setting::of("optimizer.momentum.beta").axis(), "momentum β");
    /// assert_eq!(Setting::of("fork.train.batch-size").axis(), "batch size after the fork (samples)");
    /// assert_eq!(Setting::of("optimizer.group.0.rule.adam.beta1").axis(), "β₁");
    /// assert_eq!(Setting::of("train.haste").axis(), "train.haste");
    /// ```
    pub fn of(key: &str) -> Self {
        let known = SETTINGS.iter().find(|row| has_parts(key, row.pattern));
        if let (None, Some(after)) = (known, key.strip_prefix("fork.")) {
            let setting = Self::of(after);
            return Self { label: Cow::Owned(format!("{} after the fork", setting.label)), ..setting };
        }
        known.cloned().unwrap_or_else(|| Self { pattern: "", label: Cow::Owned(key.to_owned()), unit: "" })
    }

    /// Words for an axis: label and unit.
    pub fn axis(&self) -> String {
        if self.unit.is_empty() { self.label.to_string() } else { format!("{} ({})", self.label, self.unit) }
    }

    /// Whether it has a row in the table.
    pub fn is_known(&self) -> bool {
        !self.pattern.is_empty()
    }
}

/// Whether a key has all parts of a pattern in their order, and begins and ends as it does.
fn has_parts(key: &str, pattern: &str) -> bool {
    let (mut key, mut pattern) = (key.split('.'), pattern.split('.'));
    if key.next() != pattern.next() || key.next_back() != pattern.next_back() {
        return false;
    }
    pattern.all(|part| key.any(|other| other == part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_key_and_the_kinds_in_it() {
        for (key, axis) in [
            ("optimizer", "optimizer"),
            ("optimizer.beta", "β"),
            ("optimizer.rmsprop.beta", "memory β of the squares"),
            ("optimizer.base.rmsprop.beta", "memory β of the squares"),
            ("optimizer.transforms.0.weight-decay.rate", "weight decay"),
            ("optimizer.transforms.0.rate", "weight decay"),
            ("optimizer.transforms.0.temperature.initial", "initial temperature (units of the loss)"),
            ("schedule.constant.initial", "learning rate"),
            ("schedule.initial", "initial learning rate"),
            ("schedule.then.steps", "length of the schedule (steps)"),
            ("data.samples", "training samples"),
            ("data.transforms.0.samples", "samples that are kept"),
            ("case", "case"),
            ("no.such", "no.such"),
            ("", ""),
        ] {
            assert_eq!(Setting::of(key).axis(), axis, "{key}");
        }
        assert!(Setting::of("seed").is_known() && !Setting::of("no.such").is_known());
    }

    #[test]
    fn a_key_has_the_parts_of_its_pattern_in_their_order() {
        for (key, pattern) in [("a", "a"), ("a.b", "a.b"), ("a.x.b", "a.b"), ("a.x.b.y.c", "a.b.c")] {
            assert!(has_parts(key, pattern), "{key} {pattern}");
        }
        for (key, pattern) in [
            ("a", "a.b"),
            ("a.b", "a"),
            ("a.c", "a.b.c"),
            ("a.b.c", "a.b"),
            ("x.a.b", "a.b"),
            ("a.c.b.d", "a.b.c.d"),
        ] {
            assert!(!has_parts(key, pattern), "{key} {pattern}");
        }
    }

    #[test]
    fn every_row_can_be_reached_and_has_words() {
        for row in SETTINGS {
            assert_eq!(&Setting::of(row.pattern), row, "{} is taken by an earlier row", row.pattern);
            assert!(!row.label.is_empty(), "{}", row.pattern);
        }
    }
}
