//! The pages show what works: their experiments can be planned, and their command lines are understood.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Subcommand;
use thalweg::lab::{Disk, Files, Overlays, Study};
use thalweg_cli::Command;

/// What `cargo xtask` has and `thalweg` lacks.
const CHORES: [&str; 6] = ["bench", "grade", "calibrate", "hashes", "docs", "ci"];

#[test]
fn experiments_of_the_pages_can_be_planned() {
    let mut n_planned = 0;
    for (page, text) in pages() {
        let (folder, blocks) = (page.parent().unwrap(), blocks(&text, "toml"));
        let named = blocks.iter().filter_map(|block| Some((folder.join(file_name(block)?), bytes(block))));
        let mut files = Beside(named.collect());
        for (i, block) in blocks.iter().enumerate() {
            let table: Result<toml::Table, _> = toml::from_str(block);
            let table = table.unwrap_or_else(|e| panic!("{}: {e}\n{block}", page.display()));
            if !table.contains_key("title") {
                continue;
            }
            let path = folder.join(format!("block-{i}.toml"));
            files.0.insert(path.clone(), bytes(block));
            let study = Study::open(&path, &files, &Overlays::default());
            assert!(study.is_ok(), "{}: {}", page.display(), study.unwrap_err());
            n_planned += 1;
        }
    }
    assert!(n_planned > 4, "{n_planned}");
}

#[test]
fn files_that_the_pages_show_are_those_on_the_disk() {
    let mut n_compared = 0;
    for (page, text) in pages() {
        for block in blocks(&text, "toml") {
            let Some(name) = file_name(block) else { continue };
            let Ok(file) = fs::read_to_string(page.with_file_name(name)) else { continue };
            let shown = block.split_once('\n').unwrap().1;
            assert_eq!(shown, file, "{} shows another {name}", page.display());
            n_compared += 1;
        }
    }
    assert!(n_compared > 0);
}

#[test]
fn command_lines_of_the_pages_are_understood() {
    let mut n_read = 0;
    for (page, text) in pages() {
        for line in blocks(&text, "sh").into_iter().flat_map(str::lines) {
            let plain = line.split(['#', '>', '|']).next().unwrap();
            let words: Vec<&str> = plain.split_whitespace().collect();
            let arguments = match words.as_slice() {
                ["cargo", "xtask", chore, ..] if CHORES.contains(chore) => continue,
                ["cargo", "xtask", arguments @ ..] | ["thalweg", arguments @ ..] => arguments,
                _ => continue,
            };
            assert!(!plain.contains(['\'', '"', '\\']), "{}: {line}: this test reads words", page.display());
            let program = Command::augment_subcommands(clap::Command::new("thalweg"));
            let read = program
                .subcommand_required(true)
                .try_get_matches_from(["thalweg"].iter().chain(arguments).copied());
            assert!(read.is_ok(), "{}: {line}\n{}", page.display(), read.unwrap_err());
            n_read += 1;
        }
    }
    assert!(n_read > 10, "{n_read}");
}

/// Files that a page shows, beside it, and all others from the disk.
struct Beside(BTreeMap<PathBuf, Vec<u8>>);

impl Files for Beside {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.0.read(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Disk.read(path),
            read => read,
        }
    }
}

/// The README and all pages under `docs/`, with their text.
fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let (mut open, mut found) = (vec![root.join("README.md"), root.join("docs")], Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// The blocks of code in a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let code = text.split("```").skip(1).step_by(2);
    code.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// `my-file.toml` if the block begins with `# my-file.toml`.
fn file_name(block: &str) -> Option<&str> {
    let name = block.lines().next()?.strip_prefix("# ")?;
    (name.ends_with(".toml") && !name.contains(' ')).then_some(name)
}

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}
