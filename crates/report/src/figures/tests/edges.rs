//! Values that have no place, single points, runs that all diverged, and more series than can be told apart.

use super::*;
use crate::draw::{Scale, Sign};

fn refused(config: Value, results: &Results) -> String {
    let mut config = config;
    (config["id"], config["title"]) = ("f".into(), "F".into());
    serde_json::from_value::<FigureConfig>(config).unwrap().build(results).unwrap_err()
}

/// `n` batch sizes, from `first` on in steps of 1, whose loss is the batch size plus the replicate; each with
/// a curve.
fn many(n: u64, first: i64) -> Results {
    let mut results = made_up::results(2, |batch, _| batch);
    let all: Vec<Record> = results.runs.drain(..2).collect();
    results.runs.clear();
    for i in 0..n {
        for mut run in all.clone() {
            let batch = first + i as i64;
            run.key = format!("{i}-{}", run.key);
            run.spec["train"]["batch-size"] = batch.into();
            run.metrics[0].value = batch as f64 + replicate(&run) as f64;
            let values = vec![1.0 + i as f64; 3];
            run.curves = vec![Curve { name: "loss".into(), steps: vec![1, 2, 3], values }];
            results.runs.push(run);
        }
    }
    results
}

fn summary() -> Value {
    json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss"] })
}

fn curves() -> Value {
    json!({ "kind": "curves", "y": "loss", "series": "train.batch-size" })
}

fn relation() -> Value {
    json!({ "kind": "relation", "x": "seconds", "y": "loss", "series": "train.batch-size" })
}

#[test]
fn settings_without_a_place_on_a_logarithmic_axis_are_named() {
    let mut config = summary();
    config["x-scale"] = "log".into();
    let drawn = figure(config.clone(), &many(3, 0));
    let note = "\nbatch size = 0 has no place on the axis and is left out";
    assert!(drawn.panels[0].title.ends_with(note), "{}", drawn.panels[0].title);
    let drawn = figure(config.clone(), &many(4, -2));
    let note = "\n3 values of batch size from −2 to 0 have no place on the axis and are left out";
    assert!(drawn.panels[0].title.ends_with(note), "{}", drawn.panels[0].title);
    let why = refused(config.clone(), &many(1, 0));
    assert!(why.starts_with("no value of `train.batch-size` is above 0") && why.contains("x-scale"), "{why}");
    config["x-scale"] = "linear".into();
    assert!(!figure(config, &many(3, 0)).panels[0].title.contains('\n'));
}

#[test]
fn nothing_above_zero_is_no_picture_on_a_logarithmic_axis() {
    let mut results = made_up::results(2, |batch, _| -batch);
    for run in &mut results.runs {
        run.curves = vec![Curve { name: "loss".into(), steps: vec![1, 2], values: vec![-1.0, 0.0] }];
    }
    for mut config in [summary(), curves(), relation()] {
        config["y-scale"] = "log".into();
        let why = refused(config.clone(), &results);
        assert!(why.starts_with("no value of `loss` is above 0") && why.contains("y-scale"), "{why}");
        config["y-scale"] = "linear".into();
        figure(config, &results);
    }
    let mut config = relation();
    (config["x"], config["x-scale"]) = ("loss".into(), "log".into());
    assert!(refused(config, &results).contains("x-scale"));
    for run in &mut results.runs {
        run.curves = vec![Curve { name: "loss".into(), steps: vec![0], values: vec![1.0] }];
    }
    assert!(refused(curves(), &results).starts_with("no step of `loss`"));
}

#[test]
fn a_relation_tells_a_missing_value_from_one_without_a_place() {
    let mut results = made_up::results(1, |batch, _| batch - 1.0);
    results.runs[3].metrics.clear();
    let mut config = relation();
    config["y-scale"] = "log".into();
    let title = figure(config, &results).panels[0].title.clone();
    assert!(
        title.contains(
            "2 runs\n1 of 4 runs without both values are left out\n1 run has a value of 0 or below"
        ),
        "{title}"
    );
}

#[test]
fn a_relation_has_the_scales_of_its_values() {
    let mut results = made_up::results(1, |batch, _| batch);
    results.runs.iter_mut().for_each(|run| run.metrics[0].name = "train.loss".into());
    let scales = |changes: &[(&str, &str)]| {
        let mut config =
            json!({ "kind": "relation", "x": "train.loss", "y": "train.loss", "series": "seed" });
        changes.iter().for_each(|(key, word)| config[*key] = (*word).into());
        let panel = &figure(config, &results).panels[0];
        (panel.x.scale, panel.y.scale)
    };
    assert_eq!(scales(&[]), (Scale::Log, Scale::Log));
    assert_eq!(scales(&[("x-scale", "linear")]), (Scale::Linear, Scale::Log));
    assert_eq!(scales(&[("x", "diverged")]), (Scale::Linear, Scale::Log));
}

#[test]
fn a_curve_of_one_point_is_a_point_with_a_bar() {
    let mut results = made_up::results(2, |batch, r| batch + r as f64);
    for run in &mut results.runs {
        let values = vec![run.metric("loss").unwrap()];
        run.curves = vec![Curve { name: "loss".into(), steps: vec![20], values }];
    }
    let mut config = curves();
    config["y-scale"] = "linear".into();
    let drawn = figure(config, &results);
    assert!(lines(&drawn).is_empty());
    assert_eq!(points(&drawn)[..2], [&[(20.0, 1.5)], &[(20.0, 2.5)]]);
    let Mark::Bars { bars, .. } = &drawn.panels[0].marks[0] else { panic!("a band at one step is a bar") };
    assert_eq!(bars, &[(20.0, 1.0, 2.0)]);
}

#[test]
fn runs_without_the_setting_of_the_series_are_counted() {
    let mut results = many(2, 1);
    results.runs[0].spec = json!({ "seed": 1, "replicate": 0 }).into();
    let title = figure(curves(), &results).panels[0].title.clone();
    assert!(title.ends_with("\n1 of 4 runs without batch size is left out"), "{title}");
}

#[test]
fn the_reason_says_whether_all_runs_diverged_or_none_is_there() {
    let panels = json!([{ "title": "p" }]);
    let mut results = made_up::results(2, |_, _| f64::NAN);
    for config in [summary(), curves(), relation()] {
        assert_eq!(refused(config, &results), "all 8 runs diverged");
    }
    for kind in ["scatter", "boundary", "weights", "images", "slice", "path"] {
        let why = refused(json!({ "kind": kind, "panels": panels }), &results);
        assert_eq!(why, "panel \"p\": all 8 runs diverged", "{kind}");
    }
    results.runs[1].status = Status::Completed;
    assert_eq!(refused(summary(), &results), "no run has a value `loss`; 7 of 8 diverged");
    let mut config = summary();
    config["where"] = json!({ "train.batch-size": 3 });
    assert_eq!(refused(config, &results), "no run in the store meets `where`");
    results.runs.truncate(1);
    assert_eq!(refused(curves(), &results), "the only run diverged");
    results.runs.clear();
    assert_eq!(refused(summary(), &results), "no run is in the store yet");
}

#[test]
fn many_numbers_have_a_colour_bar_in_place_of_a_legend() {
    for config in [curves(), relation()] {
        let few = figure(config.clone(), &many(12, 1));
        assert!(few.bar.is_none());
        let more = figure(config.clone(), &many(13, 1));
        assert!(more.bar.is_some() && more.legend.is_empty());
        let crowd = figure(config, &many(300, 1));
        let bar = crowd.bar.as_ref().unwrap();
        assert!(crowd.legend.is_empty() && bar.label == "batch size (samples)" && bar.scale == Scale::Log);
        assert!(close(bar.range.0, 0.0) && close(bar.range.1, 300.0_f64.log10()));
    }
    let crowd = figure(curves(), &many(300, 1));
    assert_eq!(
        crowd.panels[0].title, "geometric mean of 2 replicates",
        "no band is drawn, and none is told of"
    );
    assert!(!crowd.panels[0].marks.iter().any(|mark| matches!(mark, Mark::Band { .. })));
    let pens: Vec<Color> = crowd.panels[0]
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Line { pen, .. } = mark { Some(pen.color) } else { None })
        .collect();
    let middle = 17.0_f64.log10() / 300.0_f64.log10();
    assert_eq!((pens[0], pens[16], pens[299]), (viridis(0.0), viridis(middle), viridis(1.0)));
    assert!(figure(curves(), &many(30, -2)).bar.unwrap().scale == Scale::Linear, "0 has no logarithm");
    let svg = crowd.render("f").svg;
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
}

#[test]
fn a_summary_of_a_crowd_has_lines_alone() {
    let mut results = many(60, 1);
    for (i, run) in results.runs.iter_mut().enumerate() {
        run.spec["rate"] = (i % 4 / 2).into();
    }
    let config = json!({ "kind": "summary", "x": "rate", "y": ["loss"], "series": "train.batch-size" });
    let drawn = figure(config, &results);
    assert!(drawn.bar.is_some() && drawn.legend.is_empty());
    assert!(!drawn.panels[0].marks.iter().any(|mark| matches!(mark, Mark::Bars { .. })));
    assert_eq!(drawn.panels[0].title, "geometric mean of 2 replicates");
}

#[test]
fn very_many_lines_and_points_are_thinned_evenly_to_both_ends() {
    let drawn = figure(curves(), &many(1000, 1));
    assert!(drawn.panels[0].title.ends_with("\n400 of 1000 series are drawn"));
    assert_eq!(drawn.left_out, ["400 of 1000 series are drawn"]);
    let ends: Vec<f64> = lines(&drawn).iter().map(|line| line[0].1).collect();
    assert_eq!((ends.len(), ends[0], ends[1], ends[399]), (400, 1.0, 3.0, 1000.0));
    let mut results = many(1, 1);
    let steps: Vec<u64> = (1..=50_000).collect();
    let values = steps.iter().map(|step| if *step == 777 { 9.0 } else { (*step % 2) as f64 }).collect();
    results.runs.truncate(1);
    results.runs[0].curves = vec![Curve { name: "loss".into(), steps, values }];
    let drawn = figure(curves(), &results);
    let line = lines(&drawn)[0];
    assert!((3000..5000).contains(&line.len()) && line.contains(&(777.0, 9.0)), "{}", line.len());
    assert!(line.is_sorted_by(|a, b| a.0 < b.0));
}

#[test]
fn a_long_legend_ends_in_a_count() {
    let mut results = many(40, 1);
    for run in &mut results.runs {
        run.spec["name"] = format!("kind-{}", run.setting("train.batch-size").unwrap()).into();
    }
    let mut config = curves();
    config["series"] = "name".into();
    let drawn = figure(config, &results);
    assert_eq!((drawn.legend.len(), drawn.legend[24].text.as_str()), (25, "and 17 more"));
    assert!(matches!(drawn.legend[24].sign, Sign::None) && drawn.bar.is_none());
    assert_eq!(drawn.left_out, ["23 of 40 series are named"]);
    assert!(drawn.panels[0].title.ends_with("\n23 of 40 series are named"), "{}", drawn.panels[0].title);
    let mut of_points = relation();
    of_points["series"] = "name".into();
    let points = figure(of_points, &results);
    assert_eq!((points.legend.len(), points.left_out[0].as_str()), (25, "23 of 40 series are named"));
    assert!(points.panels[0].title.ends_with("\n23 of 40 series are named"));
    let mut config = relation();
    (config["series"], config["size"]) = ("seed".into(), "train.batch-size".into());
    let drawn = figure(config, &results);
    assert_eq!(texts(&drawn), ["seed:", "1", "batch size:", "1", "10", "20", "30", "40"]);
}

#[test]
fn panels_are_counted() {
    let panels = |n: usize| json!({ "kind": "scatter", "panels": vec![json!({ "title": "p" }); n] });
    let results = made_up::results(1, |batch, _| batch);
    assert_eq!(refused(panels(0), &results), "panels: found 0 panels, expected 1 to 100");
    assert_eq!(refused(panels(101), &results), "panels: found 101 panels, expected 1 to 100");
    assert!(refused(panels(100), &results).contains("record.data"));
}

#[test]
fn points_in_one_place_or_line_have_an_area_around_them() {
    for inputs in [vec![0.0, 0.0], vec![1.0, 2.0, 1.0, 900.0], vec![0.0, 0.0, 100.0, 0.0]] {
        let mut results = made_up::results(1, |batch, _| batch);
        let n = inputs.len() / 2;
        let tensor = |name: &str, shape: Vec<usize>, data: Vec<f64>| Tensor {
            name: name.into(),
            shape,
            data,
            dtype: Dtype::F64,
        };
        results.runs[0].fields = vec![
            tensor("data.inputs", vec![n, 2], inputs),
            tensor("data.labels", vec![n], vec![0.0; n]),
            tensor("data.flipped", vec![n], vec![0.0; n]),
        ];
        let config = json!({ "kind": "scatter", "panels": [{ "title": "p" }] });
        let svg = figure(config.clone(), &results).render("f").svg;
        let height: f64 =
            svg.split("viewBox=\"0 0 680 ").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        assert!((250.0..1400.0).contains(&height), "{height}");
        results.runs[0].fields[0].data.clear();
        results.runs[0].fields[1].data.clear();
        assert!(refused(config, &results).contains("\"p\" has a place"), "no data, no axes");
    }
}

#[test]
fn a_line_does_not_lead_over_a_place_without_any_value_on_the_axis() {
    let results =
        made_up::results(2, |batch, r| if batch == 4.0 || (batch == 2.0 && r == 0) { 0.0 } else { batch });
    let mut config = summary();
    config["y-scale"] = "log".into();
    let drawn = figure(config, &results);
    let xs: Vec<Vec<f64>> = lines(&drawn).iter().map(|line| line.iter().map(|(x, _)| *x).collect()).collect();
    assert_eq!(xs, [vec![1.0, 2.0], vec![8.0]], "one replicate is above 0 at 2, none at 4");
    assert_eq!(off(&drawn, Side::Foot), [[2.0, 4.0]]);
}

#[test]
fn what_theory_computes_has_no_interval_and_stands_where_it_is() {
    let mut results = made_up::results(3, |batch, r| batch + r as f64);
    for run in &mut results.runs {
        let loss = run.metric("loss").unwrap();
        run.metrics.push(Metric::new("wide.occupation", loss / 100.0));
        // Scatter that only rounding could have made, and that would have an interval.
        run.metrics.push(Metric::new("wide.gibbs", 0.5 + 1e-9 * replicate(run) as f64));
        run.spec["name"] = format!("b{}", run.setting("train.batch-size").unwrap()).into();
    }
    let y = json!(["wide.occupation", "wide.gibbs"]);
    let drawn = figure(json!({ "kind": "summary", "x": "train.batch-size", "y": y }), &results);
    let title = &drawn.panels[0].title;
    assert!(
        title.contains("95 % interval") && title.contains("computed from theory, not measured"),
        "{title}"
    );
    let bars = drawn.panels[0].marks.iter().filter(|mark| matches!(mark, Mark::Bars { .. }));
    assert_eq!(bars.count(), 1, "of what was measured");
    assert_eq!((lines(&drawn)[1][0].0, lines(&drawn)[1][3].0), (1.0, 8.0));
    assert_eq!(points(&drawn).len(), 1);
    let drawn = figure(json!({ "kind": "summary", "x": "name", "y": y }), &results);
    let rows: Vec<usize> = drawn.panels[0]
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Rows { bars, .. } = mark { Some(bars.len()) } else { None })
        .collect();
    assert_eq!(rows, [4, 0]);
    let alone = figure(json!({ "kind": "summary", "x": "name", "y": ["wide.gibbs"] }), &results);
    assert!(!alone.panels[0].title.contains("interval (Student's t)"), "{}", alone.panels[0].title);
}
