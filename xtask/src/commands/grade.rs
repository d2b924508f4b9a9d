//! `cargo xtask grade`: every estimate of a spectrum beside the exact one.

mod estimates;
mod objects;

use std::time::Instant;

use anyhow::{Context, anyhow};
use clap::Args;
use thalweg_landscape::spectrum::{Dense, Operator};

use self::estimates::{Grade, grades};
use crate::exit::Exit;
use crate::print::{note, say};
use crate::table::Table;

/// What to grade on.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Leave out the network 2-64-64-2, whose exact eigenvalues take most of the time
    #[arg(long)]
    quick: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let mut table = Table::new(&["estimator", "object", "exact", "estimate", "error", "stated bound", "ok"]);
    let mut missed = 0;
    let mut add = |object: &str, graded: Vec<Grade>| {
        for grade in graded {
            missed += usize::from(!grade.is_ok());
            table.push(row(object, &grade));
        }
    };
    for mut object in objects::closed_forms()? {
        let exact = eigenvalues(object.name, &mut *object.exact)?;
        let mut graded = vec![objects::difference(&mut object).context(object.name)?];
        graded.extend(grades(&mut *object.operator, &exact).context(object.name)?);
        add(object.name, graded);
    }
    if !arguments.quick {
        let name = "moons 2-64-64-2";
        let graded = objects::with_trained_moons(|hessian| {
            let exact = eigenvalues(name, hessian)?;
            grades(hessian, &exact)
        });
        add(name, graded.context(name)?);
    }
    say(table.render())?;
    if missed > 0 {
        return Err(anyhow!("{missed} estimates are farther off than they state").into());
    }
    Ok(())
}

/// All eigenvalues, by the dense solver, which everything else is held to.
fn eigenvalues(name: &str, operator: &mut dyn Operator) -> anyhow::Result<Vec<f64>> {
    let start = Instant::now();
    let dense = Dense::of(operator).context("exact Hessian")?;
    let products = start.elapsed().as_secs_f64();
    let values = dense.eigenvalues().context("exact eigenvalues")?;
    let seconds = start.elapsed().as_secs_f64() - products;
    note(format_args!("{name}: d = {}, products {products:.2} s, eigenvalues {seconds:.2} s", values.len()));
    Ok(values)
}

fn row(object: &str, grade: &Grade) -> [String; 7] {
    [
        grade.estimator.clone(),
        object.to_owned(),
        format!("{:.9}", grade.exact),
        format!("{:.9}", grade.estimate),
        format!("{:.1e}", grade.error()),
        format!("{:.1e}", grade.bound),
        if grade.is_ok() { "yes" } else { "no" }.to_owned(),
    ]
}
