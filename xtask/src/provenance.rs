//! Which code computes, and on which machine.

use std::process::Command;

use thalweg_records::Provenance;

use crate::workspace::root;

/// For the records of this process.
pub fn provenance() -> Provenance {
    let machine = [std::env::consts::OS, std::env::consts::ARCH].map(str::to_owned);
    Provenance {
        code: words([Some(concat!("thalweg ", env!("CARGO_PKG_VERSION")).to_owned()), commit()]),
        machine: words(machine.into_iter().map(Some).chain([processor()])),
    }
}

/// The commit, marked if files were changed since; `None` outside a git checkout.
fn commit() -> Option<String> {
    let git = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&git.stdout).trim().to_owned())
}

/// The processor's name, where the system tells it in a file.
fn processor() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

fn words(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<String>>().join(" ")
}
