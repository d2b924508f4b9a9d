//! Packs: ZIP files whose members are stored as they are, so that any tool opens them.
//!
//! ```text
//! <BLAKE3 of the file>.zip
//!     <key>/record.json
//!     <key>/params.safetensors
//!     <key>/fields.safetensors
//! ```
//! A pack is named by the hash of its bytes. So any changed byte is found, two packs of one name have one
//! content, and copying packs from one store to another is all that merging takes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::disk::write_atomically;

/// The ending of a pack.
pub(crate) const ENDING: &str = "zip";
/// Digits of the hash in a name: 128 bits.
pub(crate) const DIGITS: usize = 32;

/// A pack on the disk, and where its members lie.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) path: PathBuf,
    /// Bytes of the file when it was opened.
    pub(crate) size: u64,
    /// First byte and length of each member, by its name.
    members: BTreeMap<String, (u64, u64)>,
    /// Whether its bytes were found to be those that were written, the last time that somebody looked.
    is_known_whole: AtomicBool,
}

/// A pack that is open, for reading many members.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pack: &'a Pack,
    file: File,
    length: u64,
}

impl Pack {
    /// Writes members into a folder as a pack of their own, and returns its path. It is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// If the disk refuses; then nothing of it is left.
    pub(crate) fn write(folder: &Path, members: &[(String, Vec<u8>)]) -> io::Result<PathBuf> {
        let bytes = zipped(members)?;
        let path = folder.join(format!("{}.{ENDING}", name_of(&bytes)));
        // A file of that name is trusted only if it has those bytes.
        if fs::read(&path).ok().is_none_or(|there| there != bytes) {
            write_atomically(&path, &bytes)?;
        }
        Ok(path)
    }

    /// Opens a pack by its directory, which stands at the end of the file.
    ///
    /// # Errors
    /// If it cannot be read, or is no ZIP file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut archive = ZipArchive::new(Window::new(file, size)).map_err(|e| match e {
            ZipError::Io(e) => e,
            e => io::Error::new(io::ErrorKind::InvalidData, e),
        })?;
        let mut members = BTreeMap::new();
        for i in 0..archive.len() {
            // One that is damaged does not hide the others.
            let Ok(member) = archive.by_index_raw(i) else { continue };
            if let (Ok(name), Some(start), CompressionMethod::Stored) =
                (member.name(), member.data_start(), member.compression())
            {
                members.insert(name.into_owned(), (start, member.size()));
            }
        }
        Ok(Self { path: path.to_owned(), size, members, is_known_whole: AtomicBool::new(false) })
    }

    /// The names of its members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// The bytes of a member; `None` if it has none of this name.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.reader()?.read(name)
    }

    /// Opens the file once, for reading many members.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) fn reader(&self) -> io::Result<Reader<'_>> {
        let file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        Ok(Reader { pack: self, file, length })
    }

    /// Whether [`is_whole`](Self::is_whole) has said so, the last time that it was asked.
    pub(crate) fn is_known_whole(&self) -> bool {
        self.is_known_whole.load(Ordering::Relaxed)
    }

    /// Whether all its bytes are those that were written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn is_whole(&self) -> io::Result<bool> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(&self.path)?)?;
        let name = hasher.finalize().to_hex();
        let is_whole =
            self.path.file_stem().is_some_and(|stem| stem.as_encoded_bytes() == &name.as_bytes()[..DIGITS]);
        self.is_known_whole.store(is_whole, Ordering::Relaxed);
        Ok(is_whole)
    }
}

#[cfg(test)]
impl Pack {
    /// One of which nothing is known but its size.
    pub(crate) fn of_size(size: u64) -> Self {
        let (path, members) = (PathBuf::new(), BTreeMap::new());
        Self { path, size, members, is_known_whole: AtomicBool::new(false) }
    }
}

impl Reader<'_> {
    /// What it reads from.
    pub(crate) fn pack(&self) -> &Pack {
        self.pack
    }

    /// The bytes of a member; `None` if there is none of this name.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some((start, length)) = self.pack.members.get(name) else { return Ok(None) };
        if start.saturating_add(*length) > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut file = &self.file;
        file.seek(SeekFrom::Start(*start))?;
        let mut bytes = vec![0; *length as usize];
        file.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }
}

/// A file that is read in small pieces at places near each other, as the heads of its members are: a part of
/// it is in memory, and stays there when another place in it is sought.
struct Window {
    file: File,
    length: u64,
    /// The next byte to read.
    at: u64,
    /// Where the part begins that is in memory.
    start: u64,
    part: Vec<u8>,
}

impl Window {
    /// Bytes of a part: some pages, as the heads of large members lie far apart.
    const PART: u64 = 1 << 14;

    fn new(file: File, length: u64) -> Self {
        Self { file, length, at: 0, start: 0, part: Vec::new() }
    }
}

impl Read for Window {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let end = self.start + self.part.len() as u64;
        if !(self.start..end).contains(&self.at) {
            self.file.seek(SeekFrom::Start(self.at))?;
            self.part.clear();
            self.start = self.at;
            (&self.file).take(Self::PART).read_to_end(&mut self.part)?;
        }
        let n = (&self.part[(self.at - self.start) as usize..]).read(bytes)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let sought = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = sought.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

fn name_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..DIGITS].to_owned()
}

/// How members are written: as they are, without a time.
pub(crate) fn stored(is_large: bool) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .large_file(is_large)
}

/// The bytes of a ZIP file with these members, stored as they are: the same for the same members, as it tells
/// no time.
///
/// # Errors
/// If a name is too long for a ZIP file, or two members have one.
pub fn zipped(members: &[(String, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let is_large = bytes.len() as u64 >= u64::from(u32::MAX);
        writer.start_file(name, stored(is_large)).map_err(io::Error::other)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish().map_err(io::Error::other)?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_reads_what_the_file_has() {
        let bytes: Vec<u8> = (0..50_000_u32).map(|i| (i * i / 7) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let mut window = Window::new(file, bytes.len() as u64);
        let mut piece = [0; 700];
        // Forwards and back, across the ends of what is in memory, and up to the end of the file.
        for place in [0, 10, 16_000, 15_990, 49_300, 200, 33_333, 33_000] {
            assert_eq!(window.seek(SeekFrom::Start(place as u64)).unwrap(), place as u64);
            window.read_exact(&mut piece).unwrap();
            assert!(piece[..] == bytes[place..place + 700], "{place}");
        }
        assert_eq!(window.seek(SeekFrom::End(-1)).unwrap(), 49_999);
        assert_eq!((window.read(&mut piece).unwrap(), window.read(&mut piece).unwrap()), (1, 0));
        assert_eq!(window.seek(SeekFrom::Current(-2)).unwrap(), 49_998);
        assert!(window.seek(SeekFrom::Start(0)).is_ok() && window.seek(SeekFrom::Current(-1)).is_err());
    }

    #[test]
    fn members_come_back_and_any_changed_byte_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let members = [("a/record.json".to_owned(), b"{}".to_vec()), ("a/params".to_owned(), vec![1, 2, 3])];
        let path = Pack::write(folder.path(), &members).unwrap();
        assert_eq!(Pack::write(folder.path(), &members).unwrap(), path, "the same members are the same file");
        let pack = Pack::open(&path).unwrap();
        assert_eq!(pack.names().collect::<Vec<_>>(), ["a/params", "a/record.json"]);
        for (name, bytes) in &members {
            assert_eq!(pack.read(name).unwrap().as_ref(), Some(bytes));
        }
        assert_eq!((pack.read("b").unwrap(), pack.is_whole().unwrap()), (None, true));
        let bytes = fs::read(&path).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(!pack.is_whole().unwrap() && !pack.is_known_whole(), "byte {place}");
        }
    }
}
