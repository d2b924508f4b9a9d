//! The store: one folder an experiment, one entry a run.
//!
//! ```text
//! <folder>/plan.json                     the frame of the experiment
//! <folder>/specs.jsonl                   key and resolved spec of each of its runs, one a line
//! <folder>/looks.json                    which replicates were looked at
//! <folder>/runs/<key>/record.json        one run, and beside it
//!                     params.safetensors its end weights
//!                     fields.safetensors its arrays for figures
//! ```
//! An entry is written under a temporary name and renamed, so it is there whole or not at all, and any number
//! of processes may write one store at once. An entry that exists is never written again. Merging two stores
//! is copying.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::{FORMAT, Looks, Plan, REVISION, Record, StoreError, Tensor, key_of, read_tensors, write_tensors};

const RECORD: &str = "record.json";
const PARAMS: &str = "params.safetensors";
const FIELDS: &str = "fields.safetensors";
const PLAN: &str = "plan.json";
const LOOKS: &str = "looks.json";
const SPECS: &str = "specs.jsonl";

/// The folder of one experiment.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in `folder`; touches no disk.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder of the experiment.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the run with this key is or will be.
    pub fn entry(&self, key: &str) -> PathBuf {
        self.runs().join(key)
    }

    /// Writes the plan, and with it finds out whether the store can be written at all.
    ///
    /// # Errors
    /// If the folder cannot be made or written.
    pub fn write_plan(&self, plan: &Plan) -> Result<(), StoreError> {
        fs::create_dir_all(self.runs()).map_err(StoreError::io("create", &self.runs()))?;
        write_atomically(&self.folder.join(PLAN), &to_json(plan))
    }

    /// Writes the resolved specs of the plan's runs, so that each can be computed again without the file.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write_specs<S: Serialize>(&self, specs: impl Iterator<Item = S>) -> Result<(), StoreError> {
        let mut lines = Vec::new();
        for spec in specs {
            serde_json::to_writer(&mut lines, &spec).expect("specs are plain data");
            lines.push(b'\n');
        }
        write_atomically(&self.folder.join(SPECS), &lines)
    }

    /// The specs that were written last, by their keys.
    ///
    /// # Errors
    /// If there are none, or a line is no spec.
    pub fn read_specs(&self) -> Result<Vec<(String, Value)>, StoreError> {
        let path = self.folder.join(SPECS);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(StoreError::NoPlan(self.folder.clone())),
            Err(e) => return Err(StoreError::io("read", &path)(e)),
        };
        let spec = |line: &str| -> Result<(String, Value), serde_json::Error> {
            let spec: Value = serde_json::from_str(line)?;
            Ok((key_of(&spec), spec))
        };
        text.lines().map(spec).collect::<Result<_, _>>().map_err(|e| StoreError::damaged(&path, e))
    }

    /// The plan that was written last.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn read_plan(&self) -> Result<Plan, StoreError> {
        let path = self.folder.join(PLAN);
        match fs::read(&path) {
            Ok(bytes) => {
                let plan: Plan = serde_json::from_slice(&bytes).map_err(|e| StoreError::damaged(&path, e))?;
                let (format, revision) = (plan.format, REVISION);
                if format > FORMAT { Err(StoreError::Newer { path, format, revision }) } else { Ok(plan) }
            }
            Err(e) if e.kind() == ErrorKind::NotFound => Err(StoreError::NoPlan(self.folder.clone())),
            Err(e) => Err(StoreError::io("read", &path)(e)),
        }
    }

    /// Which replicates were looked at. A store from before this was noted is taken at its plan.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn read_looks(&self) -> Result<Looks, StoreError> {
        let path = self.folder.join(LOOKS);
        if !path.exists() {
            return Ok(Looks { below: self.planned_replicates(), ..Looks::default() });
        }
        let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
        serde_json::from_slice(&bytes).map_err(|e| StoreError::damaged(&path, e))
    }

    /// Notes which replicates were looked at.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write_looks(&self, looks: &Looks) -> Result<(), StoreError> {
        write_atomically(&self.folder.join(LOOKS), &to_json(looks))
    }

    /// The replicates of the plan's runs, as far as they are there.
    fn planned_replicates(&self) -> u64 {
        let keys = self.read_plan().map(|plan| plan.runs).unwrap_or_default();
        let runs = keys.iter().filter_map(|key| self.read(key).ok().flatten());
        let after = |run: Record| run.setting("replicate")?.as_u64().map(|replicate| replicate + 1);
        runs.filter_map(after).max().unwrap_or(0)
    }

    /// Whether the run with this key is in the store.
    pub fn contains(&self, key: &str) -> bool {
        self.entry(key).join(RECORD).is_file()
    }

    /// Writes an entry, unless another process was faster: both have the same content.
    ///
    /// # Errors
    /// If the disk refuses; then nothing of the entry is left.
    pub fn write(&self, record: &Record) -> Result<(), StoreError> {
        let runs = self.runs();
        let entry = self.entry(&record.key);
        let temporary = tempfile::Builder::new()
            .prefix(".tmp-")
            .tempdir_in(&runs)
            .map_err(StoreError::io("write into", &runs))?;
        for (name, bytes) in [
            (PARAMS, write_tensors(&record.params)),
            (FIELDS, write_tensors(&record.fields)),
            (RECORD, to_json(record)),
        ] {
            write_through(&temporary.path().join(name), &bytes)
                .map_err(StoreError::io("write", &entry.join(name)))?;
        }
        make_readable(temporary.path()).map_err(StoreError::io("write", &entry))?;
        match fs::rename(temporary.path(), &entry) {
            Ok(()) => Ok(()),
            Err(_) if self.contains(&record.key) => Ok(()),
            Err(e) => Err(StoreError::io("write", &entry)(e)),
        }
    }

    /// The record with this key, or `None` if it is not in the store.
    ///
    /// # Errors
    /// If the entry cannot be read, or is not what was written.
    pub fn read(&self, key: &str) -> Result<Option<Record>, StoreError> {
        let entry = self.entry(key);
        let path = entry.join(RECORD);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::io("read", &path)(e)),
        };
        let mut record: Record =
            serde_json::from_slice(&bytes).map_err(|e| StoreError::damaged(&entry, e))?;
        let (format, revision) = (record.format, record.revision);
        if format > FORMAT || revision > REVISION {
            return Err(StoreError::Newer { path: entry, format, revision });
        }
        if revision < REVISION {
            return Err(StoreError::Older { path: entry, revision });
        }
        if record.key != key || key_of(&record.spec) != key {
            return Err(StoreError::damaged(&entry, "its spec does not have this key"));
        }
        record.params = read_tensor_file(&entry, PARAMS)?;
        record.fields = read_tensor_file(&entry, FIELDS)?;
        Ok(Some(record))
    }

    fn runs(&self) -> PathBuf {
        self.folder.join("runs")
    }
}

/// Writes a file so that a reader sees the old or the new content, never a part. Makes its folder if need be.
///
/// # Errors
/// If the disk refuses; then the old content is still there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        make_readable(file.path())?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(StoreError::io("write", path))
}

/// Temporary files are private to their owner; results are as readable as any other new file.
fn make_readable(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

fn write_through(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read_tensor_file(entry: &Path, name: &str) -> Result<Vec<Tensor>, StoreError> {
    let path = entry.join(name);
    let bytes = fs::read(&path).map_err(|e| match e.kind() {
        // A copy of the store that was cut short; computing the run again mends it.
        ErrorKind::NotFound => StoreError::damaged(entry, format!("{name} is missing")),
        _ => StoreError::io("read", &path)(e),
    })?;
    read_tensors(&bytes).map_err(|why| StoreError::damaged(entry, format!("{name}: {why}")))
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("records and plans are plain data");
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Curve, Dtype, Metric, Provenance, Samples, Status};

    fn record(batch: u64) -> Record {
        let spec = json!({ "train": { "batch-size": batch }, "replicate": 0 });
        let tensor = |name: &str| Tensor {
            name: name.into(),
            shape: vec![2],
            data: vec![0.25, -1.0],
            dtype: Dtype::F32,
        };
        Record {
            status: Status::Diverged { step: Some(3) },
            metrics: vec![Metric::new("train.loss", 0.1 + 0.2)],
            seconds: vec![Metric::new("train.seconds", 1.5)],
            curves: vec![Curve { name: "train.loss".into(), steps: vec![0, 1], values: vec![0.7, 1e-300] }],
            samples: vec![Samples { name: "test.clean.accuracy".into(), values: vec![0.5, 1.0] }],
            provenance: Provenance { code: "0".into(), machine: "m".into() },
            params: vec![tensor("layers.0.bias")],
            fields: vec![tensor("boundary.extent")],
            ..Record::empty(key_of(&spec), spec)
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("batch-size"));
        fs::create_dir_all(store.runs()).unwrap();
        (folder, store)
    }

    #[test]
    fn a_record_comes_back_to_the_bit_and_a_second_write_changes_nothing() {
        let (_folder, store) = store();
        let first = record(8);
        assert_eq!(store.read(&first.key).unwrap(), None);
        store.write(&first).unwrap();
        assert_eq!(store.read(&first.key).unwrap().unwrap(), first);
        let mut second = first.clone();
        second.seconds[0].value = 99.0;
        store.write(&second).unwrap();
        assert_eq!(store.read(&first.key).unwrap().unwrap(), first);
        let names: Vec<_> = fs::read_dir(store.runs()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, [first.key.as_str()], "no temporary folder is left");
    }

    #[test]
    fn damage_is_told_with_the_entry_and_a_half_written_entry_is_not_seen() {
        let (_folder, store) = store();
        let record = record(8);
        store.write(&record).unwrap();
        let path = store.entry(&record.key).join(RECORD);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"batch-size\": 8", "\"batch-size\": 9")).unwrap();
        let error = store.read(&record.key).unwrap_err().to_string();
        assert!(error.contains(&record.key) && error.contains("does not have this key"), "{error}");
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(matches!(store.read(&record.key), Err(StoreError::Damaged { .. })));
        fs::write(&path, &text).unwrap();
        fs::remove_file(store.entry(&record.key).join(FIELDS)).unwrap();
        let error = store.read(&record.key).unwrap_err().to_string();
        assert!(error.contains("fields.safetensors is missing") && error.contains("remove it"), "{error}");
        fs::remove_file(&path).unwrap();
        assert!(!store.contains(&record.key));
    }

    #[test]
    fn settings_and_values_are_found_by_their_names() {
        let record = record(8);
        assert_eq!(record.setting("train.batch-size"), Some(&json!(8)));
        assert_eq!(record.setting("train.steps"), None);
        assert_eq!(record.metric("train.seconds"), Some(1.5));
        assert_eq!(record.curve("train.loss").unwrap().steps, [0, 1]);
        assert_eq!(record.samples("test.clean.accuracy"), Some(&[0.5, 1.0][..]));
        assert_ne!(key_of(&record.spec), key_of(&json!({ "train": { "batch-size": 9 }, "replicate": 0 })));
    }

    #[test]
    fn what_other_versions_wrote_is_told_as_theirs() {
        let (_folder, store) = store();
        let (older, newer) =
            (Record { revision: REVISION - 1, ..record(8) }, Record { format: FORMAT + 1, ..record(9) });
        for record in [&older, &newer] {
            store.write(record).unwrap();
        }
        assert!(
            matches!(store.read(&older.key), Err(StoreError::Older { revision, .. }) if revision == REVISION - 1)
        );
        let error = store.read(&newer.key).unwrap_err().to_string();
        assert!(error.contains("made by a newer version"), "{error}");
        let path = store.entry(&older.key).join(RECORD);
        let text = fs::read_to_string(&path).unwrap();
        let untold = text.replace("  \"format\": 1,\n", "").replace("  \"revision\": 4,\n", "");
        assert_ne!(untold, text);
        fs::write(&path, untold).unwrap();
        assert_eq!(store.read(&older.key).unwrap().unwrap().format, 0, "a record from before this was told");
    }

    #[test]
    fn specs_come_back_with_their_keys() {
        let (_folder, store) = store();
        assert!(matches!(store.read_specs(), Err(StoreError::NoPlan(_))));
        let specs = [record(8), record(9)].map(|record| (record.key, record.spec));
        store.write_specs(specs.iter().map(|(_, spec)| spec)).unwrap();
        assert_eq!(store.read_specs().unwrap(), specs);
    }

    #[test]
    fn a_folder_without_a_plan_says_so() {
        let (_folder, store) = store();
        assert!(store.read_plan().unwrap_err().to_string().contains("no results"));
    }
}
