//! What can be wrong with a folder of IDX files.

use std::path::PathBuf;

/// A folder that does not hold images and labels as MNIST does.
#[derive(Debug, thiserror::Error)]
pub enum IdxError {
    /// The operating system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A path to something else than a folder.
    #[error("{} is no folder\nhint: the path is that of the folder which holds the files", .0.display())]
    NotAFolder(PathBuf),
    /// A file of the training set is not there.
    #[error("{}: there is no {}", folder.display(), names.join(" or "))]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The names that were looked for.
        names: Vec<String>,
    },
    /// Files of several data sets, with nothing to choose by.
    #[error(
        "{}: there are several data sets, with {}\nhint: put each into a folder of its own",
        folder.display(), names.join(" and ")
    )]
    SeveralSets {
        /// The folder.
        folder: PathBuf,
        /// The labels for training of each.
        names: Vec<String>,
    },
    /// Test images without their labels, or labels without their images.
    #[error("{}: there is no {} that belongs to it", there.display(), names.join(" or "))]
    HalfATest {
        /// The file that is there.
        there: PathBuf,
        /// The names that were looked for.
        names: Vec<String>,
    },
    /// A file of no bytes.
    #[error("{}: the file is empty", .0.display())]
    Empty(PathBuf),
    /// A gzipped file that its name does not call one.
    #[error("{}: the file is gzipped\nhint: unpack it, or give it a name that ends in .gz", .0.display())]
    Gzipped(PathBuf),
    /// A file that its name calls gzipped and which is not.
    #[error("{}: the file is not gzipped\nhint: is it unpacked? then its name must not end in .gz", .0.display())]
    NotGzipped(PathBuf),
    /// Something else than images or labels.
    #[error("{}: the file begins like {what}, not like an IDX file{}", path.display(), hinted(*hint))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do about it.
        hint: Option<&'static str>,
    },
    /// A gzipped file that is cut off, damaged, or followed by something else.
    #[error("{}: the file cannot be unpacked to its end: {source}", path.display())]
    Unpack {
        /// The file.
        path: PathBuf,
        /// What the decoder stumbled over.
        source: std::io::Error,
    },
    /// A file that ends within its header.
    #[error("{}: the header has {found} of {expected} bytes", path.display())]
    ShortHeader {
        /// The file.
        path: PathBuf,
        /// The length of the unpacked file.
        found: u64,
        /// The length of the header.
        expected: u64,
    },
    /// Another magic number.
    #[error("{}: the magic number is {found:#010x}, not {expected:#010x}{}", path.display(), in_words(*found))]
    Magic {
        /// The file.
        path: PathBuf,
        /// The first four bytes.
        found: u32,
        /// What they should be.
        expected: u32,
    },
    /// A header that declares no images or labels.
    #[error("{}: the header declares 0 samples", .0.display())]
    NoSamples(PathBuf),
    /// Images without pixels, or of absurd size.
    #[error(
        "{}: the images have {rows} × {columns} pixels, each side must have 1 to {max}{}",
        path.display(), reversed([*rows, *columns], *max)
    )]
    Side {
        /// The file.
        path: PathBuf,
        /// Rows of an image.
        rows: usize,
        /// Columns of an image.
        columns: usize,
        /// The largest number of either.
        max: usize,
    },
    /// A header that declares more than this reader takes in.
    #[error(
        "{}: the header declares {samples} images of {rows} × {columns} pixels, more than {max} bytes",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The number of images.
        samples: usize,
        /// Rows of an image.
        rows: usize,
        /// Columns of an image.
        columns: usize,
        /// The largest number of bytes.
        max: u64,
    },
    /// A file that is shorter than its header says.
    #[error("{}: the header declares {expected} bytes, of which {} are missing", path.display(), expected - found)]
    Short {
        /// The file.
        path: PathBuf,
        /// The length of the unpacked file.
        found: u64,
        /// The length that the header declares, its own included.
        expected: u64,
    },
    /// A file that is longer than its header says.
    #[error("{}: the header declares {expected} bytes, {}", path.display(), excess(*length, *expected))]
    Long {
        /// The file.
        path: PathBuf,
        /// The length of the file; unknown of a gzipped one, which is not unpacked further.
        length: Option<u64>,
        /// The length that the header declares, its own included.
        expected: u64,
    },
    /// Not one label an image.
    #[error(
        "{} declares {n_images} images, {} {n_labels} labels",
        images.display(),
        labels.display()
    )]
    Counts {
        /// The file of the images.
        images: PathBuf,
        /// Their number.
        n_images: usize,
        /// The file of the labels.
        labels: PathBuf,
        /// Their number.
        n_labels: usize,
    },
    /// Test images of another size than those for training.
    #[error(
        "the images of {} have {} × {} pixels, those of {} {} × {}",
        train.display(), train_size.0, train_size.1, test.display(), test_size.0, test_size.1
    )]
    Sizes {
        /// The images for training.
        train: PathBuf,
        /// Their rows and columns.
        train_size: (usize, usize),
        /// The test images.
        test: PathBuf,
        /// Their rows and columns.
        test_size: (usize, usize),
    },
    /// A class without a sample below one with samples.
    #[error(
        "{}: label {index} (from 0) is class {found}, but no label is class {missing}\n\
         hint: classes count from 0, without gaps{}",
        path.display(),
        if (*found, *missing) == (1, 0) { "; these seem to count from 1, as the letters of EMNIST do" } else { "" }
    )]
    MissingClass {
        /// The labels for training.
        path: PathBuf,
        /// Where the first class after the gap is found first, from 0.
        index: usize,
        /// That class.
        found: u8,
        /// The first class of the gap.
        missing: u8,
    },
    /// Nothing to tell apart.
    #[error("{}: every label is class 0", .0.display())]
    OneClass(PathBuf),
    /// A test label that no training label prepares for.
    #[error(
        "{}: label {index} (from 0) is class {found}, but the training set has classes 0 to {}",
        path.display(),
        n_classes - 1
    )]
    UnknownClass {
        /// The test labels.
        path: PathBuf,
        /// Where, from 0.
        index: usize,
        /// The class.
        found: u8,
        /// K, the number of classes in the training set.
        n_classes: usize,
    },
    /// More samples are asked for than there are.
    #[error("{}: {asked} samples are asked for, but there are {found}", path.display())]
    TooFew {
        /// The images for training.
        path: PathBuf,
        /// `samples` of the source.
        asked: u64,
        /// The number of images.
        found: usize,
    },
    /// A line of `SHA256SUMS` that is not a sum and a name.
    #[error(
        "{}: line {line} is {text:?}\nhint: a line is 64 hexadecimal digits, two blanks and the name of an unpacked file",
        path.display()
    )]
    SumLine {
        /// The file of sums.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How it begins.
        text: String,
    },
    /// `SHA256SUMS` has no line for a file.
    #[error("{}: there is no sum for {name}\nhint: the sums are those of the unpacked files", path.display())]
    NoSum {
        /// The file of sums.
        path: PathBuf,
        /// The name of the unpacked file.
        name: String,
    },
    /// Other content than `SHA256SUMS` says.
    #[error("{}: the SHA-256 sum of the unpacked file is\n{found}, but SHA256SUMS says\n{expected}", path.display())]
    WrongSum {
        /// The file.
        path: PathBuf,
        /// Its sum.
        found: String,
        /// The sum in `SHA256SUMS`.
        expected: String,
    },
}

const REVERSED: &str =
    "\nhint: the numbers of the header are in reverse byte order, the highest byte must come first";

/// What a magic number says: after two zeros the type of the elements and the number of dimensions.
fn in_words(magic: u32) -> String {
    let types = |magic: u32| match magic.to_be_bytes() {
        [0, 0, 0x08, dims] => Some(("unsigned bytes", dims)),
        [0, 0, 0x09, dims] => Some(("signed bytes", dims)),
        [0, 0, 0x0b, dims] => Some(("16-bit integers", dims)),
        [0, 0, 0x0c, dims] => Some(("32-bit integers", dims)),
        [0, 0, 0x0d, dims] => Some(("32-bit floats", dims)),
        [0, 0, 0x0e, dims] => Some(("64-bit floats", dims)),
        _ => None,
    };
    match types(magic) {
        Some(("unsigned bytes", 1)) => "\nhint: these are labels".to_owned(),
        Some(("unsigned bytes", 3)) => "\nhint: these are images".to_owned(),
        Some((elements, dims)) => {
            let s = if dims == 1 { "" } else { "s" };
            format!(
                "\nhint: these are {elements} in {dims} dimension{s}; images are unsigned bytes in 3, labels in 1"
            )
        }
        None if types(magic.swap_bytes()).is_some() => REVERSED.to_owned(),
        None => String::new(),
    }
}

/// A hint if a side is too long, but not with its bytes the other way round.
fn reversed(sides: [usize; 2], max: usize) -> &'static str {
    let swapped = sides.map(|side| (side as u32).swap_bytes() as usize);
    let fits = swapped.iter().all(|side| (1..=max).contains(side));
    if fits && sides.iter().any(|side| *side > max) { REVERSED } else { "" }
}

fn hinted(hint: Option<&str>) -> String {
    hint.map_or_else(String::new, |hint| format!("\nhint: {hint}"))
}

fn excess(length: Option<u64>, expected: u64) -> String {
    match length {
        Some(length) => format!("and there are {} too many", length - expected),
        None => "and the unpacked file goes on after them".to_owned(),
    }
}
