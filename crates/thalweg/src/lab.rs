//! The whole laboratory: a file in, runs, verdicts and a report out.
//!
//! ```text
//! text ─ Study::open ─▶ Study ─ compute ─▶ records ─ results ─▶ verdicts, tables, figures
//! ```
//! A [`Study`] is an experiment file put together and checked: its runs, its claims and its figures. Its runs
//! are computed into a [`Pool`], the memory or a [`Store`](crate::records::Store), on all threads of the
//! current rayon pool; an observer is told how they get on, curves among it. Nothing here knows a terminal or
//! a clock, and files come from a [`Files`].
//!
//! ```
//! use thalweg::lab::{Study, Word};
//!
//! let study = Study::from_text("
//!     title = 'Does momentum help on a long valley?'
//!     replicates = 3
//!     objective = { kind = 'quadratic', dim = 5, condition = 100 }
//!     optimizer = { kind = 'momentum' }
//!     schedule = { kind = 'constant', initial = 0.01 }
//!     train = { steps = 200 }
//!     [sweep]
//!     'optimizer.beta' = [0.0, 0.5, 0.9]
//!     [[claim]]
//!     id = 'momentum-helps'
//!     says = 'The loss with β = 0.9 is below that with β = 0'
//!     kind = 'difference'
//!     of = 'loss'
//!     between = [{ 'optimizer.beta' = 0.9 }, { 'optimizer.beta' = 0.0 }]
//!     direction = 'lower'
//! ")?;
//! let results = study.run();
//! let verdict = &study.judge(&results)[0];
//! assert!(verdict.verdict == Word::Supported, "{}", verdict.summary);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod profiles;
#[cfg(feature = "schema")]
mod schema;
mod study;

pub use check::{Statement, Statements, warning};
#[cfg(feature = "schema")]
pub use schema::schema;
pub use study::{Study, question};
pub use thalweg_document::{Document, Files, Overlays, Placed, Problem, Problems};
pub use thalweg_experiment::{
    Disk, Event, Experiment, Footprint, Job, Memory, Others, Pool, Run, RunSpec, Shard, Slice, Surroundings,
    execute, key_elsewhere, revive, word_elsewhere,
};
pub use thalweg_report::{Claim, FigureConfig, Mode, Report, Results, Verdict, Word, judge};
