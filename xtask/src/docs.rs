//! `cargo xtask docs`
//!
//! Numbers in the pages that come from experiments are written as the records have them. The types derive a
//! JSON Schema behind a feature that no other build turns on, since it takes long to compile. A test writes
//! it into the program, and another the page of all keys from that.

use std::process::Command;

use anyhow::{Context, anyhow};
use thalweg_cli::Exit;

use crate::ci::SCHEMA;
use xtask::values;
use xtask::workspace::root;

/// The page is made from the schema, so the program is compiled again between the two.
const PAGE: &[&str] = &["test", "--release", "-p", "thalweg-cli", "--lib", "the_page_of_the_repository"];

pub fn run() -> Result<(), Exit> {
    for change in values::write(&root())? {
        println!("{change}");
    }
    for arguments in [SCHEMA, PAGE] {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(arguments)
            .current_dir(root())
            .env("BLESS", "1")
            .status()
            .context("cannot start cargo")?;
        if !status.success() {
            return Err(anyhow!("cargo {}: {status}", arguments.join(" ")).into());
        }
    }
    println!("written: values in the pages, crates/cli/src/reference/schema.json and docs/reference.md");
    Ok(())
}
