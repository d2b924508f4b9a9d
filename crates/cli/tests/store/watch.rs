//! A page on results while others compute them.

mod browser;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::start;
use crate::{SMALL, folder, long, run};

/// A watch that runs, and the port of its page.
struct Watch {
    child: Child,
    port: u16,
}

impl Watch {
    fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_thalweg"))
            .args(["watch", "--port", "0", "--open", "no"])
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port =
            line.split("127.0.0.1:").nth(1).and_then(|rest| rest.trim().trim_end_matches('/').parse().ok());
        Self { port: port.unwrap_or_else(|| panic!("{line}")), child }
    }

    /// Status and content of an answer.
    fn ask(&self, request: &str, host: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn get(&self, target: &str) -> (u16, String) {
        self.ask(&format!("GET {target}"), &format!("127.0.0.1:{}", self.port))
    }

    /// How a result stands, as soon as it does as wanted.
    fn until(&self, name: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            let all: Vec<Value> = serde_json::from_str(&self.get("/standings.json").1).unwrap();
            if let Some(one) = all.iter().find(|one| one["name"] == name && is_so(one)) {
                return (*one).clone();
            }
            assert!(since.elapsed() < Duration::from_secs(120), "{what}: {all:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it as Ctrl-C does, and returns the exit code.
    fn interrupt(mut self) -> Option<i32> {
        let asked = Instant::now();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        code
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_watch_shows_what_is_true_of_a_sweep_whose_worker_is_killed() {
    // So many steps that no machine is through with a run while it is looked at.
    let folder = folder(&long("50_000_000"));
    let watch = Watch::start(&folder, &[]);
    assert_eq!(watch.get("/standings.json").1, "[]", "nothing is there, and it waits");
    let mut worker = start(&folder, &["worker", "small.toml", "--threads", "1", "--checkpoint", "0.05"]);
    let has_course =
        |one: &Value| one["going"][0]["curve"]["values"].as_array().is_some_and(|all| all.len() > 1);
    let going = watch.until("small", "a run is saved", has_course);
    assert_eq!((&going["counts"]["planned"], &going["counts"]["running"]), (&6.into(), &1.into()));
    assert_eq!(
        (&going["going"][0]["state"], &going["going"][0]["steps"]),
        (&"running".into(), &50_000_000.into())
    );
    let step = |one: &Value| one["going"][0]["step"].as_u64().unwrap_or(0);
    let first = step(&going);
    let later = watch.until("small", "it gets on", |one| step(one) > first && one["remaining"].is_f64());
    assert!(later["remaining"].as_f64().unwrap() > 0.0, "{later}");
    worker.kill().unwrap();
    worker.wait().unwrap();
    let killed = watch.until("small", "it is seen to be dead", |one| one["counts"]["running"] == 0);
    assert_eq!((&killed["counts"]["stale"], &killed["going"][0]["state"]), (&1.into(), &"stale".into()));
    assert_eq!(killed["remaining"], Value::Null, "nobody computes");
    assert_eq!(killed["interim"]["is-final"], false);
    let (_, page) = watch.get("/");
    assert!(page.contains("has ended or fallen silent") && page.contains("1 stale"), "{page}");
    // Another result of the store comes, is computed and reported.
    assert_eq!(run(&folder, &["experiment", "small.toml", "--set", "train.steps=30"]).0, Some(0));
    let name = "small+train.steps=30";
    let is_done = |one: &Value| one["is-reported"] == true && one["counts"]["completed"] == 6;
    let done = watch.until(name, "all runs are there, and reported", is_done);
    assert_eq!((&done["counts"]["stale"], &done["interim"]["is-final"]), (&0.into(), &true.into()));
    let told = &done["interim"]["verdicts"][0];
    let written = fs::read_to_string(folder.path().join("results").join(name).join("claims.json")).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    assert_eq!((&told["verdict"], &told["effect"]), (&written[0]["verdict"], &written[0]["effect"]));
    let (code, svg) = watch.get("/figures/0/small%2Btrain.steps=30/loss.svg?runs=6");
    assert!(code == 200 && svg.starts_with("<svg") && svg.contains("Training loss"), "{svg:.200}");
    assert_eq!(watch.until("small", "it is as it was", |_| true)["counts"]["stale"], 1);
    assert_eq!(watch.interrupt(), Some(130));
}

#[test]
fn a_watch_answers_only_to_this_machine_and_with_what_it_shows() {
    let folder = folder(SMALL);
    let root = folder.path();
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    assert_eq!(run(&folder, &["experiment", "small.toml", "--as", "other"]).0, Some(0));
    fs::write(root.join("secret.json"), "1").unwrap();
    fs::write(root.join("results/secret.json"), "1").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(root.join("secret.json"), root.join("results/small/link.json")).unwrap();
    let watch = Watch::start(&folder, &["small"]);
    let port = watch.port;
    for (target, wanted) in [
        ("/", 200),
        ("/results/0/small/report.html", 200),
        ("/results/0/small/figures/loss.svg", 200),
        ("/figures/0/small/loss.svg", 200),
        ("/figures/0/small/none.svg", 404),
        ("/results/0/small", 404),
        ("/results/0/small/", 404),
        ("/results/0/small/none.json", 404),
        ("/results/0/small/link.json", 404),
        ("/results/0/small/../secret.json", 404),
        ("/results/0/small/../../secret.json", 404),
        ("/results/0/small/%2e%2e/secret.json", 404),
        ("/results/0/small/..%2fsecret.json", 404),
        ("/results/0/%2e%2e/secret.json", 404),
        ("/results/0/other/report.html", 404),
        ("/results/1/small/report.html", 404),
        ("/results/0/small/runs.csv", 200),
        ("/secret.json", 404),
        ("/%2e%2e/secret.json", 404),
    ] {
        assert_eq!(watch.get(target).0, wanted, "{target}");
    }
    for host in ["example.com", "127.0.0.1", "localhost.example.com:80", "[::1]:80"] {
        assert_eq!(watch.ask("GET /", host).0, 403, "{host}");
    }
    let own = format!("localhost:{port}");
    assert_eq!(watch.ask("GET /", &own).0, 200);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(watch.ask(&format!("{method} /"), &own).0, 405, "{method}");
    }
    assert_eq!(watch.ask("HEAD /", &own), (200, String::new()));
    // What is asked for is not there.
    let (code, text) = run(&folder, &["watch", "smal", "--open", "no"]);
    assert!(code == Some(2) && text.contains("did you mean `small`? there are other, small"), "{text}");
    let (code, text) = run(&folder, &["watch", "--open", "no", "--port", &port.to_string()]);
    assert!(code == Some(2) && text.contains("--port 0"), "{text}");
    // In lines, where stdout is no terminal.
    let mut lines = start(&folder, &["watch", "--tui"]);
    let mut first = String::new();
    BufReader::new(lines.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "other: 6 of 6 runs done\n");
    lines.kill().unwrap();
    lines.wait().unwrap();
}

#[test]
fn a_watch_of_ten_stores_hears_of_each_what_changes() {
    let folder = folder(SMALL);
    let stores: Vec<String> = (0..10).map(|i| format!("store-{i}")).collect();
    assert_eq!(run(&folder, &["experiment", "small.toml", "--store", "store-3"]).0, Some(0));
    let arguments: Vec<&str> = stores.iter().flat_map(|store| ["--store", store]).collect();
    let watch = Watch::start(&folder, &arguments);
    let mut news = TcpStream::connect(("127.0.0.1", watch.port)).unwrap();
    write!(news, "GET /events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", watch.port).unwrap();
    let mut lines = BufReader::new(news).lines().map(Result::unwrap);
    let mut next = |name: &str| -> Value {
        lines.find(|line| *line == format!("event: {name}")).unwrap();
        serde_json::from_str(lines.next().unwrap().strip_prefix("data: ").unwrap()).unwrap()
    };
    assert_eq!(next("card")["id"], "3/small");
    assert_eq!(next("order"), serde_json::json!(["3/small"]));
    assert_eq!(run(&folder, &["experiment", "small.toml", "--store", "store-7"]).0, Some(0));
    let card = next("card");
    assert_eq!(card["id"], "7/small");
    assert!(card["html"].as_str().unwrap().contains("store-7/small"), "{card}");
    assert_eq!(next("order"), serde_json::json!(["3/small", "7/small"]));
    let looks = |store: &str| fs::read_dir(folder.path().join(store)).map(Iterator::count).unwrap_or(0);
    assert_eq!(looks("store-0"), 0, "nothing is written, not even a folder");
}
