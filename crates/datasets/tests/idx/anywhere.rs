//! Files that come from somewhere else than a disk, and the names under which they are looked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use thalweg_datasets::{Idx, IdxError, IdxNames, read_idx};

use super::{IMAGES, LABELS, TEST_IMAGES, TEST_LABELS, good, gzip, images, labels, read, without, write};

/// The files of a folder `memory` that is nowhere.
fn parse(files: &[(&str, Vec<u8>)]) -> Result<Idx, IdxError> {
    let files: BTreeMap<PathBuf, &Vec<u8>> =
        files.iter().map(|(name, bytes)| (Path::new("memory").join(name), bytes)).collect();
    Idx::parse("memory", |path| files.get(path).map(|b| b.to_vec()).ok_or(ErrorKind::NotFound.into()))
}

#[test]
fn memory_gives_what_the_disk_gives() {
    let folder = write(&good());
    let (disk, memory) = (read_idx(folder.path()).unwrap(), parse(&good()).unwrap());
    assert_eq!((memory.train, memory.test, memory.image), (disk.train, disk.test, disk.image));
    let expected = [IMAGES, LABELS, TEST_IMAGES, TEST_LABELS].map(|name| Path::new("memory").join(name));
    assert_eq!(memory.files, expected);
}

#[test]
fn messages_name_the_folder_that_was_given() {
    let message = |files: &[(&str, Vec<u8>)]| parse(files).unwrap_err().to_string();
    assert!(message(&without(&[LABELS])).starts_with("memory: there is no train-labels-idx1-ubyte or "));
    let empty = [without(&[LABELS]), vec![(LABELS, vec![])]].concat();
    assert_eq!(message(&empty), format!("memory/{LABELS}: the file is empty"));
    let sums = [good(), vec![("SHA256SUMS", b"x".to_vec())]].concat();
    assert!(message(&sums).starts_with("memory/SHA256SUMS: line 1 is \"x\""));
}

#[test]
fn what_cannot_be_read_is_an_error_and_not_missing() {
    let refuse = |kind: ErrorKind| Idx::parse("memory", |_| Err(io::Error::from(kind))).unwrap_err();
    let IdxError::Io { path, source } = refuse(ErrorKind::PermissionDenied) else { panic!("read") };
    assert_eq!(source.kind(), ErrorKind::PermissionDenied);
    assert!(path.starts_with("memory"));
    assert!(matches!(refuse(ErrorKind::NotADirectory), IdxError::NotAFolder(_)));
    // As where an archive unpacked each file into a folder of its name.
    assert!(matches!(refuse(ErrorKind::IsADirectory), IdxError::Missing { .. }));
}

#[test]
fn a_folder_with_the_name_of_a_file_is_passed_over() {
    let files = [without(&[IMAGES]), vec![("train-images.idx3-ubyte", images(5, 2, 3))]].concat();
    let folder = write(&files);
    fs::create_dir(folder.path().join(IMAGES)).unwrap();
    assert_eq!(read_idx(folder.path()).unwrap().train, read(&good()).unwrap().train);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = write(&without(&[LABELS]));
    let pipe = folder.path().join(LABELS);
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let message = read_idx(folder.path()).unwrap_err().to_string();
    assert_eq!(message, format!("cannot read {}: it is a pipe, not a file", pipe.display()));
}

#[test]
fn every_file_that_is_asked_for_has_been_announced() {
    let asked = RefCell::new(BTreeSet::new());
    let listen = |path: &Path| {
        asked.borrow_mut().insert(path.file_name().unwrap().to_str().unwrap().to_owned());
        Err(ErrorKind::NotFound.into())
    };
    assert!(Idx::parse("memory", listen).is_err());
    let all = IdxNames::all();
    let train = all.iter().flat_map(|names| [&names.train_images, &names.train_labels]).flatten();
    assert_eq!(*asked.borrow(), train.cloned().collect());
    let mnist = &all[0];
    assert_eq!(
        mnist.test_labels,
        ["", ".gz"].map(|end| ["-", "."].map(|dot| format!("t10k-labels{dot}idx1-ubyte{end}"))).concat()
    );
}

#[test]
fn a_part_of_emnist_keeps_its_names() {
    let named = |part: &str| -> Vec<(String, Vec<u8>)> {
        let name = |set: &str, content: &str| format!("emnist-{part}-{set}-{content}-ubyte.gz");
        vec![
            (name("train", "images-idx3"), gzip(&images(5, 2, 3))),
            (name("train", "labels-idx1"), gzip(&labels(&[1, 0, 2, 1, 0]))),
            (name("test", "images-idx3"), gzip(&images(4, 2, 3))),
            (name("test", "labels-idx1"), gzip(&labels(&[2, 2, 0, 1]))),
        ]
    };
    let read = |files: &[(String, Vec<u8>)]| {
        let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, b)| (name.as_str(), b.clone())).collect();
        parse(&files)
    };
    let mnist = parse(&good()).unwrap();
    for part in ["balanced", "byclass", "bymerge", "digits", "letters", "mnist"] {
        let emnist = read(&named(part)).unwrap();
        assert_eq!((emnist.train, emnist.test), (mnist.train.clone(), mnist.test.clone()), "{part}");
        let train_only = read(&named(part)[..2]).unwrap();
        assert_eq!((train_only.train, train_only.test), (mnist.train.clone(), None), "{part}");
    }
    for (file, missing) in [(0, "train-images-idx3"), (1, "train-labels-idx1")] {
        let mut files = named("letters");
        files.remove(file);
        let message = read(&files).unwrap_err().to_string();
        let start = format!("memory: there is no emnist-letters-{missing}-ubyte or ");
        assert!(message.starts_with(&start), "{message}");
    }
    let both = [named("letters"), named("digits")].concat();
    assert_eq!(
        read(&both).unwrap_err().to_string(),
        "memory: there are several data sets, with emnist-digits-train-labels-idx1-ubyte and \
         emnist-letters-train-labels-idx1-ubyte\nhint: put each into a folder of its own"
    );
    // The names of MNIST win.
    let plain = good().into_iter().map(|(name, bytes)| (name.to_owned(), bytes));
    let with_mnist: Vec<_> = both.into_iter().chain(plain).collect();
    assert_eq!(read(&with_mnist).unwrap().files, mnist.files);
}
