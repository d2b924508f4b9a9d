//! Lengths of the parameters, of the way that they came, and of the gradient.

use thalweg_numeric::vector;

use super::{Look, Scene, Seen};
use crate::file::{Norms, RunSpec};

const QUANTITIES: [&str; 3] = ["weights", "distance", "gradient"];

impl Look for Norms {
    fn quantities(&self, _spec: &RunSpec) -> Vec<String> {
        QUANTITIES.map(str::to_owned).to_vec()
    }

    fn look(&self, scene: &mut Scene<'_>) -> Seen {
        let (start, (mut objective, params, _)) = (scene.start, scene.objective());
        let mut way = params.to_vec();
        vector::axpy(-1.0, start, &mut way);
        let mut gradient = vec![0.0; params.len()];
        objective.gradient(params, &mut gradient);
        let mut seen = Seen::default();
        for (name, vector) in QUANTITIES.into_iter().zip([params, &way, &gradient]) {
            seen.value(name, vector::norm(vector));
        }
        seen
    }
}
