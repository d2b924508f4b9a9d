//! How fast the loss rises around the solution, by measures that are told apart in the literature.

use thalweg_landscape::width::{
    Ascent, Ball, Rays, Scale, rise_under_changes, rise_under_input_noise, rise_under_noise,
};
use thalweg_numeric::bounded::Positive;
use thalweg_numeric::vector;

use super::{Measure, Measurement, ProbeInput, Target};
use crate::file::{RunSpec, Task, Width};

/// Where rays begin, and where they end.
const NEAREST: Positive = Positive::of(1e-3);
const FARTHEST: Positive = Positive::of(1e3);

impl Measure for Width {
    fn quantities(&self, spec: &RunSpec) -> Vec<String> {
        let of_networks = matches!(spec.task, Task::Learning(_)).then_some(["filter", "input"]);
        let means = ["noise", "relative", "log-radius"].into_iter().chain(of_networks.into_iter().flatten());
        let with_errors = means.flat_map(|name| [name.to_owned(), format!("{name}.se")]);
        with_errors.chain(["worst", "sam", "adaptive"].map(str::to_owned)).collect()
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let mut measurement = Measurement::default();
        let (layout, is_network) = (input.layout, matches!(input.target, Target::Network(_)));
        let past_the_first = match &input.target {
            Target::Network(learned) if learned.architecture.adds_input(0) => {
                Some(learned.architecture.clone())
            }
            _ => None,
        };
        let (mut objective, params, stream) = input.objective();
        let (objective, pairs) = (&mut *objective, self.samples_of_noise);
        let mut mean = |name: &str, estimate: thalweg_landscape::Estimate| {
            measurement.value(name, estimate.value);
            measurement.value(&format!("{name}.se"), estimate.standard_error);
        };
        let scales = [
            ("noise", Scale::Absolute, self.sigma),
            ("relative", Scale::Relative, self.relative_sigma),
            ("filter", Scale::Filter(layout), self.relative_sigma),
        ];
        for (name, scale, sigma) in scales {
            if is_network || name != "filter" {
                mean(name, rise_under_noise(objective, params, scale, sigma, pairs, stream));
            }
        }
        if is_network {
            let rise = match past_the_first {
                None => rise_under_input_noise(objective, params, layout, self.input_sigma, pairs, stream)
                    .expect("a network begins with a layer of weights"),
                Some(architecture) => {
                    let mut shift = vec![0.0; architecture.inputs];
                    rise_under_changes(objective, params, self.input_sigma, pairs, |change| {
                        shift.fill_with(|| stream.normal());
                        change.copy_from_slice(&architecture.input_shifted(params, &shift));
                        vector::axpy(-1.0, params, change);
                    })
                }
            };
            mean("input", rise);
        }
        let rays = Rays { draws: pairs, rise: self.rise, nearest: NEAREST, farthest: FARTHEST };
        mean("log-radius", rays.volume(objective, params, stream).log_radius);
        for (name, ball, radius) in
            [("worst", Ball::Euclidean, self.radius), ("adaptive", Ball::Adaptive, self.adaptive_radius)]
        {
            let ascent = Ascent { ball, radius, starts: self.starts, steps: self.steps };
            let worst = ascent.worst_case(objective, params, stream);
            measurement.value(name, worst.rise);
            if name == "worst" {
                measurement.value("sam", worst.one_step);
            }
        }
        measurement
    }
}
