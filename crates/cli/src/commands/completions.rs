//! `completions`

use clap::{Args, Subcommand};
use clap_complete::{Shell, generate};

use crate::{Command, Exit, say};

/// For which shell.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let name = "thalweg";
    let mut command = Command::augment_subcommands(clap::Command::new(name));
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, name, &mut script);
    Ok(say(String::from_utf8_lossy(&script).trim_end())?)
}
