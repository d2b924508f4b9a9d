//! As much of HTTP as a page on one's own machine needs (RFC 9112): one request a connection, no body.
//!
//! Whoever asks must call this machine by its own name. A page on the web can let a browser send requests
//! here under a name of its own that it makes point to 127.0.0.1; that name is then in the header `Host`.

use std::io::{self, BufRead, BufReader, Read, Write};

/// Bytes of a request line with its headers.
const LONGEST: u64 = 16 << 10;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whether only the head of the answer is wanted.
    pub is_head: bool,
    /// The parts of the path, decoded; none is empty, leads upwards or has a separator in it.
    pub path: Vec<String>,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is no request.
    Malformed,
    /// It comes under another name.
    ForeignHost,
    /// It would change something.
    Method,
    /// There is no such thing, or it is none of what is shown.
    NotFound,
    /// So many are being answered.
    Busy,
}

impl Refusal {
    /// Status line and what is said.
    pub fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Malformed => ("400 Bad Request", "this is no request"),
            Self::ForeignHost => ("403 Forbidden", "this page is for 127.0.0.1 and localhost alone"),
            Self::Method => ("405 Method Not Allowed", "only GET and HEAD"),
            Self::NotFound => ("404 Not Found", "there is no such page"),
            Self::Busy => ("503 Service Unavailable", "too many at once"),
        }
    }
}

/// Reads a request, which must be for this machine at this port.
pub fn read(stream: impl Read, port: u16) -> Result<Request, Refusal> {
    let mut lines = BufReader::new(stream.take(LONGEST));
    let mut line = || -> Result<String, Refusal> {
        let mut line = String::new();
        match lines.read_line(&mut line) {
            Ok(_) if line.ends_with('\n') => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
            // Too long, cut short, or no text.
            _ => Err(Refusal::Malformed),
        }
    };
    let first = line()?;
    let mut hosts = Vec::new();
    loop {
        let header = line()?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or(Refusal::Malformed)?;
        if name.eq_ignore_ascii_case("host") {
            hosts.push(value.trim().to_owned());
        }
    }
    let words: Vec<&str> = first.split(' ').collect();
    let [method, target, version] = words[..] else { return Err(Refusal::Malformed) };
    if !version.starts_with("HTTP/1.") {
        return Err(Refusal::Malformed);
    }
    match &hosts[..] {
        [host] if is_here(host, port) => {}
        [_] => return Err(Refusal::ForeignHost),
        _ => return Err(Refusal::Malformed),
    }
    let is_head = match method {
        "GET" => false,
        "HEAD" => true,
        _ => return Err(Refusal::Method),
    };
    Ok(Request { is_head, path: parts(target)? })
}

/// Whether a name is that of this machine for itself, at this port.
fn is_here(host: &str, port: u16) -> bool {
    ["127.0.0.1", "localhost"].iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}:{port}")))
}

/// The parts of a path, decoded once.
fn parts(target: &str) -> Result<Vec<String>, Refusal> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_prefix('/').ok_or(Refusal::Malformed)?;
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let part = |part: &str| {
        let decoded = decoded(part).ok_or(Refusal::Malformed)?;
        let is_plain = !decoded.is_empty()
            && !decoded.starts_with('.')
            && !decoded.contains(['/', '\\', ':'])
            && !decoded.chars().any(char::is_control);
        if is_plain { Ok(decoded) } else { Err(Refusal::NotFound) }
    };
    path.split('/').map(part).collect()
}

/// Text of which bytes may be written as `%41`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            // `from_str_radix` would take a sign.
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Writes the head of an answer; `more` are further headers.
pub fn head(out: &mut impl Write, status: &str, kind: &str, more: &[(&str, &str)]) -> io::Result<()> {
    write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\nCache-Control: no-store\r\n"
    )?;
    // No page of another origin may show, read or guess what is here.
    write!(
        out,
        "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n"
    )?;
    write!(out, "Cross-Origin-Resource-Policy: same-origin\r\n")?;
    for (name, value) in more {
        write!(out, "{name}: {value}\r\n")?;
    }
    write!(out, "\r\n")
}

/// Writes an answer.
pub fn answer(out: &mut impl Write, is_head: bool, status: &str, kind: &str, body: &[u8]) -> io::Result<()> {
    let mut more = vec![("Content-Length", body.len().to_string())];
    more.extend(status.starts_with("405").then(|| ("Allow", "GET, HEAD".to_owned())));
    let more: Vec<(&str, &str)> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
    head(out, status, kind, &more)?;
    if !is_head {
        out.write_all(body)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Result<Request, Refusal> {
        read(text.as_bytes(), 7878)
    }

    fn get(target: &str) -> Result<Vec<String>, Refusal> {
        asked(&format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:7878\r\n\r\n")).map(|request| request.path)
    }

    #[test]
    fn only_this_machine_under_its_own_name_is_answered() {
        let under = |hosts: &str| asked(&format!("GET / HTTP/1.1\r\n{hosts}\r\n")).map(|_| ());
        for host in ["127.0.0.1:7878", "localhost:7878", "LocalHost:7878"] {
            assert_eq!(under(&format!("Host: {host}\r\n")), Ok(()), "{host}");
        }
        for host in [
            "example.com:7878",
            "127.0.0.1",
            "127.0.0.1:80",
            "localhost:7878.example.com",
            "localhost.example.com:7878",
            "127.0.0.1.example.com:7878",
            "[::1]:7878",
            "0.0.0.0:7878",
            "",
        ] {
            assert_eq!(under(&format!("Host: {host}\r\n")), Err(Refusal::ForeignHost), "{host}");
        }
        assert_eq!(under(""), Err(Refusal::Malformed), "none");
        let two = "Host: localhost:7878\r\nHost: example.com\r\n";
        assert_eq!(under(two), Err(Refusal::Malformed), "two of them");
    }

    #[test]
    fn no_path_leads_upwards_however_it_is_written() {
        let path = |parts: &[&str]| Ok(parts.iter().map(|part| (*part).to_owned()).collect());
        assert_eq!(get("/"), path(&[]));
        assert_eq!(get("/a/b%40c?x=/../y#z"), path(&["a", "b@c"]));
        assert_eq!(get("/results/0/a%20%C3%BC/report.html"), path(&["results", "0", "a ü", "report.html"]));
        // Decoded once, and never again.
        assert_eq!(get("/%252e%252e"), path(&["%2e%2e"]));
        for target in [
            "/../x",
            "/a/../x",
            "/a/..",
            "/%2e%2e/x",
            "/%2E%2e%2fx",
            "/a%2f..%2fx",
            "/a%5c..%5cx",
            "/a\\..\\x",
            "//x",
            "/a//x",
            "/./x",
            "/.hidden",
            "/a%00",
            "/c:/x",
            "/a/",
        ] {
            assert_eq!(get(target), Err(Refusal::NotFound), "{target}");
        }
        for target in ["x", "http://127.0.0.1:7878/", "*", "/%", "/%4", "/%+1", "/%zz", "/%ff"] {
            assert_eq!(get(target), Err(Refusal::Malformed), "{target}");
        }
    }

    #[test]
    fn what_would_change_something_and_what_is_no_request_is_refused() {
        let by = |method: &str| asked(&format!("{method} / HTTP/1.1\r\nHost: localhost:7878\r\n\r\n"));
        assert!(!by("GET").unwrap().is_head && by("HEAD").unwrap().is_head);
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get"] {
            assert_eq!(by(method), Err(Refusal::Method), "{method}");
        }
        let long = format!("GET / HTTP/1.1\r\nHost: localhost:7878\r\nX: {}\r\n\r\n", "x".repeat(20_000));
        for text in [
            "",
            "GET",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost:7878",
            "GET  / HTTP/1.1\r\n\r\n",
            &long,
        ] {
            assert_eq!(asked(text), Err(Refusal::Malformed), "{text:.40}");
        }
    }
}
