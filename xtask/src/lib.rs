//! What the repository's commands and tests share: where things lie, and values in the pages.

pub mod values;
pub mod workspace;
