//! The program `thalweg`.

use std::process::ExitCode;

use clap::Parser;
use thalweg_cli::{Command, Home, conclude, run};

/// A laboratory for one question: which solution does an optimizer choose, and why?
#[derive(Debug, Parser)]
#[command(name = "thalweg", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    conclude(run(&Arguments::parse().command, &Home::here()))
}
