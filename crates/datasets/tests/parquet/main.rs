//! Parquet files, held against the same tables as CSV.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use thalweg_datasets::{CsvSource, Features, Missing, Parquet, ParquetError, ParquetSource, RowPlace};
use thalweg_numeric::Streams;

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet").join(name)).unwrap()
}

fn source(settings: &str) -> ParquetSource {
    toml::from_str(&format!("path = ''\n{settings}")).unwrap()
}

fn read(name: &str, settings: &str) -> Result<Parquet, ParquetError> {
    source(settings).parse(&bytes(&format!("{name}.parquet")))
}

fn message(name: &str, settings: &str) -> String {
    read(name, settings).unwrap_err().to_string()
}

fn bits(features: &Features) -> Vec<u64> {
    features.to_array::<f64>().iter().map(|x| x.to_bits()).collect()
}

#[test]
fn every_way_to_write_a_table_gives_the_bits_of_the_csv() {
    for settings in ["label = 'plant'", "label = 'plant'\nfeatures = ['double', 'flag', 'count']"] {
        let csv: CsvSource = toml::from_str(&format!("path = ''\n{settings}")).unwrap();
        let csv = csv.parse(&bytes("table.csv")).unwrap();
        for name in ["plain", "coded", "gzip"] {
            let parquet = read(name, settings).unwrap();
            assert_eq!(parquet.dataset, csv.dataset, "{name}");
            assert_eq!(bits(&parquet.dataset.inputs), bits(&csv.dataset.inputs), "{name}");
            assert_eq!(parquet.feature_names, csv.feature_names);
            assert_eq!((parquet.largest.value, parquet.dropped_rows), (csv.largest.value, 0));
            let place = (parquet.largest.cell.place, csv.largest.cell.place);
            let (RowPlace::Row(row), RowPlace::Line(line)) = place else { panic!("{place:?}") };
            assert_eq!(row + 1, line, "below the header");
            assert_eq!(parquet.notes(), [r#"the classes are 0 "fern", 1 "moss", 2 "reed""#]);
        }
    }
}

#[test]
fn a_second_file_has_the_columns_and_classes_of_the_first() {
    let settings = "label = 'plant'\nfeatures = ['double', 'count']";
    let training = read("plain", settings).unwrap();
    let test = source("label = 'plant'").parse_test(&bytes("gzip.parquet"), &training).unwrap();
    assert_eq!(test.dataset, training.dataset);
    // Other classes than there are.
    let mut other = training.clone();
    other.dataset.class_names = Some(["fern", "moss", "iris"].map(str::to_owned).into());
    let told = source(settings).parse_test(&bytes("plain.parquet"), &other).unwrap_err().to_string();
    assert!(told.contains("\"reed\" is no class of the training data"), "{told}");
}

#[test]
fn numbers_can_be_predicted_and_booleans_be_classes() {
    let csv: CsvSource =
        toml::from_str("path = ''\ntarget = ['long', 'single']\nfeatures = ['small']").unwrap();
    let csv = csv.parse(&bytes("table.csv")).unwrap();
    let of_file = read("plain", "target = ['long', 'single']\nfeatures = ['small']").unwrap();
    assert_eq!(of_file.dataset, csv.dataset);
    let flags = read("coded", "label = 'flag'\nfeatures = ['small']").unwrap().dataset;
    let expected: Vec<u32> = (0..24).map(|i| u32::from(i % 3 == 0)).collect();
    assert_eq!((flags.labels, flags.n_classes, flags.class_names), (expected, 2, None));
}

#[test]
fn nulls_are_missing_values() {
    assert_eq!(
        message("gaps", "label = 'plant'"),
        "3 faults in its rows\n    row 4, column 1 \"a\": the value is missing\n    \
         row 6, column 3 \"plant\": the value is missing\n    \
         row 9, column 2 \"b\": the value is missing\nhint: missing = \"drop-rows\" leaves out such rows"
    );
    let drop = "label = 'plant'\nmissing = 'drop-rows'";
    let csv: CsvSource = toml::from_str(&format!("path = ''\n{drop}")).unwrap();
    assert_eq!(csv.missing, Missing::DropRows);
    let csv = csv.parse(&bytes("gaps.csv")).unwrap();
    let parquet = read("gaps", drop).unwrap();
    assert_eq!((&parquet.dataset, parquet.dropped_rows), (&csv.dataset, 3));
    assert_eq!(parquet.dataset.n_samples(), 21);
    assert_eq!(parquet.notes()[0], "3 of 24 rows miss a value and are left out");
}

#[test]
fn what_cannot_be_read_is_told_with_the_column() {
    for (name, settings, expected) in [
        (
            "plain",
            "label = 'plnt'",
            "there is no column \"plnt\"\nhint: the columns are \"small\", \"count\"",
        ),
        (
            "plain",
            "label = 'plant'\nfeatures = ['smal']",
            "there is no column \"smal\"\nhint: the columns are",
        ),
        ("plain", "label = 'plant'\ntarget = 'long'", "label and target are both given"),
        ("plain", "", "neither label nor target is given"),
        ("plain", "label = 'small'\nfeatures = ['count']", "\"-5\" is not a class"),
        (
            "plain",
            "label = 'flag'",
            "column \"plant\" holds text, and numbers or booleans are needed\n\
             hint: features = [\"small\", \"count\", \"long\", \"single\", \"double\"] leaves out the others",
        ),
        ("plain", "target = 'plant'", "column \"plant\" holds text, and numbers or booleans are needed"),
        (
            "strange",
            "label = 'class'",
            "column \"id\" holds text, and numbers or booleans are needed\nhint: features = [\"x\", \"y\"] leaves",
        ),
        (
            "strange",
            "label = 'class'\nfeatures = ['x', 'day']",
            "column \"day\" holds values of the type date, and",
        ),
        (
            "strange",
            "label = 'at'\nfeatures = ['x']",
            "column \"at\" holds values of the type timestamp, and",
        ),
        ("strange", "label = 'class'\nfeatures = ['both']", "column \"both\" is nested, and a feature"),
        ("strange", "label = 'class'\nfeatures = ['parts']", "column \"parts\" is nested, and a feature"),
        (
            "zstd",
            "label = 'plant'",
            "column \"plant\" is packed by zstd, and snappy, gzip and none are read\nhint:",
        ),
    ] {
        let found = message(name, settings);
        assert!(found.contains(expected), "{name} {settings}\n{found}");
    }
    // What nobody asks for may be anything.
    let some = read("strange", "label = 'class'\nfeatures = ['y']").unwrap();
    assert_eq!(some.dataset.inputs.to_array::<f64>()[[3, 0]], 9.0);
    let foreign = |bytes: &[u8]| source("label = 'plant'").parse(bytes).unwrap_err().to_string();
    assert!(foreign(b"\x93NUMPY").starts_with("the file begins like a NumPy array, not like a Parquet file"));
    assert!(foreign(b"small,plant\n1,reed\n").contains("kind = \"csv\" reads a table as text"));
    assert!(toml::from_str::<ParquetSource>("path = ''\nlabel = 'a'\ndelimiter = ','").is_err());
}

#[test]
fn a_broken_file_is_refused_without_a_panic() {
    let whole = bytes("coded.parquet");
    let (source, mut stream) = (source("label = 'plant'"), Streams::new(1, 0).stream("data", 0));
    for length in [0, 3, 4, 8, 12, whole.len() / 2, whole.len() - 1] {
        assert!(source.parse(&whole[..length]).is_err(), "{length} bytes");
    }
    for _ in 0..2000 {
        let mut broken = whole.clone();
        for _ in 0..=stream.below(3) {
            let place = stream.below(broken.len() as u32) as usize;
            broken[place] = stream.below(256) as u8;
        }
        // Whatever comes of it, it comes back.
        drop(source.parse(&broken));
    }
}
