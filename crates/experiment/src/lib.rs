//! From an experiment file to records.
//!
//! ```text
//! text ─ Document ─▶ Spec::read ─▶ Spec ─ plan ─▶ [Job { RunSpec, Inputs }] ─ execute ─▶ [Record]
//! ```
//! Storeys, of which each knows only those above it in this list:
//!
//! * [`file`](mod@file): what the tables mean. A [`Spec`] is the file as written, a [`RunSpec`] one run in
//!   which nothing is left open.
//! * `probes`: what a run looks at besides the loss.
//! * `plan`: [`plan`] multiplies out the sweep and the replicates, reads the files that runs need, and checks
//!   every run.
//! * `run`: [`run`] is pure, a job in and a record out; clock, progress and cancellation are handed in.
//!   [`execute`] computes what is not there yet on every thread of the pool, longest first.

mod checkpoint;
pub mod file;
mod inputs;
mod outcome;
mod plan;
mod probes;
mod run;

pub use file::{
    NO_SETTING, Precision, RunSpec, Spec, Task, advised, check_names, key_elsewhere, summary, word_elsewhere,
};
pub use inputs::Inputs;
pub use plan::{Available, Disk, Experiment, Footprint, Job, Planned, Shard, Work, plan, revive, suggestion};
pub use run::{Cancelled, Event, Memory, Others, Pool, Run, Slice, Surroundings, execute, run};
