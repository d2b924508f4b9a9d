//! What is said of folders that are not as they should be.

use std::path::Path;

use thalweg_datasets::read_idx;

use super::{
    IMAGES, LABELS, TEST_IMAGES, TEST_LABELS, bomb, but, good, gzip, idx, images, labels, read, sum, without,
    write,
};

#[test]
fn messages_name_the_file_and_the_trouble() {
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
            but(&[(IMAGES, &gzip(&images(5, 2, 3)))]),
            "train-images-idx3-ubyte: the file is gzipped\nhint: unpack it, or give it a name that ends in .gz",
        ),
        (
            but(&[(LABELS, b"nonsense")]),
            "train-labels-idx1-ubyte: the magic number is 0x6e6f6e73, not 0x00000801",
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
             hint: classes count from 0, without gaps; these seem to count from 1, as the letters of EMNIST do",
        ),
        (but(&[(LABELS, &labels(&[0; 5]))]), "train-labels-idx1-ubyte: every label is class 0"),
        (
            but(&[(TEST_LABELS, &labels(&[0, 1, 3, 2]))]),
            "t10k-labels-idx1-ubyte: label 2 (from 0) is class 3, but the training set has classes 0 to 2",
        ),
    ] {
        assert_eq!(read(&files).unwrap_err(), message);
    }
}

#[test]
fn messages_on_gzipped_files() {
    let all = u32::MAX;
    for (bytes, message) in [
        (vec![], "the file is empty"),
        (images(5, 2, 3), "the file is not gzipped\nhint: is it unpacked? then its name must not end in .gz"),
        (gzip(&[]), "the header has 0 of 16 bytes"),
        (gzip(&images(5, 2, 3)[..43]), "the header declares 46 bytes, of which 3 are missing"),
        (
            gzip(&idx(&[0x803, all, 1, 1], &[7])),
            "the header declares 4294967311 bytes, of which 4294967294 are missing",
        ),
        (bomb(), "the header declares 46 bytes, and the unpacked file goes on after them"),
    ] {
        let files = [without(&[IMAGES]), vec![("train-images-idx3-ubyte.gz", bytes)]].concat();
        assert_eq!(read(&files).unwrap_err(), format!("train-images-idx3-ubyte.gz: {message}"));
    }
}

#[test]
fn gzipped_files_must_be_whole_and_end_there() {
    let good = gzip(&images(5, 2, 3));
    let mut other_sum = good.clone();
    other_sum[good.len() - 8] ^= 1;
    for bytes in [&good[..5], &good[..good.len() - 1], &[&good, b"garbage".as_slice()].concat(), &other_sum] {
        let files = [without(&[IMAGES]), vec![("train-images-idx3-ubyte.gz", bytes.to_vec())]].concat();
        let message = read(&files).unwrap_err();
        // What follows is said by the decoder.
        let start = "train-images-idx3-ubyte.gz: the file cannot be unpacked to its end: ";
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn a_path_must_be_a_folder_that_is_there() {
    let missing = read_idx(Path::new("no/such/folder")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read no/such/folder: "), "{missing}");
    let folder = write(&good());
    let file = folder.path().join(IMAGES);
    let message = read_idx(&file).unwrap_err().to_string();
    assert!(message.contains(" is no folder\nhint: "), "{message}");
}

#[test]
fn wrong_sums_and_lists_of_sums_are_refused() {
    let lines: String = good().iter().map(|(name, bytes)| format!("{}  {name}\n", sum(bytes))).collect();
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
