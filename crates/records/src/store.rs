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

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::{make_folder, remove_leftovers, sync_folder};
use crate::entry::{RECORD, decode, encode};
use crate::pack::{ENDING, Pack};
use crate::result_folder::ResultFolder;
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

/// Where each run is.
#[derive(Debug, Default)]
struct Index {
    /// Files and folders that were looked at.
    seen: BTreeSet<PathBuf>,
    /// Places of each run, by its key. One may have been kept twice.
    places: BTreeMap<String, Vec<Place>>,
    packs: Vec<Arc<Pack>>,
    /// Packs that cannot be opened, and why.
    broken: Vec<(PathBuf, String)>,
}

/// Where a run is.
#[derive(Debug, Clone)]
enum Place {
    Pack(Arc<Pack>),
    Folder(PathBuf),
}

/// What [`Store::check`] found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Runs that are sound.
    pub sound: usize,
    /// Runs that an older version made.
    pub older: usize,
    /// What is damaged, and how.
    pub damaged: Vec<StoreError>,
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
            let plan = path.join(crate::result_folder::PLAN);
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
            !has(crate::result_folder::PLAN) && (has("specs.jsonl") || has("report.html"))
        };
        Ok(folders.into_iter().filter(is_half).collect())
    }

    /// Makes the folders, and with them finds out whether the store can be written at all. What processes
    /// left that died more than a day ago is removed.
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

    /// Whether a run with this key is in the store, sound or not.
    pub fn contains(&self, key: &str) -> bool {
        let mut index = self.index();
        index.places.contains_key(key) || {
            // Another process may have kept it since.
            let _ = index.look(&self.root);
            index.places.contains_key(key)
        }
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

    /// Reads all runs, byte for byte.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn check(&self) -> Result<Findings, StoreError> {
        let mut findings = Findings { damaged: self.damaged(None)?, ..Findings::default() };
        let told: BTreeSet<PathBuf> = findings.damaged.iter().filter_map(StoreError::path).collect();
        for key in self.keys()? {
            let places = self.index().places.get(&key).cloned().unwrap_or_default();
            for place in places {
                match place.read(&key) {
                    Ok(_) => findings.sound += 1,
                    Err(StoreError::Older { .. }) => findings.older += 1,
                    Err(e) if e.path().is_some_and(|path| told.contains(&path)) => {}
                    Err(e) => findings.damaged.push(e),
                }
            }
        }
        Ok(findings)
    }

    /// Sets aside what is damaged among the runs with these keys, and keeps what is sound in the same files.
    /// A file of runs whose bytes are those that were written is sound. Returns what was damaged.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn mend(&self, keys: Option<&[String]>) -> Result<Vec<StoreError>, StoreError> {
        let damaged = self.damaged(keys)?;
        for found in &damaged {
            if let StoreError::Damaged { path, .. } = found {
                self.set_aside(path)?;
            }
        }
        if !damaged.is_empty() {
            *self.index() = Index::default();
        }
        Ok(damaged)
    }

    /// What is damaged among the runs with these keys: packs as a whole, and entries of earlier versions.
    fn damaged(&self, keys: Option<&[String]>) -> Result<Vec<StoreError>, StoreError> {
        let all = self.keys()?;
        let keys = keys.unwrap_or(&all);
        let wanted: BTreeSet<&String> = keys.iter().collect();
        let (packs, broken) = {
            let index = self.index();
            (index.packs.clone(), index.broken.clone())
        };
        let mut damaged = Vec::new();
        // One whose directory is damaged may hide any run.
        let concerns = |pack: &Pack| {
            let held = keys_of(pack);
            held.is_empty() || held.iter().any(|key| wanted.contains(key))
        };
        for pack in packs.iter().filter(|pack| concerns(pack)) {
            match pack.is_whole() {
                Ok(true) => {}
                Ok(false) => {
                    let why = "its bytes are not those that were written";
                    damaged.push(StoreError::damaged(&pack.path, why));
                }
                // Another process has set it aside.
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(StoreError::io("read", &pack.path)(e)),
            }
        }
        damaged.extend(broken.iter().map(|(path, why)| StoreError::damaged(path, why)));
        for key in keys {
            let places = self.index().places.get(key).cloned().unwrap_or_default();
            for place in places.into_iter().filter(|place| matches!(place, Place::Folder(_))) {
                damaged.extend(place.read(key).err().filter(|e| matches!(e, StoreError::Damaged { .. })));
            }
        }
        Ok(damaged)
    }

    /// Copies a pack, or moves an entry, into the folder of damaged ones; then keeps the sound runs of the
    /// pack anew, and removes it last.
    fn set_aside(&self, path: &Path) -> Result<(), StoreError> {
        // A run in a pack is told as `<pack>/<key>`.
        let is_pack = |path: &&Path| path.extension().is_some_and(|ending| ending == ENDING);
        let path = path.parent().filter(is_pack).unwrap_or(path);
        let folder = self.root.join(DAMAGED);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let free = |n: u32| folder.join(if n == 0 { name.clone() } else { format!("{name}.{n}") });
        let to = (0..).map(free).find(|to| !to.exists()).expect("some number is free");
        let put_aside = || -> io::Result<()> {
            make_folder(&folder)?;
            let done = if path.is_file() { fs::copy(path, &to).map(drop) } else { fs::rename(path, &to) };
            match done {
                // Another process did.
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
                done => done,
            }?;
            sync_folder(&folder)
        };
        put_aside().map_err(StoreError::io("set aside", path))?;
        let Ok(pack) = Pack::open(path) else {
            return remove_if_there(path).map_err(StoreError::io("set aside", path));
        };
        let pack = Arc::new(pack);
        let read = |key: String| Place::Pack(Arc::clone(&pack)).read(&key).ok();
        let sound: Vec<Record> = keys_of(&pack).into_iter().filter_map(read).collect();
        *self.index() = Index::default();
        // If the directory alone was damaged the new file has the name of the old.
        if self.keep(&sound)?.as_deref() == Some(path) {
            return Ok(());
        }
        remove_if_there(path).map_err(StoreError::io("set aside", path))
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

impl Place {
    fn read(&self, key: &str) -> Result<Record, StoreError> {
        match self {
            Self::Pack(pack) => {
                let entry = pack.path.join(key);
                let file = |name: &str| {
                    pack.read(&format!("{key}/{name}")).map_err(|e| match e.kind() {
                        ErrorKind::UnexpectedEof => StoreError::damaged(&entry, "it is cut short"),
                        _ => StoreError::io("read", &pack.path)(e),
                    })
                };
                decode(&entry, key, file)
            }
            Self::Folder(entry) => decode(entry, key, |name| {
                let path = entry.join(name);
                match fs::read(&path) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
                    Err(e) => Err(StoreError::io("read", &path)(e)),
                }
            }),
        }
    }
}

impl Index {
    /// Looks for files and folders that are new.
    fn look(&mut self, root: &Path) -> io::Result<()> {
        self.look_into(&root.join(POOL))?;
        // Of earlier versions; a store that lies in this one is another.
        for folder in folders_of(root)? {
            if folder.join(crate::result_folder::PLAN).is_file() {
                self.look_into(&folder.join(POOL))?;
            }
        }
        Ok(())
    }

    fn look_into(&mut self, folder: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') || self.seen.contains(&path) {
                continue;
            }
            if path.extension().is_some_and(|ending| ending == ENDING) && path.is_file() {
                self.add_pack(&path)?;
            } else if path.is_dir() && !path.is_symlink() {
                self.places.entry(name).or_default().push(Place::Folder(path.clone()));
                self.seen.insert(path);
            }
        }
        Ok(())
    }

    fn add_pack(&mut self, path: &Path) -> io::Result<()> {
        if self.seen.contains(path) {
            return Ok(());
        }
        match Pack::open(path) {
            Ok(pack) => {
                let pack = Arc::new(pack);
                self.packs.push(Arc::clone(&pack));
                for key in keys_of(&pack) {
                    self.places.entry(key).or_default().push(Place::Pack(Arc::clone(&pack)));
                }
            }
            // Set aside by another process meanwhile.
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e)
                if matches!(
                    e.kind(),
                    ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput
                ) =>
            {
                self.broken.push((path.to_owned(), e.to_string()));
            }
            // Not damaged, but not to be read by us, or not now.
            Err(e) => return Err(e),
        }
        self.seen.insert(path.to_owned());
        Ok(())
    }
}

/// Removes a file, unless another process has.
fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => path.parent().map_or(Ok(()), sync_folder),
    }
}

/// The keys of the runs in a pack, sorted.
fn keys_of(pack: &Pack) -> Vec<String> {
    let names = pack.names().filter_map(|name| name.strip_suffix(RECORD)?.strip_suffix('/'));
    names.map(str::to_owned).collect()
}

/// The folders in a folder, sorted; none if there is no such folder.
fn folders_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

#[cfg(test)]
mod tests;
