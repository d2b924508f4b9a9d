//! A page of many runs.

use std::fs;

use serde_json::{Value, json};

use crate::devtools::Browser;
use crate::made_up::Page;

#[test]
fn thousands_of_runs_are_no_burden() {
    let Some(mut browser) = Browser::start() else { return };
    let page = Page::new(500);
    let megabytes = fs::metadata(&page.path).unwrap().len() as f64 / 1e6;
    browser.open(&page.path);
    let number = |value: Value| value.as_f64().unwrap();
    let loaded = number(browser.eval("performance.getEntriesByType('navigation')[0].loadEventStart"));
    let sorted = number(browser.eval(
        "(() => { const start = performance.now(); [...document.querySelectorAll('#run-table th button')]\
         .find((e) => e.textContent === 'test.loss').click(); document.body.offsetHeight; \
         return performance.now() - start; })()",
    ));
    let rows = browser.eval("document.querySelectorAll('#run-table tbody tr').length").as_u64().unwrap();
    let moved = number(browser.eval(
        "(() => { const sheet = document.querySelector('#ends .sheet'); const b = sheet.getBoundingClientRect(); \
         const start = performance.now(); for (let i = 0; i < 50; i++) sheet.dispatchEvent(new PointerEvent(\
         'pointermove', { clientX: b.x + 100 + 8 * i, clientY: b.y + 150 })); \
         return (performance.now() - start) / 50; })()",
    ));
    println!(
        "2,001 runs: {megabytes:.1} MB, open after {loaded:.0} ms, sorted in {sorted:.0} ms, {moved:.1} ms a move of the \
         pointer over 2,000 points"
    );
    assert!(megabytes < 10.0, "{megabytes} MB");
    assert!(rows < 100, "only rows in sight are drawn: {rows}");
    assert_eq!(browser.console(), [""; 0]);
}

/// Times between frames while something goes on, in milliseconds: median, 95th percentile and longest.
fn frames(browser: &mut Browser, what: impl FnOnce(&mut Browser)) -> String {
    browser.eval(
        "window.times = []; window.on = true; { let last = performance.now(); const tick = () => { \
         const now = performance.now(); window.times.push(now - last); last = now; \
         if (window.on) requestAnimationFrame(tick); }; requestAnimationFrame(tick); }",
    );
    what(browser);
    let all = browser.eval("(window.on = false, window.times.slice(2))");
    let mut all: Vec<f64> = serde_json::from_value(all).unwrap();
    all.sort_by(f64::total_cmp);
    let at = |share: f64| all[(share * (all.len() - 1) as f64) as usize];
    format!("{:.0}, {:.0} and {:.0} ms of {} frames", at(0.5), at(0.95), at(1.0), all.len())
}

#[test]
#[ignore = "a benchmark: --ignored --nocapture prints the times between frames"]
fn ten_thousand_points_stay_smooth() {
    let Some(mut browser) = Browser::start() else { return };
    let ends = json!({ "kind": "relation", "id": "ends", "title": "Ends", "x": "train.loss", "y": "test.loss",
        "series": "schedule.initial", "x-scale": "log", "y-scale": "log" });
    let page = Page::with(2_500, json!([ends]));
    browser.open(&page.path);
    let loaded = browser.text("Math.round(performance.getEntriesByType('navigation')[0].loadEventStart)");
    println!("10,001 runs, 10,000 points in one figure: open after {loaded} ms; median, 95 % and longest:");
    let (x, y) = browser.middle("#ends .sheet");
    let moved = frames(&mut browser, |browser| {
        (0..200).for_each(|i| browser.mouse("mouseMoved", (x - 300.0 + 3.0 * f64::from(i), y), 0));
    });
    println!("  pointer over the points: {moved}");
    let selected = frames(&mut browser, |browser| {
        browser.mouse("mousePressed", (x - 200.0, y - 100.0), 1);
        (0..60).for_each(|i| browser.mouse("mouseMoved", (x - 200.0 + 4.0 * f64::from(i), y + 50.0), 0));
        browser.mouse("mouseReleased", (x + 40.0, y + 50.0), 1);
    });
    println!("  a part is chosen and seen larger: {selected}");
    let toggled = frames(&mut browser, |browser| {
        for _ in 0..4 {
            browser.eval("document.querySelector('#ends .legend button').click()");
            browser.eval("new Promise((ok) => requestAnimationFrame(ok))");
        }
    });
    println!("  a series is hidden and shown: {toggled}");
    let scrolled = frames(&mut browser, |browser| {
        browser.eval("document.querySelector('.rows').scrollIntoView()");
        for _ in 0..60 {
            browser.eval("document.querySelector('.rows').scrollTop += 400");
            browser.eval("new Promise((ok) => requestAnimationFrame(ok))");
        }
    });
    println!("  the table is scrolled: {scrolled}");
}
