//! `schema`

use anyhow::Context;

use crate::reference::editor_schema;
use crate::{Exit, say};

pub fn run() -> Result<(), Exit> {
    Ok(say(serde_json::to_string_pretty(&editor_schema()).context("cannot write the schema")?)?)
}
