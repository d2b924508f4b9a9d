//! Instructions of one step, counted by valgrind: the same whatever else the machine does.
//!
//! The command line itself is run twice on the two-moons network, with few and with more steps; the
//! difference is that of the steps alone. Both runs are evaluated equally often.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use thalweg_cli::{Exit, note, say};
use thalweg_network::Numerics;

use xtask::workspace::{program, root};

/// Steps of the two runs: evaluated after 0, 1, 10, 100 and all of them.
const STEPS: [u32; 2] = [110, 510];
/// How far a count may be from the accepted one. The same build counts the same to half a per mille.
const TOLERANCE: f64 = 0.02;

/// `bench/instructions.json`: what was counted and accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Counts {
    /// The compiler, which decides them too.
    rustc: String,
    /// By the numerics, for batches of 8 in f32.
    per_step: BTreeMap<String, u64>,
}

/// Counts, and compares with what was accepted or accepts it. Without valgrind it says so.
pub fn run(accept: bool) -> Result<(), Exit> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(say("instructions of a step: not counted, valgrind is not installed")?);
    }
    let mut counted = Counts { rustc: rustc()?, per_step: BTreeMap::new() };
    for numerics in [Numerics::Fast, Numerics::Portable] {
        let Some(per_step) = count(numerics)? else {
            note(format_args!("valgrind has no {numerics} numerics on this machine"));
            continue;
        };
        counted.per_step.insert(numerics.to_string(), per_step);
        say(format_args!("W1 B=8 f32 {numerics}: {per_step} instructions a step"))?;
    }
    if accept {
        let text = serde_json::to_string_pretty(&counted).context("cannot write the counts")?;
        std::fs::write(file(), text + "\n").context("cannot write bench/instructions.json")?;
        return Ok(());
    }
    let text = std::fs::read_to_string(file()).context("cannot read bench/instructions.json")?;
    let accepted: Counts = serde_json::from_str(&text).context("cannot read bench/instructions.json")?;
    let changes = changes(&counted, &accepted);
    if changes.is_empty() {
        return Ok(());
    }
    let hint = "hint: `cargo xtask bench --instructions --accept` takes them for right";
    let text = format!("instructions of a step have changed: {}\n{hint}", changes.join(", "));
    if counted.rustc == accepted.rustc {
        return Err(Exit::Failed(anyhow::anyhow!(text)));
    }
    note(format_args!("warning: {text}\nthe accepted ones are of another compiler, {}", accepted.rustc));
    Ok(())
}

/// What differs by more than the tolerance, in words.
fn changes(counted: &Counts, accepted: &Counts) -> Vec<String> {
    let change = |(name, now): (&String, &u64)| {
        let before = *accepted.per_step.get(name)?;
        let change = *now as f64 / before as f64 - 1.0;
        (change.abs() > TOLERANCE)
            .then(|| format!("{name} from {before} to {now} ({:+.1} %)", 100.0 * change))
    };
    counted.per_step.iter().filter_map(change).collect()
}

/// Instructions of a step; `None` if valgrind has not those that the numerics need.
fn count(numerics: Numerics) -> anyhow::Result<Option<u64>> {
    let mut totals = [0; 2];
    for (total, steps) in totals.iter_mut().zip(STEPS) {
        match count_run(numerics, steps)? {
            Some(count) => *total = count,
            None => return Ok(None),
        }
    }
    let [few, more] = totals;
    Ok(Some(more.saturating_sub(few) / u64::from(STEPS[1] - STEPS[0])))
}

fn count_run(numerics: Numerics, steps: u32) -> anyhow::Result<Option<u64>> {
    let folder = tempfile::tempdir().context("cannot make a folder for the records")?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program().context("cannot find the program")?)
        .arg("experiment")
        .arg(root().join("bench/moons.toml"))
        .args(["--set", &format!("train.steps={steps}"), "--set", &format!("model.numerics={numerics}")])
        .args(["--threads", "1", "--store"])
        .arg(folder.path())
        .output()
        .context("cannot start valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("numerics need a CPU") {
        return Ok(None);
    }
    match collected(&said) {
        Some(count) if output.status.success() => Ok(Some(count)),
        _ => bail!("valgrind failed with {}:\n{said}", output.status),
    }
}

/// The number behind `Collected :` in what callgrind says at its end.
fn collected(said: &str) -> Option<u64> {
    said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
}

fn rustc() -> anyhow::Result<String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("--version").output().context("cannot start rustc")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn file() -> PathBuf {
    root().join("bench/instructions.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(fast: u64, portable: u64) -> Counts {
        let per_step = [("fast", fast), ("portable", portable)].map(|(name, n)| (name.to_owned(), n));
        Counts { rustc: "rustc 1".to_owned(), per_step: per_step.into() }
    }

    #[test]
    fn two_per_cent_more_or_less_are_told() {
        let accepted = counts(1000, 2000);
        assert!(changes(&counts(1019, 1961), &accepted).is_empty());
        assert_eq!(
            changes(&counts(1021, 1940), &accepted),
            ["fast from 1000 to 1021 (+2.1 %)", "portable from 2000 to 1940 (-3.0 %)",]
        );
    }

    #[test]
    fn a_count_of_one_side_only_is_no_change() {
        let mut fewer = counts(5, 2000);
        fewer.per_step.remove("fast");
        assert!(changes(&fewer, &counts(1000, 2000)).is_empty());
        assert!(changes(&counts(1000, 2000), &fewer).is_empty());
    }

    #[test]
    fn the_count_is_read_from_what_callgrind_says() {
        let said = "==7== Events    : Ir\n==7== Collected : 668641672\n==7==\n";
        assert_eq!(collected(said), Some(668_641_672));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
    }

    #[test]
    fn the_accepted_counts_can_be_read() {
        let accepted: Counts = serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap();
        assert_eq!(accepted.per_step.len(), 2);
        let unknown = serde_json::from_str::<Counts>(r#"{"rustc": "", "per-step": {}, "per-stp": {}}"#);
        assert!(unknown.unwrap_err().to_string().contains("unknown field `per-stp`"));
    }
}
