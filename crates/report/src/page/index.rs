//! `index.html`: the results of a store, to be sorted, filtered and opened.

use base64::Engine;
use serde_json::json;

use super::markup::{Markup, encoded};
use super::states::{self, State};
use super::{shell, verdicts};
use crate::Word;
use crate::claims::counted;
use crate::index::{Content, Entry, Index};

/// The script, topic by topic.
pub(super) const SCRIPT: [&str; 3] =
    [include_str!("script/tools.js"), include_str!("script/theme.js"), include_str!("script/index.js")];

/// The whole page.
pub(crate) fn page(index: &Index) -> String {
    let mut body = Markup::default();
    body.element("nav", &[("aria-label", "Parts of the page")], |body| {
        body.leaf("a", &[("href", "#results")], "Results");
        shell::theme(body);
    });
    body.element("main", &[], |body| {
        body.element("header", &[("id", "top")], |body| {
            body.leaf("h1", &[], "Results");
            body.leaf("p", &[("class", "about")], &about(index));
        });
        body.element("div", &[("id", "results")], |body| {
            index.entries.iter().for_each(|entry| card(body, entry));
        });
    });
    shell::whole("Results", &body.into_string(), &json!({}), &SCRIPT)
}

/// `In results: 3 results, the latest first; 120 runs, 4 of them not there. …`
fn about(index: &Index) -> String {
    let all = index.entries.iter().filter_map(|entry| entry.content.as_ref().ok());
    let (planned, present) =
        all.fold((0, 0), |sum, own| (sum.0 + own.runs.planned, sum.1 + own.runs.present));
    let missing = match planned - present {
        0 => "all of them there".to_owned(),
        n => format!("{n} of them not there"),
    };
    let store = if index.store.is_empty() { "the store" } else { &index.store };
    if index.entries.is_empty() {
        return format!("There are no results in {store} yet.");
    }
    let order = if index.entries.len() > 1 { ", the latest first" } else { "" };
    let (results, runs) = (counted(index.entries.len(), "result"), counted(planned, "run"));
    format!("In {store}: {results}{order}; {runs}, {missing}. Verdicts are those of the last report of each.")
}

fn card(page: &mut Markup, entry: &Entry) {
    let Entry { name, when, content } = entry;
    let id = format!("result-{name}");
    let content = match content {
        Ok(content) => content,
        Err(why) => {
            page.element("article", &[("class", "card missing"), ("id", &id), ("data-name", name)], |page| {
                page.leaf("h2", &[], name);
                page.leaf("p", &[], &format!("Not read: {why}."));
            });
            return;
        }
    };
    let count = |word: Word| content.verdicts.iter().filter(|(_, own)| *own == word).count().to_string();
    let attributes = [
        ("class", "card"),
        ("id", &id),
        ("data-name", name),
        ("data-when", when),
        ("data-runs", &content.runs.planned.to_string()),
        ("data-missing", &(content.runs.planned - content.runs.present).to_string()),
        ("data-refuted", &count(Word::Refuted)),
        ("data-inconclusive", &count(Word::Inconclusive)),
    ];
    let report = format!("{}/report.html", encoded(name));
    page.element("article", &attributes, |page| {
        if let Some(png) = &content.thumbnail {
            let data = base64::engine::general_purpose::STANDARD.encode(png);
            let source = format!("data:image/png;base64,{data}");
            page.void("img", &[("class", "thumbnail"), ("alt", ""), ("width", "160"), ("src", &source)]);
        }
        page.element("header", &[], |page| {
            page.element("h2", &[], |page| match content.is_reported {
                true => page.leaf("a", &[("href", &report)], &content.title),
                false => page.text(&content.title),
            });
            page.leaf("span", &[("class", "name")], name);
        });
        if !content.question.is_empty() {
            page.leaf("p", &[("class", "question")], &content.question);
        }
        if content.verdicts.is_empty() {
            let what = if content.is_reported { "It has no claims." } else { "No report was written yet." };
            page.leaf("p", &[("class", "muted")], what);
        } else {
            let told: Vec<_> = content.verdicts.iter().map(|(id, word)| (id.as_str(), *word)).collect();
            verdicts::sentence(page, &told, &report);
        }
        endings(page, content);
        page.leaf("p", &[("class", "facts")], &facts(entry, content));
    });
}

/// The runs as a bar and in words.
fn endings(page: &mut Markup, content: &Content) {
    let runs = &content.runs;
    let parts = [
        (State::Completed, runs.completed),
        (State::Diverged, runs.diverged),
        (State::Failed, runs.failed + runs.damaged),
        (State::Missing, runs.planned - runs.present - runs.damaged),
    ];
    page.element("p", &[("class", "states")], |page| {
        page.raw(&states::bar(&parts));
        page.text(&format!(" {}: {runs}", counted(runs.planned, "run")));
    });
}

/// `2026-12-01 08:15 · experiments/batch-size.toml · profile quick · train.steps=100`
fn facts(entry: &Entry, content: &Content) -> String {
    let mut facts = vec![format!("{} UTC", entry.when)];
    facts.extend(content.source.clone());
    facts.extend(content.profile.iter().map(|profile| format!("profile {profile}")));
    facts.extend(content.overrides.iter().cloned());
    facts.extend(content.exploratory.then(|| "exploratory".to_owned()));
    facts.join(" · ")
}
