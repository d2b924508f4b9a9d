//! The store: one pool of runs, and a folder for each result that rests on them.
//!
//! ```text
//! <root>/runs/<hash>.zip          runs that were kept together, see `pack`
//! <root>/runs/<key>/…             a run kept by an earlier version, as a folder
//! <root>/<result>/…               a result, see `ResultFolder`
//! <root>/<result>/runs/<key>/…    runs of an earlier version
//! <root>/damaged/…                what was found damaged
//! <root>/running/…                claims on work, and checkpoints
//! ```
//! Nothing in the pool is written twice: a pack has its final name only when all its bytes are on the disk.
//! Any number of processes may write one store at once, readers see what is there, and merging two stores is
//! copying `runs` from one to the other.

mod index;
mod loading;
mod mending;
mod packing;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::index::{Index, Place, folders_of, keys_of};
pub use self::mending::Findings;
pub use self::packing::Packed;
use crate::disk::{make_folder, remove_if_there, remove_leftovers};
use crate::entry::encode;
use crate::pack::Pack;
use crate::result_folder::{PLAN, ResultFolder};
use crate::running::{Claims, RUNNING};
use crate::{Record, StoreError};

/// The folder of the pool, which no result may be called.
pub const POOL: &str = "runs";
/// The folder of what was set aside.
pub const DAMAGED: &str = "damaged";

/// A folder with runs and results.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    index: Arc<Mutex<Index>>,
    /// What this process computes, if it tells others.
    pub(crate) claims: Option<Arc<Claims>>,
}

impl Store {
    /// The store in a folder; touches no disk.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), index: Arc::default(), claims: None }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a result.
    pub fn result(&self, name: &str) -> ResultFolder {
        ResultFolder::new(self.root.join(name))
    }

    /// Names of the folders that hold results, sorted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn results(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for path in folders_of(&self.root).map_err(StoreError::io("read", &self.root))? {
            let plan = path.join(PLAN);
            match fs::metadata(&plan) {
                Ok(_) => names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned())),
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(StoreError::io("read", &plan)(e)),
            }
        }
        Ok(names)
    }

    /// Folders that were results, and have no plan any more, as after a copy that was cut short.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn half_results(&self) -> Result<Vec<PathBuf>, StoreError> {
        let folders = folders_of(&self.root).map_err(StoreError::io("read", &self.root))?;
        let is_half = |path: &PathBuf| {
            let has = |name: &str| path.join(name).exists();
            !has(PLAN) && (has("specs.jsonl") || has("report.html"))
        };
        Ok(folders.into_iter().filter(is_half).collect())
    }

    /// Makes the folders, and with them finds out whether the store can be written at all. What processes
    /// have left that died while they wrote is removed: at once on their machine, elsewhere after a day.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn prepare(&self) -> Result<(), StoreError> {
        for name in [POOL, RUNNING] {
            let folder = self.root.join(name);
            let prepare = || -> io::Result<()> {
                make_folder(&folder)?;
                // A file without a name shows that there is room and permission.
                tempfile::tempfile_in(&folder)?;
                remove_leftovers(&folder)?;
                Ok(())
            };
            prepare().map_err(StoreError::io("write", &folder))?;
        }
        Ok(())
    }

    /// Writes a page on several results, whole or not at all.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        ResultFolder::new(&self.root).write(name, bytes)
    }

    /// Whether a run with this key is in the store, sound or not.
    pub fn contains(&self, key: &str) -> bool {
        let mut index = self.index();
        index.places.contains_key(key) || {
            // Another process may have kept it since.
            let _ = index.look_again(&self.root);
            index.places.contains_key(key)
        }
    }

    /// Whether a run was there the last time that somebody looked.
    pub(crate) fn is_indexed(&self, key: &str) -> bool {
        self.index().places.contains_key(key)
    }

    /// The keys that are there, sorted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn keys(&self) -> Result<Vec<String>, StoreError> {
        let mut index = self.index();
        index.look(&self.root).map_err(StoreError::io("read", &self.root))?;
        Ok(index.places.keys().cloned().collect())
    }

    /// What lies among the runs and is none, sorted: nothing touches it.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn foreign(&self) -> Result<Vec<PathBuf>, StoreError> {
        self.keys()?;
        let mut foreign = self.index().foreign.clone();
        foreign.sort();
        Ok(foreign)
    }

    /// Keeps records, in one file, and returns its path. They are on the disk when this returns.
    ///
    /// # Errors
    /// If the disk refuses; then none of them is there.
    pub fn keep(&self, records: &[Record]) -> Result<Option<PathBuf>, StoreError> {
        if records.is_empty() {
            return Ok(None);
        }
        let files = |record: &Record| {
            let key = record.key.clone();
            encode(record).map(|(name, bytes)| (format!("{key}/{name}"), bytes))
        };
        let members: Vec<(String, Vec<u8>)> = records.iter().flat_map(files).collect();
        let folder = self.root.join(POOL);
        let path = Pack::write(&folder, &members).map_err(StoreError::io("write into", &folder))?;
        self.index().add_pack(&path).map_err(StoreError::io("read", &path))?;
        Ok(Some(path))
    }

    /// The record with this key, or `None` if it is not in the store.
    ///
    /// # Errors
    /// If no sound copy of it is there, but a damaged one or one of another version.
    pub fn read(&self, key: &str) -> Result<Option<Record>, StoreError> {
        // Twice, as another process may have packed it anew.
        for _ in 0..2 {
            if !self.contains(key) {
                return Ok(None);
            }
            let places = self.index().places.get(key).cloned().unwrap_or_default();
            let (mut first, mut has_moved) = (None, false);
            for place in places {
                match place.read(key) {
                    Ok(record) => return Ok(Some(record)),
                    Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                        has_moved = true
                    }
                    Err(e) => first = first.or(Some(e)),
                }
            }
            if let Some(e) = first.filter(|_| !has_moved) {
                return Err(e);
            }
            *self.index() = Index::default();
        }
        Ok(None)
    }

    /// Removes the runs with these keys. A file of which a run cannot be read stays as it is. Returns how
    /// many went.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn remove(&self, idle: &BTreeSet<String>) -> Result<usize, StoreError> {
        let mut packs: BTreeMap<PathBuf, Arc<Pack>> = BTreeMap::new();
        let mut removed = 0;
        for key in idle {
            for place in self.index().places.get(key).cloned().unwrap_or_default() {
                match place {
                    Place::Pack(pack) => drop(packs.insert(pack.path.clone(), pack)),
                    Place::Folder(path) => {
                        fs::remove_dir_all(&path).map_err(StoreError::io("remove", &path))?;
                        removed += 1;
                    }
                }
            }
        }
        for (path, pack) in packs {
            let (going, staying): (Vec<String>, Vec<String>) =
                keys_of(&pack).into_iter().partition(|key| idle.contains(key));
            let kept = staying.iter().map(|key| Place::Pack(Arc::clone(&pack)).read(key));
            let Ok(kept) = kept.collect::<Result<Vec<Record>, StoreError>>() else { continue };
            // What stays is there before the pack goes.
            self.keep(&kept)?;
            remove_if_there(&path).map_err(StoreError::io("remove", &path))?;
            removed += going.len();
        }
        *self.index() = Index::default();
        Ok(removed)
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
