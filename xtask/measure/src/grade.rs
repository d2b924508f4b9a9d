//! `cargo xtask grade`: every estimate of a spectrum beside the exact one.

mod estimates;
mod objects;

use std::time::Instant;

use anyhow::{Context, anyhow};
use clap::Args;
use thalweg_cli::{Exit, note, say};
use thalweg_landscape::spectrum::{Dense, Operator};

use self::estimates::{Grade, grades};
use crate::table::Table;

/// What to grade on.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Leave out the network 2-64-64-2, whose exact eigenvalues take most of the time
    #[arg(long)]
    quick: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let mut missed = 0;
    for mut object in objects::closed_forms()? {
        let exact = eigenvalues(object.name, &mut *object.exact)?;
        let mut graded = vec![objects::difference(&mut object).context(object.name)?];
        graded.extend(grades(&mut *object.operator, &exact).context(object.name)?);
        missed += print(object.name, &graded)?;
    }
    if !arguments.quick {
        let name = "moons 2-64-64-2";
        let graded = objects::with_trained_moons(|hessian| {
            let exact = eigenvalues(name, hessian)?;
            grades(hessian, &exact)
        });
        missed += print(name, &graded.context(name)?)?;
    }
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

/// Prints the table of one object and counts the estimates that are farther off than they state.
fn print(object: &str, graded: &[Grade]) -> anyhow::Result<usize> {
    let mut table = Table::new(&[object, "exact", "estimate", "error", "bound", "ok"]);
    for grade in graded {
        table.push([
            grade.estimator.clone(),
            digits(grade.exact),
            digits(grade.estimate),
            format!("{:.1e}", grade.error()),
            format!("{:.1e}", grade.bound),
            if grade.is_ok() { "yes" } else { "no" }.to_owned(),
        ]);
    }
    say(format_args!("{}\n", table.render()))?;
    Ok(graded.iter().filter(|grade| !grade.is_ok()).count())
}

/// Nine digits, behind a power of ten where they would need more than three zeros.
fn digits(x: f64) -> String {
    let power = x.abs().log10().floor();
    if (-4.0..9.0).contains(&power) {
        format!("{x:.*}", (8.0 - power) as usize)
    } else if x == 0.0 {
        "0".to_owned()
    } else {
        format!("{x:.8e}")
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn numbers_have_nine_digits() {
        let written = [10000.0, -0.055183860123, 38568086106.89, 1.9e-7, 0.0, f64::NAN].map(digits);
        assert_eq!(written, ["10000.0000", "-0.0551838601", "3.85680861e10", "1.90000000e-7", "0", "NaN"]);
    }
}
