//! How fast the loss rises around the solution, by measures that are told apart in the literature.

use serde::{Deserialize, Serialize};
use thalweg_landscape::width::{Ascent, Ball, Rays, Scale, rise_under_input_noise, rise_under_noise};
use thalweg_numeric::bounded::{Count, Positive};

use super::{Ground, Look, Scene, Seen};
use crate::RunSpec;
use crate::settings::Task;

/// `kind = "width"`: rises of the loss.
///
/// * `noise`: the mean under Gaussian noise on all weights, of standard deviation [`sigma`](Self::sigma);
/// * `relative`: the same with noise in units of each weight, and `filter`: in units of the weights into each unit
///   ([`relative_sigma`](Self::relative_sigma));
/// * `worst`: the largest in a ball of [`radius`](Self::radius), and `sam`: at its place in the direction of the gradient;
/// * `adaptive`: the largest for relative changes of [`adaptive_radius`](Self::adaptive_radius) in all;
/// * `input`: the mean when all inputs are shifted by one Gaussian vector ([`input_sigma`](Self::input_sigma));
///
/// and `log-radius`, the mean of ln r along random rays up to the r at which the loss has risen by [`rise`](Self::rise).
/// Means have standard errors, such as `noise.se`. A function in closed form has neither `filter` nor `input`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Width {
    /// σ in units of the weights. Default 0.05.
    #[serde(default = "sigma")]
    pub sigma: Positive,
    /// σ in units of each weight. Default 0.1.
    #[serde(default = "relative_sigma")]
    pub relative_sigma: Positive,
    /// ρ. Default 0.05 (Foret et al., ICLR 2021).
    #[serde(default = "radius")]
    pub radius: Positive,
    /// ρ of the adaptive ball. Default 0.5 (Kwon et al., ICML 2021).
    #[serde(default = "adaptive_radius")]
    pub adaptive_radius: Positive,
    /// σ in units of the inputs. Default 0.05.
    #[serde(default = "sigma")]
    pub input_sigma: Positive,
    /// h in units of the loss. Default 0.1.
    #[serde(default = "rise")]
    pub rise: Positive,
    /// Pairs ±δ of random changes, and rays. Default 20.
    #[serde(default = "twenty")]
    pub samples_of_noise: Count,
    /// Starts of the search for the worst place. Default 2.
    #[serde(default = "two")]
    pub starts: Count,
    /// Gradients in each of them. Default 30.
    #[serde(default = "thirty")]
    pub steps: Count,
}

/// Where rays begin, and where they end.
const NEAREST: Positive = Positive::of(1e-3);
const FARTHEST: Positive = Positive::of(1e3);

impl Look for Width {
    fn quantities(&self, spec: &RunSpec) -> Vec<String> {
        let of_networks = matches!(spec.task, Task::Learning(_)).then_some(["filter", "input"]);
        let means = ["noise", "relative", "log-radius"].into_iter().chain(of_networks.into_iter().flatten());
        let with_errors = means.flat_map(|name| [name.to_owned(), format!("{name}.se")]);
        with_errors.chain(["worst", "sam", "adaptive"].map(str::to_owned)).collect()
    }

    fn look(&self, scene: &mut Scene<'_>) -> Seen {
        let mut seen = Seen::default();
        let (layout, is_network) = (scene.layout, matches!(scene.ground, Ground::Network(_)));
        let (mut objective, params, stream) = scene.objective();
        let (objective, pairs) = (&mut *objective, self.samples_of_noise);
        let mut mean = |name: &str, estimate: thalweg_landscape::Estimate| {
            seen.value(name, estimate.value);
            seen.value(&format!("{name}.se"), estimate.standard_error);
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
            let rise = rise_under_input_noise(objective, params, layout, self.input_sigma, pairs, stream);
            mean("input", rise.expect("a network begins with a layer of weights"));
        }
        let rays = Rays { draws: pairs, rise: self.rise, nearest: NEAREST, farthest: FARTHEST };
        mean("log-radius", rays.volume(objective, params, stream).log_radius);
        for (name, ball, radius) in
            [("worst", Ball::Euclidean, self.radius), ("adaptive", Ball::Adaptive, self.adaptive_radius)]
        {
            let ascent = Ascent { ball, radius, starts: self.starts, steps: self.steps };
            let worst = ascent.worst_case(objective, params, stream);
            seen.value(name, worst.rise);
            if name == "worst" {
                seen.value("sam", worst.one_step);
            }
        }
        seen
    }
}

fn sigma() -> Positive {
    Positive::of(0.05)
}

fn relative_sigma() -> Positive {
    Positive::of(0.1)
}

fn radius() -> Positive {
    Positive::of(0.05)
}

fn adaptive_radius() -> Positive {
    Positive::of(0.5)
}

fn rise() -> Positive {
    Positive::of(0.1)
}

fn twenty() -> Count {
    Count::of(20)
}

fn two() -> Count {
    Count::of(2)
}

fn thirty() -> Count {
    Count::of(30)
}
