//! Runs by what tells them from each other.

use thalweg_experiment::{Experiment, Job};
use thalweg_records::setting;
use thalweg_report::names_of;

/// For each axis of the sweep its values, with their names.
pub struct RunNames {
    axes: Vec<(String, Vec<(serde_json::Value, String)>)>,
}

impl RunNames {
    pub fn new(experiment: &Experiment) -> Self {
        let values = |axis: &String| {
            let mut values: Vec<&serde_json::Value> = Vec::new();
            for value in experiment.jobs.iter().filter_map(|job| setting(&job.json, axis)) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            let names = names_of(&values);
            (axis.clone(), values.into_iter().cloned().zip(names).collect())
        };
        Self { axes: experiment.plan.axes.iter().map(values).collect() }
    }

    /// `train.batch-size = 8, replicate = 0`
    pub fn of(&self, job: &Job) -> String {
        let named = self.axes.iter().map(|(axis, names)| {
            let value = setting(&job.json, axis);
            let name = names.iter().find(|(known, _)| Some(known) == value);
            format!("{axis} = {}, ", name.map_or("none", |(_, name)| name))
        });
        format!("{}replicate = {}", named.collect::<String>(), job.spec.replicate)
    }
}
