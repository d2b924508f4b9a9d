//! Files that nobody should have written: sound ones with bytes changed, left out, repeated and put together
//! anew.
//!
//! Whatever stands in a file, the answer is a value or an error, and not a panic. `HOSTILE=100` tries a
//! hundred times as many.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io;
use std::path::{Path, PathBuf};

use thalweg::datasets::{Idx, parse_csv};
use thalweg::document::Document;
use thalweg::lab::{Files, Overlays, RunSpec};
use thalweg::numeric::{Stream, Streams};
use thalweg::records::{Plan, Record, Store, read_tensors};

/// Cases of each kind.
const CASES: u64 = 2_000;
/// What breaks readers more often than bytes drawn at random.
const WORDS: [&[u8]; 20] = [
    b"0",
    b"-1",
    b"1e308",
    b"-0.0",
    b"nan",
    b"inf",
    b"18446744073709551616",
    b"\"",
    b"[",
    b"]",
    b"{",
    b"}",
    b"=",
    b",",
    b"\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    "\u{202e}".as_bytes(),
    b"....",
];

fn changed(sound: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for _ in 0..=stream.below(4) {
        let n = bytes.len() as u32;
        let place = |stream: &mut Stream| stream.below(n.max(1)) as usize;
        let (from, to) = (place(stream), place(stream));
        let (from, to) = (from.min(to).min(bytes.len()), from.max(to).min(bytes.len()));
        match stream.below(6) {
            0 if n > 0 => bytes[from] ^= 1 << stream.below(8),
            1 => drop(bytes.drain(from..to.min(from + 40))),
            2 => bytes.truncate(from),
            3 => {
                let part = bytes[from..to.min(from + 60)].to_vec();
                bytes.splice(to..to, part);
            }
            _ => {
                let word = WORDS[stream.below(WORDS.len() as u32) as usize];
                let end = (from + stream.below(4) as usize).min(bytes.len());
                bytes.splice(from..end, word.iter().copied());
            }
        }
    }
    bytes
}

/// Hands changed files to a reader.
fn try_all(name: &str, sound: &[Vec<u8>], read: impl Fn(&[u8])) {
    let times = std::env::var("HOSTILE").ok().and_then(|times| times.parse::<u64>().ok()).unwrap_or(1);
    assert!(!sound.is_empty(), "{name}");
    for case in 0..CASES * times {
        let mut stream = Streams::new(1, case).stream(name, 0);
        let whole = &sound[stream.below(sound.len() as u32) as usize];
        read(&changed(whole, &mut stream));
    }
}

fn repository(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == ending)).collect();
    paths.sort();
    paths
}

fn texts(paths: &[PathBuf]) -> Vec<Vec<u8>> {
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// One file, and no other.
struct Alone(Vec<u8>);

impl Files for Alone {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("a.toml") { Ok(self.0.clone()) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

#[test]
fn experiment_files() {
    let sound = texts(&repository("experiments", "toml"));
    try_all("experiment", &sound, |bytes| {
        let files = Alone(bytes.to_vec());
        let Ok(document) = Document::open(Path::new("a.toml"), &files, &Overlays::default()) else { return };
        let (spec, _) = thalweg::experiment::Spec::read(&document, Path::new("a.toml"));
        // A plan of a million runs is sound, and takes a gigabyte.
        let points: f64 = spec.axes.iter().map(|axis| axis.points.len() as f64).product();
        if points * (spec.replicates.get() as f64) < 3e3 {
            let _ = thalweg::lab::Study::open(Path::new("a.toml"), &files, &Overlays::default());
        }
    });
}

#[test]
fn tables() {
    let plain = b"length,width,class\n1.5,2.5,0\n1e-3,-2,1\n\"3\",4,2\n".to_vec();
    try_all("csv", &[plain], |bytes| drop(parse_csv(bytes, "class")));
}

#[test]
fn pictures() {
    let images = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3][..], &[7; 18]].concat();
    let labels = vec![0, 0, 8, 1, 0, 0, 0, 2, 0, 1];
    let both = [images.clone(), labels.clone()].concat();
    try_all("idx", &[both], |bytes| {
        let cut = bytes.len().min(images.len());
        let read = |path: &Path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            match (name.contains("images"), name.ends_with("ubyte") && name.starts_with("train")) {
                (true, true) => Ok(bytes[..cut].to_vec()),
                (false, true) => Ok(bytes[cut..].to_vec()),
                _ => Err(io::Error::from(io::ErrorKind::NotFound)),
            }
        };
        let _ = Idx::parse(Path::new("folder"), read);
    });
}

fn record() -> Record {
    let text = "title = 'a'\nreplicates = 1\ndata = { kind = 'two-moons', samples = 20 }\nmodel = { hidden = [3] }\n\
                optimizer = { kind = 'adam' }\nschedule = { kind = 'constant', initial = 0.1 }\n\
                train = { steps = 5, batch-size = 4 }\nrecord = { boundary = {} }";
    thalweg::lab::Study::from_text(text).unwrap().run().runs.remove(0)
}

#[test]
fn weights_records_plans_and_specs() {
    let record = record();
    let weights = thalweg::records::write_tensors(&record.params);
    try_all("safetensors", &[weights], |bytes| drop(read_tensors(bytes)));
    let json = serde_json::to_vec(&record).unwrap();
    try_all("record", &[json], |bytes| drop(serde_json::from_slice::<Record>(bytes)));
    let plan = serde_json::to_vec(&Plan::new("a", vec!["train.steps".into()])).unwrap();
    try_all("plan", &[plan], |bytes| drop(serde_json::from_slice::<Plan>(bytes)));
    let spec = serde_json::to_vec(&record.spec).unwrap();
    try_all("spec", &[spec], |bytes| drop(serde_json::from_slice::<RunSpec>(bytes)));
}

#[test]
fn stores() {
    let folder = tempfile::tempdir().unwrap();
    let record = record();
    let store = Store::new(folder.path());
    store.prepare().unwrap();
    store.keep(std::slice::from_ref(&record)).unwrap();
    let pack = std::fs::read_dir(folder.path().join("runs")).unwrap().next().unwrap().unwrap().path();
    let sound = std::fs::read(&pack).unwrap();
    try_all("pack", std::slice::from_ref(&sound), |bytes| {
        std::fs::write(&pack, bytes).unwrap();
        let store = Store::new(folder.path());
        // A changed file is never taken for sound.
        if let Ok(Some(read)) = store.read(&record.key) {
            assert_eq!(read, record);
        }
        assert!(bytes == sound || !store.check().unwrap().damaged.is_empty());
    });
}
