//! `list`

use std::path::PathBuf;

use thalweg::experiment::summary;
use thalweg::lab::{Document, Overlays};

use crate::builtin::{Builtin, EXPERIMENTS, path_of};
use crate::{Exit, Home, say};

pub fn run(home: &Home) -> Result<(), Exit> {
    let mut all = home.experiments().map_err(anyhow::Error::from)?;
    let there = all.len();
    let built_in: Vec<(String, PathBuf)> =
        EXPERIMENTS.iter().map(|(name, _)| ((*name).to_owned(), path_of(name))).collect();
    all.extend(built_in.into_iter().filter(|(name, _)| home.program != "cargo xtask" || name.is_empty()));
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut seen: Vec<&String> = Vec::new();
    for (i, (name, path)) in all.iter().enumerate() {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let document = Document::open(path, &Builtin { data: None }, &Overlays::default())?;
        let (title, profiles) = summary(&document);
        let profiles = if profiles.is_empty() {
            String::new()
        } else {
            format!("  (profiles: {})", profiles.join(", "))
        };
        let built_in = if i < there { "" } else { "  (built in)" };
        say(format_args!("{name:width$}  {title}{profiles}{built_in}"))?;
    }
    Ok(())
}
