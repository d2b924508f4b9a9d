//! The program `thalweg`.

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::Parser;
use thalweg_cli::{Command, Home, conclude, help_columns, run, version};

static VERSION: LazyLock<String> = LazyLock::new(|| version(Home::here().commit.as_deref()));

/// A laboratory for one question: which solution does an optimizer choose, and why?
#[derive(Debug, Parser)]
#[command(name = "thalweg", version = VERSION.as_str(), term_width = help_columns())]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    conclude(run(&Arguments::parse().command, &Home::here()))
}
