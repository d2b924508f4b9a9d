//! What a run leaves behind, and the folder that keeps it.
//!
//! * [`Record`]: the result of one run as plain data: resolved spec, metrics, curves, samples, tensors,
//!   timing.
//! * [`Plan`]: what an experiment consists of: its axes and the keys of its runs, and what the report should
//!   say.
//! * [`Quantity`]: what a value is: its words and unit, its scale and range.
//! * [`Setting`]: what a setting is called, and its unit.
//! * [`Origin`]: the experiment as it was written, and the calls that computed it.
//! * [`Looks`]: which replicates of an experiment have been looked at.
//! * [`Store`]: one pool of runs, whole or not at all, and a [`ResultFolder`] for each question that was
//!   asked.
//!
//! Nothing here knows how a run is computed: a spec is JSON, and its hash is the run's [key](key_of).

mod checked;
mod disk;
mod entry;
mod error;
mod looks;
mod origin;
mod pack;
mod plan;
mod quantity;
mod record;
mod result_folder;
mod running;
mod scale;
mod setting;
mod spec;
mod store;
mod tensor;

pub use error::StoreError;
pub use looks::{First, Look, Looks};
pub use origin::{Call, Origin};
pub use pack::zipped;
pub use plan::{Plan, Sequential};
pub use quantity::{Better, Per, Quantity, Role};
pub use record::{Curve, FORMAT, Metric, Provenance, REVISION, Record, Samples, Status, key_of, setting};
pub use result_folder::ResultFolder;
pub use running::{Checkpoint, Claim, OnItsWay, STALE, Worker};
pub use scale::Scale;
pub use setting::{SETTINGS, Setting};
pub use spec::ResolvedSpec;
pub use store::{DAMAGED, Findings, POOL, Packed, Store};
pub use tensor::{Array, Dtype, Tensor, read_tensors, write_tensors, write_tensors_with};
