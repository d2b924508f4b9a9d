//! Settings of a probe of width.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Positive};

/// `kind = "width"`: rises of the loss.
///
/// * `noise`: the mean under Gaussian noise on all weights, of standard deviation [`sigma`](Self::sigma);
/// * `relative`: the same with noise in units of each weight, and `filter`: in units of the weights into each
///   unit ([`relative_sigma`](Self::relative_sigma));
/// * `worst`: the largest in a ball of [`radius`](Self::radius), and `sam`: at its place in the direction of
///   the gradient;
/// * `adaptive`: the largest for relative changes of [`adaptive_radius`](Self::adaptive_radius) in all;
/// * `input`: the mean when all inputs are shifted by one Gaussian vector
///   ([`input_sigma`](Self::input_sigma));
///
/// and `log-radius`, the mean of ln r along random rays up to the r at which the loss has risen by
/// [`rise`](Self::rise). Means have standard errors, such as `noise.se`. A function in closed form has
/// neither `filter` nor `input`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Width {
    /// σ of `noise`, in units of the weights. Default 0.05.
    #[serde(default = "sigma")]
    pub sigma: Positive,
    /// σ of `relative` and `filter`, in units of each weight or unit. Default 0.1.
    #[serde(default = "relative_sigma")]
    pub relative_sigma: Positive,
    /// ρ, the radius of the ball of `worst` and `sam`. Default 0.05 (Foret et al., ICLR 2021).
    #[serde(default = "radius")]
    pub radius: Positive,
    /// ρ of the adaptive ball. Default 0.5 (Kwon et al., ICML 2021).
    #[serde(default = "adaptive_radius")]
    pub adaptive_radius: Positive,
    /// σ of `input`, in units of the inputs. Default 0.05.
    #[serde(default = "sigma")]
    pub input_sigma: Positive,
    /// h, the rise of `log-radius`, in units of the loss. Default 0.1.
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
