//! One file a command.

pub mod bench;
pub mod calibrate;
pub mod ci;
pub mod docs;
pub mod estimates;
pub mod grade;
pub mod hashes;
