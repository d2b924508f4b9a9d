//! `cargo xtask hashes`: one experiment computed in many ways, and the hash of what came out of each.
//!
//! Each way has a store of its own. Ways of one numerics must agree in every bit: of all that the runs
//! recorded, or, where the probes are left out, of their curves and end weights.

mod ways;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, anyhow};
use clap::Args;
use thalweg_cli::{Exit, note, say};
use thalweg_records::{Record, Store, key_of};

use self::ways::{Compared, Way, ways};
use crate::table::Table;

/// Every rule with every probe, where nothing else is asked for.
const ZOO: &str = include_str!("hashes/zoo.toml");

/// What to compute, and how often to kill it.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of an experiment, or the path of a .toml file [default: every rule with every probe]
    experiment: Option<String>,
    /// A profile of the experiment
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A setting, such as train.steps=200; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// How often the program is killed, and how often it is asked to stop
    #[arg(long, value_name = "N", default_value_t = 5)]
    kills: u32,
    /// QEMU's user-mode emulator of x86-64, to run on CPUs without AVX2 and without fused products too
    #[arg(long, value_name = "PROGRAM")]
    emulator: Option<PathBuf>,
    /// Only the ways whose names contain this, beside the first of each numerics
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let experiment = arguments.experiment.clone().map_or_else(|| zoo(folder.path()), Ok)?;
    let mut settings = vec![experiment];
    settings.extend(arguments.profile.iter().map(|profile| format!("--profile={profile}")));
    settings.extend(arguments.set.iter().map(|set| format!("--set={set}")));
    let mut table = Table::new(&["way", "numerics", "runs", "hash", "same", "seconds"]);
    let mut references: Vec<(&str, Digests)> = Vec::new();
    let mut differing = 0;
    for (i, way) in ways(arguments.kills, arguments.emulator.as_deref()).iter().enumerate() {
        let is_first = references.iter().all(|(numerics, _)| *numerics != way.numerics);
        if !is_first && arguments.only.as_ref().is_some_and(|part| !way.name.contains(part.as_str())) {
            continue;
        }
        note(format_args!("{}, {}", way.numerics, way.name));
        let start = Instant::now();
        let digests = compute(way, &settings, &folder.path().join(i.to_string()))?;
        let seconds = start.elapsed().as_secs_f64();
        let same = references
            .iter()
            .find(|(numerics, _)| *numerics == way.numerics)
            .map(|(_, reference)| digests.iter().all(|one| one.agrees(&reference[0], way.compared)));
        differing += usize::from(same == Some(false));
        table.push([
            way.name.clone(),
            way.numerics.to_owned(),
            digests[0].n_runs.to_string(),
            digests[0].of(way.compared).to_owned(),
            same.map_or("", |same| if same { "yes" } else { "NO" }).to_owned(),
            format!("{seconds:.1}"),
        ]);
        if is_first {
            references.push((way.numerics, digests));
        }
    }
    say(table.render())?;
    if differing > 0 {
        return Err(anyhow!("{differing} ways differ from the first of their numerics").into());
    }
    Ok(())
}

fn zoo(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join("zoo.toml");
    std::fs::write(&path, ZOO).context("cannot write the experiment")?;
    Ok(path.display().to_string())
}

/// Of each store that a way filled.
type Digests = Vec<Digest>;

/// Hashes over all runs of a plan, in its order.
struct Digest {
    n_runs: usize,
    /// Of all that the runs recorded, times apart.
    everything: String,
    /// Of their curves but those of probes, and of their end weights.
    trajectory: String,
}

impl Digest {
    fn of(&self, compared: Compared) -> &str {
        match compared {
            Compared::Everything => &self.everything,
            Compared::Trajectory => &self.trajectory,
        }
    }

    fn agrees(&self, other: &Self, compared: Compared) -> bool {
        self.n_runs == other.n_runs && self.of(compared) == other.of(compared)
    }
}

fn compute(way: &Way, settings: &[String], folder: &Path) -> anyhow::Result<Digests> {
    way.stores(settings, folder)?.iter().map(|store| digest(store)).collect()
}

fn digest(root: &Path) -> anyhow::Result<Digest> {
    let store = Store::new(root);
    let [name] = &store.results()?[..] else { return Err(anyhow!("expected one result")) };
    let runs = store.result(name).read_plan()?.runs;
    let mut everything = Vec::new();
    let mut trajectory = Vec::new();
    for key in &runs {
        let record = store.read(key)?.with_context(|| format!("{key} was not computed"))?;
        everything.push(record.hash());
        trajectory.push(hash_of_trajectory(record));
    }
    Ok(Digest { n_runs: runs.len(), everything: key_of(&everything), trajectory: key_of(&trajectory) })
}

/// The hash of a record of the status, the losses and the end weights alone.
fn hash_of_trajectory(record: Record) -> String {
    let Record { key, status, curves, params, .. } = record;
    let curves = curves.into_iter().filter(|curve| curve.name == "train.loss").collect();
    Record { status, curves, params, ..Record::empty(key, serde_json::Value::Null) }.hash()
}
