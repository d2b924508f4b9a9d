//! Runs that are cut, saved and resumed.

use std::path::Path;

use thalweg_document::{Document, Overlays};
use thalweg_experiment::{Disk, Experiment, Others, Run, Slice, Spec, Surroundings};
use thalweg_records::{Record, Store};

pub const RUN: &str = "
    title = 'Small'
    seed = 3
    data = { kind = 'two-moons', samples = 29, noise = 0.2, transforms = [{ kind = 'flip-labels', probability = 0.1 }] }
    test = { sets = 2, samples = 20, variants = { clean = [] } }
    model = { hidden = [5, 4] }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'cosine', initial = 0.05, steps = 40 }
    train = { steps = 40, batch-size = 6 }
    record = { points-per-decade = 5, boundary = {} }
";

/// All kinds of rules and methods, with what else has a state.
pub const OPTIMIZERS: &[&str] = &[
    "{ kind = 'sgd' }",
    "{ kind = 'momentum', nesterov = true }",
    "{ kind = 'momentum', undampened-start = true, dampening = 0.5 }",
    "{ kind = 'rmsprop', centred = true, momentum = 0.9 }",
    "{ kind = 'adagrad' }",
    "{ kind = 'adadelta' }",
    "{ kind = 'adam' }",
    "{ kind = 'adam', amsgrad = 'raw' }",
    "{ kind = 'nadam' }",
    "{ kind = 'radam' }",
    "{ kind = 'adamax' }",
    "{ kind = 'lion' }",
    "{ kind = 'signsgd' }",
    "{ kind = 'lars' }",
    "{ kind = 'lamb' }",
    "{ kind = 'muon' }",
    "{ kind = 'schedule-free', base = { kind = 'sgd' } }",
    "{ kind = 'schedule-free', base = { kind = 'adam' } }",
    "{ kind = 'shampoo', interval = 3 }",
    "{ kind = 'soap', interval = 3 }",
    "{ kind = 'spectral' }",
    "{ kind = 'scion' }",
    "{ kind = 'normalised' }",
    "{ kind = 'ademamix' }",
    "{ kind = 'adan' }",
    "{ kind = 'adopt' }",
    "{ kind = 'laprop' }",
    "{ kind = 'mars' }",
    "{ kind = 'prodigy' }",
    "{ kind = 'normuon' }",
    "{ kind = 'cautious', base = { kind = 'adam' } }",
    "{ kind = 'grams', base = { kind = 'adam' } }",
    "{ kind = 'lookahead', base = { kind = 'adam' } }",
    "{ kind = 'averaged', base = { kind = 'lookahead', base = { kind = 'momentum' } } }",
    "{ kind = 'polyak' }",
    "{ kind = 'sam', base = { kind = 'adam' } }",
    "{ kind = 'newton' }",
    "{ kind = 'lbfgs' }",
    "{ kind = 'lbfgs', line-search = 'none' }",
    "{ kind = 'sgd', transforms = [{ kind = 'gradient-noise', variance = 0.01 }, { kind = 'clip-by-norm', max = 1.0 }] }",
    "{ kind = 'sgd', transforms = [{ kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.01 } }] }",
    "{ kind = 'adam', transforms = [{ kind = 'clip-by-value', max = 0.1 }, { kind = 'weight-decay', rate = 0.01, decoupled = true }] }",
    "{ kind = 'adam', group = [{ part = 'output', rate-factor = 0.5 }, { layers = [0], frozen = true }] }",
    "{ kind = 'adam', group = [{ parameters = 'weights', rule = { kind = 'muon' } }] }",
    "{ kind = 'schedule-free', base = { kind = 'adam' }, group = [{ parameters = 'biases', rule = { kind = 'nadam' } }], \
     transforms = [{ kind = 'gradient-noise', variance = 0.01 }] }",
];

pub fn plan(text: &str, set: &[&str]) -> Experiment {
    let overlays =
        Overlays { set: set.iter().map(|text| (*text).to_owned()).collect(), ..Overlays::default() };
    let document = Document::of_text("small.toml", text, &overlays).unwrap();
    let (spec, mut problems) = Spec::read(&document, Path::new("small.toml"));
    let planned = thalweg_experiment::plan(&spec, &Disk);
    problems.extend(planned.problems);
    document.explain(problems).unwrap_or_else(|problems| panic!("{problems}"));
    planned.experiment
}

/// The record of a run that is cut, saved to a disk, and resumed after every `every`-th slice; all in one go
/// with 0.
pub fn complete(experiment: &Experiment, others: &Others, every: usize) -> Record {
    let (folder, around) = (tempfile::tempdir().unwrap(), Surroundings::without_clock());
    let store = Store::new(folder.path());
    let job = &experiment.jobs[0];
    let mut run = Run::begin(job, others, &around);
    for n in 1.. {
        if every > 0 && n % every == 0 {
            store.save(&run.save()).unwrap();
            let step = run.step();
            let numbers = store.saved_numbers(&job.key).unwrap();
            assert_eq!((Run::saved_step(&numbers), Run::saved_seconds(&numbers)), (Some(step), Some(0.0)));
            // Before the first slice nothing was evaluated.
            let curves = Run::saved_curves(&numbers);
            assert!(
                (n == 1 || !curves.is_empty())
                    && curves.iter().all(|own| own.steps.iter().all(|at| *at <= step))
            );
            run = Run::resume(job, others, &around, &store.saved(&job.key).unwrap()).unwrap();
            assert_eq!(run.step(), step);
        }
        match run.advance(&around, &|_| {}) {
            Slice::Going(on) => run = on,
            Slice::Ended(record) => return record,
        }
    }
    unreachable!("a run ends")
}
