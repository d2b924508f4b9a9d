//! Arrays as NumPy keeps them: NPY, version 1.0, in a ZIP file (`numpy.lib.format`).

use std::collections::BTreeSet;

use thalweg_records::{Curve, Record, zipped};

use crate::dictionary::Type;
use crate::tables::names;
use crate::{Results, settings};

/// Bytes by which the data of an array begin at a multiple.
const ALIGNED: usize = 64;

/// `runs.npz`.
pub(super) fn archive(results: &Results) -> Vec<u8> {
    let runs = &results.runs;
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| members.push((name + ".npy", bytes));
    add("key".to_owned(), texts(&of_runs(runs, |run| run.key.clone())));
    add("status".to_owned(), texts(&of_runs(runs, |run| run.status.as_str())));
    let swept = settings::columns(results);
    for key in swept.iter().map(String::as_str).chain(["seed", "replicate"]) {
        add(format!("settings/{key}"), setting(key, &of_runs(runs, |run| settings::cell(run, key))));
    }
    for name in names(results, values) {
        let values = of_runs(runs, |run| run.metric(&name).unwrap_or(f64::NAN));
        add(format!("metrics/{name}"), numbers(&[runs.len()], &values));
    }
    for name in names(results, |run| run.curves.iter().map(|curve| curve.name.as_str()).collect()) {
        let all: Vec<Option<&Curve>> = runs.iter().map(|run| run.curve(&name)).collect();
        let steps: BTreeSet<u64> = all.iter().flatten().flat_map(|curve| curve.steps.clone()).collect();
        let at = |curve: Option<&Curve>, step: u64| {
            let curve = curve?;
            curve.values.get(curve.steps.binary_search(&step).ok()?).copied()
        };
        let row = |curve: &Option<&Curve>| -> Vec<f64> {
            steps.iter().map(|step| at(*curve, *step).unwrap_or(f64::NAN)).collect()
        };
        add(
            format!("curves/{name}"),
            numbers(&[runs.len(), steps.len()], &all.iter().flat_map(row).collect::<Vec<_>>()),
        );
        add(format!("steps/{name}"), integers(&steps.iter().map(|step| *step as i64).collect::<Vec<_>>()));
    }
    zipped(&members).expect("memory takes every ZIP file")
}

/// The names of a run's final values and times.
fn values(run: &Record) -> Vec<&str> {
    run.metrics.iter().chain(&run.seconds).map(|metric| metric.name.as_str()).collect()
}

fn of_runs<T>(runs: &[Record], of: impl Fn(&Record) -> T) -> Vec<T> {
    runs.iter().map(of).collect()
}

/// A setting of all runs: whole numbers, numbers with NaN where a run has none, or else text.
fn setting(key: &str, cells: &[String]) -> Vec<u8> {
    let table: Vec<Vec<String>> =
        std::iter::once(key.to_owned()).chain(cells.iter().cloned()).map(|cell| vec![cell]).collect();
    let is_whole = cells.iter().all(|cell| !cell.is_empty());
    match Type::of_column(&table, key) {
        Type::Integer if is_whole => {
            integers(&cells.iter().filter_map(|cell| cell.parse().ok()).collect::<Vec<_>>())
        }
        Type::Integer | Type::Number => {
            let values: Vec<f64> = cells.iter().map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
            numbers(&[values.len()], &values)
        }
        _ => texts(cells),
    }
}

fn numbers(shape: &[usize], values: &[f64]) -> Vec<u8> {
    array("<f8", shape, values.iter().flat_map(|x| x.to_le_bytes()))
}

fn integers(values: &[i64]) -> Vec<u8> {
    array("<i8", &[values.len()], values.iter().flat_map(|x| x.to_le_bytes()))
}

/// Texts of one length, in code points of 32 bits, filled up with 0.
fn texts<T: AsRef<str>>(texts: &[T]) -> Vec<u8> {
    let longest = texts.iter().map(|text| text.as_ref().chars().count()).max().unwrap_or(0).max(1);
    let filled = texts.iter().flat_map(|text| {
        let letters = text.as_ref().chars().map(u32::from);
        letters.chain(std::iter::repeat(0)).take(longest).flat_map(u32::to_le_bytes)
    });
    array(&format!("<U{longest}"), &[texts.len()], filled)
}

/// An array, row by row.
fn array(kind: &str, shape: &[usize], data: impl Iterator<Item = u8>) -> Vec<u8> {
    let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
    // A tuple of one number has a comma behind it.
    let comma = if extents.len() == 1 { "," } else { "" };
    let extents = extents.join(", ") + comma;
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({extents}), }}");
    let magic = b"\x93NUMPY\x01\x00";
    // The length of the header takes two bytes, its end of line one.
    let unpadded = magic.len() + 2 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', unpadded.next_multiple_of(ALIGNED) - unpadded));
    header.push('\n');
    let length = u16::try_from(header.len()).expect("shapes of two numbers are short");
    magic.iter().copied().chain(length.to_le_bytes()).chain(header.into_bytes()).chain(data).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_written_as_numpy_writes_them() {
        // numpy 2.4.6: numpy.save of array([[1., 2.], [3., nan], [5., 6.]]).
        let bytes = numbers(&[3, 2], &[1.0, 2.0, 3.0, f64::NAN, 5.0, 6.0]);
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }";
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert_eq!(&bytes[10..10 + header.len()], header.as_bytes());
        assert_eq!(
            (bytes.len(), bytes[127], &bytes[128..136]),
            (128 + 48, b'\n', &1.0_f64.to_le_bytes()[..])
        );
        let text = texts(&["ηa", "b"]);
        assert_eq!(&text[128..], [0xb7, 3, 0, 0, 0x61, 0, 0, 0, 0x62, 0, 0, 0, 0, 0, 0, 0]);
        let head = |bytes: &[u8]| String::from_utf8_lossy(&bytes[10..128]).trim_end().to_owned();
        assert_eq!(head(&text), "{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }");
        assert_eq!(head(&integers(&[])), "{'descr': '<i8', 'fortran_order': False, 'shape': (0,), }");
        let setting = |cells: [&str; 2]| head(&setting("x", &cells.map(str::to_owned)))[11..14].to_owned();
        assert_eq!([setting(["1", "2"]), setting(["1", ""]), setting(["a", ""])], ["<i8", "<f8", "<U1"]);
    }
}
