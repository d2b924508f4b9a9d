//! The repository's commands: `cargo xtask <command>`.
//!
//! All commands of the program `thalweg`, and the chores of those who work on it.

#![expect(clippy::disallowed_methods, reason = "no record holds what chores compute")]

mod commands;
mod table;
mod workspace;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};
use thalweg_cli::{conclude, help_columns, version};

use crate::workspace::{commit, home};

static VERSION: LazyLock<String> = LazyLock::new(|| version(commit().as_deref()));

/// A laboratory for one question: which solution does an optimizer choose, and why?
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    display_name = "thalweg",
    version = VERSION.as_str(),
    term_width = help_columns()
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Product(thalweg_cli::Command),
    #[command(flatten)]
    Chore(Chore),
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Measure the time of a step beside the limits of this machine, or beside other tools
    Bench(commands::bench::Arguments),
    /// Compare every estimate of a spectrum with the exact one
    Grade(commands::grade::Arguments),
    /// Count the wrong and the right verdicts in made-up studies whose truth is known
    Calibrate(commands::calibrate::Arguments),
    /// Compute one experiment in many ways, and compare the hashes of what came out
    Hashes(commands::hashes::Arguments),
    /// Compare the CPU time and the room that experiments were said to take with what they took
    Estimates(commands::estimates::Arguments),
    /// Write what is made from the types that read an experiment file: its schema, and docs/reference.md
    Docs,
    /// Everything that must pass: format, lints, docs, tests, a quick experiment, and the instructions of a
    /// step
    Ci,
}

fn main() -> ExitCode {
    conclude(match Arguments::parse().command {
        Command::Product(command) => thalweg_cli::run(&command, &home()),
        Command::Chore(Chore::Bench(arguments)) => commands::bench::run(&arguments),
        Command::Chore(Chore::Grade(arguments)) => commands::grade::run(&arguments),
        Command::Chore(Chore::Calibrate(arguments)) => commands::calibrate::run(&arguments),
        Command::Chore(Chore::Hashes(arguments)) => commands::hashes::run(&arguments),
        Command::Chore(Chore::Estimates(arguments)) => commands::estimates::run(&arguments),
        Command::Chore(Chore::Docs) => commands::docs::run(),
        Command::Chore(Chore::Ci) => commands::ci::run(),
    })
}
