//! Images with labels in IDX files: MNIST and its family.

use std::path::{Path, PathBuf};

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Count;

use crate::checksums::Checksums;
use crate::idx_file::{IdxFile, find, names};
use crate::{Dataset, IdxError, Transform};

/// A folder with images and labels as MNIST has them; [`read_idx`] reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IdxSource {
    /// The folder.
    pub path: PathBuf,
    /// How many of the images for training are used, the first ones; default all.
    #[serde(default)]
    pub samples: Option<Count>,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// What a folder of IDX files holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Idx {
    /// The images for training, one a row, its pixels row by row.
    pub train: Dataset,
    /// The test images, with as many classes; `None` if there are none.
    pub test: Option<Dataset>,
    /// Rows and columns of an image.
    pub image: (usize, usize),
    /// The files that were read: images and labels for training, then those of the test.
    pub files: Vec<PathBuf>,
}

/// Reads a folder of IDX files.
///
/// ```text
/// train-images-idx3-ubyte   train-labels-idx1-ubyte      for training
/// t10k-images-idx3-ubyte    t10k-labels-idx1-ubyte       test, may both be missing
/// ```
/// A file may have a dot before `idx` and may be gzipped, with `.gz` at the end of its name. Of several, a plain file
/// is read rather than a gzipped one. If there is a file `SHA256SUMS`, each file must be listed in it by its unpacked
/// name and have that sum once it is unpacked.
///
/// Classes are the labels 0 … K − 1 of the training set, of which none is missing.
///
/// # Errors
/// [`IdxError`] says which file to mend.
pub fn read_idx(folder: &Path) -> Result<Idx, IdxError> {
    let found = folder.metadata().map_err(|source| IdxError::Io { path: folder.to_owned(), source })?;
    if !found.is_dir() {
        return Err(IdxError::NotAFolder(folder.to_owned()));
    }
    let missing = |names| IdxError::Missing { folder: folder.to_owned(), names };
    let images = find::<3>(folder, "train-images")?.ok_or_else(|| missing(names::<3>("train-images")))?;
    let labels = find::<1>(folder, "train-labels")?.ok_or_else(|| missing(names::<1>("train-labels")))?;
    let test = match (find::<3>(folder, "t10k-images")?, find::<1>(folder, "t10k-labels")?) {
        (Some(images), Some(labels)) => Some((images, labels)),
        (None, None) => None,
        (Some(there), None) => return Err(IdxError::HalfATest { there, names: names::<1>("t10k-labels") }),
        (None, Some(there)) => return Err(IdxError::HalfATest { there, names: names::<3>("t10k-images") }),
    };
    let sums = Checksums::read(folder)?;

    let train = Pair::read(images, labels, sums.as_ref())?;
    let n_classes = count_classes(&train.labels)?;
    let image = train.size();
    let mut files = train.paths();
    let test = match test {
        Some((images, labels)) => {
            let test = Pair::read(images, labels, sums.as_ref())?;
            files.extend(test.paths());
            test.check_against(&train, n_classes)?;
            Some(test.into_dataset(n_classes))
        }
        None => None,
    };
    Ok(Idx { train: train.into_dataset(n_classes), test, image, files })
}

impl IdxSource {
    /// The samples for training out of what [`read_idx`] has read, before the transforms. K is that of the whole
    /// folder. Without [`samples`](Self::samples) nothing is copied but labels.
    ///
    /// # Errors
    /// [`IdxError::TooFew`] if there are fewer than [`samples`](Self::samples).
    pub fn training_set(&self, idx: &Idx) -> Result<Dataset, IdxError> {
        let (all, found) = (&idx.train, idx.train.labels.len());
        let Some(samples) = self.samples else { return Ok(all.clone()) };
        if samples.get() > found as u64 {
            return Err(IdxError::TooFew { path: idx.files[0].clone(), asked: samples.get(), found });
        }
        let samples = samples.size();
        Ok(Dataset::new(all.inputs.first(samples), all.labels[..samples].to_vec(), all.n_classes))
    }
}

/// Images with their labels.
struct Pair {
    images: IdxFile<3>,
    labels: IdxFile<1>,
}

impl Pair {
    fn read(images: PathBuf, labels: PathBuf, sums: Option<&Checksums>) -> Result<Self, IdxError> {
        let (images, labels) = (IdxFile::<3>::read(images)?, IdxFile::<1>::read(labels)?);
        if let Some(sums) = sums {
            sums.check(&images.path, &[&images.header, &images.data])?;
            sums.check(&labels.path, &[&labels.header, &labels.data])?;
        }
        let (n_images, n_labels) = (images.sizes[0], labels.sizes[0]);
        if n_images != n_labels {
            return Err(IdxError::Counts { images: images.path, n_images, labels: labels.path, n_labels });
        }
        Ok(Self { images, labels })
    }

    /// Rows and columns of an image.
    fn size(&self) -> (usize, usize) {
        let [_, rows, columns] = self.images.sizes;
        (rows, columns)
    }

    fn paths(&self) -> Vec<PathBuf> {
        vec![self.images.path.clone(), self.labels.path.clone()]
    }

    /// Whether a network for the images in `train` fits these as well.
    fn check_against(&self, train: &Self, n_classes: usize) -> Result<(), IdxError> {
        let (train_size, test_size) = (train.size(), self.size());
        if train_size != test_size {
            let (train, test) = (train.images.path.clone(), self.images.path.clone());
            return Err(IdxError::Sizes { train, train_size, test, test_size });
        }
        match self.labels.data.iter().position(|label| usize::from(*label) >= n_classes) {
            Some(index) => {
                let (path, found) = (self.labels.path.clone(), self.labels.data[index]);
                Err(IdxError::UnknownClass { path, index, found, n_classes })
            }
            None => Ok(()),
        }
    }

    fn into_dataset(self, n_classes: usize) -> Dataset {
        let [samples, rows, columns] = self.images.sizes;
        let inputs = Array2::from_shape_vec((samples, rows * columns), self.images.data)
            .expect("the length of the data was checked");
        Dataset::new(inputs, self.labels.data.into_iter().map(u32::from).collect(), n_classes)
    }
}

/// K, the number of classes in the labels for training.
fn count_classes(labels: &IdxFile<1>) -> Result<usize, IdxError> {
    let mut first = [None; 256];
    for (index, label) in labels.data.iter().enumerate() {
        first[usize::from(*label)].get_or_insert(index);
    }
    let n_classes = first.iter().take_while(|index| index.is_some()).count();
    // The first label above the gap.
    let beyond = (0..=u8::MAX).zip(first).skip(n_classes).find_map(|(class, index)| Some((class, index?)));
    let path = labels.path.clone();
    match (beyond, n_classes) {
        (Some((found, index)), missing) => {
            Err(IdxError::MissingClass { path, index, found, missing: missing as u8 })
        }
        (None, 1) => Err(IdxError::OneClass(path)),
        (None, _) => Ok(n_classes),
    }
}
