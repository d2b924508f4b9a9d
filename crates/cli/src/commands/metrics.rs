//! `metrics`

use std::path::PathBuf;

use clap::Args;
use thalweg::experiment::{Available, Spec, plan};
use thalweg::lab::{Document, Overlays};
use thalweg::records::Quantity;

use super::experiment::find;
use crate::reference::{columns, width};
use crate::{Exit, Home, say, say_prose};

/// Of which experiment.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of an experiment, or the path of a .toml file
    experiment: String,
    /// Profile of the file to lay over its main settings
    #[arg(long, value_name = "P")]
    profile: Option<String>,
    /// Folder with the data of built-in experiments, such as mnist/ [default: experiments/data or data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let (path, files) = find(&arguments.experiment, arguments.data.as_deref(), home)?;
    let overlays = Overlays { profile: arguments.profile.clone(), set: Vec::new() };
    let document = Document::open(&path, &*files, &overlays)?;
    // What is wrong with claims and figures does not matter here: their words are what is sought.
    let (spec, mut problems) = Spec::read(&document, &path);
    let planned = plan(&spec, &*files);
    problems.extend(planned.problems);
    document.explain(problems)?;
    print(&planned.available)
}

fn print(available: &Available) -> Result<(), Exit> {
    let width = width();
    let rows = available.values.iter().map(|name| (name.clone(), meaning(name)));
    say_prose("values, for `of`, `with` and `than` of claims, `x` and `y` of figures:")?;
    say(columns(&rows.collect::<Vec<_>>(), width))?;
    let lists = [
        ("curves, for `y` of figures of kind `curves`", &available.curves),
        (
            "settings that are numbers, for `against` of claims and `x` of figures of kind `summary`",
            &available.numbers,
        ),
        ("settings, for `by`, `series`, `size` and `where`", &available.settings),
        ("arrays, for figures of the training data, of weights and images", &available.arrays),
        ("probes of kind `slice`, for figures of that kind", &available.slices),
        ("probes of kind `path`, for figures of that kind", &available.paths),
    ];
    for (title, names) in lists.iter().filter(|(_, names)| !names.is_empty()) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        say_prose(format_args!("\n{title}:"))?;
        say(columns(&[(String::new(), names.join(", "))], width))?;
    }
    Ok(())
}

/// What a quantity is, its unit, and on which scale it is compared.
pub(super) fn meaning(name: &str) -> String {
    let quantity = Quantity::of(name);
    let scale = match quantity.scale.as_str() {
        "log" => "; compared on a logarithmic scale",
        _ => "",
    };
    format!("{}: {}{scale}", quantity.axis(), quantity.doc)
}
