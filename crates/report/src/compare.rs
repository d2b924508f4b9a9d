//! Results side by side: whose verdicts differ, by how much final values differ, and in which settings.

mod overlay;
mod settings;

use std::collections::BTreeSet;

use serde_json::Value;
use thalweg_records::{ResultFolder, Store};

pub(crate) use self::overlay::{align, overlaid};
pub use self::settings::{Settings, differing, settings_of};
use crate::claims::{Contrast, Contrasts, counted};
use crate::figures::FigureConfig;
use crate::number::short;
use crate::page::comparison_page;
use crate::report::{Loaded, Tally};
use crate::{Claim, Mode, ReportError, Results, Verdict, judge};

/// A result that is compared with others.
#[derive(Debug, Clone)]
pub struct Side {
    /// What it is called here: a letter.
    pub letter: String,
    /// Its name, as it was asked for.
    pub name: String,
    /// Where its report lies, as seen from the page, if there is one.
    pub link: Option<String>,
    /// Its runs.
    pub results: Results,
    /// Its claims, judged on its own runs alone.
    pub verdicts: Vec<Verdict>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) figures: Vec<FigureConfig>,
    settings: Settings,
}

impl Side {
    /// Reads a result from its store, and judges its claims.
    ///
    /// # Errors
    /// As [`report_of`](crate::report_of).
    pub fn of(store: &Store, folder: &ResultFolder, letter: char, name: &str) -> Result<Self, ReportError> {
        let Loaded { results, claims, figures } = Loaded::of(store, folder, false)?;
        let verdicts = judge(&claims, &results, Mode::of(&results.plan));
        // Those of runs that are not there yet are known too, unless the file of them is damaged.
        let planned: BTreeSet<&String> = results.plan.runs.iter().collect();
        let specs = folder.read_specs().unwrap_or_default();
        let specs: Vec<&String> =
            specs.iter().filter(|(key, _)| planned.contains(key)).map(|(_, spec)| spec).collect();
        let settings = if specs.len() < planned.len() {
            settings_of(results.runs.iter().map(|run| Value::from(&run.spec)))
        } else {
            settings_of(specs.into_iter().filter_map(|spec| serde_json::from_str(spec).ok()))
        };
        let (letter, name) = (letter.to_string(), name.to_owned());
        Ok(Self { letter, name, link: None, results, verdicts, claims, figures, settings })
    }

    fn verdict(&self, id: &str) -> Option<&Verdict> {
        self.verdicts.iter().find(|verdict| verdict.id == id)
    }
}

/// Results side by side, the others compared with the first.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The results.
    pub sides: Vec<Side>,
    /// A row for each claim of any of them, those whose verdicts differ first.
    pub claims: Vec<Compared>,
    /// A row for each setting that differs, with a cell for each result.
    pub settings: Vec<(String, Vec<String>)>,
    /// How final values of each other result differ from those of the first.
    pub contrasts: Vec<Contrasts>,
}

/// A claim in several results.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Its name.
    pub id: String,
    /// What it says, in the first result that has it.
    pub says: String,
    /// The verdict in each result.
    pub verdicts: Vec<Option<Verdict>>,
    /// Whether verdicts differ.
    pub is_changed: bool,
    /// Whether results ask it in other words or on other terms, so that it is not one claim.
    pub is_other: bool,
}

impl Compared {
    /// The place of the only result that has it; `None` if several have.
    pub(crate) fn only_side(&self) -> Option<usize> {
        let mut having = (0..self.verdicts.len()).filter(|i| self.verdicts[*i].is_some());
        let first = having.next();
        first.filter(|_| having.next().is_none())
    }
}

impl Comparison {
    /// Compares results.
    pub fn new(sides: Vec<Side>) -> Self {
        let mut ids: Vec<&String> = Vec::new();
        for verdict in sides.iter().flat_map(|side| &side.verdicts) {
            if !ids.contains(&&verdict.id) {
                ids.push(&verdict.id);
            }
        }
        let mut claims: Vec<Compared> = ids.into_iter().map(|id| compared(&sides, id)).collect();
        claims.sort_by_key(|claim| !claim.is_changed);
        let settings = differing(&sides.iter().map(|side| &side.settings).collect::<Vec<_>>());
        let others = sides.iter().skip(1);
        let contrasts = others.map(|other| Contrasts::new(&sides[0].results, &other.results)).collect();
        Self { claims, settings, contrasts, sides }
    }

    /// One page that stands alone.
    pub fn page(&self) -> String {
        comparison_page(self)
    }

    /// The same in words, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for Side { letter, name, results: Results { plan, .. }, .. } in &self.sides {
            lines.push(format!("{letter}  {name}: {}", plan.title));
        }
        for side in &self.sides {
            let runs = counted(side.results.plan.runs.len(), "run");
            lines.push(format!("{}: {runs}, {}", side.letter, Tally::of(&side.results)));
        }
        lines.push(match self.settings.len() {
            0 => "no setting differs".to_owned(),
            n => format!("{}:", differ(n, "setting")),
        });
        for (key, cells) in &self.settings {
            lines.push(format!("  {key}: {}", cells.join(" | ")));
        }
        let n_changed = self.claims.iter().filter(|claim| claim.is_changed).count();
        let n_shared = self.claims.iter().filter(|claim| claim.only_side().is_none()).count();
        if n_shared > 0 {
            lines.push(format!("{} of {}:", differ(n_changed, "verdict"), counted(n_shared, "claim")));
        }
        for claim in self.claims.iter().filter(|claim| claim.is_changed) {
            lines.push(format!("  {}: {}", claim.id, claim.says));
            for (side, verdict) in self.sides.iter().zip(&claim.verdicts) {
                let text = verdict.as_ref().map_or("not claimed", |verdict| verdict.summary.as_str());
                lines.push(format!("    {}: {text}", side.letter));
            }
            lines.extend(claim.is_other.then(|| "    the claims are not the same".to_owned()));
        }
        lines.extend(alone(&self.sides, &self.claims).map(|(letter, claims)| only_in(claims.len(), letter)));
        for (side, contrasts) in self.sides.iter().skip(1).zip(&self.contrasts) {
            let letters = format!("{} against {}", side.letter, self.sides[0].letter);
            lines.push(format!("final values of {letters}, over all settings that both have:"));
            lines.extend(contrasts.overall.iter().map(|own| format!("  {}", in_words(own))));
            lines.extend(contrasts.notes.iter().map(|note| format!("  {note}")));
        }
        lines
    }
}

/// The letter of each result with claims that no other has, and these.
pub(crate) fn alone<'a>(
    sides: &'a [Side],
    claims: &'a [Compared],
) -> impl Iterator<Item = (&'a str, Vec<&'a Compared>)> {
    let own = move |i| claims.iter().filter(|claim| claim.only_side() == Some(i)).collect::<Vec<_>>();
    let all = sides.iter().enumerate().map(move |(i, side)| (side.letter.as_str(), own(i)));
    all.filter(|(_, claims)| !claims.is_empty())
}

/// `3 claims are only in B`
pub(crate) fn only_in(n: usize, letter: &str) -> String {
    format!("{} {} only in {letter}", counted(n, "claim"), if n == 1 { "is" } else { "are" })
}

fn differ(n: usize, what: &str) -> String {
    format!("{} {}", counted(n, what), if n == 1 { "differs" } else { "differ" })
}

/// `train.loss: ratio 0.81 [0.7, 0.93]; 5 pairs of replicates, p = 0.01`
pub(crate) fn in_words(own: &Contrast) -> String {
    let Some(effect) = own.effect else { return format!("{}: too few runs have it", own.quantity) };
    let interval = own
        .interval
        .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", short(low, 3), short(high, 3)));
    let n = match own.is_paired {
        true => counted(own.n, "pair"),
        false => format!("{} on the smaller side", counted(own.n, "replicate")),
    };
    let p = own.p.map_or_else(String::new, |p| format!(", p = {}", short(p, 2)));
    format!("{}: {} {}{interval}; {n}{p}", own.quantity, own.what, short(effect, 3))
}

fn compared(sides: &[Side], id: &str) -> Compared {
    let verdicts: Vec<Option<Verdict>> = sides.iter().map(|side| side.verdict(id).cloned()).collect();
    let words: Vec<_> = verdicts.iter().flatten().map(|verdict| verdict.verdict).collect();
    let claims: Vec<&Claim> =
        sides.iter().filter_map(|side| side.claims.iter().find(|own| own.id == id)).collect();
    let says = verdicts.iter().flatten().next().map_or_else(String::new, |verdict| verdict.says.clone());
    Compared {
        id: id.to_owned(),
        says,
        is_changed: words.windows(2).any(|pair| pair[0] != pair[1]),
        is_other: claims.windows(2).any(|pair| pair[0] != pair[1]),
        verdicts,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up;

    #[test]
    fn claims_of_one_result_alone_are_not_called_equal() {
        let of = |letter: &str, ids: &[&str]| {
            let results = made_up::results(4, |batch, replicate| batch + 0.1 * replicate as f64);
            let claim = |id: &&str| {
                let claim =
                    json!({ "id": id, "says": "Small", "kind": "bound", "of": "loss", "at-most": 60.0 });
                serde_json::from_value(claim).unwrap()
            };
            let claims: Vec<Claim> = ids.iter().map(claim).collect();
            let verdicts = judge(&claims, &results, Mode::Fixed);
            let (letter, settings) = (letter.to_owned(), settings_of(std::iter::empty()));
            Side {
                name: letter.clone(),
                letter,
                link: None,
                results,
                verdicts,
                claims,
                figures: vec![],
                settings,
            }
        };
        let told = |a: &[&str], b: &[&str]| {
            let comparison = Comparison::new(vec![of("A", a), of("B", b)]);
            let lines = comparison.lines();
            let kept = lines.iter().filter(|line| line.contains("claim")).cloned().collect::<Vec<_>>();
            (kept, comparison.page())
        };
        let (lines, page) = told(&[], &["one", "two", "three"]);
        assert_eq!(lines, ["3 claims are only in B"]);
        assert!(page.contains("3 claims are only in B"), "{page}");
        assert!(!page.contains("verdicts of") && !page.contains("claims without a difference"), "{page}");
        let (lines, page) = told(&["one"], &["one", "two"]);
        assert_eq!(lines, ["0 verdicts differ of 1 claim:", "1 claim is only in B"]);
        assert!(
            page.contains("0 verdicts of 1 claim differ.") && page.contains("1 claim without a difference")
        );
    }
}
