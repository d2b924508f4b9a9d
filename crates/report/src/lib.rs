//! From a store to what people read: tables, verdicts on claims, figures and a page that shows them all.
//!
//! Nothing here computes a run: [`write_report`] works from the plan and the records of a
//! [`Store`] alone, so a report can be made again, or made for half an experiment.

mod claims;
mod csv_results;
mod dictionary;
mod draw;
mod estimates;
mod figures;
mod html;
#[cfg(test)]
mod made_up;
mod number;
mod results;
mod select;
mod tables;
mod values;

pub use claims::{
    ALPHA, Bound, Claim, Difference, Direction, Estimand, Kind, Mode, Order, Reach, Relation, Remark,
    Remarks, Score, Slope, Terms, Trend, Verdict, Word, judge,
};
pub use csv_results::{Reading, TableProblem, Tabled, read_results};
pub use figures::{
    Band, Boundary, Curves, FigureConfig, Fit, Images, PanelConfig, Path, PathPanel, Scatter, Slice, Summary,
    Weights, check_id, names_of,
};
pub use results::Results;
pub use select::{Use, Where};

pub use draw::Scale;
use thalweg_records::{Store, StoreError, write_atomically};

/// What keeps a report from being written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The claims or figures of the plan are not what this version understands.
    #[error("{part} in {path}: {message}\nhint: `cargo xtask experiment` writes the plan anew", path = path.display())]
    Plan {
        /// The plan.
        path: std::path::PathBuf,
        /// `claims` or `figures`.
        part: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// What a report says, in short.
#[derive(Debug)]
pub struct Written {
    /// Runs of the plan that are in the store.
    pub present: usize,
    /// Runs of the plan.
    pub planned: usize,
    /// Runs that diverged.
    pub diverged: usize,
    /// Runs that the program failed in.
    pub failed: usize,
    /// Runs that an older version made, whose numbers are not those of this one: left out.
    pub older: usize,
    /// The verdicts, in the order of the file.
    pub verdicts: Vec<Verdict>,
    /// Figures that could not be drawn, and why.
    pub missing: Vec<String>,
}

/// Writes `runs.csv`, `curves.csv`, `summary.csv`, `dictionary.csv`, `claims.json`, `figures/` and `report.html` into the folder
/// of the experiment, each whole or not at all.
///
/// # Errors
/// If there is no plan, the id of a figure is not the name of a file, a record is damaged, or a file cannot be written.
pub fn write_report(store: &Store) -> Result<Written, ReportError> {
    let results = Results::load(store)?;
    let claims = of_plan::<Claim>(store, "claims", &results.plan.claims)?;
    let verdicts = judge(&claims, &results, Mode::of(&results.plan));
    let figures = of_plan::<FigureConfig>(store, "figures", &results.plan.figures)?;
    for config in &figures {
        let message = |why| format!("the id of a figure: {why}");
        check_id(config.id()).map_err(|why| ReportError::plan(store, "figures", message(why)))?;
    }
    let write = |name: &str, bytes: &[u8]| write_atomically(&store.folder().join(name), bytes);
    let all = [tables::runs(&results, &claims), tables::curves(&results), tables::summary(&results)];
    for (name, table) in ["runs.csv", "curves.csv", "summary.csv"].into_iter().zip(&all) {
        write(name, &tables::to_csv(table))?;
    }
    write("dictionary.csv", &tables::to_csv(&dictionary::table(&results, &all)))?;
    let json = serde_json::to_string_pretty(&verdicts).expect("verdicts are plain data");
    write("claims.json", (json + "\n").as_bytes())?;
    let (mut pictures, mut missing) = (Vec::new(), Vec::new());
    for config in &figures {
        let svg = match config.build(&results) {
            Ok(figure) => {
                let drawing = figure.render(config.id());
                write(&format!("figures/{}.svg", config.id()), drawing.svg.as_bytes())?;
                write(&format!("figures/{}.png", config.id()), &drawing.png)?;
                Ok(drawing.svg)
            }
            Err(reason) => {
                missing.push(format!("figure {}: {reason}", config.id()));
                Err(reason)
            }
        };
        pictures.push(html::Picture { id: config.id().to_owned(), title: config.title().to_owned(), svg });
    }
    write("report.html", html::page(&results, &verdicts, &pictures).as_bytes())?;
    let (present, planned) = (results.runs.len(), results.plan.runs.len());
    let (diverged, failed, older) = (results.diverged(), results.failed(), results.older);
    Ok(Written { present, planned, diverged, failed, older, verdicts, missing })
}

fn of_plan<T: serde::de::DeserializeOwned>(
    store: &Store,
    part: &'static str,
    value: &serde_json::Value,
) -> Result<Vec<T>, ReportError> {
    serde_json::from_value(value.clone()).map_err(|e| ReportError::plan(store, part, e.to_string()))
}

impl ReportError {
    fn plan(store: &Store, part: &'static str, message: String) -> Self {
        Self::Plan { path: store.folder().join("plan.json"), part, message }
    }
}
