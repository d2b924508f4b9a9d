//! The loss along paths.

use super::*;

/// Two replicates at batch sizes 1 and 2, whose profile at α = 0, ½ and 1 is batch · (1 + 100 r, 10, 1) along
/// the line and half of that with the units aligned; at batch size 4 there is no profile.
fn with_profiles() -> Results {
    let mut results = made_up::results(2, |batch, _| batch);
    for run in results.runs.iter_mut().filter(|run| run.metric("loss") < Some(4.0)) {
        let batch = run.metric("loss").unwrap();
        let straight = [batch * (1.0 + 99.0 * replicate(run) as f64), batch * 10.0, batch];
        let data =
            [0.0, 0.5, 1.0].into_iter().chain(straight).chain(straight.map(|loss| loss / 2.0)).collect();
        run.fields.push(Tensor { name: "seed.profile".into(), shape: vec![3, 3], data, dtype: Dtype::F64 });
    }
    results
}

fn panel(batch: u64) -> Value {
    json!({ "title": "p", "probe": "seed", "where": { "train.batch-size": batch } })
}

#[test]
fn ways_are_means_on_their_scale_within_the_range_and_all_panels_have_one_axis() {
    for (scale, mean, caption) in
        [("log", 10.0, "geometric mean and range"), ("linear", 50.5, "mean and range")]
    {
        let config = json!({ "kind": "path", "panels": [panel(1), panel(2)], "y-scale": scale });
        let drawn = figure(config, &with_profiles());
        assert_eq!((drawn.panels[0].title.as_str(), drawn.panels[1].title.as_str()), ("p", "p"));
        let told = format!("{caption} of 2 replicates");
        let (straight, aligned) = (lines(&drawn)[0], lines(&drawn)[1]);
        assert_eq!((straight.len(), straight[1].0, aligned[2].1), (3, 0.5, 0.5));
        assert!(close(straight[0].1, mean) && close(straight[1].1, 10.0), "{straight:?}");
        let Mark::Band { ends, .. } = &drawn.panels[0].marks[0] else { panic!("bands come first") };
        assert!(close(ends[0].1, 1.0) && close(ends[0].2, 100.0), "{ends:?}");
        let (low, high) = drawn.panels[0].y.range.unwrap();
        assert_eq!(drawn.panels[1].y.range, Some((low, high)));
        assert!(low < 0.5 && high > 200.0, "{low} {high}");
        assert_eq!(
            texts(&drawn),
            ["straight line", "straight line, units aligned", "range", told.as_str()],
            "said once"
        );
    }
}

#[test]
fn ways_stay_apart_in_grey() {
    let drawn = figure(json!({ "kind": "path", "panels": [panel(1)] }), &with_profiles());
    let pens: Vec<crate::draw::Pen> = drawn.panels[0]
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Line { pen, .. } = mark { Some(*pen) } else { None })
        .chain([path::WAYS[2].1])
        .collect();
    for (i, a) in pens.iter().enumerate() {
        for b in &pens[..i] {
            assert!(a.dash != b.dash && (a.color.lightness() - b.color.lightness()).abs() > 15.0);
        }
    }
    assert_eq!(pens.len(), 3);
}

#[test]
fn what_has_no_place_or_no_profile_is_left_out_and_the_caption_says_so() {
    let mut results = with_profiles();
    results.runs[0].fields[0].data[4] = 0.0;
    results.runs[0].fields[0].data[5] = f64::INFINITY;
    let config = json!({ "kind": "path", "panels": [{ "title": "p", "probe": "seed" }], "y-scale": "log" });
    let drawn = figure(config.clone(), &results);
    let told = texts(&drawn)[3];
    assert!(told.contains("averaged over batch size (2 values)") && told.contains("have no place"), "{told}");
    assert!(told.ends_with("\n4 of 8 runs without such a path are left out"), "{told}");
    let two = json!({ "kind": "path", "panels": [panel(1), { "title": "all", "probe": "seed" }], "y-scale": "log" });
    let two = figure(two, &results);
    assert!(two.panels[1].title.starts_with("all\ngeometric mean") && texts(&two).len() == 3, "they differ");
    // Replicate 0 has 20 at batch size 2 alone, replicate 1 √(10 · 20).
    assert!(close(lines(&drawn)[0][1].1, (20.0 * 200.0_f64.sqrt()).sqrt()));
    assert!(!drawn.render("f").png.is_empty());
}

#[test]
fn a_path_that_cannot_be_drawn_is_refused() {
    let refused = |panels: Value, results: &Results| {
        let config = json!({ "kind": "path", "id": "f", "title": "F", "panels": panels });
        serde_json::from_value::<FigureConfig>(config).unwrap().build(results).unwrap_err()
    };
    let mut results = with_profiles();
    assert!(refused(json!([]), &results).contains("0 panels"));
    assert!(refused(json!([{ "title": "p" }]), &results).contains("panel \"p\": no run has kept"));
    let one = json!([panel(1)]);
    let mut below = with_profiles();
    for run in &mut below.runs {
        run.fields.iter_mut().for_each(|field| field.data[3..].fill(-1.0));
    }
    let config = json!({ "kind": "path", "id": "f", "title": "F", "panels": one, "y-scale": "log" });
    let why = serde_json::from_value::<FigureConfig>(config).unwrap().build(&below).unwrap_err();
    assert!(why.starts_with("panel \"p\": no loss is above 0"), "{why}");
    results.runs[0].fields[0].data[1] = 0.25;
    assert!(refused(one.clone(), &results).contains("different places"));
    results.runs[0].fields[0].shape = vec![1, 9];
    assert!(refused(one, &results).contains("[1, 9]"));
}
