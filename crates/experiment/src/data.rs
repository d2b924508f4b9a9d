//! The training data of a run.

use thalweg_datasets::{Dataset, Source, Transform};
use thalweg_numeric::{Stream, Streams};

use crate::Inputs;
use crate::settings::Learning;

/// The training data of a run, transforms applied.
pub(crate) fn training_data(task: &Learning, files: &Inputs, streams: Streams) -> Dataset {
    let mut data = match (&task.data, &files.dataset) {
        (Source::TwoMoons(moons), _) => moons.generate(moons.samples.size(), &mut streams.stream("data", 0)),
        (Source::Csv(_) | Source::Idx(_), Some(dataset)) => Dataset::clone(dataset),
        (Source::Csv(_) | Source::Idx(_), None) => unreachable!("the plan has loaded the files"),
    };
    transform(&mut data, transforms_of(&task.data), |i| streams.stream("flips", i));
    data
}

pub(crate) fn transform(data: &mut Dataset, transforms: &[Transform], stream: impl Fn(u64) -> Stream) {
    for (i, transform) in (0..).zip(transforms) {
        transform.apply(data, &mut stream(i)).expect("the plan has checked the transforms");
    }
}

/// The training data's numbers of samples, features and classes.
pub(crate) fn extent(task: &Learning, files: &Inputs) -> (usize, usize, usize) {
    match (&task.data, &files.dataset) {
        (Source::TwoMoons(moons), _) => (moons.samples.size(), 2, 2),
        (_, Some(dataset)) => {
            let (n_samples, n_features) = dataset.inputs.dim();
            (n_samples, n_features, dataset.n_classes)
        }
        (_, None) => unreachable!("files are loaded before their run is looked at"),
    }
}

pub(crate) fn transforms_of(source: &Source) -> &[Transform] {
    match source {
        Source::TwoMoons(moons) => &moons.transforms,
        Source::Csv(csv) => &csv.transforms,
        Source::Idx(idx) => &idx.transforms,
    }
}
