//! The page of all results of a store.

use std::fs;

use thalweg::records::Store;
use thalweg::report::Index;

use crate::{Exit, note, say_prose, shown};

/// The page, in the folder of the store.
const PAGE: &str = "index.html";
/// Bytes of plans and tables that are read beside a report that is written. They take a few tenths of a
/// second.
const CHEAP: u64 = 32 << 20;

/// Writes the page into a folder, and says where it lies.
pub fn write(store: &Store, to: &Store) -> Result<(), Exit> {
    if !store.root().is_dir() {
        return Err(Exit::usage(format!("there is no store in {}", shown(store.root()))));
    }
    to.write(PAGE, Index::of(store)?.page().as_bytes())?;
    Ok(say_prose(format_args!("index: {}", shown(&to.root().join(PAGE))))?)
}

/// Writes the page anew beside a report, unless that would take long or the page cannot be written: the
/// report is there anyway.
pub fn renew(store: &Store) {
    if !is_cheap(store) {
        note(format_args!(
            "{PAGE} was not written anew, as there is much to read for it; `report --index` does"
        ));
        return;
    }
    let written = Index::of(store).and_then(|index| store.write(PAGE, index.page().as_bytes()));
    if let Err(e) = written {
        let text = e.to_string();
        note(format_args!("warning: {PAGE}: {}", text.lines().next().unwrap_or_default()));
    }
}

fn is_cheap(store: &Store) -> bool {
    let size = |name: &String| -> u64 {
        let folder = store.result(name);
        let files = ["plan.json", "runs.csv", "origin.json"].map(|file| folder.path().join(file));
        files.iter().filter_map(|path| Some(fs::metadata(path).ok()?.len())).sum()
    };
    store.results().is_ok_and(|names| names.iter().map(size).sum::<u64>() <= CHEAP)
}
