//! `export`

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use thalweg::records::Store;
use thalweg::report::{Format, export_of};

use crate::result_name;
use crate::{Exit, Home, say_written};

/// Which result, in which format, and where to.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the result
    name: String,
    /// For which programs
    #[arg(long, value_enum)]
    format: Kind,
    /// Folder to write into
    #[arg(long, value_name = "DIR", default_value = "export")]
    to: PathBuf,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

/// The formats by their names on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Tables: runs.csv, curves.csv, summary.csv, with columns.json and dictionary.csv
    Csv,
    /// The same rows as lists of objects: runs.json, curves.json, summary.json, with columns.json
    Json,
    /// Arrays of NumPy: runs.npz
    Npz,
    /// The curves for TensorBoard, a folder for each run
    Tensorboard,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let store = Store::new(arguments.store.as_ref().unwrap_or(&home.results));
    let format = match arguments.format {
        Kind::Csv => Format::Csv,
        Kind::Json => Format::Json,
        Kind::Npz => Format::Npz,
        Kind::Tensorboard => Format::Tensorboard,
    };
    let files = export_of(&store, &result_name::named(&store, &arguments.name)?, format)?;
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = arguments.to.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        written.push(path);
    }
    say_written(&written, &arguments.to)
}
