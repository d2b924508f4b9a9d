//! Classes with names.

use super::{dataset, message, parse};

fn names(text: &str) -> Vec<String> {
    dataset(text).class_names.unwrap().to_vec()
}

#[test]
fn classes_with_names_are_sorted_by_them() {
    let text = "leaf,stem,class\n1,4,reed\n3,3.5,moss\n2,2,fern\n1.5,4.5,reed\n";
    let dataset = dataset(text);
    assert_eq!((&dataset.labels, dataset.n_classes), (&vec![2, 1, 0, 2], 3));
    assert_eq!(names(text), ["fern", "moss", "reed"]);
    let shown = [0, 1, 2].map(|class| dataset.class_name(class));
    assert_eq!(shown, ["fern", "moss", "reed"]);
    // By code points: capitals first, and numbers in names are text.
    assert_eq!(names("x,class\n1,b10\n1,Ä\n1,b2\n1,C\n"), ["C", "b10", "b2", "Ä"]);
    assert_eq!(names("x,class\n1,true\n1,false\n"), ["false", "true"]);
    // What is missing as a feature may be the name of a class.
    assert_eq!(names("x,class\n1,none\n1,some\n"), ["none", "some"]);
}

#[test]
fn numbered_classes_have_no_names() {
    let dataset = dataset("x,class\n1,2\n1,0\n1,1.0\n");
    assert_eq!((&dataset.labels, &dataset.class_names), (&vec![2, 0, 1], &None));
    assert_eq!(dataset.class_name(2), "2");
}

#[test]
fn blanks_and_quotes_around_names_do_not_count() {
    let text = "x,class\n1, fern\n1,\"fern\"\n1,\"moss \"\n1,moss\t\n1,\"bog, wet\"\n";
    assert_eq!(names(text), ["bog, wet", "fern", "moss"]);
    assert_eq!(dataset(text).labels, [1, 1, 2, 2, 0]);
}

#[test]
fn names_that_look_alike_are_told() {
    let hint = "hint: if they are one class, write them alike; if not, number the classes from 0";
    for (first, second) in [("fern", "Fern"), ("bog moss", "bog  moss"), ("ÄHRE", "ähre")] {
        assert_eq!(
            message(format!("x,class\n1,{first}\n2,reed\n3,{second}\n")),
            format!(
                "line 4, column 2 \"class\": {second:?} differs from {first:?} in line 2 in capitals or blanks alone\n{hint}"
            )
        );
    }
}

#[test]
fn names_and_numbers_in_one_column_are_told() {
    let hint = "hint: classes are all numbers, from 0, or all names";
    for (text, place, name, line, number) in [
        ("x,class\n1,0\n2,1\n3,fern\n", "line 4", "fern", 2, "0"),
        ("x,class\n1,fern\n2,reed\n3,1.5\n", "line 2", "fern", 4, "1.5"),
        ("x,class\n1,0\n2,inf\n", "line 3", "inf", 2, "0"),
    ] {
        assert_eq!(
            message(text),
            format!(
                "{place}, column 2 \"class\": {name:?} is no number, but line {line} has the class {number:?}\n{hint}"
            )
        );
    }
}

#[test]
fn labels_that_are_missing_are_told() {
    for (label, shown) in [
        ("", ""),
        ("  ", ""),
        ("NA", ", \"NA\""),
        ("nan", ", \"nan\""),
        ("?", ", \"?\""),
        ("Null", ", \"Null\""),
    ] {
        assert_eq!(
            message(format!("x,class\n1,fern\n2,{label}\n3,reed\n")),
            format!(
                "line 3, column 2 \"class\": the value is missing{shown}\n\
                 hint: missing = \"drop-rows\" leaves out such rows"
            )
        );
    }
}

#[test]
fn one_name_is_nothing_to_tell_apart_and_a_name_for_each_row_no_class() {
    assert_eq!(message("x,class\n1,fern\n2,fern\n"), "every row has class \"fern\" in column 2 \"class\"");
    let rows = |n: usize| (0..n).map(|i| format!("1,plant {i}\n")).collect::<String>();
    assert!(parse(&format!("x,class\n{}", rows(20))).is_ok());
    assert!(parse(&format!("x,class\n{}1,plant 3\n", rows(21))).is_ok());
    assert_eq!(
        message(format!("x,class\n{}", rows(21))),
        "every row has a class of its own in column 2 \"class\"\nhint: is it the column of the classes?"
    );
}

#[test]
fn names_in_another_encoding_are_told() {
    assert_eq!(
        message(b"x,class\n1,moss\n2,gr\xfcn\n"),
        "line 3, column 2 \"class\": \"gr\u{fffd}n\" is not UTF-8\nhint: save the file as UTF-8"
    );
}
