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
mod deferred_error;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

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

/// A run on its way, as its claim and its checkpoint tell of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnItsWay {
    /// Who has claimed it, and whether they are alive; `None` if it was saved and given back.
    pub claim: Option<(Worker, bool)>,
    /// When it was saved last, since 1970.
    pub saved: Option<Duration>,
}

impl Store {
    /// The runs on their way, by their keys, those that are there left out. Writes nothing, and therefore
    /// takes the time from its caller: `now`, since 1970.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn on_their_way(&self, now: Duration) -> Result<BTreeMap<String, OnItsWay>, StoreError> {
        let folder = self.root().join(RUNNING);
        let entries = match fs::read_dir(&folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            entries => entries.map_err(StoreError::io("read", &folder))?,
        };
        let mut found: BTreeMap<String, OnItsWay> = BTreeMap::new();
        let us = Worker::here();
        for entry in entries {
            let path = entry.map_err(StoreError::io("read", &folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // Gone meanwhile, if it tells no time.
            let Some(written) = written(&path) else { continue };
            match name.split_once('.') {
                Some((key, "claim")) => {
                    let Ok(bytes) = fs::read(&path) else { continue };
                    // One that cannot be read is nobody's.
                    let Ok(holder) = serde_json::from_slice::<Worker>(&bytes) else { continue };
                    let silent = now.abs_diff(written).as_secs();
                    let is_alive = !holder.has_ended(&us) && silent <= STALE;
                    found.entry(key.to_owned()).or_default().claim = Some((holder, is_alive));
                }
                Some((key, "checkpoint")) => found.entry(key.to_owned()).or_default().saved = Some(written),
                _ => {}
            }
        }
        found.retain(|key, _| !self.is_indexed(key));
        Ok(found)
    }

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

/// When a file was written, since 1970.
fn written(path: &Path) -> Option<Duration> {
    let then = fs::metadata(path).and_then(|data| data.modified()).ok()?;
    then.duration_since(std::time::UNIX_EPOCH).ok()
}

/// Seconds since a file was written, at the time when another one was just written; `None` if it is gone.
fn age(path: &Path, now: &fs::Metadata) -> Option<u64> {
    let then = fs::metadata(path).and_then(|data| data.modified()).ok()?;
    // A claim from the future was written before a clock was set back: nobody has written it since.
    let age = now.modified().ok()?.duration_since(then).unwrap_or_else(|e| e.duration());
    Some(age.as_secs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_look_tells_who_is_alive_and_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        assert!(store.on_their_way(Duration::ZERO).unwrap().is_empty());
        store.prepare().unwrap();
        let running = folder.path().join(RUNNING);
        let claim = |key: &str, worker: &Worker| {
            fs::write(running.join(format!("{key}.claim")), serde_json::to_vec(worker).unwrap()).unwrap();
        };
        let us = Worker::here();
        let far = Worker { host: "far".into(), ..us.clone() };
        // No process has this number.
        let dead = Worker { pid: u32::MAX, started: String::new(), ..us.clone() };
        claim("a", &us);
        claim("b", &far);
        claim("c", &dead);
        fs::write(running.join("d.claim"), "").unwrap();
        store
            .save(&Checkpoint { key: "e".into(), numbers: json!({ "step": 3 }), arrays: Vec::new() })
            .unwrap();
        let record = crate::Record::empty(crate::key_of(&json!({})), json!({})).sealed();
        claim(&record.key, &us);
        store.keep(&[record]).unwrap();
        let names =
            || fs::read_dir(&running).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
        let before = names();
        let now = written(&running.join("e.checkpoint")).unwrap();
        let found = store.on_their_way(now).unwrap();
        let alive: Vec<_> =
            found.iter().map(|(key, own)| (key.as_str(), own.claim.as_ref().map(|own| own.1))).collect();
        assert_eq!(alive, [("a", Some(true)), ("b", Some(true)), ("c", Some(false)), ("e", None)]);
        assert_eq!(found["e"].saved, Some(now));
        // A minute of silence, or a clock that was set back.
        for later in [now + Duration::from_secs(STALE + 2), now - Duration::from_secs(STALE + 2)] {
            let found = store.on_their_way(later).unwrap();
            assert_eq!(found["b"].claim, Some((far.clone(), false)));
        }
        assert_eq!(names(), before);
    }
}
