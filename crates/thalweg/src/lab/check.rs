//! Claims and figures held against one another and against the runs.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thalweg_document::{Document, PLACEHOLDER, Problem, UNKNOWN_KEY};
use thalweg_experiment::{Available, NO_SETTING, advised, key_elsewhere, suggestion};
use thalweg_records::Quantity;
use thalweg_report::{Claim, FigureConfig, Need, Results, check_id};

/// A table `[[claim]]` or `[[figure]]`.
pub trait Statement: DeserializeOwned + Serialize {
    /// What it needs of a run.
    fn needs(&self) -> Vec<Need<'_>>;
    /// What is wrong with its keys together, or, if some could not be read, with each of the others alone.
    fn check(&self, is_whole: bool) -> Vec<Problem>;
}

impl Statement for Claim {
    fn needs(&self) -> Vec<Need<'_>> {
        self.needs()
    }
    fn check(&self, is_whole: bool) -> Vec<Problem> {
        if is_whole { self.check() } else { self.check_keys() }
    }
}

impl Statement for FigureConfig {
    fn needs(&self) -> Vec<Need<'_>> {
        self.needs()
    }
    fn check(&self, is_whole: bool) -> Vec<Problem> {
        if is_whole { self.check() } else { Vec::new() }
    }
}

/// All of a list of them.
pub struct Statements<T> {
    list: &'static str,
    /// With the place in the list, and whether nothing was wrong.
    all: Vec<(usize, T, bool)>,
}

impl<T: Statement> Statements<T> {
    /// Reads a list, and checks each by itself.
    pub fn read(document: &Document, list: &'static str, problems: &mut Vec<Problem>) -> Self {
        let mut all = Vec::new();
        for (i, reading) in document.list::<T>(list).into_iter().enumerate() {
            let is_whole = reading.problems.is_empty();
            problems.extend(advised(reading.problems));
            let Some(statement) = reading.value else { continue };
            let found = statement.check(is_whole);
            all.push((i, statement, is_whole && found.is_empty()));
            let above = [list.to_owned(), i.to_string()];
            problems.extend(found.into_iter().map(|problem| problem.below(&above)));
        }
        check_ids(document, list, problems);
        Self { list, all }
    }

    /// Those with which nothing was wrong.
    pub fn sound(&self) -> Vec<&T> {
        self.all.iter().filter(|(.., is_sound)| *is_sound).map(|(_, statement, _)| statement).collect()
    }

    /// Those with which nothing was wrong, with their places in the list.
    pub fn into_sound(self) -> Vec<(usize, T)> {
        let sound = self.all.into_iter().filter(|(.., is_sound)| *is_sound);
        sound.map(|(i, statement, _)| (i, statement)).collect()
    }

    /// All of them.
    pub fn into_all(self) -> Vec<T> {
        self.all.into_iter().map(|(_, statement, _)| statement).collect()
    }
}

/// Notes ids that cannot be, also of statements that could not be read.
fn check_ids(document: &Document, list: &str, problems: &mut Vec<Problem>) {
    let items = document.value(list);
    let items = items.as_ref().and_then(|items| items.as_array());
    let ids: Vec<Option<&str>> = items.into_iter().flatten().map(|item| item.get("id")?.as_str()).collect();
    for (i, id) in ids.iter().enumerate().filter_map(|(i, id)| Some((i, (*id)?))) {
        let above = [list.to_owned(), i.to_string()];
        if ids[..i].contains(&Some(id)) {
            problems.push(Problem::new("id", format!("two of them have the id `{id}`")).below(&above));
        }
        if let Err(problem) = check_id(id) {
            problems.push(problem.below(&above));
        }
    }
}

/// Leads from keys of the sweep that no run has to those that are meant.
pub fn lead_sweep(problems: &mut [Problem], available: &Available) {
    let of_sweep =
        problems.iter_mut().filter(|problem| problem.path.first().is_some_and(|key| key == "sweep"));
    // What a run has besides, nobody sets.
    let is_set = |name: &&String| !["replicate", "files", "case"].contains(&name.as_str());
    let settings = available.settings.iter().filter(is_set).cloned().collect();
    for problem in of_sweep {
        let Some(word) = problem.path.last() else { continue };
        match problem.message.as_str() {
            NO_SETTING => {
                let meant = suggestion(word, &settings);
                if !meant.starts_with("there are") {
                    problem.hint = Some(meant);
                }
            }
            UNKNOWN_KEY => {
                let Some(key) = key_elsewhere(word) else { continue };
                let plain = format!("here it is `{}`", key.rsplit('.').next().unwrap_or_default());
                let rest = problem.hint.take().filter(|hint| *hint != plain).unwrap_or_default();
                problem.hint = Some(format!("did you mean `{key}`? {rest}").trim_end().to_owned());
            }
            _ => {}
        }
    }
}

/// Notes what statements ask for and no run will have, but for what rests on the tables `broken`.
pub fn names<T: Statement>(
    document: &Document,
    statements: &Statements<T>,
    available: &Available,
    broken: &BTreeSet<Vec<String>>,
    problems: &mut Vec<Problem>,
) {
    let has_test = document.value("test").is_some();
    for (i, statement, _) in &statements.all {
        let above = [statements.list.to_owned(), i.to_string()];
        for used in statement.needs() {
            if let Some((name, message, hint)) = missing(used, available, statements.list)
                && name != PLACEHOLDER
                && !(is_of_test(name) && is_broken("test", broken))
                && !(is_of_probe(used) && is_broken("probe", broken))
            {
                let hint = if is_of_test(name) && !has_test { without_test(document) } else { hint };
                let path = document.find(&above, name).unwrap_or_else(|| above.to_vec());
                problems.push(Problem::at(path, message).hint(hint));
            }
        }
    }
}

/// What to do where something is asked of a test, and there is none.
fn without_test(document: &Document) -> String {
    let data = document.value("data");
    let kind = data.as_ref().and_then(|data| data.get("kind")?.as_str()).unwrap_or_default();
    let how = if ["csv", "npy", "parquet"].contains(&kind) {
        "test = { kind = \"hold-out\", fraction = 0.2 } keeps a fifth of the rows for the test"
    } else {
        "test = { sets = 100, samples = 500, variants = { clean = [] } } draws fresh sets, and measures \
         test.clean.accuracy and test.clean.loss"
    };
    format!("add a [test] table: {how}")
}

/// Whether a probe measures it.
fn is_of_probe(wanted: Need<'_>) -> bool {
    match wanted {
        Need::Slice(_) | Need::Path(_) => true,
        Need::Value(name) | Need::Curve(name) => Quantity::of(name).pattern.starts_with("<probe>"),
        _ => false,
    }
}

/// Whether a quantity is measured on test data.
fn is_of_test(name: &str) -> bool {
    name.split('.').next() == Some("test")
}

/// The name that the runs will not have, what is wrong with it, and what to do; `list` has who wants it.
fn missing<'a>(wanted: Need<'a>, available: &Available, list: &str) -> Option<(&'a str, String, String)> {
    let (name, known, what) = match wanted {
        Need::Value(name) => (name, &available.values, "value"),
        Need::Curve(name) => (name, &available.curves, "curve"),
        Need::Setting(name) => (name, &available.settings, "setting"),
        Need::Number(name) => (name, &available.numbers, "setting that is a number"),
        Need::Slice(name) => (name, &available.slices, "probe of kind \"slice\""),
        Need::Path(name) => (name, &available.paths, "probe of kind \"path\""),
        Need::Arrays(name) => {
            let setting = match name {
                "boundary" => "record.boundary = {}",
                "images" => "record.images = 20",
                "weights" => "record.weights = true",
                _ => "record.data = true",
            };
            let told = || (name, format!("the runs do not keep their {name}"), format!("set {setting}"));
            return (!available.arrays.contains(name)).then(told);
        }
    };
    if let Need::Number(name) = wanted
        && available.settings.contains(name)
        && !known.contains(name)
    {
        let hint =
            "a claim of kind \"difference\" compares two of its values, and so does `series` of a figure";
        return Some((name, format!("`{name}` is not a number in every run"), hint.to_owned()));
    }
    if let Need::Number(name) = wanted
        && available.values.contains(name)
    {
        let place = if list == "claim" { "of" } else { "y" };
        let swept: Vec<&str> = available.swept_numbers.iter().map(String::as_str).collect();
        let hint = match swept[..] {
            [] => "nothing that is a number is swept".to_owned(),
            _ => format!("a number that is swept belongs here: {}", swept.join(", ")),
        };
        return Some((name, format!("`{name}` is a value of the runs, which belongs in `{place}`"), hint));
    }
    if let Need::Value(name) = wanted
        && available.swept_numbers.contains(name)
        && list == "claim"
    {
        let hint = "here belongs a value of the runs; `metrics` lists them";
        return Some((name, format!("`{name}` is a setting, not a value of the runs"), hint.to_owned()));
    }
    let at_the_end = match wanted {
        Need::Curve(name) if available.values.contains(name) => ", which is measured at the end alone",
        _ => "",
    };
    let told = || (name, format!("the runs have no {what} `{name}`{at_the_end}"), suggestion(name, known));
    (!known.contains(name)).then(told)
}

/// Whether a setting is one that something is wrong with.
pub fn is_broken(key: &str, broken: &BTreeSet<Vec<String>>) -> bool {
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    broken.iter().any(|broken| broken.starts_with(&path) || path.starts_with(broken))
}

/// Holds claims against the planned runs: notes what no run can answer, and returns warnings of what will end
/// inconclusive.
pub fn answers(
    claims: &Statements<Claim>,
    planned: &Results,
    is_broken: &dyn Fn(&str) -> bool,
    is_of_overlays: &dyn Fn(&Claim) -> bool,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for (i, claim, is_sound) in &claims.all {
        // What is no number is told where the names are.
        let is_word = |name: &str| {
            let mut values = planned.runs.iter().filter_map(|run| run.setting(name)).peekable();
            values.peek().is_none() || values.any(|value| !value.is_number())
        };
        let rests_on_broken = || {
            claim.needs().into_iter().any(|used| match used {
                Need::Number(name) if is_word(name) => true,
                Need::Setting(name) | Need::Number(name) => is_broken(name),
                _ => false,
            })
        };
        if !is_sound || rests_on_broken() {
            continue;
        }
        let remarks = claim.examine(planned);
        if !remarks.impossible.is_empty() && is_of_overlays(claim) {
            warnings.extend(remarks.impossible.iter().map(|remark| warning(claim, remark)));
        } else {
            let above = [claims.list.to_owned(), i.to_string()];
            problems.extend(remarks.impossible.into_iter().map(|remark| remark.below(&above)));
        }
        warnings.extend(remarks.too_few.iter().map(|remark| warning(claim, remark)));
    }
    warnings
}

/// Notes figures of which a condition is met by no planned run.
pub fn shows(
    figures: &Statements<FigureConfig>,
    planned: &Results,
    is_broken: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) {
    for (i, figure, is_sound) in &figures.all {
        let rests_on_broken = figure.needs().into_iter().any(|used| match used {
            Need::Setting(name) | Need::Number(name) => is_broken(name),
            _ => false,
        });
        if *is_sound && !rests_on_broken {
            let above = [figures.list.to_owned(), i.to_string()];
            problems.extend(figure.examine(planned).into_iter().map(|problem| problem.below(&above)));
        }
    }
}

/// One line on why a claim will end inconclusive.
pub fn warning(claim: &Claim, remark: &Problem) -> String {
    format!("warning: claim {}: {}: the verdict will be inconclusive", claim.id, remark.message)
}
