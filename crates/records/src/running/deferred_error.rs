//! A writer that tells of an error at the end and not on the way.

use std::io::{self, ErrorKind, Seek, SeekFrom, Write};

/// Remembers the first error of a writer and takes all that comes after it for nothing, so that an archive
/// can be finished: one that is dropped before prints about it on stderr.
pub(super) struct DeferredError<W> {
    writer: W,
    position: u64,
    end: u64,
    error: Option<io::Error>,
}

impl<W: Write + Seek> DeferredError<W> {
    /// Of a writer at its beginning.
    pub(super) fn new(writer: W) -> Self {
        Self { writer, position: 0, end: 0, error: None }
    }

    /// Ends the writing.
    ///
    /// # Errors
    /// The first that there was.
    pub(super) fn end(mut self) -> io::Result<()> {
        match self.error {
            Some(e) => Err(e),
            None => self.writer.flush(),
        }
    }
}

impl<W: Write + Seek> Write for DeferredError<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self.error {
            Some(_) => Ok(bytes.len()),
            None => match self.writer.write(bytes) {
                Ok(0) if !bytes.is_empty() => Err(ErrorKind::WriteZero.into()),
                written => written,
            },
        };
        let taken = match written {
            Err(e) if e.kind() == ErrorKind::Interrupted => return Err(e),
            Err(e) => {
                self.error = Some(e);
                bytes.len()
            }
            Ok(taken) => taken,
        };
        self.position += taken as u64;
        self.end = self.end.max(self.position);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.error.is_none() {
            self.error = self.writer.flush().err();
        }
        Ok(())
    }
}

impl<W: Write + Seek> Seek for DeferredError<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        self.position = place.ok_or(ErrorKind::InvalidInput)?;
        if self.error.is_none() {
            self.error = self.writer.seek(SeekFrom::Start(self.position)).err();
        }
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use zip::ZipWriter;

    use super::*;
    use crate::pack::stored;

    /// An archive in memory with room for so many bytes.
    fn archive(room: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; room];
        let mut zip = ZipWriter::new(DeferredError::new(Cursor::new(bytes.as_mut_slice())));
        zip.start_file("a", stored(false)).unwrap();
        zip.write_all(&[7; 1000]).unwrap();
        zip.finish().unwrap().end()?;
        Ok(bytes)
    }

    #[test]
    fn an_archive_without_room_is_finished_and_its_first_error_told() {
        let whole = archive(2000).unwrap();
        let mut direct = ZipWriter::new(Cursor::new(Vec::new()));
        direct.start_file("a", stored(false)).unwrap();
        direct.write_all(&[7; 1000]).unwrap();
        let direct = direct.finish().unwrap().into_inner();
        assert_eq!(whole[..direct.len()], direct);
        for room in [0, 20, 500, direct.len() - 1] {
            let error = archive(room).err().map(|e| e.kind());
            assert_eq!(error, Some(ErrorKind::WriteZero), "{room}");
        }
    }
}
