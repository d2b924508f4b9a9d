//! Files that are there whole or not at all, and on the disk when the call returns.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// How the names of files begin that are being written; then follow machine and process, see
/// [`remove_leftovers`].
pub(crate) const TEMPORARY: &str = ".tmp-";

/// Seconds after which a file that is being written belongs to a process of another machine that has died.
const DAY: u64 = 24 * 3600;

/// Writes a file so that a reader sees the old or the new content, never a part, and a power cut loses
/// neither it nor its name. Makes its folder if need be.
///
/// # Errors
/// If the disk refuses; then the old content is still there.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_atomically_with(path, |file| file.write_all(bytes))
}

/// The same of bytes that need not be in the memory at once.
pub(crate) fn write_atomically_with(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    written_beside(path, write)?.persist(path)?;
    sync_folder(folder_of(path))
}

/// The same of a file that must not exist yet: of several processes that write it at once one does.
///
/// # Errors
/// If it exists, or the disk refuses.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    written_beside(path, |file| file.write_all(bytes))?.persist_noclobber(path)?;
    sync_folder(folder_of(path))
}

/// The same, but that a power cut may leave the name without the bytes. Its folder must be there.
pub(crate) fn put_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put_beside(path, |file| file.write_all(bytes))?.persist_noclobber(path)?;
    Ok(())
}

/// A temporary file in the folder of another one, whole on the disk.
fn written_beside(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<NamedTempFile> {
    make_folder(folder_of(path))?;
    let file = put_beside(path, write)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A temporary file in the folder of another one, which must be there.
pub(crate) fn put_beside(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(&format!("{}-", ours())).tempfile_in(folder_of(path))?;
    write(file.as_file_mut())?;
    make_readable(file.path())?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
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

/// Removes a file, unless another process has.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => path.parent().map_or(Ok(()), sync_folder),
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

/// `.tmp-<machine>-<process>`
fn ours() -> String {
    format!("{TEMPORARY}{}-{}", machine(), std::process::id())
}

/// The name of this machine, and of the part of it in which numbers of processes have a meaning, where files
/// tell them.
pub(crate) fn machine() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let part = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let both = format!("{}{}", name.trim(), part.display());
    both.chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}

/// Whether a temporary file is that of a process of this machine that has ended.
fn is_orphan(name: &str) -> bool {
    let rest = name.strip_prefix(&format!("{TEMPORARY}{}-", machine()));
    let pid = rest.and_then(|rest| rest.split('-').next()?.parse().ok());
    pid.is_some_and(is_dead)
}

/// Whether a process of this machine is known to have ended.
pub(crate) fn is_dead(pid: u32) -> bool {
    // Where not even the first process is shown, those of other users are hidden.
    let is_told = Path::new("/proc/1").exists();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    // One that was killed keeps its number until somebody asks how it ended.
    let has_ended = |stat: &String| words_of(stat).next().is_some_and(|state| ["Z", "X"].contains(&state));
    is_told && (!Path::new(&format!("/proc/{pid}")).exists() || stat.as_ref().is_ok_and(has_ended))
}

/// What the system tells of a process behind its name, which stands in parentheses and may hold any letter.
fn words_of(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace()
}

/// When this machine and one of its processes were started, `<hash>-<ticks>`, where files tell it.
pub(crate) fn started(pid: u32) -> Option<String> {
    let machine = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The 22nd word, of which the number and the name are two.
    let ticks = words_of(&stat).nth(19)?;
    Some(format!("{}-{ticks}", &blake3::hash(machine.as_bytes()).to_hex()[..16]))
}

/// Removes what processes that died while they wrote have left in a folder: those of this machine, and
/// whatever is older than a day by the clock of the file system. Returns how many.
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
        let name = entry.file_name().to_string_lossy().into_owned();
        let age = entry.metadata().and_then(|data| data.modified()).map(|then| now.duration_since(then));
        let is_old = matches!(age, Ok(Ok(age)) if age.as_secs() > DAY);
        if name.starts_with(TEMPORARY) && (is_old || is_orphan(&name)) {
            let path = entry.path();
            let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed += usize::from(gone.is_ok());
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_dead_processes_left_goes_and_what_others_write_stays() {
        let folder = tempfile::tempdir().unwrap();
        // No process has this number.
        let dead = format!("{TEMPORARY}{}-{}-abc", machine(), u32::MAX);
        let far = format!("{TEMPORARY}faraway-{}-abc", u32::MAX);
        let names = [dead, far.clone(), format!("{}-abc", ours()), "report.html".to_owned()];
        for name in &names {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        // Of another machine, and two days old.
        let old = folder.path().join(format!("{TEMPORARY}faraway-1-old"));
        let file = File::create(&old).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(2 * DAY))
            .unwrap();
        assert_eq!(remove_leftovers(folder.path()).unwrap(), 2);
        assert!(!old.exists());
        assert!(!folder.path().join(&names[0]).exists() && folder.path().join(&far).exists());
        write_atomically(&folder.path().join("a/b/c"), b"whole").unwrap();
        assert_eq!(fs::read(folder.path().join("a/b/c")).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1);
    }
}
