//! No file, however wrong, makes the reader panic or take memory for what is not there.

use proptest::prelude::*;
use thalweg_datasets::read_idx;

use super::{IMAGES, LABELS, bomb, good, gzip, idx, read, without, write};

#[test]
fn a_declared_size_takes_no_memory() {
    let (all, pixel) = (u32::MAX, &[7]);
    for images in [idx(&[0x803, all, 1, 1], pixel), idx(&[0x803, all, 28, 28], pixel)] {
        for (name, bytes) in [(IMAGES, images.clone()), ("train-images-idx3-ubyte.gz", gzip(&images))] {
            let folder = write(&[without(&[IMAGES]), vec![(name, bytes)]].concat());
            let allocations = allocation_counter::measure(|| assert!(read_idx(folder.path()).is_err()));
            // The buffers of file and decoder; the declared images would be at least 4 GiB.
            assert!(allocations.bytes_max < 1 << 20, "{name}: {} bytes", allocations.bytes_max);
        }
    }
    let folder = write(&[without(&[IMAGES]), vec![("train-images-idx3-ubyte.gz", bomb())]].concat());
    let allocations = allocation_counter::measure(|| assert!(read_idx(folder.path()).is_err()));
    // It unpacks to 16 MiB.
    assert!(allocations.bytes_max < 1 << 20, "{} bytes", allocations.bytes_max);
}

#[test]
fn a_plain_file_takes_its_own_length_of_memory() {
    let images = idx(&[0x803, 1 << 22, 1, 1], &vec![0; 1 << 22]);
    let labels = idx(&[0x801, 1 << 22], &[0, 1].repeat(1 << 21));
    let folder = write(&[(IMAGES, images), (LABELS, labels)]);
    let allocations = allocation_counter::measure(|| assert!(read_idx(folder.path()).is_ok()));
    // Two files, labels of 4 bytes as they are and as they came, and whether they were flipped.
    let most = (2 + 2 * 4 + 1) << 22;
    assert!(allocations.bytes_max < most + (1 << 20), "{} bytes", allocations.bytes_max);
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
