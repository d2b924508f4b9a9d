//! What figures make of made-up results.

mod edges;
mod fields;
mod heat_maps;
mod kinds;
mod paths;

use serde_json::{Value, json};
use thalweg_records::{Curve, Dtype, Metric};

use super::*;
use crate::draw::{Color, INK, Mark, Raster, Shape, Side, viridis};
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

fn points(figure: &Figure) -> Vec<&[(f64, f64)]> {
    let marks = figure.panels[0].marks.iter();
    marks
        .filter_map(|mark| if let Mark::Points { points, .. } = mark { Some(&points[..]) } else { None })
        .collect()
}

/// Where signs of values without a place stand along an edge.
fn off(figure: &Figure, wanted: Side) -> Vec<&[f64]> {
    let marks = figure.panels[0].marks.iter();
    marks
        .filter_map(|mark| match mark {
            Mark::Edge { at, side, style } if *side == wanted && style.shape == Shape::Nabla => Some(&at[..]),
            _ => None,
        })
        .filter(|at| !at.is_empty())
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
fn the_band_of_a_curve_may_be_the_interval_of_its_mean() {
    // Two replicates end at 1 and 100 times the batch size, at step 5 only one is left.
    let mut results = made_up::results(2, |batch, r| batch * 100.0_f64.powi(r as i32));
    for run in &mut results.runs {
        let (mut steps, mut values) = (vec![1, 5, 10], vec![1.0, 2.0, run.metric("loss").unwrap()]);
        if replicate(run) == 1 {
            steps.remove(1);
            values.remove(1);
        }
        run.curves = vec![Curve { name: "loss".into(), steps, values }];
    }
    let config = json!({
        "kind": "curves", "y": "loss", "series": "train.batch-size", "y-scale": "log", "band": "interval",
    });
    let figure = figure(config, &results);
    assert_eq!(figure.panels[0].title, "geometric mean and 95 % interval (Student's t) of 2 replicates");
    let Mark::Band { ends, .. } = &figure.panels[0].marks[1] else { panic!("bands come first") };
    assert_eq!(ends.len(), 1, "no interval of one value, nor of two equal ones: {ends:?}");
    // Batch size 2, logarithms log₁₀ 2 + 0 and + 2: 1 ± t₀.₉₇₅(1) · 1 above it, t being written to four
    // decimals.
    let (low, high) = ((ends[0].1 / 2.0).log10(), (ends[0].2 / 2.0).log10());
    assert!((low + 11.7062).abs() < 1e-3 && (high - 13.7062).abs() < 1e-3, "{low} {high}");
    assert_eq!(lines(&figure)[1].len(), 2, "no mean over those that are left");
    // The curves end between 1 and 80; the interval is cut as far beyond them.
    let (low, high) = figure.panels[0].y.range.unwrap();
    assert!(close(low, 1.0 / 80.0) && (high / 6400.0 - 1.0).abs() < 1e-9, "{low} {high}");
}

#[test]
fn crosses_beyond_the_axis_of_what_completed_stand_at_its_end() {
    // Batch size 1 diverges at 1e9 and 2 at −1e9, one replicate of 4 at 1e300; the others go from 8 to 6.
    let diverges = |batch: f64, r: u64| batch < 3.0 || (batch == 4.0 && r == 0);
    let mut results = made_up::results(2, |batch, r| if diverges(batch, r) { f64::NAN } else { batch });
    for run in &mut results.runs {
        let batch = run.setting("train.batch-size").and_then(Value::as_f64).unwrap();
        let end = match batch {
            1.0 => 1e9,
            2.0 => -1e9,
            4.0 if diverges(batch, replicate(run)) => 1e300,
            _ => 6.0,
        };
        let step = if end == 6.0 { 10 } else { 4 };
        run.curves = vec![Curve { name: "loss".into(), steps: vec![1, step], values: vec![8.0, end] }];
    }
    let mut config =
        json!({ "kind": "curves", "y": "loss", "series": "train.batch-size", "y-scale": "linear" });
    let drawn = figure(config.clone(), &results);
    let (low, high) = drawn.panels[0].y.range.unwrap();
    assert!(close(low, 5.92) && close(high, 8.08), "{low} {high}");
    let edges: Vec<(Side, &[f64])> = drawn.panels[0]
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Edge { at, side, style } if style.shape == Shape::Cross => Some((*side, &at[..])),
            _ => None,
        })
        .collect();
    assert_eq!(edges, [(Side::Head, &[4.0; 2][..]), (Side::Foot, &[4.0; 2]), (Side::Head, &[4.0])]);
    let note = "\nthe axis is that of the runs that completed: 5 crosses at its end are beyond it";
    assert!(drawn.panels[0].title.ends_with(note), "{}", drawn.panels[0].title);
    assert!(!drawn.render("a").png.is_empty(), "what is that far away is drawn as well");
    config["facet"] = "train.batch-size".into();
    let faceted = figure(config, &results);
    assert!(faceted.panels.iter().all(|panel| panel.y.range == drawn.panels[0].y.range));
}

#[test]
fn a_summary_leaves_out_what_diverged_and_puts_its_series_side_by_side() {
    let loss = |batch: f64, r: u64| if batch == 8.0 { f64::NAN } else { batch + 2.0 * r as f64 };
    let mut results = made_up::results(2, loss);
    for run in &mut results.runs {
        run.metrics.push(Metric::new("loss.sd", 0.5));
    }
    let config = json!({ "kind": "summary", "x": "train.batch-size", "x-scale": "log", "y": ["loss", "seconds"], "y-label": "both" });
    let figure = figure(config, &results);
    let (loss, seconds) = (lines(&figure)[0], lines(&figure)[1]);
    assert_eq!((loss.len(), seconds.len()), (3, 3), "nothing at 8, not even a time");
    assert!(close(loss[0].1, 3.0_f64.sqrt()) && close(seconds[0].1, 1.0), "losses have geometric means");
    let x = |i: usize| points(&figure)[i].iter().map(|(x, _)| *x).collect::<Vec<f64>>();
    assert!(x(0)[0] < 1.0 && x(1)[0] > 1.0, "the interval of √3 would hide 1");
    assert_eq!((loss[0].0, seconds[0].0), (x(0)[0], x(1)[0]), "lines pass through their points");
    let crosses = figure.panels[0].marks.iter().find_map(|mark| match mark {
        Mark::Edge { at, side: Side::Foot, style } if style.shape == Shape::Cross => Some(at.clone()),
        _ => None,
    });
    assert_eq!(crosses, Some(vec![8.0]));
    assert!(figure.panels[0].title.contains("\n2 of 8 runs diverged and are left out"));
    let bars = figure.panels[0].marks.iter().find_map(|mark| match mark {
        Mark::Bars { bars, .. } => Some(bars[0]),
        _ => None,
    });
    // 1 and 3: √3 · 3^(± t₀.₉₇₅(1)/2), which is positive at either end.
    let reach = 12.706_205 / 2.0 * 3.0_f64.ln();
    assert!(((bars.unwrap().2 / 3.0_f64.sqrt()).ln() - reach).abs() < 1e-3, "{bars:?}");
    let Mark::Band { ends, .. } = &figure.panels[0].marks[0] else { panic!("bands come first") };
    let (low, high) = (3.0_f64.sqrt() - 0.5, 3.0_f64.sqrt() + 0.5);
    assert!(
        close(ends[0].1, low) && close(ends[0].2, high),
        "a standard deviation over test sets to either side"
    );
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

/// Runs with two more settings, `n` a table each: loss = factor · batch^exponent · (1 + scatter).
fn swept(kinds: &[Value], loss: impl Fn(usize, f64, u64) -> f64) -> Results {
    let mut results = made_up::results(3, |_, _| 1.0);
    let all = std::mem::take(&mut results.runs);
    for (i, kind) in kinds.iter().enumerate() {
        for mut run in all.clone() {
            let batch = run.setting("train.batch-size").and_then(Value::as_f64).unwrap();
            run.metrics[0].value = loss(i, batch, replicate(&run));
            run.spec["optimizer"] = kind.clone();
            run.key = format!("{i}-{}", run.key);
            results.runs.push(run);
        }
    }
    results.plan.runs = results.runs.iter().map(|run| run.key.clone()).collect();
    results
}

fn texts(figure: &Figure) -> Vec<&str> {
    figure.legend.iter().map(|entry| entry.text.as_str()).collect()
}

#[test]
fn a_summary_has_a_line_for_each_value_of_a_second_setting() {
    let kinds = [json!({ "kind": "sgd" }), json!({ "kind": "adam" })];
    let results = swept(&kinds, |i, batch, _| 10.0 * i as f64 + batch);
    let mut config = json!({
        "kind": "summary", "x": "train.batch-size", "y": ["loss"],
        "series": "optimizer", "series-label": "rule",
    });
    let drawn = figure(config.clone(), &results);
    assert_eq!(texts(&drawn), ["rule:", "sgd", "adam"]);
    let ends: Vec<f64> = lines(&drawn).iter().map(|line| line[3].1).collect();
    assert!(close(ends[0], 8.0) && close(ends[1], 18.0), "{ends:?}");
    assert_eq!(drawn.panels[0].title, "geometric mean and 95 % interval (Student's t) of 3 replicates");
    config["series"] = Value::Null;
    let pooled = figure(config.clone(), &results);
    assert!(close(lines(&pooled)[0][3].1, 12.0), "the geometric mean of both rules, as in claims");
    let title = &pooled.panels[0].title;
    assert!(
        title.ends_with("of 3 replicates, each averaged over all its runs"),
        "no axis says what: {title}"
    );
    let mut results = results;
    results.plan.axes.push("optimizer".into());
    config["y"] = json!(["seconds"]);
    let title = &figure(config, &results).panels[0].title;
    assert!(title.ends_with("of 3 replicates, each averaged over optimizer (2 values)"), "{title}");
    // A range is that of the runs, not of the replicates.
    for run in &mut results.runs {
        run.curves = vec![Curve { name: "loss".into(), steps: vec![1, 2], values: vec![2.0, 1.0] }];
    }
    let config = json!({ "kind": "curves", "y": "loss", "series": "train.batch-size" });
    let title = &figure(config, &results).panels[0].title;
    let expected = "of 3 replicates, each averaged over optimizer (2 values), and range of all runs";
    assert!(title.ends_with(expected), "{title}");
}

#[test]
fn a_power_law_has_the_slope_of_its_claim_and_passes_through_the_mean_of_the_points() {
    let exponents = [1.0, -0.5];
    let kinds = [json!({ "kind": "sgd" }), json!({ "kind": "adam" })];
    // Replicates scatter about the exponent by −0.1, 0 and 0.1.
    let results = swept(&kinds, |i, batch, r| 3.0 * batch.powf(exponents[i] + 0.1 * (r as f64 - 1.0)));
    let mut config = json!({
        "kind": "summary", "x": "train.batch-size", "y": ["loss"], "series": "optimizer",
        "x-scale": "log", "y-scale": "log", "fit": "power-law",
    });
    let drawn = figure(config.clone(), &results);
    // ± t₀.₉₇₅(2) · 0.1/√3 = 0.248.
    assert_eq!(
        texts(&drawn),
        [
            "optimizer:",
            "sgd, slope 1.00 [0.75, 1.25]",
            "adam, slope −0.50 [−0.75, −0.25]",
            "power law by least squares"
        ]
    );
    let line = lines(&drawn)[1];
    assert!(close(line[0].1, 3.0) && close(line[1].1, 3.0 / 8.0_f64.sqrt()), "{line:?}");
    assert!(line[0].0 == 1.0 && close(line[1].0, 8.0));
    // At batch size 1 both rules have a mean of 3, and one point would hide the other.
    let (sgd, adam) = (points(&drawn)[0], points(&drawn)[1]);
    assert!(sgd[0].0 < 1.0 && adam[0].0 > 1.0 && close(sgd[0].0 * adam[0].0, 1.0), "{sgd:?} {adam:?}");
    assert!(adam[0].0 < 1.05, "no more than needed");
    assert!(sgd[3].0 < 8.0 && adam[3].0 > 8.0, "intervals would lie on one another at every place");
    config["series"] = Value::Null;
    config["where"] = json!({ "optimizer.kind": "sgd" });
    assert_eq!(texts(&figure(config, &results))[0], "loss, slope 1.00 [0.75, 1.25]", "a line alone too");
}

#[test]
fn predictions_are_thin_lines_beside_what_was_measured() {
    let mut results = made_up::results(2, |batch, _| 8.0 * batch);
    for run in &mut results.runs {
        let predicted = run.metric("loss").unwrap() / 2.0;
        run.metrics.push(Metric::new("loss.predicted", predicted));
        for (name, value) in [("loss", 2.0 * predicted), ("loss.predicted", predicted)] {
            run.curves.push(Curve { name: name.into(), steps: vec![1, 2], values: vec![value, 3.0 * value] });
        }
    }
    let config =
        json!({ "kind": "summary", "id": "a", "title": "A", "y": ["loss"], "x": "train.batch-size" });
    let summary = figure(config, &results);
    for (point, (x, y)) in lines(&summary)[1].iter().zip([(1.0, 4.0), (2.0, 8.0), (4.0, 16.0), (8.0, 32.0)]) {
        assert!(point.0 == x && close(point.1, y), "{point:?}");
    }
    assert!(texts(&summary).contains(&"predicted"));
    let config = json!({ "kind": "curves", "y": "loss", "series": "train.batch-size", "y-scale": "linear" });
    let curves = figure(config, &results);
    assert_eq!(lines(&curves)[..2], [&[(1.0, 8.0), (2.0, 24.0)], &[(1.0, 4.0), (2.0, 12.0)]]);
    assert!(texts(&curves).contains(&"predicted"));
}

#[test]
fn a_relation_has_a_point_for_each_run_that_has_both_values() {
    let mut results = made_up::results(2, |batch, r| if batch < 8.0 { batch - r as f64 } else { f64::NAN });
    results.runs[2].metrics.push(Metric::new("width", 0.5));
    results.runs[3].metrics.push(Metric::new("width", 0.25));
    let config = json!({
        "kind": "relation", "x": "width", "y": "loss", "series": "train.batch-size",
        "y-scale": "log",
    });
    let relation = figure(config, &results);
    let points = relation.panels[0].marks.iter().flat_map(|mark| match mark {
        Mark::Points { points, .. } => points.clone(),
        _ => Vec::new(),
    });
    assert_eq!(points.collect::<Vec<_>>(), [(0.5, 2.0), (0.25, 1.0)]);
    assert!(
        relation.panels[0].title.contains("2 runs")
            && relation.panels[0].title.contains("6 of 8 runs without")
    );
}

#[test]
fn sizes_of_a_relation_tell_a_second_setting_apart() {
    let kinds = [json!({ "kind": "sgd" }), json!({ "kind": "adam" })];
    let results = swept(&kinds, |i, batch, _| 10.0 * i as f64 + batch);
    let config = json!({
        "kind": "relation", "x": "seconds", "y": "loss", "series": "optimizer", "series-label": "rule",
        "size": "train.batch-size", "size-label": "batch",
    });
    let drawn = figure(config, &results);
    assert_eq!(texts(&drawn), ["rule:", "sgd", "adam", "batch:", "1", "2", "4", "8"]);
    let marks: Vec<(f64, Shape, (f64, f64))> = drawn.panels[0]
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Points { points, style } => Some((style.size, style.shape, points[2])),
            Mark::Reading(_) => None,
            _ => panic!("points alone"),
        })
        .collect();
    assert_eq!(marks.len(), 8);
    assert_eq!(marks[1], (7.0, Shape::Square, (8.0, 18.0)), "the largest first");
    assert_eq!(marks[6], (3.0, Shape::Circle, (1.0, 1.0)));
}

#[test]
fn values_without_a_place_on_the_axis_are_left_out_and_the_caption_says_so() {
    let mut results = made_up::results(2, |batch, r| batch * r as f64);
    let summary = json!({ "kind": "summary", "x": "train.batch-size", "y-scale": "log", "y": ["loss"] });
    let curves = json!({ "kind": "curves", "y": "loss", "series": "train.batch-size", "y-scale": "log" });
    for run in &mut results.runs {
        let end = run.metric("loss").unwrap();
        run.curves = vec![Curve { name: "loss".into(), steps: vec![1, 10], values: vec![1.0, end] }];
    }
    for config in [summary, curves] {
        let drawn = figure(config.clone(), &results);
        let title = &drawn.panels[0].title;
        assert!(
            title.contains("\n4 values of 0 or below, off the axis (hollow triangles), are left out"),
            "{title}"
        );
        let signs: Vec<f64> = off(&drawn, Side::Foot).concat();
        assert_eq!(signs, if config["kind"] == "summary" { [1.0, 2.0, 4.0, 8.0] } else { [10.0; 4] });
        assert!(texts(&drawn).contains(&"0 or below, off the axis"));
        let mut linear = config;
        linear["y-scale"] = "linear".into();
        assert!(!figure(linear, &results).panels[0].title.contains('\n'));
    }
}

#[test]
fn impossible_figures_are_refused() {
    let summary = json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss"] });
    for (key, value, part) in [
        ("y", json!([]), "at least one quantity"),
        ("fit", json!("power-law"), "x-scale"),
        ("facet", json!("seed"), "no place beside `facet`"),
        ("sort", json!("value"), "no place beside `sort`"),
        ("series", json!("optimizer"), "one quantity beside"),
    ] {
        let mut config = summary.clone();
        if key == "series" {
            config["y"] = json!(["loss", "seconds"]);
        }
        match key {
            "fit" => config["y-scale"] = "linear".into(),
            "facet" | "sort" => config["fit"] = "power-law".into(),
            _ => {}
        }
        config[key] = value;
        (config["id"], config["title"]) = ("f".into(), "F".into());
        let config: FigureConfig = serde_json::from_value(config).unwrap();
        let message = config.check()[0].to_string();
        assert!(message.contains(part), "{message}");
        assert_eq!(config.build(&made_up::results(2, |batch, _| batch)).unwrap_err(), message);
    }
}

#[test]
fn a_quantile_is_a_share() {
    for quantile in [0.0, 1.5, -0.1] {
        let config =
            json!({ "kind": "weights", "id": "f", "title": "F", "panels": [], "quantile": quantile });
        let message = serde_json::from_value::<FigureConfig>(config).unwrap().check()[0].to_string();
        assert!(message.contains("quantile"), "{message}");
    }
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

#[test]
fn unknown_keys_are_refused() {
    let panels = json!([{ "title": "p" }]);
    for mut config in [
        json!({ "kind": "curves", "y": "loss", "series": "seed", "band": "interval", "facet": "seed" }),
        json!({ "kind": "summary", "y": ["loss"], "x": "seed", "series": "seed", "fit": "power-law" }),
        json!({ "kind": "summary", "y": ["loss"], "x": "seed", "facet": "seed", "sort": "value" }),
        json!({ "kind": "heat-map", "x": "a", "y": "b", "value": "loss", "best": "lowest", "value-scale": "log" }),
        json!({ "kind": "distribution", "x": "a", "y": "loss", "series": "b", "facet": "c" }),
        json!({ "kind": "scatter", "panels": panels }),
        json!({ "kind": "boundary", "panels": panels, "columns": 6 }),
        json!({ "kind": "weights", "panels": panels, "quantile": 0.5 }),
        json!({ "kind": "images", "panels": panels }),
        json!({ "kind": "relation", "x": "a", "y": "b", "series": "seed", "size": "seed", "size-label": "c" }),
        json!({ "kind": "slice", "panels": panels, "probe": "pca", "label": "a", "x-label": "b", "y-label": "c", "columns": 2 }),
        json!({ "kind": "path", "panels": [{ "title": "p", "probe": "seed" }], "y-scale": "log", "x-label": "b", "y-label": "c", "columns": 2 }),
    ] {
        (config["id"], config["title"]) = ("f".into(), "F".into());
        let read = |config: &Value| serde_json::from_value::<FigureConfig>(config.clone());
        assert!(read(&config).is_ok(), "{config}");
        config["colour"] = 1.into();
        assert!(read(&config).unwrap_err().to_string().contains("unknown field `colour`"), "{config}");
    }
    let none = json!({ "kind": "boundary", "id": "f", "title": "F", "panels": panels, "columns": 0 });
    assert!(serde_json::from_value::<FigureConfig>(none).is_err());
}
