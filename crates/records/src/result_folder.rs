//! A result: what was asked in one call, and what people read of it.
//!
//! ```text
//! <store>/<name>/plan.json     the frame of the experiment
//!                specs.jsonl   resolved spec of each of its runs, one a line
//!                origin.json   the experiment as it was written, and when it was computed
//!                looks/…       which replicates were looked at
//!                report.html   and tables and figures
//! ```
//! Plan and notes of looks carry a hash of themselves, and a spec is named by its hash in the plan, so that
//! any change is found.

mod notes;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::notes::{NOTES, is_former};
use crate::disk::{TEMPORARY, remove_if_there, remove_leftovers, write_atomically};
use crate::record::key_of_text;
use crate::{FORMAT, Plan, REVISION, StoreError, checked};

pub(crate) const PLAN: &str = "plan.json";
const SPECS: &str = "specs.jsonl";

/// The folder of a result in a store.
#[derive(Debug, Clone)]
pub struct ResultFolder {
    path: PathBuf,
}

impl ResultFolder {
    /// The result in a folder; touches no disk.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the result is called: as the folder is.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Removes the files of the result, perhaps but for the notes which replicates were looked at, and the
    /// folder if nothing else is in it. Returns whether that is so.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn remove(&self, keeps_looks: bool) -> Result<bool, StoreError> {
        const ENDINGS: [&str; 8] = ["json", "jsonl", "csv", "html", "svg", "png", "sh", "out"];
        let notes = (!keeps_looks).then(|| self.path.join(NOTES));
        let is_kept = |path: &Path| {
            keeps_looks && path.file_name().is_some_and(|name| is_former(&name.to_string_lossy()))
        };
        for folder in [self.path.join("figures")].into_iter().chain(notes).chain([self.path.clone()]) {
            let entries = match fs::read_dir(&folder) {
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                entries => entries.map_err(StoreError::io("read", &folder))?,
            };
            for entry in entries {
                let path = entry.map_err(StoreError::io("read", &folder))?.path();
                let is_ours =
                    path.extension().is_some_and(|ending| ENDINGS.iter().any(|ours| ending == *ours));
                if path.is_file() && (is_ours || path.ends_with("jobs.txt")) && !is_kept(&path) {
                    fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
                }
            }
            // Not if something else is in it.
            let _ = fs::remove_dir(&folder);
        }
        Ok(!self.path.exists())
    }

    /// Whether there is a result.
    pub fn is_there(&self) -> bool {
        self.path.join(PLAN).is_file()
    }

    /// Writes the plan, and removes what processes that died while they wrote have left.
    ///
    /// # Errors
    /// If the folder cannot be made or written.
    pub fn write_plan(&self, plan: &Plan) -> Result<(), StoreError> {
        self.write(PLAN, &checked::write(plan))?;
        for folder in [self.path.clone(), self.path.join("figures"), self.path.join(NOTES)] {
            remove_leftovers(&folder).map_err(StoreError::io("clean", &folder))?;
        }
        Ok(())
    }

    /// The plan that was written last.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn read_plan(&self) -> Result<Plan, StoreError> {
        let plan: Plan = self.read(PLAN)?.ok_or_else(|| StoreError::NoPlan(self.path.clone()))?;
        if plan.format > FORMAT {
            let path = self.path.join(PLAN);
            return Err(StoreError::Newer { path, format: plan.format, revision: REVISION });
        }
        Ok(plan)
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
        self.write(SPECS, &lines)
    }

    /// The specs that were written last, as text, with their keys. The key of a spec that was changed since
    /// is none of the plan.
    ///
    /// # Errors
    /// If the file is not there or cannot be read.
    pub fn read_specs(&self) -> Result<Vec<(String, String)>, StoreError> {
        let path = self.path.join(SPECS);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(StoreError::Gone { path }),
            Err(e) => return Err(StoreError::io("read", &path)(e)),
        };
        // What is no text is the spec of no run, as is what was changed.
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().map(|line| (key_of_text(line), line.to_owned())).collect())
    }

    /// Writes a file of the report, whole or not at all.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path.join(name);
        write_atomically(&path, bytes).map_err(StoreError::io("write", &path))
    }

    /// A file of the report, if it is there and can be read.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.path.join(name)).ok()
    }

    /// When the plan was written, in seconds since 1970, as the file system tells it.
    pub fn written(&self) -> Option<u64> {
        let written = fs::metadata(self.path.join(PLAN)).and_then(|data| data.modified()).ok()?;
        Some(written.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs())
    }

    /// Removes the files of a folder of the report but for those with these names.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn keep_only(&self, folder: &str, names: &[&str]) -> Result<(), StoreError> {
        let folder = self.path.join(folder);
        let entries = match fs::read_dir(&folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(StoreError::io("read", &folder))?,
        };
        for entry in entries {
            let path = entry.map_err(StoreError::io("read", &folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // What another process is writing is none of ours.
            let is_wanted = names.contains(&name.as_str()) || name.starts_with(TEMPORARY);
            if !is_wanted && path.is_file() {
                remove_if_there(&path).map_err(StoreError::io("remove", &path))?;
            }
        }
        Ok(())
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let path = self.path.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::io("read", &path)(e)),
        };
        checked::read(&bytes).map(Some).map_err(|why| StoreError::damaged(&path, why))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::key_of;

    #[test]
    fn plans_come_back_and_a_changed_byte_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let result = ResultFolder::new(folder.path().join("study"));
        assert!(result.read_plan().unwrap_err().to_string().contains("no results"));
        let plan = Plan { title: "A title".into(), runs: vec!["k".into()], ..Plan::new("study", Vec::new()) };
        result.write_plan(&plan).unwrap();
        assert_eq!(result.read_plan().unwrap(), plan);
        let path = folder.path().join("study").join(PLAN);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("A title", "B title")).unwrap();
        let error = result.read_plan().unwrap_err().to_string();
        assert!(error.contains("not what was written"), "{error}");
        // Plans of earlier formats say nothing of themselves.
        let line = text.lines().find(|line| line.contains("checksum")).unwrap();
        let untold = text.replace(&format!(",\n{line}"), "");
        fs::write(&path, &untold).unwrap();
        assert!(result.read_plan().is_err());
        fs::write(&path, untold.replace("\"format\": 2", "\"format\": 1")).unwrap();
        assert_eq!(result.read_plan().unwrap(), Plan { format: 1, ..plan });
    }

    #[test]
    fn specs_come_back_with_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        let result = ResultFolder::new(folder.path());
        assert!(matches!(result.read_specs(), Err(StoreError::Gone { .. })));
        let specs = [8, 9].map(|batch| json!({ "train": { "batch-size": batch } }));
        result.write_specs(specs.iter()).unwrap();
        assert_eq!(result.read_specs().unwrap(), specs.map(|spec| (key_of(&spec), spec.to_string())));
    }

    #[test]
    fn what_is_not_wanted_goes() {
        let folder = tempfile::tempdir().unwrap();
        let result = ResultFolder::new(folder.path());
        result.keep_only("figures", &[]).unwrap();
        for name in ["figures/a.svg", "figures/b.svg", "figures/.tmp-here-1-x"] {
            result.write(name, b"x").unwrap();
        }
        result.keep_only("figures", &["a.svg"]).unwrap();
        let is_there = |name: &str| folder.path().join("figures").join(name).exists();
        // The last is being written by another process.
        assert_eq!(["a.svg", "b.svg", ".tmp-here-1-x"].map(is_there), [true, false, true]);
    }
}
