//! Columns that are chosen, and rows that are left out.

use ndarray::array;

use super::{dataset, message_with, parse_with};

const TABLE: &str = ",a,b,class,b,note\n7,1,2,0,x,red\n8,3,4,1,y,\n";

#[test]
fn columns_are_read_in_the_order_in_which_they_are_named() {
    let csv = parse_with("features = ['b', 'a']", "a,class,b\n1,0,2\n3,1,4\n").unwrap();
    assert_eq!(csv.dataset.inputs, array![[2.0, 1.0], [4.0, 3.0]].into());
    assert_eq!((csv.largest.value, &*csv.largest.cell.name, csv.largest.cell.column), (4.0, "b", 3));
    // What is in other columns does not matter, nor whether they have names.
    let csv = parse_with("features = ['a']", TABLE).unwrap();
    assert_eq!(csv.dataset.inputs, array![[1.0], [3.0]].into());
    assert_eq!(message_with("features = ['b']", TABLE), "columns 3 and 5 are both named \"b\"");
}

#[test]
fn features_that_cannot_be_are_refused_all_at_once() {
    for (features, expected) in [
        (
            "['lenght', 'a', 'wdith']",
            "there is no column \"lenght\", \"wdith\"\nhint: the columns are \"a\", \"length\", \"class\"",
        ),
        ("['a', 'class']", "the features hold the label \"class\", which gives the class away"),
        ("['a', 'length', 'a']", "the features name \"a\" twice"),
        ("[]", "the features are none\nhint: without this key all columns but the labels are"),
    ] {
        let text = "a,length,class\n1,2,0\n3,4,1\n";
        assert_eq!(message_with(&format!("features = {features}"), text), expected);
    }
}

#[test]
fn rows_that_miss_a_value_are_left_out_and_counted() {
    let whole = dataset("x,y,class\n1,2,a\n3,4,b\n");
    for missing in ["", "?", "NA", "na", "N/A", "#N/A", "<NA>", "NaN", "-nan", "NULL", "None", ".", "-", " "]
    {
        let text = format!("x,y,class\n{missing},2,a\n1,2,a\n5,{missing},b\n3,4,b\n");
        let csv = parse_with("missing = 'drop-rows'", &text).unwrap();
        assert_eq!((&csv.dataset, csv.dropped_rows), (&whole, 2), "{missing:?}");
        assert!(parse_with("", &text).is_err(), "{missing:?}");
    }
    let text = "x,y,class\n1,2,a\n9,9,\n3,4,b\n9,9,?\n";
    let csv = parse_with("missing = 'drop-rows'", text).unwrap();
    assert_eq!((&csv.dataset, csv.dropped_rows), (&whole, 2));
    let source = toml::from_str("path = ''\nlabel = ''\nmissing = 'drop-rows'").unwrap();
    assert_eq!(
        csv.notes(&source),
        ["2 of 4 rows miss a value and are left out", r#"the classes are 0 "a", 1 "b""#]
    );
    // Neither the largest number nor a class counts of a row that is left out.
    let csv = parse_with("missing = 'drop-rows'", "x,y,class\n1e300,?,c\n1,2,a\n-3,1,b\n").unwrap();
    assert_eq!((csv.largest.value, csv.dataset.n_classes), (-3.0, 2));
}

#[test]
fn what_is_wrong_is_no_missing_value() {
    let drop = |text: &str| message_with("missing = 'drop-rows'", text);
    assert_eq!(drop("x,class\n1,0\ninf,1\n"), "line 3, column 1 \"x\": \"inf\" is not a finite number");
    assert_eq!(drop("x,class\n1,0\nred,1\n"), "line 3, column 1 \"x\": \"red\" is not a number");
    assert_eq!(drop("x,class\n1,0\n1\n"), "line 3: columns in the row: 1, in the header: 2");
    assert_eq!(drop("x,class\n?,0\n1,\n"), "each of the 2 rows misses a value, so none is left");
    assert_eq!(drop("x,class\n1,0\n?,1\n2,0\n"), "every row has class 0 in column 2 \"class\"");
}

#[test]
fn a_column_of_text_has_a_hint_at_those_of_numbers() {
    let text = "id,plant,length,width,class\na1,reed,1.5,?,0\na2,2,2,3,1\na3,fern,3,4,0\n";
    assert_eq!(
        super::message(text),
        "3 faults in its rows\n    \
         line 2, column 1 \"id\": \"a1\" is not a number, nor are 2 others in this column\n    \
         line 2, column 2 \"plant\": \"reed\" is not a number, nor is another one in this column\n    \
         line 2, column 4 \"width\": the value is missing, \"?\"\n\
         hint: features = [\"length\", \"width\"] leaves out the columns of text; \
         missing = \"drop-rows\" leaves out such rows"
    );
    let hint = "features = ['length', 'width']\nmissing = 'drop-rows'";
    assert_eq!(parse_with(hint, text).unwrap().dataset.inputs, array![[2.0, 3.0], [3.0, 4.0]].into());
    // One slip of the pen, a file without a number, and columns that were chosen.
    for (settings, text) in [
        ("", "x,y,class\n1,2,0\nl,3,1\n4,5,0\n"),
        ("", "x,y,class\na,b,0\nc,d,1\n"),
        ("features = ['x', 'y']", "x,y,class\na,2,0\nb,3,1\n"),
    ] {
        assert!(!message_with(settings, text).contains("hint"), "{text:?}");
    }
    let names: Vec<String> = (0..21).map(|i| format!("x{i}")).collect();
    let many = format!("name,{},class\nred{}\nblue{}\n", names.join(","), ",1".repeat(22), ",0".repeat(22));
    assert!(super::message(&many).ends_with("hint: `features` chooses columns; 21 of 22 hold numbers"));
}
