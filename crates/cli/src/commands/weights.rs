//! `weights`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use thalweg::records::{Store, write_tensors_with};

use crate::result_name;
use crate::{Exit, Home, say, shown};

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
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let store = Store::new(arguments.store.as_ref().unwrap_or(&home.results));
    let plan = result_name::named(&store, &arguments.name)?.read_plan()?;
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
    for key in plan.runs.iter().filter(|key| is_wanted(key)) {
        let Some(record) = store.read(key)? else { continue };
        let told = [
            ("key", record.key.clone()),
            ("architecture", record.setting("model").map(ToString::to_string).unwrap_or_default()),
            ("code", record.provenance.code.clone()),
        ];
        let path = arguments.to.join(format!("{key}.safetensors"));
        std::fs::write(&path, write_tensors_with(&record.params, &told))
            .with_context(|| format!("cannot write {}", path.display()))?;
        say(shown(&path))?;
    }
    Ok(())
}
