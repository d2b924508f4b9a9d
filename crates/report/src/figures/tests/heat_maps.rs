//! Heat maps, and figures with a panel for each value of a setting.

use super::kinds::{names, points};
use super::*;
use crate::draw::{Panel, Scale, Sign, Ticks};

pub(super) fn cells(figure: &Figure, panel: usize) -> Vec<(&[f64; 4], Color, &str)> {
    let marks = figure.panels[panel].marks.iter();
    let cell = |mark| match mark {
        &Mark::Cell { ref area, color, ref text } => Some((area, color, text.as_str())),
        _ => None,
    };
    marks.filter_map(cell).collect()
}

/// 3 learning rates × 4 batch sizes × 2 activations × 3 replicates; what `loss` calls NaN diverged.
fn grid(loss: impl Fn(f64, f64, usize, u64) -> f64) -> Results {
    let mut results = made_up::results(3, |_, _| 1.0);
    let all = std::mem::take(&mut results.runs);
    for rate in [0.001, 0.01, 0.1] {
        for (i, activation) in ["relu", "tanh"].into_iter().enumerate() {
            for mut run in all.clone() {
                let batch = run.setting("train.batch-size").and_then(Value::as_f64).unwrap();
                run.spec["rate"] = rate.into();
                run.spec["activation"] = activation.into();
                run.key = format!("{rate}-{activation}-{}", run.key);
                run.metrics[0].value = loss(rate, batch, i, replicate(&run));
                if run.metrics[0].value.is_nan() {
                    run.metrics.clear();
                    run.status = Status::Diverged { step: Some(1) };
                }
                results.runs.push(run);
            }
        }
    }
    results
}

#[test]
fn a_heat_map_has_a_cell_for_each_pair_and_names_the_best() {
    let loss = |rate: f64, batch: f64, _, r: u64| {
        if rate == 0.1 && batch == 1.0 { f64::NAN } else { batch / rate * 2.0_f64.powi(r as i32 - 1) }
    };
    let results = grid(loss);
    let config = json!({
        "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss",
        "where": { "activation": "relu" }, "x-label": "learning rate",
    });
    let drawn = figure(config.clone(), &results);
    let all = cells(&drawn, 0);
    assert_eq!(all.len(), 12);
    assert_eq!((all[0].0, all[0].2), (&[-0.5, 0.5, -0.5, 0.5], "1000"), "column by column from below left");
    assert_eq!((all[7].0, all[7].2), (&[0.5, 1.5, 2.5, 3.5], "800"));
    assert_eq!((all[8].0, all[8].1, all[8].2), (&[1.5, 2.5, -0.5, 0.5], crate::draw::WHITE, ""));
    assert_eq!((all[9].1, all[3].1), (viridis(0.0), viridis(1.0)), "20 is the lowest, 8000 the highest");
    let Ticks::Names(x) = &drawn.panels[0].x.ticks else { panic!("evenly spaced") };
    assert_eq!(x, &["0.001", "0.01", "0.1"]);
    assert_eq!(names(&drawn), ["8", "4", "2", "1"], "from below to above");
    // 20 · 2^(± t₀.₉₇₅(2)/√3), where t₀.₉₇₅(2) = 4.30265.
    assert_eq!(
        drawn.panels[0].title,
        "geometric mean of 3 replicates\n3 of 36 runs diverged and are left out: what is shown is of the others\n\
         best (framed): learning rate 0.1, batch size 2: 20, 95 % interval (Student's t) 3.575 to 111.9\n\
         hatched: 1 of 12 cells has no value, where all runs diverged"
    );
    let mut by_replicate = config.clone();
    by_replicate["x"] = "replicate".into();
    by_replicate["where"]["rate"] = 0.01.into();
    assert!(figure(by_replicate.clone(), &results).panels[0].title.starts_with("one run each\n"));
    by_replicate["where"] = json!({ "rate": 0.01 });
    let title = &figure(by_replicate, &results).panels[0].title;
    assert!(title.contains(" over ") && title.contains("in each replicate\n"), "{title}");
    let frame = drawn.panels[0].marks.iter().rev().find_map(|mark| match mark {
        Mark::Segments { segments, color, .. } if *color == INK => Some(segments[0]),
        _ => None,
    });
    assert_eq!(frame, Some([1.5, 0.5, 2.5, 0.5]));
    let bar = drawn.bar.unwrap();
    assert!(bar.scale == Scale::Log && close(bar.range.0, 20.0_f64.log10()) && bar.label == "loss");
    let mut highest = config.clone();
    (highest["best"], highest["value-scale"]) = ("highest".into(), "linear".into());
    let title = &figure(highest, &results).panels[0].title;
    assert!(title.contains("best (framed): learning rate 0.001, batch size 8"), "{title}");
    let mut both = config;
    both["y"] = "rate".into();
    (both["id"], both["title"]) = ("f".into(), "F".into());
    let both: FigureConfig = serde_json::from_value(both).unwrap();
    assert_eq!(both.check()[0].to_string(), "y: found \"rate\", which is `x` too");
}

#[test]
fn zeros_of_a_heat_map_are_marked_and_keep_the_logarithmic_scale() {
    let zero_at = |wanted: &'static [(f64, f64, u64)]| {
        move |rate: f64, batch: f64, _, r: u64| {
            if wanted.contains(&(rate, batch, r)) { 0.0 } else { batch / rate }
        }
    };
    let config = json!({
        "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss",
        "where": { "activation": "relu" },
    });
    let drawn = figure(config.clone(), &grid(zero_at(&[(0.01, 2.0, 0), (0.01, 2.0, 1), (0.01, 2.0, 2)])));
    let bar = drawn.bar.as_ref().unwrap();
    assert!(bar.scale == Scale::Log && close(bar.range.0, 1.0) && close(bar.range.1, 8000.0_f64.log10()));
    let all = cells(&drawn, 0);
    let marked: Vec<usize> = (0..12).filter(|i| all[*i].2 == "0").collect();
    assert_eq!(marked, [5]);
    let color = all[5].1;
    assert!((0..=1000).all(|i| viridis(f64::from(i) / 1000.0) != color), "no colour of the scale");
    assert_eq!(texts(&drawn), ["0, off the logarithmic scale: 1 cell"]);
    let Sign::Point(sign) = drawn.legend[0].sign else { panic!("a field of the colour") };
    assert_eq!(sign.color, color);
    let title = &drawn.panels[0].title;
    assert!(
        title.contains("best (framed): rate 0.01, batch size 2: 0") && !title.contains("left out"),
        "{title}"
    );
    let plain = figure(config.clone(), &grid(zero_at(&[])));
    assert!(plain.legend.is_empty());
    // Of one 0 among three replicates there is no geometric mean, and it makes no best cell.
    let mixed = figure(config.clone(), &grid(zero_at(&[(0.01, 2.0, 1)])));
    assert_eq!(texts(&mixed), ["0 in some replicates, off the logarithmic scale: 1 cell"]);
    assert_eq!((cells(&mixed, 0)[5].1, cells(&mixed, 0)[5].2), (color, ""));
    assert_eq!(points(&mixed, 0), [[(1.0, 1.0)]], "a sign of its own");
    let title = &mixed.panels[0].title;
    assert!(
        title.contains("best (framed): rate 0.1, batch size 1: 10") && !title.contains("no value"),
        "{title}"
    );
    let negative = figure(config, &grid(|rate, batch, _, _| batch / rate - 20.0));
    assert_eq!(negative.bar.unwrap().scale, Scale::Linear, "no ratios");
}

#[test]
fn an_outlier_leaves_the_other_cells_their_colours() {
    let with = |outlier: f64| {
        move |rate: f64, batch: f64, _: usize, _: u64| {
            if rate == 0.1 && batch == 8.0 { outlier } else { batch + 10.0 * (rate.log10() + 3.0) }
        }
    };
    let mut config = json!({
        "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss",
        "where": { "activation": "relu" }, "value-scale": "linear", "value-label": "loss (nats)",
    });
    for (scale, outlier) in [("linear", 1e9), ("linear", -1e9), ("log", 1e9)] {
        config["value-scale"] = scale.into();
        let drawn = figure(config.clone(), &grid(with(outlier)));
        let all = cells(&drawn, 0);
        let bar = drawn.bar.as_ref().unwrap();
        // From 1 to 24, of which the outlier has the colour of the nearer end, and its own number.
        let (low, high) = (bar.scale.at(bar.range.0), bar.scale.at(bar.range.1));
        assert!(close(low, 1.0) && close(high, 24.0), "{low} {high}");
        assert_eq!((all[0].1, all[10].1), (viridis(0.0), viridis(1.0)));
        let (end, text, color) = match outlier > 0.0 {
            true => ([None, Some("≥ 24".to_owned())], "10⁹", viridis(1.0)),
            false => ([Some("≤ 1".to_owned()), None], "−10⁹", viridis(0.0)),
        };
        assert_eq!((bar.ends(), all[11].1, all[11].2), (end, color, text));
        let side = if outlier > 0.0 { "upper" } else { "lower" };
        let note = format!("\n1 of 12 cells is beyond the {side} end of the colours: {text}");
        assert!(drawn.panels[0].title.contains(&note), "{}", drawn.panels[0].title);
    }
    config["value-scale"] = "linear".into();
    let drawn = figure(config.clone(), &grid(with(60.0)));
    assert_eq!(drawn.bar.unwrap().ends(), [None, None], "none that flattens the others");
    // As far away, but a sixth of all cells.
    let two = |rate: f64, batch: f64, i: usize, r: u64| {
        if rate == 0.1 && batch == 4.0 { 200.0 } else { with(200.0)(rate, batch, i, r) }
    };
    assert_eq!(figure(config.clone(), &grid(two)).bar.unwrap().ends(), [None, None], "no exceptions");
    let end = Some("≥ 24".to_owned());
    assert_eq!(figure(config.clone(), &grid(with(200.0))).bar.unwrap().ends(), [None, end]);
    let drawn =
        figure(config, &grid(|rate, batch, _, _| if rate * batch == 0.8 { 1e6 } else { 1.0 + 1e-9 * batch }));
    assert_eq!(drawn.bar.unwrap().ends(), [None, None], "others that differ by nothing that is shown");
}

/// The first corner of each frame.
fn frames(figure: &Figure, panel: usize) -> Vec<(f64, f64)> {
    let marks = figure.panels[panel].marks.iter();
    let frame = |mark: &Mark| match mark {
        Mark::Segments { segments, color, .. } if *color == INK => Some((segments[0][0], segments[0][1])),
        _ => None,
    };
    marks.filter_map(frame).collect()
}

#[test]
fn the_best_cell_of_each_panel_is_framed_and_so_are_equal_ones() {
    let config = json!({ "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss", "facet": "activation" });
    // With tanh two cells have the least loss, and it is above that with relu.
    let loss = |rate: f64, batch: f64, i: usize, _| {
        if i == 1 && rate == 0.1 && batch < 3.0 { 50.0 } else { (1.0 + 99.0 * i as f64) * batch / rate }
    };
    let drawn = figure(config.clone(), &grid(loss));
    assert_eq!(frames(&drawn, 0), [(1.5, -0.5)]);
    assert_eq!(frames(&drawn, 1), [(1.5, -0.5), (1.5, 0.5)]);
    let told = texts(&drawn)[0];
    assert!(told.contains("\nbest of relu (framed): rate 0.1, batch size 1: 10\n"), "{told}");
    assert!(told.ends_with("\nbest of tanh (framed): 2 cells with 50"), "{told}");
    let mut many = config;
    many["facet"] = "name".into();
    let mut results = grid(loss);
    for (i, run) in results.runs.iter_mut().enumerate() {
        run.spec["name"] = format!("n{}", i % 7).into();
    }
    let many = figure(many, &results);
    assert!((0..7).all(|panel| !frames(&many, panel).is_empty()));
    assert!(texts(&many)[0].contains("\nthe best cell of each panel is framed"), "{}", texts(&many)[0]);
}

#[test]
fn a_cell_of_survivors_is_not_the_best() {
    let config = json!({ "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss" });
    let loss = |rate: f64, batch: f64, _, r| {
        if rate == 0.1 && batch == 1.0 && r == 2 { f64::NAN } else { batch / rate }
    };
    let drawn = figure(config, &grid(loss));
    assert_eq!(frames(&drawn, 0), [(1.5, 0.5)]);
    let told = &drawn.panels[0].title;
    let best = "best, of cells where no run diverged (framed): rate 0.1, batch size 2: 20";
    assert!(told.contains(best), "{told}");
}

#[test]
fn runs_that_lack_a_setting_and_axes_of_one_value_are_told_of() {
    let mut results = grid(|rate, batch, _, _| batch / rate);
    results.runs.iter_mut().filter(|run| run.key.starts_with("0.01-")).for_each(|run| {
        let mut table = Value::from(&run.spec);
        table.as_object_mut().unwrap().remove("rate");
        run.spec = table.into();
    });
    results.runs[0].metrics.clear();
    for config in [
        json!({ "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss" }),
        json!({ "kind": "summary", "x": "rate", "y": ["loss"] }),
        json!({ "kind": "distribution", "x": "rate", "y": "loss" }),
    ] {
        let title = figure(config, &results).panels[0].title.clone();
        assert!(title.contains("\n24 of 72 runs without rate are left out"), "{title}");
        assert!(title.contains("\n1 of 72 runs without a value of loss is left out"), "{title}");
    }
    let config = json!({
        "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss",
        "where": { "train.batch-size": 2 },
    });
    let drawn = figure(config, &results);
    assert_eq!((cells(&drawn, 0).len(), frames(&drawn, 0).len()), (2, 1));
    assert!(
        drawn.panels[0].title.contains("\nbatch size has one value alone: 2"),
        "{}",
        drawn.panels[0].title
    );
}

#[test]
fn a_heat_map_of_equal_or_no_values_marks_none() {
    let config = json!({ "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss" });
    let drawn = figure(config.clone(), &grid(|_, _, _, _| 2.0));
    assert!(drawn.bar.is_none() && !drawn.panels[0].title.contains("best"), "{}", drawn.panels[0].title);
    assert!(drawn.panels[0].title.ends_with("\nloss: 2 in all cells"), "{}", drawn.panels[0].title);
    let refused = |results: &Results| {
        let mut config = config.clone();
        (config["id"], config["title"], config["value-scale"]) = ("f".into(), "F".into(), "log".into());
        serde_json::from_value::<FigureConfig>(config).unwrap().build(results).unwrap_err()
    };
    assert_eq!(refused(&grid(|_, _, _, _| f64::NAN)), "all 72 runs diverged");
    assert!(refused(&grid(|_, _, _, _| -1.0)).contains("`value-scale = \"linear\"` shows it"));
    let mut results = grid(|_, _, _, _| 2.0);
    results.runs.retain(|run| !run.key.starts_with("0.1-relu-1") && !run.key.starts_with("0.1-tanh-1"));
    let title = &figure(config.clone(), &results).panels[0].title;
    assert!(title.ends_with("hatched: 1 of 12 cells has no value, without a run"), "{title}");
}

#[test]
fn facets_have_a_panel_each_with_the_same_axes_and_colours() {
    let mut results = grid(|rate, batch, i, r| rate * batch * 100.0_f64.powi(i as i32) + r as f64);
    for run in &mut results.runs {
        let end = run.metric("loss").unwrap();
        run.curves = vec![Curve { name: "loss".into(), steps: vec![1, 10], values: vec![1.0, end] }];
    }
    for config in [
        json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss"], "series": "rate" }),
        json!({ "kind": "summary", "x": "activation", "y": ["loss"], "series": "rate" }),
        json!({ "kind": "curves", "y": "loss", "series": "rate" }),
        json!({ "kind": "heat-map", "x": "rate", "y": "train.batch-size", "value": "loss" }),
        json!({ "kind": "distribution", "x": "rate", "y": "loss" }),
    ] {
        let mut config = config;
        config["facet"] = if config["x"] == "activation" { "train.batch-size" } else { "activation" }.into();
        let drawn = figure(config.clone(), &results);
        let titles: Vec<&str> = drawn.panels.iter().map(|panel| panel.title.as_str()).collect();
        if config["x"] == "activation" {
            assert_eq!(titles[..2], ["batch size = 1", "batch size = 2"]);
        } else {
            assert_eq!(titles, ["relu", "tanh"], "{config}");
        }
        let ranges = |panel: &Panel| (panel.x.range, panel.y.range);
        assert!(drawn.panels.iter().all(|panel| ranges(panel) == ranges(&drawn.panels[0])), "{config}");
        let told = drawn.legend.iter().find(|entry| matches!(entry.sign, Sign::None)).unwrap();
        assert!(told.text.contains("replicates"), "{}", told.text);
        let mut too_many = config;
        (too_many["id"], too_many["title"], too_many["facet"]) = ("f".into(), "F".into(), "number".into());
        let mut results = results.clone();
        results.runs.iter_mut().enumerate().for_each(|(i, run)| run.spec["number"] = i.into());
        let too_many: FigureConfig = serde_json::from_value(too_many).unwrap();
        let why = too_many.build(&results).unwrap_err();
        assert_eq!(why, "`facet`: number has 72 values, and a figure has room for 36 panels");
    }
}

#[test]
fn a_facet_without_values_is_told_of() {
    let results = grid(|rate, _, i, _| if i == 1 { f64::NAN } else { rate });
    let config = json!({ "kind": "summary", "x": "train.batch-size", "y": ["loss"], "facet": "activation" });
    let drawn = figure(config, &results);
    assert_eq!(drawn.panels.len(), 1);
    assert!(texts(&drawn).iter().any(|text| text.ends_with("\nno panel for tanh: all 36 runs diverged")));
}
