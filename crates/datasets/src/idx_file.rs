//! One file in the format IDX of MNIST, plain or gzipped.
//!
//! ```text
//! magic number   0x00000800 + D: unsigned bytes in D dimensions
//! D sizes        the number of samples, and rows and columns of an image
//! data           one byte an element, the last dimension fastest
//! ```
//! All numbers of the header have four bytes, the highest first. None is believed: no more memory is taken
//! than the file's true length makes plausible.

use std::cmp::Ordering;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::{IdxError, foreign, gzip};

/// Images with a longer side are none: the file is damaged.
const MAX_SIDE: usize = 65_535;
/// 4 GiB, against gzipped files that unpack without end; EMNIST, the largest of the family, has 0.6.
const MAX_BYTES: u64 = u32::MAX as u64;
/// MNIST packs to a fifth. A file that packs better costs some copying as the memory grows.
const USUAL_RATIO: u64 = 8;

/// The content of a file with the path that messages name.
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// An array of bytes with D dimensions. D = 3 is images, D = 1 labels.
pub(crate) struct IdxFile<const D: usize> {
    pub(crate) path: PathBuf,
    pub(crate) header: Vec<u8>,
    /// The number of samples, then rows and columns of an image. None is 0.
    pub(crate) sizes: [usize; D],
    pub(crate) data: Vec<u8>,
}

impl<const D: usize> IdxFile<D> {
    /// Reads the content of a file, which is gzipped if its name says so.
    pub(crate) fn parse(file: Named) -> Result<Self, IdxError> {
        let Named { path, bytes } = file;
        let says_gzipped = path.extension().is_some_and(|extension| extension == "gz");
        match (gzip::is_gzipped(&bytes), says_gzipped) {
            _ if bytes.is_empty() => Err(IdxError::Empty(path)),
            (true, false) => Err(IdxError::Gzipped(path)),
            (false, true) => Err(foreign(&path, &bytes).unwrap_or(IdxError::NotGzipped(path))),
            (true, true) => Self::parse_gzipped(path, &bytes),
            (false, false) => Self::parse_plain(path, bytes),
        }
    }

    fn parse_plain(path: PathBuf, mut bytes: Vec<u8>) -> Result<Self, IdxError> {
        let found = bytes.len() as u64;
        let start = &bytes[..bytes.len().min(header_length(D) as usize)];
        let (sizes, n_bytes) = check_header(&path, start).map_err(|e| foreign(&path, &bytes).unwrap_or(e))?;
        check_length(&path, found, header_length(D) + n_bytes, Some(found))?;
        let header = bytes.drain(..header_length(D) as usize).collect();
        Ok(Self { path, header, sizes, data: bytes })
    }

    /// Takes memory for what the packed bytes make plausible; for more only as they come.
    fn parse_gzipped(path: PathBuf, bytes: &[u8]) -> Result<Self, IdxError> {
        let plausible = (bytes.len() as u64).saturating_mul(USUAL_RATIO);
        let mut unpacked = gzip::Unpacked::new(bytes);
        let failed = |source| IdxError::Unpack { path: path.clone(), source };
        let mut header = Vec::new();
        unpacked.by_ref().take(header_length(D)).read_to_end(&mut header).map_err(failed)?;
        let (sizes, n_bytes) = match check_header(&path, &header) {
            Ok(checked) => checked,
            Err(e) => {
                unpacked.take(foreign::ENOUGH as u64).read_to_end(&mut header).map_err(failed)?;
                return Err(foreign(&path, &header).unwrap_or(e));
            }
        };
        let mut data = Vec::with_capacity(n_bytes.min(plausible) as usize);
        // The byte too many shows that there are more. Gzip's own sum is checked where the content ends.
        unpacked.take(n_bytes + 1).read_to_end(&mut data).map_err(failed)?;
        let expected = header_length(D) + n_bytes;
        check_length(&path, header_length(D) + data.len() as u64, expected, None)?;
        Ok(Self { path, header, sizes, data })
    }
}

/// What the content is instead, if its beginning tells.
fn foreign(path: &Path, bytes: &[u8]) -> Option<IdxError> {
    let kind = foreign::kind(bytes)?;
    Some(IdxError::Foreign { path: path.to_owned(), what: kind.what, hint: kind.hint })
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
