//! Thalweg's command line: `cargo xtask <command>`.
//!
//! Results go to stdout, progress and messages to stderr.
//!
//! Exit codes: 0 done, 1 failed, 2 bad usage or bad file, 3 a claim is not supported (with `--require-claims`),
//! 130 stopped by Ctrl-C.

mod commands;
mod exit;
mod names;
mod print;
mod progress;
mod provenance;
mod table;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A laboratory for one question: which solution does an optimizer choose, and why?
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an experiment: compute what the store lacks, then write tables, verdicts, figures and report
    Experiment(commands::experiment::Arguments),
    /// List the experiments
    List,
    /// Write tables, verdicts, figures and report from the store alone
    Report(commands::report::Arguments),
    /// Judge claims on anybody's table of runs
    Judge(commands::judge::Arguments),
    /// Measure the time of a step beside the limits of this machine, or beside other tools
    Bench(commands::bench::Arguments),
    /// Compare every estimate of a spectrum with the exact one
    Grade(commands::grade::Arguments),
    /// Count the wrong and the right verdicts in made-up studies whose truth is known
    Calibrate(commands::calibrate::Arguments),
    /// Everything that must pass: format, lints, docs, tests, a quick experiment, and the instructions of a step
    Ci,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Experiment(arguments) => commands::experiment::run(&arguments),
        Command::List => commands::list::run(),
        Command::Report(arguments) => commands::report::run(&arguments),
        Command::Judge(arguments) => commands::judge::run(&arguments),
        Command::Bench(arguments) => commands::bench::run(&arguments),
        Command::Grade(arguments) => commands::grade::run(&arguments),
        Command::Calibrate(arguments) => commands::calibrate::run(&arguments),
        Command::Ci => commands::ci::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            print::note(&exit);
            exit.code()
        }
    }
}
