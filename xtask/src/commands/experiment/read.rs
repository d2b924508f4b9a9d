//! The whole file put together: runs are the experiment crate's, claims and figures the report crate's.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;
use thalweg_experiment::{Experiment, ExperimentFile, Offers, Overlays, suggestion};
use thalweg_records::key_of;
use thalweg_report::{Claim, FigureConfig, Remark, Remarks, Results, Use, check_id};

use super::Arguments;
use crate::exit::Exit;
use crate::print::note;
use crate::workspace::{experiments, name_of};

/// An experiment with its claims.
pub struct Whole {
    pub experiment: Experiment,
    pub claims: Vec<Claim>,
}

impl Whole {
    /// The hash of what is asked: what the claims state, and the settings of every point of the sweep.
    pub fn question(&self) -> String {
        let mut claims = self.experiment.plan.claims.clone();
        for claim in claims.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            claim.remove("says");
        }
        let points = self.experiment.jobs.iter().filter(|job| job.spec.replicate == 0);
        let keys: Vec<&str> = points.map(|job| job.key.as_str()).collect();
        key_of(&serde_json::json!({ "claims": claims, "points": keys }))
    }
}

/// The file that a name or a path stands for.
pub fn find(experiment: &str) -> Result<PathBuf, Exit> {
    if experiment.ends_with(".toml") || experiment.contains(std::path::MAIN_SEPARATOR) {
        return Ok(PathBuf::from(experiment));
    }
    let known = experiments()?;
    known.iter().find(|(name, _)| name == experiment).map(|(_, path)| path.clone()).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        Exit::usage(format!(
            "there is no experiment `{experiment}`\nhint: the experiments are {}; any other is given by the path of its .toml file",
            names.join(", ")
        ))
    })
}

/// Reads and checks everything; what will only end inconclusive is told.
pub fn read(path: &Path, arguments: &Arguments) -> Result<Whole, Exit> {
    let overlays = Overlays { profile: arguments.profile.clone(), set: arguments.set.clone() };
    let mut file = ExperimentFile::open(path, &overlays)?;
    let claims = read_claims(&mut file);
    let whole = put_together(&mut file, claims, path, &overlays)?;
    let mut warnings = Vec::new();
    if !file.has_problems() {
        let planned = planned(&whole.experiment);
        for (i, claim) in whole.claims.iter().enumerate() {
            let remarks = claim.examine(&planned);
            if !remarks.impossible.is_empty() && is_of_overlays(path, &overlays, claim) {
                warnings.extend(remarks.impossible.iter().map(|remark| warning(claim, remark)));
            } else {
                note_impossible(&mut file, i, &remarks);
            }
            // --until-decided plans its own replicates.
            if !arguments.until_decided {
                warnings.extend(remarks.too_few.iter().map(|remark| warning(claim, remark)));
            }
        }
    }
    file.finish()?;
    warnings.iter().for_each(note);
    Ok(whole)
}

/// The `[[claim]]` tables of a file, checked by themselves.
pub fn read_claims(file: &mut ExperimentFile) -> Vec<Claim> {
    let claims: Vec<(usize, Claim)> = file.list("claim");
    for (i, claim) in &claims {
        if let Err(message) = claim.check() {
            file.note(&["claim".to_owned(), i.to_string()], message, None);
        }
    }
    check_ids(file, "claim", &claims.iter().map(|(i, claim)| (*i, claim.id.as_str())).collect::<Vec<_>>());
    claims.into_iter().map(|(_, claim)| claim).collect()
}

/// Notes why no run can answer a claim.
pub fn note_impossible(file: &mut ExperimentFile, claim: usize, remarks: &Remarks) {
    for remark in &remarks.impossible {
        let at = [vec!["claim".to_owned(), claim.to_string()], remark.path.clone()].concat();
        file.note(&at, &remark.message, hint(remark));
    }
}

/// One line on why a claim will end inconclusive.
pub fn warning(claim: &Claim, remark: &Remark) -> String {
    format!("warning: claim {}: {}: the verdict will be inconclusive", claim.id, remark.message)
}

/// The near word; all words that there are stand in the message.
fn hint(remark: &Remark) -> Option<String> {
    let hint = remark.words.as_ref().map(|(word, known)| suggestion(word, known));
    hint.filter(|hint| hint.starts_with("did you mean"))
}

/// The runs as far as they are known before they are computed.
pub fn planned(experiment: &Experiment) -> Results {
    let runs = experiment.jobs.iter().map(|job| (job.key.as_str(), &job.json, job.spec.is_deterministic()));
    Results::planned(&experiment.plan, runs)
}

fn put_together(
    file: &mut ExperimentFile,
    claims: Vec<Claim>,
    path: &Path,
    overlays: &Overlays,
) -> anyhow::Result<Whole> {
    let figures: Vec<(usize, FigureConfig)> = file.list("figure");
    for (i, figure) in &figures {
        if let Err(message) = figure.check() {
            file.note(&["figure".to_owned(), i.to_string()], message, None);
        }
    }
    check_ids(file, "figure", &figures.iter().map(|(i, figure)| (*i, figure.id())).collect::<Vec<_>>());
    let figures: Vec<FigureConfig> = figures.into_iter().map(|(_, figure)| figure).collect();
    let json = |value: Result<Value, serde_json::Error>| value.context("cannot write the claims or figures");
    let stated = (json(serde_json::to_value(&claims))?, json(serde_json::to_value(&figures))?);
    let experiment = file.plan(&name_of(path), overlays, stated.0, stated.1);
    if !file.has_problems() {
        let offers = experiment.offers();
        let of_claims = claims.iter().map(Claim::uses).enumerate().map(|(i, uses)| ("claim", i, uses));
        let of_figures =
            figures.iter().map(FigureConfig::uses).enumerate().map(|(i, uses)| ("figure", i, uses));
        for (list, i, uses) in of_claims.chain(of_figures) {
            for missing in uses.into_iter().filter_map(|wanted| missing(wanted, &offers)) {
                file.note(&[list.to_owned(), i.to_string()], missing.0, Some(missing.1));
            }
        }
    }
    Ok(Whole { experiment, claims })
}

/// Whether a profile or a change on the command line alone keeps the runs from answering a claim.
fn is_of_overlays(path: &Path, overlays: &Overlays, claim: &Claim) -> bool {
    if *overlays == Overlays::default() {
        return false;
    }
    let none = Overlays::default();
    let Ok(mut file) = ExperimentFile::open(path, &none) else { return false };
    let plain = file.plan(&name_of(path), &none, Value::Null, Value::Null);
    !file.has_problems() && claim.examine(&planned(&plain)).impossible.is_empty()
}

fn check_ids(file: &mut ExperimentFile, list: &str, ids: &[(usize, &str)]) {
    for (n, (i, id)) in ids.iter().enumerate() {
        let at = [list.to_owned(), i.to_string(), "id".to_owned()];
        if ids[..n].iter().any(|(_, earlier)| earlier == id) {
            file.note(&at, format!("two of them have the id `{id}`"), None);
        }
        if let Err(message) = check_id(id) {
            file.note(&at, message, None);
        }
    }
}

/// What is wrong if the runs will not have what a claim or figure needs, and what to do.
fn missing(wanted: Use<'_>, offers: &Offers) -> Option<(String, String)> {
    let (name, known, what) = match wanted {
        Use::Value(name) => (name, &offers.values, "value"),
        Use::Curve(name) => (name, &offers.curves, "curve"),
        Use::Setting(name) => (name, &offers.settings, "setting"),
        Use::Number(name) => (name, &offers.numbers, "setting that is a number"),
        Use::Slice(name) => (name, &offers.slices, "probe of kind \"slice\""),
        Use::Path(name) => (name, &offers.paths, "probe of kind \"path\""),
        Use::Arrays(name) => {
            let setting = match name {
                "boundary" => "record.boundary = {}",
                "images" => "record.images = 20",
                "weights" => "record.weights = true",
                _ => "record.data = true",
            };
            return (!offers.arrays.contains(name))
                .then(|| (format!("the runs do not keep their {name}"), format!("set {setting}")));
        }
    };
    (!known.contains(name)).then(|| (format!("the runs have no {what} `{name}`"), suggestion(name, known)))
}
