//! `weights`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::json;
use thalweg::datasets::Dataset;
use thalweg::lab::Job;
use thalweg::records::{Store, write_tensors_with};

use crate::{Exit, Home, note, result_name, say_written, stored};

/// Whose weights, and where to.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the result
    name: String,
    /// Keys of runs, as in runs.csv, or their first characters; all runs without one
    #[arg(long, value_name = "KEY")]
    run: Vec<String>,
    /// Folder to write <key>.safetensors into
    #[arg(long, value_name = "DIR", default_value = "weights")]
    to: PathBuf,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Folder with the data of built-in experiments, such as mnist/ [default: experiments/data or data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let store = Store::new(arguments.store.as_ref().unwrap_or(&home.results));
    let folder = result_name::named(&store, &arguments.name)?;
    let plan = folder.read_plan()?;
    for wanted in &arguments.run {
        if !plan.runs.iter().any(|key| key.starts_with(wanted.as_str())) {
            return Err(Exit::usage(format!(
                "no run of {} has a key that begins with {wanted}",
                arguments.name
            )));
        }
    }
    let is_wanted = |key: &String| {
        arguments.run.is_empty() || arguments.run.iter().any(|wanted| key.starts_with(wanted.as_str()))
    };
    std::fs::create_dir_all(&arguments.to)
        .with_context(|| format!("cannot make the folder {}", arguments.to.display()))?;
    let wanted: Vec<String> = plan.runs.into_iter().filter(is_wanted).collect();
    let jobs = stored::jobs(&folder, &wanted, arguments.data.as_ref()).unwrap_or_else(|e| {
        note(format_args!("warning: the weights are written without what is known of the data: {e}"));
        Vec::new()
    });
    let mut written = Vec::new();
    for key in &wanted {
        let Some(record) = store.read(key)? else { continue };
        let mut told = vec![
            ("key", record.key.clone()),
            ("architecture", record.setting("model").map(ToString::to_string).unwrap_or_default()),
            ("code", record.provenance.code.clone()),
        ];
        let job = jobs.iter().find(|job| job.key == *key);
        told.extend(job.and_then(Job::training_data).iter().flat_map(of_data));
        let path = arguments.to.join(format!("{key}.safetensors"));
        std::fs::write(&path, write_tensors_with(&record.params, &told))
            .with_context(|| format!("cannot write {}", path.display()))?;
        written.push(path);
    }
    say_written(&written, &arguments.to)
}

/// What another program needs to use the weights on data of its own: how the features were standardised and
/// what the classes are called, each as a JSON list.
fn of_data(data: &Dataset) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    if let Some(scaling) = &data.scaling {
        told.push(("feature-means", json!(scaling.mean).to_string()));
        told.push(("feature-deviations", json!(scaling.deviation).to_string()));
    }
    if let Some(names) = &data.class_names {
        told.push(("classes", json!(names[..]).to_string()));
    }
    told
}
