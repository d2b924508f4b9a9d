//! The MNIST files of this repository, whose sums are checked as they are read.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use thalweg_datasets::{Features, Idx, read_idx};

fn mnist() -> Idx {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/data/mnist");
    read_idx(&folder).unwrap()
}

fn bytes(features: &Features) -> &ndarray::Array2<u8> {
    let Features::Bytes(bytes) = features else { panic!("images are bytes") };
    bytes
}

fn class_counts(labels: &[u32]) -> [u32; 10] {
    let mut counts = [0; 10];
    labels.iter().for_each(|label| counts[*label as usize] += 1);
    counts
}

#[test]
fn the_digits_are_those_of_the_literature() {
    let Idx { train, test, image, files } = mnist();
    let test = test.unwrap();
    assert_eq!((image, files.len()), ((28, 28), 4));
    assert_eq!((train.inputs.dim(), test.inputs.dim()), ((60_000, 784), (10_000, 784)));
    assert_eq!((train.n_classes, test.n_classes), (10, 10));
    assert_eq!(train.labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    let expected = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
    assert_eq!(class_counts(&train.labels), expected);
    let expected = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];
    assert_eq!(class_counts(&test.labels), expected);

    let pixels = bytes(&train.inputs);
    let sum: u64 = pixels.iter().map(|pixel| u64::from(*pixel)).sum();
    let mean = sum as f64 / 255.0 / pixels.len() as f64;
    // The mean that everyone standardises MNIST with has four digits.
    assert!((mean - 0.1307).abs() < 0.00005, "{mean}");
    let never_lit = pixels.columns().into_iter().filter(|pixel| pixel.iter().all(|b| *b == 0)).count();
    assert_eq!(never_lit, 67);
}
