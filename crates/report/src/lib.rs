//! From a store to what people read: tables, verdicts on claims, figures and a page that shows them all.
//!
//! Nothing here computes a run: a [`Report`] is made of [`Results`], and [`report_of`] works from the plan
//! and the records of a [`Store`](thalweg_records::Store) alone, so a report can be made again, or made for
//! half an experiment.

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

mod claims;
mod column;
mod compare;
mod csv_results;
mod dictionary;
mod draw;
mod estimates;
mod export;
mod figure_files;
mod figures;
mod index;
#[cfg(test)]
mod made_up;
mod number;
mod page;
mod report;
mod results;
mod select;
mod settings;
mod standing;
mod table_files;
mod tables;
mod values;
mod vega;
mod words;

pub use claims::{
    ALPHA, Bound, Claim, Contrast, Contrasts, Difference, Direction, Estimand, Kind, Mode, Order, Reach,
    Relation, Remarks, Score, Slope, Terms, Trend, Verdict, Word, counted, judge,
};
pub use compare::{Compared, Comparison, Settings, Side, differing, settings_of};
pub use csv_results::{Reading, Tabled, read_results};
pub use export::{Format, export};
pub use figure_files::{Drawn, FigureFormat, draw_figures, figure_ids};
pub use figures::{
    Band, Best, Boundary, Curves, Distribution, FigureConfig, Fit, HeatMap, Images, PanelConfig, Path,
    PathPanel, Scatter, Slice, Sort, Summary, Weights, check_id, names_of,
};
pub use index::{Content, Entry, Index, date};
pub use number::short;
pub use page::encoded;
pub use report::{Report, ReportError, Tally, export_of, report_of};
pub use results::Results;
pub use select::{Need, Where};
pub use standing::{Counts, Going, Interim, Standing, State, figure_svg};

pub use draw::{Length, Look, Scale, Theme, WIDTHS};
