//! Files that are there whole or not at all, and on the disk when the call returns.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// How the names of files begin that are being written. Others leave them alone for a day, see
/// [`remove_leftovers`].
pub(crate) const TEMPORARY: &str = ".tmp-";

/// Seconds after which a file that is being written belongs to a process that has died.
const DAY: u64 = 24 * 3600;

/// Writes a file so that a reader sees the old or the new content, never a part, and a power cut loses
/// neither it nor its name. Makes its folder if need be.
///
/// # Errors
/// If the disk refuses; then the old content is still there.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(bytes)?;
    make_readable(file.path())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(folder)
}

/// Makes a folder and those above it, with their names on the disk.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(Path::new("."));
    make_folder(above)?;
    match fs::create_dir(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => sync_folder(above),
    }
}

/// Puts the names in a folder on the disk. Some systems and file systems know no such thing.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if cfg!(unix) {
        let synced = File::open(folder)?.sync_all();
        match synced {
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
            other => other,
        }
    } else {
        Ok(())
    }
}

/// Temporary files are private to their owner; results are as readable as any other new file.
fn make_readable(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes what processes that died while they wrote have left in a folder: what is older than a day by the
/// clock of the file system. Returns how many.
///
/// # Errors
/// If the folder cannot be read or written.
pub(crate) fn remove_leftovers(folder: &Path) -> io::Result<usize> {
    let mut removed = 0;
    if !folder.is_dir() {
        return Ok(0);
    }
    let now = tempfile::tempfile_in(folder)?.metadata()?.modified()?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        let age = entry.metadata().and_then(|data| data.modified()).map(|then| now.duration_since(then));
        if is_temporary && matches!(age, Ok(Ok(age)) if age.as_secs() > DAY) {
            let path = entry.path();
            let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed += usize::from(gone.is_ok());
        }
    }
    Ok(removed)
}
