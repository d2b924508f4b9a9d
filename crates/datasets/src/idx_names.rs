//! What the files of images and labels are called.

/// The file of the sums that the others are checked against, if it is there.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// The parts of EMNIST, one of which makes a data set.
const EMNIST: [&str; 6] = ["balanced", "byclass", "bymerge", "digits", "letters", "mnist"];

/// The files of one data set: for each the names that it may have. Of several, the first that is there is
/// read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxNames {
    /// The images for training.
    pub train_images: Vec<String>,
    /// Their labels.
    pub train_labels: Vec<String>,
    /// The test images, which may be missing together with their labels.
    pub test_images: Vec<String>,
    /// Their labels.
    pub test_labels: Vec<String>,
}

impl IdxNames {
    /// The data sets that are looked for in a folder: MNIST and those that take its names; if none of its
    /// files for training is there, then the six parts of EMNIST, of which only one may be there. Beside them
    /// a file `SHA256SUMS` is read.
    pub fn all() -> Vec<Self> {
        let emnist = EMNIST.map(|part| {
            let part = format!("emnist-{part}");
            Self::new(&format!("{part}-train"), &format!("{part}-test"))
        });
        std::iter::once(Self::new("train", "t10k")).chain(emnist).collect()
    }

    fn new(train: &str, test: &str) -> Self {
        Self {
            train_images: names(train, "images", 3),
            train_labels: names(train, "labels", 1),
            test_images: names(test, "images", 3),
            test_labels: names(test, "labels", 1),
        }
    }
}

/// A plain file wins over a gzipped one.
fn names(set: &str, content: &str, n_dims: usize) -> Vec<String> {
    let plain = ["-", "."].map(|dot| format!("{set}-{content}{dot}idx{n_dims}-ubyte"));
    let gzipped = plain.clone().map(|name| name + ".gz");
    plain.into_iter().chain(gzipped).collect()
}
