//! What the runs of an experiment will yield, known before any is computed.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use thalweg_datasets::Transform;

use crate::jobs::transforms_of;
use crate::problems::nearest;
use crate::{Experiment, RunSpec};

/// Names of everything that the records of an experiment will hold, if no run diverges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// Final values and times, such as `train.loss`.
    pub values: BTreeSet<String>,
    /// Values over the steps.
    pub curves: BTreeSet<String>,
    /// Arrays for figures: `data` and `boundary`.
    pub arrays: BTreeSet<String>,
    /// Dotted keys of the settings.
    pub settings: BTreeSet<String>,
    /// Those of them that are numbers in every run.
    pub numbers: BTreeSet<String>,
}

impl Experiment {
    /// What the runs will yield.
    pub fn offers(&self) -> Offers {
        let mut offers = Offers::default();
        let mut not_numbers = BTreeSet::new();
        for job in &self.jobs {
            offers.add_results(&job.spec);
            offers.add_settings("", &job.json, &mut not_numbers);
        }
        offers.numbers = offers.settings.difference(&not_numbers).cloned().collect();
        offers
    }
}

impl Offers {
    fn add_results(&mut self, spec: &RunSpec) {
        let flips = transforms_of(&spec.data).iter().any(
            |transform| matches!(transform, Transform::FlipLabels(flips) if flips.probability.get() > 0.0),
        );
        let mut curves = vec!["train.loss", "train.accuracy"];
        if flips {
            curves.extend(["train.clean.accuracy", "train.flipped.accuracy"]);
            self.values.insert("train.flipped.fraction".to_owned());
        }
        self.curves.extend(curves.iter().map(|name| (*name).to_owned()));
        self.values.extend(curves.iter().map(|name| (*name).to_owned()));
        if let Some(test) = &spec.test {
            for (variant, what) in test.variants.keys().flat_map(|v| [(v, "accuracy"), (v, "loss")]) {
                self.values.insert(format!("test.{variant}.{what}"));
                if test.sets.get() > 1 {
                    self.values.insert(format!("test.{variant}.{what}.sd"));
                }
            }
        }
        if spec.record.data {
            self.arrays.insert("data".to_owned());
        }
        if spec.record.boundary.is_some() {
            self.arrays.insert("boundary".to_owned());
            self.values.extend(["boundary.regions", "boundary.length"].map(str::to_owned));
        }
        self.values.extend(["train.seconds", "seconds"].map(str::to_owned));
    }

    fn add_settings(&mut self, above: &str, value: &Json, not_numbers: &mut BTreeSet<String>) {
        if !above.is_empty() {
            self.settings.insert(above.to_owned());
            if !value.is_number() {
                not_numbers.insert(above.to_owned());
            }
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            self.add_settings(&path, value, not_numbers);
        }
    }
}

/// What to try instead of a name that is not among `known`.
pub fn suggestion(name: &str, known: &BTreeSet<String>) -> String {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            format!("there are: {}", known.join(", "))
        }
    }
}
