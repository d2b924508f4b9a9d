//! Whether the quotes of a table are in their places.
//!
//! A field that begins with a quote ends with one, and two quotes within it stand for one (RFC 4180, section
//! 2). The csv crate reads on where that is not so: what follows a closing quote is joined to the field, and
//! a quote that is never closed takes in all that follows.

use crate::csv_error::{CsvError, excerpt};
use crate::csv_text::Text;

/// # Errors
/// The first quote that is not closed, or is followed by more than the end of its field.
pub(crate) fn check(text: Text<'_>, sign: u8) -> Result<(), CsvError> {
    let bytes = text.0;
    let is_end = |byte: &u8| *byte == sign || matches!(byte, b'\r' | b'\n');
    let (mut at, mut column) = (0, 1);
    while at < bytes.len() {
        let start = at;
        if bytes[at] == b'"' {
            let Some(end) = closing(bytes, at) else {
                return Err(CsvError::OpenQuote { line: text.line(start), column });
            };
            at = end + 1;
            at += bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t') && !is_end(byte)).count();
            if bytes.get(at).is_some_and(|byte| !is_end(byte)) {
                let rest = bytes[at..].iter().take_while(|byte| !is_end(byte)).count();
                let text_there = excerpt(&bytes[start..at + rest]);
                return Err(CsvError::AfterQuote { line: text.line(start), column, text: text_there });
            }
        } else {
            at += bytes[at..].iter().take_while(|byte| !is_end(byte)).count();
        }
        column = if bytes.get(at) == Some(&sign) { column + 1 } else { 1 };
        at += 1;
    }
    Ok(())
}

/// The place of the quote that closes the one at `open`.
fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += bytes[at..].iter().position(|byte| *byte == b'"')?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_around_whole_fields_are_in_their_places() {
        for text in [
            "",
            "\n\n",
            "x,class\n1,0\n",
            "\"x\",\"class\"\r\n\"1\" ,\"a \"\"b\"\"\"\n\"\",\"c, d\"",
            "\"x\ny\",\"\"\"\"\"\"\r2,0",
            // Inches: a field that does not begin with a quote may have some.
            "x,class\n1,5\"\n2,a\"b\"\n",
        ] {
            assert!(check(Text(text.as_bytes()), b',').is_ok(), "{text:?}");
        }
        assert!(check(Text(b"\"x\"\t\"a\"\t\n"), b'\t').is_ok());
    }

    #[test]
    fn others_are_told_by_line_and_column() {
        for (text, expected) in [
            ("x,class\r\n\r\n1,\"0\n2,1\n", "line 3, column 2: a quote is not closed"),
            ("\"", "line 1, column 1: a quote is not closed"),
            ("x,class\n1,\"\"\"\n", "line 2, column 2: a quote is not closed"),
            ("x,class\n\"1e3\"9,0\n", "line 2, column 1: \"\\\"1e3\\\"9\" goes on after its closing quote"),
            (
                "x,class\n1,\"a\" \"b\"\n",
                "line 2, column 2: \"\\\"a\\\" \\\"b\\\"\" goes on after its closing quote",
            ),
        ] {
            let message = check(Text(text.as_bytes()), b',').unwrap_err().to_string();
            assert!(message.starts_with(expected), "{text:?}: {message}");
        }
    }
}
