//! Where the files come from that a document names.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// A source of files by their path: a disk, or texts in memory.
pub trait Files {
    /// The content of a file.
    ///
    /// # Errors
    /// If there is no such file ([`io::ErrorKind::NotFound`]), it is no ordinary file, or it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The path by which all spellings of one file are the same.
    fn normal(&self, path: &Path) -> PathBuf {
        lexically_normal(path)
    }
}

/// Files in memory, by their path.
impl Files for BTreeMap<PathBuf, Vec<u8>> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.get(&lexically_normal(path)).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

/// A path without `.`, and without `..` where something stands before it.
///
/// ```
/// use std::path::Path;
/// use thalweg_document::lexically_normal;
///
/// assert_eq!(lexically_normal(Path::new("./a/../d.csv")), Path::new("d.csv"));
/// assert_eq!(lexically_normal(Path::new("../d.csv")), Path::new("../d.csv"));
/// ```
pub fn lexically_normal(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_name() {
        for path in ["d.csv", "./d.csv", "a/../d.csv", "a/b/../../d.csv"] {
            assert_eq!(lexically_normal(Path::new(path)), Path::new("d.csv"), "{path}");
        }
        for path in ["../d.csv", "../../d.csv", "/d.csv"] {
            assert_eq!(lexically_normal(Path::new(path)), Path::new(path), "{path}");
        }
        let memory = BTreeMap::from([(PathBuf::from("d.csv"), b"x".to_vec())]);
        assert_eq!(memory.read(Path::new("./d.csv")).unwrap(), b"x");
    }
}
