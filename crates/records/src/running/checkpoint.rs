//! Runs on their way, saved so that they can go on.

use std::fs;
use std::io::{Cursor, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zip::ZipArchive;

use super::RUNNING;
use crate::disk::write_atomically;
use crate::pack::zipped;
use crate::{REVISION, Store, StoreError, Tensor, read_tensors, write_tensors};

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
    pub tensors: Vec<Tensor>,
}

/// What a checkpoint says besides its arrays.
#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    revision: u32,
    numbers: Value,
}

impl Store {
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

    pub(super) fn checkpoint_path(&self, key: &str) -> PathBuf {
        self.root().join(RUNNING).join(format!("{key}.checkpoint"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Dtype;

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
