//! Claims: which process computes a run.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use super::{RUNNING, Worker, is_free};
use crate::disk::{put_beside, put_new};
use crate::{Store, StoreError};

/// What came of the wish to compute a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is ours.
    Mine,
    /// Another process computes it.
    Taken(Worker),
}

/// The claims of this process.
#[derive(Debug)]
pub(crate) struct Claims {
    folder: PathBuf,
    worker: Worker,
    held: Mutex<BTreeSet<String>>,
    /// What the claims are names of, once there is one.
    file: Mutex<Option<NamedTempFile>>,
}

impl Store {
    /// The same store for a process that claims the runs that it computes.
    #[must_use]
    pub fn for_worker(mut self, worker: Worker) -> Self {
        let folder = self.root().join(RUNNING);
        self.claims =
            Some(Arc::new(Claims { folder, worker, held: Mutex::default(), file: Mutex::default() }));
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
            && claims.has(key)
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
}

impl Claims {
    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.claim"))
    }

    fn take(&self, key: &str) -> io::Result<Claim> {
        let path = self.path(key);
        // Twice, as a claim that is free for others is in the way the first time.
        for _ in 0..2 {
            match self.put(&path) {
                Ok(()) => {
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
            // The time as the file system tells it, which is also where the age of the claim comes from.
            let now = NamedTempFile::new_in(&self.folder)?.as_file().metadata()?;
            if !is_free(&path, &now, &self.worker) {
                return Ok(Claim::Taken(holder));
            }
            // Only one of those who see this can rename it.
            let away = self.folder.join(format!("{key}.stale-{}-{}", self.worker.host, self.worker.pid));
            if fs::rename(&path, &away).is_ok() {
                // Another process may have taken it over meanwhile, and what was renamed is its claim.
                if self.holder(&away)?.is_some_and(|now| now != holder) {
                    let _ = fs::hard_link(&away, &path);
                }
                let _ = fs::remove_file(&away);
            }
        }
        Ok(self.holder(&path)?.map_or(Claim::Mine, Claim::Taken))
    }

    /// Gives the claim its name, which must be free. All claims are further names of one file where the file
    /// system knows that: thousands of files that live for a moment are slow to make on some, and one renewal
    /// is that of all.
    fn put(&self, path: &Path) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(put_beside(path, |_| Ok(()))?),
        };
        // A claim is as old as the file.
        file.rewind()?;
        file.write_all(&self.text())?;
        match fs::hard_link(file.path(), path) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => put_new(path, &self.text()),
            put => put,
        }
    }

    /// Who has a claim, nobody in particular if it does not tell; `None` if it is gone.
    fn holder(&self, path: &Path) -> io::Result<Option<Worker>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or_default())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Whether a claim is ours still: another process may have taken it over while this one was stopped.
    pub(super) fn has(&self, key: &str) -> bool {
        matches!(self.holder(&self.path(key)), Ok(Some(holder)) if holder == self.worker)
    }

    /// Whether a claim is ours, after it was made anew if nobody has it: whoever had taken it over has given
    /// it back.
    pub(super) fn renews(&self, key: &str) -> bool {
        self.has(key) || self.put(&self.path(key)).is_ok()
    }

    fn beat(&self, key: &str) {
        let Ok(mut file) = OpenOptions::new().read(true).write(true).open(self.path(key)) else { return };
        let (mut bytes, text) = (Vec::new(), self.text());
        // What is read and what is written are one file, whatever the name stands for by then: one that
        // another process has put there says so.
        if file.read_to_end(&mut bytes).is_ok() && bytes == text && file.rewind().is_ok() {
            let _ = file.write_all(&text);
        }
    }

    fn text(&self) -> Vec<u8> {
        serde_json::to_vec(&self.worker).expect("a worker is plain data")
    }

    fn held(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::STALE;
    use super::*;

    fn worker(pid: u32) -> Worker {
        Worker { host: "here".into(), pid, started: String::new() }
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
        let far = plain.clone().for_worker(Worker { host: "far".into(), ..worker(u32::MAX) });
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
    fn a_new_claim_renews_those_that_the_worker_has() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.prepare().unwrap();
        let far = store.clone().for_worker(Worker { host: "far".into(), ..worker(1) });
        let us = store.for_worker(worker(std::process::id()));
        assert_eq!(far.claim("a").unwrap(), Claim::Mine);
        let path = |key: &str| folder.path().join(RUNNING).join(format!("{key}.claim"));
        let file = fs::File::options().write(true).open(path("a")).unwrap();
        let long_ago = file.metadata().unwrap().modified().unwrap() - Duration::from_secs(STALE + 5);
        file.set_modified(long_ago).unwrap();
        assert_eq!(far.claim("b").unwrap(), Claim::Mine);
        assert!(matches!(us.claim("a").unwrap(), Claim::Taken(_)));
        far.release("b", false);
        assert!(path("a").exists() && !path("b").exists());
        drop((far, us));
        let left = fs::read_dir(folder.path().join(RUNNING)).unwrap().count();
        assert_eq!(left, 1, "a claim outlives its worker, but nothing else");
    }

    #[test]
    fn whoever_has_lost_a_claim_takes_nothing_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.prepare().unwrap();
        let slow = store.clone().for_worker(Worker { host: "far".into(), ..worker(1) });
        let us = store.for_worker(worker(std::process::id()));
        let saved = |step: u64| {
            let numbers = serde_json::json!({ "step": step });
            crate::Checkpoint { key: "a".into(), numbers, arrays: Vec::new() }
        };
        assert_eq!(slow.claim("a").unwrap(), Claim::Mine);
        slow.save(&saved(1)).unwrap();
        let path = folder.path().join(RUNNING).join("a.claim");
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(STALE + 5))
            .unwrap();
        assert_eq!(us.claim("a").unwrap(), Claim::Mine);
        us.save(&saved(9)).unwrap();
        slow.save(&saved(2)).unwrap();
        slow.beat();
        slow.release("a", false);
        assert_eq!(us.saved("a"), Some(saved(9)));
        assert_eq!(slow.claim("a").unwrap(), Claim::Taken(worker(std::process::id())));
        // The other one has stopped, and the run is not finished.
        us.release("a", false);
        slow.save(&saved(10)).unwrap();
        assert_eq!(us.saved("a"), Some(saved(10)));
        assert!(matches!(us.claim("a").unwrap(), Claim::Taken(_)), "it is claimed again");
    }

    /// Whether a claim counts as that of somebody who computes.
    fn is_busy(claim: &[u8]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.prepare().unwrap();
        let path = folder.path().join(RUNNING).join("a.claim");
        fs::write(&path, claim).unwrap();
        let is_busy = store.is_busy().unwrap();
        assert_eq!(store.remove_stale().unwrap(), usize::from(!is_busy));
        assert_eq!(path.exists(), is_busy);
        is_busy
    }

    #[test]
    fn a_claim_of_a_process_that_was_killed_here_is_free_at_once() {
        let text = |worker: &Worker| serde_json::to_vec(worker).unwrap();
        let us = Worker::here();
        assert!(is_busy(&text(&us)));
        let (machine, ticks) = us.started.split_once('-').unwrap();
        // Its number is that of another process now.
        let later = Worker { started: format!("{machine}-{ticks}0"), ..us.clone() };
        assert!(!is_busy(&text(&later)));
        // From before this was told, of another machine, and from before this one was started anew.
        assert!(is_busy(&text(&Worker { started: String::new(), ..us.clone() })));
        assert!(!is_busy(&text(&Worker { started: String::new(), pid: u32::MAX, ..us.clone() })));
        assert!(is_busy(&text(&Worker { host: "far".into(), ..later.clone() })));
        assert!(is_busy(&text(&Worker { started: format!("other-{ticks}0"), ..us.clone() })));
        // Killed, while nobody has asked yet how it ended.
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let claim = Worker { pid: child.id(), started: crate::disk::started(child.id()).unwrap(), ..us };
        assert!(is_busy(&text(&claim)));
        child.kill().unwrap();
        while !crate::disk::is_dead(child.id()) {
            std::thread::yield_now();
        }
        assert!(!is_busy(&text(&claim)));
        child.wait().unwrap();
        assert!(!is_busy(&text(&claim)));
        // What a power cut leaves is nobody's.
        assert!(!is_busy(b"") && !is_busy(&text(&claim)[..9]));
    }

    #[test]
    fn an_empty_claim_is_taken_over_at_once_and_none_is_ever_seen_empty() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.prepare().unwrap();
        let path = folder.path().join(RUNNING).join("a.claim");
        fs::write(&path, b"").unwrap();
        let first = store.clone().for_worker(worker(std::process::id()));
        assert_eq!(first.claim("a").unwrap(), Claim::Mine);
        // Taken, renewed and given back, over and over, while somebody reads.
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..500 {
                    assert_eq!(first.claim("a").unwrap(), Claim::Mine);
                    first.beat();
                    first.release("a", false);
                }
                is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            });
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                if let Ok(bytes) = fs::read(&path) {
                    assert!(serde_json::from_slice::<Worker>(&bytes).is_ok(), "{bytes:?}");
                }
            }
        });
    }

    #[test]
    fn what_is_left_of_a_finished_run_goes_whosever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.prepare().unwrap();
        let spec = serde_json::json!({});
        let record = crate::Record::empty(crate::key_of(&spec), spec).sealed();
        let is_there = |name: &str| folder.path().join(RUNNING).join(name).exists();
        let names =
            [&record.key, "other"].map(|key| ["claim", "checkpoint"].map(|end| format!("{key}.{end}")));
        let far = serde_json::to_vec(&Worker { host: "far".into(), ..worker(1) }).unwrap();
        names
            .iter()
            .flatten()
            .for_each(|name| fs::write(folder.path().join(RUNNING).join(name), &far).unwrap());
        assert_eq!(store.remove_finished().unwrap(), 0);
        store.keep(&[record]).unwrap();
        assert_eq!(store.remove_finished().unwrap(), 2);
        assert_eq!(names.map(|of_run| of_run.map(|name| is_there(&name))), [[false, false], [true, true]]);
    }
}
