//! Files of the disk, read whole and never without bound.

use std::fs::{self, File, FileType};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// 8.6 GB. As text that is some 10⁹ numbers, more than a run computes with.
pub(crate) const MOST_BYTES: u64 = 1 << 33;

/// Reads a regular file, as much of it as there was at the beginning.
///
/// Nothing else is opened: a pipe that nobody writes to would wait for ever, a device need not end.
///
/// # Errors
/// What the operating system says; [`ErrorKind::IsADirectory`] for a folder, [`ErrorKind::InvalidInput`] for
/// a pipe, a socket or a device, [`ErrorKind::FileTooLarge`] for more than 2³³ bytes,
/// [`ErrorKind::OutOfMemory`].
pub fn read_file(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let found = fs::metadata(&path)?;
    if found.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder, not a file"));
    }
    if !found.is_file() {
        let text = format!("it is {}, not a file", what_it_is(found.file_type()));
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    let length = found.len();
    if length > MOST_BYTES {
        let text =
            format!("it has {:.1} GB, at most {:.1} are read", gigabytes(length), gigabytes(MOST_BYTES));
        return Err(io::Error::new(ErrorKind::FileTooLarge, text));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
    File::open(&path)?.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

#[cfg(unix)]
fn what_it_is(special: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if special.is_fifo() {
        "a pipe"
    } else if special.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn what_it_is(_special: FileType) -> &'static str {
    "something special"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes");
        fs::write(&path, [0, 255, b'\n', 7]).unwrap();
        assert_eq!(read_file(&path).unwrap(), [0, 255, b'\n', 7]);
        assert_eq!(read_file(folder.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn folders_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_file(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IsADirectory);
        assert_eq!(error.to_string(), "it is a folder, not a file");
    }

    #[test]
    fn a_huge_file_is_told_with_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge");
        // A hole, which takes no place on the disk.
        File::create(&path).unwrap().set_len(3_000_000_000_000).unwrap();
        let error = read_file(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert_eq!(error.to_string(), "it has 3000.0 GB, at most 8.6 are read");
    }

    #[cfg(unix)]
    #[test]
    fn what_may_never_end_is_not_opened() {
        use std::os::unix::net::UnixListener;

        let folder = tempfile::tempdir().unwrap();
        let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _listener = UnixListener::bind(&socket).unwrap();
        for (path, message) in [
            (pipe.as_path(), "it is a pipe, not a file"),
            (&socket, "it is a socket, not a file"),
            (Path::new("/dev/zero"), "it is a device, not a file"),
        ] {
            let error = read_file(path).unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, message));
        }
    }
}
