//! Figures that are drawn again.

use super::*;

#[test]
fn figures_are_drawn_as_they_are_wanted() {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["experiment", "small.toml", "-q"]).code, Some(0));
    let done = run(&folder, &["figures", "small", "--width", "85mm", "--format", "svg,pdf", "--to", "out"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let written: Vec<&str> = done.stdout.lines().map(|line| line.rsplit('/').next().unwrap()).collect();
    assert_eq!(written, ["loss.pdf", "loss.svg", "loss.txt"]);
    let svg = fs::read_to_string(folder.path().join("out/loss.svg")).unwrap();
    assert!(svg.contains(" width=\"85mm\" "), "{}", &svg[..300]);
    assert!(fs::read(folder.path().join("out/loss.pdf")).unwrap().starts_with(b"%PDF-1.7"));
    // The report of the result stays as it was.
    assert!(folder.path().join("results/small/figures/loss.svg").is_file());
    let done = run(&folder, &["figures", "small", "--theme", "screen", "--dark", "--format", "vega"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let vega = fs::read_to_string(folder.path().join("figures/loss.vl.json")).unwrap();
    assert!(vega.contains("\"background\": \"#15171b\""));
}

#[test]
fn all_that_is_wrong_with_a_call_is_told_at_once() {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["experiment", "small.toml", "-q"]).code, Some(0));
    let wrong = ["--theme", "papr", "--width", "85", "--format", "pdg", "--figure", "los"];
    let done = run(&folder, &[&["figures", "small"], &wrong[..]].concat());
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    let expected = "error: there is no theme `papr`\nhint: did you mean `paper`?\n\
        error: --width 85 has no unit\nhint: a number and its unit, as 85mm, 8.5cm, 3.3in or 1200px, from 40mm to 600mm (151 to 2268 pixels)\n\
        error: there is no format `pdg`\nhint: did you mean `pdf`?\n\
        error: there is no figure `los`\nhint: did you mean `loss`?\n";
    assert_eq!(done.stderr, expected);
    let done = run(&folder, &["figures", "small", "--dark"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("--dark is for slides and screen"), "{}", done.stderr);
    let done = run(&folder, &["figures", "smal"]);
    assert!(done.code != Some(0) && done.stderr.contains("smal"), "{}", done.stderr);
    assert!(!folder.path().join("figures").exists());
}
