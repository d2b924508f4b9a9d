//! Weights, images and slices.

use super::*;
use crate::figures::weights::ENDS;

fn tensor(name: &str, shape: Vec<usize>, data: Vec<f64>) -> Tensor {
    Tensor { name: name.into(), shape, data, dtype: Dtype::F64 }
}

fn rasters(figure: &Figure, panel: usize) -> Vec<&Raster> {
    let marks = figure.panels[panel].marks.iter();
    marks.filter_map(|mark| if let Mark::Image(raster) = mark { Some(raster) } else { None }).collect()
}

fn written(figure: &Figure, panel: usize) -> Vec<&str> {
    let marks = figure.panels[panel].marks.iter();
    marks
        .filter_map(|mark| if let Mark::Text { text, .. } = mark { Some(text.as_str()) } else { None })
        .collect()
}

/// 3 classes of 2 × 4 weights: batch · class, but the first of all, at the upper left of class 0, is 10 ·
/// batch.
fn with_weights() -> Results {
    let mut results = made_up::results(1, |batch, _| batch);
    for run in &mut results.runs {
        let batch = run.metric("loss").unwrap();
        let mut weights: Vec<f64> = (0..24).map(|i| -batch * f64::from(i / 8)).collect();
        weights[0] = 10.0 * batch;
        run.fields.push(tensor("weights.images", vec![3, 2, 4], weights));
    }
    results
}

/// The colours of the least weight, of 0 and of the largest.
const LOW: Color = ENDS[0];
const NONE: Color = ENDS[1];
const HIGH: Color = ENDS[2];

#[test]
fn weights_are_pictures_downwards_down_on_one_scale_a_row() {
    let panel = |batch: u64| json!({ "title": "row", "where": { "train.batch-size": batch } });
    let config = json!({ "kind": "weights", "panels": [panel(2), panel(8)] });
    let drawn = figure(config.clone(), &with_weights());
    for (row, tick) in [(0, "10"), (1, "50")] {
        let rasters = rasters(&drawn, row);
        assert_eq!(rasters.len(), 4, "three classes and the colour bar");
        // The upper row of pixels is the last.
        assert_eq!((rasters[0].columns, rasters[0].pixels[4]), (4, HIGH));
        assert_eq!(rasters[0].pixels[0], NONE);
        assert_eq!(rasters[2].pixels[7], NONE.mixed(LOW, 0.2), "−2 of 10 on the scale of its row");
        let bar = rasters[3].pixels.windows(2);
        assert!(
            bar.clone().count() == 200 && bar.clone().all(|two| two[0].lightness() <= two[1].lightness())
        );
        let [low, none, high] = [LOW, NONE, HIGH].map(Color::lightness);
        assert!(none - low > 30.0 && high - none > 30.0, "in grey too: {low} {none} {high}");
        assert!(rasters[0].extent[1] < rasters[1].extent[0], "side by side");
        let texts = written(&drawn, row);
        assert_eq!((&texts[..3], texts[texts.len() - 1]), (&["0", "1", "2"][..], "weight"));
        assert!(texts[3..].contains(&tick), "the scales end at 20 and 80: {texts:?}");
    }
    let mut clipped = config;
    // Of 24 weights the 23 smallest are at most 2 batch sizes: ⌈0.95 · 24⌉ = 23.
    clipped["quantile"] = 0.95.into();
    let clipped = figure(clipped, &with_weights());
    assert_eq!(rasters(&clipped, 1)[2].pixels[7], LOW);
    let texts = written(&clipped, 1);
    assert_eq!(
        texts[texts.len() - 1],
        "weight; the largest 5 % lie beyond ±16 and have the colour of the end"
    );
}

#[test]
fn images_are_ink_on_white_with_their_labels() {
    let mut results = made_up::results(1, |batch, _| batch);
    let mut values = vec![0.0; 13 * 6];
    values[0] = 1.0;
    results.runs[0].fields = vec![
        tensor("data.images", vec![13, 3, 2], values),
        tensor("data.image-labels", vec![13], (0..13).map(|i| f64::from(i % 5)).collect()),
    ];
    let drawn = figure(json!({ "kind": "images", "panels": [{ "title": "p" }] }), &results);
    let rasters = rasters(&drawn, 0);
    assert_eq!((rasters.len(), rasters[0].pixels.len()), (13, 6));
    assert_eq!((rasters[0].pixels[4], rasters[0].pixels[0]), (INK, Color(255, 255, 255)));
    assert_eq!(written(&drawn, 0)[4..7], ["4", "0", "1"]);
    let (first, last) = (rasters[0].extent, rasters[12].extent);
    assert!(last[3] < first[2] && last[0] == rasters[2].extent[0], "the eleventh opens a new line");
    assert!(rasters.iter().all(|raster| raster.extent[2] >= 0.0));
}

/// A slice of 3 rows and 4 columns whose loss is 10^(row + column) · batch, with a path from corner to
/// corner.
fn with_slice() -> Results {
    let mut results = made_up::results(1, |batch, _| batch);
    for run in &mut results.runs {
        let batch = run.metric("loss").unwrap();
        let losses = (0..12).map(|i| batch * 10.0_f64.powi(i / 4 + i % 4)).collect();
        run.fields = vec![
            tensor("pca.values", vec![3, 4], losses),
            tensor("pca.axes", vec![2, 2], vec![-1.0, 2.0, 0.0, 4.0]),
            tensor("pca.path", vec![2, 2], vec![2.0, 4.0, -1.0, 0.0]),
        ];
    }
    results
}

#[test]
fn a_slice_is_a_field_on_one_scale_with_lines_at_its_numbers_and_the_path() {
    let panel = |batch: u64| json!({ "title": "p", "where": { "train.batch-size": batch } });
    let config = json!({ "kind": "slice", "probe": "pca", "panels": [panel(1), panel(8)] });
    let drawn = figure(config.clone(), &with_slice());
    let (first, second) = (rasters(&drawn, 0)[0], rasters(&drawn, 1)[0]);
    // Steps of 1 and of 2, and half a step around.
    assert_eq!((first.columns, first.extent), (4, [-1.5, 2.5, -1.0, 5.0]));
    let bar = drawn.bar.as_ref().unwrap();
    assert_eq!((bar.colors.len(), bar.label.as_str()), (201, "loss"));
    // From 1 to 8·10⁵, and 4 % more on both sides.
    let (low, high) = bar.range;
    assert!(close(low, -0.04 * 8e5_f64.log10()) && close(high, 1.04 * 8e5_f64.log10()), "{low} {high}");
    assert_eq!(first.pixels[0], viridis(-low / (high - low)));
    assert_eq!(second.pixels[11], viridis((8e5_f64.log10() - low) / (high - low)));
    let Mark::Segments { segments, .. } = &drawn.panels[0].marks[1] else { panic!("lines lie on the field") };
    // On the grid the logarithm is column + row, so in coordinates x + 1 + y/2; every tick between 0 and 5 is
    // a line.
    let level = |x: f64, y: f64| x + 1.0 + y / 2.0;
    for [x0, y0, x1, y1] in segments {
        assert!(close(level(*x0, *y0), level(*x1, *y1)) && close(level(*x0, *y0).fract(), 0.0), "{x0} {y0}");
    }
    assert!(segments.len() > 5);
    assert_eq!(lines(&drawn)[1], [(2.0, 4.0), (-1.0, 0.0)]);
    assert_eq!(texts(&drawn)[..3], ["trajectory", "its first point", "its last"]);
    assert!(texts(&drawn)[3].contains("white lines: equal loss"));
    let mut results = with_slice();
    for run in &mut results.runs {
        run.fields.truncate(2);
    }
    let without = figure(config, &results);
    assert!(without.legend.len() == 1 && without.panels[0].marks.len() == 2, "no path was kept");
}

#[test]
fn a_slice_that_cannot_be_drawn_is_refused() {
    let config =
        json!({ "kind": "slice", "probe": "pca", "id": "f", "title": "F", "panels": [{ "title": "p" }] });
    let config: FigureConfig = serde_json::from_value(config).unwrap();
    let refused = |fields: Vec<Tensor>| {
        let mut results = made_up::results(1, |batch, _| batch);
        results.runs[0].fields = fields;
        config.build(&results).unwrap_err()
    };
    let slice = |shape: Vec<usize>, values: Vec<f64>, axes: Vec<f64>| {
        let of_axes = vec![axes.len()];
        vec![tensor("pca.values", shape, values), tensor("pca.axes", of_axes, axes)]
    };
    let axes = || vec![0.0, 1.0, 0.0, 1.0];
    for (fields, part) in [
        (vec![], "did not keep its slice"),
        (slice(vec![1, 4], vec![1.0; 4], axes()), "[1, 4]"),
        (slice(vec![2, 2], vec![1.0; 4], vec![0.0, 1.0]), "four numbers"),
        (slice(vec![2, 2], vec![1.0; 4], vec![0.0, 1.0, 1.0, 0.0]), "ascend"),
        (slice(vec![2, 2], vec![0.0; 4], axes()), "above 0"),
    ] {
        let message = refused(fields);
        assert!(message.contains(part), "{message}");
    }
    let values = vec![0.0, -1.0, f64::INFINITY, 1.0];
    let mut results = made_up::results(1, |batch, _| batch);
    results.runs[0].fields = slice(vec![2, 2], values, axes());
    let drawn = config.build(&results).unwrap();
    let pixels = &rasters(&drawn, 0)[0].pixels;
    assert_eq!(pixels[..3], [viridis(0.0), viridis(0.0), viridis(1.0)], "what has no place is at an end");
    assert!(
        drawn.panels[0]
            .title
            .ends_with("3 of 4 losses have no place on the scale, and the colour of its end")
    );
    assert!(!drawn.render("f").png.is_empty());
}

#[test]
fn what_a_run_did_not_keep_is_named_with_its_setting() {
    let mut results = made_up::results(1, |batch, _| batch);
    let message = |kind: &str, results: &Results| {
        let config = json!({ "kind": kind, "id": "f", "title": "F", "panels": [{ "title": "p" }] });
        serde_json::from_value::<FigureConfig>(config).unwrap().build(results).unwrap_err()
    };
    for (kind, setting) in [
        ("weights", "record.weights = true"),
        ("images", "record.images = "),
        ("scatter", "record.data = true"),
    ] {
        let message = message(kind, &results);
        assert!(message.contains("run 1-0") && message.contains(setting), "{message}");
    }
    let status = Status::Diverged { step: Some(7) };
    results.runs[0].status = status;
    assert!(message("weights", &results).contains("diverged at step 7"));
    results.runs[0].fields = vec![tensor("weights.images", vec![0, 2, 4], Vec::new())];
    assert!(message("weights", &results).contains("[0, 2, 4]"), "no pictures, and no panic");
}
