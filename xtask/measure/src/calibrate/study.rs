//! A made-up study: claims, and runs whose values are drawn anew as often as one likes.

use serde_json::{Value, json};
use thalweg_numeric::Stream;
use thalweg_records::{Metric, Plan, Record, Status};
use thalweg_report::{Claim, Mode, Results, Word, judge};

use super::values::Values;

/// What becomes of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// All are completed.
    Completed,
    /// A fifth diverges at random, and the claims are about the others.
    Survivors,
    /// A fifth diverges at random, one at the least, and the claims are about all: nothing may be decided.
    Lost,
}

/// The share of runs that diverge, if runs do.
const DIVERGING: f64 = 0.2;

/// The runs of a study: `replicates` times so many cells, in the order of the replicates.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Replicates.
    pub replicates: u64,
    /// Runs a replicate, numbered from 1 by the setting `cell`.
    pub cells: usize,
    /// Cells that make a group, numbered by the setting `group`.
    pub per_group: usize,
    /// Whether each cell has replicates of its own, so that none has two runs.
    pub is_apart: bool,
}

/// One quantity of every run.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub values: Values,
}

/// A study whose truth is known.
#[derive(Debug, Clone)]
pub struct Study {
    layout: Layout,
    columns: Vec<Column>,
    /// What the first quantity has more, in each cell.
    lift: Vec<f64>,
    fate: Fate,
    claims: Vec<Claim>,
    results: Results,
}

impl Study {
    /// A study without values. `claims` as a file spells them, without `id` and `says`.
    pub fn new(layout: Layout, columns: &[Column], claims: Vec<Value>) -> Self {
        let mut runs = Vec::new();
        for replicate in 0..layout.replicates {
            for cell in 0..layout.cells {
                runs.push(run(layout, columns, replicate, cell));
            }
        }
        let plan = Plan {
            runs: runs.iter().map(|run| run.key.clone()).collect(),
            ..Plan::new("calibrate", vec!["cell".to_owned()])
        };
        Self {
            layout,
            columns: columns.to_vec(),
            lift: vec![0.0; layout.cells],
            fate: Fate::Completed,
            claims: claims.into_iter().enumerate().map(|(i, claim)| parse(i, claim)).collect(),
            results: Results::new(plan, runs),
        }
    }

    /// The same, with so much more of the first quantity in each cell.
    pub fn lifted(mut self, lift: impl Fn(usize) -> f64) -> Self {
        self.lift = (0..self.layout.cells).map(lift).collect();
        self
    }

    /// The same, with another fate of the runs.
    pub fn suffering(mut self, fate: Fate) -> Self {
        self.fate = fate;
        self
    }

    /// Draws all values anew. The first replicates of a study are those of a longer one, from the same
    /// stream.
    pub fn draw(&mut self, random: &mut Stream) {
        let Layout { cells, per_group, .. } = self.layout;
        let mut common = vec![vec![0.0; cells]; self.columns.len()];
        for (column, common) in self.columns.iter().zip(&mut common) {
            column.values.common(random, per_group, common);
        }
        let mut values = vec![0.0; cells];
        for runs in self.results.runs.chunks_mut(cells) {
            for (i, column) in self.columns.iter().enumerate() {
                column.values.fill(random, &mut values);
                for (cell, run) in runs.iter_mut().enumerate() {
                    let lift = if i == 0 { self.lift[cell] } else { 0.0 };
                    run.metrics[i].value = values[cell] + common[i][cell] + lift;
                }
            }
            if self.fate != Fate::Completed {
                for run in runs {
                    let is_lost = random.uniform() < DIVERGING;
                    run.status = if is_lost { Status::Diverged { step: None } } else { Status::Completed };
                }
            }
        }
        let runs = &mut self.results.runs;
        if self.fate == Fate::Lost && runs.iter().all(|run| run.status == Status::Completed) {
            runs[0].status = Status::Diverged { step: None };
        }
    }

    /// What the product says of the claims.
    pub fn verdicts(&self, mode: Mode) -> Vec<Word> {
        judge(&self.claims, &self.results, mode).iter().map(|verdict| verdict.verdict).collect()
    }
}

fn run(layout: Layout, columns: &[Column], replicate: u64, cell: usize) -> Record {
    // Cells of their own replicates follow one another.
    let number = if layout.is_apart { replicate + layout.replicates * cell as u64 } else { replicate };
    let spec = json!({ "replicate": number, "cell": cell + 1, "group": cell / layout.per_group });
    let metric = |column: &Column| Metric {
        counted_over: column.values.counted_over(),
        ..Metric::new(column.name, 0.0)
    };
    Record {
        metrics: columns.iter().map(metric).collect(),
        ..Record::empty(format!("{replicate}-{cell}"), spec)
    }
}

fn parse(i: usize, mut claim: Value) -> Claim {
    claim["id"] = i.to_string().into();
    claim["says"] = "so".into();
    let claim: Claim = serde_json::from_value(claim).expect("a claim as a file spells it");
    assert_eq!(claim.check(), [], "a claim that makes sense");
    claim
}
