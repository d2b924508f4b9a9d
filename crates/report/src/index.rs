//! The results of a store, one beside the other: what their plans, tables and verdicts say of each.
//!
//! No run is read that a table tells of already: a run with a key has one ending, whenever it was written.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use thalweg_records::{Origin, Plan, ResultFolder, Status, Store, StoreError};

use crate::page::index_page;
use crate::report::{THUMBNAIL, Tally};
use crate::{Results, Word};

/// The results of a store, the latest first.
#[derive(Debug, Clone)]
pub struct Index {
    /// What the store is called: its folder.
    pub store: String,
    /// Its results.
    pub entries: Vec<Entry>,
}

/// A result in a list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is called: its folder in the store.
    pub name: String,
    /// When it was computed last, or else planned: `2026-12-01 08:15`, in universal time.
    pub when: String,
    /// What is in it, or why that cannot be read.
    pub content: Result<Content, String>,
}

/// What is in a result.
#[derive(Debug, Clone)]
pub struct Content {
    /// One line on what it is about.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// The file that it was read from.
    pub source: Option<String>,
    /// The profile that was chosen.
    pub profile: Option<String>,
    /// Settings that were changed on the command line.
    pub overrides: Vec<String>,
    /// Whether its runs are a trial.
    pub exploratory: bool,
    /// How its runs ended.
    pub runs: Tally,
    /// The claims with their verdicts, as they were reported last.
    pub verdicts: Vec<(String, Word)>,
    /// Whether there is a `report.html`.
    pub is_reported: bool,
    /// Its first figure as the last report drew it, a small PNG.
    pub thumbnail: Option<Vec<u8>>,
}

impl Index {
    /// Reads what there is to say of each result of a store.
    ///
    /// # Errors
    /// If the store cannot be read. What is wrong with a single result stands in its place.
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        let there: HashSet<String> = store.keys()?.into_iter().collect();
        let mut entries = Vec::new();
        for name in store.results()? {
            let folder = store.result(&name);
            let content = match folder.read_plan() {
                Ok(plan) => Ok(Content::of(store, &folder, plan, &there)?),
                Err(e) => Err(e.to_string().replace('\n', "; ")),
            };
            entries.push(Entry { name, when: when(&folder), content });
        }
        entries.sort_by(|a, b| b.when.cmp(&a.when).then_with(|| a.name.cmp(&b.name)));
        let store = store.root().file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { store, entries })
    }

    /// `index.html`: one page that stands alone, with links to the reports beside it.
    pub fn page(&self) -> String {
        index_page(self)
    }
}

impl Content {
    fn of(
        store: &Store,
        folder: &ResultFolder,
        plan: Plan,
        there: &HashSet<String>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            runs: tally(store, folder, &plan, there)?,
            verdicts: verdicts(folder),
            is_reported: folder.path().join("report.html").exists(),
            thumbnail: folder.file(THUMBNAIL),
            title: plan.title,
            question: plan.question,
            source: plan.source,
            profile: plan.profile,
            overrides: plan.overrides,
            exploratory: plan.exploratory,
        })
    }
}

/// How the runs of a plan ended: what the table of the last report tells, and the records of the others.
fn tally(
    store: &Store,
    folder: &ResultFolder,
    plan: &Plan,
    there: &HashSet<String>,
) -> Result<Tally, StoreError> {
    let present: Vec<&String> = plan.runs.iter().filter(|key| there.contains(*key)).collect();
    let told = endings(folder);
    let (known, unknown): (Vec<&String>, Vec<&String>) =
        present.into_iter().partition(|key| told.contains_key(*key));
    // A table that an older version has written tells of runs that are older too: all of them or none.
    let is_older = match known.first() {
        Some(key) => matches!(store.read(key), Err(StoreError::Older { .. })),
        None => false,
    };
    let mut tally = if unknown.is_empty() {
        Tally { planned: plan.runs.len(), ..Tally::default() }
    } else {
        let runs = unknown.into_iter().cloned().collect();
        Tally::of(&Results::load(Plan { runs, ..plan.clone() }, store, false)?)
    };
    tally.planned = plan.runs.len();
    if is_older {
        tally.older += known.len();
        return Ok(tally);
    }
    tally.present += known.len();
    for key in known {
        match told[key] {
            Ending::Completed => tally.completed += 1,
            Ending::Diverged => tally.diverged += 1,
            Ending::Failed => tally.failed += 1,
        }
    }
    Ok(tally)
}

/// How a run ended, as a table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Completed,
    Diverged,
    Failed,
}

/// How runs ended, by their keys, as `runs.csv` of the last report has it.
fn endings(folder: &ResultFolder) -> HashMap<String, Ending> {
    let table = folder.file("runs.csv").unwrap_or_default();
    let mut reader = csv::Reader::from_reader(&table[..]);
    let place = |header: &csv::StringRecord, name: &str| header.iter().position(|own| own == name);
    let places = reader.headers().ok().and_then(|own| Some((place(own, "key")?, place(own, "status")?)));
    let Some((key, status)) = places else { return HashMap::new() };
    let ending = |word: &str| {
        let all = [
            (Status::Completed, Ending::Completed),
            (Status::Diverged { step: None }, Ending::Diverged),
            (Status::Failed { why: String::new() }, Ending::Failed),
        ];
        all.into_iter().find(|(own, _)| own.as_str() == word).map(|(_, ending)| ending)
    };
    let rows = reader.records().filter_map(Result::ok);
    rows.filter_map(|row| Some((row.get(key)?.to_owned(), ending(row.get(status)?)?))).collect()
}

/// Claims with their verdicts, as the last report has them.
fn verdicts(folder: &ResultFolder) -> Vec<(String, Word)> {
    #[derive(Deserialize)]
    struct Told {
        id: String,
        verdict: Word,
    }
    let text = folder.file("claims.json").unwrap_or_default();
    let all: Vec<Told> = serde_json::from_slice(&text).unwrap_or_default();
    all.into_iter().map(|told| (told.id, told.verdict)).collect()
}

/// When a result was computed last, or else planned.
fn when(folder: &ResultFolder) -> String {
    let Origin { calls, .. } = folder.origin();
    // `2026-12-01T01:02:03Z`, to the minute.
    let computed = calls.last().and_then(|call| call.began.get(..16)).map(|began| began.replace('T', " "));
    computed.or_else(|| folder.written().map(date)).unwrap_or_else(|| "?".repeat(16))
}

/// `2026-11-30 08:15` from the seconds since 1970; the calendar by H. Hinnant, *chrono-compatible low-level
/// date algorithms*.
pub fn date(seconds: u64) -> String {
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", of_day / 3_600, of_day / 60 % 60)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use thalweg_records::{Metric, Record, key_of};

    use super::*;
    use crate::report_of;

    /// A store with four runs of a result, of which the last `missing` are not there.
    fn store(folder: &tempfile::TempDir, missing: usize) -> Store {
        let store = Store::new(folder.path().join("results"));
        let record = |i: usize| {
            let spec = json!({ "seed": 1, "replicate": i });
            let status = [Status::Completed, Status::Diverged { step: Some(3) }][usize::from(i == 1)].clone();
            let metrics = vec![Metric::new("loss", 0.5 + i as f64)];
            Record { status, metrics, ..Record::empty(key_of(&spec), spec) }.sealed()
        };
        let records: Vec<Record> = (0..4).map(record).collect();
        store.prepare().unwrap();
        store.keep(&records[..4 - missing]).unwrap();
        let claims = json!([{ "id": "low", "says": "The loss is low", "kind": "bound", "of": "loss",
            "at-most": 9.0, "survivors": true }]);
        let plan = Plan {
            title: "Four runs".into(),
            question: "How low?".into(),
            source: Some("four.toml".into()),
            profile: Some("quick".into()),
            runs: records.iter().map(|record| record.key.clone()).collect(),
            claims,
            figures: json!([]),
            ..Plan::new("four", Vec::new())
        };
        store.result("four").write_plan(&plan).unwrap();
        store
    }

    fn content(store: &Store) -> Content {
        Index::of(store).unwrap().entries.remove(0).content.unwrap()
    }

    #[test]
    fn an_entry_tells_how_the_runs_ended_with_and_without_a_report() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder, 1);
        let content = |store| content(store);
        let before = content(&store);
        let tally = Tally { present: 3, planned: 4, completed: 2, diverged: 1, ..Tally::default() };
        assert_eq!((before.runs, before.is_reported, before.verdicts.len()), (tally, false, 0));
        let result = store.result("four");
        report_of(&store, &result, false).unwrap().write(&result).unwrap();
        let after = content(&store);
        assert_eq!((after.runs, after.is_reported), (tally, true));
        assert_eq!(after.verdicts, [("low".to_owned(), Word::Inconclusive)]);
        // One of the runs that the table tells of is gone, and one that it does not tell of is there.
        let table = String::from_utf8(result.file("runs.csv").unwrap()).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        result.write("runs.csv", [lines[0], lines[2], lines[3]].join("\n").as_bytes()).unwrap();
        assert_eq!(content(&store).runs, tally, "what the table lacks is read");
    }

    #[test]
    fn what_cannot_be_read_stands_in_the_list_too() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder, 0);
        let other = store.result("other");
        other.write("plan.json", b"{").unwrap();
        let entries = Index::of(&store).unwrap().entries;
        let damaged = entries.iter().find(|entry| entry.name == "other").unwrap();
        assert!(damaged.content.as_ref().unwrap_err().contains("is damaged"), "{damaged:?}");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00"),
            (951_782_399, "2000-02-28 23:59"),
            (951_782_400, "2000-02-29 00:00"),
            (1_796_026_500, "2026-11-30 08:15"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }
}
