//! A run that goes on with other settings from a step on, and its parent.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "common/cut.rs"]
mod cut;

use std::fs;
use std::path::Path;

use cut::{OPTIMIZERS, RUN, complete, plan};
use thalweg_document::{Document, Overlays};
use thalweg_experiment::{Disk, Experiment, Memory, Others, RunSpec, Spec, Surroundings, execute};
use thalweg_records::{Curve, Record, Status, write_tensors};

/// The record of a run that is cut after every `every`-th slice; all in one go with 0.
fn record(set: &[&str], every: usize) -> Record {
    complete(&plan(RUN, set), &Others::new(), every)
}

/// Holds a fork to its parent: they measure the same, wherever the run is cut.
fn hold(set: &[&str], fork: &str) {
    let parent = record(set, 0);
    assert_eq!(parent.status, Status::Completed, "{set:?}");
    for at in [10, 17] {
        let fork = format!("fork={{ at = {at}{fork} }}");
        let set = [set, &[fork.as_str()]].concat();
        for every in [0, 1] {
            let forked = record(&set, every);
            assert_ne!(forked.key, parent.key);
            assert_eq!(forked.outcome, parent.outcome, "cut after each {every} of {set:?}");
        }
    }
}

#[test]
fn one_that_changes_nothing_is_its_parent_to_the_bit_whatever_the_optimizer() {
    for optimizer in OPTIMIZERS {
        let batch = if optimizer.contains("newton") || optimizer.contains("lbfgs") { 29 } else { 6 };
        let set = [&*format!("optimizer={optimizer}"), &*format!("train.batch-size={batch}")];
        hold(&set, "");
        // Named once more it is the same, and from the first step or in the last.
        for (at, every) in [(0, 3), (17, 3), (39, 0)] {
            let fork = format!("fork={{ at = {at}, optimizer = {optimizer} }}");
            let forked = record(&[&set[..], &[&fork]].concat(), every);
            assert_eq!(forked.outcome, record(&set, 0).outcome, "{fork}");
        }
    }
}

/// What is wrong with a run.
fn told(set: &[&str]) -> String {
    let overlays =
        Overlays { set: set.iter().map(|text| (*text).to_owned()).collect(), ..Overlays::default() };
    let document = Document::of_text("small.toml", RUN, &overlays).unwrap();
    let (spec, mut problems) = Spec::read(&document, Path::new("small.toml"));
    problems.extend(thalweg_experiment::plan(&spec, &Disk).problems);
    document.explain(problems).err().map(|problems| problems.to_string()).unwrap_or_default()
}

#[test]
fn the_optimizers_of_these_tests_are_all_that_there_are() {
    let known = told(&["optimizer={ kind = '?' }"]);
    let kinds =
        known.split_once("known here: ").unwrap().1.split([',', ' ', '\n']).filter(|kind| !kind.is_empty());
    let kinds: Vec<&str> = kinds.collect();
    assert!(kinds.len() >= 35, "{known}");
    for kind in kinds {
        let is_tested = OPTIMIZERS.iter().any(|one| one.contains(&format!("kind = '{kind}'")));
        assert!(is_tested, "{kind} is not among them");
    }
}

#[test]
fn nor_do_other_settings_keep_it_from_being_its_parent() {
    for set in [
        "train.order='sequential'",
        "train.order='with-replacement'",
        "train.dropout=0.3",
        "model.precision='f64'",
        "model={ hidden = [5, 5], normalisation = 'layer', residual = true }",
        "schedule={ kind = 'one-cycle', peak = 0.1, steps = 40 }",
        "probe=[{ kind = 'spectrum', when = { kind = 'every', every = 9 } }, { kind = 'norms' }]",
    ] {
        hold(&[set], "");
        hold(&[set], ", train = { batch-size = 6 }");
    }
    // Data that are named begin an epoch; a full batch is one.
    let data = plan(RUN, &[]).jobs[0].json()["data"].to_string().replace(':', " = ");
    hold(&["train.order='sequential'", "train.batch-size=29"], &format!(", data = {data}"));
}

#[test]
fn on_functions_in_closed_form_too() {
    let wells = "
        title = 'Wells'
        objective = { kind = 'double-well', dim = 8, wide = 0.5, narrow = 12.5, tilt = 0.25 }
        optimizer = { kind = 'sgd', transforms = [{ kind = 'thermal-noise', temperature = { kind = 'power-law', \
                      initial = 0.3, exponent = 0.5, time-scale = 9 } }] }
        schedule = { kind = 'power-law', initial = 0.01, time-scale = 50 }
        train = { steps = 300 }
        record = { occupation = { after = 40 }, points-per-decade = 7 }
    ";
    let of = |set: &[&str], every| complete(&plan(wells, set), &Others::new(), every);
    for fork in ["fork={ at = 0 }", "fork={ at = 100 }", "fork={ at = 299 }"] {
        for every in [0, 1, 2] {
            assert_eq!(of(&[fork], every).outcome, of(&[], 0).outcome, "{fork} {every}");
        }
    }
    let colder = ["fork={ at = 100, optimizer = { kind = 'sgd' } }"];
    let (hot, cold) = (of(&[], 0), of(&colder, 0));
    assert_eq!(upto(&cold, 100), upto(&hot, 100));
    assert!(cold.metric("loss").unwrap() < hot.metric("loss").unwrap());
    assert_eq!(of(&colder, 1).outcome, cold.outcome);
}

/// The curves up to a step.
fn upto(record: &Record, step: u64) -> Vec<Curve> {
    let cut = |curve: &Curve| {
        let n = curve.steps.iter().filter(|at| **at <= step).count();
        Curve { steps: curve.steps[..n].to_vec(), values: curve.values[..n].to_vec(), ..curve.clone() }
    };
    record.curves.iter().map(cut).collect()
}

/// One change of each kind.
const CHANGES: [&str; 7] = [
    "optimizer = { kind = 'adam' }",
    "optimizer = { kind = 'sgd', transforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = true }] }",
    "schedule = { kind = 'constant', initial = 0.05 }",
    "train = { batch-size = 29 }",
    "train = { seed = 3 }",
    "data = { kind = 'two-moons', samples = 29, noise = 0.2, transforms = [{ kind = 'flip-labels', probability = 0.4 }] }",
    "data = { kind = 'two-moons', samples = 17, noise = 0.2, transforms = [{ kind = 'flip-labels', probability = 0.1 }] }",
];

#[test]
fn it_is_its_parent_up_to_its_step_and_another_run_from_there_on() {
    let parent = record(&["seed=1"], 0);
    for change in CHANGES {
        let fork = format!("fork={{ at = 17, {change} }}");
        let forked = record(&["seed=1", &fork], 0);
        assert_eq!(upto(&forked, 17), upto(&parent, 17), "{change}");
        assert_ne!(forked.params, parent.params, "{change}");
        let [last, first] = [25, 40].map(|step| upto(&forked, step));
        assert_ne!((last, first), (upto(&parent, 25), upto(&parent, 40)), "{change}");
        for every in [1, 3] {
            assert_eq!(record(&["seed=1", &fork], every).outcome, forked.outcome, "{change}");
        }
    }
}

#[test]
fn from_step_0_on_it_is_the_run_with_these_settings() {
    for (change, set) in [
        (CHANGES[0], "optimizer={ kind = 'adam' }"),
        (CHANGES[2], "schedule={ kind = 'constant', initial = 0.05 }"),
        (CHANGES[3], "train.batch-size=29"),
        (CHANGES[4], "train.seed=3"),
        (CHANGES[5], "data.transforms=[{ kind = 'flip-labels', probability = 0.4 }]"),
        (CHANGES[6], "data.samples=17"),
    ] {
        let forked = record(&[&format!("fork={{ at = 0, {change} }}")], 0);
        // At step 0 the data are still those of the parent.
        let without_start = |record: &Record| {
            let drop = |curve: &Curve| Curve {
                steps: curve.steps[1..].to_vec(),
                values: curve.values[1..].to_vec(),
                ..curve.clone()
            };
            (
                record.curves.iter().map(drop).collect::<Vec<_>>(),
                record.metrics.clone(),
                record.params.clone(),
            )
        };
        assert_eq!(without_start(&forked), without_start(&record(&[set], 0)), "{change}");
    }
}

#[test]
fn a_new_rule_starts_anew_from_the_weights_of_the_parent_and_its_schedule_from_0() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let full = ["train.order='sequential'", "train.batch-size=29", "test.sets=1"];
    let run = |more: &[&str]| record(&[&full[..], more].concat(), 0);
    // Of an average the weights that are evaluated.
    for before in ["{ kind = 'momentum' }", "{ kind = 'averaged', base = { kind = 'sgd' } }"] {
        let before = format!("optimizer={before}");
        let constant = "schedule={ kind = 'constant', initial = 0.05 }";
        let parent = run(&[&before, constant, "train.steps=17"]);
        fs::write(&path, write_tensors(&parent.params)).unwrap();
        let file = format!("model.init={{ kind = 'file', path = '{}' }}", path.display());
        let cosine = "{ kind = 'cosine', initial = 0.1, steps = 23 }";
        let alone =
            run(&[&file, "optimizer={ kind = 'adam' }", &format!("schedule={cosine}"), "train.steps=23"]);
        let fork = format!("fork={{ at = 17, optimizer = {{ kind = 'adam' }}, schedule = {cosine} }}");
        let forked = run(&[&before, constant, &fork]);
        assert_eq!(forked.params, alone.params, "{before}");
        assert_eq!(forked.metric("train.loss"), alone.metric("train.loss"));
        // The same rule with other parameters is another.
        let beta = |beta| format!("optimizer = {{ kind = 'momentum', beta = {beta} }}");
        let forked = |after: &str| run(&["optimizer={ kind = 'momentum', beta = 0.9 }", constant, after]);
        let (kept, anew) = (forked("seed=3"), forked(&format!("fork={{ at = 17, {} }}", beta(0.9))));
        assert_eq!(kept.params, anew.params);
        assert_ne!(kept.params, forked(&format!("fork={{ at = 17, {} }}", beta(0.89))).params);
    }
}

/// The records of all runs on so many threads, in the order of the plan.
fn on(threads: usize, experiment: &Experiment) -> Vec<Option<String>> {
    let memory = Memory::default();
    let jobs: Vec<_> = experiment.jobs.iter().collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| execute(experiment, &jobs, &memory, &Surroundings::without_clock(), &|_| {}).unwrap());
    let mut records = memory.into_records();
    jobs.iter().map(|job| records.remove(&job.key).unwrap().outcome).collect()
}

#[test]
fn whatever_the_number_of_threads() {
    // Batches of more than 126 rows are shared by threads.
    let text = RUN.replace("samples = 29", "samples = 300").replace("batch-size = 6", "batch-size = 150");
    let forks =
        ["", "at = 17", "at = 17, train = { batch-size = 300 }", "at = 17, optimizer = { kind = 'muon' }"];
    let forks = forks.map(|fork| format!("{{ {fork} }}")).join(", ");
    let experiment = plan(&format!("{text}\nsweep.fork = [{forks}]\nreplicates = 2\n"), &[]);
    let alone = on(1, &experiment);
    assert_eq!(alone.len(), 8);
    // Parent, and fork with nothing changed.
    assert_eq!(alone[..2], alone[2..4]);
    assert!(alone[4..].iter().all(|outcome| !alone[..4].contains(outcome)));
    for threads in [2, 5] {
        assert_eq!(on(threads, &experiment), alone, "{threads} threads");
    }
}

#[test]
fn a_run_without_fork_has_the_key_that_it_had_and_one_with_it_reads_back() {
    let job = plan(RUN, &["model.numerics='portable'"]).jobs.remove(0);
    assert_eq!(job.key, "4ec4ce832d6ae63a", "without fork, as before there was one");
    let empty = plan(RUN, &["model.numerics='portable'", "fork={}"]).jobs.remove(0);
    assert_eq!(empty.key, job.key);
    for change in CHANGES {
        let job = plan(RUN, &[&format!("fork={{ at = 17, {change} }}")]).jobs.remove(0);
        assert_eq!(RunSpec::of_json(&job.json().to_string()).unwrap(), job.spec);
    }
}

#[test]
fn it_is_swept_as_other_settings_are() {
    let keys = |sweep: &str| {
        let experiment = plan(&format!("{RUN}\n{sweep}"), &[]);
        let forks = experiment.jobs.iter().map(|job| job.json()["fork"].clone()).collect::<Vec<_>>();
        (experiment.plan.axes.clone(), forks)
    };
    let (axes, forks) = keys("fork.optimizer = { kind = 'lion' }\nsweep.'fork.at' = [0, 5]");
    assert_eq!((axes, &forks[0]["at"], &forks[1]["at"]), (vec!["fork.at".to_owned()], &0.into(), &5.into()));
    assert_eq!(forks[0]["optimizer"]["kind"], "lion");
    let (_, forks) = keys("fork.at = 3\nsweep.'fork.train.batch-size' = [1, 29]");
    assert_eq!((&forks[0]["train"]["batch-size"], forks[1]["at"].clone()), (&1.into(), 3.into()));
    let cases =
        "[[sweep.case]]\nname = 'parent'\nfork = {}\n[[sweep.case]]\nname = 'fork'\nfork = { at = 9 }";
    let (axes, forks) = keys(cases);
    assert_eq!((axes, &forks[0]), (vec!["case".to_owned(), "fork".to_owned()], &serde_json::Value::Null));
    assert_eq!(forks[1]["at"], 9);
}

#[test]
fn what_it_cannot_change_is_told() {
    let flow = "probe=[{ kind = 'flow', when = { kind = 'steps', at = [0, 9] } }]";
    let path = "probe=[{ kind = 'path', to = { seed = 9 } }]";
    for (set, expected) in [
        (&["fork={ optimizer = { kind = 'adam' } }"][..], "fork.at: this key is missing"),
        (&["fork={ at = 40 }"], "fork.at: found 40, expected less than the 40 steps of the run"),
        (&["fork={ at = -1 }"], "fork.at: found -1"),
        (&["fork={ at = 1, model = { hidden = [3] } }"], "fork.model: this stays the same at a fork"),
        (&["fork={ at = 1, seed = 3 }"], "fork.seed: this stays the same at a fork"),
        (&["fork={ at = 1, optimiser = { kind = 'sgd' } }"], "fork.optimiser: unknown key"),
        (&["fork={ at = 1, train = { steps = 50 } }"], "fork.train.steps: unknown key"),
        (
            &["fork={ at = 1, optimizer = { kind = 'adam', lr = 1 } }"],
            "the learning rate is `initial` in [schedule]",
        ),
        (&["fork={ at = 1, optimizer = { kind = 'adam', beta1 = 2 } }"], "fork.optimizer.beta1: found 2"),
        (
            &["fork={ at = 1, train = { batch-size = 30 } }"],
            "fork.train.batch-size: found 30, expected at most the 29",
        ),
        (
            &["fork={ at = 1, data = { kind = 'two-moons', samples = 5 } }"],
            "fork: after the fork: train.batch-size: found 6, expected at most the 5",
        ),
        (
            &["fork={ at = 1, data = { kind = 'two-moons', samples = 29, noise = -1 } }"],
            "fork.data.noise: found -1",
        ),
        (
            &["fork={ at = 1, data = { kind = 'blobs', samples = 29, features = 3, classes = 3 } }"],
            "fork.data: found 3 features and 3 outputs, expected 2 and 2 as before the fork",
        ),
        (
            &["fork={ at = 1, data = { kind = 'csv', path = 'no.csv', label = 'a' } }"],
            "fork.data.path: cannot read no.csv",
        ),
        (
            &["fork={ at = 1, schedule = { kind = 'cosine', initial = 0.1, floor = 1, steps = 9 } }"],
            "fork.schedule: floor = 1 lies above initial = 0.1",
        ),
        (&["fork=3"], "fork: found 3"),
        (&[flow, "train.batch-size=29", "fork={ at = 1 }"], "probe.0.kind: a flow"),
        (
            &[path, "fork={ at = 1, data = { kind = 'two-moons', samples = 29 } }"],
            "probe.0.to: a path needs the same data",
        ),
    ] {
        let told = told(set);
        assert!(
            told.contains(expected) && told.matches(": fork").count() + told.matches(": probe").count() == 1,
            "{expected:?} of {set:?}:\n{told}"
        );
    }
    // A path over another fork at the same step is walked.
    assert_eq!(told(&["probe=[{ kind = 'path', to = { 'fork.train.seed' = 9 } }]", "fork={ at = 1 }"]), "");
}
