//! Columns of numbers that are to be predicted.

use ndarray::array;
use thalweg_datasets::{CsvError, CsvSource};

const TABLE: &str = "a,y,b,z\n1,2,3,4\n5,6,7,-80\n";

fn parse(settings: &str, text: &str) -> Result<thalweg_datasets::Csv, CsvError> {
    let source: CsvSource = toml::from_str(&format!("path = 'x.csv'\n{settings}")).unwrap();
    source.parse(text.as_bytes())
}

fn message(settings: &str, text: &str) -> String {
    parse(settings, text).unwrap_err().to_string()
}

#[test]
fn all_other_columns_are_features() {
    let csv = parse("target = 'y'", TABLE).unwrap();
    assert_eq!(csv.dataset.inputs, array![[1.0, 3.0, 4.0], [5.0, 7.0, -80.0]].into());
    assert_eq!(csv.dataset.numbers, Some(array![[2.0], [6.0]]));
    assert_eq!((csv.dataset.n_outputs(), csv.dataset.n_classes), (1, 0));
}

#[test]
fn several_targets_stand_in_the_order_in_which_they_are_named() {
    let csv = parse("target = ['z', 'a']\nfeatures = ['b']", TABLE).unwrap();
    assert_eq!(csv.dataset.inputs, array![[3.0], [7.0]].into());
    assert_eq!(csv.dataset.numbers, Some(array![[4.0, 1.0], [-80.0, 5.0]]));
    // The largest number of all, since targets must be finite in f32 too.
    assert_eq!((csv.largest.value, &*csv.largest.cell.name), (-80.0, "z"));
}

#[test]
fn a_row_without_its_target_is_a_row_that_misses_a_value() {
    let text = "a,y\n1,2\n3,NA\n5,6\n";
    assert!(message("target = 'y'", text).starts_with("line 3, column 2 \"y\": "));
    let csv = parse("target = 'y'\nmissing = 'drop-rows'", text).unwrap();
    assert_eq!(csv.dataset.inputs, array![[1.0], [5.0]].into());
    assert_eq!((csv.dataset.numbers, csv.dropped_rows), (Some(array![[2.0], [6.0]]), 1));
}

#[test]
fn what_cannot_be_a_target_is_told() {
    for (settings, text, expected) in [
        ("target = 'w'", TABLE, "there is no column \"w\"\nhint: the columns are \"a\", \"y\", \"b\", \"z\""),
        ("target = 'y'", "a,y\n1,red\n", "line 2, column 2 \"y\": \"red\" is not a number"),
        ("target = 'y'", "a,y\n1,inf\n", "line 2, column 2 \"y\": \"inf\" is not a finite number"),
        ("target = ['y', 'a']", "a,y\n1,2\n", "there is no column besides \"y, a\""),
        ("target = ['y', 'y']", TABLE, "the targets name \"y\" twice"),
        ("target = []", TABLE, "the targets are none"),
        (
            "target = 'y'\nfeatures = ['y']",
            TABLE,
            "the features hold the target \"y\", which is to be predicted",
        ),
        ("target = 'y'", "a,y\n", "there is no row below the header"),
    ] {
        assert_eq!(message(settings, text), expected, "{settings}");
    }
    assert_eq!(message("", TABLE).lines().next(), Some("neither label nor target is given"));
    assert_eq!(
        message("label = 'a'\ntarget = 'y'", TABLE).lines().next(),
        Some("label and target are both given")
    );
    let refused = toml::from_str::<CsvSource>("path = ''\ntarget = 3").unwrap_err().to_string();
    assert!(
        refused.contains("expected the name of a column in quotes, or a list of such names"),
        "{refused}"
    );
}
