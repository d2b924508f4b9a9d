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

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::disk::write_atomically;

/// The ending of a pack.
pub(crate) const ENDING: &str = "zip";
/// Digits of the hash in a name: 128 bits.
const DIGITS: usize = 32;

/// A pack on the disk, and where its members lie.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) path: PathBuf,
    /// First byte and length of each member, by its name.
    members: BTreeMap<String, (u64, u64)>,
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
        let mut archive = ZipArchive::new(File::open(path)?).map_err(|e| match e {
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
        Ok(Self { path: path.to_owned(), members })
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
        let Some((start, length)) = self.members.get(name) else { return Ok(None) };
        let mut file = File::open(&self.path)?;
        if start.saturating_add(*length) > file.metadata()?.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.seek(SeekFrom::Start(*start))?;
        let mut bytes = vec![0; *length as usize];
        file.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Whether all its bytes are those that were written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn is_whole(&self) -> io::Result<bool> {
        let mut hasher = blake3::Hasher::new();
        io::copy(&mut File::open(&self.path)?, &mut hasher)?;
        let name = hasher.finalize().to_hex();
        Ok(self.path.file_stem().is_some_and(|stem| stem.as_encoded_bytes() == &name.as_bytes()[..DIGITS]))
    }
}

fn name_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..DIGITS].to_owned()
}

/// The bytes of a ZIP file with these members, stored as they are: the same for the same members, as it tells
/// no time.
///
/// # Errors
/// If a name is too long for a ZIP file, or two members have one.
pub fn zipped(members: &[(String, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in members {
        let options = plain.large_file(bytes.len() as u64 >= u64::from(u32::MAX));
        writer.start_file(name, options).map_err(io::Error::other)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish().map_err(io::Error::other)?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(!pack.is_whole().unwrap(), "byte {place}");
        }
    }
}
