//! Runs are kept, found damaged, and kept again.

use serde_json::json;

use super::*;
use crate::entry::RECORD;
use crate::{Curve, Dtype, FORMAT, Metric, Provenance, REVISION, Samples, Status, Tensor, key_of};

fn record(batch: u64) -> Record {
    let spec = json!({ "train": { "batch-size": batch }, "replicate": 0 });
    let tensor =
        |name: &str| Tensor { name: name.into(), shape: vec![2], data: vec![0.25, -1.0], dtype: Dtype::F32 };
    let record = Record {
        status: Status::Diverged { step: Some(3) },
        metrics: vec![Metric::new("train.loss", 0.1 + 0.2)],
        seconds: vec![Metric::new("train.seconds", 1.5)],
        curves: vec![Curve { name: "train.loss".into(), steps: vec![0, 1], values: vec![0.7, 1e-300] }],
        samples: vec![Samples { name: "test.clean.accuracy".into(), values: vec![0.5, 1.0] }],
        provenance: Provenance { code: "0".into(), machine: "m".into() },
        params: vec![tensor("layers.0.bias")],
        fields: vec![tensor("boundary.extent")],
        ..Record::empty(key_of(&spec), spec)
    };
    record.sealed()
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("results"));
    store.prepare().unwrap();
    (folder, store)
}

/// An entry as earlier versions wrote it.
fn write_folder(folder: &Path, record: &Record) -> PathBuf {
    let entry = folder.join(&record.key);
    fs::create_dir_all(&entry).unwrap();
    for (name, bytes) in encode(record) {
        fs::write(entry.join(name), bytes).unwrap();
    }
    entry
}

fn packs(store: &Store) -> Vec<PathBuf> {
    let entries = fs::read_dir(store.root().join(POOL)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn runs_of_others_are_seen_soon_in_a_store_of_many_files() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (Store::new(folder.path()), Store::new(folder.path()));
    theirs.keep(&[record(1)]).unwrap();
    (0..40).for_each(|i| fs::write(folder.path().join(POOL).join(format!("{i}.txt")), "").unwrap());
    assert!(ours.contains(&record(1).key) && !ours.contains(&record(2).key));
    theirs.keep(&[record(2)]).unwrap();
    // Even if the clock of the file system has not moved on: 41 files are good for two calls.
    assert!((0..3).any(|_| ours.contains(&record(2).key)));
}

#[test]
fn records_come_back_to_the_bit_from_one_file() {
    let (_folder, store) = store();
    let records = [record(8), record(9)];
    assert_eq!(store.read(&records[0].key).unwrap(), None);
    store.keep(&records).unwrap();
    store.keep(&records).unwrap();
    for record in &records {
        assert_eq!(store.read(&record.key).unwrap().as_ref(), Some(record));
    }
    assert_eq!(packs(&store).len(), 1, "no second file and none that is temporary");
    // Another process sees what was kept since it looked.
    let other = Store::new(store.root());
    assert!(other.contains(&records[0].key) && !other.contains(&record(10).key));
    store.keep(&[record(10)]).unwrap();
    assert!(other.contains(&record(10).key));
    assert_eq!(other.check().unwrap().sound, 3);
}

#[test]
fn entries_of_earlier_versions_are_read_where_they_lie() {
    let (_folder, store) = store();
    let old = Record { format: 1, outcome: None, ..record(8) };
    write_folder(&store.root().join("batch-size").join(POOL), &old);
    // Without a plan beside it, it is the pool of another store.
    assert_eq!(store.read(&old.key).unwrap(), None);
    store.result("batch-size").write_plan(&crate::Plan::new("batch-size", Vec::new())).unwrap();
    write_folder(&store.root().join(POOL), &record(9));
    assert_eq!(store.read(&old.key).unwrap(), Some(old));
    assert_eq!(store.read(&record(9).key).unwrap(), Some(record(9)));
}

#[test]
fn every_changed_byte_of_a_pack_is_found_and_the_sound_runs_stay() {
    let (_folder, store) = store();
    let records = [record(8), record(9)];
    store.keep(&records).unwrap();
    let path = packs(&store).remove(0);
    let bytes = fs::read(&path).unwrap();
    // Bytes that lie in all parts of the file: 7 has no part in common with any length.
    for place in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[place] ^= 4;
        fs::write(&path, &changed).unwrap();
        let store = Store::new(store.root());
        let damaged = store.mend(None).unwrap();
        assert!(!damaged.is_empty(), "byte {place}");
        let sound = records.iter().filter(|record| store.read(&record.key).unwrap().as_ref() == Some(record));
        // A byte of a directory at the end may hide both.
        let least = usize::from(place < bytes.len() / 2);
        assert!(sound.count() >= least, "byte {place}");
        assert!(store.mend(None).unwrap().is_empty(), "byte {place}");
        for path in packs(&store) {
            fs::remove_file(path).unwrap();
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(fs::read_dir(store.root().join(DAMAGED)).unwrap().count(), bytes.len().div_ceil(7));
}

#[test]
fn entries_that_are_cut_short_or_changed_are_set_aside_all_at_once() {
    let (_folder, store) = store();
    let pool = store.root().join(POOL);
    let [first, second, third] = [record(1), record(2), record(3)];
    fs::remove_file(write_folder(&pool, &first).join(RECORD)).unwrap();
    fs::remove_file(write_folder(&pool, &second).join("fields.safetensors")).unwrap();
    let path = write_folder(&pool, &third).join(RECORD);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("0.7", "0.8")).unwrap();
    store.keep(&[record(4)]).unwrap();
    let damaged: Vec<String> = store.mend(None).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(damaged.len(), 3, "{damaged:?}");
    assert!(damaged.iter().any(|one| one.contains("fields.safetensors is missing")), "{damaged:?}");
    assert!(damaged.iter().any(|one| one.contains("not what was written")), "{damaged:?}");
    assert!([first, second, third].iter().all(|record| !store.contains(&record.key)));
    assert!(store.read(&record(4).key).unwrap().is_some());
}

#[test]
fn a_copy_that_is_sound_stands_in_for_one_that_is_not() {
    let (_folder, store) = store();
    fs::remove_file(write_folder(&store.root().join(POOL), &record(8)).join("params.safetensors")).unwrap();
    store.keep(&[record(8)]).unwrap();
    assert_eq!(store.read(&record(8).key).unwrap(), Some(record(8)));
}

#[test]
fn what_other_versions_wrote_is_told_as_theirs() {
    let (_folder, store) = store();
    let older = Record { revision: REVISION - 1, ..record(8) };
    let newer = Record { format: FORMAT + 1, ..record(9) };
    store.keep(&[older.clone(), newer.clone()]).unwrap();
    let told = store.read(&older.key);
    assert!(matches!(told, Err(StoreError::Older { revision, .. }) if revision == REVISION - 1));
    let error = store.read(&newer.key).unwrap_err().to_string();
    assert!(error.contains("made by a newer version"), "{error}");
    let findings = store.check().unwrap();
    assert_eq!((findings.older, findings.sound), (1, 0));
}

#[test]
fn many_are_loaded_as_they_are_read_but_for_end_weights() {
    let (_folder, store) = store();
    let records: Vec<Record> = (0..200).map(record).collect();
    store.keep(&records[..150]).unwrap();
    store.keep(&records[150..]).unwrap();
    let mut keys: Vec<String> = records.iter().map(|record| record.key.clone()).collect();
    keys.push("0123456789abcdef".into());
    let without_params = |record: &Record| Record { params: Vec::new(), ..record.clone() };
    let mut expected: Vec<Option<Record>> =
        records.iter().map(|record| Some(without_params(record))).collect();
    expected.push(None);
    let load = || -> Vec<Option<Record>> {
        let store = Store::new(store.root());
        store.load(&keys).unwrap().into_iter().map(Result::unwrap).collect()
    };
    assert_eq!(load(), expected);
    // In a file of which a byte is wrong each record is looked at: one is damaged, the others are not.
    let path = packs(&store).into_iter().max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let place = bytes.windows(6).position(|part| part == b"1e-300").unwrap();
    bytes[place] = b'2';
    fs::write(&path, bytes).unwrap();
    let loaded = Store::new(store.root()).load(&keys).unwrap();
    let damaged: Vec<&StoreError> = loaded.iter().filter_map(|loaded| loaded.as_ref().err()).collect();
    assert!(matches!(damaged[..], [StoreError::Damaged { .. }]), "{damaged:?}");
    assert_eq!(loaded.iter().filter(|loaded| matches!(loaded, Ok(Some(_)))).count(), 199);
    // Runs of earlier formats, in folders.
    write_folder(&store.root().join(POOL), &record(1000));
    let loaded = Store::new(store.root()).load(&[record(1000).key]).unwrap();
    assert_eq!(loaded[0].as_ref().unwrap().as_ref(), Some(&without_params(&record(1000))));
}
