//! What a file is that should be something else, told by how it begins.

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) what: &'static str,
    /// What to do about it, whatever was meant to be read.
    pub(crate) hint: Option<&'static str>,
}

const DOWNLOAD: Option<&str> = Some("the download failed");
const PACKED: Option<&str> = Some("unpack it");
const PARQUET: Option<&str> = Some("kind = \"parquet\" reads it, in a build with the feature `parquet`");
const POINTER: Option<&str> = Some("`git lfs pull` fetches the file itself");

/// How files of a kind begin.
const BEGINNINGS: [(&[u8], &str, Option<&str>); 16] = [
    (b"\x1f\x8b", "a gzip archive", PACKED),
    (b"BZh", "a bzip2 archive", PACKED),
    (b"\xfd7zXZ\0", "an xz archive", PACKED),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", PACKED),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", PACKED),
    (b"Rar!\x1a\x07", "a rar archive", PACKED),
    (b"PAR1", "a Parquet file", PARQUET),
    (b"ARROW1", "a Feather file", None),
    (b"FEA1", "a Feather file", None),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", None),
    (b"\x93NUMPY", "a NumPy array", None),
    (b"SQLite format 3\0", "an SQLite database", None),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook", None),
    (b"%PDF-", "a PDF document", None),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", None),
    (b"version https://git-lfs.github.com/spec/", "a pointer of Git LFS", POINTER),
];

/// How web pages begin, in small letters.
const PAGES: [&[u8]; 6] = [b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<!--"];

/// More of a file says no more about its kind.
pub(crate) const ENOUGH: usize = 4096;

/// The kind of a file that begins with `bytes`.
pub(crate) fn kind(bytes: &[u8]) -> Option<Kind> {
    let bytes = &bytes[..bytes.len().min(ENOUGH)];
    let of = |what, hint| Some(Kind { what, hint });
    let text = without_mark(bytes).trim_ascii_start();
    if PAGES.iter().any(|page| text.get(..page.len()).is_some_and(|start| start.eq_ignore_ascii_case(page))) {
        return of("a web page", DOWNLOAD);
    }
    if text.starts_with(b"<?xml") {
        return of("an XML document", None);
    }
    let mut signs = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    if let (Some(b'{'), Some(b'"')) | (Some(b'['), Some(b'{' | b'[')) = (signs.next(), signs.next()) {
        return of("JSON", None);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        return match () {
            () if has(b"[Content_Types].xml") || has(b"xl/") => of("an Excel workbook", None),
            () if has(b"opendocument.spreadsheet") => of("an OpenDocument table", None),
            () if has(b".npy") => of("a NumPy archive", None),
            () => of("a zip archive", PACKED),
        };
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return of("a tar archive", PACKED);
    }
    BEGINNINGS.iter().find(|(start, ..)| bytes.starts_with(start)).and_then(|(_, what, hint)| of(what, *hint))
}

/// How text is encoded that is no UTF-8: by its byte-order mark, or by the zeros that its ASCII characters
/// have.
pub(crate) fn encoding(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff") {
        return Some("UTF-32");
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some("UTF-16");
    }
    let (pairs, _) = bytes[..bytes.len().min(ENOUGH)].as_chunks::<2>();
    let zeros = |i: usize| pairs.iter().filter(|pair| pair[i] == 0).count();
    let is_half_zero = |zeros: usize, others: usize| others == 0 && zeros > 0 && 2 * zeros >= pairs.len();
    (is_half_zero(zeros(1), zeros(0)) || is_half_zero(zeros(0), zeros(1))).then_some("UTF-16")
}

/// The text after the byte-order mark of UTF-8, if it has one.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_beginning() {
        let tar = [b"data.csv".as_slice(), &[0; 249], b"ustar\0"].concat();
        for (bytes, what) in [
            (b"<!DOCTYPE html><html>".as_slice(), "a web page"),
            (b"\xef\xbb\xbf\n  <HTML lang=\"en\">", "a web page"),
            (b"<?xml version=\"1.0\"?>", "an XML document"),
            (b"PK\x03\x04\x14\0[Content_Types].xml", "an Excel workbook"),
            (b"PK\x03\x04\x14\0xl/workbook.xml", "an Excel workbook"),
            (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument table"),
            (b"PK\x03\x04\x14\0arr_0.npy", "a NumPy archive"),
            (b"PK\x03\x04\x14\0wine.csv", "a zip archive"),
            (b"PK\x05\x06\0\0", "a zip archive"),
            (&tar, "a tar archive"),
            (b"PAR1\x15\x04", "a Parquet file"),
            (b"{\"error\": 404}", "JSON"),
            (b"[\n  {\n    \"x\": 1", "JSON"),
            (b"[[1, 2, 0]", "JSON"),
            (b"version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS"),
        ] {
            assert_eq!(kind(bytes).map(|kind| kind.what), Some(what), "{}", bytes.escape_ascii());
        }
        for (start, what, hint) in BEGINNINGS {
            assert_eq!(kind(start), Some(Kind { what, hint }));
        }
        for bytes in [b"".as_slice(), b"x,class\n", b"<", b"PK", b"[x],y", b"\0\0\x08\x03", b"\xef\xbb\xbf"] {
            assert_eq!(kind(bytes), None, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn encodings_are_told_with_and_without_a_mark() {
        let text = "Länge,класс\n1,5\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&little, &big, &[b"\xff\xfe", &little[..]].concat(), &[b"\xfe\xff", &big[..]].concat()]
        {
            assert_eq!(encoding(bytes), Some("UTF-16"));
            assert_eq!(encoding(&bytes[..bytes.len() - 1]), Some("UTF-16"), "an odd number of bytes");
        }
        assert_eq!(encoding(b"\xff\xfe\0\0x\0\0\0"), Some("UTF-32"));
        for bytes in [text.as_bytes(), b"", b"\0", b"\0\0\0\0", b"x,class\n1\0,2\n", b"\xef\xbb\xbfx"] {
            assert_eq!(encoding(bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
