//! The notes of looks in the folder of a result.
//!
//! ```text
//! <result>/looks/<seed>-<hash>.json        a look, named by what it says
//! <result>/looks/<seed>-from-<first>.json  the question whose replicates begin with this one
//! <result>/looks-<seed>.json               of a seed, as they were written before
//! <result>/looks.json                      of all seeds, as before that
//! ```
//! No note is ever changed, so no two processes are in each other's way and nothing is locked. Two questions
//! cannot begin with one replicate, since only one process can create a file of that name. Whoever notes a
//! look and then reads all notes sees those of everybody who has noted theirs before: of two who look at
//! once, one at least knows of the other.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ResultFolder;
use crate::disk::{write_atomically, write_new};
use crate::looks::{First, Former, Look, Looks};
use crate::{FORMAT, StoreError, checked, key_of};

/// The folder of the notes.
pub(super) const NOTES: &str = "looks";
/// Of all seeds, as it was before each had its own.
pub(super) const FORMER: &str = "looks.json";

/// A look on the disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// Tells that there must be a checksum too.
    format: u32,
    seed: u64,
    look: Look,
}

impl ResultFolder {
    /// Which replicates of a seed were looked at, and the notes of it that cannot be read. Those of another
    /// seed are others.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn read_looks(&self, seed: u64) -> Result<(Looks, Vec<StoreError>), StoreError> {
        let mut damaged = Vec::new();
        let former = match self.read::<Former>(&former_of(seed)) {
            Ok(None) => self.read::<Former>(FORMER),
            former => former,
        };
        let former = noted(former, &mut damaged)?.flatten();
        let mut looks = Vec::new();
        for name in self.note_names()?.into_iter().filter(|name| is_of(name, seed)) {
            looks.extend(noted(self.read_note(&name), &mut damaged)?.flatten());
        }
        Ok((Looks::new(looks, former), damaged))
    }

    /// Notes a look at replicates of a seed.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn note_look(&self, seed: u64, look: &Look) -> Result<(), StoreError> {
        let path = self.path.join(NOTES).join(format!("{seed}-{}.json", key_of(look)));
        // What is there says the same, if it can be read.
        if fs::read(&path).is_ok_and(|bytes| checked::read::<Note>(&bytes).is_ok()) {
            return Ok(());
        }
        write_atomically(&path, &bytes_of(seed, look)).map_err(StoreError::io("write", &path))
    }

    /// Notes that replicates below this number were looked at, in place of notes that are damaged or gone.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn restore_looks(&self, seed: u64, below: u64, lost: &[StoreError]) -> Result<(), StoreError> {
        self.note_look(seed, &Look::at_once("", below))?;
        // One with its name, for whoever knows that it was there.
        for path in lost.iter().filter_map(StoreError::path) {
            let is_former = path.file_name().is_some_and(|name| is_former(&name.to_string_lossy()));
            let bytes = if is_former {
                checked::write(&Former::below(below))
            } else {
                bytes_of(seed, &Look::at_once("", below))
            };
            write_atomically(&path, &bytes).map_err(StoreError::io("write", &path))?;
        }
        Ok(())
    }

    /// The first replicate of a question that is asked until it is decided: where its own began, or else the
    /// first that nobody has looked at, which no other question can then begin with.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn begin(&self, seed: u64, question: &str) -> Result<u64, StoreError> {
        let mut is_overtaken = false;
        loop {
            let looks = self.read_looks(seed)?.0;
            let first = match looks.first_for(question) {
                First::Own(first) if !is_overtaken => return Ok(first),
                _ => looks.end(),
            };
            let (name, look) = (begin_of(seed, first), Look::until_decided(question, first, 1));
            let path = self.path.join(NOTES).join(&name);
            match write_new(&path, &bytes_of(seed, &look)) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                    // Another question begins here, and is known the next time; unless this cannot be read.
                    self.read_note(&name)?;
                    continue;
                }
                Err(e) => return Err(StoreError::io("write", &path)(e)),
            }
            // Somebody may have looked at this one meanwhile.
            is_overtaken = self.read_looks(seed)?.0.end_of_others(question) > first;
        }
    }

    /// The first replicate of those questions that are asked until they are decided and begin after this
    /// replicate, if there are such.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn next_beginning(&self, seed: u64, after: u64) -> Result<Option<u64>, StoreError> {
        let names = self.note_names()?;
        let begins = names.iter().filter_map(|name| {
            name.strip_prefix(&format!("{seed}-from-"))?.strip_suffix(".json")?.parse().ok()
        });
        Ok(begins.filter(|first| *first > after).min())
    }

    /// The paths in this folder of all notes, sorted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn look_names(&self) -> Result<Vec<String>, StoreError> {
        let notes = self.note_names()?.into_iter().map(|name| format!("{NOTES}/{name}"));
        Ok(notes.chain(self.former_names()?).collect())
    }

    /// Those of some notes that are missing, of one seed or of all.
    pub fn missing_looks(&self, seed: Option<u64>, names: &[String]) -> Vec<StoreError> {
        let is_meant = |name: &&String| {
            let is_note = |seed| name.strip_prefix(NOTES).is_some_and(|name| is_of(&name[1..], seed));
            seed.is_none_or(|seed| is_note(seed) || **name == former_of(seed) || *name == FORMER)
        };
        let paths = names.iter().filter(is_meant).map(|name| self.path.join(name));
        paths.filter(|path| !path.exists()).map(|path| StoreError::Gone { path }).collect()
    }

    /// The notes which replicates were looked at that cannot be read, of all seeds.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn damaged_looks(&self) -> Result<Vec<StoreError>, StoreError> {
        let mut damaged = Vec::new();
        for name in self.note_names()? {
            noted(self.read_note(&name), &mut damaged)?;
        }
        for name in self.former_names()? {
            noted(self.read::<Former>(&name), &mut damaged)?;
        }
        Ok(damaged)
    }

    fn read_note(&self, name: &str) -> Result<Option<Look>, StoreError> {
        let note: Option<Note> = self.read(&format!("{NOTES}/{name}"))?;
        match note {
            Some(note) if !is_of(name, note.seed) => {
                Err(StoreError::damaged(&self.path.join(NOTES).join(name), "it is that of another seed"))
            }
            note => Ok(note.map(|note| note.look)),
        }
    }

    /// Names of the files in the folder of the notes, sorted.
    fn note_names(&self) -> Result<Vec<String>, StoreError> {
        let folder = self.path.join(NOTES);
        let names = names_in(&folder).map_err(StoreError::io("read", &folder))?;
        Ok(names.into_iter().filter(|name| name.ends_with(".json") && !name.starts_with('.')).collect())
    }

    /// Names of the files that have all looks of a seed, or of all seeds, sorted.
    fn former_names(&self) -> Result<Vec<String>, StoreError> {
        let names = names_in(&self.path).map_err(StoreError::io("read", &self.path))?;
        Ok(names.into_iter().filter(|name| is_former(name)).collect())
    }
}

/// The names in a folder, sorted; none if there is no such folder.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// What was read, or `None` if it is damaged, which is put with the others.
fn noted<T>(read: Result<T, StoreError>, damaged: &mut Vec<StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(what) => Ok(Some(what)),
        Err(e @ StoreError::Damaged { .. }) => {
            damaged.push(e);
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

fn bytes_of(seed: u64, look: &Look) -> Vec<u8> {
    checked::write(&Note { format: FORMAT, seed, look: look.clone() })
}

fn is_of(name: &str, seed: u64) -> bool {
    name.strip_prefix(&seed.to_string()).is_some_and(|rest| rest.starts_with('-'))
}

fn begin_of(seed: u64, first: u64) -> String {
    format!("{seed}-from-{first}.json")
}

fn former_of(seed: u64) -> String {
    format!("looks-{seed}.json")
}

/// Whether this is the name of a file with all looks of a seed, or of all seeds.
pub(super) fn is_former(name: &str) -> bool {
    name == FORMER || (name.starts_with("looks-") && name.ends_with(".json"))
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn folder(place: &tempfile::TempDir) -> ResultFolder {
        ResultFolder::new(place.path().join("study"))
    }

    fn known(folder: &ResultFolder, seed: u64) -> Looks {
        let (looks, damaged) = folder.read_looks(seed).unwrap();
        assert!(damaged.is_empty(), "{damaged:?}");
        looks
    }

    #[test]
    fn looks_come_back_and_those_of_another_seed_do_not() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        assert!(known(&folder, 1).is_empty());
        folder.note_look(1, &Look::at_once("a", 3)).unwrap();
        folder.note_look(11, &Look::at_once("a", 7)).unwrap();
        folder.note_look(1, &Look::at_once("a", 3)).unwrap();
        assert_eq!((known(&folder, 1).end(), known(&folder, 11).end()), (3, 7));
        assert!(known(&folder, 2).is_empty());
        assert_eq!(fs::read_dir(folder.path().join(NOTES)).unwrap().count(), 2, "one for each look");
        // What was noted in one file, for a seed and for all.
        fs::write(folder.path().join("looks-2.json"), r#"{ "below": 5, "earlier": 0 }"#).unwrap();
        fs::write(folder.path().join("looks.json"), r#"{ "below": 9, "earlier": 0 }"#).unwrap();
        assert_eq!((known(&folder, 2).end(), known(&folder, 1).end()), (5, 9));
    }

    #[test]
    fn looks_at_once_are_all_kept() {
        const LOOKERS: u64 = 16;
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        let start = Barrier::new(LOOKERS as usize);
        let before: Vec<u64> = std::thread::scope(|scope| {
            let look = |i: u64| {
                let (folder, start) = (&folder, &start);
                move || {
                    start.wait();
                    let question = format!("q{i}");
                    folder.note_look(1, &Look::at_once(&question, 5)).unwrap();
                    known(folder, 1).before(&question, 5)
                }
            };
            let all: Vec<_> = (0..LOOKERS).map(|i| scope.spawn(look(i))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(before.iter().filter(|before| **before == 0).count() <= 1, "two think that they are first");
        for i in 0..LOOKERS {
            assert_eq!(known(&folder, 1).before(&format!("q{i}"), 5), 5);
        }
        assert_eq!(fs::read_dir(folder.path().join(NOTES)).unwrap().count(), LOOKERS as usize);
    }

    #[test]
    fn questions_at_once_begin_with_replicates_of_their_own() {
        const QUESTIONS: u64 = 8;
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        folder.note_look(1, &Look::at_once("x", 4)).unwrap();
        let start = Barrier::new(QUESTIONS as usize);
        let mut first: Vec<u64> = std::thread::scope(|scope| {
            let begin = |i: u64| {
                let (folder, start) = (&folder, &start);
                move || {
                    start.wait();
                    folder.begin(1, &format!("q{i}")).unwrap()
                }
            };
            let all: Vec<_> = (0..QUESTIONS).map(|i| scope.spawn(begin(i))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        first.sort_unstable();
        assert!(first[0] >= 4, "{first:?}");
        first.dedup();
        assert_eq!(first.len(), QUESTIONS as usize, "{first:?}");
        // The last goes on where it began, and knows of no other.
        let last = first[QUESTIONS as usize - 1];
        assert_eq!(folder.next_beginning(1, last).unwrap(), None);
        assert!(folder.next_beginning(1, 0).unwrap().is_some_and(|next| next <= first[0]));
        assert_eq!(folder.next_beginning(2, 0).unwrap(), None);
    }

    #[test]
    fn a_damaged_note_is_told_and_restored_with_what_is_certain() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        folder.note_look(1, &Look::at_once("a", 3)).unwrap();
        let path = fs::read_dir(folder.path().join(NOTES)).unwrap().next().unwrap().unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let line = text.lines().find(|line| line.contains("checksum")).unwrap();
        for changed in
            [text.replace("\"a\"", "\"b\""), text.replace(&format!(",\n{line}"), ""), "{".to_owned()]
        {
            fs::write(&path, changed).unwrap();
            assert_eq!(folder.read_looks(1).unwrap().1.len(), 1);
            assert_eq!(folder.damaged_looks().unwrap().len(), 1);
        }
        let told = folder.look_names().unwrap();
        assert_eq!(folder.missing_looks(None, &told).len(), 0);
        fs::remove_file(&path).unwrap();
        let missing = |seed| folder.missing_looks(seed, &told).len();
        assert_eq!((missing(None), missing(Some(1)), missing(Some(11))), (1, 1, 0));
        fs::write(&path, "{").unwrap();
        fs::write(folder.path().join("looks-1.json"), "{").unwrap();
        let (looks, damaged) = folder.read_looks(1).unwrap();
        assert!(looks.is_empty() && damaged.len() == 2);
        folder.restore_looks(1, 6, &damaged).unwrap();
        assert_eq!((known(&folder, 1).end(), known(&folder, 1).before("a", 3)), (6, 3));
        assert!(folder.damaged_looks().unwrap().is_empty());
        // A note with the name of another seed's.
        fs::rename(&path, path.with_file_name("2-x.json")).unwrap();
        assert_eq!(folder.read_looks(2).unwrap().1.len(), 1);
    }
}
