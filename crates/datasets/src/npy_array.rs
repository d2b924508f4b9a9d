//! One array in the format NPY of NumPy.
//!
//! ```text
//! magic number   93 'NUMPY', then the version of the format: 1, 2 or 3, and 0
//! length         of the header: two bytes, from version 2 on four, the lowest first
//! header         {'descr': '<f8', 'fortran_order': False, 'shape': (60, 4), }
//! data           without gaps, the last index fastest, or the first in Fortran's order
//! ```
//! [The format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html) may hold anything;
//! here it holds numbers, or text of a fixed width.

use crate::foreign;
use crate::npy_error::NpyError;

const MAGIC: &[u8] = b"\x93NUMPY";

/// An array, the last index fastest.
#[derive(Debug, PartialEq)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) elements: Elements,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Elements {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

/// How an element is written.
#[derive(Clone, Copy, PartialEq)]
struct Type {
    /// The lowest byte first.
    is_little: bool,
    /// NumPy's letter for the kind.
    kind: u8,
    /// Bytes of an element.
    size: usize,
}

impl Array {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NpyError> {
        let header = Header::parse(bytes)?;
        let Header { ref shape, data, element, .. } = header;
        let n = shape.iter().try_fold(1_usize, |n, size| n.checked_mul(*size));
        let expected = n.and_then(|n| n.checked_mul(element.size));
        if expected != Some(data.len()) {
            let expected = expected.map_or_else(|| "more than fit".to_owned(), |n| n.to_string());
            return Err(NpyError::Length { shape: shape.clone(), expected, found: data.len() });
        }
        // Of no bytes there are any number of elements.
        let chunks = data.chunks_exact(element.size.max(1));
        let elements = match element.kind {
            b'U' | b'S' => {
                Elements::Texts(chunks.map(|bytes| element.text(bytes)).collect::<Result<_, _>>()?)
            }
            _ => Elements::Numbers(chunks.map(|bytes| element.number(bytes)).collect()),
        };
        let shape = header.shape;
        let elements = match (header.is_fortran && shape.len() > 1, elements) {
            (true, Elements::Numbers(numbers)) => Elements::Numbers(last_index_fastest(&shape, &numbers)),
            (true, Elements::Texts(texts)) => Elements::Texts(last_index_fastest(&shape, &texts)),
            (false, elements) => elements,
        };
        Ok(Self { shape, elements })
    }
}

/// Elements that come with the first index fastest, turned around.
fn last_index_fastest<T: Clone>(shape: &[usize], elements: &[T]) -> Vec<T> {
    let mut index = vec![0; shape.len()];
    let mut turned = Vec::with_capacity(elements.len());
    for _ in 0..elements.len() {
        let place = shape.iter().zip(&index).rev().fold(0, |place, (size, i)| place * size + i);
        turned.push(elements[place].clone());
        for (i, size) in index.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < *size {
                break;
            }
            *i = 0;
        }
    }
    turned
}

impl Type {
    fn parse(descr: &str) -> Result<Self, NpyError> {
        let refused = || NpyError::Type { descr: descr.to_owned() };
        let (order, rest) = descr.split_at_checked(1).ok_or_else(refused)?;
        let (kind, size) = rest.split_at_checked(1).ok_or_else(refused)?;
        let (kind, mut size) = (kind.as_bytes()[0], size.parse::<usize>().map_err(|_| refused())?);
        let is_known = match kind {
            b'b' => size == 1,
            b'i' | b'u' => matches!(size, 1 | 2 | 4 | 8),
            b'f' => matches!(size, 4 | 8),
            b'U' | b'S' => (1..1 << 20).contains(&size),
            _ => false,
        };
        if !is_known || !matches!(order, "<" | ">" | "|") {
            return Err(refused());
        }
        if kind == b'U' {
            size *= 4;
        }
        Ok(Self { is_little: order != ">", kind, size })
    }

    /// As far as f64 can hold it.
    fn number(self, bytes: &[u8]) -> f64 {
        let mut wide = [0; 8];
        for (to, from) in wide.iter_mut().zip(0..bytes.len()) {
            *to = bytes[if self.is_little { from } else { bytes.len() - 1 - from }];
        }
        let whole = u64::from_le_bytes(wide);
        let unused = 64 - 8 * self.size as u32;
        match (self.kind, self.size) {
            (b'f', 4) => f64::from(f32::from_bits(whole as u32)),
            (b'f', _) => f64::from_bits(whole),
            // The sign moves to the highest bit and back.
            (b'i', _) => ((whole << unused) as i64 >> unused) as f64,
            _ => whole as f64,
        }
    }

    /// Without the zeros that fill the width.
    fn text(self, bytes: &[u8]) -> Result<String, NpyError> {
        let text = match self.kind {
            b'S' => String::from_utf8(bytes.to_vec()).ok(),
            _ => bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|c| if self.is_little { u32::from_le_bytes(*c) } else { u32::from_be_bytes(*c) })
                .map(char::from_u32)
                .collect(),
        };
        text.map(|text| text.trim_end_matches('\0').to_owned()).ok_or(NpyError::Text)
    }
}

struct Header<'a> {
    element: Type,
    is_fortran: bool,
    shape: Vec<usize>,
    data: &'a [u8],
}

impl<'a> Header<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, NpyError> {
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(match foreign::kind(bytes) {
                Some(kind) => NpyError::Foreign { what: kind.what },
                None if bytes.is_empty() => NpyError::Empty,
                None => NpyError::NotNpy,
            });
        };
        let (length, rest) = match *rest {
            [1, _, low, high, ref rest @ ..] => (usize::from(u16::from_le_bytes([low, high])), rest),
            [2 | 3, _, a, b, c, d, ref rest @ ..] => (u32::from_le_bytes([a, b, c, d]) as usize, rest),
            [version, ..] if version > 3 => return Err(NpyError::Version(version)),
            _ => return Err(NpyError::Header(String::new())),
        };
        let (text, data) = rest.split_at_checked(length).ok_or_else(|| NpyError::Header(String::new()))?;
        let text = String::from_utf8_lossy(text);
        let broken = || NpyError::Header(text.trim().chars().take(80).collect());
        let value = |key: &str| {
            let (_, rest) = text.split_once(&format!("'{key}'"))?;
            Some(rest.trim_start().strip_prefix(':')?.trim_start())
        };
        let descr = value("descr").ok_or_else(broken)?;
        if descr.starts_with('[') {
            return Err(NpyError::Type { descr: "fields with names".to_owned() });
        }
        let descr = descr.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).ok_or_else(broken)?.0;
        let is_fortran = match value("fortran_order").ok_or_else(broken)? {
            rest if rest.starts_with("True") => true,
            rest if rest.starts_with("False") => false,
            _ => return Err(broken()),
        };
        let shape =
            value("shape").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).ok_or_else(broken)?.0;
        let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
        let shape = sizes.map(|size| size.trim_end_matches('L').parse().ok()).collect::<Option<Vec<usize>>>();
        Ok(Self { element: Type::parse(descr)?, is_fortran, shape: shape.ok_or_else(broken)?, data })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An array as NumPy writes it.
    pub(crate) fn npy(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
        let padding = 64 - (10 + header.len() + 1) % 64;
        let header = format!("{header}{}\n", " ".repeat(padding));
        [b"\x93NUMPY\x01\0".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes(), data]
            .concat()
    }

    fn numbers(descr: &str, data: &[u8], n: usize) -> Vec<f64> {
        match Array::parse(&npy(descr, "False", &format!("({n},)"), data)).unwrap().elements {
            Elements::Numbers(numbers) => numbers,
            Elements::Texts(texts) => panic!("{texts:?}"),
        }
    }

    #[test]
    fn what_numpy_writes_is_read() {
        // `np.save` of NumPy 2.4.6 on `np.array([[1.5, -2.0], [0.0, 4.0]])`, and then on
        // `np.asfortranarray(np.array([[1, 2, 3], [4, 5, 6]], dtype='>i2'))`, byte by byte.
        let doubles = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\
            \x20                                                         \n\
            \x00\x00\x00\x00\x00\x00\xf8?\x00\x00\x00\x00\x00\x00\x00\xc0\
            \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10@";
        assert_eq!(doubles.len(), 10 + 0x76 + 32);
        let expected = Array { shape: vec![2, 2], elements: Elements::Numbers(vec![1.5, -2.0, 0.0, 4.0]) };
        assert_eq!(Array::parse(doubles), Ok(expected));
        let columns = b"\x93NUMPY\x01\x00v\x00{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\
            \x20                                                          \n\
            \x00\x01\x00\x04\x00\x02\x00\x05\x00\x03\x00\x06";
        assert_eq!(columns.len(), 10 + 0x76 + 12);
        let numbers = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let expected = Array { shape: vec![2, 3], elements: Elements::Numbers(numbers) };
        assert_eq!(Array::parse(columns), Ok(expected));
    }

    #[test]
    fn numbers_of_every_type_and_byte_order_are_read() {
        assert_eq!(numbers("|b1", &[0, 1], 2), [0.0, 1.0]);
        assert_eq!(numbers("|u1", &[7, 255], 2), [7.0, 255.0]);
        assert_eq!(numbers("|i1", &[7, 255], 2), [7.0, -1.0]);
        for (descr, bytes) in [
            ("<i2", (-300_i16).to_le_bytes().to_vec()),
            (">i2", (-300_i16).to_be_bytes().to_vec()),
            ("<i4", (-300_i32).to_le_bytes().to_vec()),
            (">i4", (-300_i32).to_be_bytes().to_vec()),
            ("<i8", (-300_i64).to_le_bytes().to_vec()),
            (">i8", (-300_i64).to_be_bytes().to_vec()),
            ("<f4", (-300_f32).to_le_bytes().to_vec()),
            (">f4", (-300_f32).to_be_bytes().to_vec()),
            ("<f8", (-300_f64).to_le_bytes().to_vec()),
            (">f8", (-300_f64).to_be_bytes().to_vec()),
        ] {
            assert_eq!(numbers(descr, &bytes, 1), [-300.0], "{descr}");
        }
        assert_eq!(numbers("<u2", &[1, 255], 1), [65_281.0]);
        assert_eq!(numbers(">u4", &[255, 0, 0, 1], 1), [4_278_190_081.0]);
        assert_eq!(numbers("<u8", &[0, 0, 0, 0, 0, 0, 0, 128], 1), [2_f64.powi(63)]);
    }

    #[test]
    fn texts_lose_what_fills_them() {
        let texts = |descr: &str, data: &[u8]| match Array::parse(&npy(descr, "False", "(2,)", data)) {
            Ok(Array { elements: Elements::Texts(texts), .. }) => texts,
            other => panic!("{other:?}"),
        };
        let wide = |to_bytes: fn(u32) -> [u8; 4]| -> Vec<u8> {
            "ab\0äbc".chars().flat_map(|c| to_bytes(u32::from(c))).collect()
        };
        assert_eq!(texts("<U3", &wide(u32::to_le_bytes)), ["ab", "äbc"]);
        assert_eq!(texts(">U3", &wide(u32::to_be_bytes)), ["ab", "äbc"]);
        assert_eq!(texts("|S3", b"ab\0abc"), ["ab", "abc"]);
    }

    #[test]
    fn fortran_puts_the_first_index_first() {
        let data: Vec<u8> = (0..24).collect();
        let Array { shape, elements: Elements::Numbers(numbers) } =
            Array::parse(&npy("|u1", "True", "(2, 3, 4)", &data)).unwrap()
        else {
            panic!("numbers")
        };
        assert_eq!(shape, [2, 3, 4]);
        for (n, number) in numbers.iter().enumerate() {
            let (i, j, k) = (n / 12, n / 4 % 3, n % 4);
            assert_eq!(*number, (i + 2 * j + 6 * k) as f64);
        }
    }

    #[test]
    fn what_is_no_array_is_told() {
        let message = |bytes: &[u8]| Array::parse(bytes).unwrap_err().to_string();
        let of = |descr: &str, shape: &str, n: usize| message(&npy(descr, "False", shape, &vec![0; n]));
        let numbers = "expected whole numbers, 32-bit or 64-bit floats, or for labels text";
        for (descr, name) in [
            ("<f2", "'<f2'"),
            ("<c16", "'<c16'"),
            ("<M8[ns]", "'<M8[ns]'"),
            ("<i3", "'<i3'"),
            ("<f16", "'<f16'"),
        ] {
            assert_eq!(of(descr, "(1,)", 2), format!("the elements are of type {name}, {numbers}"));
        }
        assert!(of("|O", "(1,)", 2).starts_with("the elements are of type '|O', Python objects, "));
        assert_eq!(of("<f8", "(3,)", 16), "an array of shape [3] has 24 bytes, the file 16");
        assert_eq!(of("<f8", "(1,)", 16), "an array of shape [1] has 8 bytes, the file 16");
        assert!(of("<f8", "(4294967296, 4294967296)", 16).contains("more than fit"));
        assert_eq!(message(b""), "the file is empty");
        assert_eq!(message(b"1,2,3\n"), "the file is not a NumPy array");
        assert!(message(b"PK\x03\x04\x14\0x.npy").contains("begins like a NumPy archive"));
        assert_eq!(message(b"\x93NUMPY\x07\0v\0"), "version 7 of the format NPY, expected 1 to 3");
        for cut in 6..70 {
            let whole = npy("<f8", "False", "(1,)", &[0; 8]);
            assert!(message(&whole[..cut]).starts_with("the header"), "{cut}");
        }
    }
}
