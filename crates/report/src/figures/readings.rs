//! What can be read at a place of a figure: the setting, and the runs behind it.

use serde_json::Value;
use thalweg_records::Record;

use super::names::drawn_names;
use crate::draw::{Mark, Reading};
use crate::select::value;
use crate::words;

/// The runs behind a place, each with what it has of a quantity.
pub(super) fn behind(runs: &[&Record], quantity: &str) -> Vec<(String, Option<f64>)> {
    runs.iter().map(|run| (run.key.clone(), value(run, quantity))).collect()
}

/// That some runs stand behind a place.
pub(super) fn reading(at: (f64, f64), of: String, runs: Vec<(String, Option<f64>)>) -> Mark {
    Mark::Reading(Reading { at, of, runs })
}

/// `batch size 8`: the value of a setting, with what the setting is called.
pub(super) fn setting_in_words(runs: &[&Record], key: &str, level: &Value) -> String {
    format!("{} {}", words::words(runs, key).label, drawn_names(&[level])[0])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::draw::{Mark, Reading};
    use crate::figures::FigureConfig;
    use crate::{Results, made_up};

    fn readings(results: &Results, config: serde_json::Value) -> Vec<Reading> {
        let config: FigureConfig = serde_json::from_value(config).unwrap();
        let figure = config.build(results).unwrap();
        let marks = figure.panels.into_iter().flat_map(|panel| panel.marks);
        marks
            .filter_map(|mark| if let Mark::Reading(reading) = mark { Some(reading) } else { None })
            .collect()
    }

    #[test]
    fn every_point_leads_to_its_runs() {
        let results = made_up::results(2, |batch, r| batch + 0.5 * r as f64);
        let (x, key) = ("train.batch-size", |batch: u32, r: u32| format!("{batch}-{r}"));
        let summary =
            json!({ "kind": "summary", "id": "a", "title": "", "x": x, "y": ["loss"], "y-scale": "linear" });
        let of = readings(&results, summary.clone());
        assert_eq!(of.len(), 4);
        assert_eq!(of[2].of, "batch size 4");
        assert_eq!(of[2].runs, [(key(4, 0), Some(4.0)), (key(4, 1), Some(4.5))]);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        let mean = |a: f64, b: f64| (a * b).sqrt();
        assert!(of[2].at.0 == 4.0 && close(of[2].at.1, mean(4.0, 4.5)), "one line stands where it is");
        let mut in_rows = summary;
        in_rows["sort"] = json!("value");
        let of = readings(&results, in_rows);
        let values: Vec<f64> = of[3].runs.iter().filter_map(|(_, value)| *value).collect();
        assert!(of.len() == 4 && close(of[3].at.0, mean(values[0], values[1])), "{:?}", of[3]);
        let distribution = json!({ "kind": "distribution", "id": "a", "title": "", "x": x, "y": "loss" });
        let of = readings(&results, distribution);
        assert_eq!((of.len(), &of[7].runs), (8, &vec![(key(8, 1), Some(8.5))]));
        assert_eq!(of[7].at.0, 8.5);
        let relation =
            json!({ "kind": "relation", "id": "a", "title": "", "x": "loss", "y": "seconds", "series": x });
        let of = readings(&results, relation);
        assert_eq!((of.len(), &of[1].runs, of[1].at), (8, &vec![(key(1, 1), None)], (1.5, 1.0)));
    }
}
