//! Data of your own in an experiment: a disc inside of a ring, which no straight line separates. The
//! experiment finds its files in memory; on a disk they would lie beside each other.
//!
//! ```sh
//! cargo run --release -p thalweg --example own_data
//! ```

#![expect(clippy::disallowed_methods, reason = "an example has no need of the same bits everywhere")]

use std::collections::BTreeMap;
use std::error::Error;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use thalweg::datasets::{Dataset, parse_csv};
use thalweg::lab::{Overlays, Study, Word};
use thalweg::numeric::Streams;

const EXPERIMENT: &str = "
    title = 'Does a disc in a ring need hidden units?'
    replicates = 5                      # independent first weights and batches; the data are the same
    data = { kind = 'csv', path = 'ring.csv', label = 'class' }
    optimizer = { kind = 'adam' }
    schedule = { kind = 'constant', initial = 0.02 }
    train = { steps = 300, batch-size = 20 }
    [model]
    hidden = []
    [[sweep.case]]
    name = 'linear'
    'model.hidden' = []
    [[sweep.case]]
    name = 'hidden units'
    'model.hidden' = [16]
    [[claim]]
    id = 'hidden-units-help'
    says = 'With hidden units more of the points are classified correctly'
    kind = 'difference'
    of = 'train.accuracy'
    between = [{ case = 'hidden units' }, { case = 'linear' }]
    direction = 'higher'
    margin = 0.1
";

fn main() -> Result<(), Box<dyn Error>> {
    let (points, classes) = points();

    // For a network of your own an array is all that is needed. What is wrong with it is told, not a panic.
    let inputs = Array2::from_shape_vec((200, 2), points.as_flattened().to_vec())?;
    let dataset = Dataset::try_new(inputs.clone(), classes.clone(), 2)?;
    let mistake = Dataset::try_new(inputs, classes.iter().map(|class| class + 1).collect(), 2)
        .expect_err("there is no class 2");
    println!("Labels that begin with 1: {mistake}");

    // For an experiment the data are a table.
    let rows = points.iter().zip(&classes).map(|([x, y], class)| format!("{x},{y},{class}\n"));
    let table = "x,y,class\n".to_owned() + &rows.collect::<String>();
    assert_eq!(parse_csv(table.as_bytes(), "class")?.dataset, dataset);
    let files: BTreeMap<PathBuf, Vec<u8>> = [("ring.toml", EXPERIMENT), ("ring.csv", &table)]
        .map(|(path, text)| (path.into(), text.into()))
        .into();

    let study = Study::open(Path::new("ring.toml"), &files, &Overlays::default())?;
    let results = study.run();
    for run in &results.runs {
        let accuracy = run.metrics.iter().find(|metric| metric.name == "train.accuracy");
        let accuracy = accuracy.ok_or("every run has an accuracy")?.value;
        println!("{}, replicate {}: {accuracy:.3}", run.spec["case"], run.spec["replicate"]);
    }
    let verdict = &study.judge(&results)[0];
    println!("{}: {}", verdict.says, verdict.summary);
    assert_eq!(verdict.verdict, Word::Supported);
    Ok(())
}

/// 100 points in a disc of radius 1, class 0, and 100 in a ring around it, class 1.
fn points() -> (Vec<[f64; 2]>, Vec<u32>) {
    let mut stream = Streams::new(7, 0).stream("points", 0);
    let mut point = |class: u32| {
        let radius = if class == 0 { stream.uniform().sqrt() } else { 1.5 + 0.5 * stream.uniform() };
        let (sin, cos) = (TAU * stream.uniform()).sin_cos();
        [radius * cos, radius * sin]
    };
    let classes: Vec<u32> = (0..200).map(|i| i % 2).collect();
    (classes.iter().map(|class| point(*class)).collect(), classes)
}
