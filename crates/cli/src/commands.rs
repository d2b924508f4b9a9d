//! The commands, one file each.

pub mod completions;
pub mod experiment;
pub mod explain;
pub mod export;
pub mod figures;
pub mod judge;
pub mod list;
pub mod metrics;
pub mod museum;
pub mod new;
pub mod report;
pub mod results;
pub mod schema;
pub mod store;
pub mod submit;
pub mod verify;
pub mod watch;
pub mod weights;
pub mod worker;
