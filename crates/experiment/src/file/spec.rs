//! What an experiment file says, before the sweep is multiplied out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thalweg_document::{Document, MISSING_KEY, Problem, Reading, UNKNOWN_KEY, among};
use thalweg_numeric::bounded::Count;
use toml::{Table, Value};

use super::hints::advised;
use super::run_spec::SECTIONS;
use super::sweep::{Axis, axes};

/// All other top-level keys. What `claim` and `figure` mean is not known here.
const OTHERS: [&str; 8] =
    ["title", "question", "replicates", "exploratory", "sweep", "profile", "claim", "figure"];

/// What the document itself has taken out.
const OF_DOCUMENT: [&str; 2] = ["extends", "without"];

/// What an experiment file says. It does not change: a point of the sweep is made from it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spec {
    /// The experiment's name.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub name: String,
    /// The folder that paths of data and weights start from.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub folder: PathBuf,
    /// What the experiment is about, in one line.
    pub title: String,
    /// The question that it asks. Default none.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub question: String,
    /// Independent repetitions of every run, each with data, first weights and batches of its own: the units
    /// of evidence. Default 1.
    #[cfg_attr(feature = "schema", schemars(default = "one"))]
    pub replicates: Count,
    /// Whether the settings are a trial, whose verdicts test nothing. Default false.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub exploratory: bool,
    /// The tables of a run, as written.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub sections: BTreeMap<String, Value>,
    /// What is swept.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub axes: Vec<Axis>,
}

impl Spec {
    /// Reads a document. `path` is where it lies: its stem is the experiment's name.
    ///
    /// Whatever is wrong is said, and left out of the spec.
    pub fn read(document: &Document, path: &Path) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        check_names(document, &mut problems);
        let replicates = optional(document, "replicates", &mut problems).unwrap_or(one());
        let sections = SECTIONS.iter().filter_map(|name| Some(((*name).to_owned(), document.value(name)?)));
        let spec = Self {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            folder: path.parent().map_or_else(PathBuf::new, Path::to_owned),
            title: required(document, "title", &mut problems).unwrap_or_default(),
            question: optional(document, "question", &mut problems).unwrap_or_default(),
            exploratory: optional(document, "exploratory", &mut problems).unwrap_or(false),
            replicates,
            sections: sections.collect(),
            axes: axes(document, &mut problems),
        };
        (spec, problems)
    }
}

/// The title of an experiment, and the names of its profiles.
pub fn summary(document: &Document) -> (String, Vec<String>) {
    let title = document.read("title").and_then(Reading::sound).unwrap_or_default();
    (title, document.keys("profile"))
}

/// Notes top-level keys that no experiment has.
pub fn check_names(document: &Document, problems: &mut Vec<Problem>) {
    let known = || OTHERS.iter().chain(&SECTIONS).copied();
    for key in document.top_level() {
        if !known().any(|name| name == key) {
            let hint = among(&key, known().chain(OF_DOCUMENT));
            problems.extend(advised(vec![Problem::at(vec![key], UNKNOWN_KEY).hint(hint)]));
        }
    }
    let _: Option<BTreeMap<String, Table>> = optional(document, "profile", problems);
}

fn one() -> Count {
    Count::of(1)
}

fn optional<T: DeserializeOwned + Serialize>(
    document: &Document,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    document.read(name)?.noted(problems)
}

fn required<T: DeserializeOwned + Serialize>(
    document: &Document,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    if document.value(name).is_none() {
        problems.push(Problem::new(name, MISSING_KEY));
    }
    optional(document, name, problems)
}
