//! Event files of TensorBoard, written by hand: records of TensorFlow around messages of protocol buffers.
//!
//! ```text
//! record  = length u64, masked CRC of it u32, message, masked CRC of it u32       (all little-endian)
//! Event   { wall_time = 1: double, step = 2: int64, file_version = 3: string, summary = 5: Summary }
//! Summary { value = 1: repeated Value }      Value { tag = 1: string, simple_value = 2: float }
//! ```
//! The formats are those of `tensorflow/core/lib/io/record_writer.h`, `tensorflow/core/util/event.proto` and
//! `tensorflow/core/framework/summary.proto`. No clock is read: the wall time of every event is 0.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use thalweg_records::Record;

use crate::Results;
use crate::figures::{levels, names_of};

/// The longest name of a folder, in bytes.
const LONGEST: usize = 120;

/// A folder for each run, named by its swept settings and its replicate, with one event file.
pub(super) fn files(results: &Results) -> BTreeMap<String, Vec<u8>> {
    let all: Vec<&Record> = results.runs.iter().collect();
    let named = |key: &String| {
        let levels = levels(&all, key);
        let names = names_of(&levels);
        let names = levels.into_iter().map(Value::to_string).zip(names).collect();
        Axis { key: key.clone(), names }
    };
    let axes: Vec<Axis> = results.axes().iter().map(named).collect();
    let folders: Vec<String> = results.runs.iter().map(|run| folder(run, &axes)).collect();
    let mut counts: HashMap<&String, usize> = HashMap::new();
    folders.iter().for_each(|folder| *counts.entry(folder).or_default() += 1);
    let file = |(run, folder): (&Record, &String)| {
        // Those that are called alike have their key in the name.
        let alike = if counts[folder] > 1 { format!(",{}", run.key) } else { String::new() };
        (format!("{folder}{alike}/events.out.tfevents.0.{}", run.key), events(run))
    };
    results.runs.iter().zip(&folders).map(file).collect()
}

/// A swept setting with the names of its values.
struct Axis {
    key: String,
    names: HashMap<String, String>,
}

/// `optimizer=adam,batch-size=8,replicate=0`: the last part of each key with the name of its value, in
/// letters that every file system takes.
fn folder(run: &Record, axes: &[Axis]) -> String {
    let part = |axis: &Axis| {
        let name = axis.names.get(&run.setting(&axis.key)?.to_string())?;
        Some(format!("{}={name}", axis.key.rsplit('.').next().unwrap_or_default()))
    };
    let mut parts: Vec<String> = axes.iter().filter_map(part).collect();
    parts.extend(run.setting("replicate").map(|replicate| format!("replicate={replicate}")));
    let plain = |c: char| if c.is_ascii_alphanumeric() || "=,.+-_".contains(c) { c } else { '_' };
    let mut name: String = parts.join(",").chars().map(plain).collect();
    name.truncate(LONGEST);
    name
}

/// The curves of a run, step by step.
fn events(run: &Record) -> Vec<u8> {
    let mut file = record(&message(|event| {
        event.double(1, 0.0);
        event.bytes(3, b"brain.Event:2");
    }));
    let steps: BTreeSet<u64> = run.curves.iter().flat_map(|curve| curve.steps.iter().copied()).collect();
    for step in steps {
        let values = run.curves.iter().filter_map(|curve| {
            let value = curve.values.get(curve.steps.binary_search(&step).ok()?)?;
            Some((curve.name.as_str(), *value as f32))
        });
        let summary = message(|summary| {
            for (name, number) in values {
                let value = message(|value| {
                    value.bytes(1, name.as_bytes());
                    value.float(2, number);
                });
                summary.bytes(1, &value);
            }
        });
        file.extend(record(&message(|event| {
            event.double(1, 0.0);
            event.whole(2, step);
            event.bytes(5, &summary);
        })));
    }
    file
}

fn record(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let mut record = length.to_vec();
    record.extend(masked(&length).to_le_bytes());
    record.extend(message);
    record.extend(masked(message).to_le_bytes());
    record
}

/// A message of protocol buffers on its way.
struct Message(Vec<u8>);

fn message(fill: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message(Vec::new());
    fill(&mut message);
    message.0
}

/// Fields, by their numbers. The last three bits of a field's tag tell how it is written.
impl Message {
    fn whole(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn double(&mut self, field: u64, value: f64) {
        self.varint(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
    }

    fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
    }

    /// Seven bits a byte from the lowest on; the eighth says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// The CRC as records keep it, so that a CRC over data that hold CRCs stays a good one.
fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use thalweg_records::Curve;

    use super::*;
    use crate::made_up;

    #[test]
    fn the_check_sum_is_that_of_the_standard() {
        // RFC 3720, appendix B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn an_event_is_written_as_protocol_buffers_write_it() {
        let bytes = message(|event| {
            event.double(1, 0.0);
            event.whole(2, 300);
            event.bytes(5, &message(|value| value.float(2, 1.0)));
        });
        assert_eq!(bytes, [9, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0xac, 2, 42, 5, 21, 0, 0, 0x80, 0x3f]);
        let record = record(&bytes);
        assert_eq!((record[0], record.len()), (19, 8 + 4 + 19 + 4));
    }

    #[test]
    fn runs_have_folders_with_readable_names() {
        let mut results = made_up::results(2, |batch, _| batch);
        for run in &mut results.runs {
            run.curves = vec![Curve { name: "loss".into(), steps: vec![0, 5], values: vec![1.0, 0.5] }];
        }
        let all = files(&results);
        assert_eq!(all.len(), 8);
        let file = &all["batch-size=4,replicate=1/events.out.tfevents.0.4-1"];
        // The version, 9 + 15 bytes, and two events of 9 + 2 + 2 + (2 + (2 + 4) + 5) bytes.
        assert_eq!(file.len(), 3 * 16 + 24 + 2 * 26);
        results
            .runs
            .iter_mut()
            .for_each(|run| run.spec = json!({ "train": { "batch-size": "a/../b" } }).into());
        let names: Vec<String> = files(&results).into_keys().collect();
        assert_eq!((names.len(), names[0].as_str()), (8, "batch-size=a_.._b,1-0/events.out.tfevents.0.1-0"));
    }
}
