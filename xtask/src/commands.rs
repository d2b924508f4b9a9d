//! One file a command.

pub mod ci;
pub mod experiment;
pub mod list;
pub mod report;
