//! The page in a browser, if there is one: what a reader sees, reads, clicks and prints.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "browser/devtools.rs"]
mod devtools;
#[path = "browser/made_up.rs"]
mod made_up;
#[path = "browser/many.rs"]
mod many;
#[path = "browser/several.rs"]
mod several;

use std::fs;
use std::path::PathBuf;

use devtools::Browser;
use made_up::{FEW, Page};
use serde_json::json;

/// The page of a few runs in a browser; `None` where there is no browser.
fn opened() -> Option<(Page, Browser)> {
    let mut browser = Browser::start()?;
    let page = Page::new(FEW);
    browser.open(&page.path);
    Some((page, browser))
}

/// What `runs.csv` has in a column for the run with a key.
fn cell(page: &Page, key: &str, column: &str) -> f64 {
    let table = fs::read_to_string(page.path.with_file_name("runs.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let place = rows[0].iter().position(|name| *name == column).unwrap();
    let row = rows.iter().find(|row| row[0] == key).unwrap();
    row[place].parse().unwrap()
}

/// How far two numbers are apart that agree in five digits.
fn agree(text: &str, value: f64) {
    let number: f64 = text.parse().unwrap_or_else(|_| panic!("{text} is no number"));
    assert!((number - value).abs() <= 1e-4 * value.abs(), "{number} for {value}");
}

#[test]
fn it_opens_from_the_disk_without_a_message_or_a_request() {
    let Some((page, mut browser)) = opened() else { return };
    assert_eq!(browser.text("document.querySelector('h1').textContent"), made_up::EVIL);
    assert_eq!(browser.text("document.documentElement.className"), "live", "the script has run to its end");
    assert_eq!(browser.text("document.title"), made_up::EVIL, "nothing in a title was run");
    assert_eq!(browser.console(), [""; 0]);
    assert_eq!(browser.requests(), [format!("file://{}", page.path.display())]);
}

#[test]
fn the_pointer_and_the_keys_read_what_the_table_has() {
    let Some((page, mut browser)) = opened() else { return };
    // By keys: the first point from the left.
    browser.eval("document.querySelector('#ends .sheet').focus()");
    browser.key("ArrowRight");
    let told = browser.text("document.querySelector('#ends .tip .value').textContent");
    let link = browser.text("document.querySelector('#ends .tip a').getAttribute('href')");
    let key = link.strip_prefix("#run=").unwrap();
    agree(&told, cell(&page, key, "test.loss"));
    // By the pointer: at the same place, and at no other.
    let (x, y) = browser.middle("#ends .here");
    browser.eval("document.activeElement.blur()");
    assert_eq!(browser.eval("document.querySelector('#ends .tip').hidden"), true);
    browser.mouse("mouseMoved", (x + 1.0, y + 1.0), 0);
    assert_eq!(browser.eval("document.querySelector('#ends .tip').hidden"), false);
    assert_eq!(browser.text("document.querySelector('#ends .tip .value').textContent"), told);
    // A click opens the run of the point.
    browser.click((x, y));
    browser.until("document.querySelector('dialog')?.open");
    assert!(browser.text("document.querySelector('dialog').textContent").contains(key));
    // A mean leads to all of its runs.
    browser.key("Escape");
    browser.eval("document.querySelector('#means .sheet').focus()");
    browser.key("ArrowRight");
    browser.key("Enter");
    let runs = browser.eval("[...document.querySelectorAll('#means .tip li')].map((e) => e.textContent)");
    assert_eq!(runs.as_array().unwrap().len(), 3, "{runs}");
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn series_are_toggled_and_isolated() {
    let Some((_, mut browser)) = opened() else { return };
    let n = "document.querySelectorAll('#curves .marks path.line').length";
    let button = |i: u32| format!("document.querySelectorAll('#curves .legend button')[{i}]");
    assert_eq!(browser.eval(n), 5);
    browser.eval(&format!("{}.click()", button(1)));
    assert_eq!(browser.eval(n), 4);
    assert_eq!(browser.text(&format!("{}.getAttribute('aria-pressed')", button(1))), "false");
    browser.eval(&format!(
        "{}.dispatchEvent(new MouseEvent('click', {{ shiftKey: true, bubbles: true }}))",
        button(2)
    ));
    assert_eq!(browser.eval(n), 1, "alone");
    browser.eval("document.querySelector('#curves .legend .all').click()");
    assert_eq!(browser.eval(n), 5);
    let at = browser.middle("#curves .legend button:nth-child(3)");
    browser.click(at);
    browser.mouse("mousePressed", at, 2);
    browser.mouse("mouseReleased", at, 2);
    assert_eq!(browser.eval(n), 1, "a double click is as good as Shift");
}

#[test]
fn scales_change_and_a_part_is_seen_larger() {
    let Some((_, mut browser)) = opened() else { return };
    let ticks = "[...document.querySelectorAll('#ends .axes text')].map((e) => e.textContent).join(' ')";
    let before = browser.text(ticks);
    browser.eval("document.querySelector('#ends .scale-y').click()");
    let linear = browser.text(ticks);
    assert_ne!(before, linear);
    assert!(browser.text("document.querySelector('#ends .scale-y').textContent").ends_with("linear"));
    browser.eval("document.querySelector('#ends .scale-y').click()");
    assert_eq!(browser.text(ticks), before, "there and back");
    let (x, y) = browser.middle("#ends .sheet");
    browser.mouse("mouseMoved", (x - 60.0, y - 60.0), 0);
    browser.mouse("mousePressed", (x - 60.0, y - 60.0), 1);
    browser.mouse("mouseMoved", (x + 60.0, y + 40.0), 0);
    assert_eq!(browser.eval("document.querySelectorAll('.selection').length"), 1);
    browser.mouse("mouseReleased", (x + 60.0, y + 40.0), 1);
    assert_ne!(browser.text(ticks), before);
    browser.eval(
        "[...document.querySelectorAll('#ends button')].find((e) => e.textContent === 'Whole axes').click()",
    );
    assert_eq!(browser.text(ticks), before);
    assert_eq!(browser.console(), [""; 0]);
}

/// What would go to the disk is kept in `window.kept`.
fn keep_downloads(browser: &mut Browser) {
    browser.eval(
        "window.kept = []; URL.createObjectURL = (blob) => { window.kept.push(blob); return 'about:blank#'; }; \
         HTMLAnchorElement.prototype.click = () => {};",
    );
}

#[test]
fn what_the_colours_of_a_field_mean_goes_along() {
    let Some((_, mut browser)) = opened() else { return };
    keep_downloads(&mut browser);
    browser.eval("document.querySelector('#map .file').click()");
    let svg = browser.text("window.kept[0].text()");
    let ticks = "[...document.querySelectorAll('#map .bar-of-colors text')].map((e) => e.textContent)";
    let ticks = browser.eval(ticks);
    let written = |text: &str| svg.contains(&format!(">{text}</text>"));
    assert!(written("test loss") && ticks.as_array().unwrap().len() > 1, "{svg:.400}");
    assert!(ticks.as_array().unwrap().iter().all(|tick| written(tick.as_str().unwrap())), "{ticks}");
}

#[test]
fn downloads_hold_the_text_and_the_numbers_of_the_figure() {
    let Some((page, mut browser)) = opened() else { return };
    keep_downloads(&mut browser);
    browser.eval("document.querySelectorAll('#ends .file')[0].click()");
    let svg = browser.text("window.kept[0].text()");
    assert!(
        svg.starts_with("<svg") && svg.contains("Ends of all runs") && svg.contains("test loss"),
        "{svg}"
    );
    assert!(!svg.contains("class=") && !svg.contains("light-dark"), "it stands alone: {svg:.400}");
    browser.eval("document.querySelectorAll('#ends .file')[2].click()");
    let csv = browser.text("window.kept[1].text()");
    let first: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    let points = browser.eval(
        "JSON.parse(document.getElementById('data').textContent).runs.rows.filter((row) => row.includes('completed'))",
    );
    let keys = points.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap().to_owned());
    let least = keys.map(|key| cell(&page, &key, "test.loss")).fold(f64::INFINITY, f64::min);
    assert!(csv.lines().count() == 13 && first.len() == 6, "{csv}");
    let losses = csv.lines().skip(1).map(|line| line.split(',').nth(3).unwrap().parse::<f64>().unwrap());
    agree(&losses.fold(f64::INFINITY, f64::min).to_string(), least);
    browser.eval("document.querySelectorAll('#ends .file')[1].click()");
    let png = browser.text(
        "new Promise((ok) => { const wait = () => window.kept[2] ? ok(window.kept[2].type) : setTimeout(wait, 50); wait(); })",
    );
    assert_eq!(png, "image/png");
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn runs_are_sorted_filtered_and_opened() {
    let Some((page, mut browser)) = opened() else { return };
    let column = |name: &str| {
        format!(
            "(() => {{ const i = [...document.querySelectorAll('#run-table th button')]\
             .findIndex((e) => e.textContent === '{name}'); return [...document.querySelectorAll('#run-table tbody \
             tr[aria-rowindex]')].map((row) => row.children[i].textContent); }})()"
        )
    };
    let losses = |browser: &mut Browser| -> Vec<f64> {
        let cells = browser.eval(&column("test.loss"));
        cells.as_array().unwrap().iter().filter_map(|cell| cell.as_str()?.parse().ok()).collect()
    };
    let click = "[...document.querySelectorAll('#run-table th button')].find((e) => e.textContent === 'test.loss').click()";
    browser.eval(click);
    assert!(losses(&mut browser).is_sorted());
    browser.eval(click);
    assert!(losses(&mut browser).iter().rev().is_sorted());
    assert_eq!(browser.eval("document.querySelectorAll('th[aria-sort=descending]').length"), 1);
    let filter = |text: &str| {
        format!(
            "(() => {{ const e = document.getElementById('run-filter'); e.value = '{text}'; \
             e.dispatchEvent(new Event('input')); return document.getElementById('run-count').textContent; }})()"
        )
    };
    assert_eq!(browser.text(&filter("status=diverged")), "1 of 13 runs");
    assert_eq!(browser.text(&filter("test.loss<0.2 replicate=1")), "2 of 13 runs");
    assert!(losses(&mut browser).iter().all(|loss| *loss < 0.2));
    assert_eq!(browser.text(&filter("")), "13 of 13 runs");
    // The first row as it is sorted has the largest loss.
    let link = browser.text("document.querySelector('#run-table tbody a').getAttribute('href')");
    browser.eval("document.querySelector('#run-table tbody tr[aria-rowindex] td').click()");
    let key = link.strip_prefix("#run=").unwrap();
    browser.until("document.querySelector('dialog')?.open");
    let run = browser.text("document.querySelector('dialog').textContent");
    assert!(run.contains(key));
    assert!(run.contains(&format!("--run {key}")), "the command that computes it again");
    let rate = cell(&page, key, "schedule.initial");
    let toml = browser.text("[...document.querySelectorAll('dialog pre')].at(-1).textContent");
    assert!(toml.contains(&format!("[schedule]\ninitial = {rate}\n")), "{toml}");
    assert!(toml.starts_with("seed = 1\n"), "values before tables: {toml}");
    // A curve, and the boundary with its field and the two points of this run.
    let drawn =
        "[...document.querySelectorAll('dialog .curves svg')].map((e) => e.querySelectorAll('image').length)";
    assert_eq!(browser.eval(drawn), json!([0, 1]));
    let says = browser.text("document.querySelectorAll('dialog .curves svg')[1].getAttribute('aria-label')");
    assert!(says.starts_with("Decision boundary"), "{says}");
    // Its line, from the foot to the head, is where the rate is.
    let ends = browser.eval(
        "(() => { const svg = document.querySelectorAll('dialog .curves svg')[1]; const box = (e) => \
         e.getBoundingClientRect(); const frame = box(svg.querySelector('.frame')); const line = \
         box([...svg.querySelectorAll('.marks path')].find((e) => e.getAttribute('d').includes('L'))); \
         return [(line.x + line.width / 2 - frame.x) / frame.width, line.height / frame.height]; })()",
    );
    let (at, high) = (ends[0].as_f64().unwrap(), ends[1].as_f64().unwrap());
    assert!((at - rate).abs() < 0.02 && (high - 1.0).abs() < 0.05, "{ends} for {rate}");
    browser.key("Escape");
    browser.until("!document.querySelector('dialog').open");
    // The runs behind a claim.
    browser.eval("document.querySelector('details.behind').open = true");
    browser.eval("new Promise((ok) => setTimeout(ok, 100))");
    assert!(browser.eval("document.querySelectorAll('details.behind a').length").as_u64().unwrap() > 0);
    assert_eq!(browser.console(), [""; 0]);
}

/// Text that is too small, and text that is hard to tell from what is behind it.
const HARD_TO_READ: &str = r#"(() => {
  const luminance = (c) => {
    const [r, g, b] = c.map((x) => x / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const channels = (text) => text.match(/[\d.]+/g).map(Number);
  // Text in a drawing stands on the last area that was painted there before it.
  const field = (node) => {
    const box = node.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const holds = (b) => b.left <= x && x <= b.right && b.top <= y && y <= b.bottom;
    const isBefore = (e) => node.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING;
    const areas = [...(node.ownerSVGElement?.querySelectorAll("rect") ?? [])].filter(isBefore);
    const fill = (e) => getComputedStyle(e).fill;
    return areas.filter((e) => /^rgb\(/.test(fill(e)) && holds(e.getBoundingClientRect())).map(fill).at(-1);
  };
  const behind = (node) => {
    const painted = field(node);
    if (painted) return channels(painted);
    for (let e = node; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.getClientRects().length || ["SCRIPT", "TITLE", "DESC"].includes(node.tagName)) continue;
    const style = getComputedStyle(node);
    const svg = node.ownerSVGElement;
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    if (parseFloat(style.fontSize) * scale < 11) found.push(`small: ${node.textContent}`);
    const color = channels(svg ? style.fill : style.color).slice(0, 3);
    const [a, b] = [luminance(color), luminance(behind(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`faint: ${node.textContent.slice(0, 40)} ${color}`);
  }
  return found;
})()"#;

#[test]
fn it_is_read_in_the_dark_and_on_a_phone() {
    let Some((_, mut browser)) = opened() else { return };
    let paper = "getComputedStyle(document.body).backgroundColor";
    let line = "getComputedStyle(document.querySelector('#curves .marks path.line')).stroke";
    let light = [browser.text(paper), browser.text(line)];
    let cells = "document.querySelectorAll('#map .on-dark, #map .on-light').length";
    assert_eq!(browser.eval(cells), 4, "numbers in cells are looked at too");
    assert_eq!(browser.eval(HARD_TO_READ), json!([]), "in the light");
    browser.theme("dark");
    let dark = [browser.text(paper), browser.text(line)];
    assert!(
        light[0] == "rgb(255, 255, 255)" && light[0] != dark[0] && light[1] != dark[1],
        "{light:?} {dark:?}"
    );
    assert_eq!(browser.eval(HARD_TO_READ), json!([]), "in the dark");
    browser.eval("document.getElementById('theme').click()");
    assert_eq!([browser.text(paper), browser.text(line)], light, "light is chosen");
    browser.resize(390, 844);
    browser.eval("new Promise((ok) => setTimeout(ok, 300))");
    assert_eq!(browser.eval("document.documentElement.scrollWidth"), 390);
    assert_eq!(browser.eval(HARD_TO_READ), json!([]), "on a phone");
    let cut = "[...document.querySelectorAll('.panel text')].filter((e) => { const b = e.getBoundingClientRect(); \
               return b.left < 0 || b.right > 390; }).map((e) => e.textContent)";
    assert_eq!(browser.eval(cut), json!([]));
    browser.eval("document.querySelector('#run-table tbody tr[aria-rowindex] td').click()");
    browser.until("document.querySelector('dialog')?.open");
    let is_whole =
        "(() => { const e = document.querySelector('dialog'); return e.scrollWidth === e.clientWidth; })()";
    assert_eq!(browser.eval(is_whole), true);
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn it_is_printed_and_read_without_scripts() {
    let Some((page, mut browser)) = opened() else { return };
    let printed = browser.call("Page.printToPDF", json!({ "preferCSSPageSize": true }));
    let data = printed["data"].as_str().unwrap();
    // "%PDF-" in base64.
    assert!(data.starts_with("JVBERi0") && data.len() > 20_000, "{}", data.len());
    // Figures are drawn for the page, whatever the screen is, and afterwards for the screen again.
    let width = "document.querySelector('#curves .panel').getAttribute('width')";
    let on_screen = browser.eval(width);
    browser.eval("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(browser.text(width), "688");
    browser.eval("dispatchEvent(new Event('afterprint'))");
    assert_eq!(browser.eval(width), on_screen);
    browser.scripts(false);
    browser.open(&page.path);
    browser.scripts(true);
    let words = browser
        .text("[...document.querySelectorAll('#ends .drawing text')].map((e) => e.textContent).join(' ')");
    assert!(words.contains("test loss"), "{words}");
    let told = browser.text("document.querySelector('#ends desc').textContent");
    assert!(told.contains("test loss") && told.contains("points"), "{told}");
    assert_eq!(browser.eval("document.querySelectorAll('#run-table tbody tr').length"), 13);
    assert!(browser.text("document.querySelector('.result').textContent").starts_with("The only claim is "));
}

/// For a look: where the page of the tests is written if `KEEP` names a folder.
#[test]
fn a_page_can_be_kept() {
    let Some(folder) = std::env::var_os("KEEP").map(PathBuf::from) else { return };
    let page = Page::new(FEW);
    fs::create_dir_all(&folder).unwrap();
    fs::copy(&page.path, folder.join("report.html")).unwrap();
}
