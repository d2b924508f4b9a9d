//! Numbers in the pages that come from experiments are those of the records.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use xtask::values::{Records, Rendered, pages, render, write};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn records() -> Records {
    Records::load(&root().join("docs/records")).unwrap()
}

#[test]
fn the_pages_say_what_the_records_say() {
    if std::env::var_os("BLESS").is_some() {
        write(root()).unwrap();
    }
    let (records, mut told, mut bound) = (records(), Vec::new(), 0);
    for path in pages(root()).unwrap() {
        let Rendered { bound: here, differences, faults, .. } =
            render(&fs::read_to_string(&path).unwrap(), &records);
        let name = path.strip_prefix(root()).unwrap().display();
        told.extend(faults.iter().chain(&differences).map(|remark| format!("{name}:{remark}")));
        bound += here;
    }
    assert!(told.is_empty(), "`cargo xtask docs` writes them anew:\n{}", told.join("\n"));
    assert!(bound > 100, "{bound} values");
}

/// A page, what stands there, and what somebody writes in its place.
const EDITS: [(&str, &str, &str); 13] = [
    ("README.md", ">81 %<", ">18 %<"),
    ("README.md", ">nine<", ">eight<"),
    ("docs/gallery.md", ">95.1 %<", ">95.7 %<"),
    (
        "docs/gallery.md",
        "**<!--= batch-size-equal-epochs/C2-equal-epochs verdict -->refuted<",
        "**<!--= batch-size-equal-epochs/C2-equal-epochs verdict -->supported<",
    ),
    ("docs/gallery.md", ">203<", ">230<"),
    ("docs/results.md", ">−0.83 [−0.96, −0.70], p = 0.0014<", ">0.83 [−0.96, −0.70], p = 0.0014<"),
    ("docs/results.md", ">−0.44 [−0.67, −0.21], p = 0.019<", ">−0.44 [−0.67, −0.21], p = 0.19<"),
    ("docs/results.md", ">0.10 → 0.50 → 0.70 → 0.79<", ">0.10 → 0.50 → 0.79 → 0.70<"),
    ("docs/landscape.md", ">4.6·10⁻⁵<", ">4.6·10⁻⁶<"),
    ("docs/howto/wine.md", ">58<", ">85<"),
    ("docs/museum.md", "0.191 [0.169, 0.217]", "0.119 [0.169, 0.217]"),
    ("docs/museum.md", "**refuted** | 0.677 [0.612, 0.75]", "**supported** | 0.677 [0.612, 0.75]"),
    ("docs/museum.md", ">65<", ">56<"),
];

#[test]
fn edits_of_any_kind_are_caught_and_mended() {
    let records = records();
    for (page, stands, edited) in EDITS {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let at = text.find(stands).unwrap_or_else(|| panic!("{page} has no {stands}"));
        let copy = text.replacen(stands, edited, 1);
        let rendered = render(&copy, &records);
        let [difference] = &rendered.differences[..] else {
            panic!("{page}: {edited}: {:?}", rendered.differences)
        };
        assert_eq!(difference.line, text[..at].lines().count().max(1), "{page}: {difference}");
        let inside =
            |text: &str| text.trim_end_matches('<').rsplit(['>', '|']).next().unwrap().trim().to_owned();
        assert!(difference.message.contains(&inside(edited)), "{difference}");
        assert!(difference.message.contains(&inside(stands)), "{difference}");
        assert_eq!(rendered.text, text, "{page}: rendering brings it back");
    }
}
