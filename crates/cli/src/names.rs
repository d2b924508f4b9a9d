//! Runs by what tells them from each other.

use std::collections::HashMap;

use serde_json::{Map, Value};
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
        let replicate = format!("replicate = {}", job.spec.replicate);
        match self.point(job).as_str() {
            "" => replicate,
            point => format!("{point}, {replicate}"),
        }
    }

    /// What a run has in common with its replicates: `train.batch-size = 8`; nothing without a sweep.
    pub fn point(&self, job: &Job) -> String {
        if job.swept.is_empty() && !self.axes.is_empty() {
            return "companion of a path".to_owned();
        }
        let named = self.axes.iter().zip(job.swept.iter()).map(|((axis, names), value)| {
            format!("{axis} = {}", names.get(&value.to_string()).map_or("none", String::as_str))
        });
        named.collect::<Vec<_>>().join(", ")
    }

    /// The values of the settings that are swept, and the replicate.
    pub fn settings(&self, job: &Job) -> Map<String, Value> {
        let swept = self.axes.iter().map(|(axis, _)| axis.clone()).zip(job.swept.iter().cloned());
        swept.chain([("replicate".to_owned(), job.spec.replicate.into())]).collect()
    }
}
