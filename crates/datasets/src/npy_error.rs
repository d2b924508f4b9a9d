//! What can be wrong with arrays of NumPy.

/// Bytes that are not an array of numbers or texts, or arrays that make no dataset. The file is not named,
/// since bytes have no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NpyError {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// Something else than an array.
    #[error("the file is not a NumPy array")]
    NotNpy,
    /// Something else that is known.
    #[error("the file begins like {what}, not like a NumPy array{}", if *what == "a NumPy archive" {
        "\nhint: `path` names an archive, `features` and `labels` the arrays in it"
    } else {
        ""
    })]
    Foreign {
        /// What it is.
        what: &'static str,
    },
    /// A newer format.
    #[error("version {0} of the format NPY, expected 1 to 3")]
    Version(u8),
    /// A header that is cut off or tells not what it should.
    #[error("the header is cut off or damaged{}", if .0.is_empty() { String::new() } else { format!(": {}", .0) })]
    Header(String),
    /// Elements that are no numbers.
    #[error(
        "the elements are of type {}, expected whole numbers, 32-bit or 64-bit floats, or for labels text",
        described(descr)
    )]
    Type {
        /// What NumPy calls them.
        descr: String,
    },
    /// A file that is shorter or longer than its header says.
    #[error("an array of shape {shape:?} has {expected} bytes, the file {found}")]
    Length {
        /// The sizes in the header.
        shape: Vec<usize>,
        /// What they come to.
        expected: String,
        /// The bytes after the header.
        found: usize,
    },
    /// Text of which a part is no character.
    #[error("the text is neither UTF-8 nor Unicode")]
    Text,
    /// An archive that cannot be read.
    #[error("the archive cannot be read: {0}")]
    Archive(String),
    /// An array that the archive has not.
    #[error("there is no array {name:?}\nhint: the arrays are {}", names.join(", "))]
    NoArray {
        /// The name that was given.
        name: String,
        /// Those that there are.
        names: Vec<String>,
    },
    /// Features that are no numbers.
    #[error("the features are text, expected numbers")]
    TextFeatures,
    /// Features without an axis for samples and one for features.
    #[error(
        "the features have the shape {0:?}, expected at least two axes, samples first, and none of length 0"
    )]
    FeatureShape(Vec<usize>),
    /// Labels with more than one axis.
    #[error("the labels have the shape {shape:?}, expected one axis{}", if shape.len() == 2 {
        "\nhint: if each row marks its class by a 1, save labels.argmax(1)"
    } else {
        ""
    })]
    LabelShape {
        /// The length of each axis.
        shape: Vec<usize>,
    },
    /// Not one label a sample.
    #[error("the features are of {samples} samples, the labels of {labels}")]
    Counts {
        /// The length of the features' first axis.
        samples: usize,
        /// The number of labels.
        labels: usize,
    },
    /// A feature that is infinite or NaN.
    #[error("the features hold {value} at {index:?}, expected finite numbers")]
    NotFinite {
        /// What stands there.
        value: String,
        /// Where.
        index: Vec<usize>,
    },
    /// A label that is not a class.
    #[error("label {index} (from 0) is {value}, which is not a class, a whole number of at least 0")]
    NotAClass {
        /// Where.
        index: usize,
        /// What stands there.
        value: String,
    },
    /// A class without a sample below one with samples.
    #[error(
        "label {index} (from 0) is class {found}, but no label is class {missing}\n\
         hint: classes count from 0, without gaps"
    )]
    MissingClass {
        /// Where the first class after the gap is found first.
        index: usize,
        /// That class.
        found: u32,
        /// The first class of the gap.
        missing: u32,
    },
    /// Features for tests that are more or fewer than those that were learned from.
    #[error("the features are {found} a sample, those of the training data {training}")]
    OtherFeatures {
        /// Features of a test sample.
        found: usize,
        /// Those of a training sample.
        training: usize,
    },
    /// A label for tests that no training sample has.
    #[error("label {index} (from 0) is {value}, and the training data have the classes {known}")]
    UnseenClass {
        /// Where.
        index: usize,
        /// What stands there.
        value: String,
        /// The classes of the training data.
        known: String,
    },
    /// A label of no letters.
    #[error("label {0} (from 0) is an empty text")]
    NoName(usize),
    /// Nothing to tell apart.
    #[error("every label is {0}")]
    OneClass(String),
}

fn described(descr: &str) -> String {
    match descr {
        "|O" => "'|O', Python objects".to_owned(),
        _ if descr.contains(' ') => descr.to_owned(),
        _ => format!("'{descr}'"),
    }
}
