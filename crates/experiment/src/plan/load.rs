//! What runs read from files, read once before any of them starts.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thalweg_datasets::{
    Csv, CsvSource, Dataset, Idx, Npy, NpySource, Parquet, ParquetSource, Source, arrays_of, read_file,
};
use thalweg_document::{Files, Problem, lexically_normal};
use thalweg_network::{Init, Tensor};
use thalweg_records::read_tensors;

use super::columns::{Columns, hinted};
use super::far_targets::far_targets;
use super::repeated::repeated;
use super::unchosen;
use crate::file::{Learning, RunSpec, Task, TestFile, TestRows};
use crate::inputs::{Inputs, kept_rows};

/// The files of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        read_file(path)
    }

    fn normal(&self, path: &Path) -> PathBuf {
        // Nothing is not a path, but the folder that a file without one lies in.
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        std::path::absolute(path).map_or_else(|_| lexically_normal(path), |path| lexically_normal(&path))
    }
}

/// Reads files, each once for a whole sweep.
pub(super) struct Loader<'a> {
    folder: &'a Path,
    files: &'a dyn Files,
    tables: Cache<Csv, Problem>,
    columns: Cache<Parquet, Problem>,
    arrays: Cache<(Npy, Vec<(String, String)>), Problem>,
    images: Cache<(Idx, Vec<(String, String)>)>,
    weights: Cache<Vec<Tensor<f64>>>,
    /// What was put together for a run, by the settings that decide it.
    inputs: BTreeMap<String, Arc<Inputs>>,
}

/// Content and hash of files by their names, or why they could not be read.
type Cache<T, E = String> = BTreeMap<String, Result<(Arc<T>, String), E>>;

impl<'a> Loader<'a> {
    pub(super) fn new(folder: &'a Path, files: &'a dyn Files) -> Self {
        Self {
            folder,
            files,
            tables: BTreeMap::new(),
            columns: BTreeMap::new(),
            arrays: BTreeMap::new(),
            images: BTreeMap::new(),
            weights: BTreeMap::new(),
            inputs: BTreeMap::new(),
        }
    }

    /// Loads what `spec` names; `None` if something could not be read.
    pub(super) fn load(&mut self, spec: &RunSpec, note: &mut dyn FnMut(Problem)) -> Option<Arc<Inputs>> {
        let inputs = self.load_start(spec, note);
        let Some(after) = spec.after().filter(|_| spec.fork.as_ref().is_some_and(|fork| fork.data.is_some()))
        else {
            return inputs;
        };
        let of_after = self.load_start(&after, &mut |problem| note(problem.below(&["fork".to_owned()])))?;
        let mut inputs = Inputs::clone(&*inputs?);
        inputs.notes.extend(of_after.notes.iter().cloned());
        inputs.files.extend(of_after.files.clone());
        inputs.after = Some(of_after);
        Some(Arc::new(inputs))
    }

    /// Loads what it names but for its fork.
    fn load_start(&mut self, spec: &RunSpec, note: &mut dyn FnMut(Problem)) -> Option<Arc<Inputs>> {
        let degree = spec.optimizer.degree();
        let names = match &spec.task {
            Task::Descent(_) => String::new(),
            // What is said of targets depends on it.
            Task::Learning(task) if task.is_regression() => format!("{}\n{degree:?}", names_of(task)),
            Task::Learning(task) => names_of(task),
        };
        if let Some(known) = self.inputs.get(&names) {
            return Some(Arc::clone(known));
        }
        let mut inputs = Inputs::default();
        if let Task::Learning(task) = &spec.task {
            let data = self.load_data(task, &mut inputs);
            inputs.notes.extend(far_targets(task, &inputs, degree));
            inputs.notes.extend(repeated(task, &inputs));
            let weights = self.load_weights(task, &mut inputs);
            let problems = [data.err(), weights.err()];
            if problems.iter().any(Option::is_some) {
                problems.into_iter().flatten().map(hinted).for_each(note);
                return None;
            }
        }
        let inputs = Arc::new(inputs);
        self.inputs.insert(names, Arc::clone(&inputs));
        Some(inputs)
    }

    fn load_data(&mut self, task: &Learning, inputs: &mut Inputs) -> Result<(), Problem> {
        match &task.data {
            Source::Csv(source) => {
                let (path, files) = (at(self.folder, &source.path), self.files);
                let loaded = self.tables.entry(name_of(source)).or_insert_with(|| {
                    let bytes = files.read(&path).map_err(|e| {
                        Problem::new("data.path", format!("cannot read {}: {e}", path.display()))
                    })?;
                    let columns =
                        Columns { target: source.target.as_ref(), features: source.features.as_ref() };
                    let table = source.parse(&bytes).map_err(|e| columns.problem(&path, &e))?;
                    Ok((Arc::new(table), hash_of(&bytes)))
                });
                let (table, hash) = loaded.clone()?;
                inputs.dataset = Some(Arc::new(table.dataset.clone()));
                inputs.feature_names = Some(table.feature_names.clone());
                let path = source.path.display();
                inputs.beyond_f32 = table.largest.check_f32().err().map(|e| format!("{path}: {e}"));
                inputs.notes.extend(table.notes(source).iter().map(|note| format!("{path}: {note}")));
                if source.features.is_none() {
                    let (path, names) = (path.to_string(), &table.feature_names);
                    inputs.notes.extend(unchosen::notes(&path, &table.dataset, names, table.dropped_rows));
                }
                inputs.files.insert(source.path.display().to_string(), hash);
                if let Some(TestRows::File(test)) = kept_rows(task) {
                    self.load_test(source, test, &table, inputs)?;
                }
            }
            Source::Parquet(source) => {
                let (path, files) = (at(self.folder, &source.path), self.files);
                let loaded = self.columns.entry(columns_name(source)).or_insert_with(|| {
                    let columns =
                        Columns { target: source.target.as_ref(), features: source.features.as_ref() };
                    let problem = |e| columns.problem_of_parquet(&path, &e);
                    source.check().map_err(problem)?;
                    let bytes = files.read(&path).map_err(|e| {
                        Problem::new("data.path", format!("cannot read {}: {e}", path.display()))
                    })?;
                    let columns = source.parse(&bytes).map_err(problem)?;
                    Ok((Arc::new(columns), hash_of(&bytes)))
                });
                let (columns, hash) = loaded.clone()?;
                inputs.dataset = Some(Arc::new(columns.dataset.clone()));
                inputs.feature_names = Some(columns.feature_names.clone());
                let path = source.path.display();
                inputs.beyond_f32 = columns.largest.check_f32().err().map(|e| format!("{path}: {e}"));
                inputs.notes.extend(columns.notes().iter().map(|note| format!("{path}: {note}")));
                if source.features.is_none() {
                    let (path, names) = (path.to_string(), &columns.feature_names);
                    inputs.notes.extend(unchosen::notes(
                        &path,
                        &columns.dataset,
                        names,
                        columns.dropped_rows,
                    ));
                }
                inputs.files.insert(path.to_string(), hash);
                if let Some(TestRows::File(test)) = kept_rows(task) {
                    self.load_test_columns(source, test, &columns, inputs)?;
                }
            }
            Source::Idx(source) => {
                let (folder, files) = (at(self.folder, &source.path), self.files);
                let loaded = self.images.entry(source.path.display().to_string()).or_insert_with(|| {
                    let mut hashes = BTreeMap::new();
                    let read = |path: &Path| {
                        let bytes = files.read(path)?;
                        hashes.insert(path.to_owned(), hash_of(&bytes));
                        Ok(bytes)
                    };
                    let idx = Idx::parse(&folder, read).map_err(|e| e.to_string())?;
                    let named = |path: &PathBuf| (file_name(path), hashes[path].clone());
                    let hashes = idx.files.iter().map(named).collect();
                    Ok((Arc::new((idx, hashes)), String::new()))
                });
                let (images, _) = loaded.clone().map_err(|e| Problem::new("data.path", e))?;
                let (idx, hashes) = &*images;
                let train =
                    source.training_set(idx).map_err(|e| Problem::new("data.samples", e.to_string()))?;
                inputs.dataset = Some(Arc::new(train));
                inputs.held_out = idx.test.clone().map(Arc::new);
                inputs.image = Some(idx.image);
                let named = |(name, hash): &(String, String)| {
                    (source.path.join(name).display().to_string(), hash.clone())
                };
                inputs.files.extend(hashes.iter().map(named));
            }
            Source::Npy(source) => {
                let (folder, files) = (self.folder, self.files);
                let loaded = self.arrays.entry(arrays_name(source)).or_insert_with(|| {
                    read_arrays(folder, files, source, None).map(|read| (Arc::new(read), String::new()))
                });
                let (arrays, _) = loaded.clone()?;
                let (npy, hashes) = &*arrays;
                inputs.dataset = Some(Arc::new(npy.dataset.clone()));
                inputs.image = npy.image;
                let classes = npy.dataset.named_classes();
                inputs.notes.extend(
                    classes.map(|classes| format!("{}: the classes are {classes}", source.labels.display())),
                );
                inputs.beyond_f32 = beyond_f32(source.path.as_ref().unwrap_or(&source.features), npy);
                inputs.files.extend(hashes.iter().cloned());
                if let (Some(TestRows::File(test)), Some(_)) = (kept_rows(task), &source.path) {
                    self.load_test_arrays(source, test, &npy.dataset, inputs)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A second table, whose columns and classes are those of the first.
    fn load_test(
        &mut self,
        source: &CsvSource,
        test: &TestFile,
        training: &Csv,
        inputs: &mut Inputs,
    ) -> Result<(), Problem> {
        let name = format!("{}\n{}", test.path.display(), name_of(source));
        let read = || read_test(self.folder, self.files, test, |bytes| source.parse_test(bytes, training));
        let (table, hash) = self.tables.entry(name).or_insert_with(read).clone()?;
        inputs.held_out = Some(Arc::new(table.dataset.clone()));
        let path = test.path.display();
        inputs.test_beyond_f32 = table.largest.check_f32().err().map(|e| format!("{path}: {e}"));
        inputs.notes.extend(table.notes(source).iter().map(|note| format!("{path}: {note}")));
        inputs.files.insert(path.to_string(), hash);
        Ok(())
    }

    /// A second file, whose columns and classes are those of the first.
    fn load_test_columns(
        &mut self,
        source: &ParquetSource,
        test: &TestFile,
        training: &Parquet,
        inputs: &mut Inputs,
    ) -> Result<(), Problem> {
        let name = format!("{}\n{}", test.path.display(), columns_name(source));
        let read = || read_test(self.folder, self.files, test, |bytes| source.parse_test(bytes, training));
        let (columns, hash) = self.columns.entry(name).or_insert_with(read).clone()?;
        inputs.held_out = Some(Arc::new(columns.dataset.clone()));
        let path = test.path.display();
        inputs.test_beyond_f32 = columns.largest.check_f32().err().map(|e| format!("{path}: {e}"));
        inputs.notes.extend(columns.notes().iter().map(|note| format!("{path}: {note}")));
        inputs.files.insert(path.to_string(), hash);
        Ok(())
    }

    /// A second archive, with arrays of the same names.
    fn load_test_arrays(
        &mut self,
        source: &NpySource,
        test: &TestFile,
        training: &Dataset,
        inputs: &mut Inputs,
    ) -> Result<(), Problem> {
        let (folder, files) = (self.folder, self.files);
        let second = NpySource { path: Some(test.path.clone()), ..source.clone() };
        let name = format!("{}\n{}", arrays_name(&second), arrays_name(source));
        let loaded = self.arrays.entry(name).or_insert_with(|| {
            let read = read_arrays(folder, files, &second, Some(training));
            let at_test = |problem| Problem { path: vec!["test".to_owned(), "path".to_owned()], ..problem };
            read.map(|read| (Arc::new(read), String::new())).map_err(at_test)
        });
        let (arrays, _) = loaded.clone()?;
        let (npy, hashes) = &*arrays;
        inputs.held_out = Some(Arc::new(npy.dataset.clone()));
        inputs.test_beyond_f32 = beyond_f32(&test.path, npy);
        inputs.files.extend(hashes.iter().cloned());
        Ok(())
    }

    fn load_weights(&mut self, task: &Learning, inputs: &mut Inputs) -> Result<(), Problem> {
        let Init::File(source) = &task.model.init else { return Ok(()) };
        let (path, files) = (at(self.folder, &source.path), self.files);
        let loaded = self.weights.entry(source.path.display().to_string()).or_insert_with(|| {
            let bytes = files.read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let tensors = read_tensors(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
            let plain = |t: thalweg_records::Tensor| Tensor { name: t.name, shape: t.shape, data: t.data };
            Ok((Arc::new(tensors.into_iter().map(plain).collect()), hash_of(&bytes)))
        });
        let (weights, hash) = loaded.clone().map_err(|e| Problem::new("model.init.path", e))?;
        inputs.weights = Some(weights);
        inputs.files.insert(source.path.display().to_string(), hash);
        Ok(())
    }
}

/// A file from the folder of the experiment file. Nothing is not a path, but that folder.
fn at(folder: &Path, path: &Path) -> PathBuf {
    let whole = folder.join(path);
    if whole.as_os_str().is_empty() { PathBuf::from(".") } else { whole }
}

/// What decides which files a run reads, and which part of them.
fn names_of(task: &Learning) -> String {
    let weights = match &task.model.init {
        Init::File(source) => source.path.display().to_string(),
        _ => String::new(),
    };
    let test = match kept_rows(task) {
        Some(TestRows::File(test)) => test.path.display().to_string(),
        _ => String::new(),
    };
    match &task.data {
        Source::Csv(source) => format!("{}\n{test}\n{weights}", name_of(source)),
        Source::Npy(source) => format!("{}\n{test}\n{weights}", arrays_name(source)),
        Source::Parquet(source) => format!("{}\n{test}\n{weights}", columns_name(source)),
        Source::Idx(source) => format!("{}\n{:?}\n{weights}", source.path.display(), source.samples),
        _ => weights,
    }
}

/// What decides which part of a table is read, and how.
fn name_of(source: &CsvSource) -> String {
    format!("{:?}", CsvSource { transforms: Vec::new(), ..source.clone() })
}

fn columns_name(source: &ParquetSource) -> String {
    format!("{:?}", ParquetSource { transforms: Vec::new(), ..source.clone() })
}

fn arrays_name(source: &NpySource) -> String {
    format!("{:?}", (&source.path, &source.features, &source.labels))
}

fn beyond_f32(path: &Path, npy: &Npy) -> Option<String> {
    let (value, index) = npy.beyond_f32.as_ref()?;
    let path = path.display();
    Some(format!("{path}: {value:e} at {index:?} is too large for f32, which ends at {:e}", f32::MAX))
}

/// A second file for tests, with its hash.
fn read_test<T, E: Display>(
    folder: &Path,
    files: &dyn Files,
    test: &TestFile,
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<(Arc<T>, String), Problem> {
    let path = at(folder, &test.path);
    let problem = |text: String| hinted(Problem::new("test.path", text));
    let bytes = files.read(&path).map_err(|e| problem(format!("cannot read {}: {e}", path.display())))?;
    let parsed = parse(&bytes).map_err(|e| problem(format!("{}: {e}", path.display())))?;
    Ok((Arc::new(parsed), hash_of(&bytes)))
}

/// Two arrays, with the paths as written and the hashes of their files; for tests with the features and
/// classes of the `training` data.
fn read_arrays(
    folder: &Path,
    files: &dyn Files,
    source: &NpySource,
    training: Option<&Dataset>,
) -> Result<(Npy, Vec<(String, String)>), Problem> {
    let read = |key: &str, path: &Path| {
        let failed = |e| Problem::new(key, format!("cannot read {}: {e}", at(folder, path).display()));
        files.read(&at(folder, path)).map_err(failed)
    };
    let hashed = |path: &Path, bytes: &[u8]| (path.display().to_string(), hash_of(bytes));
    let (arrays, hashes) = match &source.path {
        Some(path) => {
            let bytes = read("data.path", path)?;
            let names = [&source.features, &source.labels].map(|name| name.to_string_lossy());
            let arrays = arrays_of(&bytes, [&names[0], &names[1]])
                .map_err(|e| Problem::new("data.path", format!("{}: {e}", at(folder, path).display())))?;
            (arrays, vec![hashed(path, &bytes)])
        }
        None => {
            let features = read("data.features", &source.features)?;
            let labels = read("data.labels", &source.labels)?;
            let hashes = vec![hashed(&source.features, &features), hashed(&source.labels, &labels)];
            ([features, labels], hashes)
        }
    };
    let npy = match training {
        None => Npy::parse(&arrays[0], &arrays[1]),
        Some(training) => Npy::parse_test(&arrays[0], &arrays[1], training),
    };
    let npy = npy.map_err(|(e, is_of_labels)| {
        let (key, name) =
            if is_of_labels { ("data.labels", &source.labels) } else { ("data.features", &source.features) };
        let path = source.path.as_ref().map_or_else(String::new, |path| format!("{}, ", path.display()));
        Problem::new(key, format!("{path}{}: {e}", name.display()))
    })?;
    Ok((npy, hashes))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn hash_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}
