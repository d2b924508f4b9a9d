//! What stands between the columns of a table.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What separates the columns of a table. A delimiter within double quotes separates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Delimiter {
    /// `","`
    #[serde(rename = ",", alias = "comma")]
    Comma,
    /// `";"`
    #[serde(rename = ";", alias = "semicolon")]
    Semicolon,
    /// `"tab"`
    #[serde(rename = "tab", alias = "\t")]
    Tab,
    /// `"|"`
    #[serde(rename = "|", alias = "bar")]
    Bar,
    /// `"blanks"`: any number of blanks and tabs, as in columns that stand below each other.
    #[serde(rename = "blanks", alias = " ")]
    Blanks,
}

impl Delimiter {
    /// In this order they are tried.
    const ALL: [Self; 5] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Bar, Self::Blanks];

    pub(crate) fn sign(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Bar => b'|',
            Self::Blanks => b' ',
        }
    }

    /// As a file spells it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Semicolon => ";",
            Self::Tab => "tab",
            Self::Bar => "|",
            Self::Blanks => "blanks",
        }
    }

    /// In the plural.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Comma => "commas",
            Self::Semicolon => "semicolons",
            Self::Tab => "tabs",
            Self::Bar => "vertical bars",
            Self::Blanks => "blanks",
        }
    }

    /// What sets `label` apart in a header; commas if nothing does, unless there is none but another sign.
    /// Blanks are part of many a name, so they count only where there is no other sign.
    pub(crate) fn of_header(header: &str, label: &str) -> Self {
        let is_there = |delimiter: &Self| header.contains(char::from(delimiter.sign()));
        let (signs, blanks) = (&Self::ALL[..4], Self::Blanks);
        let sets_apart = |delimiter: &Self| delimiter.names(header).any(|name| name == label);
        let apart = signs.iter().find(|delimiter| is_there(delimiter) && sets_apart(delimiter));
        let first = signs.iter().find(|delimiter| is_there(delimiter));
        match (apart, first) {
            (Some(delimiter), _) | (None, Some(delimiter)) => *delimiter,
            (None, None) if is_there(&blanks) && sets_apart(&blanks) => blanks,
            (None, None) => Self::Comma,
        }
    }

    /// The fields of a line without commas in quotes.
    pub(crate) fn names(self, line: &str) -> impl Iterator<Item = &str> {
        let fields = line.split(move |c| c == char::from(self.sign()) || self == Self::Blanks && c == '\t');
        fields.map(|field| field.trim().trim_matches('"').trim())
    }

    /// The text with one sign between two columns, lines as they were.
    pub(crate) fn single(self, text: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::Blanks { Cow::Owned(without_repetition(text)) } else { Cow::Borrowed(text) }
    }
}

/// Leaves one blank of several blanks and tabs between two fields, and none at the ends of a line.
fn without_repetition(text: &[u8]) -> Vec<u8> {
    let mut single = Vec::with_capacity(text.len());
    let (mut is_quoted, mut is_apart) = (false, false);
    for byte in text {
        match byte {
            b' ' | b'\t' if !is_quoted => {
                is_apart = true;
                continue;
            }
            b'"' => is_quoted = !is_quoted,
            _ => {}
        }
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        if is_apart && !is_end(byte) && single.last().is_some_and(|last| !is_end(last)) {
            single.push(b' ');
        }
        is_apart = false;
        single.push(*byte);
    }
    single
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_that_sets_the_label_apart_is_found() {
        for (header, delimiter) in [
            ("x,class", Delimiter::Comma),
            ("x;class", Delimiter::Semicolon),
            ("length, cm;class", Delimiter::Semicolon),
            ("a;b,class", Delimiter::Comma),
            ("\"x\"\t\"class\"", Delimiter::Tab),
            ("x|class", Delimiter::Bar),
            ("x  class", Delimiter::Blanks),
            ("x \t class", Delimiter::Tab),
            // Without the label: by what there is.
            ("x;y;Class", Delimiter::Semicolon),
            ("x;y,Class", Delimiter::Comma),
            ("leaf length", Delimiter::Comma),
            ("class", Delimiter::Comma),
            ("", Delimiter::Comma),
        ] {
            assert_eq!(Delimiter::of_header(header, "class"), delimiter, "{header:?}");
        }
    }

    #[test]
    fn blanks_are_one_outside_of_quotes() {
        let single = |text: &str| String::from_utf8(without_repetition(text.as_bytes())).unwrap();
        assert_eq!(single("  x \t class  \r\n\n 1   0\n"), "x class\r\n\n1 0\n");
        assert_eq!(single("\"leaf  length\"  class\n"), "\"leaf  length\" class\n");
    }
}
