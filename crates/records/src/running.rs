//! Work in progress: which process computes which run, and how far it has come.
//!
//! ```text
//! <root>/running/<key>.claim       who computes the run; written anew every few seconds
//! <root>/running/<key>.checkpoint  the run as it was last saved, a ZIP file
//! ```
//! A claim is a file that only one process can create. It is what keeps two processes from the same work, and
//! not what keeps the results right: if one is taken over by mistake, the run is computed twice, to the same
//! record. What this relies on is that giving a file a name that must be free is one step, as it is on local
//! disks and on NFS since version 3, and that the file system tells when a file was written. No file is
//! locked, and no two clocks are compared.
//!
//! A claim is free for others when it was not renewed for [`STALE`] seconds; at once when it says that a
//! process of this machine has it which no longer runs; and at once when it is empty or cannot be read. That
//! is safe because a claim gets its name when it is whole, and is renewed with the bytes that it has: so
//! there is none that somebody is just writing, and such a one is what a power cut has left.

mod checkpoint;
mod claim;
mod steadfast;

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::checkpoint::Checkpoint;
pub use self::claim::Claim;
pub(crate) use self::claim::Claims;
use crate::disk::{is_dead, machine, started};
use crate::{Store, StoreError};

/// Seconds without a sign of life after which a claim may be taken over.
pub const STALE: u64 = 60;

/// The folder of what is being computed.
pub(crate) const RUNNING: &str = "running";

/// A process that computes runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The machine.
    pub host: String,
    /// The process on that machine.
    pub pid: u32,
    /// When the machine and the process were started, since another one may get its number; empty where that
    /// is not told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub started: String,
}

impl Worker {
    /// This process.
    pub fn here() -> Self {
        let pid = std::process::id();
        Self { host: machine(), pid, started: started(pid).unwrap_or_default() }
    }

    /// Whether it is known to have ended, as `us` can tell, another process: of one on another machine, or
    /// from before this machine was started anew, only its silence tells.
    fn has_ended(&self, us: &Self) -> bool {
        if self.host != us.host {
            return false;
        }
        let start = |started: &str| started.split_once('-').map(|(machine, _)| machine.to_owned());
        match start(&self.started) {
            // From before this was told.
            None => is_dead(self.pid),
            ours => {
                start(&us.started) == ours
                    && (is_dead(self.pid) || started(self.pid).is_some_and(|now| now != self.started))
            }
        }
    }
}

impl Store {
    /// Whether a process that is alive computes something.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn is_busy(&self) -> Result<bool, StoreError> {
        let folder = self.root().join(RUNNING);
        let busy = || -> io::Result<bool> {
            if !folder.is_dir() {
                return Ok(false);
            }
            let now = tempfile::NamedTempFile::new_in(&folder)?.as_file().metadata()?;
            let mut claims = fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path()));
            let us = Worker::here();
            let is_claim = |path: &Path| path.extension().is_some_and(|ending| ending == "claim");
            Ok(claims.any(|path| is_claim(&path) && !is_free(&path, &now, &us)))
        };
        busy().map_err(StoreError::io("read", &folder))
    }

    /// Removes claims of processes that have died, and what is left of runs that are there. Returns how many
    /// files.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn remove_stale(&self) -> Result<usize, StoreError> {
        self.clear_running(&|path, ending, now| match ending {
            "claim" => is_free(path, now, &Worker::here()),
            ending => ending.starts_with("stale"),
        })
    }

    /// Removes claims on runs that are there, and their checkpoints, as processes leave them that die between
    /// keeping a run and giving it back. Returns how many files.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn remove_finished(&self) -> Result<usize, StoreError> {
        self.clear_running(&|_, _, _| false)
    }

    /// Removes files of runs that are there, and others by their path, their ending and a file that was just
    /// written.
    fn clear_running(
        &self,
        is_stale: &dyn Fn(&Path, &str, &fs::Metadata) -> bool,
    ) -> Result<usize, StoreError> {
        let folder = self.root().join(RUNNING);
        let clear = || -> io::Result<usize> {
            let mut removed = 0;
            if !folder.is_dir() {
                return Ok(0);
            }
            let now = tempfile::NamedTempFile::new_in(&folder)?.as_file().metadata()?;
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let Some((key, ending)) = name.split_once('.').filter(|(key, _)| !key.is_empty()) else {
                    continue;
                };
                let is_left = matches!(ending, "claim" | "checkpoint") && self.contains(key);
                let goes = is_left || is_stale(&path, ending, &now);
                removed += usize::from(goes && fs::remove_file(&path).is_ok());
            }
            Ok(removed)
        };
        clear().map_err(StoreError::io("clean", &folder))
    }
}

/// Whether others may take a claim over: see the [module](self). `now` is that of a file just written.
fn is_free(path: &Path, now: &fs::Metadata, us: &Worker) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    match serde_json::from_slice::<Worker>(&bytes) {
        Ok(holder) => holder.has_ended(us) || age(path, now).is_some_and(|age| age > STALE),
        Err(_) => true,
    }
}

/// Seconds since a file was written, at the time when another one was just written; `None` if it is gone.
fn age(path: &Path, now: &fs::Metadata) -> Option<u64> {
    let then = fs::metadata(path).and_then(|data| data.modified()).ok()?;
    // A claim from the future was written before a clock was set back: nobody has written it since.
    let age = now.modified().ok()?.duration_since(then).unwrap_or_else(|e| e.duration());
    Some(age.as_secs())
}
