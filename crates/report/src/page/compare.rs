//! The page of a comparison: verdicts that differ, final values, figures on one another, settings.

use std::collections::HashMap;

use serde_json::json;
use thalweg_records::Plan;

use super::markup::Markup;
use super::plot::Plot;
use super::{Picture, effect_bar, figures, runs, shell, verdicts};
use crate::claims::counted;
use crate::compare::{Compared, Comparison, Side, align, alone, only_in, overlaid};
use crate::draw::{Figure, drawn};
use crate::report::Tally;
use crate::words::listed;
use crate::{Contrast, Contrasts, Results};

/// The script, topic by topic.
pub(super) const SCRIPT: [&str; 11] = [
    include_str!("script/tools.js"),
    include_str!("script/ticks.js"),
    include_str!("script/panel.js"),
    include_str!("script/marks.js"),
    include_str!("script/sign.js"),
    include_str!("script/figure.js"),
    include_str!("script/table.js"),
    include_str!("script/drawer.js"),
    include_str!("script/theme.js"),
    include_str!("script/sorted.js"),
    include_str!("script/compare.js"),
];

/// The setting that a run of a comparison has besides its own.
const RESULT: &str = "result";

/// What an interval of many says.
const MANY: &str = "Each interval is that of its row alone (95 %), and of twenty rows without a difference one misses it. \
                    p is corrected for all rows of the table (Holm). What is found here was not claimed before: it says \
                    what to test.";

/// The whole page.
pub(crate) fn page(comparison: &Comparison) -> String {
    let Comparison { sides, claims, settings, contrasts } = comparison;
    let of_runs: Vec<Side> = sides.iter().map(named_apart).collect();
    let all = together(&of_runs);
    let (table, places) = (runs::Runs::new(&all, &[]), runs::places(&all));
    let pictures = pictures(&of_runs);
    let names: Vec<&str> = sides.iter().map(|side| side.name.as_str()).collect();
    let title = format!("Comparison of {}", listed(&names));
    let mut body = Markup::default();
    let parts = [
        ("#claims", "Claims", !claims.is_empty()),
        ("#values", "Final values", true),
        ("#figures", "Figures", !pictures.is_empty()),
        ("#runs", "Runs", !all.runs.is_empty()),
        ("#settings", "Settings", true),
    ];
    body.element("nav", &[("aria-label", "Parts of the page")], |body| {
        for (link, name, _) in parts.into_iter().filter(|(.., is_there)| *is_there) {
            body.leaf("a", &[("href", link)], name);
        }
        shell::theme(body);
    });
    let mut plots: Vec<Plot> = Vec::new();
    body.element("main", &[], |body| {
        body.element("header", &[("id", "top")], |body| {
            body.leaf("h1", &[], &title);
            body.element("dl", &[], |body| sides.iter().for_each(|side| told(body, side)));
        });
        claims_section(body, sides, claims);
        body.element("section", &[("id", "values")], |body| {
            body.leaf("h2", &[], "Final values");
            body.leaf("p", &[("class", "muted key")], MANY);
            for (side, contrasts) in sides.iter().skip(1).zip(contrasts) {
                values(body, [&sides[0], side], contrasts);
            }
        });
        if !pictures.is_empty() {
            body.element("section", &[("id", "figures")], |body| {
                body.leaf("h2", &[], "Figures");
                for group in &pictures {
                    let class = if group.len() > 1 { "pair" } else { "" };
                    body.element("div", &[("class", class)], |body| {
                        plots.extend(group.iter().filter_map(|own| figures::one(body, own, &places, false)));
                    });
                }
            });
        }
        table.section(body, false);
        settings_section(body, sides, settings);
    });
    let letters: HashMap<&str, &str> =
        sides.iter().map(|side| (side.letter.as_str(), side.name.as_str())).collect();
    let data = json!({
        "name": "comparison", "results": letters, "axes": all.axes(), "naming": all.axes(), "figures": plots,
        "runs": table,
    });
    shell::whole(&title, &body.into_string(), &data, &SCRIPT)
}

/// A result whose runs have its letter before their keys, as the same run may be in several, and among their
/// settings.
fn named_apart(side: &Side) -> Side {
    let mut side = side.clone();
    let named = |key: &String| format!("{}:{key}", side.letter);
    side.results.plan.runs = side.results.plan.runs.iter().map(named).collect();
    for run in &mut side.results.runs {
        run.key = format!("{}:{}", side.letter, run.key);
        run.spec[RESULT] = side.letter.clone().into();
    }
    side
}

/// The runs of all results, told apart by their letter and whatever is swept in any.
fn together(sides: &[Side]) -> Results {
    let mut axes = vec![RESULT.to_owned()];
    for axis in sides.iter().flat_map(|side| side.results.free_axes()) {
        if !axes.iter().any(|known| known == axis) {
            axes.push(axis.to_owned());
        }
    }
    let runs = sides.iter().flat_map(|side| side.results.runs.iter().cloned()).collect();
    Results::new(Plan::new("comparison", axes), runs)
}

/// What a letter stands for.
fn told(page: &mut Markup, side: &Side) {
    let plan = &side.results.plan;
    page.leaf("dt", &[], &side.letter);
    page.element("dd", &[], |page| {
        match &side.link {
            Some(link) => page.leaf("a", &[("href", link)], &plan.title),
            None => page.text(&plan.title),
        }
        page.text(&format!(
            " ({}): {}, {}",
            side.name,
            counted(plan.runs.len(), "run"),
            Tally::of(&side.results)
        ));
        let mut settings =
            plan.profile.iter().map(|profile| format!("profile {profile}")).collect::<Vec<_>>();
        settings.extend(plan.overrides.iter().cloned());
        if !settings.is_empty() {
            page.text(&format!("; {}", settings.join(", ")));
        }
        page.text(".");
    });
}

fn claims_section(page: &mut Markup, sides: &[Side], claims: &[Compared]) {
    if claims.is_empty() {
        return;
    }
    let shared = claims.iter().filter(|claim| claim.only_side().is_none());
    let (changed, same): (Vec<&Compared>, Vec<&Compared>) = shared.partition(|claim| claim.is_changed);
    page.element("section", &[("id", "claims")], |page| {
        page.leaf("h2", &[], "Claims");
        let n_shared = changed.len() + same.len();
        if n_shared > 0 {
            let verb = if changed.len() == 1 { "differs" } else { "differ" };
            let (n, of) = (counted(changed.len(), "verdict"), counted(n_shared, "claim"));
            page.leaf("p", &[("class", "result")], &format!("{n} of {of} {verb}."));
        }
        changed.iter().for_each(|claim| of_claim(page, sides, claim));
        let mut folded = |summary: &str, claims: &[&Compared]| {
            page.element("details", &[], |page| {
                page.leaf("summary", &[], summary);
                claims.iter().for_each(|claim| of_claim(page, sides, claim));
            });
        };
        if !same.is_empty() {
            folded(&format!("{} without a difference", counted(same.len(), "claim")), &same);
        }
        for (letter, claims) in alone(sides, claims) {
            folded(&only_in(claims.len(), letter), &claims);
        }
    });
}

/// A claim with its verdict in each of the results.
fn of_claim(page: &mut Markup, sides: &[Side], claim: &Compared) {
    page.element("article", &[("class", "verdict"), ("id", &format!("claim-{}", claim.id))], |page| {
        page.element("header", &[], |page| {
            page.leaf("h3", &[], &claim.says);
            page.leaf("span", &[("class", "name")], &claim.id);
        });
        if claim.is_other {
            page.leaf("p", &[("class", "note")], "The results do not claim the same: words or terms differ.");
        }
        for (side, verdict) in sides.iter().zip(&claim.verdicts) {
            let Some(verdict) = verdict else {
                page.leaf("p", &[("class", "muted")], &format!("{}: not claimed.", side.letter));
                continue;
            };
            let word = verdict.verdict.as_str();
            page.element("div", &[("class", &format!("of-side {word}"))], |page| {
                page.element("p", &[], |page| {
                    page.leaf("b", &[("class", "letter")], &side.letter);
                    page.leaf("b", &[("class", word)], word);
                    page.text(" ");
                    let own = side.claims.iter().find(|own| own.id == claim.id);
                    verdicts::numbers(page, own, verdict);
                });
                if let Some(bar) = effect_bar::draw(verdict) {
                    page.raw(&bar);
                }
                page.leaf("p", &[("class", "facts")], &verdicts::facts(verdict));
            });
        }
    });
}

/// How the final values of a result differ from those of the first.
fn values(page: &mut Markup, [first, other]: [&Side; 2], contrasts: &Contrasts) {
    page.leaf("h3", &[], &format!("{} against {}", other.letter, first.letter));
    for note in &contrasts.notes {
        page.leaf("p", &[("class", "note")], &verdicts::sentence_of(note));
    }
    if contrasts.overall.is_empty() {
        page.leaf("p", &[("class", "missing")], "They have no final value in common.");
        return;
    }
    page.leaf("p", &[], "Over all settings that both have, each with the same weight:");
    table(page, [first, other], &contrasts.overall);
    if !contrasts.pointwise.is_empty() {
        page.element("details", &[], |page| {
            page.leaf("summary", &[], "At each of these settings");
            table(page, [first, other], &contrasts.pointwise);
        });
    }
}

fn table(page: &mut Markup, sides: [&Side; 2], all: &[Contrast]) {
    let [a, b] = sides.map(|side| side.letter.as_str());
    let has_points = all.iter().any(|own| own.point.is_some());
    let mut header = vec!["value"];
    header.extend(has_points.then_some("at"));
    let effect = format!("{b} against {a}");
    header.extend([a, b, "effect", &effect, "95 % interval", "evidence", "p (Holm)"]);
    let number = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| drawn(x, 4));
    let row = |own: &Contrast| {
        let mut cells = vec![own.quantity.clone()];
        cells.extend(has_points.then(|| own.point.clone().unwrap_or_default()));
        cells.extend(own.means.map(number));
        let interval = own.interval.map(|(low, high)| format!("[{}, {}]", drawn(low, 3), drawn(high, 3)));
        let unit = if own.is_paired { "pair" } else { "replicate" };
        let left_out = if own.n_left_out > 0 {
            format!(", {} left out", counted(own.n_left_out, "run"))
        } else {
            String::new()
        };
        cells.extend([
            own.what.clone(),
            own.effect.map_or_else(|| "–".to_owned(), |x| drawn(x, 3)),
            interval.unwrap_or_else(|| "–".to_owned()),
            format!("{}{left_out}", counted(own.n, unit)),
            own.p.map_or_else(|| "–".to_owned(), |p| drawn(p, 2)),
        ]);
        cells
    };
    page.table("sortable", &header, &all.iter().map(row).collect::<Vec<_>>());
}

fn settings_section(page: &mut Markup, sides: &[Side], settings: &[(String, Vec<String>)]) {
    page.element("section", &[("id", "settings")], |page| {
        page.leaf("h2", &[], "Settings that differ");
        if settings.is_empty() {
            page.leaf("p", &[], "None: the planned runs have the same settings.");
            return;
        }
        let mut header = vec!["setting"];
        header.extend(sides.iter().map(|side| side.letter.as_str()));
        let row = |(key, cells): &(String, Vec<String>)| {
            std::iter::once(key).chain(cells).cloned().collect::<Vec<String>>()
        };
        page.table("settings", &header, &settings.iter().map(row).collect::<Vec<_>>());
    });
}

/// The figures of all results: those of one id on one another where that can be read, else side by side.
fn pictures(sides: &[Side]) -> Vec<Vec<Picture>> {
    let mut ids: Vec<(&str, &str)> = Vec::new();
    for config in sides.iter().flat_map(|side| &side.figures) {
        if !ids.iter().any(|(known, _)| *known == config.id()) {
            ids.push((config.id(), config.title()));
        }
    }
    let group = |(id, title): (&str, &str)| {
        let mut built: Vec<(&str, Result<Figure, String>)> = sides
            .iter()
            .filter_map(|side| {
                let config = side.figures.iter().find(|config| config.id() == id)?;
                Some((side.letter.as_str(), config.build(&side.results)))
            })
            .collect();
        let drawn: Option<Vec<(&str, &Figure)>> =
            built.iter().map(|(letter, figure)| Some((*letter, figure.as_ref().ok()?))).collect();
        if let Some(figure) = drawn.filter(|all| all.len() == sides.len()).and_then(|all| overlaid(&all)) {
            return vec![Picture { id: id.to_owned(), title: title.to_owned(), figure: Ok(figure) }];
        }
        align(&mut built.iter_mut().filter_map(|(_, figure)| figure.as_mut().ok()).collect::<Vec<_>>());
        let alone = |(letter, figure): (&str, Result<Figure, String>)| Picture {
            id: format!("{id}-{letter}"),
            title: format!("{letter}: {title}"),
            figure,
        };
        built.into_iter().map(alone).collect()
    };
    ids.into_iter().map(group).collect()
}
