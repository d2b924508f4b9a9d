//! One file a command.

pub mod bench;
pub mod calibrate;
pub mod ci;
pub mod experiment;
pub mod grade;
pub mod judge;
pub mod list;
pub mod report;
