//! What figures make of made-up results.

use serde_json::json;
use thalweg_records::{Curve, Metric};

use super::*;
use crate::draw::Mark;
use crate::made_up;

fn figure(config: Value, results: &Results) -> Figure {
    let mut config = config;
    config["id"] = "f".into();
    config["title"] = "F".into();
    serde_json::from_value::<FigureConfig>(config).unwrap().build(results).unwrap()
}

fn lines(figure: &Figure) -> Vec<&[(f64, f64)]> {
    let marks = figure.panels[0].marks.iter();
    marks
        .filter_map(|mark| if let Mark::Line { points, .. } = mark { Some(&points[..]) } else { None })
        .collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn curves_are_means_on_their_own_scale_within_the_range_of_the_replicates() {
    // At batch size 1 the replicates end at 1 and 100.
    let mut results = made_up::results(2, |batch, r| batch * 100.0_f64.powi(r as i32));
    for run in &mut results.runs {
        let end = run.metric("loss").unwrap();
        run.curves = vec![Curve { name: "loss".into(), steps: vec![1, 10], values: vec![1.0, end] }];
    }
    for (scale, mean, caption) in
        [("log", 10.0, "geometric mean and range"), ("linear", 50.5, "mean and range")]
    {
        let config = json!({ "kind": "curves", "y": "loss", "series": "train.batch-size", "y-scale": scale });
        let figure = figure(config, &results);
        assert_eq!(figure.panels[0].title, format!("{caption} of 2 replicates"));
        let line = lines(&figure)[0];
        assert!(line.len() == 2 && close(line[1].1, mean), "{line:?}");
        let Mark::Band { ends, .. } = &figure.panels[0].marks[0] else { panic!("bands come first") };
        assert_eq!(ends[1], (10.0, 1.0, 100.0));
    }
}

#[test]
fn a_summary_leaves_out_what_diverged_and_puts_its_series_side_by_side() {
    let loss = |batch: f64, r: u64| if batch == 8.0 { f64::NAN } else { batch + 2.0 * r as f64 };
    let mut results = made_up::results(2, loss);
    for run in &mut results.runs {
        run.metrics.push(Metric { name: "loss.sd".into(), value: 0.5 });
    }
    let config =
        json!({ "kind": "summary", "x": "train.batch-size", "x-scale": "log", "y": ["loss", "seconds"] });
    let figure = figure(config, &results);
    let (loss, seconds) = (lines(&figure)[0], lines(&figure)[1]);
    assert_eq!((loss.len(), seconds.len()), (3, 3), "nothing at 8, not even a time");
    assert!(close(loss[0].1, 2.0) && close(seconds[0].1, 1.0));
    assert!(loss[0].0 < 1.0 && seconds[0].0 > 1.0 && close(loss[0].0 * seconds[0].0, 1.0));
    let bars = figure.panels[0].marks.iter().find_map(|mark| match mark {
        Mark::Bars { bars, .. } => Some(bars[0]),
        _ => None,
    });
    // 1 and 3: 2 ± t₀.₉₇₅(1) · 1.
    assert!((bars.unwrap().2 - 14.7062).abs() < 1e-3, "{bars:?}");
    let Mark::Band { ends, .. } = &figure.panels[0].marks[0] else { panic!("bands come first") };
    assert_eq!(ends[0], (1.0, 1.5, 2.5), "a standard deviation over test sets to either side");
    assert!(figure.legend.iter().any(|entry| entry.text.contains("diverged")));
}

#[test]
fn a_summary_on_a_logarithmic_axis_has_geometric_means_and_positive_intervals() {
    let results = made_up::results(2, |batch, r| batch * if r == 0 { 1.0 } else { 100.0 });
    let config = json!({ "kind": "summary", "x": "train.batch-size", "y-scale": "log", "y": ["loss"] });
    let figure = figure(config, &results);
    assert!(close(lines(&figure)[0][1].1, 20.0), "of 2 and 200");
    assert!(figure.panels[0].title.starts_with("geometric mean"));
    let bars = figure.panels[0].marks.iter().find_map(|mark| match mark {
        Mark::Bars { bars, .. } => Some(bars[0]),
        _ => None,
    });
    // Logarithms 0 and 2: 1 ± t₀.₉₇₅(1) · 1.
    assert!((bars.unwrap().1.log10() + 11.7062).abs() < 1e-3, "{bars:?}");
}

#[test]
fn panels_show_the_same_replicate() {
    let mut results = made_up::results(3, |batch, _| batch);
    results.runs.retain(|run| !["1-0", "8-1"].contains(&run.key.as_str()));
    let panel = |batch: u64| {
        let value = json!({ "title": "p", "where": { "train.batch-size": batch } });
        serde_json::from_value::<PanelConfig>(value).unwrap()
    };
    let keys = |panels: &[PanelConfig]| -> Vec<String> {
        runs_of(&results, panels).unwrap().iter().map(|run| run.key.clone()).collect()
    };
    assert_eq!(keys(&[panel(1), panel(8)]), ["1-2", "8-2"]);
    assert_eq!(keys(&[panel(8), panel(2)]), ["8-0", "2-0"]);
    assert!(runs_of(&results, &[panel(1), panel(16)]).is_err());
}
