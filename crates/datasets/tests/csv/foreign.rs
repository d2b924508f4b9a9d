//! Files that are no table in UTF-8.

use super::{gzip, message, parse};

fn utf16(text: &str, to_bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn other_signs_in_names_are_no_delimiters() {
    let columns = |text: &str, columns: &str| {
        assert_eq!(message(text), format!("there is no column \"class\"\nhint: the columns are {columns}"));
    };
    columns("length;cm,Class\n1,0\n", "\"length;cm\", \"Class\"");
    columns("a b,c|d\n1,0\n", "\"a b\", \"c|d\"");
    columns("wine quality\n1\n", "\"wine quality\"");
    columns("a;b;c\n1;2;0\n", "\"a\", \"b\", \"c\"");
    for text in ["x;y,class\n1,0\n2,1\n", "class;,class\n1,0\n2,1\n", "sep=,class\n1,0\n2,1\n"] {
        assert!(parse(text).is_ok(), "{text:?}");
    }
}

#[test]
fn lines_in_quotes_and_notes_for_excel_are_named() {
    let text = message("\"x,y,class\"\n\"1,2,0\"\n");
    assert_eq!(text, "line 1: the whole line is in quotes, so it is one column");
    assert_eq!(message("\"x;y;class\"\n\"1;2;0\"\n"), text);
    for note in ["sep=;", "sep=,", "sep=\t"] {
        let text = message(format!("\u{feff}{note}\nx;class\n1;0\n"));
        let shown = note.trim_end();
        assert_eq!(
            text,
            format!(
                "line 1: {shown:?} is a note for Excel, not the names of the columns\nhint: remove the line"
            )
        );
    }
}

#[test]
fn other_encodings_are_named() {
    let text = "\u{feff}length,width,class\n-1.5,-1.2,0\n-1.3,1.8,1\n";
    let expected = "the file is UTF-16, UTF-8 is needed\nhint: save it as UTF-8";
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        for text in [text, &text[3..]] {
            assert_eq!(message(utf16(text, to_bytes)), expected, "{}", text.len());
            assert_eq!(message(gzip(&utf16(text, to_bytes))), expected);
        }
    }
    let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    assert!(message(wide).starts_with("the file is UTF-32, "));
}

#[test]
fn other_files_are_named() {
    let tar = [b"data.csv".as_slice(), &[0; 249], b"ustar\x0000"].concat();
    for (bytes, what, hint) in [
        (b"<!doctype html>\n<html><head>".as_slice(), "a web page", "the download failed"),
        (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml", "an Excel workbook", "save the table as CSV in UTF-8"),
        (b"PK\x03\x04\x14\0\x06\0wine.csv", "a zip archive", "unpack it"),
        (
            b"PAR1\x15\x04\x15",
            "a Parquet file",
            "kind = \"parquet\" reads it, in a build with the feature `parquet`",
        ),
        (b"BZh91AY&SY", "a bzip2 archive", "unpack it"),
        (&gzip(&gzip(b"x,class\n1,0\n2,1\n")), "a gzip archive", "unpack it"),
        (&gzip(&tar), "a tar archive", "unpack it"),
        (b"[{\"x\": 1, \"class\": 0}]", "JSON", "save the table as CSV in UTF-8"),
        (b"\x01\x02\0\x03,class2\n", "binary data", "save the table as CSV in UTF-8"),
    ] {
        let expected = format!("the file begins like {what}, not like a table\nhint: {hint}");
        assert_eq!(message(bytes), expected);
    }
    // A table may begin like anything.
    assert!(parse("PAR1,class\n1,0\n2,1\n").is_ok());
    assert!(parse("<!--,class\n1,0\n2,1\n").is_ok());
}
