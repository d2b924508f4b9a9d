//! Many records at once, each read once, on all threads of the current rayon pool.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::Store;
use super::index::Place;
use crate::entry::decode_known;
use crate::pack::{Pack, Reader};
use crate::spec::Sections;
use crate::{Record, StoreError};

/// Records for which a file is opened once, by one thread.
const CHUNK: usize = 64;

/// A record or why it cannot be read; `None` for one that is not there.
type Loaded = Result<Option<Record>, StoreError>;

impl Store {
    /// The records with these keys, in their order, without end weights, for which [`read`](Self::read) is
    /// there.
    ///
    /// A file of runs is hashed as a whole once, unless [`mend`](Self::mend) has done so. If its bytes are
    /// those that were written, nothing in it is checked again; if not, each of its records is.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn load(&self, keys: &[String]) -> Result<Vec<Loaded>, StoreError> {
        // Looks at what is there.
        self.keys()?;
        let mut packs: BTreeMap<&Path, (&Arc<Pack>, Vec<usize>)> = BTreeMap::new();
        let first = |key: &String| self.index().places.get(key).and_then(|places| places.first()).cloned();
        let places: Vec<Option<Place>> = keys.iter().map(first).collect();
        for (i, place) in places.iter().enumerate() {
            if let Some(Place::Pack(pack)) = place {
                packs.entry(&pack.path).or_insert_with(|| (pack, Vec::new())).1.push(i);
            }
        }
        packs.par_iter().for_each(|(_, (pack, _))| {
            if !pack.is_known_whole() {
                // If it cannot be read, each of its records says so.
                let _ = pack.is_whole();
            }
        });
        let whole = packs.values().filter(|(pack, _)| pack.is_known_whole());
        let chunks: Vec<(&Arc<Pack>, &[usize])> =
            whole.flat_map(|(pack, which)| which.chunks(CHUNK).map(move |chunk| (*pack, chunk))).collect();
        let sections = Sections::default();
        let read: Vec<(usize, Record)> = chunks
            .into_par_iter()
            .flat_map_iter(|(pack, which)| {
                let reader = pack.reader().ok();
                let sections = &sections;
                which.iter().filter_map(move |i| {
                    let mut record = read_known(reader.as_ref()?, &keys[*i])?;
                    record.spec.share(sections);
                    Some((*i, record))
                })
            })
            .collect();
        let mut loaded: Vec<Option<Record>> = keys.iter().map(|_| None).collect();
        for (i, record) in read {
            loaded[i] = Some(record);
        }
        let without_params = |record: Record| Record { params: Vec::new(), ..record };
        let other = |(i, record): (usize, Option<Record>)| match (record, &places[i]) {
            (Some(record), _) => Ok(Some(record)),
            (None, None) => Ok(None),
            // Damaged, of another version, of an earlier format, or moved meanwhile.
            (None, Some(_)) => self.read(&keys[i]).map(|record| record.map(without_params)),
        };
        Ok(loaded.into_par_iter().enumerate().map(other).collect())
    }
}

/// A record of a pack that is whole.
fn read_known(reader: &Reader<'_>, key: &str) -> Option<Record> {
    let entry = reader.pack().path.join(key);
    let file = |name: &str| {
        reader.read(&format!("{key}/{name}")).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => StoreError::damaged(&entry, "it is cut short"),
            _ => StoreError::io("read", &reader.pack().path)(e),
        })
    };
    decode_known(&entry, key, file).ok()
}
