//! The invariants of ARCHITECTURE.md that a look at the files can check.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates and what each may import, as the table in ARCHITECTURE.md says.
const EDGES: [(&str, &[&str]); 12] = [
    ("numeric", &[]),
    ("document", &[]),
    ("datasets", &["numeric"]),
    ("network", &["numeric"]),
    ("optimizers", &["numeric"]),
    ("landscape", &["numeric"]),
    ("statistics", &[]),
    ("records", &[]),
    ("experiment", &["numeric", "document", "datasets", "network", "optimizers", "landscape", "records"]),
    ("report", &["document", "records", "statistics"]),
    (
        "thalweg",
        &[
            "numeric",
            "document",
            "datasets",
            "network",
            "optimizers",
            "landscape",
            "statistics",
            "records",
            "experiment",
            "report",
        ],
    ),
    ("cli", &["thalweg"]),
];

/// The storeys of the crate `experiment`, and which each may enter.
const STOREYS: [(&str, &[&str]); 7] = [
    ("file", &[]),
    ("outcome", &[]),
    ("checkpoint", &[]),
    ("inputs", &["file"]),
    ("probes", &["checkpoint", "file", "inputs", "outcome"]),
    ("plan", &["file", "inputs", "outcome", "probes"]),
    ("run", &["checkpoint", "file", "inputs", "outcome", "probes", "plan"]),
];

#[test]
fn crates_import_what_they_may_and_the_code_map_says_so() {
    let map = read("ARCHITECTURE.md");
    assert_eq!(crates(), EDGES.iter().map(|(name, _)| (*name).to_owned()).collect());
    for (name, allowed) in EDGES {
        let manifest = manifest(&format!("crates/{name}/Cargo.toml"));
        let imported: BTreeSet<&str> = manifest["dependencies"]
            .as_table()
            .unwrap()
            .keys()
            .filter_map(|dependency| {
                dependency.strip_prefix("thalweg-").or((dependency == "thalweg").then_some("thalweg"))
            })
            .collect();
        assert_eq!(imported, allowed.iter().copied().collect(), "what `{name}` imports");
        let row = map.lines().find(|line| line.starts_with(&format!("| `crates/{name}` |")));
        let row = row.unwrap_or_else(|| panic!("the code map does not name crates/{name}"));
        let stated = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap().trim();
        let expected = if allowed.is_empty() { "–".to_owned() } else { allowed.join(", ") };
        assert_eq!(stated, expected, "the code map on crates/{name}");
    }
    let named = map.matches("| `crates/").count();
    assert_eq!(named, EDGES.len(), "the code map names a crate that does not exist");
}

#[test]
fn storeys_of_the_experiment_crate_enter_only_those_below() {
    for (name, text) in sources("crates/experiment/src") {
        let inside = name.strip_prefix("crates/experiment/src/").unwrap();
        let storey = inside.split(['/', '.']).next().unwrap();
        if storey == "lib" {
            continue;
        }
        let (_, allowed) = STOREYS
            .iter()
            .find(|(known, _)| *known == storey)
            .unwrap_or_else(|| panic!("{name} is in no storey"));
        let entered = text
            .split("crate::")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap());
        for entered in entered.filter(|entered| *entered != storey) {
            assert!(allowed.contains(&entered), "{name} enters crate::{entered}");
        }
    }
}

#[test]
fn no_two_files_of_a_crate_import_each_other() {
    for krate in crates() {
        let folder = format!("crates/{krate}/src");
        let files: Vec<(String, BTreeSet<String>)> = sources(&folder)
            .into_iter()
            .map(|(name, text)| (module(&name, &folder), imports(&text)))
            .collect();
        for (i, (a, of_a)) in files.iter().enumerate() {
            for (b, of_b) in &files[..i] {
                let is_knot = of_a.contains(b) && of_b.contains(a);
                assert!(!is_knot, "in {krate}, {a} and {b} import each other");
            }
        }
    }
}

/// A file as a path of modules: `a/b.rs` is `a::b`.
fn module(name: &str, folder: &str) -> String {
    let inside = name.strip_prefix(folder).unwrap().trim_start_matches('/').trim_end_matches(".rs");
    inside.replace('/', "::")
}

/// The modules that a text names from the root of its crate.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let paths = code.split("use crate::").skip(1);
    let lower = |c: char| c.is_ascii_lowercase() || c == '_' || c == ':';
    paths.map(|rest| rest.split(|c| !lower(c)).next().unwrap().trim_end_matches(':').to_owned()).collect()
}

#[test]
fn files_that_the_map_points_to_exist() {
    let map = read("ARCHITECTURE.md");
    let code = map.split('`').skip(1).step_by(2);
    let paths: Vec<&str> = code.filter(|code| code.contains('/') && code.ends_with(".rs")).collect();
    assert!(paths.len() > 5, "{paths:?}");
    for path in paths {
        let inside = root().join("crates").join(path);
        assert!(root().join(path).is_file() || inside.is_file(), "ARCHITECTURE.md names {path}");
    }
}

#[test]
fn every_module_says_what_it_is() {
    for (name, text) in sources("crates").into_iter().chain(sources("xtask")) {
        assert!(text.starts_with("//!"), "{name} has no module documentation");
    }
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    for (name, text) in sources("crates").into_iter().chain(sources("xtask")) {
        // Put together here, so that this file does not hold them.
        for attribute in [["#[", "allow("].concat(), ["#![", "allow("].concat()] {
            assert!(!text.contains(&attribute), "{name}");
        }
    }
}

#[test]
fn comments_keep_to_the_width_of_the_code() {
    let width = manifest("rustfmt.toml")["max_width"].as_integer().unwrap() as usize;
    for (name, text) in sources("crates").into_iter().chain(sources("xtask")) {
        let mut in_code = false;
        for (i, line) in text.lines().enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
            let comment = comment.trim_start_matches(['/', '!']).trim_start();
            in_code ^= comment.starts_with("```");
            // A row of a table or a formula cannot be broken.
            let is_prose = !in_code && !comment.starts_with('|');
            assert!(!is_prose || line.chars().count() <= width, "{name}:{} is longer than {width}", i + 1);
        }
    }
}

#[test]
fn runs_are_pure() {
    let none: [&str; 0] = [];
    assert_eq!(libraries_with(&["Instant", "SystemTime", "std::env::"]), none, "clock and environment");
    assert_eq!(libraries_with(&["println!", "eprint", "IsTerminal"]), none, "terminal");
    assert_eq!(libraries_with(&["anyhow"]), none, "anyhow");
    let records = [
        "disk",
        "pack",
        "result_folder",
        "result_folder/notes",
        "running",
        "running/checkpoint",
        "running/claim",
        "store",
        "store/index",
        "store/mending",
    ];
    let disk: Vec<String> = std::iter::once("crates/datasets/src/disk.rs".to_owned())
        .chain(records.map(|name| format!("crates/records/src/{name}.rs")))
        .collect();
    assert_eq!(libraries_with(&["std::fs"]), disk, "disk");
    assert_eq!(libraries_with(&["unsafe {"]), [""; 0], "unsafe");
}

#[test]
fn every_shared_dependency_is_used_and_declared_once() {
    let workspace = manifest("Cargo.toml");
    let declared: BTreeSet<String> =
        workspace["workspace"]["dependencies"].as_table().unwrap().keys().cloned().collect();
    let mut used = BTreeSet::new();
    let members = crates()
        .into_iter()
        .map(|name| format!("crates/{name}"))
        .chain(["xtask", "xtask/measure"].map(str::to_owned));
    for member in members {
        let manifest = manifest(&format!("{member}/Cargo.toml"));
        for section in ["dependencies", "dev-dependencies"] {
            for (name, source) in manifest.get(section).and_then(toml::Value::as_table).into_iter().flatten()
            {
                let inherited = source.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(inherited, "{member} declares {name} on its own");
                used.insert(name.clone());
            }
        }
    }
    assert_eq!(declared, used, "[workspace.dependencies]");
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    assert!(read("README.md").contains("\ncargo test --release --workspace\n"), "the README's test command");
    assert!(
        read("xtask/src/ci.rs").contains(r#"&["test", "--release", "--workspace"]"#),
        "the test step of ci"
    );
    assert!(read(".ci/run").contains("/release/xtask\" ci\n"));
}

#[test]
fn no_two_experiments_share_more_than_half_of_their_lines() {
    let texts = files("experiments", "toml").into_iter();
    let mut files: Vec<(String, BTreeSet<String>)> =
        texts.map(|(name, text)| (name, statements(&text))).collect();
    files.sort();
    assert!(files.len() > 40, "{} experiments", files.len());
    for (i, (a, of_a)) in files.iter().enumerate() {
        for (b, of_b) in &files[..i] {
            let (shared, all) = (of_a.intersection(of_b).count(), of_a.len().min(of_b.len()));
            assert!(
                2 * shared <= all,
                "{b} and {a} share {shared} of the {all} lines of the smaller: let one of them extend the other"
            );
        }
    }
}

/// The lines of an experiment file that say something of their own, each once: no comments, no headers, no
/// brackets. What many tables of a file say alike, such as `kind = "trend"`, would else outweigh all that it
/// says but once.
fn statements(text: &str) -> BTreeSet<String> {
    // No text in quotes has a space before a #.
    let plain = text.lines().map(|line| line.split(" #").next().unwrap().trim());
    let says = |line: &&str| line.contains('=') || line.chars().count() >= 20;
    plain.filter(|line| !line.starts_with(['#', '['])).filter(says).map(str::to_owned).collect()
}

#[test]
fn every_example_is_run_by_the_tests_and_named_in_the_pages() {
    let manifest = manifest("crates/thalweg/Cargo.toml");
    let tables = manifest["example"].as_array().unwrap();
    let is_run = |example: &toml::Value| {
        example["test"].as_bool() == Some(true) && example["harness"].as_bool() == Some(false)
    };
    let run: BTreeSet<&str> = tables
        .iter()
        .filter(|example| is_run(example))
        .filter_map(|example| example["name"].as_str())
        .collect();
    let examples = sources("crates/thalweg/examples");
    let names: BTreeSet<&str> =
        examples.iter().map(|(name, _)| name.rsplit('/').next().unwrap().trim_end_matches(".rs")).collect();
    assert_eq!(names, run, "[[example]] in crates/thalweg/Cargo.toml");
    for name in names {
        assert!(read("docs/rust.md").contains(&format!("\n| `{name}` | ")), "docs/rust.md on {name}");
    }
}

#[test]
fn links_between_pages_lead_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    for (page, text) in pages() {
        let folder = root().join(&page).parent().unwrap().to_owned();
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let target = if file.is_empty() { root().join(&page) } else { folder.join(file) };
            let leads_there = if anchor.is_empty() {
                target.exists()
            } else {
                fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(anchor))
            };
            if !leads_there {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn anchors_are_those_that_headings_have_on_the_web() {
    let found = anchors("# A `b-c`, d: e?\n\n```sh\n# no heading\n```\n## Ω_1\n## Ω_1\n");
    let expected = ["a-b-c-d-e", "ω_1", "ω_1-1"];
    assert_eq!(found, expected.map(str::to_owned).into());
}

#[test]
fn the_contents_page_lists_every_page_and_the_crate_includes_those_with_rust_code() {
    let (contents, krate) = (read("docs/SUMMARY.md"), read("crates/thalweg/src/lib.rs"));
    for (page, text) in pages() {
        let has_rust = text.lines().any(|line| line.trim_start().starts_with("```rust"));
        assert!(!has_rust || krate.contains(&format!("/{page}\")")), "no doctest has the code of {page}");
        let Some(inside) = page.strip_prefix("docs/").filter(|inside| *inside != "SUMMARY.md") else {
            continue;
        };
        // A design note is listed by the page of the notes.
        let is_listed = match inside.strip_prefix("notes/").filter(|note| *note != "README.md") {
            Some(note) => read("docs/notes/README.md").contains(&format!("]({note})")),
            None => contents.contains(&format!("]({inside})")),
        };
        assert!(is_listed, "no page of contents lists {page}");
    }
}

/// The README, the other pages of the root and all under `docs/`, by their path, with their text.
fn pages() -> Vec<(String, String)> {
    let names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let mut found: Vec<(String, String)> = names.map(|name| (name.to_owned(), read(name))).into();
    found.extend(files("docs", "md"));
    found
}

/// Targets of the links and pictures of a page, but for those on the web, outside of code.
fn links(text: &str) -> Vec<String> {
    let prose: Vec<&str> = outside_code(text).collect();
    let prose = prose.join("\n");
    // Code within a paragraph may be broken into lines; what has code for its text ends outside of it.
    let plain = prose.split("\n\n").flat_map(|paragraph| paragraph.split('`').step_by(2));
    let targets = plain.flat_map(|part| part.split("](").skip(1).filter_map(|rest| rest.split(')').next()));
    targets.filter(|target| !target.contains("://")).map(str::to_owned).collect()
}

/// What the headings of a page are called in links, as GitHub and mdBook do.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for heading in outside_code(text).filter(|line| line.starts_with('#')) {
        let title = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        let name: String = title.chars().filter(|c| c.is_alphanumeric() || ['-', '_'].contains(c)).collect();
        let again = (1..).map(|i| format!("{name}-{i}"));
        let free = [name.clone()].into_iter().chain(again).find(|name| !found.contains(name));
        found.extend(free);
    }
    found
}

/// The lines of a page that are no code.
fn outside_code(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn manifest(path: &str) -> toml::Table {
    toml::from_str(&read(path)).unwrap()
}

/// Names of the folders in `crates/`.
fn crates() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("crates")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// All Rust files under `folder`, by their path from the root, with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder, "rs")
}

/// All files under `folder` whose name ends so, by their path from the root, with their text.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let (mut open, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// Files of the libraries that hold any of `words`; the command line, tests and benches do not count.
fn libraries_with(words: &[&str]) -> Vec<String> {
    let library = |(name, _): &(String, String)| {
        name.contains("/src/") && !name.starts_with("crates/cli/") && !name.ends_with("tests.rs")
    };
    let holds = |(_, text): &(String, String)| {
        let code = text.split("#[cfg(test)]\nmod").next().unwrap();
        words.iter().any(|word| code.contains(word))
    };
    sources("crates").into_iter().filter(library).filter(holds).map(|(name, _)| name).collect()
}
