//! Bytes that should be text.

/// The text in `bytes`, without a mark for the order of bytes.
///
/// # Errors
/// The line where something stands that is no text (0 for the whole file), and what it is.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, (usize, String)> {
    let is_wide = |order: [u8; 2]| bytes.starts_with(&order);
    // Text in Latin letters has a zero in every second byte of UTF-16.
    let zeros = bytes.iter().take(64).filter(|byte| **byte == 0).count();
    if is_wide([0xff, 0xfe]) || is_wide([0xfe, 0xff]) || zeros > 8 {
        return Err((0, "this is UTF-16 or no text at all: save it as UTF-8".to_owned()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let before = &bytes[..e.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let byte = bytes[e.valid_up_to()];
        (line, format!("the byte 0x{byte:02x} is not UTF-8 (perhaps Latin-1?): save the file as UTF-8"))
    })?;
    if text.contains('\r') && !text.contains('\n') {
        return Err((0, "its lines end with CR alone: save it with LF or CR LF".to_owned()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(decode(b"\xef\xbb\xbfa = 1\r\nb = 2\n"), Ok("a = 1\r\nb = 2\n"));
        assert_eq!(decode(b"a = 1\nb = '\xfc'\n").unwrap_err().0, 2);
        for (bytes, what) in
            [(&b"\xff\xfea\0"[..], "UTF-16"), (b"\xfe\xff\0a", "UTF-16"), (b"a = 1\rb = 2\r", "CR alone")]
        {
            let (line, message) = decode(bytes).unwrap_err();
            assert!(line == 0 && message.contains(what), "{message}");
        }
        let wide: Vec<u8> = "title = 'a'".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(decode(&wide).unwrap_err().1.contains("UTF-16"));
    }
}
