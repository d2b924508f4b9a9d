//! An experiment from a text in memory: its curves as they grow, and what its runs say about its claims.
//!
//! ```sh
//! cargo run --release -p thalweg --example experiment_from_text
//! ```

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use thalweg::lab::{Event, Study, Word};

const TEXT: &str = "
    title = 'Do small batches cost training loss?'
    seed = 1
    replicates = 6
    data = { kind = 'two-moons', samples = 200, noise = 0.2 }
    model = { hidden = [16] }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.3 }
    train = { steps = 400 }
    record = { points-per-decade = 2 }
    [sweep]
    'train.batch-size' = [1, 10, 100]
    [[claim]]
    id = 'loss-falls'
    says = 'The training loss falls as the batch grows'
    kind = 'trend'
    of = 'train.loss'
    against = 'train.batch-size'
    direction = 'decreasing'
    [[claim]]
    id = 'all-learn'
    says = 'With batches of 100 more than nine in ten points are classified correctly'
    kind = 'bound'
    of = 'train.accuracy'
    where = { 'train.batch-size' = 100 }
    at-least = 0.9
";

fn main() -> Result<(), Box<dyn Error>> {
    // Everything that is wrong with a text is told at once, each with its line and what would be accepted.
    let mistakes = TEXT.replace("'sgd'", "'sdg'").replace("hidden = [16]", "hiden = [16]");
    let problems = Study::from_text(&mistakes).expect_err("two mistakes");
    println!("{problems}\n");
    assert_eq!(problems.all.len(), 2);

    let study = Study::from_text(TEXT)?;
    let (start, n_values) = (Instant::now(), AtomicU64::new(0));
    let results = study.observe(&|| start.elapsed().as_secs_f64(), &|event| match event {
        // Runs are computed on all threads, so values of several of them come in turn.
        Event::Measured(job, "train.loss", step, loss) => {
            n_values.fetch_add(1, Ordering::Relaxed);
            if job.spec.replicate == 0 {
                println!("batches of {:>3}, step {step:3}: training loss {loss:.4}", job.swept[0]);
            }
        }
        Event::Finished(job, record) if job.spec.replicate == 0 => {
            println!("batches of {:>3}: {}", job.swept[0], record.status);
        }
        _ => {}
    });
    assert_eq!(results.runs.len(), 18, "3 batch sizes by 6 replicates");
    // What was told on the way is what the records hold.
    let curves = results.runs.iter().flat_map(|run| &run.curves).filter(|curve| curve.name == "train.loss");
    assert_eq!(curves.map(|curve| curve.values.len() as u64).sum::<u64>(), n_values.into_inner());

    println!();
    let verdicts = study.judge(&results);
    for verdict in &verdicts {
        println!("{}\n    {}", verdict.says, verdict.summary);
    }
    assert_eq!(verdicts[1].verdict, Word::Supported);
    Ok(())
}
