//! Work in progress: which process computes which run, and how far it has come.
//!
//! ```text
//! <root>/running/<key>.claim       who computes the run; written anew every few seconds
//! <root>/running/<key>.checkpoint  the run as it was last saved, a ZIP file
//! ```
//! A claim is a file that only one process can create. It is what keeps two processes from the same work, and
//! not what keeps the results right: if one is taken over by mistake, the run is computed twice, to the same
//! record. What this relies on is that creating a file that must not exist yet is one step, as it is on local
//! disks and on NFS since version 3, and that the file system tells when a file was written. No file is
//! locked, and no two clocks are compared.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zip::ZipArchive;

use crate::disk::{is_dead, machine, write_atomically};
use crate::pack::zipped;
use crate::{REVISION, Store, StoreError, Tensor, read_tensors, write_tensors};

/// Seconds without a sign of life after which a claim may be taken over.
pub const STALE: u64 = 60;

/// The folder of what is being computed.
pub(crate) const RUNNING: &str = "running";

const NUMBERS: &str = "numbers.json";
const TENSORS: &str = "tensors.safetensors";

/// A process that computes runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The machine.
    pub host: String,
    /// The process on that machine.
    pub pid: u32,
}

impl Worker {
    /// This process.
    pub fn here() -> Self {
        Self { host: machine(), pid: std::process::id() }
    }
}

/// What came of the wish to compute a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is ours.
    Mine,
    /// Another process computes it.
    Taken(Worker),
}

/// A run on its way: all that its further course depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Names the run.
    pub key: String,
    /// Everything but long arrays, as JSON.
    pub numbers: Value,
    /// Long arrays.
    pub tensors: Vec<Tensor>,
}

/// What a checkpoint says besides its arrays.
#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    revision: u32,
    numbers: Value,
}

/// The claims of this process.
#[derive(Debug)]
pub(crate) struct Claims {
    folder: PathBuf,
    worker: Worker,
    held: Mutex<BTreeSet<String>>,
}

impl Store {
    /// The same store for a process that claims the runs that it computes.
    #[must_use]
    pub fn for_worker(mut self, worker: Worker) -> Self {
        let folder = self.root().join(RUNNING);
        self.claims = Some(Arc::new(Claims { folder, worker, held: Mutex::default() }));
        self
    }

    /// Claims a run, unless a process that is alive has done so. Without a worker there is nobody to dispute
    /// it.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn claim(&self, key: &str) -> Result<Claim, StoreError> {
        let Some(claims) = &self.claims else { return Ok(Claim::Mine) };
        let path = claims.path(key);
        claims.take(key).map_err(StoreError::io("write", &path))
    }

    /// Whether somebody computes a run, or has died while they did.
    pub fn is_claimed(&self, key: &str) -> bool {
        self.root().join(RUNNING).join(format!("{key}.claim")).exists()
    }

    /// Gives a claim back, and forgets how far the run had come if it is finished.
    pub fn release(&self, key: &str, is_finished: bool) {
        if is_finished {
            // If this fails a file is left that `store gc` removes.
            let _ = fs::remove_file(self.checkpoint_path(key));
        }
        if let Some(claims) = &self.claims
            && claims.held().remove(key)
        {
            let _ = fs::remove_file(claims.path(key));
        }
    }

    /// Shows that the process is alive, to be called every few seconds.
    pub fn beat(&self) {
        if let Some(claims) = &self.claims {
            let held = claims.held().clone();
            held.iter().for_each(|key| claims.beat(key));
        }
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
            let is_fresh = |path: &Path| age(path, &now).is_some_and(|age| age <= STALE);
            Ok(claims.any(|path| path.extension().is_some_and(|ending| ending == "claim") && is_fresh(&path)))
        };
        busy().map_err(StoreError::io("read", &folder))
    }

    /// Saves a run on its way, in place of what was saved before.
    ///
    /// # Errors
    /// If the disk refuses; then what was saved before is still there.
    pub fn save(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let path = self.checkpoint_path(&checkpoint.key);
        let head =
            Head { key: checkpoint.key.clone(), revision: REVISION, numbers: checkpoint.numbers.clone() };
        let numbers = serde_json::to_vec(&head).expect("a checkpoint is plain data");
        let members =
            [(NUMBERS.to_owned(), numbers), (TENSORS.to_owned(), write_tensors(&checkpoint.tensors))];
        let written = zipped(&members).and_then(|bytes| write_atomically(&path, &bytes));
        written.map_err(StoreError::io("write", &path))
    }

    /// The run as it was saved last; `None` if it was not, or what is there cannot be read: then it begins
    /// anew.
    pub fn saved(&self, key: &str) -> Option<Checkpoint> {
        let mut archive = ZipArchive::new(Cursor::new(fs::read(self.checkpoint_path(key)).ok()?)).ok()?;
        let mut member = |name: &str| -> Option<Vec<u8>> {
            let mut bytes = Vec::new();
            // To the end, where the sum of the bytes is checked.
            archive.by_name(name).ok()?.read_to_end(&mut bytes).ok()?;
            Some(bytes)
        };
        let head: Head = serde_json::from_slice(&member(NUMBERS)?).ok()?;
        if head.key != key || head.revision != REVISION {
            return None;
        }
        let tensors = read_tensors(&member(TENSORS)?).ok()?;
        Some(Checkpoint { key: head.key, numbers: head.numbers, tensors })
    }

    /// Removes claims of processes that have died, and checkpoints of runs that are there. Returns how many
    /// files.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn remove_stale(&self) -> Result<usize, StoreError> {
        let folder = self.root().join(RUNNING);
        let clean = || -> io::Result<usize> {
            let mut removed = 0;
            if !folder.is_dir() {
                return Ok(0);
            }
            let now = tempfile::NamedTempFile::new_in(&folder)?.as_file().metadata()?;
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let is_stale = match name.split_once('.') {
                    Some((_, "claim")) => age(&path, &now).is_some_and(|age| age > STALE),
                    Some((key, "checkpoint")) => self.contains(key),
                    Some((_, ending)) => ending.starts_with("stale"),
                    None => false,
                };
                removed += usize::from(is_stale && fs::remove_file(&path).is_ok());
            }
            Ok(removed)
        };
        clean().map_err(StoreError::io("clean", &folder))
    }

    fn checkpoint_path(&self, key: &str) -> PathBuf {
        self.root().join(RUNNING).join(format!("{key}.checkpoint"))
    }
}

impl Claims {
    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.claim"))
    }

    fn take(&self, key: &str) -> io::Result<Claim> {
        let path = self.path(key);
        // Twice, as a stale claim is in the way the first time.
        for _ in 0..2 {
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    if let Err(e) = file.write_all(&self.text()) {
                        // An empty claim would be in everybody's way.
                        let _ = fs::remove_file(&path);
                        return Err(e);
                    }
                    self.held().insert(key.to_owned());
                    return Ok(Claim::Mine);
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
            let Some(holder) = self.holder(&path)? else { continue };
            if holder == self.worker {
                self.held().insert(key.to_owned());
                return Ok(Claim::Mine);
            }
            if !self.is_stale(&path, &holder)? {
                return Ok(Claim::Taken(holder));
            }
            // Only one of those who see this can rename it.
            let away = self.folder.join(format!("{key}.stale-{}-{}", self.worker.host, self.worker.pid));
            if fs::rename(&path, &away).is_ok() {
                let _ = fs::remove_file(&away);
            }
        }
        Ok(self.holder(&path)?.map_or(Claim::Mine, Claim::Taken))
    }

    /// Who has a claim; `None` if it is gone.
    fn holder(&self, path: &Path) -> io::Result<Option<Worker>> {
        match fs::read(path) {
            // One that is being written, or was cut short, is somebody's until it is stale.
            Ok(bytes) => {
                Ok(Some(serde_json::from_slice(&bytes).unwrap_or(Worker { host: String::new(), pid: 0 })))
            }
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn is_stale(&self, path: &Path, holder: &Worker) -> io::Result<bool> {
        if holder.host == self.worker.host && is_dead(holder.pid) {
            return Ok(true);
        }
        // The time as the file system tells it, which is also where the age of the claim comes from.
        let probe = tempfile::NamedTempFile::new_in(&self.folder)?;
        let now = probe.as_file().metadata()?;
        Ok(age(path, &now).is_some_and(|age| age > STALE))
    }

    fn beat(&self, key: &str) {
        let path = self.path(key);
        // Not one that another process has taken over.
        if matches!(self.holder(&path), Ok(Some(holder)) if holder == self.worker)
            && let Ok(mut file) = OpenOptions::new().write(true).open(&path)
        {
            let _ = file.write_all(&self.text());
        }
    }

    fn text(&self) -> Vec<u8> {
        serde_json::to_vec(&self.worker).expect("a worker is plain data")
    }

    fn held(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::Dtype;

    fn worker(pid: u32) -> Worker {
        Worker { host: "here".into(), pid }
    }

    #[test]
    fn one_process_computes_a_run_and_a_dead_one_loses_it() {
        let folder = tempfile::tempdir().unwrap();
        let plain = Store::new(folder.path());
        plain.prepare().unwrap();
        let us = std::process::id();
        let (first, second) = (plain.clone().for_worker(worker(us)), plain.clone().for_worker(worker(1)));
        assert_eq!((first.claim("a").unwrap(), first.claim("a").unwrap()), (Claim::Mine, Claim::Mine));
        assert_eq!(second.claim("a").unwrap(), Claim::Taken(worker(us)));
        first.beat();
        first.release("a", false);
        assert_eq!((second.claim("a").unwrap(), second.claim("b").unwrap()), (Claim::Mine, Claim::Mine));
        assert_eq!(first.claim("a").unwrap(), Claim::Taken(worker(1)));
        // No process has this number.
        let dead = plain.clone().for_worker(worker(u32::MAX));
        assert_eq!(dead.claim("c").unwrap(), Claim::Mine);
        assert_eq!(first.claim("c").unwrap(), Claim::Mine);
        // On another machine only the silence tells.
        let far = plain.clone().for_worker(Worker { host: "far".into(), pid: u32::MAX });
        assert_eq!(far.claim("d").unwrap(), Claim::Mine);
        assert!(matches!(first.claim("d").unwrap(), Claim::Taken(_)));
        assert!(plain.is_busy().unwrap());
        let path = folder.path().join(RUNNING).join("d.claim");
        let long = Duration::from_secs(STALE + 5);
        // Written long ago, or before a clock was set back.
        for is_past in [true, false] {
            let file = fs::File::options().write(true).open(&path).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_modified(if is_past { now - long } else { now + long }).unwrap();
            assert_eq!(first.claim("d").unwrap(), Claim::Mine);
            first.release("d", false);
            assert_eq!(far.claim("d").unwrap(), Claim::Mine);
        }
    }

    #[test]
    fn a_checkpoint_comes_back_or_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let data = vec![0.1, -0.0, f64::INFINITY];
        let tensors = vec![Tensor { name: "params".into(), shape: vec![3], data, dtype: Dtype::F64 }];
        let checkpoint = Checkpoint { key: "a".into(), numbers: json!({ "step": 7 }), tensors };
        assert_eq!(store.saved("a"), None);
        store.save(&checkpoint).unwrap();
        assert_eq!(store.saved("a").as_ref(), Some(&checkpoint));
        let path = store.checkpoint_path("a");
        fs::copy(&path, store.checkpoint_path("b")).unwrap();
        assert_eq!(store.saved("b"), None, "that of another run");
        let mut bytes = fs::read(&path).unwrap();
        let place = bytes.windows(4).position(|part| part == b"step").unwrap();
        bytes[place] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(store.saved("a"), None, "a changed byte");
        store.save(&checkpoint).unwrap();
        store.release("a", true);
        assert_eq!(store.saved("a"), None, "the run is finished");
    }
}
