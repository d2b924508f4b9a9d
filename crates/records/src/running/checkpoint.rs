//! Runs on their way, saved so that they can go on.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zip::{ZipArchive, ZipWriter};

use super::RUNNING;
use super::deferred_error::DeferredError;
use crate::disk::write_atomically_with;
use crate::pack::stored;
use crate::tensor::{Array, read_arrays, write_arrays};
use crate::{REVISION, Store, StoreError};

const NUMBERS: &str = "numbers.json";
const TENSORS: &str = "tensors.safetensors";

/// A run on its way: all that its further course depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Names the run.
    pub key: String,
    /// Everything but long arrays, as JSON.
    pub numbers: Value,
    /// Long arrays.
    pub arrays: Vec<Array>,
}

/// What a checkpoint says besides its arrays.
#[derive(Deserialize)]
struct Head {
    key: String,
    revision: u32,
    numbers: Value,
}

/// The same where it is written.
#[derive(Serialize)]
struct HeadOf<'a> {
    key: &'a str,
    revision: u32,
    numbers: &'a Value,
}

impl Store {
    /// Saves a run on its way, in place of what was saved before. A process that has lost its claim on the
    /// run to another one saves nothing: that one may have come farther.
    ///
    /// # Errors
    /// If the disk refuses; then what was saved before is still there.
    pub fn save(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        if self.claims.as_ref().is_some_and(|claims| !claims.renews(&checkpoint.key)) {
            return Ok(());
        }
        let path = self.checkpoint_path(&checkpoint.key);
        let head = HeadOf { key: &checkpoint.key, revision: REVISION, numbers: &checkpoint.numbers };
        let written = write_atomically_with(&path, |file| {
            let mut zip = ZipWriter::new(DeferredError::new(BufWriter::new(file)));
            zip.start_file(NUMBERS, stored(false)).map_err(io::Error::other)?;
            serde_json::to_writer(&mut zip, &head)?;
            let bytes: usize = checkpoint.arrays.iter().map(Array::n_bytes).sum();
            zip.start_file(TENSORS, stored(bytes as u64 >= LARGE)).map_err(io::Error::other)?;
            // Straight to the disk: a large run is not held a second time.
            write_arrays(&mut zip, &checkpoint.arrays)?;
            zip.finish().map_err(io::Error::other)?.end()
        });
        written.map_err(StoreError::io("write", &path))
    }

    /// The run as it was saved last; `None` if it was not, or what is there cannot be read: then it begins
    /// anew.
    pub fn saved(&self, key: &str) -> Option<Checkpoint> {
        let (mut archive, numbers) = self.opened(key)?;
        let arrays = read_arrays(&member(&mut archive, TENSORS)?).ok()?;
        Some(Checkpoint { key: key.to_owned(), numbers, arrays })
    }

    /// The same without its arrays, which are not read.
    pub fn saved_numbers(&self, key: &str) -> Option<Value> {
        Some(self.opened(key)?.1)
    }

    fn opened(&self, key: &str) -> Option<(ZipArchive<BufReader<File>>, Value)> {
        let mut archive =
            ZipArchive::new(BufReader::new(File::open(self.checkpoint_path(key)).ok()?)).ok()?;
        let head: Head = serde_json::from_slice(&member(&mut archive, NUMBERS)?).ok()?;
        (head.key == key && head.revision == REVISION).then_some((archive, head.numbers))
    }

    pub(super) fn checkpoint_path(&self, key: &str) -> PathBuf {
        self.root().join(RUNNING).join(format!("{key}.checkpoint"))
    }
}

/// Bytes from which on a member of a ZIP file needs longer fields for its length, with room for a header.
const LARGE: u64 = u32::MAX as u64 / 2;

fn member(archive: &mut ZipArchive<BufReader<File>>, name: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // To the end, where the sum of the bytes is checked.
    archive.by_name(name).ok()?.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::Dtype;

    #[test]
    fn a_checkpoint_comes_back_or_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let arrays = vec![
            Array::new("nothing", vec![0], Dtype::F32, std::iter::empty()),
            Array::new("params", vec![3], Dtype::F64, [0.1, -0.0, f64::INFINITY].into_iter()),
            Array::new(
                "rate",
                vec![1, 2],
                Dtype::F32,
                [0.1_f32, f32::MIN_POSITIVE].map(f64::from).into_iter(),
            ),
        ];
        let checkpoint = Checkpoint { key: "a".into(), numbers: json!({ "step": 7 }), arrays };
        assert_eq!(store.saved("a"), None);
        store.save(&checkpoint).unwrap();
        assert_eq!(store.saved("a").as_ref(), Some(&checkpoint));
        assert_eq!(store.saved_numbers("a"), Some(json!({ "step": 7 })));
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
