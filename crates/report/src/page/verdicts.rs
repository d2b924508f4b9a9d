//! Claims with their verdicts: each with its effect beside what is claimed, and the values behind it.

use thalweg_records::Quantity;

use super::effect_bar;
use super::markup::Markup;
use crate::claims::counted;
use crate::draw::{drawn, in_powers};
use crate::{Claim, Need, Verdict, Word};

/// So many scores stand in a table at most.
const SCORES: usize = 200;

/// What the pictures show.
const KEY: &str = "Shaded: where the effect lies if the claim holds. Beside it the estimate with the 95 % interval of \
                   this claim alone; p is corrected for all claims of the file (Holm), so a claim may be undecided \
                   although its interval lies within.";

/// All verdicts, in the order of the file.
pub(super) fn section(page: &mut Markup, claims: &[Claim], verdicts: &[Verdict]) {
    if verdicts.is_empty() {
        return;
    }
    page.element("section", &[("id", "claims")], |page| {
        page.leaf("h2", &[], "Claims");
        page.leaf("p", &[("class", "muted key")], KEY);
        for verdict in verdicts {
            let claim = claims.iter().find(|claim| claim.id == verdict.id);
            card(page, claim, verdict);
        }
    });
}

fn card(page: &mut Markup, claim: Option<&Claim>, verdict: &Verdict) {
    let (id, word) = (format!("claim-{}", verdict.id), verdict.verdict.as_str());
    page.element("article", &[("class", &format!("verdict {word}")), ("id", &id)], |page| {
        page.element("header", &[], |page| {
            page.leaf("span", &[("class", "word")], word);
            page.leaf("h3", &[], &verdict.says);
            let link =
                [("class", "permalink"), ("href", &*format!("#{id}")), ("title", "link to this claim")];
            page.leaf("a", &link, &verdict.id);
        });
        page.element("div", &[("class", "effect")], |page| {
            if let Some(bar) = effect_bar::draw(verdict) {
                page.raw(&bar);
            }
            page.element("p", &[], |page| numbers(page, claim, verdict));
        });
        page.leaf("p", &[("class", "facts")], &facts(verdict));
        for note in notes(verdict) {
            page.leaf("p", &[("class", "note")], &note);
        }
        if let Some(reason) = &verdict.reason {
            page.element("p", &[("class", "reason")], |page| {
                page.leaf("b", &[], "Why, and what would decide it: ");
                page.prose(&format!("{}.", in_powers(reason)));
            });
        }
        behind(page, verdict);
    });
}

/// `ratio **0.827** [0.653, 1.05]`, and Kendall's τ beside it where that is shown.
pub(super) fn numbers(page: &mut Markup, claim: Option<&Claim>, verdict: &Verdict) {
    let mut tested = vec![(verdict.what.as_str(), verdict.effect, verdict.interval)];
    if let Some(score) = &verdict.score {
        tested.insert(0, (&score.what, Some(score.effect), score.interval));
    }
    for (i, (what, effect, interval)) in tested.into_iter().enumerate() {
        let Some(effect) = effect else {
            page.leaf("span", &[("class", "muted")], "no effect to show");
            continue;
        };
        if i > 0 {
            page.raw("<br>");
        }
        page.text(&format!("{what} "));
        page.leaf("b", &[], &drawn(effect, 3));
        let unit = unit(claim, what);
        if !unit.is_empty() {
            page.text(&format!(" {unit}"));
        }
        if let Some((low, high)) = interval {
            let level = drawn(100.0 * verdict.level, 3);
            let text = format!(" [{}, {}]", drawn(low, 3), drawn(high, 3));
            page.leaf("span", &[("title", &format!("{level} % interval"))], &text);
        }
    }
}

/// The unit of an effect: that of the quantity, which ratios and slopes have not.
fn unit(claim: Option<&Claim>, what: &str) -> &'static str {
    let is_of_quantity =
        ["mean", "geometric mean", "median", "difference"].iter().any(|word| what.starts_with(word));
    let has_unit = is_of_quantity && !what.contains("ratio");
    let of = claim.and_then(|claim| {
        claim
            .needs()
            .into_iter()
            .find_map(|need| if let Need::Value(name) = need { Some(name) } else { None })
    });
    of.filter(|_| has_unit).map_or("", |name| Quantity::of(name).unit)
}

/// `20 replicates, 40 runs · log scale · Student's t · p = 0.11 (Holm)`
pub(super) fn facts(verdict: &Verdict) -> String {
    let mut facts =
        vec![format!("{}, {}", counted(verdict.n_replicates, "replicate"), counted(verdict.n_runs, "run"))];
    if verdict.n_left_out > 0 {
        facts.push(format!("{} left out", counted(verdict.n_left_out, "run")));
    }
    facts.push(format!("{} scale", verdict.scale.as_str()));
    if verdict.effect.is_some() {
        facts.push(format!("test: {}", verdict.test));
    }
    if let Some(p) = verdict.p_adjusted {
        facts.push(format!("p = {} (Holm)", drawn(p, 2)));
    }
    if verdict.n_looks > 1 {
        facts.push(format!("{} looks", verdict.n_looks));
    }
    facts.join(" · ")
}

/// What must be known of a verdict beside its numbers.
fn notes(verdict: &Verdict) -> Vec<String> {
    let mut notes = Vec::new();
    if verdict.exploratory {
        notes.push("Exploratory: it says what to test, and tests nothing.".to_owned());
    }
    if verdict.test == "exact" && verdict.effect.is_some() {
        notes.push("Exact: no random number is drawn.".to_owned());
    }
    notes.extend(verdict.notes.iter().map(|note| sentence_of(&in_powers(note))));
    notes
}

/// With a capital at its beginning and a full stop.
pub(super) fn sentence_of(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// The scores of the replicates; the script adds the runs that they are made of.
fn behind(page: &mut Markup, verdict: &Verdict) {
    let scores = &verdict.behind.scores;
    if scores.is_empty() {
        return;
    }
    page.element("details", &[("class", "behind"), ("data-claim", &verdict.id)], |page| {
        let of = if scores.len() == 1 { "the value" } else { "the values" };
        page.leaf("summary", &[], &format!("Look into {of} behind it"));
        let row = |(name, score): &(String, f64)| vec![name.clone(), drawn(*score, 5)];
        let rows: Vec<Vec<String>> = scores.iter().take(SCORES).map(row).collect();
        page.table("scores", &["score of", &verdict.behind.what], &rows);
        if scores.len() > SCORES {
            page.leaf("p", &[("class", "muted")], &format!("{SCORES} of {} are shown.", scores.len()));
        }
    });
}

/// One sentence on all verdicts, what speaks against the file first, each kind with links to its claims on
/// the page that they stand on; `here` is "" for this one.
pub(super) fn sentence(page: &mut Markup, verdicts: &[(&str, Word)], here: &str) {
    let of = |word: Word| -> Vec<&str> {
        verdicts.iter().filter(|(_, own)| *own == word).map(|(id, _)| *id).collect()
    };
    let n = verdicts.len();
    let parts = [Word::Refuted, Word::Inconclusive, Word::Supported].map(|word| (word, of(word)));
    let parts: Vec<(Word, Vec<&str>)> = parts.into_iter().filter(|(_, all)| !all.is_empty()).collect();
    page.element("p", &[("class", "result")], |page| {
        if let [(word, _)] = &parts[..] {
            let all = if n == 1 { "The only claim is ".to_owned() } else { format!("All {n} claims are ") };
            page.text(&all);
            page.leaf("b", &[("class", word.as_str())], word.as_str());
            page.text(".");
            return;
        }
        page.text(&format!("Of {n} claims, "));
        for (i, (word, all)) in parts.iter().enumerate() {
            let between = if i == 0 {
                ""
            } else if i + 1 == parts.len() {
                " and "
            } else {
                ", "
            };
            let are = if all.len() == 1 { "is" } else { "are" };
            page.text(&format!("{between}{} {are} ", all.len()));
            page.leaf("b", &[("class", word.as_str())], word.as_str());
            if *word != Word::Supported {
                links(page, all, here);
            }
        }
        page.text(".");
    });
}

/// ` (this, that)`, at most four of them.
fn links(page: &mut Markup, ids: &[&str], here: &str) {
    const MOST: usize = 4;
    page.text(" (");
    for (i, id) in ids.iter().take(MOST).enumerate() {
        page.text(if i > 0 { ", " } else { "" });
        page.leaf("a", &[("href", &format!("{here}#claim-{id}"))], id);
    }
    page.text(if ids.len() > MOST { ", …)" } else { ")" });
}
