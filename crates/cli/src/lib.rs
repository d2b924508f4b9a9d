//! Thalweg's command line, as a library: the program `thalweg` and the repository's `cargo xtask` have the
//! same commands.
//!
//! Results go to stdout, progress and messages to stderr. Nothing but help is coloured, and that only on a
//! terminal and without `NO_COLOR`.
//!
//! Exit codes: 0 done, 1 failed, 2 bad usage or bad file, 3 a claim is not supported (with
//! `--require-claims`), 130 stopped by Ctrl-C, 143 by SIGTERM.

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

mod builtin;
mod clock;
mod commands;
mod exit;
mod home;
mod limits;
mod looks;
mod names;
mod print;
mod progress;
mod provenance;
mod reference;
mod result_name;
mod stop;
mod stored;
mod voice;

use std::process::ExitCode;

use clap::Subcommand;

pub use clock::{ClockId, seconds_of, speed};
pub use exit::Exit;
pub use home::{Home, name_of, say_written, shown};
pub use print::{help_columns, note, say, say_prose};
pub use provenance::{provenance, version};

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment: compute what the store lacks, then write tables, verdicts, figures and report
    Experiment(commands::experiment::Arguments),
    /// Hold what theory predicts of optimizers against runs, one phenomenon after another
    Museum(commands::museum::Arguments),
    /// List the experiments
    List(commands::list::Arguments),
    /// Write an experiment file to begin with
    New(commands::new::Arguments),
    /// Explain a key of an experiment file, or list all keys
    Explain(commands::explain::Arguments),
    /// List what claims and figures of an experiment can be about
    Metrics(commands::metrics::Arguments),
    /// Print the JSON Schema of an experiment file, for editors
    Schema,
    /// Print the script with which a shell completes the commands
    Completions(commands::completions::Arguments),
    /// Write tables, verdicts, figures and report from the store alone, or a page on several results
    Report(commands::report::Arguments),
    /// List, compare or remove results
    Results(commands::results::Arguments),
    /// Show on a page of this machine how results get on while they are computed
    Watch(commands::watch::Arguments),
    /// Compute runs of one or more experiments, beside any number of other workers on the same store
    Worker(commands::worker::Arguments),
    /// Start workers as jobs of a cluster
    Submit(commands::submit::Arguments),
    /// Show how far the jobs of a result have come
    Status(commands::submit::Submitted),
    /// Take the jobs of a result out of the queue
    Cancel(commands::submit::Submitted),
    /// Compute stored runs again, and compare them with what is stored
    Verify(commands::verify::Arguments),
    /// Write the final weights of a run for other programs
    Weights(commands::weights::Arguments),
    /// Draw the figures of a result again: for a paper, slides or a screen, as SVG, PDF, PNG or Vega-Lite
    Figures(commands::figures::Arguments),
    /// Write the runs of a result for other programs: tables, JSON, NumPy, TensorBoard
    Export(commands::export::Arguments),
    /// Check, clean, pack and merge stores
    Store(commands::store::Arguments),
    /// Judge claims on a table of runs from any program
    Judge(commands::judge::Arguments),
}

/// Executes a command.
///
/// # Errors
/// Why it did not end well.
pub fn run(command: &Command, home: &Home) -> Result<(), Exit> {
    match command {
        Command::Experiment(arguments) => commands::experiment::run(arguments, home),
        Command::Museum(arguments) => commands::museum::run(arguments, home),
        Command::List(arguments) => commands::list::run(arguments, home),
        Command::New(arguments) => commands::new::run(arguments, home),
        Command::Explain(arguments) => commands::explain::run(arguments),
        Command::Metrics(arguments) => commands::metrics::run(arguments, home),
        Command::Schema => commands::schema::run(),
        Command::Completions(arguments) => commands::completions::run(arguments),
        Command::Report(arguments) => commands::report::run(arguments, home),
        Command::Results(arguments) => commands::results::run(arguments, home),
        Command::Watch(arguments) => commands::watch::run(arguments, home),
        Command::Worker(arguments) => commands::worker::run(arguments, home),
        Command::Submit(arguments) => commands::submit::run(arguments, home),
        Command::Status(arguments) => commands::submit::status(arguments, home),
        Command::Cancel(arguments) => commands::submit::cancel(arguments, home),
        Command::Verify(arguments) => commands::verify::run_command(arguments, home),
        Command::Weights(arguments) => commands::weights::run(arguments, home),
        Command::Figures(arguments) => commands::figures::run(arguments, home),
        Command::Export(arguments) => commands::export::run(arguments, home),
        Command::Store(arguments) => commands::store::run(arguments, home),
        Command::Judge(arguments) => commands::judge::run(arguments),
    }
}

/// The exit code of what was done; what went wrong is told on stderr.
pub fn conclude(done: Result<(), Exit>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            if !matches!(exit, Exit::Found) {
                note(&exit);
            }
            exit.code()
        }
    }
}
