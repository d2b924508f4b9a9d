//! From a store to what people read: tables, verdicts on claims, figures and a page that shows them all.
//!
//! Nothing here computes a run: a [`Report`] is made of [`Results`], and [`report_of`] works from the plan
//! and the records of a [`Store`](thalweg_records::Store) alone, so a report can be made again, or made for
//! half an experiment.

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

mod claims;
mod column;
mod csv_results;
mod dictionary;
mod draw;
mod estimates;
mod export;
mod figures;
#[cfg(test)]
mod made_up;
mod number;
mod page;
mod report;
mod results;
mod select;
mod settings;
mod table_files;
mod tables;
mod values;
mod words;

pub use claims::{
    ALPHA, Bound, Claim, Difference, Direction, Estimand, Kind, Mode, Order, Reach, Relation, Remarks, Score,
    Slope, Terms, Trend, Verdict, Word, counted, judge,
};
pub use csv_results::{Reading, Tabled, read_results};
pub use export::{Format, export};
pub use figures::{
    Band, Best, Boundary, Curves, Distribution, FigureConfig, Fit, HeatMap, Images, PanelConfig, Path,
    PathPanel, Scatter, Slice, Sort, Summary, Weights, check_id, names_of,
};
pub use number::short;
pub use report::{Report, ReportError, Tally, export_of, report_of};
pub use results::Results;
pub use select::{Need, Where};

pub use draw::Scale;
