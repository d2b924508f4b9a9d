//! Many small packs become few.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::index::Index;
use super::{POOL, Store};
use crate::StoreError;
use crate::disk::remove_if_there;
use crate::pack::Pack;

/// Bytes that a pack is filled up to; one of half as many is not small.
const FULL: u64 = 1 << 26;

/// What [`Store::pack`] has done.
#[derive(Debug, Default)]
pub struct Packed {
    /// Small files of runs that were merged.
    pub merged: usize,
    /// Files that they became.
    pub written: usize,
    /// Files that are damaged and were left alone.
    pub damaged: Vec<StoreError>,
}

impl Store {
    /// Copies the runs of small packs into few larger ones, and removes a small one when all of its runs are
    /// on the disk in another. Whenever it is stopped every run is there, perhaps twice. Others may read and
    /// write the store meanwhile.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn pack(&self) -> Result<Packed, StoreError> {
        self.keys()?;
        let pool = self.root.join(POOL);
        let mut packed = Packed::default();
        let mut small = Vec::new();
        let packs = self.index().packs.clone();
        for pack in packs.into_iter().filter(|pack| pack.path.parent() == Some(&pool) && pack.size < FULL / 2)
        {
            match pack.is_whole() {
                Ok(true) => small.push(pack),
                Ok(false) => {
                    let why = "its bytes are not those that were written";
                    packed.damaged.push(StoreError::damaged(&pack.path, why));
                }
                // Another process has packed it, or it cannot be read: not by us.
                Err(_) => {}
            }
        }
        for group in groups(&small) {
            let members = members_of(group).map_err(StoreError::io("read", &pool))?;
            let path = Pack::write(&pool, &members).map_err(StoreError::io("write into", &pool))?;
            for old in group.iter().filter(|old| old.path != path) {
                remove_if_there(&old.path).map_err(StoreError::io("remove", &old.path))?;
            }
            packed.merged += group.len();
            packed.written += 1;
        }
        *self.index() = Index::default();
        Ok(packed)
    }
}

/// Neighbours that fill a pack together, two at least.
fn groups(packs: &[Arc<Pack>]) -> impl Iterator<Item = &[Arc<Pack>]> {
    let mut room = FULL.saturating_sub(packs.first().map_or(0, |pack| pack.size));
    let fits = move |_: &Arc<Pack>, next: &Arc<Pack>| {
        let is_room = next.size <= room;
        room = if is_room { room - next.size } else { FULL - next.size };
        is_room
    };
    packs.chunk_by(fits).filter(|group| group.len() >= 2)
}

/// All files of the runs of these packs, each run once.
fn members_of(packs: &[Arc<Pack>]) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let (mut members, mut taken) = (Vec::new(), BTreeSet::new());
    for pack in packs {
        let reader = pack.reader()?;
        let is_new = |name: &&str| !taken.contains(run_of(name));
        let names: Vec<&str> = pack.names().filter(is_new).collect();
        for name in &names {
            let bytes = reader.read(name)?.ok_or(std::io::ErrorKind::NotFound)?;
            members.push(((*name).to_owned(), bytes));
        }
        taken.extend(names.into_iter().map(run_of));
    }
    Ok(members)
}

/// The key of the run whose file this is, as in `<key>/record.json`.
fn run_of(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;
    use crate::{Metric, Record, key_of};

    fn record(n: u64) -> Record {
        let spec = json!({ "replicate": n });
        let metrics = vec![Metric::new("loss", n as f64)];
        Record { metrics, ..Record::empty(key_of(&spec), spec) }.sealed()
    }

    /// A store of five packs, of which two hold the same run.
    fn store(folder: &std::path::Path) -> Store {
        let store = Store::new(folder);
        for n in 0..4 {
            store.keep(&[record(n)]).unwrap();
        }
        store.keep(&[record(4), record(0)]).unwrap();
        store
    }

    fn packs(folder: &std::path::Path) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder.join(POOL)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    /// What came out of each run, read by somebody who knows nothing.
    fn outcomes(folder: &std::path::Path) -> Vec<(String, Option<String>)> {
        let store = Store::new(folder);
        let keys = store.keys().unwrap();
        keys.into_iter().map(|key| (key.clone(), store.read(&key).unwrap().unwrap().outcome)).collect()
    }

    #[test]
    fn many_small_files_become_one_and_every_run_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let before = outcomes(folder.path());
        let packed = store.pack().unwrap();
        assert_eq!((packed.merged, packed.written, packed.damaged.len()), (5, 1, 0));
        assert_eq!((packs(folder.path()).len(), outcomes(folder.path())), (1, before.clone()));
        // The one who packed, and one who has looked before, read on.
        assert_eq!(store.read(&before[0].0).unwrap().unwrap().outcome, before[0].1);
        let findings = store.check().unwrap();
        assert_eq!(
            (findings.sound, findings.damaged.len()),
            (5, 0),
            "a run that was there twice is there once"
        );
        let again = store.pack().unwrap();
        assert_eq!((again.merged, again.written), (0, 0), "one file is not many");
    }

    #[test]
    fn whoever_has_looked_before_reads_on() {
        let folder = tempfile::tempdir().unwrap();
        let packer = store(folder.path());
        let reader = Store::new(folder.path());
        let keys = reader.keys().unwrap();
        packer.pack().unwrap();
        assert!(reader.read(&keys[0]).unwrap().is_some());
        let other = Store::new(folder.path());
        assert!(other.load(&keys).unwrap().into_iter().all(|loaded| loaded.unwrap().is_some()));
    }

    #[test]
    fn a_kill_at_any_moment_loses_nothing() {
        // Every state on the way: the new file is written, and so many of the old ones are removed.
        for removed in 0..=5 {
            let folder = tempfile::tempdir().unwrap();
            let killed = store(folder.path());
            let (before, old) = (outcomes(folder.path()), packs(folder.path()));
            let saved: Vec<Vec<u8>> = old.iter().map(|path| fs::read(path).unwrap()).collect();
            killed.pack().unwrap();
            for (path, bytes) in old.iter().zip(&saved).skip(removed) {
                fs::write(path, bytes).unwrap();
            }
            assert_eq!(outcomes(folder.path()), before, "{removed} are removed");
            let store = Store::new(folder.path());
            assert!(store.check().unwrap().damaged.is_empty());
            store.pack().unwrap();
            assert_eq!((packs(folder.path()).len(), outcomes(folder.path())), (1, before));
            assert_eq!(store.check().unwrap().sound, 5);
        }
    }

    #[test]
    fn what_is_damaged_is_left_alone_and_named() {
        let folder = tempfile::tempdir().unwrap();
        store(folder.path());
        let path = packs(folder.path()).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        bytes[40] ^= 1;
        fs::write(&path, bytes).unwrap();
        let packed = Store::new(folder.path()).pack().unwrap();
        assert_eq!((packed.merged, packed.written, packed.damaged.len()), (4, 1, 1));
        assert!(path.exists() && packs(folder.path()).len() == 2);
    }

    #[test]
    fn groups_fill_a_file_and_none_is_alone() {
        let pack = |size: u64| Arc::new(Pack::of_size(size));
        let packs = [FULL / 3, FULL / 3, FULL / 3, FULL / 3, FULL / 3].map(pack);
        let lengths: Vec<usize> = groups(&packs).map(<[_]>::len).collect();
        assert_eq!(lengths, [3, 2]);
        assert_eq!(groups(&packs[..1]).count(), 0);
    }
}
