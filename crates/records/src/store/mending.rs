//! Damage: found, named, set aside.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::index::{Index, Place, keys_of};
use super::{DAMAGED, Store};
use crate::disk::{make_folder, remove_if_there, sync_folder};
use crate::pack::{ENDING, Pack};
use crate::{Record, StoreError};

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
        let concerned: Vec<&Arc<Pack>> = packs.iter().filter(|pack| concerns(pack)).collect();
        let looked: Vec<io::Result<bool>> = concerned.par_iter().map(|pack| pack.is_whole()).collect();
        for (pack, is_whole) in concerned.into_iter().zip(looked) {
            match is_whole {
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
}
