//! One file in the format IDX of MNIST, plain or gzipped.
//!
//! ```text
//! magic number   0x00000800 + D: unsigned bytes in D dimensions
//! D sizes        the number of samples, and rows and columns of an image
//! data           one byte an element, the last dimension fastest
//! ```
//! All numbers of the header have four bytes, the highest first. None is believed: no more memory is taken than the
//! file's true length makes plausible.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::IdxError;

/// Images with a longer side are none: the file is damaged.
const MAX_SIDE: usize = 65_535;
/// 4 GiB, against gzipped files that unpack without end; EMNIST, the largest of the family, has 0.6.
const MAX_BYTES: u64 = u32::MAX as u64;
/// MNIST packs to a fifth. A file that packs better costs some copying as the memory grows.
const USUAL_RATIO: u64 = 8;

/// An array of bytes with D dimensions. D = 3 is images, D = 1 labels.
pub(crate) struct IdxFile<const D: usize> {
    pub(crate) path: PathBuf,
    pub(crate) header: Vec<u8>,
    /// The number of samples, then rows and columns of an image. None is 0.
    pub(crate) sizes: [usize; D],
    pub(crate) data: Vec<u8>,
}

/// The names that a file may have. The earlier one wins, so a plain file does over a gzipped one.
pub(crate) fn names<const D: usize>(stem: &str) -> Vec<String> {
    let plain = [format!("{stem}-idx{D}-ubyte"), format!("{stem}.idx{D}-ubyte")];
    let gzipped = plain.clone().map(|name| name + ".gz");
    plain.into_iter().chain(gzipped).collect()
}

/// The file of that stem in `folder`, if there is one.
pub(crate) fn find<const D: usize>(folder: &Path, stem: &str) -> Result<Option<PathBuf>, IdxError> {
    for name in names::<D>(stem) {
        let path = folder.join(name);
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => return Ok(Some(path)),
            Err(source) if source.kind() != ErrorKind::NotFound => return Err(IdxError::Io { path, source }),
            _ => {}
        }
    }
    Ok(None)
}

impl<const D: usize> IdxFile<D> {
    /// Reads a file, which is gzipped if its name says so.
    pub(crate) fn read(path: PathBuf) -> Result<Self, IdxError> {
        let io = |source| IdxError::Io { path: path.clone(), source };
        let file = File::open(&path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let mut file = BufReader::new(file);
        let start = file.fill_buf().map_err(io)?;
        let (is_empty, is_gzipped) = (start.is_empty(), start.starts_with(&[0x1f, 0x8b]));
        let says_gzipped = path.extension().is_some_and(|extension| extension == "gz");
        match (is_gzipped, says_gzipped) {
            _ if is_empty => Err(IdxError::Empty(path)),
            (true, false) => Err(IdxError::Gzipped(path)),
            (false, true) => Err(IdxError::NotGzipped(path)),
            (true, true) => {
                Self::parse(path, MultiGzDecoder::new(file), length.saturating_mul(USUAL_RATIO), None)
            }
            (false, false) => Self::parse(path, file, length, Some(length)),
        }
    }

    /// Reads content whose true length is known, or that is unpacked on the way. Takes memory for `plausible` bytes;
    /// for more only as they come.
    fn parse(
        path: PathBuf,
        mut reader: impl Read,
        plausible: u64,
        length: Option<u64>,
    ) -> Result<Self, IdxError> {
        let failed = |source| match length {
            Some(_) => IdxError::Io { path: path.clone(), source },
            None => IdxError::Unpack { path: path.clone(), source },
        };
        let mut header = Vec::new();
        reader.by_ref().take(header_length(D)).read_to_end(&mut header).map_err(failed)?;
        let (sizes, n_bytes) = check_header(&path, &header)?;
        let expected = header_length(D) + n_bytes;
        if let Some(found) = length {
            check_length(&path, found, expected, length)?;
        }
        let mut data = Vec::with_capacity(n_bytes.min(plausible) as usize);
        // The byte too many shows that there are more. Gzip's own sum is checked where the content ends.
        reader.take(n_bytes + 1).read_to_end(&mut data).map_err(failed)?;
        check_length(&path, header_length(D) + data.len() as u64, expected, length)?;
        Ok(Self { path, header, sizes, data })
    }
}

/// Bytes in the header of an array with `n_dims` dimensions.
fn header_length(n_dims: usize) -> u64 {
    4 + 4 * n_dims as u64
}

/// The sizes in a header, and the number of bytes that they declare.
fn check_header<const D: usize>(path: &Path, header: &[u8]) -> Result<([usize; D], u64), IdxError> {
    let path = || path.to_owned();
    let (found, expected) = (header.len() as u64, header_length(D));
    if found < expected {
        return Err(IdxError::ShortHeader { path: path(), found, expected });
    }
    let number =
        |i: usize| u32::from_be_bytes(header[4 * i..4 * (i + 1)].try_into().expect("a slice of four bytes"));
    let (found, expected) = (number(0), 0x0800 + D as u32);
    if found != expected {
        return Err(IdxError::Magic { path: path(), found, expected });
    }
    let sizes: [usize; D] = std::array::from_fn(|i| number(i + 1) as usize);
    if sizes[0] == 0 {
        return Err(IdxError::NoSamples(path()));
    }
    if let [samples, rows, columns] = sizes[..] {
        if rows.min(columns) == 0 || rows.max(columns) > MAX_SIDE {
            return Err(IdxError::Side { path: path(), rows, columns, max: MAX_SIDE });
        }
        // No overflow: below 2³² · 2¹⁶ · 2¹⁶.
        if samples as u64 * rows as u64 * columns as u64 > MAX_BYTES {
            return Err(IdxError::TooLarge { path: path(), samples, rows, columns, max: MAX_BYTES });
        }
    }
    Ok((sizes, sizes.iter().map(|size| *size as u64).product()))
}

/// `length` is that of the whole content, if it is known.
fn check_length(path: &Path, found: u64, expected: u64, length: Option<u64>) -> Result<(), IdxError> {
    let path = || path.to_owned();
    match found.cmp(&expected) {
        Ordering::Less => Err(IdxError::Short { path: path(), found, expected }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(IdxError::Long { path: path(), length, expected }),
    }
}
