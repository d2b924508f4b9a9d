//! What experiment files say, and everything that is wrong with them, from texts alone.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "nothing is computed here")]
mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{overlays, plan, resolve};
use serde_json::json;
use thalweg_document::{Document, Files};
use thalweg_experiment::{Experiment, RunSpec};
use thalweg_records::key_of;

const QUADRATIC: &str = "title = 'Small'
seed = 3
replicates = 3
[objective]
kind = 'quadratic'
dim = 2
condition = 10
[optimizer]
kind = 'momentum'
beta = 0.5
[schedule]
kind = 'constant'
initial = 0.02
[train]
steps = 60
";

/// What is wrong with a changed text.
fn wrong(changes: &[(&str, &str)]) -> String {
    let changed = changes.iter().fold(QUADRATIC.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    plan(&changed, &[]).unwrap_err()
}

fn with_files(text: &str, files: &[(&str, &str)]) -> Result<Experiment, String> {
    let texts = files.iter().copied().chain([("small.toml", text)]);
    let files: BTreeMap<PathBuf, Vec<u8>> =
        texts.map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec())).collect();
    let path = Path::new("small.toml");
    let document = Document::open(path, &files as &dyn Files, &overlays(&[])).map_err(|e| e.to_string())?;
    resolve(&document, path, &files).map(|planned| planned.experiment)
}

#[test]
fn one_mistake_is_one_problem_in_its_line() {
    for (changes, expected) in [
        (
            &[("'Small'", "2031-05-17")][..],
            "small.toml:1: title: found 2031-05-17, which is a date: put it in quotes",
        ),
        (
            &[("seed = 3", "seed = 18446744073709551615")],
            "small.toml:2: seed: found 18446744073709551615, expected",
        ),
        (&[("seed = 3", "seed = -3")], "small.toml:2: seed: found -3, expected a whole number of at least 0"),
        (
            &[("[train]\nsteps = 60\n", ""), ("replicates", "train = [60]\nreplicates")],
            "small.toml:3: train: found [60], expected a table",
        ),
        (
            &[("beta = 0.5", "lr = 0.5")],
            "small.toml:10: optimizer.lr: unknown key\n  hint: the learning rate is `initial` in [schedule]",
        ),
        (
            &[("steps = 60", "epochs = 60\nsteps = 3")],
            "small.toml:15: train.epochs: unknown key\n  hint: training is counted in steps",
        ),
        (
            &[("initial = 0.02", "learning-rate = 0.02")],
            "schedule.learning-rate: unknown key\n  hint: here it is `initial`",
        ),
        (
            &[("steps = 60\n", "steps = 60\n[sweep]\n'optimizer.beta' = [0.0, -0.0]\n")],
            "sweep.optimizer.beta.1: found -0.0, which is value 1",
        ),
        (
            &[("steps = 60\n", "steps = 60\n[sweep]\n'optimizer.beta' = [\n0.0,\n7]\n")],
            "small.toml:19: sweep.optimizer.beta.1: found 7, expected a number from 0 to below 1",
        ),
    ] {
        let told = wrong(changes);
        assert!(told.contains(expected), "no {expected:?} in\n{told}");
        assert_eq!(told.matches("small.toml:").count(), 1, "{told}");
    }
}

#[test]
fn texts_that_are_none_are_told_once() {
    let told = |bytes: &[u8]| {
        let files = BTreeMap::from([(PathBuf::from("small.toml"), bytes.to_vec())]);
        Document::open(Path::new("small.toml"), &files, &overlays(&[])).unwrap_err().to_string()
    };
    assert_eq!(
        told(QUADRATIC.replace('\n', "\r").as_bytes()),
        "small.toml: its lines end with CR alone: save it with LF or CR LF"
    );
    assert!(told(b"title = 'Gr\xfc\xdfe'\n").starts_with("small.toml:1: the byte 0xfc is not UTF-8"));
    let wide: Vec<u8> = QUADRATIC.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(told(&wide).contains("UTF-16"));
}

#[test]
fn all_problems_are_told_at_once_and_none_that_only_follows() {
    let text = "title = 'Many'
seed = -1
[data]
kind = 'two-moons'
samples = 40
noise = -0.1
[model]
hidden = [4]
activation = 'rellu'
[optimizer]
kind = 'sgd'
lr = 0.1
[schedule]
kind = 'constant'
initial = 0.1
[train]
steps = 30
batchsize = 8
[record]
points-per-decade = 1e9
[sweep]
'train.steps' = []
";
    let told = plan(text, &[]).unwrap_err();
    let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with("  hint")).collect();
    let places = [
        "2: seed",
        "6: data.noise",
        "9: model.activation",
        "12: optimizer.lr",
        "18: train.batchsize",
        "20: record",
        "22: sweep",
    ];
    assert_eq!(lines.len(), places.len(), "{told}");
    for (line, place) in lines.iter().zip(places) {
        assert!(line.starts_with(&format!("small.toml:{place}")), "{line} is not {place}");
    }
    // What is missing is told once, not for each point of a sweep, and so is what each point lacks.
    let swept =
        QUADRATIC.replace("beta = 0.5\n", "bta = 1\n") + "[sweep]\n'schedule.initial' = [0.1, 0.2, 0.3]\n";
    assert_eq!(plan(&swept, &[]).unwrap_err().matches("small.toml").count(), 1);
    // A batch larger than the data is no news where the number of samples is wrong.
    let moons = "title = 'a'\ndata = { kind = 'two-moons', samples = -4 }\nmodel = { hidden = [] }\noptimizer = { kind = 'sgd' }\n\
                 schedule = { kind = 'constant', initial = 0.1 }\ntrain = { steps = 3, batch-size = 900 }";
    assert_eq!(plan(moons, &[]).unwrap_err().matches("small.toml").count(), 1);
}

#[test]
fn an_optimizer_in_an_optimizer_is_told_what_it_lacks() {
    let moons = |optimizer: &str, more: &str| {
        format!(
            "title = 'a'\ndata = {{ kind = 'two-moons', samples = 20 }}\nmodel = {{ hidden = [3] }}\n\
             optimizer = {optimizer}\nschedule = {{ kind = 'constant', initial = 0.1 }}\n\
             train = {{ steps = 3, batch-size = 4 }}\n{more}"
        )
    };
    for (optimizer, expected) in [
        ("{ kind = 'sam' }", "small.toml:4: optimizer.base: this key is missing"),
        ("{ kind = 'sam', base = {} }", "small.toml:4: optimizer.base.kind: this key is missing"),
        (
            "{ kind = 'sam', base = { kind = 'addam' } }",
            "small.toml:4: optimizer.base.kind: unknown value `addam`",
        ),
        ("{ kind = 'sam', base = 'adam' }", "small.toml:4: optimizer.base: found \"adam\", expected a table"),
        ("{ kind = 'schedule-free' }", "small.toml:4: optimizer.base: this key is missing"),
    ] {
        let told = plan(&moons(optimizer, ""), &[]).unwrap_err();
        assert!(told.starts_with(expected) && told.matches("small.toml").count() == 1, "{optimizer}: {told}");
    }
    // A table that the sweep replaces is read too, but for what it lacks.
    let sweep = "[sweep]\noptimizer = [{ kind = 'sgd' }, { kind = 'adam' }]\n";
    let told = plan(&moons("{ kind = 'adam', beta1 = 1.5 }", sweep), &[]).unwrap_err();
    assert!(told.starts_with("small.toml:4: optimizer.beta1: found 1.5"), "{told}");
    assert_eq!(plan(&moons("{ kind = 'sam' }", sweep), &[]).unwrap().jobs.len(), 2);
    let probe = "probe = [{ kind = 'path', other = {} }]";
    let told = plan(&moons("{ kind = 'sgd' }", probe), &[]).unwrap_err();
    assert!(told.contains("small.toml:7: probe.0.other: unknown key"), "{told}");
}

#[test]
fn a_default_that_is_swept_is_a_value_like_the_others() {
    let text = "title = 'a'\ndata = { kind = 'two-moons', samples = 20 }\nmodel = { hidden = [3, 3] }\n\
                optimizer = { kind = 'sgd' }\nschedule = { kind = 'constant', initial = 0.1 }\n\
                train = { steps = 3, batch-size = 4 }\n[sweep]\n'train.dropout' = [0.0, 0.1]\n\
                'model.normalisation' = ['none', 'layer']\n'model.residual' = [false, true]\n'data-seed' = [0, 1]\n";
    let experiment = plan(text, &[]).unwrap();
    assert_eq!(experiment.jobs.len(), 16);
    let first = experiment.jobs[0].json();
    assert_eq!(first["train"]["dropout"], 0.0);
    assert_eq!(
        (&first["model"]["normalisation"], &first["model"]["residual"]),
        (&"none".into(), &false.into())
    );
    assert_eq!(first["data-seed"], 0);
}

#[test]
fn a_file_may_build_on_another() {
    let base = format!(
        "{QUADRATIC}[sweep]\n'optimizer.beta' = [0.0, 0.5]\n[[probe]]\nid = 'a'\nkind = 'norms'\n[[probe]]\nid = 'b'\nkind = 'norms'\n"
    );
    let over = "extends = 'base.toml'\nwithout = ['sweep.optimizer.beta', 'probe.a']\ntitle = 'Other'\n\
                optimizer = { kind = 'sgd' }\n[train]\nsteps = 7\n[sweep]\n'schedule.initial' = [0.1, 0.2, 0.3]";
    let experiment = with_files(over, &[("base.toml", &base)]).unwrap();
    assert_eq!((experiment.plan.title.as_str(), experiment.jobs.len()), ("Other", 9));
    let spec = &experiment.jobs[0].spec;
    assert_eq!((spec.seed, spec.task.steps(), spec.probes.len(), spec.probes[0].id.as_str()), (3, 7, 1, "b"));
    // What is wrong below is told in its own file, what is wrong above in this one.
    let broken = with_files(over, &[("base.toml", &base.replace("dim = 2", "dim = 0"))]).unwrap_err();
    assert!(broken.starts_with("base.toml:6: objective.dim: found 0"), "{broken}");
    let wrong = over.replace("steps = 7", "steps = 0").replace("probe.a", "probe.c");
    let wrong = with_files(&wrong, &[("base.toml", &base)]).unwrap_err();
    assert!(
        wrong.contains("small.toml:2: without.1: found \"probe.c\", which is not in base.toml"),
        "{wrong}"
    );
    assert!(wrong.contains("small.toml:6: train.steps: found 0"), "{wrong}");
    // What a file leaves out is gone, however far below it stands; an empty list takes the place of a full
    // one.
    let middle =
        "extends = 'base.toml'\n[[probe]]\nid = 'b'\nkind = 'norms'\n[[probe]]\nid = 'c'\nkind = 'norms'\n";
    let files = [("base.toml", base.as_str()), ("middle.toml", middle)];
    let top = |rest: &str| with_files(&format!("extends = 'middle.toml'\n{rest}"), &files).unwrap();
    let ids = |experiment: &Experiment| -> Vec<String> {
        experiment.jobs[0].spec.probes.iter().map(|probe| probe.id.clone()).collect()
    };
    assert_eq!(ids(&top("without = ['probe.b']")), ["a", "c"]);
    assert_eq!(
        (ids(&top("")), ids(&top("probe = []"))),
        (["a", "b", "c"].map(str::to_owned).to_vec(), vec![])
    );
    let missing = with_files("extends = 'bse.toml'\ntitle = 'a'", &[]).unwrap_err();
    assert!(missing.contains("small.toml:1: extends: cannot read bse.toml"), "{missing}");
    let circle = with_files("extends = 'small.toml'", &[]).unwrap_err();
    assert!(circle.contains("do they extend each other?"), "{circle}");
}

#[test]
fn cases_are_named_rows_of_settings() {
    let cases = "[[sweep.case]]\nname = 'plain'\n'optimizer.beta' = 0.0\n'schedule.initial' = 0.1\n\
                 [[sweep.case]]\nname = 'heavy'\n'optimizer.beta' = 0.9\n'schedule.initial' = 0.01\n";
    let experiment = plan(&format!("{QUADRATIC}{cases}"), &[]).unwrap();
    assert_eq!(experiment.plan.axes, ["case", "optimizer.beta", "schedule.initial"]);
    assert_eq!(experiment.jobs.len(), 6);
    assert_eq!(experiment.jobs[3].swept[..], [json!("heavy"), json!(0.9), json!(0.01)]);
    // The names are no part of what is computed.
    let zip = "[[sweep.zip]]\n'optimizer.beta' = [0.0, 0.9]\n'schedule.initial' = [0.1, 0.01]\n";
    let zipped = plan(&format!("{QUADRATIC}{zip}"), &[]).unwrap();
    assert_eq!(zipped.plan.runs, experiment.plan.runs);
    for (from, to, expected) in [
        ("'heavy'", "'plain'", "sweep.case.1.name: another case is called \"plain\" too"),
        ("name = 'heavy'\n", "", "sweep.case.1.name: this key is missing"),
        ("'optimizer.beta' = 0.9\n", "", "sweep.case.1: every case sets the same settings"),
        ("0.9", "9", "small.toml:22: sweep.case.1.optimizer.beta: found 9"),
    ] {
        let told = plan(&format!("{QUADRATIC}{}", cases.replace(from, to)), &[]).unwrap_err();
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
    let sound = "[[sweep.case]]\nname = 'b'\n'schedule.initial' = 0.1\n";
    for (empty, expected) in [
        ("", "sweep.case.0: this case is empty, expected a name and at least one setting, such as"),
        ("name = 'a'\n", "sweep.case.0: the case \"a\" sets nothing, expected at least one setting, such as"),
    ] {
        let told = plan(&format!("{QUADRATIC}[[sweep.case]]\n{empty}{sound}"), &[]).unwrap_err();
        assert!(told.contains(expected) && told.lines().count() == 1, "no {expected:?} in {told}");
    }
}

#[test]
fn a_spec_reads_back_as_what_it_was() {
    let moons = "title = 'a'\nreplicates = 2\ndata = { kind = 'two-moons', samples = 20 }\nmodel = { hidden = [3] }\n\
                 test = { sets = 2, samples = 5, variants = { clean = [] } }\noptimizer = { kind = 'adam', dialect = 'keras' }\n\
                 schedule = { kind = 'constant', initial = 0.1 }\ntrain = { steps = 3, batch-size = 4 }\n\
                 record = { boundary = {} }\n[[probe]]\nkind = 'path'\nto = { seed = 8 }\n[[probe]]\nkind = 'spectrum'\n";
    for text in [moons, QUADRATIC] {
        for job in plan(text, &[]).unwrap().jobs {
            let back: RunSpec = serde_json::from_value(job.json()).unwrap();
            assert_eq!(back, job.spec);
            assert_eq!((key_of(&job.json()), key_of(&back)), (job.key.clone(), job.key));
        }
    }
    let mut json = plan(QUADRATIC, &[]).unwrap().jobs[0].json();
    json["data"] = json!({ "kind": "two-moons", "samples": 3 });
    assert!(serde_json::from_value::<RunSpec>(json).is_err(), "two things to minimise");
}

#[test]
fn one_file_is_one_run_however_its_path_is_spelled() {
    let text = "title = 'a'\ndata = { kind = 'csv', path = 'PATH', label = 'class' }\nmodel = { hidden = [] }\n\
                optimizer = { kind = 'sgd' }\nschedule = { kind = 'constant', initial = 0.1 }\ntrain = { steps = 3, batch-size = 2 }";
    let table = [("d.csv", "x,class\n1,0\n2,1\n1e300,1\n")];
    let key = |path: &str, options: &str| {
        let text = text.replace("PATH", path).replace("hidden = []", &format!("hidden = []{options}"));
        with_files(&text, &table).map(|experiment| experiment.plan.runs[0].clone())
    };
    let double = ", precision = 'f64'";
    assert_eq!(key("d.csv", double), key("./d.csv", double));
    assert_eq!(key("d.csv", double), key("a/../d.csv", double));
    let single = key("d.csv", "").unwrap_err();
    assert!(single.contains("small.toml:2: data.path: d.csv: line 4") && single.contains("f64"), "{single}");
    assert!(key("e.csv", double).unwrap_err().contains("cannot read e.csv"));
}

#[test]
fn groups_that_change_nothing_are_told() {
    let moons = "title = 'a'\ndata = { kind = 'two-moons', samples = 20 }\nmodel = { hidden = [3] }\n\
                 schedule = { kind = 'constant', initial = 0.1 }\ntrain = { steps = 3, batch-size = 4 }\n";
    let notes = |optimizer: &str| {
        let text = format!("{moons}optimizer = {{ kind = 'sgd', {optimizer} }}\n");
        plan(&text, &[]).unwrap().notes().into_iter().collect::<Vec<_>>()
    };
    let none: [String; 0] = [];
    for group in ["rate-factor = 2", "frozen = true", "rule = { kind = 'adam' }"] {
        assert_eq!(notes(&format!("group = [{{ layers = [0], {group} }}]")), none, "{group}");
    }
    let idle = notes("group = [{ layers = [0], rate-factor = 2 }, { layers = [1] }]");
    assert!(
        idle.len() == 1 && idle[0].starts_with("optimizer.group.1 changes nothing: it has no rule"),
        "{idle:?}"
    );
    let decay = "group = [{ parameters = 'biases', weight-decay-factor = 0 }]";
    let idle = notes(decay);
    let expected = "optimizer.group.0.weight-decay-factor changes nothing: no transform of the optimizer is weight-decay";
    assert_eq!(idle, [expected]);
    assert_eq!(
        notes(&format!("{decay}, transforms = [{{ kind = 'weight-decay', rate = 0.1, decoupled = true }}]")),
        none
    );
    // Of a sweep one point may be the one that is compared with.
    let swept = "group = [{ layers = [0] }] }\nsweep = { 'optimizer.group.0.rate-factor' = [1, 2]";
    assert_eq!(notes(swept), none);
}

#[test]
fn what_is_no_setting_is_told_once_for_all_points_of_a_sweep() {
    for (swept, expected) in [
        ("'optimizer.lr' = [0.1, 0.2]", "small.toml:17: sweep.optimizer.lr: unknown key"),
        ("zip = [{ 'optimizer.lr' = [0.1, 0.2] }]", "small.toml:17: sweep.zip.0.optimizer.lr: unknown key"),
        (
            "'objective.dim' = 3",
            "small.toml:17: sweep.objective.dim: expected a list of values, found 3\n  hint: write [3]",
        ),
        ("objective = { dim = [3] }", "hint: write the key in quotes"),
    ] {
        let told = plan(&format!("{QUADRATIC}[sweep]\n{swept}\n"), &[]).unwrap_err();
        assert!(told.contains(expected) && told.lines().count() == 2, "no {expected:?} in {told}");
    }
    let told = plan(&QUADRATIC.replace("0.02", "[0.02, 0.01]"), &[]).unwrap_err();
    assert!(
        told.contains("hint: \"schedule.initial\" = [0.02, 0.01] in [sweep] runs each of them"),
        "{told}"
    );
}
