//! `cargo xtask calibrate`: how often verdicts are wrong, and how often right, in made-up studies whose truth
//! is known.
//!
//! All studies go through the judge that experiments go through. They are drawn from fixed seeds, so that two
//! runs print the same, on however many threads.

mod beyond;
mod case;
mod family;
mod null;
mod power;
mod rate;
mod study;
mod values;

use std::time::Instant;

use anyhow::anyhow;
use clap::Args;

use self::rate::Ledger;
use thalweg_cli::{Exit, note, say};

use crate::table::Table;

/// How much to simulate.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Fewer studies of fewer sizes: half a minute and not minutes
    #[arg(long)]
    quick: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let is_quick = arguments.quick;
    // Two binomial errors of 5 % are 1 % of 2000 studies, and 2 % of 400.
    let studies = if is_quick { 400 } else { 2000 };
    let mut ledger = Ledger::default();
    print("Single claims, the truth at the end of what they state", || {
        null::table(studies, is_quick, &mut ledger)
    })?;
    print("Families and sequences of looks", || family::table(studies, is_quick, &mut ledger))?;
    if !ledger.again.is_empty() {
        say(format_args!("Counted again, as they looked too high (✗: they are):\n"))?;
        for words in &ledger.again {
            say(format_args!("- {words}"))?;
        }
        say("")?;
    }
    print("Power", || power::table(studies, &mut ledger))?;
    print("Looks", || power::looks(studies / 2, &mut ledger))?;
    if !is_quick {
        print("Power curves", || power::curves(studies))?;
        print("What no test can hold", || beyond::table(studies))?;
        say(beyond::REASON)?;
    }
    if !ledger.failed.is_empty() {
        let list: Vec<String> = ledger.failed.iter().map(|words| format!("\n- {words}")).collect();
        return Err(anyhow!("{} rates are not what they must be:{}", list.len(), list.concat()).into());
    }
    Ok(())
}

/// Prints one table, and how long it took.
fn print(title: &str, table: impl FnOnce() -> Table) -> anyhow::Result<()> {
    let start = Instant::now();
    let table = table();
    say(format_args!("## {title}\n\n{}\n", table.render()))?;
    note(format_args!("{title}: {:.1} s", start.elapsed().as_secs_f64()));
    Ok(())
}
