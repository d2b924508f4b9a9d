//! A run that is cut anywhere, saved, and resumed in another process ends with the same bits.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "common/cut.rs"]
mod cut;

use std::sync::atomic::{AtomicU64, Ordering};

use cut::{OPTIMIZERS, RUN, complete, plan};
use thalweg_experiment::{Experiment, Others, Run, Slice, Surroundings};
use thalweg_records::{Array, Checkpoint, Dtype, Store};

/// Every kind, at times that lie between cuts.
const PROBES: &str = "
    probe = [
        { kind = 'norms', when = { kind = 'log-spaced', points-per-decade = 3 } },
        { kind = 'spectrum', top = 2, bottom = 1, trace-samples = 3, when = { kind = 'log-spaced', points-per-decade = 1 } },
        { kind = 'noise', directions = 2, alignment-samples = 4, epochs = 3, when = { kind = 'steps', at = [0, 20] } },
        { kind = 'width', samples-of-noise = 3, when = { kind = 'every', every = 15 } },
        { kind = 'margins', when = { kind = 'every', every = 9 } },
        { kind = 'path', to = { seed = 9 }, points = 5 },
        { kind = 'slice', resolution = 4, when = { kind = 'steps', at = [0, 10, 30, 40] } },
        { kind = 'slice', id = 'hessian', directions = 'hessian', resolution = 3, when = { kind = 'steps', at = [3] } },
        { kind = 'stationary', when = { kind = 'every', every = 3 } },
    ]
";

/// Holds a run that is cut in different ways to one that is not.
fn hold(text: &str, set: &[&str]) {
    let experiment = plan(text, set);
    let mut others = Others::new();
    for (id, key) in &experiment.jobs[0].needs {
        let companion = experiment.companions.iter().find(|companion| companion.key == *key).unwrap();
        let alone = Experiment { jobs: vec![companion.clone()], ..experiment.clone() };
        others.insert(id.clone(), Some(complete(&alone, &Others::new(), 0)));
    }
    let whole = complete(&experiment, &others, 0);
    for every in [1, 3, 7] {
        let cut = complete(&experiment, &others, every);
        assert_eq!(cut.outcome, whole.outcome, "cut after each {every} of {set:?}");
        assert_eq!(cut, whole, "{set:?}");
    }
}

#[test]
fn whatever_the_optimizer() {
    for optimizer in OPTIMIZERS {
        // Full batches for those that want a function that stays the same.
        let batch = if optimizer.contains("newton") || optimizer.contains("lbfgs") { 29 } else { 6 };
        hold(RUN, &[&format!("optimizer={optimizer}"), &format!("train.batch-size={batch}")]);
    }
}

#[test]
fn whatever_the_order_precision_schedule_and_dialect() {
    for set in [
        "train.order='sequential'",
        "train.order='with-replacement'",
        "model.precision='f64'",
        "schedule={ kind = 'one-cycle', peak = 0.1, steps = 40 }",
        "schedule={ kind = 'power-law', initial = 0.1, time-scale = 10 }",
        "optimizer={ kind = 'adam', dialect = 'keras' }",
        "train.stop-at-loss=0.6",
        "train.dropout=0.3",
        "model={ hidden = [5, 5], normalisation = 'layer', residual = true }",
    ] {
        hold(RUN, &[set]);
    }
    hold(RUN, &["schedule={ kind = 'constant', initial = 1e30 }"]);
}

#[test]
fn whatever_the_probes() {
    let text = format!("{RUN}{PROBES}")
        .replace("kind = 'cosine', initial = 0.05, steps = 40", "kind = 'constant', initial = 0.05");
    hold(&text, &[]);
}

#[test]
fn whatever_the_flow_beside_it() {
    let probes = "
        probe = [
            { kind = 'flow', when = { kind = 'log-spaced', points-per-decade = 3 } },
            { kind = 'flow', id = 'modified', of = 'modified', average = 4, when = { kind = 'every', every = 15 } },
            { kind = 'flow', id = 'central', of = 'central', when = { kind = 'steps', at = [3, 20, 40] } },
        ]
    ";
    let set =
        ["schedule={ kind = 'constant', initial = 0.5 }", "train.batch-size=29", "model.activation='tanh'"];
    hold(&format!("{RUN}{probes}"), &set);
}

#[test]
fn on_functions_in_closed_form_too() {
    let wells = "
        title = 'Wells'
        objective = { kind = 'double-well', dim = 8, wide = 0.5, narrow = 12.5, tilt = 0.25 }
        optimizer = { kind = 'sgd', transforms = [{ kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.3 } }] }
        schedule = { kind = 'constant', initial = 0.01 }
        train = { steps = 300 }
        record = { occupation = { after = 40 }, points-per-decade = 7 }
    ";
    hold(wells, &[]);
    let valley = "
        title = 'Valley'
        objective = { kind = 'quadratic', dim = 5, condition = 50 }
        optimizer = { kind = 'momentum' }
        schedule = { kind = 'constant', initial = 0.01 }
        train = { steps = 400, tolerance = 1e-2 }
        probe = [{ kind = 'norms', when = { kind = 'every', every = 30 } }]
    ";
    hold(valley, &[]);
}

#[test]
fn a_checkpoint_of_another_run_is_not_taken() {
    let (first, second) = (plan(RUN, &[]), plan(RUN, &["optimizer={ kind = 'adam' }"]));
    let (others, around) = (Others::new(), Surroundings::without_clock());
    let saved = Run::begin(&first.jobs[0], &others, &around).save();
    assert!(Run::resume(&first.jobs[0], &others, &around, &saved).is_some());
    assert!(Run::resume(&second.jobs[0], &others, &around, &saved).is_none());
    let mut wrong = saved.clone();
    wrong.key.clone_from(&second.jobs[0].key);
    assert!(Run::resume(&second.jobs[0], &others, &around, &wrong).is_none(), "Adam's memory is not in it");
}

#[test]
fn cpu_time_is_summed_over_slices_and_checkpoints_and_is_no_part_of_the_outcome() {
    // A clock of the CPU that advances by a second each time that it is read, so by one a slice with steps.
    let readings = AtomicU64::new(0);
    let cpu = || Some(readings.fetch_add(1, Ordering::Relaxed) as f64);
    let around = Surroundings { cpu: &cpu, ..Surroundings::without_clock() };
    let (experiment, others) = (plan(RUN, &[]), Others::new());
    let (mut run, mut slices) = (Run::begin(&experiment.jobs[0], &others, &around), 0);
    let record = loop {
        let before = run.step();
        run = Run::resume(&experiment.jobs[0], &others, &around, &run.save()).unwrap();
        match run.advance(&around, &|_| {}) {
            Slice::Going(on) => run = on,
            Slice::Ended(record) => break record,
        }
        slices += u64::from(run.step() > before);
    };
    // The last slice has steps too.
    assert_eq!(record.metric("train.cpu-seconds"), Some((slices + 1) as f64));
    let without = complete(&experiment, &others, 0);
    assert_eq!(without.metric("train.cpu-seconds"), None, "nobody tells");
    assert_eq!((record.key, record.outcome), (without.key, without.outcome));
    // Steps before a clock was there, as in a checkpoint of an earlier version, were not measured.
    let mut begun = Run::begin(&experiment.jobs[0], &others, &Surroundings::without_clock());
    let mut resumed = Run::resume(&experiment.jobs[0], &others, &around, &begun.save()).unwrap();
    let record = loop {
        match resumed.advance(&around, &|_| {}) {
            Slice::Going(on) => resumed = on,
            Slice::Ended(record) => break record,
        }
    };
    assert_eq!(record.metric("train.cpu-seconds"), None);
}

/// A network of 11,000 weights in single precision, of each of which Adam remembers two numbers.
fn many_weights() -> Experiment {
    plan(RUN, &["optimizer={ kind = 'adam' }", "model={ hidden = [100, 100] }"])
}

#[test]
fn a_checkpoint_holds_each_number_once_and_in_its_own_precision() {
    let (experiment, others, around) = (many_weights(), Others::new(), Surroundings::without_clock());
    let mut run = Run::begin(&experiment.jobs[0], &others, &around);
    let mut saved = None;
    let taken = allocation_counter::measure(|| saved = Some(run.save()));
    let saved = saved.unwrap();
    let numbers: usize = saved.arrays.iter().map(Array::len).sum();
    assert!(numbers > 30_000, "{numbers}");
    // Four bytes a number, and what else there is.
    let single = 4 * numbers as u64;
    assert!(taken.bytes_max < single + single / 5, "{} bytes for {numbers} numbers", taken.bytes_max);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let written = allocation_counter::measure(|| store.save(&saved).unwrap());
    assert!(written.bytes_max < single / 2, "{} bytes to write {numbers} numbers", written.bytes_max);
    assert_eq!(store.saved(&experiment.jobs[0].key).unwrap().arrays.len(), saved.arrays.len());
}

#[test]
fn a_checkpoint_in_double_precision_as_earlier_versions_wrote_it_goes_on_to_the_same_bits() {
    let (experiment, others, around) = (many_weights(), Others::new(), Surroundings::without_clock());
    let job = &experiment.jobs[0];
    let double = |array: &Array| {
        let numbers: Vec<f64> = array.numbers().collect();
        Array::new(array.name.clone(), array.shape.clone(), Dtype::F64, numbers.into_iter())
    };
    let mut run = Run::begin(job, &others, &around);
    let record = loop {
        let saved = run.save();
        let earlier = Checkpoint { arrays: saved.arrays.iter().map(double).collect(), ..saved.clone() };
        assert_ne!(earlier, saved);
        match Run::resume(job, &others, &around, &earlier).unwrap().advance(&around, &|_| {}) {
            Slice::Going(on) => run = on,
            Slice::Ended(record) => break record,
        }
    };
    assert_eq!(record.outcome, complete(&experiment, &others, 0).outcome);
}
