//! Gzipped bytes, as the program gzip unpacks them.

use std::io::{self, ErrorKind, Read};

use flate2::bufread::GzDecoder;

use crate::disk::gigabytes;

pub(crate) fn is_gzipped(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Unpacks on the way. A file may have several members, which become one, and zeros after the last, as
/// padding to a full block leaves them; anything else there is an error. The sum of a member is checked where
/// it ends.
pub(crate) struct Unpacked<'a>(GzDecoder<&'a [u8]>);

impl<'a> Unpacked<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(GzDecoder::new(bytes))
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.0.read(into)?;
            let rest: &[u8] = self.0.get_ref();
            if read > 0 || into.is_empty() || rest.iter().all(|byte| *byte == 0) {
                return Ok(read);
            }
            if !is_gzipped(rest) {
                let text = format!("it is followed by {} bytes that are not gzipped", rest.len());
                return Err(io::Error::new(ErrorKind::InvalidData, text));
            }
            self.0 = GzDecoder::new(rest);
        }
    }
}

/// Everything that `bytes` unpack to, unless that is more than `most` bytes.
pub(crate) fn unpack(bytes: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    Unpacked::new(bytes).take(most + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() as u64 > most {
        let text = format!("it unpacks to more than {:.1} GB", gigabytes(most));
        return Err(io::Error::new(ErrorKind::FileTooLarge, text));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(parts: &[&[u8]]) -> Result<Vec<u8>, String> {
        unpack(&parts.concat(), 100).map_err(|e| e.to_string())
    }

    #[test]
    fn members_become_one_and_zeros_at_the_end_nothing() {
        let (one, none, two) = (gzip(b"one"), gzip(b""), gzip(b"two"));
        for (parts, content) in [
            (&[one.as_slice()] as &[&[u8]], "one"),
            (&[&none], ""),
            (&[&one, &none, &two], "onetwo"),
            (&[&one, &[0; 512]], "one"),
            (&[&none, &two, &[0]], "two"),
        ] {
            assert_eq!(unpacked(parts).unwrap(), content.as_bytes());
        }
    }

    #[test]
    fn what_is_cut_off_damaged_or_followed_by_something_else_is_refused() {
        let (one, mut other_sum) = (gzip(b"one"), gzip(b"one"));
        let end = one.len();
        other_sum[end - 8] ^= 1;
        for cut in 0..end {
            assert!(unpacked(&[&one[..cut]]).is_err(), "{cut} of {end} bytes");
        }
        assert!(unpacked(&[&other_sum]).is_err());
        assert!(unpacked(&[&one, &one[..end - 1]]).is_err());
        for rest in [b"garbage".as_slice(), b"\0\0\0garbage"] {
            let message = format!("it is followed by {} bytes that are not gzipped", rest.len());
            assert_eq!(unpacked(&[&one, rest]), Err(message));
        }
        // Zeros between two members are as wrong.
        assert!(unpacked(&[&one, &[0; 4], &one]).is_err());
    }

    #[test]
    fn a_bomb_is_not_unpacked_to_its_end() {
        assert_eq!(unpacked(&[&gzip(&[7; 100])]).unwrap(), [7; 100]);
        let bomb = gzip(&vec![0; 1 << 24]);
        let allocations = allocation_counter::measure(|| {
            let message = "it unpacks to more than 0.0 GB".to_owned();
            assert_eq!(unpacked(&[&bomb]), Err(message));
        });
        assert!(allocations.bytes_max < 1 << 20, "{} bytes", allocations.bytes_max);
    }
}
