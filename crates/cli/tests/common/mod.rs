//! The built program in a folder of its own.

use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// What a call left.
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Calls the program in a folder.
pub fn run(folder: &TempDir, arguments: &[&str]) -> Done {
    start(folder, arguments).wait_with_output().unwrap().into()
}

/// The same, and does not wait.
pub fn start(folder: &TempDir, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thalweg"));
    command.args(arguments).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}
