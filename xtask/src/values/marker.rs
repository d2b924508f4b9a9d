//! Where values are bound in a page.

use std::ops::Range;

use super::Remark;

const OPEN: &str = "<!--=";
const CLOSE: &str = "<!--/-->";
const END: &str = "-->";

/// A comment that binds what follows it.
#[derive(Debug, PartialEq)]
pub(super) struct Marker<'a> {
    /// Counted from 1.
    pub(super) line: usize,
    /// What the value is; of a marker that names the record for those behind it, the record.
    pub(super) says: &'a str,
    /// Where the value stands; `None` if the marker names a record.
    pub(super) stands: Option<Range<usize>>,
}

/// The markers of a page outside of code, and what is wrong with others.
pub(super) fn markers(page: &str) -> (Vec<Marker<'_>>, Vec<Remark>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let (mut start, mut done, mut in_code) = (0, 0, false);
    for (i, text) in page.split_inclusive('\n').enumerate() {
        let (begin, end) = (start, start + text.len());
        start = end;
        if end <= done {
            continue;
        }
        if text.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            continue;
        }
        let mut at = done.max(begin);
        while let Some(next) = next(page, at, end) {
            let mut fault = |message: &str| faults.push(Remark { line: i + 1, message: message.to_owned() });
            match read(page, next, i + 1) {
                Ok((marker, behind)) => {
                    let is_whole = page[next + OPEN.len()..behind].contains('\n') || marker.stands.is_none();
                    if page[begin..next].trim().is_empty() && !is_whole {
                        // A line that begins with a comment is no Markdown.
                        fault("a marker begins a line, on which no other Markdown would be read");
                    }
                    found.push(marker);
                    (at, done) = (behind, behind);
                }
                Err(message) => {
                    fault(message);
                    at = next + 1;
                }
            }
            if at >= end {
                break;
            }
        }
    }
    (found, faults)
}

/// Where the next comment of ours begins between two places of a line, outside of code.
fn next(page: &str, mut at: usize, end: usize) -> Option<usize> {
    loop {
        let rest = &page[at..end];
        let comment = [OPEN, CLOSE].iter().filter_map(|begin| rest.find(begin)).min()?;
        match rest[..comment].find('`') {
            Some(code) => at += code + 1 + rest[code + 1..].find('`')? + 1,
            None => return Some(at + comment),
        }
    }
}

/// The marker at a place, and where the text goes on behind it.
fn read(page: &str, at: usize, line: usize) -> Result<(Marker<'_>, usize), &'static str> {
    let rest = &page[at..];
    if rest.starts_with(CLOSE) {
        return Err("a value ends here, and none has begun");
    }
    let length = rest.find(END).ok_or("the comment does not end")?;
    let says = rest[OPEN.len()..length].trim();
    let begin = at + length + END.len();
    if let Some(record) = says.strip_prefix("in ") {
        return Ok((Marker { line, says: record.trim(), stands: None }, begin));
    }
    let value = &page[begin..];
    let length = value.find(CLOSE).filter(|end| !value[..*end].contains(OPEN));
    let length = length.ok_or("the value does not end: `<!--/-->` is missing")?;
    Ok((Marker { line, says, stands: Some(begin..begin + length) }, begin + length + CLOSE.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<(usize, &str, Option<&str>)> {
        let (markers, faults) = markers(page);
        assert!(faults.is_empty(), "{faults:?}");
        markers.iter().map(|m| (m.line, m.says, m.stands.clone().map(|place| &page[place]))).collect()
    }

    #[test]
    fn markers_are_found_outside_of_code() {
        let page = "a <!--= x/C1 p -->0.1<!--/-->, <!--= x/C2 p -->0.2<!--/--> `<!--= no -->`\n\
                    ```text\n<!--= no -->\n```\n<!--= in x -->\n<!--= verdicts C1 -->\n```text\nC1\n```\n<!--/-->\nb <!--= C3 p -->1<!--/-->\n";
        let expected = [
            (1, "x/C1 p", Some("0.1")),
            (1, "x/C2 p", Some("0.2")),
            (5, "x", None),
            (6, "verdicts C1", Some("\n```text\nC1\n```\n")),
            (11, "C3 p", Some("1")),
        ];
        assert_eq!(found(page), expected);
    }

    #[test]
    fn what_does_not_end_or_begin_is_told_with_its_line() {
        let told = |page: &str| -> Vec<String> {
            markers(page).1.iter().map(|fault| fault.to_string().chars().take(22).collect()).collect()
        };
        assert_eq!(told("\na <!--= C1 p -->0.1\n"), ["2: the value does not "]);
        assert_eq!(told("a <!--= C1 p -->0.1 <!--= C2 p -->2<!--/-->"), ["1: the value does not "]);
        assert_eq!(told("a 0.1<!--/-->"), ["1: a value ends here, "]);
        assert_eq!(told("a <!--= C1 p"), ["1: the comment does no"]);
        assert_eq!(told("<!--= C1 p -->1<!--/--> a"), ["1: a marker begins a l"]);
    }
}
