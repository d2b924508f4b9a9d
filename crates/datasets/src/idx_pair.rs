//! Images and the labels that belong to them.

use std::path::PathBuf;

use ndarray::Array2;

use crate::checksums::Checksums;
use crate::idx_file::{IdxFile, Named};
use crate::{Dataset, IdxError};

/// Images with their labels.
pub(crate) struct Pair {
    images: IdxFile<3>,
    labels: IdxFile<1>,
}

impl Pair {
    pub(crate) fn parse(images: Named, labels: Named, sums: Option<&Checksums>) -> Result<Self, IdxError> {
        let (images, labels) = (IdxFile::<3>::parse(images)?, IdxFile::<1>::parse(labels)?);
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
    pub(crate) fn size(&self) -> (usize, usize) {
        let [_, rows, columns] = self.images.sizes;
        (rows, columns)
    }

    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        vec![self.images.path.clone(), self.labels.path.clone()]
    }

    /// Whether a network for the images in `train` fits these as well.
    pub(crate) fn check_against(&self, train: &Self, n_classes: usize) -> Result<(), IdxError> {
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

    pub(crate) fn into_dataset(self, n_classes: usize) -> Dataset {
        let [samples, rows, columns] = self.images.sizes;
        let inputs = Array2::from_shape_vec((samples, rows * columns), self.images.data)
            .expect("the length of the data was checked");
        Dataset::new(inputs, self.labels.data.into_iter().map(u32::from).collect(), n_classes)
    }

    /// K, the number of classes in labels for training.
    pub(crate) fn count_classes(&self) -> Result<usize, IdxError> {
        let mut first = [None; 256];
        for (index, label) in self.labels.data.iter().enumerate() {
            first[usize::from(*label)].get_or_insert(index);
        }
        let n_classes = first.iter().take_while(|index| index.is_some()).count();
        // The first label above the gap.
        let beyond =
            (0..=u8::MAX).zip(first).skip(n_classes).find_map(|(class, index)| Some((class, index?)));
        let path = self.labels.path.clone();
        match (beyond, n_classes) {
            (Some((found, index)), missing) => {
                Err(IdxError::MissingClass { path, index, found, missing: missing as u8 })
            }
            (None, 1) => Err(IdxError::OneClass(path)),
            (None, _) => Ok(n_classes),
        }
    }
}
