//! Pages on several results: the index of a store, and a comparison.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;
use thalweg_records::{Metric, Plan, Record, Status, Store, key_of};
use thalweg_report::{Comparison, Index, Side, report_of};

use crate::HARD_TO_READ;
use crate::devtools::Browser;
use crate::made_up::EVIL;

/// A store with three results and one that is damaged, and two pages on them.
struct Pages {
    index: PathBuf,
    comparison: PathBuf,
    _folder: TempDir,
}

fn record(rate: f64, replicate: u64, factor: f64) -> Record {
    let spec =
        json!({ "seed": 1, "replicate": replicate, "schedule": { "initial": rate }, "factor": factor });
    let scatter = 1.0 + 0.1 * ((7 * replicate + 3) % 11) as f64;
    let status = if rate > 1.0 { Status::Diverged { step: Some(7) } } else { Status::Completed };
    let metrics =
        if rate > 1.0 { Vec::new() } else { vec![Metric::new("test.loss", factor * scatter / rate)] };
    let seconds = vec![Metric::new("seconds", 0.25 + 0.01 * replicate as f64)];
    Record { status, metrics, seconds, ..Record::empty(key_of(&spec), spec) }.sealed()
}

impl Pages {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::new(folder.path().join("results"));
        store.prepare().unwrap();
        let claim = json!([{ "id": "small", "says": "The loss stays small", "kind": "bound", "of": "test.loss",
            "at-most": 60.0, "survivors": true, "where": { "schedule.initial": 0.1 } }]);
        let figure = json!([
            { "kind": "summary", "id": "means", "title": "Means", "x": "schedule.initial", "y": ["test.loss"] },
            { "kind": "distribution", "id": "each", "title": "Each", "x": "schedule.initial", "y": "test.loss" },
        ]);
        for (name, title, factor) in
            [("first", "The first", 1.0), ("second", EVIL, 2.0), ("third@quick", "Third", 9.0)]
        {
            let rates = [0.01, 0.03, 0.1, 0.3, 3.0];
            let runs = rates.into_iter().flat_map(|rate| (0..4).map(move |i| record(rate, i, factor)));
            let runs: Vec<Record> = runs.collect();
            let plan = Plan {
                title: title.into(),
                question: "How does the rate matter?".into(),
                source: Some(format!("{name}.toml")),
                runs: runs.iter().map(|run| run.key.clone()).collect(),
                claims: claim.clone(),
                figures: figure.clone(),
                ..Plan::new(name, vec!["schedule.initial".into()])
            };
            let missing = if name == "first" { 3 } else { 0 };
            store.keep(&runs[missing..]).unwrap();
            let result = store.result(name);
            result.write_plan(&plan).unwrap();
            result.write_specs(runs.iter().map(|run| &run.spec)).unwrap();
            report_of(&store, &result, false).unwrap().write(&result).unwrap();
        }
        store.result("worst").write("plan.json", b"{").unwrap();
        let page = Index::of(&store).unwrap().page();
        store.write("index.html", page.as_bytes()).unwrap();
        let side = |letter: char, name: &str| {
            let mut side = Side::of(&store, &store.result(name), letter, name).unwrap();
            side.link = Some(format!("../{name}/report.html"));
            side
        };
        let comparison = Comparison::new(vec![side('A', "second"), side('B', "third@quick")]);
        store.write("comparisons/page.html", comparison.page().as_bytes()).unwrap();
        let root = store.root();
        let (index, comparison) = (root.join("index.html"), root.join("comparisons/page.html"));
        Self { index, comparison, _folder: folder }
    }
}

/// No message, no request but for the page itself, nothing beyond the edge of a phone, and all of it
/// readable.
fn holds(browser: &mut Browser, path: &std::path::Path) {
    browser.open(path);
    assert_eq!(browser.text("document.documentElement.className"), "live", "the script has run");
    assert_eq!(browser.requests(), [format!("file://{}", path.display())]);
    for theme in ["light", "dark"] {
        browser.theme(theme);
        for (width, height) in [(1280, 900), (390, 844)] {
            browser.resize(width, height);
            browser.eval("document.querySelectorAll('details').forEach((e) => (e.open = true))");
            browser.eval("new Promise((ok) => setTimeout(ok, 200))");
            assert_eq!(browser.eval(HARD_TO_READ), json!([]), "{theme}, {width}");
            let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
            assert_eq!(browser.eval(fits), true, "{theme}, {width}");
        }
    }
    browser.theme("light");
    browser.resize(1280, 900);
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn the_index_is_sorted_and_filtered_and_leads_to_the_reports() {
    let Some(mut browser) = Browser::start() else { return };
    let pages = Pages::new();
    holds(&mut browser, &pages.index);
    let names = "[...document.querySelectorAll('.card:not([hidden])')].map((e) => e.dataset.name)";
    let order = |name: &str| {
        format!("[...document.querySelectorAll('.order')].find((e) => e.textContent === '{name}').click()")
    };
    browser.eval(&order("name"));
    assert_eq!(browser.eval(names), json!(["first", "second", "third@quick", "worst"]));
    browser.eval(&order("missing"));
    assert_eq!(browser.eval(names)[0], "first", "three of its runs are missing");
    browser.eval(&order("refuted"));
    assert_eq!(browser.eval(names)[0], "third@quick", "its loss is nine times as large");
    assert_eq!(browser.eval("document.querySelectorAll('.order[aria-pressed=true]').length"), 1);
    let filter = |text: &str| {
        format!(
            "(() => {{ const e = document.getElementById('filter'); e.value = '{text}'; \
             e.dispatchEvent(new Event('input')); return document.getElementById('count').textContent; }})()"
        )
    };
    assert_eq!(browser.text(&filter("supported 20")), "1 of 4 results");
    assert_eq!(browser.eval(names), json!(["second"]));
    assert_eq!(browser.text(&filter("damaged")), "1 of 4 results");
    assert_eq!(browser.text(&filter("")), "4 of 4 results");
    assert_eq!(browser.text("document.title"), "Results", "nothing in a title was run");
    let pictures = "[...document.querySelectorAll('.thumbnail')].map((e) => e.naturalWidth)";
    assert_eq!(browser.eval(pictures), json!([240, 240, 240]), "the first figure of each report");
    browser.follow("document.querySelector('[data-name=\"third@quick\"] h2 a').click()");
    assert_eq!(browser.text("document.querySelector('h1').textContent"), "Third");
    // Without the script.
    browser.scripts(false);
    browser.open(&pages.index);
    browser.scripts(true);
    assert_eq!(browser.eval("document.querySelectorAll('.card').length"), 4);
    let told = browser.text("document.querySelector('[data-name=first]').textContent");
    assert!(told.contains("13 completed, 4 diverged, 3 not there yet"), "{told}");
}

#[test]
fn a_comparison_shows_figures_on_one_another_and_sorts_its_tables() {
    let Some(mut browser) = Browser::start() else { return };
    let pages = Pages::new();
    holds(&mut browser, &pages.comparison);
    assert_eq!(
        browser.text("document.querySelector('.result').textContent"),
        "1 verdict of 1 claim differs."
    );
    let means = browser.text("document.querySelector('#means').textContent");
    assert!(means.contains('A') && means.contains('B'), "{means}");
    assert_eq!(
        browser.eval("document.querySelectorAll('#means .legend [data-series]').length"),
        2,
        "a series each"
    );
    assert_eq!(browser.eval("document.querySelectorAll('#means .marks path.line').length"), 2);
    assert_eq!(browser.eval("document.querySelectorAll('#each-A, #each-B').length"), 2, "side by side");
    // Runs of both, each under the name of its own result.
    let count = browser.text("document.getElementById('run-count').textContent");
    assert_eq!(count, "40 of 40 runs");
    browser.eval("document.querySelector('#means .sheet').focus()");
    browser.key("ArrowRight");
    browser.key("Enter");
    let runs =
        browser.eval("[...document.querySelectorAll('#means .tip li a')].map((e) => e.getAttribute('href'))");
    let run = runs[0].as_str().unwrap().to_owned();
    assert!(run.starts_with("#run=A:") || run.starts_with("#run=B:"), "{runs}");
    browser.eval("document.querySelector('#means .tip li a').click()");
    browser.until("document.querySelector('dialog')?.open");
    let told = browser.text("document.querySelector('dialog').textContent");
    let (letter, key) = run["#run=".len()..].split_once(':').unwrap();
    let of = if letter == "A" { "second" } else { "third@quick" };
    assert!(told.contains(&format!("thalweg verify {of} --run {key}")), "{told}");
    assert!(!told.contains("result = "), "a letter is no setting: {told}");
    browser.key("Escape");
    // Point by point: by the size of the mean of A.
    let click = "[...document.querySelectorAll('details .sortable th button')].find((e) => e.textContent === 'A').click()";
    let cells = "[...document.querySelectorAll('details .sortable tbody tr')].map((e) => e.cells[2].textContent)\
                 .filter((e) => e !== '–').map(Number)";
    for is_ascending in [true, false] {
        browser.eval(click);
        let values: Vec<f64> = serde_json::from_value(browser.eval(cells)).unwrap();
        let sorted = if is_ascending { values.is_sorted() } else { values.iter().rev().is_sorted() };
        assert!(sorted && values.len() > 4, "{values:?}");
    }
    let filter = "(() => { const e = document.querySelector('details input[type=search]'); e.value = 'test.loss'; \
                  e.dispatchEvent(new Event('input')); return document.querySelector('details .count').textContent; })()";
    assert_eq!(browser.text(filter).split(' ').next(), Some("4"));
    assert_eq!(browser.console(), [""; 0]);
}

/// For a look: where the pages of the tests are written if `KEEP` names a folder.
#[test]
fn the_pages_can_be_kept() {
    let Some(folder) = std::env::var_os("KEEP").map(PathBuf::from) else { return };
    let pages = Pages::new();
    fs::create_dir_all(&folder).unwrap();
    fs::copy(&pages.index, folder.join("index.html")).unwrap();
    fs::copy(&pages.comparison, folder.join("comparison.html")).unwrap();
}
