//! One file a command.

pub mod experiment;
pub mod judge;
pub mod list;
pub mod report;
