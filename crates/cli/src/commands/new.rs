//! `new`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use thalweg::lab::{Disk, Document, Files, Overlays};
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table};

use super::experiment::find;
use crate::{Exit, Home, name_of, note, say, shown};

/// What is written, and where to.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Its name, for a file in experiments/ where there is such a folder, or the path of the file
    name: String,
    /// Begin with the text of this experiment
    #[arg(long, value_name = "EXPERIMENT", conflicts_with = "template")]
    like: Option<String>,
    /// Begin with a setting that changes, with cases that are compared, or with probes of the loss landscape
    #[arg(long, value_enum, default_value = "sweep")]
    template: Template,
}

/// A file to begin with.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Template {
    Sweep,
    Compare,
    Landscape,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Self::Sweep => include_str!("new/sweep.toml"),
            Self::Compare => include_str!("new/compare.toml"),
            Self::Landscape => include_str!("new/landscape.toml"),
        }
    }
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let path = path(&arguments.name, home)?;
    let text = match &arguments.like {
        Some(other) => like(other, &path, home)?,
        None => arguments.template.text().to_owned(),
    };
    write(&path, &text)?;
    say(shown(&path))?;
    let called =
        if path.parent() == Some(home.experiments.as_path()) { name_of(&path) } else { shown(&path) };
    let profiles =
        Document::open(&path, &Disk, &Overlays::default()).ok().and_then(|all| all.value("profile"));
    let has_quick = profiles.is_some_and(|profiles| profiles.get("quick").is_some());
    let profile = if has_quick { " --profile quick" } else { "" };
    note(format_args!("next: {} experiment {called}{profile}", home.program));
    Ok(())
}

fn path(name: &str, home: &Home) -> Result<PathBuf, Exit> {
    if name.ends_with(".toml") || name.contains(std::path::MAIN_SEPARATOR) {
        return Ok(PathBuf::from(name));
    }
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)) {
        return Err(Exit::usage(format!(
            "an experiment cannot be called \"{name}\"\nhint: a name has letters, digits, - and _; a path ends with .toml"
        )));
    }
    let folder = if home.experiments.is_dir() { home.experiments.clone() } else { PathBuf::new() };
    Ok(folder.join(name).with_extension("toml"))
}

/// The text of another experiment, if all that it builds on will be there too.
fn like(other: &str, path: &Path, home: &Home) -> Result<String, Exit> {
    let (source, files) = find(other, None, home)?;
    let bytes = files.read(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} is no text", source.display()))?;
    let table: Table = toml::from_str(&text).with_context(|| format!("{} is not TOML", source.display()))?;
    if let Some(base) = table.get("extends").and_then(toml::Value::as_str)
        && !path.with_file_name(base).is_file()
    {
        let (name, beside) = (name_of(Path::new(base)), path.with_file_name(base));
        let is_there = self::path(&name, home).is_ok_and(|path| path == beside);
        let new = if is_there { name.clone() } else { shown(&beside) };
        let is_named = find(&name, None, home).is_ok_and(|(path, _)| path == source.with_file_name(base));
        let old = if is_named { name } else { shown(&source.with_file_name(base)) };
        return Err(Exit::usage(format!(
            "{other} builds on {base}, which is not beside {}\nhint: `new {new} --like {old}` puts it there",
            shown(path)
        )));
    }
    moved(&text, &source, path)
}

/// The text with the files and folders that it names from its own folder named from that of `path`.
fn moved(text: &str, source: &Path, path: &Path) -> Result<String, Exit> {
    let folder = |file: &Path| Disk.normal(file).parent().map(Path::to_owned).unwrap_or_default();
    let (old, new) = (folder(source), folder(path));
    let table = DeTable::parse(text).with_context(|| format!("{} is not TOML", source.display()))?;
    let mut named = Vec::new();
    table.get_ref().iter().for_each(|(key, value)| paths(key.get_ref(), value, &mut named));
    named.retain(|(_, name)| Path::new(name).is_relative() && old.join(name).exists());
    named.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut moved = text.to_owned();
    for (span, name) in named.into_iter().filter(|_| old != new) {
        let there = relative(&Disk.normal(&old.join(name)), &new).display().to_string();
        moved.replace_range(span, &toml::Value::String(there).to_string());
    }
    Ok(moved)
}

/// Where texts that may be paths stand, and the texts.
fn paths(key: &str, value: &Spanned<DeValue<'_>>, found: &mut Vec<(Range<usize>, String)>) {
    let last = key.rsplit('.').next().unwrap_or_default();
    match value.get_ref() {
        DeValue::String(text) if ["path", "features", "labels"].contains(&last) => {
            found.push((value.span(), text.to_string()));
        }
        DeValue::Array(items) if last == "path" || items.iter().all(|item| item.get_ref().is_table()) => {
            items.iter().for_each(|item| paths(key, item, found));
        }
        DeValue::Table(table) => table.iter().for_each(|(key, value)| paths(key.get_ref(), value, found)),
        _ => {}
    }
}

/// A path from a folder, both absolute.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let shared = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

fn write(path: &Path, text: &str) -> Result<(), Exit> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            Err(Exit::usage(format!("{} is there already\nhint: choose another name", shown(path))))
        }
        other => Ok(other.with_context(|| format!("cannot write {}", path.display()))?),
    }
}

#[cfg(test)]
mod tests {
    use thalweg::lab::Study;

    use super::*;

    #[test]
    fn every_template_is_planned_without_a_warning_and_its_quick_profile_runs() {
        let folder = tempfile::tempdir().unwrap();
        for template in [Template::Sweep, Template::Compare, Template::Landscape] {
            let path = folder.path().join("new.toml");
            std::fs::write(&path, template.text()).unwrap();
            let study = Study::open(&path, &Disk, &Overlays::default())
                .unwrap_or_else(|e| panic!("{template:?}: {e}"));
            assert_eq!(study.warnings, [""; 0], "{template:?}");
            let quick = Overlays { profile: Some("quick".to_owned()), set: Vec::new() };
            let study = Study::open(&path, &Disk, &quick).unwrap_or_else(|e| panic!("{template:?}: {e}"));
            let results = study.run();
            assert_eq!(results.runs.len(), study.experiment.jobs.len());
            assert!(
                results.runs.iter().all(|run| run.status == thalweg::records::Status::Completed),
                "{template:?}"
            );
            let report = study.report(&results);
            assert_eq!(report.missing, [""; 0], "{template:?}");
        }
    }
}
