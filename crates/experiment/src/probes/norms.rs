//! Lengths of the parameters, of the way that they came, and of the gradient.

use thalweg_numeric::vector;

use super::{Measure, Measurement, ProbeInput};
use crate::file::{Norms, RunSpec};

const QUANTITIES: [&str; 3] = ["weights", "distance", "gradient"];

impl Measure for Norms {
    fn quantities(&self, _spec: &RunSpec) -> Vec<String> {
        QUANTITIES.map(str::to_owned).to_vec()
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let (start, (mut objective, params, _)) = (input.start, input.objective());
        let mut way = params.to_vec();
        vector::axpy(-1.0, start, &mut way);
        let mut gradient = vec![0.0; params.len()];
        objective.gradient(params, &mut gradient);
        let mut measurement = Measurement::default();
        for (name, vector) in QUANTITIES.into_iter().zip([params, &way, &gradient]) {
            measurement.value(name, vector::norm(vector));
        }
        measurement
    }
}
