//! `cargo xtask bench --probes`: what it costs to look at the landscape on the way, beside the steps of the
//! run.

use serde_json::{Value, json};
use thalweg_cli::{Exit, note, say};
use thalweg_experiment::Job;

use super::times::{Times, duration, percent};
use super::training::{plan, record, seconds};
use crate::table::Table;

/// A look should not be felt: all of them together take less than this share of the steps.
const TARGET: f64 = 0.2;

const STEPS: u64 = 150_000;
/// In `--quick`, with fewer looks.
const FEW_STEPS: u64 = 5_000;

/// What is looked at: settings of both probes, and of the spectrum alone.
const LOOKS: [(&str, &str, &str); 3] = [
    ("all samples, f64", "", ""),
    ("all samples, f32", "", "precision = \"f32\", "),
    ("128 samples, f64", "samples = 128, ", ""),
];

/// A run that is looked at.
struct Watched {
    label: &'static str,
    job: Job,
    train: Times,
    probes: Times,
    looks: usize,
    /// A look, the mean over all of them.
    products: f64,
}

/// Measures W1 with B = 64 without probes and with them, in turn; prints a table and returns what was
/// measured.
pub fn run(quick: bool) -> Result<Value, Exit> {
    let (rounds, steps) = if quick { (1, FEW_STEPS) } else { (5, STEPS) };
    let plain = job(steps, None)?;
    let mut without = Times::default();
    let mut watched = Vec::new();
    for (label, both, spectrum) in LOOKS {
        let job = job(steps, Some((both, spectrum)))?;
        let (train, probes) = (Times::default(), Times::default());
        watched.push(Watched { label, job, train, probes, looks: 0, products: f64::NAN });
    }
    for round in 1..=rounds {
        note(format_args!("round {round} of {rounds}"));
        without.push(seconds(&record(&plain)?, "train.seconds")?);
        for run in &mut watched {
            run.measure()?;
        }
    }
    say(table(&without, &watched).render())?;
    let rows = watched.iter().map(|run| {
        json!({
            "looks-at": run.label,
            "looks": run.looks,
            "products": run.products,
            "seconds": { "training": run.train.min(), "probes": run.probes.min() },
            "cost": run.probes.min() / without.min(),
        })
    });
    let rows: Vec<Value> = rows.collect();
    Ok(json!({ "steps": steps, "seconds": without.min(), "target": TARGET, "watched": rows }))
}

/// A run without probes, or with a spectrum and a noise.
fn job(steps: u64, settings: Option<(&str, &str)>) -> Result<Job, Exit> {
    let mut set = vec!["train.batch-size=64".to_owned(), format!("train.steps={steps}")];
    if let Some((both, spectrum)) = settings {
        let both = format!("{both}when = {{ kind = \"log-spaced\" }}");
        let spectrum = format!("{{ kind = \"spectrum\", top = 5, exact-trace = true, {spectrum}{both} }}");
        set.push(format!("probe=[{spectrum}, {{ kind = \"noise\", {both} }}]"));
    }
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    Ok(plan("moons.toml", &set)?.jobs.swap_remove(0))
}

impl Watched {
    fn measure(&mut self) -> anyhow::Result<()> {
        let record = record(&self.job)?;
        self.train.push(seconds(&record, "train.seconds")?);
        self.probes.push(seconds(&record, "probe.seconds")?);
        if let Some(products) = record.curve("spectrum.products") {
            self.looks = products.values.len();
            self.products = products.values.iter().sum::<f64>() / self.looks as f64;
        }
        Ok(())
    }
}

/// The fastest rounds.
fn table(without: &Times, watched: &[Watched]) -> Table {
    let mut table = Table::new(&[
        "looks at",
        "looks",
        "steps without",
        "steps with",
        "probes",
        "a look",
        "products a look",
        "cost",
        "target",
        "",
    ]);
    for run in watched {
        let cost = run.probes.min() / without.min();
        table.push([
            run.label.to_owned(),
            run.looks.to_string(),
            duration(without.min()),
            duration(run.train.min()),
            duration(run.probes.min()),
            duration(run.probes.min() / run.looks as f64),
            format!("{:.1}", run.products),
            percent(cost),
            percent(TARGET),
            (if cost < TARGET { "met" } else { "missed" }).to_owned(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_its_probes_and_looks_at_them() {
        assert!(job(10, None).unwrap().spec.probes.is_empty());
        for (label, both, spectrum) in LOOKS {
            let job = job(10, Some((both, spectrum))).unwrap();
            assert_eq!(job.spec.probes.len(), 2, "{label}");
            let (train, probes) = (Times::default(), Times::default());
            let mut run = Watched { label, job, train, probes, looks: 0, products: f64::NAN };
            run.measure().unwrap();
            // After 0 to 6, 8 and 10 steps.
            assert_eq!(run.looks, 9, "{label}");
            assert!(run.products > 5.0 && run.probes.min() > 0.0, "{label}: {}", run.products);
        }
    }
}
