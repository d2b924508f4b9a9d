//! What stands in `docs/records`: of each result its verdicts and its means.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use thalweg_experiment::suggestion;

/// All records by their names.
#[derive(Debug)]
pub struct Records(BTreeMap<String, Record>);

/// `claims.json` and `summary.csv` of one result.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) claims: Vec<Claim>,
    /// Names of the settings of each row.
    pub(super) settings: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A verdict.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Claim {
    pub(super) id: String,
    pub(super) says: String,
    /// Whether it is about a control.
    #[serde(default)]
    pub(super) control: bool,
    pub(super) test: Option<String>,
    pub(super) verdict: String,
    pub(super) effect: Option<f64>,
    pub(super) interval: Option<(f64, f64)>,
    /// What is tested, where another effect is shown.
    pub(super) score: Option<Score>,
    #[serde(rename = "p-adjusted")]
    pub(super) p: Option<f64>,
    #[serde(rename = "n-replicates")]
    pub(super) replicates: usize,
    #[serde(rename = "n-runs")]
    pub(super) runs: usize,
    pub(super) reason: Option<String>,
    pub(super) summary: String,
}

/// What a trend or a relation tests.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Score {
    pub(super) effect: f64,
    pub(super) interval: Option<(f64, f64)>,
}

/// A mean over replicates.
#[derive(Debug)]
pub(super) struct Row {
    /// In the order of the names.
    pub(super) settings: Vec<String>,
    pub(super) metric: String,
    pub(super) replicates: usize,
    pub(super) mean: f64,
    pub(super) interval: Option<(f64, f64)>,
}

impl Records {
    /// Reads every folder. One of folders, such as `museum`, is a record too, of all claims in it; those in
    /// it are called `museum/catapult`.
    ///
    /// # Errors
    /// If one cannot be read, or holds something else.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let mut records = BTreeMap::new();
        for (name, path) in folders(folder)? {
            if path.join("claims.json").exists() {
                records.insert(name, Record::read(&path)?);
                continue;
            }
            let mut all = Record { claims: Vec::new(), settings: Vec::new(), rows: Vec::new() };
            for (own, path) in folders(&path)? {
                let record = Record::read(&path)?;
                all.claims.extend(record.claims.iter().cloned());
                records.insert(format!("{name}/{own}"), record);
            }
            records.insert(name, all);
        }
        Ok(Self(records))
    }

    /// A record from the bytes of its files, under a name; for tests.
    ///
    /// # Errors
    /// If they hold something else.
    pub fn of(name: &str, claims: &str, summary: &str) -> anyhow::Result<Self> {
        Ok(Self([(name.to_owned(), Record::of(claims.as_bytes(), summary.as_bytes())?)].into()))
    }

    pub(super) fn find(&self, name: &str) -> Result<&Record, String> {
        self.0.get(name).ok_or_else(|| unknown("record", name, self.0.keys().cloned().collect()))
    }
}

/// The folders in one, by their names.
fn folders(folder: &Path) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let named = |entry: std::io::Result<DirEntry>| {
        let path = entry?.path();
        Ok((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path))
    };
    entries.map(named).collect()
}

impl Record {
    fn read(folder: &Path) -> anyhow::Result<Self> {
        let read = |file: &str| {
            let path = folder.join(file);
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let record = Self::of(&read("claims.json")?, &read("summary.csv")?);
        record.with_context(|| format!("cannot understand {}", folder.display()))
    }

    fn of(claims: &[u8], summary: &[u8]) -> anyhow::Result<Self> {
        let claims = serde_json::from_slice(claims).context("claims.json")?;
        let mut reader = csv::Reader::from_reader(summary);
        let names: Vec<String> = reader.headers().context("summary.csv")?.iter().map(str::to_owned).collect();
        let column = |wanted: &str| names.iter().position(|name| name == wanted).context("summary.csv");
        let [metric, replicates, mean, low, high] =
            [column("metric")?, column("replicates")?, column("mean")?, column("low")?, column("high")?];
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row?;
            let number = |at: usize| row[at].parse::<f64>();
            rows.push(Row {
                settings: row.iter().take(metric).map(str::to_owned).collect(),
                metric: row[metric].to_owned(),
                replicates: row[replicates].parse().context("replicates")?,
                mean: number(mean).with_context(|| format!("mean of {}", &row[metric]))?,
                interval: number(low).ok().zip(number(high).ok()),
            });
        }
        Ok(Self { claims, settings: names[..metric].to_vec(), rows })
    }
}

/// That a name is not known, with what is near.
pub(super) fn unknown(what: &str, name: &str, known: BTreeSet<String>) -> String {
    format!("there is no {what} `{name}`\nhint: {}", suggestion(name, &known))
}
