//! Tables that are separated by something else than commas.

use ndarray::array;
use thalweg_datasets::{Delimiter, parse_csv};

use super::{dataset, message, message_with, parse, parse_with};

const SIGNS: [(&str, &str, Delimiter); 5] = [
    (";", "semicolons", Delimiter::Semicolon),
    ("\t", "tabs", Delimiter::Tab),
    ("|", "vertical bars", Delimiter::Bar),
    (" ", "blanks", Delimiter::Blanks),
    ("   ", "blanks", Delimiter::Blanks),
];

#[test]
fn the_delimiter_is_found_in_the_header_and_told() {
    let plain = dataset("length,width,class\n-1.5,2,0\n1,2,1\n");
    assert_eq!(parse("x,class\n1,0\n2,1\n").unwrap().delimiter, Delimiter::Comma);
    for (sign, name, delimiter) in SIGNS {
        for quote in ["", "\""] {
            let row = |fields: [&str; 3]| fields.map(|field| format!("{quote}{field}{quote}")).join(sign);
            let rows =
                [["length", "width", "class"], ["-1.5", "2", "0"], ["1", "2", "1"]].map(row).join("\r\n");
            let csv = parse(&format!("\n{rows}\n")).unwrap();
            assert_eq!((&csv.dataset, csv.delimiter), (&plain, delimiter), "{rows:?}");
            let source = thalweg_datasets::CsvSource::new("", "class");
            assert_eq!(csv.notes(&source), [format!("the columns are separated by {name}")]);
        }
    }
}

#[test]
fn the_delimiter_may_be_given() {
    for (given, text) in [
        ("','", "x,class\n1,0\n2,1\n"),
        ("';'", "x;class\n1;0\n2;1\n"),
        ("'tab'", "x\tclass\n1\t0\n2\t1\n"),
        ("\"\\t\"", "x\tclass\n1\t0\n2\t1\n"),
        ("'|'", "x|class\n1|0\n2|1\n"),
        ("'blanks'", " x   class\n 1       0\n 2\t1\n"),
        ("' '", "x class\n1 0\n2 1\n"),
    ] {
        let csv = parse_with(&format!("delimiter = {given}"), text).unwrap();
        assert_eq!(csv.dataset, dataset("x,class\n1,0\n2,1\n"), "{given}");
        let source = toml::from_str(&format!("path = ''\nlabel = ''\ndelimiter = {given}")).unwrap();
        assert_eq!(csv.notes(&source), [""; 0], "nothing was found that was not said");
    }
    assert_eq!(
        message_with("delimiter = ','", "x;class\n1;0\n2;1\n"),
        "line 1: \"x;class\" is separated by semicolons, not by commas\n\
         hint: delimiter = \";\" reads it; without `delimiter` it is found in the header"
    );
}

#[test]
fn quotes_hold_the_delimiter_and_lines_are_counted() {
    let csv = parse("x;\"leaf; stem\";class\n1;2;\"a;b\"\n3;4;c\n").unwrap();
    assert_eq!(csv.dataset.inputs, array![[1.0, 2.0], [3.0, 4.0]].into());
    assert_eq!(csv.dataset.class_name(0), "a;b");
    assert_eq!(message("x;class\r\n1;0\r\n\r\nred;1\r\n"), "line 4, column 1 \"x\": \"red\" is not a number");
    let text = "x  \"class\"\n\n 1   \"a  b\"\n  red c\n";
    assert_eq!(message(text), "line 4, column 1 \"x\": \"red\" is not a number");
}

#[test]
fn decimal_commas_are_named_with_the_delimiter_and_read_when_asked_for() {
    for (sign, name, _) in &SIGNS[..3] {
        let text = "length;width;class\n3;-1,50;0\n1,3;1,8;1\n".replace(';', sign);
        assert_eq!(
            message(&text),
            format!(
                "2 faults in its rows\n    \
                 line 2, column 2 \"width\": \"-1,50\" is not a number, nor is another one in this column\n    \
                 line 3, column 1 \"length\": \"1,3\" is not a number\n\
                 hint: the columns are separated by {name}, and this is a decimal comma: decimal = \",\" reads it"
            )
        );
        let csv = parse_with("decimal = ','", &text).unwrap();
        assert_eq!(csv.dataset.inputs, array![[3.0, -1.5], [1.3, 1.8]].into());
    }
    // A point would be between thousands.
    let point = message_with("decimal = ','", "x;class\n1.500;0\n2,5;1\n");
    assert_eq!(point, "line 2, column 1 \"x\": \"1.500\" is not a number");
    let two = "commas cannot both separate the columns and begin a fraction\n\
               hint: decimal = \",\" is for tables that are separated by something else";
    assert_eq!(message_with("decimal = ','", "x,class\n1,0\n2,1\n"), two);
    assert_eq!(message_with("decimal = ','\ndelimiter = ','", "x;class\n1;0\n2;1\n"), two);
}

#[test]
fn rows_of_another_length_are_told_by_their_delimiter() {
    assert_eq!(
        message("x;class\n1;0;\n2;1\n"),
        "line 2: columns in the row: 3, in the header: 2\n\
         hint: the line ends with one of the semicolons that separate columns"
    );
    assert_eq!(
        message("x;class\n1;0\n2,1\n"),
        "line 3: columns in the row: 1, in the header: 2\nhint: the row is not separated by semicolons"
    );
}

#[test]
fn a_table_without_names_is_refused_whatever_separates_it() {
    for (sign, ..) in SIGNS {
        let text = "-1.5,-1.2,0\n-1.3,1.8,1\n".replace(',', sign);
        let error = parse_csv(text.as_bytes(), "0").unwrap_err().to_string();
        assert!(error.contains("holds numbers, not names"), "{error}");
    }
}
