//! The repository's commands: `cargo xtask <command>`.
//!
//! All commands of the program `thalweg`, and the chores of those who work on it.

mod ci;
mod docs;
mod measure;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};
use thalweg_cli::{conclude, help_columns, version};
use xtask::workspace::{commit, home};

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
    #[command(disable_help_flag = true)]
    Bench(measure::Arguments),
    /// Compare every estimate of a spectrum with the exact one
    #[command(disable_help_flag = true)]
    Grade(measure::Arguments),
    /// Count the wrong and the right verdicts in made-up studies whose truth is known
    #[command(disable_help_flag = true)]
    Calibrate(measure::Arguments),
    /// Compute one experiment in many ways, and compare the hashes of what came out
    #[command(disable_help_flag = true)]
    Hashes(measure::Arguments),
    /// Compare the CPU time and the room that experiments were said to take with what they took
    #[command(disable_help_flag = true)]
    Estimates(measure::Arguments),
    /// Write what is made: numbers in the pages from docs/records, and from the types that read an experiment
    /// file its schema and docs/reference.md
    Docs,
    /// Everything that must pass: format, lints, docs, tests, a quick experiment, and the instructions of a
    /// step
    Ci,
}

fn main() -> ExitCode {
    conclude(match Arguments::parse().command {
        Command::Product(command) => thalweg_cli::run(&command, &home()),
        Command::Chore(Chore::Bench(arguments)) => return measure::run("bench", &arguments),
        Command::Chore(Chore::Grade(arguments)) => return measure::run("grade", &arguments),
        Command::Chore(Chore::Calibrate(arguments)) => return measure::run("calibrate", &arguments),
        Command::Chore(Chore::Hashes(arguments)) => return measure::run("hashes", &arguments),
        Command::Chore(Chore::Estimates(arguments)) => return measure::run("estimates", &arguments),
        Command::Chore(Chore::Docs) => docs::run(),
        Command::Chore(Chore::Ci) => ci::run(),
    })
}
