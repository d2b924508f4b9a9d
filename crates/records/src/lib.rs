//! What a run leaves behind, and the folder that keeps it.
//!
//! * [`Record`]: the result of one run as plain data: resolved spec, metrics, curves, samples, tensors,
//!   timing.
//! * [`Plan`]: what an experiment consists of: its axes and the keys of its runs, and what the report should
//!   say.
//! * [`Quantity`]: what a value is: its words and unit, its scale and range.
//! * [`Looks`]: which replicates of an experiment have been looked at.
//! * [`Store`]: one folder an experiment, one entry a run, written whole or not at all.
//!
//! Nothing here knows how a run is computed: a spec is JSON, and its hash is the run's [key](key_of).

mod error;
mod looks;
mod plan;
mod quantity;
mod record;
mod scale;
mod store;
mod tensor;

pub use error::StoreError;
pub use looks::{Looks, Waiting};
pub use plan::{Plan, Sequential};
pub use quantity::{Per, Quantity, Role};
pub use record::{Curve, FORMAT, Metric, Provenance, REVISION, Record, Samples, Status, key_of, setting};
pub use scale::Scale;
pub use store::{Store, write_atomically};
pub use tensor::{Dtype, Tensor, read_tensors, write_tensors};
