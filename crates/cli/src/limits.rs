//! What the machine has, beside what an experiment will take.

use thalweg::lab::Job;
use thalweg::report::counted;

use crate::{Exit, note};

/// Bytes of memory: all that the machine has, and what is free now; `None` where no file tells.
fn machine() -> Option<(f64, f64)> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let read = |name: &str| -> Option<f64> {
        let line = info.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? * 1024.0)
    };
    let whole = read("MemTotal:")?.min(group().unwrap_or(f64::INFINITY));
    Some((whole, read("MemAvailable:")?.min(whole)))
}

/// The limit of the control group that the process is in, as of a container or a job of a cluster.
fn group() -> Option<f64> {
    std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok()?.trim().parse().ok()
}

/// About how many bytes so many of the largest jobs take at once.
pub fn memory(jobs: &[&Job], threads: usize) -> f64 {
    let mut all: Vec<f64> = jobs.iter().map(|job| job.memory).collect();
    all.sort_by(|a, b| b.total_cmp(a));
    // Not `sum`, whose nothing is −0.
    all.iter().take(threads).fold(0.0, |sum, bytes| sum + bytes)
}

/// Refuses what cannot fit, and warns of what will hardly.
pub fn check(jobs: &[&Job], threads: usize) -> Result<(), Exit> {
    let Some((whole, free)) = machine() else { return Ok(()) };
    let (one, all) = (memory(jobs, 1), memory(jobs, threads));
    if one > whole {
        return Err(Exit::usage(format!(
            "the largest run takes about {}, and this machine has {}",
            bytes(one),
            bytes(whole)
        )));
    }
    if all > free {
        let fit = (1..=threads).take_while(|n| memory(jobs, *n) <= free).last().unwrap_or(1);
        note(format_args!(
            "warning: {} at once take about {}, and {} are free\nhint: --threads {fit}",
            counted(threads, "run"),
            bytes(all),
            bytes(free)
        ));
    }
    Ok(())
}

/// `7.7 GB`
pub fn bytes(n: f64) -> String {
    match n {
        n if n >= 1e9 => format!("{:.1} GB", n / 1e9),
        n if n >= 1e6 => format!("{:.0} MB", n / 1e6),
        n => format!("{:.0} kB", (n / 1e3).ceil()),
    }
}

/// What the machine has, in words.
pub fn told() -> String {
    machine().map_or_else(String::new, |(whole, free)| {
        format!("; this machine has {}, of which {} are free", bytes(whole), bytes(free))
    })
}
