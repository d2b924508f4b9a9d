//! Which code computes, and on which machine.

use thalweg::records::{Provenance, Worker};

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

/// This process, as others on the same store see it.
pub fn this_worker() -> Worker {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    Worker { host: host.unwrap_or_default().trim().to_owned(), pid: std::process::id() }
}

/// The processor's name, where the system tells it in a file.
fn processor() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}
