//! The server of the page: on this machine alone, and nothing can be changed through it.

use std::fs;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use thalweg::report::Standing;

use super::http::{Refusal, Request, answer, head, read};
use super::latest::Latest;
use crate::Exit;

/// Between two looks at the stores.
const LOOK: Duration = Duration::from_secs(1);
/// Between two looks at what was seen, for whoever listens to news.
const NEWS: Duration = Duration::from_millis(250);
/// Between two signs of life where there are no news, by which a connection that has ended is noticed.
const PULSE: Duration = Duration::from_secs(5);
/// How long a request may take to be written, and an answer to be taken.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many are answered at once: a browser opens six connections to one page.
const MOST: usize = 64;

/// The sign of the page, which every browser asks for: a valley.
const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><path d=\"M1 3Q8 24 15 3\" fill=\"none\" \
                    stroke=\"#0b5cad\" stroke-width=\"2\"/></svg>";

/// Kinds of files that a result has.
const KINDS: [(&str, &str); 6] = [
    ("html", "text/html; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("csv", "text/csv; charset=utf-8"),
    ("json", "application/json"),
    ("jsonl", "application/jsonl"),
];

/// Answers until the process ends.
pub fn serve(listener: &TcpListener, port: u16, latest: &Arc<Latest>) -> Result<(), Exit> {
    let own = Arc::clone(latest);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(LOOK);
            own.look();
        }
    });
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let stream = match stream {
            Ok(stream) => stream,
            // Whoever has gone already is none of ours.
            Err(e) if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {
                continue;
            }
            Err(e) => return Err(Exit::Failed(anyhow::Error::from(e).context("cannot take connections"))),
        };
        let (latest, busy) = (Arc::clone(latest), Arc::clone(&busy));
        std::thread::spawn(move || {
            let n = busy.fetch_add(1, Ordering::Relaxed);
            // That somebody has gone in the midst of an answer is no error.
            let _ = respond(&stream, port, &latest, n >= MOST);
            busy.fetch_sub(1, Ordering::Relaxed);
        });
    }
    Ok(())
}

/// Answers one request.
fn respond(stream: &TcpStream, port: u16, latest: &Latest, is_busy: bool) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut out = io::BufWriter::new(stream);
    let request =
        read(stream, port).and_then(|request| if is_busy { Err(Refusal::Busy) } else { Ok(request) });
    let done = match request {
        Ok(request) => route(&mut out, &request, latest),
        Err(refusal) => Ok(Some((refusal, false))),
    }?;
    if let Some((refusal, is_head)) = done {
        let (status, said) = refusal.told();
        answer(&mut out, is_head, status, "text/plain; charset=utf-8", format!("{said}\n").as_bytes())?;
    }
    out.flush()
}

/// Answers what there is; returns the refusal of what there is not.
fn route(out: &mut impl Write, request: &Request, latest: &Latest) -> io::Result<Option<(Refusal, bool)>> {
    let is_head = request.is_head;
    let parts: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let found: Option<(&str, Vec<u8>)> = match &parts[..] {
        [] => Some((KINDS[0].1, Standing::page(&latest.standings()).into_bytes())),
        ["favicon.ico"] => Some((KINDS[1].1, ICON.as_bytes().to_vec())),
        ["standings.json"] => {
            Some((KINDS[4].1, serde_json::to_vec(&*latest.standings()).expect("standings are plain data")))
        }
        ["events"] => {
            head(out, "200 OK", "text/event-stream; charset=utf-8", &[])?;
            return if is_head { Ok(None) } else { news(out, latest) };
        }
        ["figures", store, name, file] => {
            let id = file.strip_suffix(".svg");
            id.and_then(|id| latest.figure(store, name, id)).map(|svg| (KINDS[1].1, svg.into_bytes()))
        }
        ["results", store, name, rest @ ..] if !rest.is_empty() => {
            latest.folder(store, name).and_then(|folder| file(folder, rest))
        }
        _ => None,
    };
    let Some((kind, body)) = found else { return Ok(Some((Refusal::NotFound, is_head))) };
    answer(out, is_head, "200 OK", kind, &body)?;
    Ok(None)
}

/// A file in the folder of a result, and nowhere else, whatever links lie there.
fn file(folder: PathBuf, parts: &[&str]) -> Option<(&'static str, Vec<u8>)> {
    let path = parts.iter().fold(folder.clone(), |path, part| path.join(part));
    let ending = path.extension()?.to_str()?;
    let (_, kind) = KINDS.iter().find(|(known, _)| *known == ending)?;
    let (inside, real) = (fs::canonicalize(folder).ok()?, fs::canonicalize(path).ok()?);
    let is_ours = real.starts_with(&inside) && real.is_file();
    is_ours.then(|| fs::read(real).ok()).flatten().map(|bytes| (*kind, bytes))
}

/// Tells what changes, card by card, until whoever listens goes.
fn news(out: &mut impl Write, latest: &Latest) -> io::Result<Option<(Refusal, bool)>> {
    let (mut told, mut order): (Vec<(String, String)>, Vec<String>) = Default::default();
    let mut last = Instant::now();
    let mut is_first = true;
    loop {
        let mut has_news = false;
        let cards: Vec<(String, String)> =
            latest.standings().iter().map(|standing| (standing.id(), standing.card())).collect();
        for card in cards.iter().filter(|card| !told.contains(card)) {
            write_event(out, "card", &json!({ "id": card.0, "html": card.1 }))?;
            has_news = true;
        }
        let now: Vec<String> = cards.iter().map(|(id, _)| id.clone()).collect();
        if now != order || is_first {
            write_event(out, "order", &json!(now))?;
            (order, has_news) = (now, true);
        }
        (told, is_first) = (cards, false);
        if has_news || last.elapsed() >= PULSE {
            // A comment, which nobody hears.
            write!(out, ":\n\n")?;
            out.flush()?;
            last = Instant::now();
        }
        std::thread::sleep(NEWS);
    }
}

/// JSON has no line breaks of its own.
fn write_event(out: &mut impl Write, name: &str, data: &serde_json::Value) -> io::Result<()> {
    write!(out, "event: {name}\ndata: {data}\n\n")
}
