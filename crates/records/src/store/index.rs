//! Where each run of a store is.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::POOL;
use crate::entry::{RECORD, decode};
use crate::pack::{self, ENDING, Pack};
use crate::record::KEY_DIGITS;
use crate::result_folder::PLAN;
use crate::{Record, StoreError};

/// As long as the file system tells of no change, a look over n files is good for n/16 calls more: on average
/// each of them pays for 16 files.
const FILES_A_CALL: usize = 16;

/// Where each run is.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Paths of files and folders that were looked at. Paths compare by their parts, which takes longer.
    seen: HashSet<OsString>,
    /// The last look at them.
    looked: Option<Look>,
    /// Places of each run, by its key. One may have been kept twice.
    pub(super) places: BTreeMap<String, Vec<Place>>,
    pub(super) packs: Vec<Arc<Pack>>,
    /// Packs that cannot be opened, and why.
    pub(super) broken: Vec<(PathBuf, String)>,
    /// What lies among the runs and is none.
    pub(super) foreign: Vec<PathBuf>,
}

/// A look at what is there.
#[derive(Debug)]
struct Look {
    /// When the pool had last changed.
    changed: Option<Duration>,
    /// How often it was good enough since.
    served: usize,
}

/// Where a run is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Pack(Arc<Pack>),
    Folder(PathBuf),
}

impl Place {
    pub(super) fn read(&self, key: &str) -> Result<Record, StoreError> {
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
    /// Looks for files and folders that are new, unless the file system tells of none and there are that many
    /// that a look for each of many runs would take long. It may tell late, so every few calls look.
    pub(super) fn look_again(&mut self, root: &Path) -> io::Result<()> {
        match &mut self.looked {
            Some(look) if look.served < self.seen.len() / FILES_A_CALL && look.changed == changed(root) => {
                look.served += 1;
                Ok(())
            }
            _ => self.look(root),
        }
    }

    /// Looks for files and folders that are new.
    pub(super) fn look(&mut self, root: &Path) -> io::Result<()> {
        let changed = changed(root);
        self.look_into(&root.join(POOL))?;
        // Of earlier versions; a store that lies in this one is another.
        for folder in folders_of(root)? {
            if folder.join(PLAN).is_file() {
                self.look_into(&folder.join(POOL))?;
            }
        }
        self.looked = Some(Look { changed, served: 0 });
        Ok(())
    }

    fn look_into(&mut self, folder: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
        paths.retain(|path| !self.seen.contains(path.as_os_str()));
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if path.extension().is_some_and(|ending| ending == ENDING) && path.is_file() {
                self.add_pack(&path)?;
                continue;
            }
            if path.is_dir() && !path.is_symlink() && is_entry(&path, &name) {
                self.places.entry(name).or_default().push(Place::Folder(path.clone()));
            } else {
                self.foreign.push(path.clone());
            }
            self.seen.insert(path.into_os_string());
        }
        Ok(())
    }

    /// Adds a pack that is new.
    ///
    /// # Errors
    /// If it cannot be read; one that is damaged is noted as such.
    pub(super) fn add_pack(&mut self, path: &Path) -> io::Result<()> {
        if self.seen.contains(path.as_os_str()) {
            return Ok(());
        }
        let is_ours = path.file_stem().is_some_and(|name| is_hash(&name.to_string_lossy(), pack::DIGITS));
        match Pack::open(path) {
            Ok(pack) if !is_ours && keys_of(&pack).is_empty() => self.foreign.push(path.to_owned()),
            Ok(pack) => {
                let pack = Arc::new(pack);
                self.packs.push(Arc::clone(&pack));
                for key in keys_of(&pack) {
                    self.places.entry(key).or_default().push(Place::Pack(Arc::clone(&pack)));
                }
            }
            // Set aside by another process meanwhile.
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e) if is_of_content(&e) && !is_ours => self.foreign.push(path.to_owned()),
            Err(e) if is_of_content(&e) => self.broken.push((path.to_owned(), e.to_string())),
            // Not damaged, but not to be read by us, or not now.
            Err(e) => return Err(e),
        }
        self.seen.insert(path.into());
        Ok(())
    }
}

/// When a name in the pool of a store was last made or removed, if the file system tells.
fn changed(root: &Path) -> Option<Duration> {
    let changed = fs::metadata(root.join(POOL)).and_then(|pool| pool.modified()).ok()?;
    changed.duration_since(UNIX_EPOCH).ok()
}

/// Whether it is what stands in a file that is wrong, and not the way to it.
fn is_of_content(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput)
}

/// Whether a folder among the runs is one of an earlier version, be it damaged.
fn is_entry(path: &Path, name: &str) -> bool {
    is_hash(name, KEY_DIGITS) || path.join(RECORD).exists()
}

fn is_hash(name: &str, digits: usize) -> bool {
    name.len() == digits && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The keys of the runs in a pack, sorted.
pub(super) fn keys_of(pack: &Pack) -> Vec<String> {
    let names = pack.names().filter_map(|name| name.strip_suffix(RECORD)?.strip_suffix('/'));
    names.map(str::to_owned).collect()
}

/// The folders in a folder, sorted; none if there is no such folder.
pub(super) fn folders_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
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
