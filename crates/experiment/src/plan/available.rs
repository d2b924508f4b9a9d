//! What the runs of an experiment will yield, known before any is computed.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use thalweg_datasets::Transform;
use thalweg_document::nearest;
use thalweg_records::setting;

use super::found::Point;
use crate::file::{
    CASE, ClosedForm, Descent, Learning, RunSpec, Spec, Task, Test, TestSets, key_elsewhere, word_elsewhere,
};

/// Names of everything that the records of an experiment will hold, if no run diverges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Available {
    /// Final values and times, such as `train.loss`.
    pub values: BTreeSet<String>,
    /// Values over the steps.
    pub curves: BTreeSet<String>,
    /// Arrays for figures: `data`, `boundary`, `images` and `weights`.
    pub arrays: BTreeSet<String>,
    /// Ids of the probes that keep the loss on a plane.
    pub slices: BTreeSet<String>,
    /// Ids of the probes that keep the loss along paths.
    pub paths: BTreeSet<String>,
    /// Dotted keys of the settings.
    pub settings: BTreeSet<String>,
    /// Those of them that are numbers in every run.
    pub numbers: BTreeSet<String>,
    /// Those of the numbers that axes of the sweep set.
    pub swept_numbers: BTreeSet<String>,
}

/// Available in the making, point by point.
#[derive(Default)]
pub(super) struct Gathered {
    available: Available,
    not_numbers: BTreeSet<String>,
    is_begun: bool,
}

impl Gathered {
    /// Adds what the run of one point yields. Its values of the swept settings.
    pub(super) fn add(&mut self, point: &Point, index: &[usize], file: &Spec) -> Vec<Json> {
        let Some(spec) = &point.spec else { return Vec::new() };
        self.available.add_results(spec);
        if !self.is_begun {
            self.is_begun = true;
            let json = serde_json::to_value(spec).expect("specs are plain data");
            self.available.add_settings("", &json, &mut self.not_numbers);
        }
        let mut swept = Vec::new();
        for (axis, i) in file.axes.iter().zip(index) {
            if let Some(names) = &axis.names {
                self.available.settings.insert(CASE.to_owned());
                self.not_numbers.insert(CASE.to_owned());
                swept.push(Json::String(names[*i].clone()));
            }
            for key in &axis.keys {
                let (section, rest) = key.setting.split_first().expect("a key has at least one part");
                let json = spec.section(section);
                self.available.add_settings(section, &json, &mut self.not_numbers);
                let value = if rest.is_empty() { Some(&json) } else { setting(&json, &rest.join(".")) };
                self.available.swept_numbers.insert(key.setting.join("."));
                swept.push(value.cloned().unwrap_or(Json::Null));
            }
        }
        swept
    }

    pub(super) fn finish(mut self) -> Available {
        self.available.numbers = self.available.settings.difference(&self.not_numbers).cloned().collect();
        self.available.swept_numbers.retain(|name| self.available.numbers.contains(name));
        self.available
    }
}

impl Available {
    fn add_results(&mut self, spec: &RunSpec) {
        let Some(after) = spec.after() else { return self.add_results_of(spec) };
        let mut before = Self::default();
        before.add_results_of(spec);
        self.curves.extend(before.curves);
        self.add_results_of(&after);
    }

    /// Of a run as it is at its end.
    fn add_results_of(&mut self, spec: &RunSpec) {
        match &spec.task {
            Task::Learning(task) => self.add_learning(task),
            Task::Descent(task) => self.add_descent(task, spec.temperature().is_some()),
        }
        self.values.extend(["train.seconds", "train.cpu-seconds", "seconds", "diverged"].map(str::to_owned));
        if !spec.probes.is_empty() {
            self.add_values(&["probe.seconds"]);
        }
        for probe in &spec.probes {
            let names = probe.quantities(spec);
            if probe.looks_on_the_way() {
                self.curves.extend(names.iter().cloned().chain(probe.predictions(spec)));
            }
            self.values.extend(names);
            self.slices.extend(probe.slice());
            self.paths.extend(probe.profile());
        }
    }

    fn add_learning(&mut self, task: &Learning) {
        let flips = task.data.transforms().iter().any(Transform::makes_wrong_labels);
        self.add_curves(&["train.loss"]);
        if !task.is_regression() {
            self.add_curves(&["train.accuracy"]);
        }
        if task.train.stop_at_loss.is_some() {
            self.add_values(&["steps-to-loss"]);
        }
        if flips {
            self.add_curves(&["train.clean.accuracy", "train.flipped.accuracy"]);
            self.add_values(&["train.flipped.fraction"]);
        }
        match &task.test {
            None => {}
            Some(Test::Sets(test)) => self.add_test_sets(test, task.is_regression()),
            Some(Test::Rows(_)) => {
                self.add_values(&["test.loss", "test.loss.se"]);
                let further: &[&str] =
                    if task.is_regression() { &["test.r2"] } else { &["test.accuracy", "test.accuracy.se"] };
                self.add_values(further);
            }
        }
        let record = &task.record;
        let kept = [
            ("data", record.data),
            ("boundary", record.boundary.is_some()),
            ("images", record.images.is_some()),
            ("weights", record.weights),
        ];
        self.arrays.extend(kept.iter().filter(|(_, kept)| *kept).map(|(name, _)| (*name).to_owned()));
        if record.boundary.is_some() {
            self.add_values(&["boundary.regions", "boundary.length"]);
        }
        if record.weights {
            self.add_values(&[
                "templates.alignment",
                "templates.total-variation",
                "templates.never-lit.energy",
                "templates.never-lit.pixels",
                "templates.rarely-lit.energy",
                "templates.rarely-lit.pixels",
            ]);
        }
    }

    fn add_test_sets(&mut self, test: &TestSets, is_regression: bool) {
        let score = if is_regression { "r2" } else { "accuracy" };
        for (variant, what) in test.variants.keys().flat_map(|v| [(v, score), (v, "loss")]) {
            let name = format!("test.{variant}.{what}");
            match test.sets {
                None if what == "r2" => self.add_values(&[&name]),
                None => self.add_values(&[&name, &format!("{name}.se")]),
                Some(sets) if sets.get() > 1 => self.add_values(&[&name, &format!("{name}.sd")]),
                Some(_) => self.add_values(&[&name]),
            }
        }
    }

    fn add_descent(&mut self, task: &Descent, in_equilibrium: bool) {
        self.add_curves(&["loss"]);
        if !matches!(task.objective, ClosedForm::DoubleWell(_)) {
            self.add_curves(&["distance"]);
        }
        if task.train.tolerance.is_some() {
            self.add_values(&["steps-to-tolerance"]);
        }
        if let ClosedForm::DoubleWell(_) = task.objective {
            self.add_curves(&["wide.share"]);
            let counted = task.record.occupation.is_some();
            if counted {
                self.add_values(&["wide.occupation"]);
            }
            if in_equilibrium {
                self.add_values(&["wide.gibbs", "wide.harmonic"]);
            }
            if counted && in_equilibrium {
                self.add_values(&["wide.deviation"]);
            }
        }
    }

    fn add_values(&mut self, names: &[&str]) {
        self.values.extend(names.iter().map(|name| (*name).to_owned()));
    }

    /// The last point of each curve is also a value.
    fn add_curves(&mut self, names: &[&str]) {
        self.curves.extend(names.iter().map(|name| (*name).to_owned()));
        self.add_values(names);
    }

    fn add_settings(&mut self, above: &str, value: &Json, not_numbers: &mut BTreeSet<String>) {
        if !above.is_empty() {
            self.settings.insert(above.to_owned());
            if !value.is_number() {
                not_numbers.insert(above.to_owned());
            }
        }
        let keys = value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value));
        let places = value.as_array().into_iter().flatten().enumerate();
        for (key, value) in keys.chain(places.map(|(place, value)| (place.to_string(), value))) {
            let path = if above.is_empty() { key } else { format!("{above}.{key}") };
            self.add_settings(&path, value, not_numbers);
        }
    }
}

/// What to try instead of a name that is not among `known`: one that ends with it, what a word of another
/// tool is called here, or else one with the same first word, if there is any.
pub fn suggestion(name: &str, known: &BTreeSet<String>) -> String {
    let end = format!(".{}", name.replace('_', "-"));
    let of_end = known.iter().find(|other| other.ends_with(&end)).map(String::as_str);
    let elsewhere = key_elsewhere(name);
    if let Some(whole) = of_end.or(elsewhere.filter(|key| known.contains(*key))) {
        return format!("did you mean `{whole}`?");
    }
    // The section is there, but not with the kind that has the key.
    let section = elsewhere.and_then(|key| key.split('.').next());
    if let Some(hint) = word_elsewhere(name).filter(|_| section.is_some_and(|name| known.contains(name))) {
        return hint.to_owned();
    }
    let first = |name: &str| name.split('.').next().map(str::to_owned);
    let alike: Vec<&str> =
        known.iter().map(String::as_str).filter(|other| first(other) == first(name)).collect();
    let known = if alike.is_empty() { known.iter().map(String::as_str).collect() } else { alike };
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_the_same_first_word_is_suggested() {
        let known = ["test.clean.accuracy", "test.clean.loss", "train.accuracy", "train.loss"];
        let known = known.map(str::to_owned).into();
        assert_eq!(suggestion("test.accuracy", &known), "there are: test.clean.accuracy, test.clean.loss");
        assert_eq!(suggestion("clean.loss", &known), "did you mean `test.clean.loss`?");
        assert_eq!(suggestion("train.acuracy", &known), "did you mean `train.accuracy`?");
        assert_eq!(suggestion("trian.loss", &known), "did you mean `train.loss`?");
    }

    #[test]
    fn words_of_other_tools_lead_to_settings() {
        let known = ["optimizer", "schedule.initial", "train.batch-size"].map(str::to_owned).into();
        for (word, meant) in [
            ("lr", "did you mean `schedule.initial`?"),
            ("optimizer.learning_rate", "did you mean `schedule.initial`?"),
            ("batch_size", "did you mean `train.batch-size`?"),
            ("momentum", "here it is kind = \"momentum\" with `beta`"),
        ] {
            assert_eq!(suggestion(word, &known), meant);
        }
        let values = ["train.loss", "diverged"].map(str::to_owned).into();
        assert_eq!(suggestion("lr", &values), "there are: diverged, train.loss");
    }
}
