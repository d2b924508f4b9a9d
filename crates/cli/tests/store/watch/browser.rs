//! What a reader sees of a sweep on which several workers are.

use std::fs;
use std::path::Path;
use std::process::Child;

use thalweg::lab::{Disk, Overlays, Study};
use thalweg::records::{Metric, Record, Status, Store};

use super::Watch;
use crate::common::start;
use crate::devtools::Browser;
use crate::{folder, long, run};

/// Steps that no machine takes while it is looked at.
const MANY: u64 = 50_000_000;

/// Six replicates of runs with so many steps.
fn sweep(steps: &str) -> String {
    let axes = format!("\"train.batch-size\" = [4]\n\"train.steps\" = [{steps}]");
    long("30").replace("replicates = 2", "replicates = 6").replace("\"train.batch-size\" = [4, 8, 20]", &axes)
}

/// Keeps records of long runs that nobody has computed: two have ended, and in one the program failed.
fn make_up(root: &Path) {
    let study = Study::open(&root.join("small.toml"), &Disk, &Overlays::default()).unwrap();
    let store = Store::new(root.join("results"));
    store.prepare().unwrap();
    let long = study.experiment.jobs.iter().filter(|job| job.json()["train"]["steps"] == MANY);
    let record = |job: &thalweg::experiment::Job| {
        let empty = Record::empty(job.key.clone(), job.json());
        let loss = 0.1 + 0.01 * job.spec.replicate as f64;
        match job.spec.replicate {
            0 | 1 => Some(Record { metrics: vec![Metric::new("train.loss", loss)], ..empty }.sealed()),
            2 => Some(Record { status: Status::Failed { why: "made up".into() }, ..empty }.sealed()),
            _ => None,
        }
    };
    store.keep(&long.filter_map(record).collect::<Vec<_>>()).unwrap();
}

/// A worker that does not outlive the test, however that ends.
struct Worker(Child);

impl Worker {
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn a_page_follows_a_sweep_of_three_workers_of_which_one_is_killed() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = folder(&sweep(&format!("30, {MANY}")));
    make_up(folder.path());
    fs::write(folder.path().join("short.toml"), sweep("30")).unwrap();
    let watch = Watch::start(&folder, &[]);
    let address = format!("http://127.0.0.1:{}/", watch.port);
    browser.visit(&address);
    assert_eq!(browser.eval("document.getElementById('none').hidden"), false, "nothing is planned yet");
    assert_eq!(run(&folder, &["experiment", "short.toml"]).0, Some(0));
    let call = ["worker", "small.toml", "--threads", "1", "--checkpoint", "0.1"];
    let mut workers = [(); 3].map(|()| Worker(start(&folder, &call)));
    // Nine of twelve runs have ended, one of them by a bug, and each worker has one of the others.
    let card = "document.querySelector('.card[data-id=\"0/small\"]')";
    let says = |words: &str| format!("{card}?.querySelector('.states').textContent.includes({words:?})");
    browser.until(&says("9 of 12 runs done, 1 failed, 3 running; about "));
    let lengths = format!(
        "['completed', 'failed', 'running', 'stale'].map((e) => \
        {card}.querySelector(`.${{e}}-runs`)?.getAttribute('width') ?? '0')"
    );
    assert_eq!(browser.eval(&lengths), serde_json::json!(["146.7", "18.3", "55.0", "0"]), "of 220");
    // Each has a curve, which gets longer without the page being loaded again.
    browser.eval("window.stays = true");
    browser.until(&format!("{card}.querySelectorAll('.on-its-way .sparkline').length === 3"));
    let steps = format!(
        "[...{card}.querySelectorAll('.on-its-way')].map((e) => \
        [e.querySelector('b').textContent, Number(e.textContent.match(/saved at step (\\d+) of {MANY}/)[1]), \
         e.querySelector('path').getAttribute('d')])"
    );
    browser.eval(&format!("window.before = new Map({steps}.map((e) => [e[0], e]))"));
    browser.until(&format!(
        "{steps}.every(([who, step, line]) => step > before.get(who)[1] && line !== before.get(who)[2])"
    ));
    // What the claims would be judged is a look, and says so.
    let interim = format!("{card}.querySelector('[id^=\"claims-\"]')");
    browser.eval(&format!("{interim}.open = true"));
    let told = browser.text(&format!("{interim}.textContent"));
    assert!(told.starts_with("What the claims would be judged on 3 whole replicates"), "{told}");
    assert!(
        told.contains("A look that decides nothing") && told.contains("The loss ends below 10"),
        "{told}"
    );
    // Figures are drawn of the runs that are there.
    let figures = format!("{card}.querySelector('[id^=\"figures-\"]')");
    browser.eval(&format!("{figures}.open = true"));
    browser.middle("[id^='figures-'] img");
    browser.until(&format!("{figures}.querySelector('img').naturalWidth > 0"));
    assert!(browser.text(&format!("{figures}.querySelector('img').src")).ends_with("/loss.svg?runs=9"));
    // One is killed. What was open stays open.
    let killed = workers[0].0.id();
    workers[0].kill();
    browser.until(&says("9 of 12 runs done, 1 failed, 2 running, 1 stale"));
    let fallen = format!("process {killed} has ended or fallen silent");
    assert!(browser.text(&format!("{card}.textContent")).contains(&fallen));
    assert_eq!(browser.eval(&format!("{interim}.open && {figures}.open")), true);
    // All of them.
    workers[1..].iter_mut().for_each(Worker::kill);
    browser.until(&says("3 stale"));
    assert_eq!(browser.text(&format!("{card}.querySelector('.badge').textContent")), "stale");
    assert_eq!(browser.eval("window.stays"), true, "the page was never loaded again");
    assert_eq!(browser.console(), [""; 0]);
    let foreign = browser.requests().into_iter().find(|url| !url.starts_with(&address));
    assert_eq!(foreign, None);
    // The watch ends: the page says that nobody answers, and stays as it is.
    assert_eq!(watch.interrupt(), Some(130));
    browser.until("document.getElementById('pulse').textContent.includes('does not answer')");
    assert!(browser.text(&format!("{card}.textContent")).contains("3 stale"));
}
