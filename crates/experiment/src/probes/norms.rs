//! Lengths of the parameters, of the way that they came, and of the gradient.

use thalweg_numeric::vector;

use super::{Scene, Seen};

pub(super) const QUANTITIES: [&str; 3] = ["weights", "distance", "gradient"];

pub(super) fn look(scene: &mut Scene<'_>, start: &[f64]) -> Seen {
    let params = scene.params.clone();
    let mut way = params.clone();
    vector::axpy(-1.0, start, &mut way);
    let mut gradient = vec![0.0; params.len()];
    scene.with_objective(|objective| objective.gradient(&params, &mut gradient));
    let mut seen = Seen::default();
    for (name, vector) in QUANTITIES.into_iter().zip([&params, &way, &gradient]) {
        seen.value(name, vector::norm(vector));
    }
    seen
}
