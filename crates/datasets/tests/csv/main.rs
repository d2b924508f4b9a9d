//! CSV tables, good and hostile.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod choice;
mod classes;
mod delimiters;
mod foreign;
mod messages;
mod places;
mod several;
mod targets;

use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use ndarray::array;
use proptest::prelude::*;
use thalweg_datasets::{Cell, Csv, CsvError, CsvSource, Dataset, Largest, RowPlace, parse_csv, read_csv};

fn parse(text: &str) -> Result<Csv, CsvError> {
    parse_csv(text.as_bytes(), "class")
}

fn dataset(text: &str) -> Dataset {
    parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}")).dataset
}

fn message(bytes: impl AsRef<[u8]>) -> String {
    parse_csv(bytes.as_ref(), "class").unwrap_err().to_string()
}

/// What a table is, read with further settings.
fn parse_with(settings: &str, text: &str) -> Result<Csv, CsvError> {
    let source: CsvSource = toml::from_str(&format!("path = 'x.csv'\nlabel = 'class'\n{settings}")).unwrap();
    source.parse(text.as_bytes())
}

fn message_with(settings: &str, text: &str) -> String {
    parse_with(settings, text).unwrap_err().to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn features_keep_their_order_around_the_label_column() {
    let dataset = dataset("ash,class,colour\n1.5,2,-3e2\n0,0,+7\n.25,1.0,1\n");
    assert_eq!(dataset.inputs, array![[1.5, -300.0], [0.0, 7.0], [0.25, 1.0]].into());
    assert_eq!((dataset.labels, dataset.n_classes), (vec![2, 0, 1], 3));
}

#[test]
fn a_file_is_read_from_the_disk_and_named_in_messages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/three-classes.csv");
    let dataset = read_csv(&path, "class").unwrap().dataset;
    assert_eq!((dataset.inputs.dim(), dataset.n_classes), ((7, 2), 3));
    let message = |path: &Path| read_csv(path, "Class").unwrap_err().to_string();
    assert!(message(&path).starts_with(&format!("{}: there is no column \"Class\"\nhint: ", path.display())));
    assert!(message(Path::new("no/such.csv")).starts_with("cannot read no/such.csv: "));
    assert_eq!(message(Path::new(".")), "cannot read .: it is a folder, not a file");
}

#[test]
fn blanks_quotes_line_ends_and_byte_order_marks_make_no_difference() {
    let plain = dataset("x,class\n1,0\n2,1\n");
    for text in [
        "\u{feff}x,class\n1,0\n2,1",
        "x,class\r\n1,0\r\n2,1\r\n",
        "x,class\r1,0\r2,1\r",
        "\n\nx , class\n\n 1 ,0\n\n2,\t1\n\n",
        "\"x\",\"class\"\n\"1\",0\n2,\"1\"\n",
        "x,class\n   \n1,0\n\t\n2,1\n \t ",
        "\u{feff} \r\n\t\r\nx,class\r\n \r\n1,0\r\n2,1\r\n",
    ] {
        assert_eq!(dataset(text), plain, "{text:?}");
    }
}

#[test]
fn gzipped_tables_are_unpacked() {
    let text = b"x,class\n1,0\n2,1\n";
    let plain = parse_csv(text, "class").unwrap();
    let parts = [gzip(&text[..9]), gzip(&text[9..]), vec![0; 512]].concat();
    for bytes in [gzip(text), gzip(b"\xef\xbb\xbfx,class\n1,0\n2,1\n"), parts] {
        assert_eq!(parse_csv(&bytes, "class").unwrap(), plain);
    }
    assert_eq!(message(gzip(b"x,class\n1,0\n!,1\n")), "line 3, column 1 \"x\": \"!\" is not a number");
    let start = "the file cannot be unpacked to its end: ";
    assert!(message(&gzip(text)[..20]).starts_with(start));
    let garbage = [gzip(text), b"garbage".to_vec()].concat();
    assert_eq!(message(garbage), format!("{start}it is followed by 7 bytes that are not gzipped"));
}

#[test]
fn the_largest_feature_is_known_with_its_place() {
    let largest = |text: &str| parse(text).unwrap().largest;
    let cell = |line, column, name: &str| Cell { place: RowPlace::Line(line), column, name: name.into() };
    let text = "x,class,y\n1,0,-2\n\n-7,1,3\n7,2,0\n";
    assert_eq!(largest(text), Largest { cell: cell(4, 1, "x"), value: -7.0 });
    assert_eq!(largest("x,class\n0,0\n0,1\n"), Largest { cell: cell(2, 1, "x"), value: 0.0 });

    // The last but one is the largest that f32 rounds to itself, though it is above its largest number.
    for fine in ["1", "-3.4028234e38", "3.4028235e38", "3.40282356e38"] {
        assert!(largest(&format!("x,class\n{fine},0\n2,1\n")).check_f32().is_ok(), "{fine}");
    }
    for (number, shown) in [("1e300", "1e300"), ("-3.4028236e38", "-3.4028236e38")] {
        let largest = largest(&format!("y,class,x\n1,0,2\n\n1,1,{number}\n"));
        assert_eq!(
            largest.check_f32().unwrap_err().to_string(),
            format!("line 4, column 3 \"x\": {shown} is too large for f32, which ends at 3.4028235e38")
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, body in "[0-3,;.x\"\r\n\t -]{0,60}") {
        let _ = parse_csv(&bytes, "class").map_err(|e| e.to_string());
        let packed = [b"\x1f\x8b\x08\0".as_slice(), &bytes].concat();
        let _ = parse_csv(&packed, "class").map_err(|e| e.to_string());
        let near: Vec<u8> = [b"x,class\n1,0\n".as_slice(), body.as_bytes(), &bytes].concat();
        let _ = parse_csv(&near, "class").map_err(|e| e.to_string());
        let _ = parse(&body).map_err(|e| e.to_string());
        for settings in ["missing = 'drop-rows'", "delimiter = 'blanks'", "delimiter = ';'\ndecimal = ','"] {
            let _ = parse_with(settings, &body).map_err(|e| e.to_string());
            let _ = parse_with(settings, &format!("x;class\n1;a\n{body}")).map_err(|e| e.to_string());
        }
        let _ = parse(&format!("x,class\n1,0\n{body}")).map_err(|e| e.to_string());
    }

    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec((any::<f64>(), any::<f64>(), 0..3_u32), 0..20),
    ) {
        let finite = |x: f64| if x.is_finite() { x } else { 0.0 };
        let rows: Vec<(f64, f64, u32)> =
            [(1.0, 2.0, 0), (3.0, 4.0, 1), (5.0, 6.0, 2)].into_iter().chain(rows).collect();
        let lines = rows.iter().map(|(x, y, class)| format!("{:e},{class},{}\n", finite(*x), finite(*y)));
        let dataset = dataset(&format!("x,class,y\n{}", lines.collect::<String>()));
        let inputs = dataset.inputs.to_array::<f64>();
        for (i, (x, y, class)) in rows.iter().enumerate() {
            prop_assert_eq!(inputs.row(i).to_vec(), vec![finite(*x), finite(*y)]);
            prop_assert_eq!(dataset.labels[i], *class);
        }
    }
}
