//! From an experiment file to records.
//!
//! ```text
//! file ─ ExperimentFile::open ─▶ document ─ plan ─▶ [Job { RunSpec, Inputs }] ─ execute ─▶ [Record] in the store
//! ```
//! * [`ExperimentFile`] reads the TOML, lays profiles and command-line settings over it, and collects every problem.
//! * [`ExperimentFile::plan`] multiplies out the sweep and the replicates: each [`Job`] holds one [`RunSpec`], in
//!   which nothing is left open, and the files that it needs.
//! * [`run`] is pure: a spec in, a record out; clock, progress and cancellation are handed in.
//! * [`execute`] runs what the store lacks on every thread of the pool, longest first.

mod boundary;
mod check;
mod data;
mod descent;
mod document;
mod evaluate;
mod execute;
mod inputs;
mod jobs;
mod learning;
mod offers;
mod probes;
mod problems;
mod read;
mod rows;
mod run;
pub mod settings;
mod sweep;
mod templates;
mod testing;
mod train;

pub use document::{ExperimentFile, Overlays};
pub use execute::{Event, execute};
pub use inputs::Inputs;
pub use jobs::{Experiment, Job, Shard};
pub use offers::{Offers, suggestion};
pub use problems::{Problem, Problems};
pub use run::{Cancelled, Surroundings, run};
pub use settings::{Precision, RunSpec, Task};
