//! Targets of a regression that are far from the scale for which first weights and usual rates are made.

use thalweg_datasets::{Source, TargetColumns};
use thalweg_optimizers::Degree;

use crate::file::Learning;
use crate::inputs::Inputs;

/// A mean or a standard deviation beyond it is far from 1.
const FAR: f64 = 10.0;

/// Why runs may diverge or stay far from their targets, by how the steps grow with the gradient, and what to
/// do, if the targets of their file have a mean or standard deviation above 10; of several columns the one
/// that is farthest from 0.
pub(super) fn far_targets(task: &Learning, inputs: &Inputs, degree: Option<Degree>) -> Option<String> {
    let numbers = inputs.dataset.as_ref()?.numbers.as_ref()?;
    let n = numbers.nrows() as f64;
    let column = |i: usize| {
        let column = numbers.column(i);
        let mean = column.sum() / n;
        let squares: f64 = column.iter().map(|target| (target - mean).powi(2)).sum();
        (i, mean, (squares / n).sqrt())
    };
    let size = |(_, mean, deviation): &(usize, f64, f64)| mean.abs().max(*deviation);
    let far = (0..numbers.ncols()).map(column).max_by(|a, b| size(a).total_cmp(&size(b)));
    let (i, mean, deviation) = far.filter(|far| size(far) > FAR)?;
    let names = match &task.data {
        Source::Csv(source) => source.target.as_ref(),
        Source::Parquet(source) => source.target.as_ref(),
        _ => None,
    };
    let name = names.map_or("targets".to_owned(), |TargetColumns(names)| format!("targets {:?}", names[i]));
    let (mean, deviation) = (rounded(mean), rounded(deviation));
    let (fault, change) = match degree {
        Some(Degree::Linear) => ("be too large for them, as the steps grow with the gradient", "lower"),
        Some(Degree::Invariant) => {
            ("be too small for them, as the steps do not grow with the gradient", "raise")
        }
        None => ("not suit them", "choose another"),
    };
    Some(format!(
        "the {name} have mean {mean} and standard deviation {deviation}, and a rate that suits targets near 1 may \
         {fault}: put (y − {mean})/{deviation} into the file in place of y, or {change} `initial` in [schedule]"
    ))
}

/// Three digits, as a whole number where it has more.
fn rounded(number: f64) -> String {
    match number.abs() {
        1e6.. => format!("{number:.2e}"),
        100.0.. => format!("{number:.0}"),
        _ => format!("{number:.2}"),
    }
}
