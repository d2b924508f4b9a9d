//! What the machine has, beside what an experiment will take.

use std::path::Path;

use thalweg::lab::{Footprint, Job};
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
    let mut all: Vec<f64> = jobs.iter().map(|job| job.footprint.memory).collect();
    all.sort_by(|a, b| b.total_cmp(a));
    // Not `sum`, whose nothing is −0.
    all.iter().take(threads).fold(0.0, |sum, bytes| sum + bytes)
}

/// About how many bytes of the disk the runs take.
pub fn disk(jobs: &[&Job]) -> f64 {
    jobs.iter().fold(0.0, |sum, job| sum + job.footprint.disk)
}

/// Bytes that are free where a folder is, or is going to be; `None` where the system does not tell.
fn free_disk(folder: &Path) -> Option<f64> {
    let existing = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let found = rustix::fs::statvfs(existing).ok()?;
    Some(found.f_bavail as f64 * found.f_frsize as f64)
}

/// Refuses what cannot fit, and warns of what will hardly: the planned runs, of which some are missing in a
/// store at `root`.
pub fn check(planned: usize, missing: &[&Job], threads: usize, root: &Path) -> Result<(), Exit> {
    if let Some(free) = free_disk(root).filter(|free| disk(missing) > *free) {
        note(format_args!(
            "warning: {} take about {} of the disk, and {} are free there",
            counted(missing.len(), "run"),
            bytes(disk(missing)),
            bytes(free)
        ));
    }
    match machine() {
        Some(memory) => check_memory(planned, missing, threads, memory),
        None => Ok(()),
    }
}

fn check_memory(
    planned: usize,
    jobs: &[&Job],
    threads: usize,
    (whole, free): (f64, f64),
) -> Result<(), Exit> {
    let together = planned as f64 * Footprint::PLANNED;
    if together > whole {
        return Err(Exit::usage(format!(
            "the report on {} takes about {} of memory, and this machine has {}\n\
             hint: --shard k/n computes a part; fewer points, or fewer replicates, can be reported on",
            counted(planned, "run"),
            bytes(together),
            bytes(whole)
        )));
    }
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

/// What is free on the disk, in words.
pub fn told_of_disk(folder: &Path) -> String {
    free_disk(folder).map_or_else(String::new, |free| format!("; {} are free", bytes(free)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_does_not_fit_is_refused_before_anything_is_computed() {
        let of = |planned: usize| check_memory(planned, &[], 2, (8e9, 8e9));
        assert!(of(600_000).is_ok());
        let Err(refused) = of(1_000_000) else { panic!("12 GB on a machine of 8") };
        assert!(refused.to_string().contains("the report on 1000000 runs takes about 12.0 GB"), "{refused}");
    }

    #[test]
    fn the_disk_of_a_folder_that_is_yet_to_be_made_is_that_of_the_one_around_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_disk(&folder.path().join("a/b")).is_some_and(|free| free >= 0.0));
    }
}
