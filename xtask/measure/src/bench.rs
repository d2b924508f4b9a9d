//! `cargo xtask bench`

mod case;
mod ceilings;
mod growth;
mod instructions;
mod peers;
mod probes;
mod subnormal;
mod times;
mod training;
mod wide;
mod workload;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use thalweg_cli::{Exit, note, provenance, say};
use thalweg_records::Provenance;

use self::case::{Case, Target};
use self::ceilings::Ceilings;
use self::times::{Times, duration, percent};
use self::workload::Workload;
use crate::table::Table;
use xtask::workspace::commit;

/// What to measure.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which workloads [default: all]
    #[arg(long, value_name = "W", value_enum, ignore_case = true, num_args = 1..)]
    workload: Vec<Workload>,
    /// Fewer rounds, and shorter ones beside peers
    #[arg(long)]
    quick: bool,
    /// Write what was measured to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Run the peers that are installed instead of looking at the limits, interleaved with ours
    #[arg(long)]
    peers: bool,
    /// Python of the peers
    #[arg(long, value_name = "PATH", requires = "peers", default_value = "python3")]
    python: String,
    /// Build and run the peers in Rust too
    #[arg(long, requires = "peers")]
    rust: bool,
    /// Measure how the time grows with width, depth, batch, data, runs and threads instead
    #[arg(long, conflicts_with_all = ["workload", "peers"])]
    growth: bool,
    /// Measure what it costs to look at the landscape on the way instead
    #[arg(long, conflicts_with_all = ["workload", "peers", "growth"])]
    probes: bool,
    /// Measure every rule on units that no sample reaches any more instead, beside SGD
    #[arg(long, conflicts_with_all = ["workload", "peers", "growth", "probes"])]
    subnormal: bool,
    /// Measure steps of wide networks instead, on one core and on all; with --peers beside other tools
    #[arg(long, conflicts_with_all = ["workload", "growth", "probes", "subnormal"])]
    wide: bool,
    /// Count the instructions of a step under valgrind instead, and compare with bench/instructions.json
    #[arg(long, conflicts_with_all = ["workload", "quick", "json", "peers", "growth", "probes", "subnormal", "wide"])]
    instructions: bool,
    /// Write what was counted to bench/instructions.json
    #[arg(long, requires = "instructions")]
    accept: bool,
}

/// How long is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    rounds: usize,
    /// Operations of a training in one round.
    flop: f64,
}

impl Arguments {
    fn effort(&self) -> Effort {
        // Short rounds, and many: on a machine that others use too, some of them are left alone. Peers take
        // longer.
        match (self.peers, self.quick) {
            (false, false) => Effort { rounds: 100, flop: 3e8 },
            (false, true) => Effort { rounds: 3, flop: 3e8 },
            (true, false) => Effort { rounds: 3, flop: 2e9 },
            (true, true) => Effort { rounds: 1, flop: 3e8 },
        }
    }

    fn cases(&self) -> Result<Vec<Case>, Exit> {
        let all = [Workload::W1, Workload::W2, Workload::W3, Workload::W4, Workload::W5];
        let chosen = all.iter().filter(|one| self.workload.is_empty() || self.workload.contains(one));
        let mut cases = Vec::new();
        for workload in chosen {
            cases.extend(workload.cases(self.effort().flop)?);
        }
        Ok(cases)
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    if arguments.instructions {
        return instructions::run(arguments.accept);
    }
    let measured = if arguments.growth {
        growth::run(arguments.quick)?
    } else if arguments.probes {
        probes::run(arguments.quick)?
    } else if arguments.subnormal {
        subnormal::run(arguments.quick)?
    } else if arguments.wide {
        wide::run(arguments.quick, arguments.peers.then_some(arguments.python.as_str()))?
    } else if arguments.peers {
        peers::run(
            arguments.cases()?,
            arguments.effort().rounds,
            arguments.quick,
            &arguments.python,
            arguments.rust,
        )?
    } else {
        beside_limits(&mut arguments.cases()?, arguments.effort().rounds)?
    };
    match &arguments.json {
        Some(path) => Ok(write(path, &measured)?),
        None => Ok(()),
    }
}

/// All cases in several rounds, the ceilings measured in each of them; returns what was measured.
fn beside_limits(cases: &mut [Case], rounds: usize) -> Result<Value, Exit> {
    let mut times = vec![Times::default(); cases.len()];
    let mut ceilings = Ceilings::measure();
    for round in 1..=rounds {
        if round == 1 || round % 10 == 0 {
            note(format_args!("round {round} of {rounds}"));
        }
        ceilings = ceilings.best(Ceilings::measure());
        for (case, times) in cases.iter_mut().zip(&mut times) {
            times.push(case.measure().with_context(|| case.label.clone())?);
        }
    }
    say(limits(cases, &times, &ceilings).render())?;
    say(ceilings.words())?;
    Ok(measured(cases, &times, &ceilings))
}

/// Our times beside the limits. What is reached is the fastest round beside the highest ceilings.
fn limits(cases: &[Case], times: &[Times], ceilings: &Ceilings) -> Table {
    let mut table = Table::new(&[
        "workload",
        "fastest",
        "median",
        "spread",
        "multiply-adds",
        "limit line",
        "of multiply-adds",
        "of line",
        "target",
        "",
    ]);
    for (case, times) in cases.iter().zip(times) {
        let limit = case.work.limit(ceilings);
        let (target, verdict) = match case.target {
            None => (String::new(), ""),
            Some(target) => {
                let met = target.reached(times.min(), limit) >= target.share();
                let of = match target {
                    Target::OfFma(_) => "multiply-adds",
                    Target::OfLine(_) => "line",
                };
                (format!("{} of {of}", percent(target.share())), if met { "met" } else { "missed" })
            }
        };
        table.push([
            case.label.clone(),
            duration(times.min()),
            duration(times.median()),
            percent(times.spread()),
            duration(limit.fma),
            duration(limit.line),
            percent(limit.fma / times.min()),
            percent(limit.line / times.min()),
            target,
            verdict.to_owned(),
        ]);
    }
    table
}

fn measured(cases: &[Case], times: &[Times], ceilings: &Ceilings) -> Value {
    let rows = cases.iter().zip(times).map(|(case, times)| {
        let limit = case.work.limit(ceilings);
        json!({
            "workload": case.label,
            "seconds": { "fastest": times.min(), "median": times.median(), "spread": times.spread() },
            "limit": { "multiply-adds": limit.fma, "line": limit.line },
            "target": case.target.map(|target| json!({
                "of": match target { Target::OfFma(_) => "multiply-adds", Target::OfLine(_) => "line" },
                "share": target.share(),
                "reached": target.reached(times.min(), limit),
            })),
        })
    });
    let rows: Vec<Value> = rows.collect();
    json!({ "ceilings": ceilings.json(), "workloads": rows })
}

/// Writes what was measured, with what computed it.
fn write(path: &Path, measured: &Value) -> anyhow::Result<()> {
    let Provenance { code, machine } = provenance(commit().as_deref());
    let whole = json!({ "code": code, "machine": machine, "measured": measured });
    let text = serde_json::to_string_pretty(&whole).context("cannot write what was measured")?;
    std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parse(line: &str) -> Result<Arguments, String> {
        let parsed = Line::try_parse_from(format!("bench {line}").split_whitespace());
        parsed.map(|line| line.arguments).map_err(|e| e.to_string())
    }

    #[test]
    fn workloads_are_chosen_by_name_in_their_own_order() {
        let labels = |line: &str| -> Vec<String> {
            parse(line).unwrap().cases().unwrap().into_iter().map(|case| case.label).collect()
        };
        assert_eq!(labels("--workload w5 W4 --quick"), ["W4 100 sets of 500", "W5 B=1…500"]);
        assert_eq!(labels("--workload W2 --workload w2").len(), 4);
    }

    #[test]
    fn impossible_combinations_are_refused() {
        for (line, expected) in [
            ("--workload W9", "[possible values: W1, W2, W3, W4, W5]"),
            ("--accept", "--instructions"),
            ("--rust", "--peers"),
            ("--growth --peers", "cannot be used with"),
            ("--growth --workload W1", "cannot be used with"),
            ("--probes --growth", "cannot be used with"),
            ("--subnormal --probes", "cannot be used with"),
            ("--wide --growth", "cannot be used with"),
            ("--instructions --json file", "cannot be used with"),
        ] {
            let message = parse(line).unwrap_err();
            assert!(message.contains(expected), "{line}: {message}");
        }
        assert_eq!(parse("").unwrap().python, "python3");
    }

    #[test]
    fn a_row_says_whether_its_target_is_met() {
        let ceilings = Ceilings {
            fma_f32: 100e9,
            fma_f64: 50e9,
            fma_all: 200e9,
            read_l1: 1.0,
            read_l2: 1.0,
            axpy_f32: 200e9,
            axpy_f64: 100e9,
        };
        let cases = Workload::W1.cases(1.0).unwrap();
        // 206,848 operations at 100 GFLOP/s are 2.07 µs, 69 % of 3 µs and 83 % of 2.5 µs.
        let row = |seconds: f64| {
            let mut times = vec![Times::default(); cases.len()];
            times[1].push(seconds);
            let table = limits(&cases, &times, &ceilings).render();
            table.lines().nth(3).unwrap().split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        };
        let missed = row(3e-6);
        assert_eq!(missed[1..4], ["W1 B=8 f32 fast", "3.00 µs", "3.00 µs"]);
        assert_eq!(
            missed[5..],
            ["2.07 µs", "2.34 µs", "69 %", "78 %", "70 % of multiply-adds", "missed", ""]
        );
        assert_eq!(row(2.5e-6)[10], "met");
    }
}
