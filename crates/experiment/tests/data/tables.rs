//! Data of files: tables, arrays and columns.

use super::*;

const TABLE: &str =
    "leaf,stem,plant\n1,4,reed\n3,3.5,moss\n2,2,fern\n1.5,4.5,reed\n2.5,1.5,fern\n3.5,3,moss\n";

#[test]
fn classes_with_names_are_learned_as_those_with_numbers() {
    let numbers = TABLE.replace("reed", "2").replace("moss", "1").replace("fern", "0");
    let (named, numbered) = (csv("", TABLE).unwrap(), csv("", &numbers).unwrap());
    assert_eq!(outcome(&named), outcome(&numbered));
    let names = named.jobs[0].inputs.dataset.as_ref().unwrap().class_names.clone().unwrap();
    assert_eq!(names.to_vec(), ["fern", "moss", "reed"]);
}

#[test]
fn columns_of_a_table_are_part_of_the_key_only_when_given() {
    let json = csv("", TABLE).unwrap().jobs[0].json();
    let expected = serde_json::json!({ "kind": "csv", "path": "d.csv", "label": "plant", "decimal": ".",
                                       "missing": "refuse", "transforms": [] });
    assert_eq!(json["data"], expected);
    let given =
        csv(", features = ['stem'], delimiter = ',', missing = 'drop-rows', decimal = '.'", TABLE).unwrap();
    let expected = serde_json::json!({ "kind": "csv", "path": "d.csv", "label": "plant", "features": ["stem"],
                                       "delimiter": ",", "decimal": ".", "missing": "drop-rows",
                                       "transforms": [] });
    assert_eq!(given.jobs[0].json()["data"], expected);
    let back: RunSpec = serde_json::from_value(given.jobs[0].json()).unwrap();
    assert_eq!(back, given.jobs[0].spec);
}

#[test]
fn what_was_found_in_a_table_is_told_once() {
    let table = TABLE.replace(',', ";") + "9;?;fern\n";
    let experiment = csv(", missing = 'drop-rows'", &table).unwrap().with_replicates(0..3);
    let expected = [
        "d.csv: 1 of 7 rows miss a value and are left out",
        "d.csv: all other columns are features: leaf, stem",
        r#"d.csv: the classes are 0 "fern", 1 "moss", 2 "reed""#,
        "d.csv: the columns are separated by semicolons",
    ];
    assert_eq!(experiment.notes().into_iter().collect::<Vec<_>>(), expected);
    let notes =
        |settings: &str, table: &str| csv(settings, table).unwrap().notes().into_iter().collect::<Vec<_>>();
    let numbered = "leaf,id,plant\n1,1,0\n1,2,1\n3,3,0\n";
    assert_eq!(notes(", features = ['leaf', 'id']", numbered), [""; 0]);
    let warning =
        "warning: d.csv: id counts the rows, and is a feature; leave it out with features = [\"leaf\"]";
    assert_eq!(notes("", numbered), ["d.csv: all other columns are features: leaf, id", warning]);
}

#[test]
fn problems_of_a_table_are_told_at_their_keys() {
    for (more, table, expected) in [
        (
            ", features = ['laef']",
            TABLE,
            &["data.features: d.csv: there is no column \"laef\"", "did you mean \"leaf\"?"][..],
        ),
        (
            ", features = ['leaf', 'plant']",
            TABLE,
            &["data.features: d.csv: the features hold the label \"plant\""],
        ),
        (
            "",
            "leaf,plnt\n1,0\n2,1\n",
            &["data.label: d.csv: there is no column \"plant\"", "did you mean \"plnt\"?"],
        ),
        (
            ", delimiter = ';'",
            TABLE,
            &["data.delimiter: d.csv: line 1: \"leaf,stem,plant\" is separated by commas"],
        ),
        (", decimal = ','", TABLE, &["data.decimal: d.csv: commas cannot both"]),
        (", missing = 'drop'", TABLE, &["data.missing: unknown value `drop`", "refuse, drop-rows"]),
        (
            "",
            "leaf,plant\n1,0\nNaN,1\n",
            &["data.path: d.csv: line 3, column 1 \"leaf\": \"NaN\" is not a finite number"],
        ),
        (
            "",
            "leaf,plant\n1,0\n1e39,1\n1,0\n",
            &["data.path: d.csv: line 3, column 1 \"leaf\": 1e39 is too large for f32"],
        ),
    ] {
        let told = csv(more, table).unwrap_err();
        assert!(expected.iter().all(|part| told.contains(part)), "no {expected:?} in {told}");
    }
}

/// An array of bytes as NumPy writes it.
fn array(shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\0".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes(), bytes].concat()
}

#[test]
fn arrays_are_read_from_two_files() {
    let (x, y) = (array("(4, 1)", &[1, 2, 3, 4]), array("(4,)", &[0, 1, 0, 1]));
    let of = |x: &str, labels: &[u8]| {
        let data = format!("data = {{ kind = 'npy', features = '{x}', labels = 'y.npy' }}");
        plan(&data, &[("x.npy", &array("(4, 1)", &[1, 2, 3, 4])), ("y.npy", labels)])
    };
    let experiment = of("x.npy", &y).unwrap();
    let table = csv("", "x,plant\n1,0\n2,1\n3,0\n4,1\n").unwrap();
    assert_eq!(outcome(&experiment), outcome(&table));
    assert_eq!(experiment.jobs[0].spec.files.keys().collect::<Vec<_>>(), ["x.npy", "y.npy"]);
    assert_eq!(experiment.plan.runs, of("./x.npy", &y).unwrap().plan.runs);
    for (features, labels, expected) in [
        ("z.npy", &y, "data.features: cannot read z.npy"),
        ("x.npy", &array("(4,)", &[0, 1, 3, 0]), "data.labels: y.npy: label 2 (from 0) is class 3"),
        (
            "x.npy",
            &array("(3,)", &[0, 1, 0]),
            "data.labels: y.npy: the features are of 4 samples, the labels of 3",
        ),
        ("x.npy", &b"0,1".to_vec(), "data.labels: y.npy: the file is not a NumPy array"),
    ] {
        let told = of(features, labels).unwrap_err();
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
    let data = "data = { kind = 'npy', path = 'd.npz', features = 'x', labels = 'y' }";
    let told = plan(data, &[("d.npz", &x)]).unwrap_err();
    assert!(told.contains("data.path: d.npz: the archive cannot be read: "), "{told}");
}

const COLUMNS: &[u8] = include_bytes!("../../../datasets/tests/parquet/coded.parquet");
const OF_COLUMNS: &str = "data = { kind = 'parquet', path = 'd.parquet', label = 'plant', features = ['small', 'single', 'flag'] }";

#[cfg(not(feature = "parquet"))]
#[test]
fn a_parquet_file_is_refused_without_its_reader() {
    // Also where there is no file.
    for files in [&[("d.parquet", COLUMNS)][..], &[]] {
        let told = plan(OF_COLUMNS, files).unwrap_err();
        assert!(told.contains("data.kind: this build reads no Parquet files"), "{told}");
        assert!(told.contains("hint: build with the feature `parquet`"), "{told}");
        assert_eq!(told.lines().count(), 2, "{told}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_is_learned_as_the_same_table_in_csv() {
    let text = include_bytes!("../../../datasets/tests/parquet/table.csv");
    let test = "\ntest = { kind = 'hold-out', fraction = 0.25, stratified = true }";
    let of_columns = plan(&format!("{OF_COLUMNS}{test}"), &[("d.parquet", COLUMNS)]).unwrap();
    let of_text = OF_COLUMNS.replace("'parquet'", "'csv'").replace("d.parquet", "d.csv");
    let of_text = plan(&format!("{of_text}{test}"), &[("d.csv", text)]).unwrap();
    assert_eq!(outcome(&of_columns), outcome(&of_text));
    assert_eq!(
        of_columns.notes().into_iter().collect::<Vec<_>>(),
        [r#"d.parquet: the classes are 0 "fern", 1 "moss", 2 "reed""#]
    );
    let json = of_columns.jobs[0].json();
    assert_eq!(json["data"]["kind"], "parquet");
    assert_eq!(json["files"].as_object().unwrap().len(), 1, "the content is part of the key");
    let second = |format: &str| format!("\ntest = {{ kind = 'file', path = 't.{format}' }}");
    let data = format!("{OF_COLUMNS}{}", second("parquet"));
    let of_two = plan(&data, &[("d.parquet", COLUMNS), ("t.parquet", COLUMNS)]).unwrap();
    let data = data.replace("parquet", "csv");
    let of_texts = plan(&data, &[("d.csv", text), ("t.csv", text)]).unwrap();
    assert_eq!(outcome(&of_two), outcome(&of_texts));
    assert_eq!(of_two.jobs[0].json()["files"].as_object().unwrap().len(), 2);
    let data = format!("{OF_COLUMNS}{}", second("parquet"));
    let told = plan(&data, &[("d.parquet", COLUMNS), ("t.parquet", text)]).unwrap_err();
    assert!(told.contains("test.path: t.parquet: the file begins like"), "{told}");
    let other = include_bytes!("../../../datasets/tests/parquet/gzip.parquet");
    let other = plan(&format!("{OF_COLUMNS}{test}"), &[("d.parquet", other)]).unwrap();
    assert_ne!(other.jobs[0].key, of_columns.jobs[0].key);
    assert_eq!(outcome(&other), outcome(&of_columns));
    let told = plan(&OF_COLUMNS.replace("'flag'", "'flog'"), &[("d.parquet", COLUMNS)]).unwrap_err();
    assert!(
        told.contains("data.features: d.parquet: there is no column \"flog\"")
            && told.contains("did you mean \"flag\"?"),
        "{told}"
    );
    let told = plan(&OF_COLUMNS.replace("'flag'", "'plant'"), &[("d.parquet", COLUMNS)]).unwrap_err();
    assert!(told.contains("gives the class away"), "{told}");
}

#[test]
fn a_column_of_text_is_blamed_on_the_key_that_names_it() {
    for (columns, table, expected) in [
        (
            "target = 'plant'",
            TABLE,
            &[
                "data.target: d.csv: line 2, column 3 \"plant\": \"reed\" is not a number",
                "label = \"plant\"",
            ][..],
        ),
        ("target = ['stem', 'plant']", TABLE, &["data.target: d.csv: line 2, column 3 \"plant\": \"reed\""]),
        (
            "target = 'plnt'",
            TABLE,
            &[
                "data.target: d.csv: there is no column \"plnt\"",
                "hint: did you mean \"plant\"? the columns are",
            ],
        ),
        ("target = []", TABLE, &["data.target: d.csv: the targets are none"]),
        (
            "label = 'stem', features = ['plant']",
            TABLE,
            &[
                "data.features: d.csv: 4 faults in its rows\n    line 2, column 3 \"plant\": \"reed\" is not a number",
                "\n    line 3, column 2 \"stem\": \"3.5\" is not a class",
            ],
        ),
        (
            "target = 'stem'",
            TABLE,
            &["data.path: d.csv: line 2, column 3 \"plant\": \"reed\" is not a number"],
        ),
    ] {
        let data = format!("data = {{ kind = 'csv', path = 'd.csv', {columns} }}");
        let told = plan(&data, &[("d.csv", table.as_bytes())]).unwrap_err();
        assert!(expected.iter().all(|part| told.contains(part)), "no {expected:?} in {told}");
    }
}
