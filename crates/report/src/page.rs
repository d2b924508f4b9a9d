//! The pages: `report.html`, which stands alone with everything on it, and those on several results.
//!
//! What a reader needs stands in the HTML, and is there without the script. The script makes figures and
//! tables things to look into; it takes their data from one block of JSON, asks for nothing, and nothing else
//! may run: the policy of the page names the hashes of the only style and the only script.

mod compare;
mod describe;
mod effect_bar;
mod figures;
mod head;
mod index;
mod markup;
mod plot;
mod provenance;
mod runs;
mod shell;
mod states;
mod verdicts;
mod watch;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::claims::Verdict;
use crate::draw::Figure;
use crate::{Claim, Results, values};

pub(crate) use compare::page as comparison_page;
pub(crate) use index::page as index_page;
use markup::Markup;
pub use markup::encoded;
pub(crate) use watch::{card as standing_card, page as watch_page};

/// The script, topic by topic.
const SCRIPT: [&str; 10] = [
    include_str!("page/script/tools.js"),
    include_str!("page/script/ticks.js"),
    include_str!("page/script/panel.js"),
    include_str!("page/script/marks.js"),
    include_str!("page/script/sign.js"),
    include_str!("page/script/figure.js"),
    include_str!("page/script/table.js"),
    include_str!("page/script/drawer.js"),
    include_str!("page/script/theme.js"),
    include_str!("page/script/page.js"),
];

/// A figure on the page.
pub(crate) struct Picture {
    /// Its id.
    pub(crate) id: String,
    /// What stands above it.
    pub(crate) title: String,
    /// What it shows, or why it cannot be drawn.
    pub(crate) figure: Result<Figure, String>,
}

/// What the script reads.
#[derive(Serialize)]
struct Data<'a> {
    name: &'a str,
    result: &'a str,
    axes: &'a [String],
    /// Those that tell runs apart: of cases the names.
    naming: Vec<&'a str>,
    figures: Vec<plot::Plot>,
    claims: Vec<Value>,
    runs: runs::Runs,
}

/// The whole page.
pub(crate) fn page(
    results: &Results,
    claims: &[Claim],
    verdicts: &[Verdict],
    pictures: &[Picture],
) -> String {
    let places = runs::places(results);
    let table = runs::Runs::new(results, claims);
    let mut body = Markup::default();
    let values = values::table(results);
    navigation(&mut body, verdicts, pictures, !values.is_empty());
    let mut plots = Vec::new();
    body.element("main", &[], |body| {
        head::section(body, results, verdicts);
        verdicts::section(body, claims, verdicts);
        plots = figures::section(body, pictures, &places);
        table.section(body, true);
        if !values.is_empty() {
            body.element("section", &[("id", "values")], |body| {
                body.leaf("h2", &[], "Values");
                body.element("details", &[], |body| {
                    body.leaf("summary", &[], "Means over the replicates at each point of the sweep");
                    body.element("div", &[("class", "scroll values"), ("tabindex", "0")], |body| {
                        body.raw(&values)
                    });
                });
            });
        }
        provenance::section(body, results);
    });
    let data = Data {
        name: &results.plan.name,
        result: &results.name,
        axes: results.axes(),
        naming: results.free_axes(),
        figures: plots,
        claims: verdicts.iter().map(|verdict| of_claim(claims, verdict, &places)).collect(),
        runs: table,
    };
    shell::whole(&results.plan.title, &body.into_string(), &data, &SCRIPT)
}

fn navigation(body: &mut Markup, verdicts: &[Verdict], pictures: &[Picture], has_values: bool) {
    let parts = [
        ("#claims", "Claims", !verdicts.is_empty()),
        ("#figures", "Figures", !pictures.is_empty()),
        ("#runs", "Runs", true),
        ("#values", "Values", has_values),
        ("#provenance", "Provenance", true),
    ];
    body.element("nav", &[("aria-label", "Parts of the page")], |body| {
        for (link, name, _) in parts.into_iter().filter(|(.., is_there)| *is_there) {
            body.leaf("a", &[("href", link)], name);
        }
        shell::theme(body);
    });
}

/// Which runs and values are behind a claim.
fn of_claim(claims: &[Claim], verdict: &Verdict, places: &HashMap<&str, usize>) -> Value {
    let claim = claims.iter().find(|claim| claim.id == verdict.id);
    let mut values: Vec<&str> = Vec::new();
    for need in claim.iter().flat_map(|claim| claim.needs()) {
        if let crate::Need::Value(name) = need
            && !values.contains(&name)
        {
            values.push(name);
        }
    }
    let mut runs: Vec<usize> =
        verdict.behind.entered.iter().filter_map(|key| places.get(key.as_str()).copied()).collect();
    runs.sort_unstable();
    json!({ "id": verdict.id, "values": values, "runs": runs })
}

#[cfg(test)]
mod tests;
