//! What the repository's commands share: where things lie.

pub mod workspace;
