//! Folders of IDX files, good and hostile.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod anywhere;
mod foreign;
mod hostile;
mod messages;

use std::fs;
use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use ndarray::array;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use thalweg_datasets::{Idx, IdxSource, Source, read_idx};

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

type Files = Vec<(&'static str, Vec<u8>)>;

fn idx(header: &[u32], data: &[u8]) -> Vec<u8> {
    header.iter().flat_map(|number| number.to_be_bytes()).chain(data.iter().copied()).collect()
}

fn images(samples: u32, rows: u32, columns: u32) -> Vec<u8> {
    let data: Vec<u8> = (0..samples * rows * columns).map(|i| i as u8).collect();
    idx(&[0x803, samples, rows, columns], &data)
}

fn labels(labels: &[u8]) -> Vec<u8> {
    idx(&[0x801, labels.len() as u32], labels)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Five images and 16 MiB that do not belong to them, packed to 16 kB.
fn bomb() -> Vec<u8> {
    gzip(&idx(&[0x803, 5, 2, 3], &vec![0; 1 << 24]))
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Five images of 2 × 3 pixels in three classes for training, four for the test.
fn good() -> Files {
    vec![
        (IMAGES, images(5, 2, 3)),
        (LABELS, labels(&[1, 0, 2, 1, 0])),
        (TEST_IMAGES, images(4, 2, 3)),
        (TEST_LABELS, labels(&[2, 2, 0, 1])),
    ]
}

/// The good files with some of them replaced or added.
fn but(changes: &[(&'static str, &[u8])]) -> Files {
    let mut files = good();
    for (name, bytes) in changes {
        files.retain(|(other, _)| other != name);
        files.push((name, bytes.to_vec()));
    }
    files
}

fn without(names: &[&str]) -> Files {
    good().into_iter().filter(|(name, _)| !names.contains(name)).collect()
}

fn write(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

/// What is read, or the message without the folder's name.
fn read(files: &[(&str, Vec<u8>)]) -> Result<Idx, String> {
    let folder = write(files);
    read_idx(folder.path()).map_err(|e| {
        let message = e.to_string();
        let name = folder.path().display().to_string();
        message.replace(&format!("{name}/"), "").replace(&name, "FOLDER")
    })
}

#[test]
fn images_are_rows_of_bytes_with_labels() {
    let folder = write(&good());
    let Idx { train, test, image, files } = read_idx(folder.path()).unwrap();
    assert_eq!(image, (2, 3));
    assert_eq!(files, [IMAGES, LABELS, TEST_IMAGES, TEST_LABELS].map(|name| folder.path().join(name)));
    assert_eq!((train.labels, train.n_classes), (vec![1, 0, 2, 1, 0], 3));
    assert_eq!(train.inputs.dim(), (5, 6));
    let test = test.unwrap();
    assert_eq!((test.labels, test.n_classes), (vec![2, 2, 0, 1], 3));
    let pixels: ndarray::Array2<u8> =
        array![[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11], [12, 13, 14, 15, 16, 17], [18, 19, 20, 21, 22, 23]];
    assert_eq!(test.inputs, pixels.into());

    let train_only = read(&without(&[TEST_IMAGES, TEST_LABELS])).unwrap();
    assert_eq!((train_only.test, train_only.files.len()), (None, 2));
}

#[test]
fn packed_and_dotted_names_make_no_difference() {
    let plain = read(&good()).unwrap();
    let files: Vec<(String, Vec<u8>)> = vec![
        ("train-images.idx3-ubyte".to_owned(), images(5, 2, 3)),
        (format!("{LABELS}.gz"), gzip(&labels(&[1, 0, 2, 1, 0]))),
        ("t10k-images.idx3-ubyte.gz".to_owned(), gzip(&images(4, 2, 3))),
        // Gzip allows a file in several parts.
        (format!("{TEST_LABELS}.gz"), [gzip(&labels(&[2, 2, 0, 1])[..9]), gzip(&[2, 0, 1])].concat()),
        // The plain file is read.
        ("train-images-idx3-ubyte.gz".to_owned(), b"damaged".to_vec()),
    ];
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let packed = read(&files).unwrap();
    assert_eq!((packed.train, packed.test), (plain.train, plain.test));
}

#[test]
fn the_first_samples_keep_the_classes_of_all() {
    let idx = read(&good()).unwrap();
    let source = |text: &str| -> IdxSource {
        let source = toml::from_str(&format!("kind = 'idx'\npath = 'x'\n{text}")).unwrap();
        let Source::Idx(source) = source else { unreachable!() };
        source
    };
    assert_eq!(source("").training_set(&idx).unwrap(), idx.train);
    assert_eq!(source("samples = 5").training_set(&idx).unwrap(), idx.train);
    let two = source("samples = 2").training_set(&idx).unwrap();
    assert_eq!((&two.labels, two.n_classes, two.flipped.len()), (&vec![1, 0], 3, 2));
    assert_eq!(two.inputs, idx.train.inputs.first(2));
    let error = source("samples = 6").training_set(&idx).unwrap_err().to_string();
    assert!(error.ends_with(&format!("{IMAGES}: 6 samples are asked for, but there are 5")), "{error}");
}

#[test]
fn sums_are_those_of_the_unpacked_files() {
    let lines: String = good().iter().map(|(name, bytes)| format!("{}  {name}\n", sum(bytes))).collect();
    let binary: String =
        good().iter().map(|(name, bytes)| format!("{} *{name}\r\n", sum(bytes).to_uppercase())).collect();
    for text in [&lines, &binary] {
        let files = [good(), vec![("SHA256SUMS", text.clone().into_bytes())]].concat();
        assert!(read(&files).is_ok(), "{text}");
    }
    let packed = [
        without(&[LABELS]),
        vec![
            ("train-labels-idx1-ubyte.gz", gzip(&labels(&[1, 0, 2, 1, 0]))),
            ("SHA256SUMS", lines.clone().into_bytes()),
        ],
    ];
    assert!(read(&packed.concat()).is_ok());
}
