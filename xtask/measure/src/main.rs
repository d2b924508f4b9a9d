//! What measures the laboratory itself: its times, and its answers beside known ones.
//!
//! A program of its own, since it compiles the numerics of all other crates once more: `cargo xtask bench`
//! and its like build it when they are called, and nobody else waits for it.

#![expect(clippy::disallowed_methods, reason = "no record holds what chores compute")]

mod bench;
mod calibrate;
mod estimates;
mod grade;
mod hashes;
mod table;

use std::process::ExitCode;

use clap::Parser;
use thalweg_cli::{conclude, help_columns};

/// What measures the laboratory itself
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", term_width = help_columns())]
enum Command {
    /// Measure the time of a step beside the limits of this machine, or beside other tools
    Bench(bench::Arguments),
    /// Compare every estimate of a spectrum with the exact one
    Grade(grade::Arguments),
    /// Count the wrong and the right verdicts in made-up studies whose truth is known
    Calibrate(calibrate::Arguments),
    /// Compute one experiment in many ways, and compare the hashes of what came out
    Hashes(hashes::Arguments),
    /// Compare the CPU time and the room that experiments were said to take with what they took
    Estimates(estimates::Arguments),
}

fn main() -> ExitCode {
    conclude(match Command::parse() {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Grade(arguments) => grade::run(&arguments),
        Command::Calibrate(arguments) => calibrate::run(&arguments),
        Command::Hashes(arguments) => hashes::run(&arguments),
        Command::Estimates(arguments) => estimates::run(&arguments),
    })
}
