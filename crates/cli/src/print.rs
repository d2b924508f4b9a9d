//! Lines for people and programs, written without the panic of `println!` when a reader such as `head` has
//! gone.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stderr, stdout};

use anyhow::Context;

/// Prints a result on stdout. That nobody reads on is no reason to stop.
pub fn say(line: impl Display) -> anyhow::Result<()> {
    match writeln!(stdout(), "{line}") {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e).context("cannot write to stdout"),
        _ => Ok(()),
    }
}

/// Prints a message on stderr, if anybody still listens.
pub fn note(line: impl Display) {
    let _ = writeln!(stderr(), "{line}");
}
