//! Probes: what they are called, when they look, and that nothing moves because of them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../common/mod.rs"]
mod common;
mod flows;
mod looks;
mod paths;
mod theory;

use std::collections::BTreeSet;

use thalweg_records::{Record, Status};

const RUN: &str = "
    title = 'Small'
    seed = 3
    data = { kind = 'two-moons', samples = 29, noise = 0.2 }
    model = { hidden = [5, 4] }
    optimizer = { kind = 'adam' }
    schedule = { kind = 'constant', initial = 0.05 }
    train = { steps = 40, batch-size = 6 }
    record = { points-per-decade = 2 }
";

/// Every kind, at all the times that there are.
const PROBES: &str = "
    probe = [
        { kind = 'norms', when = { kind = 'log-spaced', points-per-decade = 3 } },
        { kind = 'norms', id = 'twice', when = { kind = 'steps', at = [7, 0] } },
        { kind = 'norms', id = 'last', samples = 10 },
        { kind = 'spectrum', top = 2, bottom = 1, trace-samples = 3, tolerance = 1e-9, when = { kind = 'log-spaced', points-per-decade = 1 } },
        { kind = 'spectrum', id = 'fisher', of = 'gauss-newton' },
        { kind = 'spectrum', id = 'scaled', of = 'preconditioned', when = { kind = 'steps', at = [0, 40] } },
        { kind = 'noise', directions = 2, alignment-samples = 4, epochs = 3, sharpness-epochs = 2 },
        { kind = 'width', samples-of-noise = 3 },
        { kind = 'margins' },
        { kind = 'classes', of = [1] },
        { kind = 'features', when = { kind = 'steps', at = [0, 40] } },
        { kind = 'path', to = { seed = 9, 'train.batch-size' = 4 }, points = 5 },
        { kind = 'path', id = 'batches', to = { 'train.seed' = 9 }, points = 5, curve = { steps = 3, points = 5 } },
        { kind = 'slice', resolution = 4, when = { kind = 'steps', at = [0, 10, 30, 40] } },
        { kind = 'slice', id = 'hessian', directions = 'hessian', resolution = 3 },
        { kind = 'slice', id = 'random', directions = 'random', resolution = 3, samples = 5 },
        { kind = 'slice', id = 'filters', directions = 'filter-normalised', resolution = 3 },
    ]
";

fn record(text: &str, set: &[&str]) -> Record {
    common::records(&common::plan(text, set).unwrap()).remove(0)
}
