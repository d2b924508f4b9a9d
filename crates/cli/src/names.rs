//! Runs by what tells them from each other.

use std::collections::HashMap;

use thalweg::lab::{Experiment, Job};
use thalweg::report::names_of;

/// For each axis of the sweep the names of its values.
pub struct RunNames {
    axes: Vec<(String, HashMap<String, String>)>,
}

impl RunNames {
    pub fn new(experiment: &Experiment) -> Self {
        let values = experiment.swept_values();
        let names = |axis: &String| {
            let values = values.get(axis.as_str()).map_or(&[][..], Vec::as_slice);
            let names = values.iter().map(|value| value.to_string()).zip(names_of(values));
            (axis.clone(), names.collect())
        };
        Self { axes: experiment.plan.axes.iter().map(names).collect() }
    }

    /// `train.batch-size = 8, replicate = 0`
    pub fn of(&self, job: &Job) -> String {
        if job.swept.is_empty() && !self.axes.is_empty() {
            return format!("companion of a path, replicate = {}", job.spec.replicate);
        }
        let named = self.axes.iter().zip(job.swept.iter()).map(|((axis, names), value)| {
            format!("{axis} = {}, ", names.get(&value.to_string()).map_or("none", String::as_str))
        });
        format!("{}replicate = {}", named.collect::<String>(), job.spec.replicate)
    }
}
