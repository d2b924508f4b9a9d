//! The page as text: what is escaped, what may run, and how the script is written.

use base64::Engine;
use sha2::{Digest, Sha256};

use super::shell::{STYLE, script};
use super::*;
use crate::made_up;

/// Letters with which a text would leave the place where it stands.
const EVIL: &str = "</script></style><img src=x onerror=alert(1)>\"'&]]>";

fn page_of(results: &Results) -> String {
    page(results, &[], &[], &[])
}

#[test]
fn no_text_of_a_file_or_a_record_becomes_markup() {
    let mut results = made_up::results(2, |batch, _| batch);
    results.plan.title = EVIL.to_owned();
    results.plan.question = EVIL.to_owned();
    results.plan.name = EVIL.to_owned();
    results.plan.profile = Some(EVIL.to_owned());
    results.plan.overrides = vec![EVIL.to_owned()];
    results.runs[0].spec["note"] = json!(EVIL);
    results.runs[0].status = thalweg_records::Status::Failed { why: EVIL.to_owned() };
    results.runs[1].metrics[0].name = EVIL.to_owned();
    results.runs[1].provenance.machine = EVIL.to_owned();
    let page = page_of(&results);
    assert!(!page.contains("<img"), "{page}");
    assert_eq!(page.matches("</script>").count(), 2, "the data and the script");
    assert_eq!(page.matches("</style>").count(), 1);
    let data = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["name"], EVIL, "and it is there as it was written");
}

#[test]
fn runs_that_did_not_complete_are_named_as_in_figures() {
    let mut results = made_up::results(1, |batch, _| batch);
    results.plan.axes = vec!["optimizer".into()];
    for (i, run) in results.runs.iter_mut().enumerate() {
        let rule = json!({ "kind": "momentum", "beta": 0.5 * (i % 2) as f64 });
        run.spec["optimizer"] = rule;
        if i % 2 == 1 {
            run.status = thalweg_records::Status::Diverged { step: Some(3) };
        }
    }
    let page = page_of(&results);
    let table = page.split("Runs that did not complete").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(
        table.contains("momentum, beta 0.5") && !table.contains("beta 0<") && !table.contains('{'),
        "{table}"
    );
}

#[test]
fn the_page_asks_for_nothing_and_runs_nothing_but_its_own() {
    let page = page_of(&made_up::results(2, |batch, _| batch));
    for wanted in ["src=", "@import", "url(http", " style=", " onclick", " onload", "javascript:"] {
        assert!(!page.split("<script>").next().unwrap().contains(wanted), "{wanted}");
    }
    for own in [STYLE, &script(&SCRIPT)] {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(own));
        assert!(page.contains(&format!("&#x27;sha256-{hash}")) || page.contains(&format!("'sha256-{hash}'")));
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_script_is_written_to_be_read() {
    for part in SCRIPT {
        assert!(part.starts_with("// "), "each topic says what it is: {part:.60}");
        assert!(part.lines().count() <= 400, "{part:.60}");
        let long = part.lines().find(|line| line.chars().count() > 110);
        assert_eq!(long, None, "{part:.60}");
    }
}
