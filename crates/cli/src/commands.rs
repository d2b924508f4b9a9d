//! The commands, one file each.

pub mod experiment;
pub mod export;
pub mod judge;
pub mod list;
pub mod report;
pub mod results;
pub mod store;
pub mod submit;
pub mod verify;
pub mod weights;
pub mod worker;
