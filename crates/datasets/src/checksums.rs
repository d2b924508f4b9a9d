//! The file `SHA256SUMS`, as `sha256sum` writes and checks it.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::IdxError;
use crate::idx_file::Named;

/// Sums and names of unpacked files.
pub(crate) struct Checksums {
    path: PathBuf,
    lines: Vec<(String, String)>,
}

impl Checksums {
    pub(crate) fn parse(file: Named) -> Result<Self, IdxError> {
        let Named { path, bytes } = file;
        let text = String::from_utf8_lossy(&bytes);
        let lines = (1..).zip(text.lines()).map(|(line, text)| {
            parse(text).ok_or_else(|| {
                let text = text.chars().take(80).collect();
                IdxError::SumLine { path: path.clone(), line, text }
            })
        });
        let lines = lines.collect::<Result<_, _>>()?;
        Ok(Self { path, lines })
    }

    /// Compares the content of the file at `path`, given in parts, with every line for its unpacked name.
    pub(crate) fn check(&self, path: &Path, content: &[&[u8]]) -> Result<(), IdxError> {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let mut sums = self.lines.iter().filter(|(_, listed)| listed == name).map(|(sum, _)| sum).peekable();
        if sums.peek().is_none() {
            return Err(IdxError::NoSum { path: self.path.clone(), name: name.to_owned() });
        }
        let digest = content.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
        let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        match sums.find(|sum| **sum != found) {
            Some(expected) => {
                Err(IdxError::WrongSum { path: path.to_owned(), found, expected: expected.clone() })
            }
            None => Ok(()),
        }
    }
}

/// Sum and name in a line: 64 digits, a blank, a blank or the star of binary mode, the name.
fn parse(line: &str) -> Option<(String, String)> {
    let (sum, name) = line.split_once(' ')?;
    let name = name.strip_prefix([' ', '*'])?;
    let is_sum = sum.len() == 64 && sum.bytes().all(|digit| digit.is_ascii_hexdigit());
    (is_sum && !name.is_empty()).then(|| (sum.to_ascii_lowercase(), name.to_owned()))
}
