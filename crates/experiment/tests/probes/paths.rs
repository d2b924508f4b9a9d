//! Paths between solutions.

use super::*;

#[test]
fn a_curve_is_led_around_the_barrier_on_the_line() {
    let probe =
        "probe = [{ kind = 'path', to = { seed = 9 }, points = 7, curve = { steps = 200, points = 5 } }]";
    let record = record(&format!("{RUN}{probe}"), &["model.precision='f64'"]);
    let profile = record.tensor("path.profile").unwrap();
    assert_eq!(profile.shape, [4, 7]);
    let (straight, curved) = (&profile.data[7..14], &profile.data[21..]);
    // Sums of three products instead of two.
    let same = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(same(straight[0], curved[0]) && same(straight[6], curved[6]), "{straight:?} {curved:?}");
    let barrier = |way: &str| record.metric(&format!("path.{way}barrier")).unwrap();
    // Losses near 0.3 and a barrier as high on the line: a curve that has learnt nothing would keep it.
    assert!(
        barrier("") > 0.1 && barrier("curve.") < barrier("") / 2.0,
        "{} {}",
        barrier(""),
        barrier("curve.")
    );
}

#[test]
fn another_seed_of_the_batches_leaves_data_and_first_weights_alone() {
    let text = RUN.replace("points-per-decade", "data = true, points-per-decade");
    let (one, other) = (record(&text, &[]), record(&text, &["train.seed=9"]));
    assert_eq!(one.tensor("data.inputs"), other.tensor("data.inputs"));
    let course = |record: &Record| record.curve("train.loss").unwrap().values.clone();
    assert!(course(&one)[0] == course(&other)[0] && course(&one)[1] != course(&other)[1]);
    assert_eq!(record(&text, &["train.seed=3"]).params, one.params, "the seed of the file is the default");
}

#[test]
fn a_path_to_the_same_run_is_no_way_at_all() {
    let text = format!("{RUN}\nprobe = [{{ kind = 'path', to = {{}} }}]");
    let record = record(&text, &["model.precision='f64'"]);
    for name in ["path.distance", "path.aligned.distance", "path.barrier", "path.aligned.barrier"] {
        // The barrier is that of sums which differ in their rounding, of losses near 0.3.
        assert!(record.metric(name).unwrap() < 1e-15, "{name} {:?}", record.metric(name));
    }
}
