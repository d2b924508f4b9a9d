//! Figures over settings that are no numbers, over two settings at once, and of several panels.

use super::heat_maps::cells;
use super::*;
use crate::draw::{Scale, Ticks};

fn optimizers(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({ "kind": name })).collect()
}

fn rows(figure: &Figure) -> Vec<&[(f64, f64, f64)]> {
    let marks = figure.panels[0].marks.iter();
    marks.filter_map(|mark| if let Mark::Rows { bars, .. } = mark { Some(&bars[..]) } else { None }).collect()
}

pub(super) fn points(figure: &Figure, panel: usize) -> Vec<&[(f64, f64)]> {
    let marks = figure.panels[panel].marks.iter();
    marks
        .filter_map(|mark| if let Mark::Points { points, .. } = mark { Some(&points[..]) } else { None })
        .filter(|points| !points.is_empty())
        .collect()
}

/// What stands at the vertical axis, from above to below.
pub(super) fn names(figure: &Figure) -> Vec<String> {
    let Ticks::Names(names) = &figure.panels[0].y.ticks else { panic!("names") };
    names.iter().rev().cloned().collect()
}

#[test]
fn values_that_are_no_numbers_have_a_row_each() {
    let results = swept(&optimizers(&["sgd", "adam", "lion"]), |i, batch, r| {
        if i == 2 && (r < 2 || batch < 3.0) { f64::NAN } else { [4.0, 1.0, 9.0][i] * 2.0_f64.powi(r as i32) }
    });
    let mut results = results;
    for run in &mut results.runs {
        if run.metrics[0].value.is_nan() {
            run.metrics.clear();
            run.status = Status::Diverged { step: Some(2) };
        }
    }
    let config = json!({
        "kind": "summary", "x": "optimizer", "y": ["loss"], "where": { "train.batch-size": 8 },
    });
    let drawn = figure(config.clone(), &results);
    assert_eq!(names(&drawn), ["sgd", "adam", "lion (2 of 3 diverged)"]);
    assert_eq!(drawn.panels[0].x.scale, Scale::Log, "a loss is compared by ratios");
    assert_eq!((drawn.panels[0].x.label.as_str(), drawn.panels[0].y.label.as_str()), ("loss", "optimizer"));
    let places = points(&drawn, 0)[0];
    assert!(close(places[0].0, 8.0) && places[0].1 == 2.0, "the geometric mean of 4, 8 and 16: {places:?}");
    assert!(close(places[1].0, 2.0) && places[1].1 == 1.0 && places[2] == (36.0, 0.0), "{places:?}");
    let (y, low, high) = rows(&drawn)[0][1];
    // Logarithms to base 2 of 0, 1 and 2: 1 ± t₀.₉₇₅(2)/√3, t being written to four decimals.
    let reach = 4.3027 / 3.0_f64.sqrt();
    assert!(y == 1.0 && ((high / 2.0).log2() - reach).abs() < 1e-3, "{low} {high}");
    assert!(((2.0 / low).log2() - reach).abs() < 1e-3, "{low} {high}");
    assert_eq!(rows(&drawn)[0].len(), 2, "no interval of one value");
    assert!(drawn.legend.is_empty());
    let mut sorted = config;
    sorted["sort"] = "value".into();
    let sorted = figure(sorted, &results);
    assert_eq!(names(&sorted), ["adam", "sgd", "lion (2 of 3 diverged)"], "the lowest loss above");
    assert!(points(&sorted, 0)[0].contains(&(36.0, 0.0)));
}

#[test]
fn rows_are_grouped_by_a_second_setting_and_sorted_by_what_is_better() {
    let mut results = swept(&optimizers(&["sgd", "adam"]), |_, _, _| 1.0);
    for run in &mut results.runs {
        let batch = run.setting("train.batch-size").and_then(Value::as_f64).unwrap();
        let is_adam = run.setting("optimizer.kind").unwrap() == "adam";
        let accuracy = if is_adam { 0.9 } else { 0.8 } - 0.01 * batch;
        run.metrics.push(Metric::new("test.clean.accuracy", accuracy));
        run.metrics.push(Metric::new("test.clean.accuracy.predicted", 0.5));
    }
    let config = json!({
        "kind": "summary", "x": "optimizer.kind", "y": ["test.clean.accuracy"],
        "series": "train.batch-size", "sort": "value",
    });
    let drawn = figure(config, &results);
    assert_eq!(names(&drawn), ["adam", "sgd"], "the highest accuracy above");
    assert_eq!(texts(&drawn), ["batch size:", "1", "2", "4", "8", "predicted"]);
    let all = points(&drawn, 0);
    assert_eq!(all.len(), 8, "a series and its predictions");
    let (first, last) = (all[0], all[6]);
    assert!(first.iter().chain(last).all(|(x, _)| (0.7..0.9).contains(x)));
    // In a row the first series is above the last, and no row reaches into the next.
    assert!(first[0].1 > last[0].1 && (first[0].1 - last[0].1) < 1.0, "{first:?} {last:?}");
    assert!(all[1].iter().zip(first).all(|(theory, point)| theory.0 == 0.5 && theory.1 == point.1));
    let config = json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss"], "sort": "value" });
    assert_eq!(
        names(&figure(config, &results)),
        ["1", "2", "4", "8"],
        "numbers too, if an order is asked for"
    );
}

#[test]
fn a_scale_or_a_fit_needs_numbers() {
    let results = swept(&optimizers(&["sgd", "adam"]), |_, batch, _| batch);
    for key in ["fit", "x-scale"] {
        let mut config =
            json!({ "kind": "summary", "id": "f", "title": "F", "x": "optimizer.kind", "y": ["loss"] });
        config[key] = if key == "fit" { "power-law" } else { "log" }.into();
        let config: FigureConfig = serde_json::from_value(config).unwrap();
        let why = config.build(&results).unwrap_err();
        assert_eq!(why, format!("`{key}` needs numbers, which the values of `optimizer.kind` are not"));
    }
}

#[test]
fn scales_and_ticks_follow_from_quantity_and_swept_values() {
    let mut results = made_up::results(2, |batch, _| batch);
    for run in &mut results.runs {
        run.metrics.push(Metric::new("test.clean.accuracy", 0.5));
        run.spec["rate"] =
            10_f64.powi(run.setting("train.batch-size").unwrap().as_f64().unwrap() as i32).into();
    }
    let axes = |config: Value| {
        let drawn = figure(config, &results);
        let panel = drawn.panels.into_iter().next().unwrap();
        (panel.x.scale, panel.y.scale, panel.x.ticks)
    };
    let (x, y, ticks) = axes(json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss"] }));
    assert_eq!((x, y), (Scale::Log, Scale::Log), "1, 2, 4 and 8 are evenly spaced there");
    let Ticks::At(ticks) = ticks else { panic!("swept values") };
    assert_eq!(ticks.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["1", "2", "4", "8"]);
    let (x, y, _) = axes(json!({ "kind": "summary", "x": "rate", "y": ["test.clean.accuracy"] }));
    assert_eq!((x, y), (Scale::Log, Scale::Linear));
    let config =
        json!({ "kind": "summary", "x": "rate", "y": ["loss"], "x-scale": "linear", "y-scale": "linear" });
    assert_eq!(axes(config).0, Scale::Linear, "what is given is taken");
}

#[test]
fn a_curve_that_comes_down_to_0_keeps_its_logarithmic_axis() {
    let mut results = made_up::results(2, |batch, _| batch);
    let scale = |results: &Results| {
        let drawn = figure(json!({ "kind": "curves", "y": "loss", "series": "train.batch-size" }), results);
        (drawn.panels[0].y.scale, drawn.panels[0].title.contains("values of 0 or below"))
    };
    let set = |results: &mut Results, values: [f64; 3]| {
        for run in &mut results.runs {
            let (steps, values) = (vec![1, 2, 3], values.to_vec());
            run.curves = vec![Curve { name: "loss".into(), steps, values }];
        }
    };
    set(&mut results, [1.0, 1e-150, 0.0]);
    assert_eq!(scale(&results), (Scale::Log, true));
    set(&mut results, [1.0, 0.0, 0.0]);
    assert_eq!(scale(&results), (Scale::Linear, false));
}

#[test]
fn what_is_predicted_stands_where_it_is_and_bands_stay_in_range() {
    let mut results = swept(&optimizers(&["sgd", "adam"]), |_, batch, _| batch);
    for run in &mut results.runs {
        for (name, value) in
            [("loss.predicted", 3.0), ("test.clean.accuracy", 0.99), ("test.clean.accuracy.sd", 0.05)]
        {
            run.metrics.push(Metric::new(name, value));
        }
    }
    let config = json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss"], "series": "optimizer" });
    let drawn = figure(config, &results);
    let theory = lines(&drawn)[1];
    assert_eq!(theory.iter().map(|(x, _)| *x).collect::<Vec<_>>(), [1.0, 2.0, 4.0, 8.0]);
    assert!(points(&drawn, 0)[0][0].0 < 1.0, "while points that hide one another stand beside");
    assert_eq!(lines(&drawn)[0][0], points(&drawn, 0)[0][0], "with their line");
    let config = json!({ "kind": "summary", "x": "train.batch-size", "y": ["test.clean.accuracy"] });
    let drawn = figure(config, &results);
    let Mark::Band { ends, .. } = &drawn.panels[0].marks[0] else { panic!("bands come first") };
    assert!(close(ends[0].1, 0.94) && ends[0].2 == 1.0, "{ends:?}");
}

#[test]
fn quantities_are_called_by_their_labels() {
    let results = made_up::results(2, |batch, _| batch);
    let config =
        json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss", "seconds"], "y-label": "both" });
    assert_eq!(texts(&figure(config, &results)), ["loss", "time of a run"]);
}

#[test]
fn quantities_without_a_common_axis_have_a_panel_each() {
    let mut results = made_up::results(2, |batch, _| if batch == 8.0 { f64::NAN } else { batch });
    for run in &mut results.runs {
        run.metrics.push(Metric::new("test.accuracy", 0.5));
    }
    let mut config =
        json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss", "test.accuracy", "train.loss"] });
    let drawn = figure(config.clone(), &results);
    let panels: Vec<(&str, Scale, &str)> = drawn
        .panels
        .iter()
        .map(|panel| (panel.y.label.as_str(), panel.y.scale, panel.title.as_str()))
        .collect();
    let title = "mean and 95 % interval (Student's t) of 2 replicates";
    assert_eq!(
        panels,
        [
            (
                "loss and training loss",
                Scale::Log,
                &*format!("geometric {title}\n6 of 8 runs without a value of training loss are left out")
            ),
            ("test accuracy", Scale::Linear, title)
        ]
    );
    let left_out = "2 of 8 runs diverged and are left out: what is shown is of the others";
    assert_eq!(texts(&drawn), ["loss", "training loss", "diverged, left out", left_out]);
    config["facet"] = "replicate".into();
    let told = texts(&figure(config.clone(), &results)).join("|");
    let of_one = "\nloss and training loss: 6 of 8 runs without a value of training loss are left out";
    assert!(told.contains("|one run each\n") && told.ends_with(of_one), "{told}");
    config["y"] = json!(["width", "test.accuracy"]);
    config["facet"] = Value::Null;
    let alone = figure(config, &results);
    assert_eq!((alone.panels.len(), alone.left_out.len()), (1, 1));
    assert!(alone.left_out[0].starts_with("no panel for width: "), "{}", alone.left_out[0]);
}

#[test]
fn few_curves_are_named_at_their_ends() {
    let mut results = made_up::results(2, |batch, _| batch);
    for run in &mut results.runs {
        let end = run.metric("loss").unwrap();
        run.curves = vec![Curve { name: "loss".into(), steps: vec![1, 10], values: vec![1.0, end] }];
    }
    let config = json!({ "kind": "curves", "y": "loss", "series": "train.batch-size" });
    let ends = |figure: &Figure| -> Vec<((f64, f64), String)> {
        let marks = figure.panels[0].marks.iter();
        let end = |mark: &Mark| match mark {
            Mark::End { at, text, .. } => Some((*at, text.clone())),
            _ => None,
        };
        marks.filter_map(end).collect()
    };
    let drawn = figure(config.clone(), &results);
    let named = ends(&drawn);
    assert!(texts(&drawn) == ["batch size: at the ends of the lines"] && named.len() == 4);
    assert!(named[0].1 == "1" && named[3].1 == "8" && close(named[3].0.1, 8.0), "{named:?}");
    let mut shorter = results.clone();
    for run in shorter.runs.iter_mut().filter(|run| run.key.starts_with('8')) {
        run.curves[0].steps.pop();
        run.curves[0].values.pop();
    }
    let drawn = figure(config.clone(), &shorter);
    assert!(ends(&drawn).is_empty() && drawn.legend.len() == 5, "a line that ends before the others");
    for run in &mut results.runs {
        let name =
            format!("{} is a name that no margin has room for", run.setting("train.batch-size").unwrap());
        run.spec["name"] = name.into();
    }
    let mut long = config;
    long["series"] = "name".into();
    let drawn = figure(long, &results);
    assert!(ends(&drawn).is_empty() && drawn.legend.len() == 5);
}

#[test]
fn many_curves_that_are_no_numbers_have_a_panel_each() {
    let names: Vec<String> = (0..13).map(|i| format!("rule-{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut results = swept(&optimizers(&names), |i, _, _| 1.0 + i as f64);
    for run in &mut results.runs {
        let end = run.metric("loss").unwrap();
        run.curves = vec![Curve { name: "loss".into(), steps: vec![1, 10], values: vec![1.0, end] }];
    }
    let config = json!({ "kind": "curves", "y": "loss", "series": "optimizer" });
    let drawn = figure(config, &results);
    assert_eq!(drawn.panels.len(), 13);
    assert_eq!((drawn.panels[0].title.as_str(), drawn.panels[12].title.as_str()), ("rule-0", "rule-12"));
    assert_eq!(texts(&drawn)[0], "optimizer: a panel each");
    let pens: Vec<Color> = drawn.panels[3]
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Line { pen, .. } = mark { Some(pen.color) } else { None })
        .collect();
    assert_eq!(pens.iter().filter(|color| **color == crate::draw::BEHIND).count(), 13);
    assert_eq!((pens.len(), pens[13]), (14, crate::draw::series(3).color), "its own before all others");
}

#[test]
fn a_distribution_shows_every_replicate_with_median_and_quartiles() {
    let mut results = made_up::results(4, |batch, r| batch * [1.0, 2.0, 4.0, 8.0][r as usize]);
    results.runs[0].spec["replicate"] = 0.into();
    let config = json!({ "kind": "distribution", "x": "train.batch-size", "y": "loss", "y-scale": "linear" });
    let drawn = figure(config.clone(), &results);
    assert_eq!(names(&drawn), ["1", "2", "4", "8"]);
    let title = "each of 4 replicates, median and quartiles";
    assert_eq!(drawn.panels[0].title, title);
    let values: Vec<f64> = points(&drawn, 0)[0].iter().map(|(x, _)| *x).collect();
    assert_eq!(values, [1.0, 2.0, 4.0, 8.0]);
    assert_eq!(points(&drawn, 0).len(), 4);
    let (area, ..) = cells(&drawn, 0)[0];
    assert!(close(area[0], 1.75) && close(area[1], 5.0) && area[2] < 3.0 && area[3] > 3.0, "{area:?}");
    let median = drawn.panels[0].marks.iter().find_map(|mark| match mark {
        Mark::Segments { segments, .. } => Some(segments[0]),
        _ => None,
    });
    assert_eq!(median.map(|[x0, _, x1, _]| (x0, x1)), Some((3.0, 3.0)));
    assert!(drawn.legend.is_empty());
    let config = json!({ "kind": "distribution", "x": "seed", "y": "loss", "series": "train.batch-size" });
    let grouped = figure(config, &results);
    assert_eq!(texts(&grouped), ["batch size:", "1", "2", "4", "8"]);
    assert_eq!(grouped.panels[0].x.scale, Scale::Log);
}
