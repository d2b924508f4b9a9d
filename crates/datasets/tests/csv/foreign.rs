//! Files that are no table separated by commas in UTF-8.

use super::{gzip, message, parse};

fn utf16(text: &str, to_bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn other_delimiters_are_named() {
    for (delimiter, found) in
        [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars"), (" ", "blanks"), ("   ", "blanks")]
    {
        for quote in ["", "\""] {
            let row =
                |fields: [&str; 3]| fields.map(|field| format!("{quote}{field}{quote}")).join(delimiter);
            let header = row(["length", "width", "class"]);
            let text = format!("\n{header}\n{}\n{}\n", row(["1.5", "2", "0"]), row(["1", "2", "1"]));
            let expected = format!("line 2: {header:?} is separated by {found}, commas are needed");
            assert_eq!(message(&text), expected);
            assert_eq!(message(text.replace('\n', "\r\n")), expected);
        }
    }
    // Without the label too, and where a name holds a comma.
    assert!(message("a;b;c\n1;2;0\n").contains("is separated by semicolons"));
    assert!(message("length, cm;class\n1;0\n").contains("is separated by semicolons"));
}

#[test]
fn decimal_commas_are_named_with_the_delimiter() {
    let hint = "hint: \"-1,50\" has a decimal comma, where a point is needed";
    for (delimiter, found) in [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")] {
        let text = "length;width;class\n3;-1,50;0\n1,3;1,8;1\n".replace(';', delimiter);
        let header = text.lines().next().unwrap();
        let expected = format!("line 1: {header:?} is separated by {found}, commas are needed\n{hint}");
        assert_eq!(message(&text), expected);
    }
}

#[test]
fn other_signs_in_names_are_no_delimiters() {
    let columns = |text: &str| {
        let text = message(text);
        assert!(text.starts_with("there is no column \"class\"\nhint: the columns are "), "{text}");
    };
    columns("length;cm,Class\n1,0\n");
    columns("a b,c|d\n1,0\n");
    columns("wine quality\n1\n");
    for text in ["x;y,class\n1,0\n2,1\n", "class;,class\n1,0\n2,1\n", "sep=,class\n1,0\n2,1\n"] {
        assert!(parse(text).is_ok(), "{text:?}");
    }
}

#[test]
fn lines_in_quotes_and_notes_for_excel_are_named() {
    let text = message("\"x,y,class\"\n\"1,2,0\"\n");
    assert_eq!(text, "line 1: the whole line is in quotes, so it is one column");
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
        (b"PAR1\x15\x04\x15", "a Parquet file", "save the table as CSV in UTF-8"),
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
