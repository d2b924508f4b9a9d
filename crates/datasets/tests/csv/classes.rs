//! Classes with names.

use thalweg_datasets::CsvSource;

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
fn classes_that_count_from_1_are_called_so() {
    let source = CsvSource::new("", "class");
    let text = "x,class\n1,10\n1,1\n".to_owned() + &(2..10).map(|i| format!("1,{i}.0\n")).collect::<String>();
    let csv = source.parse(text.as_bytes()).unwrap();
    assert_eq!(csv.dataset.labels, [9, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(csv.dataset.class_names.clone().unwrap()[8..], ["9", "10"]);
    assert!(csv.notes(&source)[0].starts_with("the classes are 0 \"1\", 1 \"2\", "));
    let test = source.parse_test(b"x,class\n1,2.0\n1,10\n", &csv).unwrap();
    assert_eq!(test.dataset.labels, [1, 9]);
    assert!(source.parse_test(b"x,class\n1,0\n", &csv).is_err());
    assert!(message("x,class\n1,1\n1,3\n").contains("class 3, but no row has class 2"));
}

#[test]
fn numbers_to_predict_are_no_classes_and_one_fault() {
    let column = |price: &dyn Fn(u32) -> f64| {
        message("x,class\n".to_owned() + &(0..30).map(|i| format!("1,{}\n", price(i))).collect::<String>())
    };
    let told = |text: &str| {
        format!(
            "column 2 (\"class\") holds 30 different numbers, of which {text:?} is no class\n\
             hint: for numbers to predict use `target` in place of `label`"
        )
    };
    assert_eq!(column(&|i| f64::from(i) + 184.5), told("184.5"));
    assert_eq!(column(&|i| f64::from(3 * i + 184)), told("184"));
    // One class of many without a row is a slip.
    assert!(column(&|i| f64::from(i + u32::from(i > 7))).contains("class 9, but no row has class 8"));
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
    let hint = "hint: classes are all numbers, from 0 or 1, or all names";
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
    let header = |label: &str| -> String {
        let source: CsvSource = toml::from_str(&format!("path = 'd.csv'\nlabel = '{label}'")).unwrap();
        source.parse(b"H\xf6he (m),class\n1,0\n2,1\n").unwrap_err().to_string()
    };
    assert_eq!(
        header("Höhe (m)"),
        "line 1: \"H\u{fffd}he (m),class\" is not UTF-8\nhint: save the file as UTF-8"
    );
    assert!(header("clas").starts_with("there is no column \"clas\""), "{}", header("clas"));
}
