//! What runs read from disk, read once before any of them starts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use thalweg_datasets::{Dataset, Source, read_csv};
use thalweg_network::{Init, Tensor};
use thalweg_records::read_tensors;

use crate::RunSpec;
use crate::document::ExperimentFile;

/// The content of the files that a run needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    /// The rows of a CSV source, before any transform.
    pub dataset: Option<Arc<Dataset>>,
    /// The tensors of `model.init = { kind = "file" }`.
    pub weights: Option<Arc<Vec<Tensor<f64>>>>,
    /// The BLAKE3 hash of each file, by its path as written.
    pub files: BTreeMap<String, String>,
}

/// Files that were read before, so that a sweep reads each once.
#[derive(Debug, Default)]
pub(crate) struct Loader {
    datasets: Files<Dataset>,
    weights: Files<Vec<Tensor<f64>>>,
}

/// Content and hash of files by their names; `None` where one could not be read.
type Files<T> = BTreeMap<String, Option<(Arc<T>, String)>>;

impl Loader {
    /// Loads what `spec` names, noting problems in `file`; `None` if something could not be read.
    pub(crate) fn load(&mut self, spec: &RunSpec, file: &mut ExperimentFile) -> Option<Inputs> {
        let mut inputs = Inputs::default();
        if let Source::Csv(source) = &spec.data {
            let cache = format!("{}\n{}", source.path.display(), source.label);
            let path = file.folder().join(&source.path);
            let loaded = self.datasets.entry(cache).or_insert_with(|| {
                let dataset = read_csv(&path, &source.label);
                noted(file, &["data", "path"], dataset).map(|dataset| (Arc::new(dataset), hash_of(&path)))
            });
            let (dataset, hash) = loaded.clone()?;
            inputs.dataset = Some(dataset);
            inputs.files.insert(source.path.display().to_string(), hash);
        }
        if let Init::File(source) = &spec.model.init {
            let path = file.folder().join(&source.path);
            let loaded = self.weights.entry(source.path.display().to_string()).or_insert_with(|| {
                noted(file, &["model", "init", "path"], read_weights(&path))
                    .map(|weights| (Arc::new(weights), hash_of(&path)))
            });
            let (weights, hash) = loaded.clone()?;
            inputs.weights = Some(weights);
            inputs.files.insert(source.path.display().to_string(), hash);
        }
        Some(inputs)
    }
}

fn read_weights(path: &Path) -> Result<Vec<Tensor<f64>>, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let tensors = read_tensors(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(tensors.into_iter().map(|t| Tensor { name: t.name, shape: t.shape, data: t.data }).collect())
}

/// The hash of a file that was just read; one that has gone since then has none.
fn hash_of(path: &Path) -> String {
    std::fs::read(path).map_or_else(|_| String::new(), |bytes| blake3::hash(&bytes).to_hex()[..32].to_owned())
}

fn noted<T, E: ToString>(file: &mut ExperimentFile, key: &[&str], result: Result<T, E>) -> Option<T> {
    let path: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
    result.map_err(|e| file.note(&path, e.to_string(), None)).ok()
}
