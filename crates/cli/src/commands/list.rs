//! `list`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use thalweg::experiment::summary;
use thalweg::lab::{Document, Overlays};

use crate::builtin::{Builtin, EXPERIMENTS, path_of};
use crate::print::last_cell;
use crate::{Exit, Home, say};

/// How they are listed.
#[derive(Debug, Args)]
pub struct Arguments {
    /// As a JSON list, for other programs
    #[arg(long)]
    json: bool,
}

/// An experiment of the list.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Listed {
    name: String,
    title: String,
    profiles: Vec<String>,
    /// Where the file is; none if it is built in.
    path: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let all = listed(home)?;
    if arguments.json {
        return Ok(say(serde_json::to_string_pretty(&all).context("cannot write the list")?)?);
    }
    let width = all.iter().map(|listed| listed.name.len()).max().unwrap_or(0);
    for Listed { name, title, profiles, path } in all {
        let profiles = if profiles.is_empty() {
            String::new()
        } else {
            format!("  (profiles: {})", profiles.join(", "))
        };
        let built_in = if path.is_some() { "" } else { "  (built in)" };
        let text = last_cell(&format!("{title}{profiles}{built_in}"), width + 2);
        say(format_args!("{name:width$}  {text}"))?;
    }
    Ok(())
}

/// Those of the folder, then those that are built in and have no namesake there.
fn listed(home: &Home) -> Result<Vec<Listed>, Exit> {
    let there = home.experiments().map_err(anyhow::Error::from)?;
    let is_new = |name: &str| there.iter().all(|(other, _)| other != name);
    let built_in: Vec<(String, PathBuf)> = EXPERIMENTS
        .iter()
        .filter(|(name, _)| home.program != "cargo xtask" && is_new(name))
        .map(|(name, _)| ((*name).to_owned(), path_of(name)))
        .collect();
    let number = there.len();
    let all = there.into_iter().chain(built_in).enumerate().map(|(i, (name, path))| {
        let document = Document::open(&path, &Builtin { data: None }, &Overlays::default())?;
        let (title, profiles) = summary(&document);
        Ok(Listed { name, title, profiles, path: (i < number).then_some(path) })
    });
    all.collect()
}
