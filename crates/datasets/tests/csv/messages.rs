//! What is said of tables that are not as they should be.

use super::{message, parse};

#[test]
fn messages_name_the_place_and_the_trouble() {
    for (text, expected) in [
        ("", "the file is empty\nhint: the first line names the columns"),
        ("\u{feff}", "the file is empty\nhint: the first line names the columns"),
        ("\n\r\n \t\n", "the file is empty\nhint: the first line names the columns"),
        ("x,class\n", "there is no row below the header"),
        ("x,class", "there is no row below the header"),
        ("x,class\n \n\t\n", "there is no row below the header"),
        (
            ",x,class\n0,1,0\n",
            "column 1 has no name\nhint: is it a row number that was saved along? `index=False` of pandas leaves it out",
        ),
        ("x,class,\n1,0,\n", "column 3 has no name\nhint: does the line end with a comma?"),
        ("x,class,y,x\n", "columns 1 and 4 are both named \"x\""),
        ("x,Class\n1,0\n", "there is no column \"class\"\nhint: the columns are \"x\", \"Class\""),
        ("class\n0\n1\n", "there is no column besides \"class\""),
        ("x,class\n1,0\n2\n", "line 3: columns in the row: 1, in the header: 2"),
        ("x,class\n1,0\n2,1,5\n", "line 3: columns in the row: 3, in the header: 2"),
        ("x,class\n1,0\n\"\"\n", "line 3: columns in the row: 1, in the header: 2"),
        ("y,x,class\n1,2,0\n1,two,1\n", "line 3, column 2 \"x\": \"two\" is not a number"),
        (
            "x,class\n,0\n",
            "line 2, column 1 \"x\": the value is missing\nhint: missing = \"drop-rows\" leaves out such rows",
        ),
        ("x,class\n-inf,0\n", "line 2, column 1 \"x\": \"-inf\" is not a finite number"),
        ("x,class\n1e999,0\n", "line 2, column 1 \"x\": \"1e999\" is not a finite number"),
        (
            "x,class\nNaN,0\n",
            "line 2, column 1 \"x\": \"NaN\" is not a finite number\n\
             hint: missing = \"drop-rows\" leaves out such rows",
        ),
        (
            "x,class\n1,1\n1,3\n1,0\n",
            "line 3, column 2 \"class\": class 3, but no row has class 2\n\
             hint: classes count from 0 or 1, without gaps",
        ),
        (
            "x,class\n1,0\n1,4000000000\n",
            "line 3, column 2 \"class\": class 4000000000, but no row has class 1\n\
             hint: classes count from 0 or 1, without gaps",
        ),
        ("x,class\n1,0\n2,0\n", "every row has class 0 in column 2 \"class\""),
    ] {
        assert_eq!(message(text), expected, "{text:?}");
    }
}

#[test]
fn commas_at_the_end_of_a_row_are_seen() {
    let hint = "hint: the line ends with a comma";
    for (text, line, found) in
        [("x,class\n1,0,\n2,1\n", 2, 3), ("x,class\n1,0\n2,1,\n", 3, 3), ("x,class\n1,0\n2,1, ,\t\n", 3, 4)]
    {
        let expected = format!("line {line}: columns in the row: {found}, in the header: 2\n{hint}");
        assert_eq!(message(text), expected, "{text:?}");
    }
    // Most rows alike are one fault.
    let text = "x,class\n1,0,\n2,1,\n3,1\n4,0,\n";
    let expected =
        format!("line 2: columns in the row: 3, in the header: 2, nor do 2 other rows fit it\n{hint}");
    assert_eq!(message(text), expected);
    // A field too few, though the last one is empty.
    assert!(!message("x,y,class\n1,\n").contains("hint"));
}

#[test]
fn rows_with_another_delimiter_than_the_header_are_seen() {
    for delimiter in [";", "\t", "|"] {
        let row = ["2", "1"].join(delimiter);
        assert_eq!(
            message(format!("x,class\n1,0\n{row}\n")),
            "line 3: columns in the row: 1, in the header: 2\nhint: the row is not separated by commas"
        );
    }
}

#[test]
fn decimal_commas_in_quotes_are_seen() {
    for number in ["1,50", "-0,3", "1,5e3"] {
        let expected = format!(
            "line 2, column 1 \"x\": {number:?} is not a number\n\
             hint: a decimal point is needed, and nothing between thousands"
        );
        assert_eq!(message(format!("x,class\n\"{number}\",0\n")), expected);
    }
    assert!(!message("x,class\n\"1,2,3\",0\n").contains("hint"));
}

#[test]
fn quotes_that_are_not_closed_are_seen() {
    for (text, expected) in [
        ("x,class\n1,0\n\"2,1\n3,0\n", "line 3, column 1: a quote is not closed"),
        ("x,class\n1,\"0\n2,1\n3,0\n", "line 2, column 2: a quote is not closed"),
        ("\n\"x,class\n1,0\n2,1\n", "line 2, column 1: a quote is not closed"),
        ("x,\"class\n1,0\n2,1\n", "line 1, column 2: a quote is not closed"),
        ("x,class\n\"1\n2\",0\n", "line 2, column 1 \"x\": \"1\\n2\" is not a number"),
    ] {
        assert_eq!(message(text), expected, "{text:?}");
    }
    let names = |name: &str| message(format!("x,class\n1,a\n2,{name}\n"));
    assert!(names("\"b\"c").starts_with("line 3, column 2: \"\\\"b\\\"c\" goes on after its closing quote"));
    for name in ["\"b\nc\"", "b\0"] {
        assert!(names(name).contains("is no name of a class"), "{name:?}");
    }
    // A name may have two lines.
    assert!(message("x,\"Class\n(of iris)\"\n1,0\n").starts_with("there is no column \"class\""));
}

#[test]
fn numbers_that_are_no_class_are_refused() {
    for label in ["-1", "0.5", "1e300", "4294967296"] {
        let expected = "is not a class, a whole number of at least 0";
        let place = "line 3, column 2 \"class\"";
        assert_eq!(message(format!("x,class\n1,0\n1,{label}\n")), format!("{place}: {label:?} {expected}"));
    }
}

#[test]
fn long_texts_are_cut() {
    let text = message(format!("x,class\n{},0\n", "ä".repeat(1000)));
    assert!(text.ends_with(&format!(": \"{}…\" is not a number", "ä".repeat(40))), "{text}");
    let names: Vec<String> = (0..785).map(|i| format!("pixel{i}")).collect();
    let text = message(names.join(","));
    assert!(text.ends_with("\"pixel19\" and 765 more"), "{text}");
    let text = message("x".repeat(1000));
    assert!(text.ends_with(&format!("the columns are \"{}…\"", "x".repeat(40))), "{text}");
}

#[test]
fn a_table_without_a_line_of_names_is_refused() {
    let hint = "hint: the first line names the columns";
    for (text, line, shown) in [
        ("-1.5,-1.2,0\n-1.3,1.8,1\n", 1, "-1.5,-1.2,0"),
        ("\n1,1,0\n2,3,1\n", 2, "1,1,0"),
        ("5.1,3.5,1.4,setosa\n4.9,3.0,1.4,setosa\n", 1, "5.1,3.5,1.4,setosa"),
        ("1e3,nan\n", 1, "1e3,nan"),
    ] {
        assert_eq!(message(text), format!("line {line}: {shown:?} holds numbers, not names\n{hint}"));
    }
}

#[test]
fn numbers_may_be_names() {
    // As pandas and R write columns that have no names.
    for text in ["0,1,2\n5,6,0\n7,8,1\n", "1,2,3\n5,6,0\n7,8,1\n"] {
        let label = &text[4..5];
        assert!(thalweg_datasets::parse_csv(text.as_bytes(), label).is_ok(), "{text:?}");
    }
    assert!(parse("1999,2000,class\n5,6,0\n7,8,1\n").is_ok());
    assert!(message("0,1,2,label\n5,6,7,0\n").starts_with("there is no column \"class\""));
    assert!(message("label,0,1,2\n0,5,6,7\n").starts_with("there is no column \"class\""));
}
