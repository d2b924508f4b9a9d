//! Folders of IDX files, good and hostile.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use ndarray::array;
use proptest::prelude::*;
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

/// The good files with some of them replaced or added, and without those that are empty here.
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
fn messages_name_the_file_and_the_trouble() {
    let packed_images = gzip(&images(5, 2, 3));
    let bomb = gzip(&idx(&[0x803, 5, 2, 3], &vec![0; 1 << 24]));
    let all = u32::MAX;
    for (files, message) in [
        (
            without(&[IMAGES]),
            "FOLDER: there is no train-images-idx3-ubyte or train-images.idx3-ubyte or \
             train-images-idx3-ubyte.gz or train-images.idx3-ubyte.gz",
        ),
        (
            without(&[LABELS]),
            "FOLDER: there is no train-labels-idx1-ubyte or train-labels.idx1-ubyte or \
             train-labels-idx1-ubyte.gz or train-labels.idx1-ubyte.gz",
        ),
        (
            without(&[TEST_LABELS]),
            "t10k-images-idx3-ubyte: there is no t10k-labels-idx1-ubyte or t10k-labels.idx1-ubyte or \
             t10k-labels-idx1-ubyte.gz or t10k-labels.idx1-ubyte.gz that belongs to it",
        ),
        (
            without(&[TEST_IMAGES]),
            "t10k-labels-idx1-ubyte: there is no t10k-images-idx3-ubyte or t10k-images.idx3-ubyte or \
             t10k-images-idx3-ubyte.gz or t10k-images.idx3-ubyte.gz that belongs to it",
        ),
        (but(&[(IMAGES, b"")]), "train-images-idx3-ubyte: the file is empty"),
        (but(&[(IMAGES, b"\0\0\x08\x03\0\0\0")]), "train-images-idx3-ubyte: the header has 7 of 16 bytes"),
        (but(&[(LABELS, &idx(&[0x801], &[]))]), "train-labels-idx1-ubyte: the header has 4 of 8 bytes"),
        (
            but(&[(IMAGES, &packed_images)]),
            "train-images-idx3-ubyte: the file is gzipped\nhint: unpack it, or give it a name that ends in .gz",
        ),
        (
            but(&[(LABELS, b"<!DOCTYPE html>")]),
            "train-labels-idx1-ubyte: the magic number is 0x3c21444f, not 0x00000801",
        ),
        (
            but(&[(IMAGES, &labels(&[0; 20]))]),
            "train-images-idx3-ubyte: the magic number is 0x00000801, not 0x00000803\nhint: these are labels",
        ),
        (
            but(&[(TEST_LABELS, &images(5, 2, 3))]),
            "t10k-labels-idx1-ubyte: the magic number is 0x00000803, not 0x00000801\nhint: these are images",
        ),
        (but(&[(IMAGES, &images(0, 2, 3))]), "train-images-idx3-ubyte: the header declares 0 samples"),
        (but(&[(TEST_LABELS, &labels(&[]))]), "t10k-labels-idx1-ubyte: the header declares 0 samples"),
        (
            but(&[(IMAGES, &images(5, 0, 3))]),
            "train-images-idx3-ubyte: the images have 0 × 3 pixels, each side must have 1 to 65535",
        ),
        (
            but(&[(IMAGES, &images(5, 2, 0))]),
            "train-images-idx3-ubyte: the images have 2 × 0 pixels, each side must have 1 to 65535",
        ),
        (
            but(&[(IMAGES, &idx(&[0x803, 1, 65_536, 1], &[0; 6]))]),
            "train-images-idx3-ubyte: the images have 65536 × 1 pixels, each side must have 1 to 65535",
        ),
        (
            but(&[(IMAGES, &idx(&[0x803, all, all, all], &[0; 6]))]),
            "train-images-idx3-ubyte: the images have 4294967295 × 4294967295 pixels, each side must have 1 to 65535",
        ),
        (
            but(&[(IMAGES, &idx(&[0x803, all, 28, 28], &[0; 6]))]),
            "train-images-idx3-ubyte: the header declares 4294967295 images of 28 × 28 pixels, \
             more than 4294967295 bytes",
        ),
        (
            but(&[(IMAGES, &images(5, 2, 3)[..43])]),
            "train-images-idx3-ubyte: the header declares 46 bytes, of which 3 are missing",
        ),
        (
            but(&[(LABELS, &idx(&[0x801, all], &[0; 6]))]),
            "train-labels-idx1-ubyte: the header declares 4294967303 bytes, of which 4294967289 are missing",
        ),
        (
            but(&[(LABELS, &[labels(&[1, 0, 2, 1, 0]), vec![0; 2]].concat())]),
            "train-labels-idx1-ubyte: the header declares 13 bytes, and there are 2 too many",
        ),
        (
            but(&[(LABELS, &labels(&[1, 0, 2]))]),
            "train-images-idx3-ubyte declares 5 images, train-labels-idx1-ubyte 3 labels",
        ),
        (
            but(&[(TEST_IMAGES, &images(4, 3, 2))]),
            "the images of train-images-idx3-ubyte have 2 × 3 pixels, those of t10k-images-idx3-ubyte 3 × 2",
        ),
        (
            but(&[(LABELS, &labels(&[1, 0, 1, 255, 3]))]),
            "train-labels-idx1-ubyte: label 4 (from 0) is class 3, but no label is class 2\n\
             hint: classes count from 0, without gaps",
        ),
        (
            but(&[(LABELS, &labels(&[1, 1, 2, 1, 2]))]),
            "train-labels-idx1-ubyte: label 0 (from 0) is class 1, but no label is class 0\n\
             hint: classes count from 0, without gaps",
        ),
        (but(&[(LABELS, &labels(&[0; 5]))]), "train-labels-idx1-ubyte: every label is class 0"),
        (
            but(&[(TEST_LABELS, &labels(&[0, 1, 3, 2]))]),
            "t10k-labels-idx1-ubyte: label 2 (from 0) is class 3, but the training set has classes 0 to 2",
        ),
    ] {
        assert_eq!(read(&files).unwrap_err(), message);
    }
    for (bytes, message) in [
        (vec![], "the file is empty"),
        (images(5, 2, 3), "the file is not gzipped\nhint: is it unpacked? then its name must not end in .gz"),
        (gzip(&[]), "the header has 0 of 16 bytes"),
        (gzip(&images(5, 2, 3)[..43]), "the header declares 46 bytes, of which 3 are missing"),
        (
            gzip(&idx(&[0x803, all, 1, 1], &[7])),
            "the header declares 4294967311 bytes, of which 4294967294 are missing",
        ),
        (bomb, "the header declares 46 bytes, and the unpacked file goes on after them"),
        (packed_images[..5].to_vec(), "the file cannot be unpacked to its end: unexpected end of file"),
        (packed_images[..40].to_vec(), "the file cannot be unpacked to its end: unexpected end of file"),
        (
            [&packed_images, b"garbage".as_slice()].concat(),
            "the file cannot be unpacked to its end: invalid gzip header",
        ),
    ] {
        let files = [without(&[IMAGES]), vec![("train-images-idx3-ubyte.gz", bytes)]].concat();
        assert_eq!(read(&files).unwrap_err(), format!("train-images-idx3-ubyte.gz: {message}"));
    }
}

#[test]
fn a_path_must_be_a_folder_that_is_there() {
    let missing = read_idx(Path::new("no/such/folder")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read no/such/folder: "), "{missing}");
    let folder = write(&good());
    let file = folder.path().join(IMAGES);
    let message = read_idx(&file).unwrap_err().to_string();
    assert!(message.contains(": is no folder\nhint: "), "{message}");
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

    let (good_sum, bad_sum) = (sum(&labels(&[1, 0, 2, 1, 0])), "0".repeat(64));
    let first = lines.split_inclusive('\n').next().unwrap();
    let hint = "hint: a line is 64 hexadecimal digits, two blanks and the name of an unpacked file";
    for (text, message) in [
        (
            lines.replace(&good_sum, &bad_sum),
            format!(
                "train-labels-idx1-ubyte: the SHA-256 sum of the unpacked file is\n{good_sum}, \
                 but SHA256SUMS says\n{bad_sum}"
            ),
        ),
        // A second line for a file counts as well.
        (
            format!("{lines}{bad_sum}  {LABELS}\n"),
            format!(
                "train-labels-idx1-ubyte: the SHA-256 sum of the unpacked file is\n{good_sum}, \
                 but SHA256SUMS says\n{bad_sum}"
            ),
        ),
        (
            first.to_owned(),
            "SHA256SUMS: there is no sum for train-labels-idx1-ubyte\nhint: the sums are those of the unpacked files"
                .to_owned(),
        ),
        (format!("{first}{}\n", &bad_sum[1..]), format!("SHA256SUMS: line 2 is {:?}\n{hint}", &bad_sum[1..])),
        (
            format!("{first}{}  x\n", &bad_sum[1..]),
            format!("SHA256SUMS: line 2 is {:?}\n{hint}", format!("{}  x", &bad_sum[1..])),
        ),
        (format!("{bad_sum} x\n"), format!("SHA256SUMS: line 1 is {:?}\n{hint}", format!("{bad_sum} x"))),
        (format!("{}  x\n", "g".repeat(64)), format!("SHA256SUMS: line 1 is {:?}\n{hint}", format!("{}  x", "g".repeat(64)))),
        ("ä".repeat(1000), format!("SHA256SUMS: line 1 is {:?}\n{hint}", "ä".repeat(80))),
    ] {
        let files = [good(), vec![("SHA256SUMS", text.into_bytes())]].concat();
        assert_eq!(read(&files).unwrap_err(), message);
    }
}

#[test]
fn a_declared_size_takes_no_memory() {
    let (all, header_only) = (u32::MAX, &[0; 1]);
    for images in [idx(&[0x803, all, 1, 1], header_only), idx(&[0x803, all, 28, 28], header_only)] {
        for (name, bytes) in [(IMAGES, images.clone()), ("train-images-idx3-ubyte.gz", gzip(&images))] {
            let folder = write(&[without(&[IMAGES]), vec![(name, bytes)]].concat());
            let allocations = allocation_counter::measure(|| assert!(read_idx(folder.path()).is_err()));
            // The buffers of file and decoder; the declared images would be at least 4 GiB.
            assert!(allocations.bytes_max < 1 << 20, "{name}: {} bytes", allocations.bytes_max);
        }
    }
    let bomb = gzip(&idx(&[0x803, 5, 2, 3], &vec![0; 1 << 24]));
    let folder = write(&[without(&[IMAGES]), vec![("train-images-idx3-ubyte.gz", bomb)]].concat());
    let allocations = allocation_counter::measure(|| assert!(read_idx(folder.path()).is_err()));
    // It unpacks to 16 MiB.
    assert!(allocations.bytes_max < 1 << 20, "bomb: {} bytes", allocations.bytes_max);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, file in 0..4_usize, packed: bool) {
        let mut files = good();
        let name = format!("{}.gz", files[file].0);
        if packed {
            let bytes = [&[0x1f, 0x8b, 8, 0], bytes.as_slice()].concat();
            let mut named: Vec<(&str, Vec<u8>)> = files;
            named[file] = (&name, bytes);
            let _ = read(&named);
        } else {
            files[file].1 = bytes;
            let _ = read(&files);
        }
    }

    #[test]
    fn no_mutation_panics(
        file in 0..4_usize,
        packed: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in any::<prop::sample::Index>(),
        cut: bool,
    ) {
        let files = good();
        let (name, bytes) = &files[file];
        let (name, mut bytes) =
            if packed { (format!("{name}.gz"), gzip(bytes)) } else { ((*name).to_owned(), bytes.clone()) };
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        let mut named: Vec<(&str, Vec<u8>)> = files.clone();
        named[file] = (&name, bytes);
        let is_read = read(&named).is_ok();
        prop_assert!(!(cut && is_read), "a file that is cut off is no file");
    }
}
