//! The page of results that are being computed: a card for each, which the script replaces when it changes.

use serde_json::json;

use super::markup::{Markup, encoded};
use super::provenance::duration;
use super::shell;
use super::states::{self, State as Part};
use crate::claims::counted;
use crate::draw::drawn;
use crate::standing::{Going, Interim, Standing, State};

/// The script, topic by topic.
pub(super) const SCRIPT: [&str; 3] =
    [include_str!("script/tools.js"), include_str!("script/theme.js"), include_str!("script/watch.js")];

/// What the page may load: pictures and news from where it came from.
const RULES: &str = "img-src 'self' data:; connect-src 'self'";
/// Runs on their way that are listed.
const MOST: usize = 12;
/// Points of a small curve.
const POINTS: usize = 120;

/// The whole page.
pub(crate) fn page(all: &[Standing]) -> String {
    let mut body = Markup::default();
    body.element("nav", &[("aria-label", "Parts of the page")], |body| {
        body.leaf("a", &[("href", "#results")], "Results");
        body.leaf("span", &[("id", "pulse"), ("class", "muted"), ("role", "status")], "");
        shell::theme(body);
    });
    body.element("main", &[], |body| {
        body.element("header", &[("id", "top")], |body| {
            body.leaf("h1", &[], "Results on their way");
            body.element("noscript", &[], |body| {
                body.leaf(
                    "p",
                    &[("class", "warning")],
                    "Without JavaScript this page stays as it is: load it again.",
                );
            });
        });
        body.element("div", &[("id", "results")], |body| all.iter().for_each(|own| body.raw(&card(own))));
        let none = [("id", "none"), ("class", "muted"), ("hidden", "")];
        let none = if all.is_empty() { &none[..2] } else { &none[..] };
        body.leaf("p", none, "There are no results yet. They appear here as soon as they are planned.");
    });
    shell::written("Results on their way", &body.into_string(), &json!({}), &SCRIPT, RULES)
}

/// What is seen of a result.
pub(crate) fn card(standing: &Standing) -> String {
    let mut page = Markup::default();
    let id = standing.id();
    let link = format!("{}/{}", standing.store, encoded(&standing.name));
    page.element(
        "article",
        &[("class", "card"), ("id", &format!("result-{id}")), ("data-id", &id)],
        |page| {
            page.element("header", &[], |page| {
                page.leaf(
                    "h2",
                    &[],
                    if standing.title.is_empty() { &standing.name } else { &standing.title },
                );
                page.leaf("span", &[("class", &format!("badge {}", badge(standing)))], badge(standing));
            });
            let place = standing.store_name.as_ref().map_or_else(String::new, |store| format!("{store}/"));
            page.leaf("p", &[("class", "name")], &format!("{place}{}", standing.name));
            if let Some(problem) = &standing.problem {
                page.leaf("p", &[("class", "missing")], &format!("Not read: {problem}."));
                return;
            }
            let counts = &standing.counts;
            page.element("p", &[("class", "states")], |page| {
                page.raw(&states::bar(&[
                    (Part::Completed, counts.completed),
                    (Part::Diverged, counts.diverged),
                    (Part::Failed, counts.failed + counts.unusable),
                    (Part::Running, counts.running),
                    (Part::Stale, counts.stale),
                    (Part::Missing, counts.missing() + counts.paused),
                ]));
                page.text(&format!(" {}", standing.in_words()));
                if let Some(seconds) = standing.remaining.filter(|_| counts.running > 0) {
                    page.text(&format!("; about {} remaining", duration(seconds)));
                }
                page.text(".");
            });
            if standing.is_reported {
                page.element("p", &[("class", "facts")], |page| {
                    page.leaf("a", &[("href", &format!("/results/{link}/report.html"))], "Report");
                    page.text(if standing.interim.is_final { "" } else { ", as it was written last" });
                });
            }
            going(page, &standing.going);
            interim(page, &id, &standing.interim);
            pictures(page, &id, &link, standing);
        },
    );
    page.into_string()
}

/// What becomes of a result, in a word.
fn badge(standing: &Standing) -> &'static str {
    let counts = &standing.counts;
    match () {
        () if standing.problem.is_some() => "damaged",
        () if counts.done() + counts.unusable >= counts.planned => "finished",
        () if counts.running > 0 => "running",
        () if counts.stale > 0 => "stale",
        () => "waiting",
    }
}

/// The runs on their way, each with its loss.
fn going(page: &mut Markup, all: &[Going]) {
    if all.is_empty() {
        return;
    }
    page.element("div", &[("class", "going")], |page| {
        for own in all.iter().take(MOST) {
            page.element("figure", &[("class", "on-its-way")], |page| {
                page.element("figcaption", &[], |page| {
                    page.leaf("b", &[], &own.words);
                    page.text(&format!(": {}", told(own)));
                });
                if let Some(svg) = own.curve.as_ref().and_then(|curve| sparkline(&curve.steps, &curve.values))
                {
                    page.raw(&svg);
                }
            });
        }
    });
    if all.len() > MOST {
        page.leaf("p", &[("class", "muted")], &format!("and {} more on their way", all.len() - MOST));
    }
}

/// `saved at step 1200 of 5000, train.loss 0.31; process 17 on here has fallen silent`
fn told(own: &Going) -> String {
    let steps = own.steps.map_or_else(String::new, |steps| format!(" of {steps}"));
    let mut text = match own.step {
        Some(step) => format!("saved at step {step}{steps}"),
        None => "not saved yet".to_owned(),
    };
    if let Some((name, last)) = own.curve.as_ref().and_then(|own| Some((&own.name, own.values.last()?))) {
        text += &format!(", {name} {}", drawn(*last, 4));
    }
    let worker = own.worker.as_deref().unwrap_or("nobody");
    text + &match own.state {
        State::Running => format!("; by {worker}"),
        State::Stale => format!("; stale: {worker} has ended or fallen silent"),
        State::Paused => "; nobody computes it".to_owned(),
    }
}

/// A curve without axes; positive values that span much are on a logarithmic one.
fn sparkline(steps: &[u64], values: &[f64]) -> Option<String> {
    const WIDTH: f64 = 240.0;
    const HEIGHT: f64 = 48.0;
    let every = steps.len().div_ceil(POINTS).max(1);
    let last = steps.len().checked_sub(1)?;
    let kept = (0..steps.len()).filter(|i| i % every == 0 || *i == last);
    let points: Vec<(f64, f64)> = kept.map(|i| (steps[i] as f64, values[i])).collect();
    let is_log = points.iter().all(|(_, y)| *y > 0.0);
    // Looks at ever rarer steps are seen apart on a logarithmic axis; step 0 stands before the first.
    let place = |(x, y): &(f64, f64)| (libm::log10(x + 1.0), if is_log { libm::log10(*y) } else { *y });
    let places: Vec<(f64, f64)> = points.iter().map(place).filter(|(_, y)| y.is_finite()).collect();
    let hull = |of: fn(&(f64, f64)) -> f64| {
        let ends = |(low, high): (f64, f64), x: f64| (low.min(x), high.max(x));
        places.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), ends)
    };
    let ((left, right), (low, high)) = (hull(|own| own.0), hull(|own| own.1));
    if places.len() < 2 || right <= left {
        return None;
    }
    let height = if high > low { high - low } else { 1.0 };
    let at = |(x, y): &(f64, f64)| {
        let across = 2.0 + (x - left) / (right - left) * (WIDTH - 4.0);
        let down = 2.0 + (high - y) / height * (HEIGHT - 4.0);
        format!("{across:.1} {down:.1}")
    };
    let line = places.iter().map(at).collect::<Vec<_>>().join("L");
    let (first, end) = (points[0].1, points[points.len() - 1].1);
    Some(format!(
        "<svg class=\"sparkline\" role=\"img\" aria-label=\"from {} to {}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\"><path d=\"M{line}\"/></svg>",
        drawn(first, 3),
        drawn(end, 3)
    ))
}

/// What the claims would be judged now.
fn interim(page: &mut Markup, id: &str, interim: &Interim) {
    if interim.verdicts.is_empty() {
        return;
    }
    let told = match interim.is_final {
        true => "What the claims are judged".to_owned(),
        false => {
            format!("What the claims would be judged on {}", counted(interim.replicates, "whole replicate"))
        }
    };
    page.element("details", &[("id", &format!("claims-{id}"))], |page| {
        page.leaf("summary", &[], &told);
        let note = match interim.is_final {
            true => "A look, which is not noted: the report has the verdicts.",
            false => {
                "A look that decides nothing: whoever stops or goes on by it errs more often than in 5 % of cases. \
                 --until-decided may look after every replicate."
            }
        };
        page.leaf("p", &[("class", "warning")], note);
        for verdict in &interim.verdicts {
            let word = verdict.verdict.as_str();
            page.element("p", &[], |page| {
                page.leaf("b", &[("class", word)], word);
                page.text(&format!(" {}. ", verdict.says));
                page.leaf("span", &[("class", "facts")], verdict.evidence());
            });
        }
    });
}

/// The figures, drawn by the server when they are looked at.
fn pictures(page: &mut Markup, id: &str, link: &str, standing: &Standing) {
    let n = standing.counts.done();
    if standing.figures.is_empty() || n == 0 {
        return;
    }
    page.element("details", &[("id", &format!("figures-{id}"))], |page| {
        let of = if standing.interim.is_final { "all runs".to_owned() } else { counted(n, "run") };
        page.leaf("summary", &[], &format!("Figures of {of}"));
        for (figure, title) in &standing.figures {
            page.element("figure", &[("class", "plot")], |page| {
                let source = format!("/figures/{link}/{}.svg?runs={n}", encoded(figure));
                let picture =
                    [("src", source.as_str()), ("alt", title), ("loading", "lazy"), ("class", "drawn")];
                page.element("div", &[("class", "drawing")], |page| page.void("img", &picture));
            });
        }
    });
}
