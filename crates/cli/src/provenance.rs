//! Which code computes, and on which machine.

use thalweg::records::Provenance;

/// The product's version, with the commit of its code if that is known: `0.1.0 (1a2b3c4d5e6f)`.
pub fn version(commit: Option<&str>) -> String {
    let commit = commit.map_or_else(String::new, |commit| format!(" ({commit})"));
    format!("{}{commit}", env!("CARGO_PKG_VERSION"))
}

/// For the records of this process, computed by the code of this commit.
pub fn provenance(commit: Option<&str>) -> Provenance {
    let version = concat!("thalweg ", env!("CARGO_PKG_VERSION"));
    let machine =
        [Some(std::env::consts::OS.to_owned()), Some(std::env::consts::ARCH.to_owned()), processor()];
    Provenance {
        code: [Some(version), commit].into_iter().flatten().collect::<Vec<_>>().join(" "),
        machine: machine.into_iter().flatten().collect::<Vec<_>>().join(" "),
    }
}

/// The processor's name, where the system tells it in a file.
fn processor() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}
