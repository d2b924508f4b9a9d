//! The text of a table, and where its rows are.

use csv::ByteRecord;

/// The bytes of a table, after the byte-order mark.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a>(pub(crate) &'a [u8]);

impl Text<'_> {
    /// Whether a row is a line of blanks. Two quotes alone are a field.
    pub(crate) fn is_blank(self, row: &ByteRecord) -> bool {
        let line = || self.0[self.first_byte(start(row))..].iter().take_while(|byte| !is_line_end(byte));
        row.len() == 1 && line().all(u8::is_ascii_whitespace)
    }

    /// The first byte of the row at `start`.
    pub(crate) fn first_byte(self, start: usize) -> usize {
        start + self.0[start..].iter().take_while(|byte| is_line_end(byte)).count()
    }

    /// The line of the row at `start`, from 1, counted for a message only. The csv crate's own count is too
    /// small after empty lines, after line ends of Windows, which it reads together with the row that follows
    /// them, and after CR alone.
    pub(crate) fn line(self, start: usize) -> usize {
        let before = &self.0[..self.first_byte(start)];
        let is_end = |(i, byte): &(usize, &u8)| match byte {
            b'\r' => before.get(i + 1) != Some(&b'\n'),
            byte => **byte == b'\n',
        };
        1 + before.iter().enumerate().filter(is_end).count()
    }
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The byte at which a row begins, or the line ends before it do.
pub(crate) fn start(row: &ByteRecord) -> usize {
    row.position().map_or(0, |position| position.byte() as usize)
}
