//! All that people read of an experiment: tables, verdicts, figures and the page that shows them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::Value;
use thalweg_document::Problem;
use thalweg_records::{Plan, ResultFolder, Store, StoreError};

use crate::figures::{FigureConfig, check_id};
use crate::page::{self, Picture};
use crate::table_files::Tables;
use crate::{Claim, Format, Mode, Results, Verdict, export, judge};

/// A report in memory.
#[derive(Debug, Clone)]
pub struct Report {
    /// How many runs it rests on.
    pub tally: Tally,
    /// The verdicts, in the order of the file.
    pub verdicts: Vec<Verdict>,
    /// Figures that could not be drawn, and why.
    pub missing: Vec<String>,
    /// What of the data figures do not draw, or do not name.
    pub left_out: Vec<String>,
    /// Runs that are damaged and left out, and how.
    pub damaged: Vec<String>,
    /// The files of its folder by their paths there: `runs.csv`, `curves.csv`, `summary.csv`,
    /// `dictionary.csv`, `columns.json`, `claims.json`, `report.html`, and an SVG and a PNG for each figure
    /// in `figures/`, the first of them in small as `first.small.png`.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Numbers of runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of the plan, and there.
    pub present: usize,
    /// Of the plan.
    pub planned: usize,
    /// That took all their steps, or reached their goal.
    pub completed: usize,
    /// That diverged.
    pub diverged: usize,
    /// That the program failed in.
    pub failed: usize,
    /// That an older version made, whose numbers are not those of this one: left out.
    pub older: usize,
    /// That are damaged: left out.
    pub damaged: usize,
}

/// What keeps a report from being written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The claims or figures of the plan are not what this version understands.
    #[error("{} in {}: {}\nhint: `experiment` writes the plan anew", problem.path.join("."), path.display(), problem.message)]
    Plan {
        /// The plan.
        path: PathBuf,
        /// What is wrong in it.
        problem: Problem,
    },
}

/// The first figure in small, for the index of the store. No figure can be called so.
pub(crate) const THUMBNAIL: &str = "figures/first.small.png";

impl Report {
    /// Judges the claims, draws the figures and makes the tables, these beside the others.
    pub fn new(results: &Results, claims: &[Claim], figures: &[FigureConfig]) -> Self {
        let tables = || Tables::new(results, claims).files();
        let (tables, mut report) = rayon::join(tables, || Self::without_tables(results, claims, figures));
        report.files.extend(tables);
        report
    }

    fn without_tables(results: &Results, claims: &[Claim], figures: &[FigureConfig]) -> Self {
        let mut files = BTreeMap::new();
        let verdicts = judge(claims, results, Mode::of(&results.plan));
        let json = serde_json::to_string_pretty(&verdicts).expect("verdicts are plain data");
        files.insert("claims.json".to_owned(), (json + "\n").into_bytes());
        let (mut pictures, mut missing, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for config in figures {
            let figure = config.build(results);
            match &figure {
                Ok(figure) => {
                    let told = figure.left_out.iter().map(|what| format!("figure {}: {what}", config.id()));
                    left_out.extend(told);
                    let drawing = figure.render(config.id());
                    files.insert(format!("figures/{}.svg", config.id()), drawing.svg.into_bytes());
                    files.insert(format!("figures/{}.png", config.id()), drawing.png);
                }
                Err(reason) => missing.push(format!("figure {}: {reason}", config.id())),
            }
            let (id, title) = (config.id().to_owned(), config.title().to_owned());
            pictures.push(Picture { id, title, figure });
        }
        if let Some(first) = pictures.iter().find_map(|own| own.figure.as_ref().ok()) {
            files.insert(THUMBNAIL.to_owned(), first.thumbnail());
        }
        let page = page::page(results, claims, &verdicts, &pictures);
        files.insert("report.html".to_owned(), page.into_bytes());
        Self {
            tally: Tally::of(results),
            verdicts,
            missing,
            left_out,
            damaged: results.damaged.clone(),
            files,
        }
    }

    /// Writes the files, each whole or not at all. Pictures of an earlier report that this one has not are
    /// removed.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &ResultFolder) -> Result<(), StoreError> {
        for (name, bytes) in &self.files {
            folder.write(name, bytes)?;
        }
        let pictures: Vec<&str> =
            self.files.keys().filter_map(|name| name.strip_prefix("figures/")).collect();
        folder.keep_only("figures", &pictures)
    }
}

/// `83 completed, 117 diverged, 3 of older revision`: how runs ended, failures among them.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} completed", self.completed)?;
        let missing = self.planned - self.present;
        for (n, what) in [
            (self.diverged, "diverged"),
            (self.failed, "failed, which is a bug"),
            (self.older, "of older revision, left out"),
            (missing.saturating_sub(self.older + self.damaged), "not there yet"),
            (self.damaged, "damaged, left out"),
        ] {
            if n > 0 {
                write!(f, ", {n} {what}")?;
            }
        }
        Ok(())
    }
}

impl Tally {
    pub(crate) fn of(results: &Results) -> Self {
        Self {
            present: results.runs.len(),
            planned: results.plan.runs.len(),
            completed: results.completed(),
            diverged: results.diverged(),
            failed: results.failed(),
            older: results.older,
            damaged: results.damaged.len(),
        }
    }
}

/// The report of a result, from its plan and the runs in the store. Companions stand in `runs.csv` only if
/// they are wanted.
///
/// # Errors
/// If there is no plan, its claims or figures cannot be understood, or a file cannot be read.
pub fn report_of(store: &Store, folder: &ResultFolder, companions: bool) -> Result<Report, ReportError> {
    let Loaded { results, claims, figures } = Loaded::of(store, folder, companions)?;
    Ok(Report::new(&results, &claims, &figures))
}

/// All that a report is made of.
pub(crate) struct Loaded {
    pub(crate) results: Results,
    pub(crate) claims: Vec<Claim>,
    pub(crate) figures: Vec<FigureConfig>,
}

impl Loaded {
    /// Reads a result from its store.
    pub(crate) fn of(store: &Store, folder: &ResultFolder, companions: bool) -> Result<Self, ReportError> {
        let results = Results::load(folder.read_plan()?, store, companions)?.of_folder(folder);
        let wrong = |problem| ReportError::Plan { path: folder.path().join("plan.json"), problem };
        let claims = read::<Claim>("claims", &results.plan.claims).map_err(wrong)?;
        let figures = figures_of(folder, &results.plan)?;
        Ok(Self { results, claims, figures })
    }
}

/// The files of an export of a result, by their paths in its folder.
///
/// # Errors
/// If there is no plan, its claims cannot be understood, or a file cannot be read.
pub fn export_of(
    store: &Store,
    folder: &ResultFolder,
    format: Format,
) -> Result<BTreeMap<String, Vec<u8>>, ReportError> {
    let results = Results::load(folder.read_plan()?, store, false)?;
    let wrong = |problem| ReportError::Plan { path: folder.path().join("plan.json"), problem };
    let claims = read::<Claim>("claims", &results.plan.claims).map_err(wrong)?;
    Ok(export(&results, &claims, format))
}

/// The figures of a plan that lies in a folder.
///
/// # Errors
/// If they cannot be understood.
pub(crate) fn figures_of(folder: &ResultFolder, plan: &Plan) -> Result<Vec<FigureConfig>, ReportError> {
    let wrong = |problem| ReportError::Plan { path: folder.path().join("plan.json"), problem };
    let figures = read::<FigureConfig>("figures", &plan.figures).map_err(wrong)?;
    for config in &figures {
        check_id(config.id()).map_err(|problem| wrong(problem.below(&["figures".to_owned()])))?;
    }
    Ok(figures)
}

/// The claims or figures of a plan.
fn read<T: DeserializeOwned>(part: &str, value: &Value) -> Result<Vec<T>, Problem> {
    serde_json::from_value(value.clone()).map_err(|e| Problem::new(part, e.to_string()))
}
