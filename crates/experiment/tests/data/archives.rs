//! NumPy archives for training and tests.

use super::*;

/// A NumPy array of bytes, one a sample.
fn bytes_array(numbers: &[u8], shape: &str) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), numbers].concat()
}

fn archive(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        writer.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_second_archive_is_tested_as_the_same_tables_in_csv() {
    let both = |x: &[u8], y: &[u8]| {
        let arrays = [
            ("x", bytes_array(x, &format!("({}, 2)", x.len() / 2))),
            ("y", bytes_array(y, &format!("({},)", y.len()))),
        ];
        archive(&arrays)
    };
    let table = |x: &[u8], y: &[u8]| {
        let rows = x.chunks(2).zip(y).map(|(x, y)| format!("{},{},{y}\n", x[0], x[1]));
        format!("a,b,class\n{}", rows.collect::<String>()).into_bytes()
    };
    let (x, y) = ([1, 4, 3, 2, 2, 2, 0, 5, 1, 1, 4, 0], [0, 1, 2, 0, 1, 2]);
    let (test_x, test_y) = ([3, 3, 0, 4, 2, 1], [1, 0, 1]);
    let of_arrays = "data = { kind = 'npy', path = 'd.npz', features = 'x', labels = 'y' }\n\
                     test = { kind = 'file', path = 't.npz' }";
    let archives = [both(&x, &y), both(&test_x, &test_y)];
    let of_arrays = plan(of_arrays, &[("d.npz", &archives[0]), ("t.npz", &archives[1])]).unwrap();
    let of_tables = "data = { kind = 'csv', path = 'd.csv', label = 'class' }\n\
                     test = { kind = 'file', path = 't.csv' }";
    let tables = [table(&x, &y), table(&test_x, &test_y)];
    let of_tables = plan(of_tables, &[("d.csv", &tables[0]), ("t.csv", &tables[1])]).unwrap();
    assert_eq!(outcome(&of_arrays), outcome(&of_tables));
    assert!(records(&of_arrays)[0].metric("test.accuracy").is_some());
    assert_eq!(of_arrays.jobs[0].json()["files"].as_object().unwrap().len(), 2);

    for (test, expected) in [
        (
            both(&test_x, &[1, 0, 3]),
            "test.path: t.npz, y: label 2 (from 0) is 3, and the training data have the classes 0, 1, 2",
        ),
        (
            archive(&[("x", bytes_array(&[1], "(1, 1)")), ("y", bytes_array(&[1], "(1,)"))]),
            "test.path: t.npz, x: the features are 1 a sample, those of the training data 2",
        ),
        (archive(&[("x", bytes_array(&[1], "(1, 1)"))]), "test.path: t.npz: there is no array \"y\""),
    ] {
        let data = "data = { kind = 'npy', path = 'd.npz', features = 'x', labels = 'y' }\n\
                    test = { kind = 'file', path = 't.npz' }";
        let told = plan(data, &[("d.npz", &archives[0]), ("t.npz", &test)]).unwrap_err();
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
    let two = "data = { kind = 'npy', features = 'x.npy', labels = 'y.npy' }\ntest = { kind = 'file', path = 't.npz' }";
    let arrays = [bytes_array(&x, "(6, 2)"), bytes_array(&y, "(6,)")];
    let told = plan(two, &[("x.npy", &arrays[0]), ("y.npy", &arrays[1])]).unwrap_err();
    assert!(told.contains("test.kind: the training data are two arrays in files of their own"), "{told}");
    assert!(told.contains("np.savez"), "{told}");
}
