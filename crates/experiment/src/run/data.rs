//! The training data of a run.

use thalweg_datasets::{Dataset, Transform};
use thalweg_numeric::{Stream, Streams};

use crate::file::Learning;
use crate::inputs::Inputs;

/// The training data of a run, transforms applied.
pub(crate) fn training_data(task: &Learning, files: &Inputs, streams: Streams) -> Dataset {
    let drawn = task
        .data
        .drawn_extent()
        .and_then(|(samples, ..)| task.data.draw(samples, &mut streams.stream("data", 0)));
    let mut data = match (drawn, &files.dataset) {
        (Some(dataset), _) => dataset,
        (None, Some(dataset)) => Dataset::clone(dataset),
        (None, None) => unreachable!("the plan has loaded the files"),
    };
    transform(&mut data, task.data.transforms(), |i| streams.stream("flips", i));
    data
}

pub(crate) fn transform(data: &mut Dataset, transforms: &[Transform], stream: impl Fn(u64) -> Stream) {
    for (i, transform) in (0..).zip(transforms) {
        transform.apply(data, &mut stream(i)).expect("the plan has checked the transforms");
    }
}
