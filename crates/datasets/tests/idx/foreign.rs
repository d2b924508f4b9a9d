//! Files that are no images or labels of unsigned bytes, and what may follow a gzipped one.

use super::{IMAGES, LABELS, but, good, gzip, idx, images, labels, read, without};

/// What is said of bytes in place of the images for training.
fn of_plain(bytes: &[u8]) -> String {
    message(IMAGES, bytes)
}

/// The same of bytes whose file is called gzipped.
fn of_packed(bytes: &[u8]) -> String {
    message("train-images-idx3-ubyte.gz", bytes)
}

fn message(name: &'static str, bytes: &[u8]) -> String {
    let files = [without(&[IMAGES]), vec![(name, bytes.to_vec())]].concat();
    let message = read(&files).unwrap_err();
    message.strip_prefix(&format!("{name}: ")).unwrap_or_else(|| panic!("{message}")).to_owned()
}

#[test]
fn a_saved_web_page_is_told_as_what_it_is() {
    let expected = "the file begins like a web page, not like an IDX file\nhint: the download failed";
    for page in ["<!doctype html>\n<html><head><title>403 Forbidden</title>", "\n <HTML>", "<html>"] {
        assert_eq!(of_plain(page.as_bytes()), expected);
        assert_eq!(of_packed(page.as_bytes()), expected, "not packed");
        assert_eq!(of_packed(&gzip(page.as_bytes())), expected, "packed");
    }
}

#[test]
fn other_files_are_told_as_what_they_are() {
    let tar = [IMAGES.as_bytes(), &vec![0; 257 - IMAGES.len()], b"ustar\x0000"].concat();
    for (bytes, what, hint) in [
        (b"PK\x03\x04\x14\0\0\0train-images-idx3-ubyte".as_slice(), "a zip archive", "\nhint: unpack it"),
        (&tar, "a tar archive", "\nhint: unpack it"),
        (b"\x93NUMPY\x01\0v\0{'descr'", "a NumPy array", ""),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
            "a pointer of Git LFS",
            "\nhint: `git lfs pull` fetches the file itself",
        ),
    ] {
        let expected = format!("the file begins like {what}, not like an IDX file{hint}");
        assert_eq!(of_plain(bytes), expected);
        assert_eq!(of_packed(bytes), expected);
        assert_eq!(of_packed(&gzip(bytes)), expected);
    }
    assert!(of_packed(&gzip(&gzip(&images(5, 2, 3)))).starts_with("the file begins like a gzip archive, "));
}

#[test]
fn other_elements_and_dimensions_are_told_in_words() {
    for (magic, words) in [
        (0x0903, "signed bytes in 3 dimensions"),
        (0x0b03, "16-bit integers in 3 dimensions"),
        (0x0c01, "32-bit integers in 1 dimension"),
        (0x0d03, "32-bit floats in 3 dimensions"),
        (0x0e04, "64-bit floats in 4 dimensions"),
        (0x0802, "unsigned bytes in 2 dimensions"),
    ] {
        let file = idx(&[magic, 5, 2, 3], &[0; 30]);
        let expected = format!(
            "the magic number is {magic:#010x}, not 0x00000803\n\
             hint: these are {words}; images are unsigned bytes in 3, labels in 1"
        );
        assert_eq!(of_plain(&file), expected);
        assert_eq!(of_packed(&gzip(&file)), expected);
    }
    // No type has this number.
    assert_eq!(
        of_plain(&idx(&[0x0a03, 5, 2, 3], &[0; 30])),
        "the magic number is 0x00000a03, not 0x00000803"
    );
}

#[test]
fn a_header_in_the_wrong_byte_order_is_told() {
    let hint = "hint: the numbers of the header are in reverse byte order, the highest byte must come first";
    let reversed = |numbers: &[u32]| {
        let numbers: Vec<u32> = numbers.iter().map(|number| number.swap_bytes()).collect();
        idx(&numbers, &[0; 30])
    };
    for (magic, shown) in [(0x803, "0x03080000"), (0x801, "0x01080000"), (0xd03, "0x030d0000")] {
        let expected = format!("the magic number is {shown}, not 0x00000803\n{hint}");
        assert_eq!(of_plain(&reversed(&[magic, 5, 2, 3])), expected);
        assert_eq!(of_packed(&gzip(&reversed(&[magic, 5, 2, 3]))), expected);
    }
    // The sizes alone.
    let sizes = [[0, 0, 8, 3].as_slice(), &reversed(&[5, 2, 3])].concat();
    let expected =
        format!("the images have 33554432 × 50331648 pixels, each side must have 1 to 65535\n{hint}");
    assert_eq!(of_plain(&sizes), expected);
}

#[test]
fn zeros_after_gzipped_data_are_padding() {
    let plain = read(&good()).unwrap();
    let padded = |bytes: &[u8], zeros: usize| [gzip(bytes), vec![0; zeros]].concat();
    let files = [
        without(&[IMAGES, LABELS]),
        vec![
            ("train-images-idx3-ubyte.gz", padded(&images(5, 2, 3), 512)),
            ("train-labels-idx1-ubyte.gz", padded(&labels(&[1, 0, 2, 1, 0]), 1)),
        ],
    ];
    assert_eq!(read(&files.concat()).unwrap().train, plain.train);
    // A plain file has no padding.
    let zeros = [images(5, 2, 3), vec![0; 2]].concat();
    let message = read(&but(&[(IMAGES, &zeros)])).unwrap_err();
    assert_eq!(message, format!("{IMAGES}: the header declares 46 bytes, and there are 2 too many"));
}
