//! Everything that a run can offer is in the table of quantities.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "records are asked for by name")]
mod common;

use std::collections::BTreeSet;

use thalweg_records::Quantity;

const LEARNING: &str = "
    title = 'Learning'
    data = { kind = 'two-moons', samples = 29, noise = 0.2, transforms = [{ kind = 'flip-labels', probability = 0.3 }] }
    test = { sets = 3, samples = 13, variants = { clean = [] } }
    model = { hidden = [] }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.05 }
    train = { steps = 40, batch-size = 6, stop-at-loss = 0.1 }
    record = { data = true, boundary = {} }
    probe = [
        { kind = 'norms' },
        { kind = 'spectrum', top = 2, bottom = 1, trace-samples = 3, when = { kind = 'every', every = 3 } },
        { kind = 'noise', directions = 2, alignment-samples = 4, epochs = 3, sharpness-epochs = 2 },
        { kind = 'width' },
        { kind = 'margins', separators = true, when = { kind = 'every', every = 3 } },
        { kind = 'classes', of = [0, 1] },
        { kind = 'path', to = { seed = 9 }, curve = {} },
        { kind = 'slice', when = { kind = 'every', every = 3 } },
        { kind = 'stationary', when = { kind = 'every', every = 3 } },
    ]
";

const DEEP: &str = "
    title = 'Deep'
    data = { kind = 'two-moons', samples = 29 }
    model = { hidden = [3] }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.05 }
    train = { steps = 40, batch-size = 6 }
    probe = [{ kind = 'features' }]
";

const WELLS: &str = "
    title = 'Wells'
    objective = { kind = 'double-well', dim = 2, wide = 0.5, narrow = 12.5, tilt = 0.25 }
    start = { kind = 'normal' }
    optimizer = { kind = 'sgd', transforms = [{ kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.1 } }] }
    schedule = { kind = 'constant', initial = 0.01 }
    train = { steps = 40 }
    record = { occupation = {} }
";

const BOWL: &str = "
    title = 'Bowl'
    objective = { kind = 'quadratic', dim = 2, condition = 10 }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.01 }
    train = { steps = 40, tolerance = 1e-6 }
    probe = [{ kind = 'flow', of = 'central', when = { kind = 'every', every = 3 } }]
";

#[test]
fn all_that_a_run_offers_is_in_the_table() {
    let mut names = BTreeSet::new();
    for text in [LEARNING, DEEP, WELLS, BOWL] {
        let available = common::planned(text, &[]).unwrap().available;
        names.extend(available.values.into_iter().chain(available.curves));
    }
    for name in ["test.clean.loss.sd", "margins.l2.angle.predicted", "wide.deviation", "steps-to-tolerance"] {
        assert!(names.contains(name), "the runs offer too little to check anything: {names:?}");
    }
    for record in common::records(&common::plan(BOWL, &[]).unwrap()) {
        names.extend(record.metrics.into_iter().chain(record.seconds).map(|metric| metric.name));
    }
    let unknown: Vec<&String> = names.iter().filter(|name| !Quantity::of(name).is_known()).collect();
    assert!(unknown.is_empty(), "crates/records/src/quantity/table.rs has no row for {unknown:?}");
}
