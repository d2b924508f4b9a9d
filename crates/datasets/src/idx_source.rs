//! Images with labels in IDX files: MNIST and its family.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Count;

use crate::checksums::Checksums;
use crate::idx_file::Named;
use crate::idx_names::{IdxNames, SUMS};
use crate::idx_pair::Pair;
use crate::{Dataset, IdxError, Transform, read_file};

/// A folder with images and labels as MNIST has them: IDX files, which may be gzipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IdxSource {
    /// The folder, from that of the experiment file, with `train-images-idx3-ubyte` and the other files.
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

/// Reads a folder of IDX files from the disk, as [`Idx::parse`] does from anywhere.
///
/// # Errors
/// [`IdxError`] says which file to mend.
pub fn read_idx(folder: impl AsRef<Path>) -> Result<Idx, IdxError> {
    let folder = folder.as_ref();
    let found = folder.metadata().map_err(|source| IdxError::Io { path: folder.to_owned(), source })?;
    if !found.is_dir() {
        return Err(IdxError::NotAFolder(folder.to_owned()));
    }
    Idx::parse(folder, |path| read_file(path))
}

impl Idx {
    /// Makes a data set from the files of `folder`, which `read` gets whole by their paths: that of the
    /// folder and a name. Where there is no file, it answers with [`ErrorKind::NotFound`].
    ///
    /// ```text
    /// train-images-idx3-ubyte   train-labels-idx1-ubyte      for training
    /// t10k-images-idx3-ubyte    t10k-labels-idx1-ubyte       test, may both be missing
    /// ```
    /// A file may have a dot before `idx` and may be gzipped, with `.gz` at the end of its name. Of several,
    /// a plain file is read rather than a gzipped one. A part of EMNIST may have its own names; [`IdxNames`]
    /// has all of them. If there is a file `SHA256SUMS`, each file must be listed in it by its unpacked name
    /// and have that sum once it is unpacked.
    ///
    /// Classes are the labels 0 … K − 1 of the training set, of which none is missing.
    ///
    /// # Errors
    /// [`IdxError`] says which file to mend.
    pub fn parse(
        folder: impl AsRef<Path>,
        read: impl FnMut(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, IdxError> {
        let mut folder = Folder { path: folder.as_ref(), read };
        let names = folder.data_set()?;
        let images = folder.required(names.train_images)?;
        let labels = folder.required(names.train_labels)?;
        let test = match (folder.find(&names.test_images)?, folder.find(&names.test_labels)?) {
            (Some(images), Some(labels)) => Some((images, labels)),
            (None, None) => None,
            (Some(there), None) => {
                return Err(IdxError::HalfATest { there: there.path, names: names.test_labels });
            }
            (None, Some(there)) => {
                return Err(IdxError::HalfATest { there: there.path, names: names.test_images });
            }
        };
        let sums = folder.find(&[SUMS.to_owned()])?.map(Checksums::parse).transpose()?;

        let train = Pair::parse(images, labels, sums.as_ref())?;
        let n_classes = train.count_classes()?;
        let image = train.size();
        let mut files = train.paths();
        let test = match test {
            Some((images, labels)) => {
                let test = Pair::parse(images, labels, sums.as_ref())?;
                files.extend(test.paths());
                test.check_against(&train, n_classes)?;
                Some(test.into_dataset(n_classes))
            }
            None => None,
        };
        Ok(Self { train: train.into_dataset(n_classes), test, image, files })
    }
}

impl IdxSource {
    /// The samples for training out of what [`read_idx`] has read, before the transforms. K is that of the
    /// whole folder. Without [`samples`](Self::samples) nothing is copied but labels.
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

/// Where the files are, and how they are read.
struct Folder<'a, R> {
    path: &'a Path,
    read: R,
}

impl<R: FnMut(&Path) -> io::Result<Vec<u8>>> Folder<'_, R> {
    /// The names of the data set that is there, or those of MNIST.
    fn data_set(&mut self) -> Result<IdxNames, IdxError> {
        let mut all = IdxNames::all();
        let emnist = all.split_off(1);
        let mnist = all.remove(0);
        if self.has_some_of(&mnist)? {
            return Ok(mnist);
        }
        let mut there = Vec::new();
        for part in emnist {
            if self.has_some_of(&part)? {
                there.push(part);
            }
        }
        match there.len() {
            0 => Ok(mnist),
            1 => Ok(there.remove(0)),
            _ => {
                let names = there.into_iter().map(|mut part| part.train_labels.swap_remove(0)).collect();
                Err(IdxError::SeveralSets { folder: self.path.to_owned(), names })
            }
        }
    }

    /// Whether there are labels for training or, if not, images. Labels are the smaller file to read twice.
    fn has_some_of(&mut self, names: &IdxNames) -> Result<bool, IdxError> {
        Ok(self.find(&names.train_labels)?.is_some() || self.find(&names.train_images)?.is_some())
    }

    fn required(&mut self, names: Vec<String>) -> Result<Named, IdxError> {
        self.find(&names)?.ok_or_else(|| IdxError::Missing { folder: self.path.to_owned(), names })
    }

    /// The first of the files that is there.
    fn find(&mut self, names: &[String]) -> Result<Option<Named>, IdxError> {
        for name in names {
            let path = self.path.join(name);
            match (self.read)(&path) {
                Ok(bytes) => return Ok(Some(Named { path, bytes })),
                Err(source) => match source.kind() {
                    // Some archives unpack a file into a folder that has almost its name.
                    ErrorKind::NotFound | ErrorKind::IsADirectory => {}
                    ErrorKind::NotADirectory => return Err(IdxError::NotAFolder(self.path.to_owned())),
                    _ => return Err(IdxError::Io { path, source }),
                },
            }
        }
        Ok(None)
    }
}
