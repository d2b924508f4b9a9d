//! What a run reads from files, and what follows from it.

use std::collections::BTreeMap;
use std::sync::Arc;

<<<<<<< HEAD
use thalweg_datasets::{Dataset, Largest};
use thalweg_network::Tensor;

use crate::file::{Learning, Task};
=======
use thalweg_datasets::{Csv, Dataset, Idx, Largest, ReadCsvError, Source, read_csv, read_file, read_idx};
use thalweg_network::{Init, Tensor};
use thalweg_records::read_tensors;

use crate::document::ExperimentFile;
use crate::settings::{Learning, Precision, RunSpec, Task};
>>>>>>> wt-datasets

/// The content of the files that a run needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    /// The training data of a source that is read, before any transform.
    pub dataset: Option<Arc<Dataset>>,
    /// The largest number of a table.
    pub largest: Option<Largest>,
    /// The test data that it brings along.
    pub held_out: Option<Arc<Dataset>>,
    /// Rows and columns, if the data are images.
    pub image: Option<(usize, usize)>,
    /// The tensors of `model.init = { kind = "file" }`.
    pub weights: Option<Arc<Vec<Tensor<f64>>>>,
    /// The BLAKE3 hash of each file, by its path as written.
    pub files: BTreeMap<String, String>,
}

<<<<<<< HEAD
/// The training data's numbers of samples, features and classes.
pub(crate) fn extent(task: &Learning, inputs: &Inputs) -> (usize, usize, usize) {
    task.data.drawn_extent().unwrap_or_else(|| {
        let dataset = inputs.dataset.as_ref().expect("files are loaded before their run is looked at");
        let (n_samples, n_features) = dataset.inputs.dim();
        (n_samples, n_features, dataset.n_classes)
    })
=======
/// Files that were read before, so that a sweep reads each once.
#[derive(Debug, Default)]
pub(crate) struct Loader {
    tables: Files<(Arc<Dataset>, Largest)>,
    images: BTreeMap<String, Option<Images>>,
    weights: Files<Vec<Tensor<f64>>>,
>>>>>>> wt-datasets
}

/// Of the layers, from the inputs to the outputs.
pub(crate) fn widths(task: &Learning, (n_features, n_classes): (usize, usize)) -> Vec<f64> {
    let hidden = task.model.hidden.iter().map(|width| width.size());
    std::iter::once(n_features).chain(hidden).chain([n_classes]).map(|width| width as f64).collect()
}

/// The number of parameters.
pub(crate) fn dim_of(task: &Task, inputs: &Inputs) -> f64 {
    match task {
        Task::Learning(task) => {
            let (_, n_features, n_classes) = extent(task, inputs);
            widths(task, (n_features, n_classes)).windows(2).map(|pair| (pair[0] + 1.0) * pair[1]).sum()
        }
<<<<<<< HEAD
        Task::Descent(task) => task.objective.dim() as f64,
    }
}
=======
        Some(inputs)
    }

    fn load_data(&mut self, task: &Learning, file: &mut ExperimentFile, inputs: &mut Inputs) -> Option<()> {
        match &task.data {
            Source::TwoMoons(_) | Source::Separable(_) => {}
            Source::Csv(source) => {
                let cache = format!("{}\n{}", source.path.display(), source.label);
                let path = file.folder().join(&source.path);
                let loaded = self.tables.entry(cache).or_insert_with(|| {
                    let Csv { dataset, largest } =
                        noted(file, &["data", "path"], read_csv(&path, &source.label))?;
                    Some((Arc::new((Arc::new(dataset), largest)), hash_of(&path)))
                });
                let (table, hash) = loaded.clone()?;
                let (dataset, largest) = &*table;
                if task.model.precision == Precision::F32 {
                    let fits = largest.check_f32().map_err(|source| ReadCsvError::Content { path, source });
                    noted(file, &["data", "path"], fits)?;
                }
                inputs.dataset = Some(dataset.clone());
                inputs.files.insert(source.path.display().to_string(), hash);
            }
            Source::Idx(source) => {
                let folder = file.folder().join(&source.path);
                let loaded = self
                    .images
                    .entry(source.path.display().to_string())
                    .or_insert_with(|| noted(file, &["data", "path"], read_idx(&folder)).map(Images::new));
                let images = loaded.clone()?;
                let train = noted(file, &["data", "samples"], source.training_set(&images.idx))?;
                inputs.dataset = Some(Arc::new(train));
                inputs.held_out = images.idx.test.clone().map(Arc::new);
                inputs.image = Some(images.idx.image);
                let named = |(name, hash)| (source.path.join(name).display().to_string(), hash);
                inputs.files.extend(images.hashes.into_iter().map(named));
            }
        }
        Some(())
    }

    fn load_weights(
        &mut self,
        task: &Learning,
        file: &mut ExperimentFile,
        inputs: &mut Inputs,
    ) -> Option<()> {
        let Init::File(source) = &task.model.init else { return Some(()) };
        let path = file.folder().join(&source.path);
        let loaded = self.weights.entry(source.path.display().to_string()).or_insert_with(|| {
            noted(file, &["model", "init", "path"], read_weights(&path))
                .map(|weights| (Arc::new(weights), hash_of(&path)))
        });
        let (weights, hash) = loaded.clone()?;
        inputs.weights = Some(weights);
        inputs.files.insert(source.path.display().to_string(), hash);
        Some(())
    }
}

impl Images {
    fn new(idx: Idx) -> Self {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hashes = idx.files.iter().map(|path| (name(path), hash_of(path))).collect();
        Self { idx: Arc::new(idx), hashes }
    }
}

fn read_weights(path: &Path) -> Result<Vec<Tensor<f64>>, String> {
    let bytes = read_file(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let tensors = read_tensors(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(tensors.into_iter().map(|t| Tensor { name: t.name, shape: t.shape, data: t.data }).collect())
}

/// The hash of a file that was just read; one that has gone since then has none.
fn hash_of(path: &Path) -> String {
    read_file(path).map_or_else(|_| String::new(), |bytes| blake3::hash(&bytes).to_hex()[..32].to_owned())
}

fn noted<T, E: ToString>(file: &mut ExperimentFile, key: &[&str], result: Result<T, E>) -> Option<T> {
    let path: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
    result.map_err(|e| file.note(&path, e.to_string(), None)).ok()
}
>>>>>>> wt-datasets
