//! Lines in messages are those that an editor counts.

use thalweg_datasets::{CsvError, RowPlace};

use super::parse;

#[test]
fn lines_are_those_of_an_editor() {
    for (text, line) in [
        ("x,class\r\n1,0\r\n!,1\r\n", 3),
        ("x,class\n\n1,0\n\n\n!,1\n", 6),
        ("\n\nx,class\n!,1\n", 4),
        ("x,class\n\"1\n\",0\n!,1\n", 4),
        ("\u{feff}x,class\n!,1", 2),
        ("x,class\r1,0\r!,1\r", 3),
        ("\r\rx,class\r\r!,1", 5),
        ("x,class\r\"1\r\",0\r!,1", 4),
        ("x,class\r\n\"1\r\n\",0\r\n!,1", 4),
        // Three kinds of line ends in one file.
        ("x,class\r1,0\n2,1\r\n!,1", 4),
        ("x,class\n  \n1,0\n\t\n!,1\n", 5),
        (" \r\n\t\r\nx,class\r\n!,1", 4),
    ] {
        let error = parse(text).unwrap_err();
        let CsvError::NotANumber { cell, .. } = error else { panic!("{text:?}: {error}") };
        assert_eq!(cell.place, RowPlace::Line(line), "{text:?}");
    }
}

#[test]
fn a_million_blank_lines_take_no_time() {
    // Counting lines anew for each of them would take hours.
    let text = format!("x,class\n{}1,0\n!,1\n", "  \n".repeat(1_000_000));
    let CsvError::NotANumber { cell, .. } = parse(&text).unwrap_err() else { panic!("not a number") };
    assert_eq!(cell.place, RowPlace::Line(1_000_003));
}
