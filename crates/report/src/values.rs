//! The final values as a table for people.

use serde_json::Value;
use thalweg_records::{Quantity, Record, Role};

use crate::Results;
use crate::draw::{drawn, escape};
use crate::figures::{drawn_names, levels};
use crate::select::value;
use crate::tables::{names, points};
use crate::words;

/// An HTML table with a row for each point of the sweep and a column for each final value: the mean over the
/// replicates in four digits, as intervals have a place in `summary.csv`. Empty if there are no values.
pub(crate) fn table(results: &Results) -> String {
    let metrics = names(results, |run| run.metrics.iter().map(|metric| metric.name.as_str()).collect());
    let is_spread = |name: &String| matches!(Quantity::of(name).role, Role::Deviation | Role::Error);
    let metrics: Vec<String> = metrics.into_iter().filter(|name| !is_spread(name)).collect();
    if metrics.is_empty() {
        return String::new();
    }
    let all: Vec<&Record> = results.runs.iter().collect();
    let named = |axis: &String| {
        let levels = levels(&all, axis);
        let names = drawn_names(&levels);
        (axis.clone(), levels.into_iter().zip(names).collect())
    };
    let axes: Vec<(String, Vec<(&Value, String)>)> = results.axes().iter().map(named).collect();
    let joined = |parts: Vec<String>, otherwise: &str| match parts.is_empty() {
        true => otherwise.to_owned(),
        false => parts.join(", "),
    };
    let point = joined(axes.iter().map(|(axis, _)| words::words(&all, axis).axis()).collect(), "setting");
    let header = std::iter::once(&point)
        .chain(&metrics)
        .map(|name| format!("<th scope=\"col\">{}</th>", escape(name)));
    let mut table = format!("<table>\n<thead><tr>{}</tr></thead>\n<tbody>\n", header.collect::<String>());
    for (_, runs) in points(results) {
        let settings = axes.iter().map(|(axis, levels)| {
            let name = levels.iter().find(|(level, _)| runs[0].setting(axis) == Some(*level));
            name.map_or_else(|| "none".to_owned(), |(_, name)| name.clone())
        });
        let point = joined(settings.collect(), "all runs");
        let means = metrics.iter().map(|name| {
            let values: Vec<f64> = runs.iter().filter_map(|run| value(run, name)).collect();
            if values.is_empty() {
                String::new()
            } else {
                drawn(values.iter().sum::<f64>() / values.len() as f64, 4)
            }
        });
        let cells = means.map(|cell| format!("<td>{}</td>", escape(&cell))).collect::<String>();
        table += &format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", escape(&point));
    }
    table + "</tbody>\n</table>\n"
}

#[cfg(test)]
mod tests {
    use thalweg_records::Metric;

    use crate::made_up;

    #[test]
    fn a_row_for_each_point_has_the_means_of_its_replicates() {
        let mut results =
            made_up::results(2, |batch, r| if batch < 8.0 { batch / 3.0 + r as f64 } else { f64::NAN });
        results.runs[0].metrics.push(Metric::new("loss.sd", 1.0));
        let table = super::table(&results);
        assert_eq!(
            table.lines().nth(1),
            Some(
                "<thead><tr><th scope=\"col\">batch size (samples)</th><th scope=\"col\">loss</th></tr></thead>"
            )
        );
        assert_eq!(table.lines().nth(3), Some("<tr><th scope=\"row\">1</th><td>0.8333</td></tr>"));
        assert_eq!(
            table.lines().nth(6),
            Some("<tr><th scope=\"row\">8</th><td></td></tr>"),
            "all of them diverged"
        );
        results.runs.clear();
        assert_eq!(super::table(&results), "");
    }

    #[test]
    fn without_a_sweep_the_only_row_has_a_name() {
        let mut results = made_up::results(2, |_, r| r as f64);
        results.plan.axes.clear();
        results.runs.truncate(2);
        let table = super::table(&results);
        assert!(table.contains("<th scope=\"col\">setting</th>"), "{table}");
        assert!(table.contains("<tr><th scope=\"row\">all runs</th>"), "{table}");
    }
}
