//! Noisy values of a function of one number, for regression.

use std::f64::consts::TAU;

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative};

use crate::{Dataset, Transform};

/// A function of one number, seen through noise: for regression.
///
/// ```text
/// y = f(x) + σξ,   x ~ U(−1, 1),   ξ ~ N(0, 1)
/// ```
/// The features are the powers x, x², …, x^p, so that a linear model fits a polynomial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Function {
    /// The number of samples for training.
    pub samples: Count,
    /// f, default the sine.
    #[serde(default)]
    pub of: Shape,
    /// σ, the standard deviation of the noise on y, default 0.1.
    #[serde(default = "default_noise")]
    pub noise: NonNegative,
    /// p, the number of features, the powers of x; default 1.
    #[serde(default = "default_powers")]
    pub powers: Count,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// A function of one number on \[−1, 1\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// sin 2πx: one period to each side of 0.
    #[default]
    Sine,
    /// −1 below 0, 1 from 0 on.
    Step,
    /// |x|, with a kink.
    Absolute,
    /// 1/(1 + 25x²), which polynomials through evenly spaced points miss the farther the more of these there
    /// are (Runge, 1901).
    Runge,
}

impl Shape {
    fn at(self, x: f64) -> f64 {
        match self {
            Self::Sine => libm::sin(TAU * x),
            Self::Step => {
                if x < 0.0 {
                    -1.0
                } else {
                    1.0
                }
            }
            Self::Absolute => x.abs(),
            Self::Runge => 1.0 / (1.0 + 25.0 * x * x),
        }
    }
}

fn default_noise() -> NonNegative {
    NonNegative::of(0.1)
}

fn default_powers() -> Count {
    Count::of(1)
}

impl Function {
    /// The numbers of features and targets.
    pub fn extent(&self) -> (usize, usize) {
        (self.powers.size(), 1)
    }

    /// Draws `samples` samples.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let mut inputs = Array2::zeros((samples, self.powers.size()));
        let mut targets = Array2::zeros((samples, 1));
        for (mut powers, target) in inputs.rows_mut().into_iter().zip(&mut targets) {
            let x = 2.0 * stream.uniform() - 1.0;
            *target = self.of.at(x) + self.noise.get() * stream.normal();
            let mut power = 1.0;
            for feature in &mut powers {
                power *= x;
                *feature = power;
            }
        }
        Dataset::regression(inputs, targets).expect("as many finite targets as samples")
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mean, read, stream};
    use super::*;

    #[test]
    fn targets_without_noise_are_the_function_of_the_first_power() {
        for (of, value) in [
            ("sine", (|x| (TAU * x).sin()) as fn(f64) -> f64),
            ("step", f64::signum),
            ("absolute", f64::abs),
            ("runge", |x| 1.0 / (1.0 + 25.0 * x * x)),
        ] {
            let text = format!("samples = 1\nof = '{of}'\nnoise = 0\npowers = 3");
            let dataset = read::<Function>(&text).generate(500, &mut stream());
            let (inputs, targets) = (dataset.inputs.to_array::<f64>(), dataset.numbers.unwrap());
            for (powers, target) in inputs.rows().into_iter().zip(&targets) {
                let x = powers[0];
                assert!((-1.0..1.0).contains(&x) && powers[1] == x * x && powers[2] == x * x * x);
                // Two roundings of numbers up to 1.
                assert!((target - value(x)).abs() < 1e-15, "{of} at {x}: {target}");
            }
        }
    }

    #[test]
    fn places_are_uniform_and_the_noise_has_its_deviation() {
        let dataset = read::<Function>("samples = 1\nnoise = 0.5").generate(40_000, &mut stream());
        let (inputs, targets) = (dataset.inputs.to_array::<f64>(), dataset.numbers.unwrap());
        let errors = inputs.iter().zip(&targets).map(|(x, y)| y - libm::sin(TAU * x));
        // Five standard errors: √(1/3) and 0.5 over 200 for the means, √(4/45) and √2·0.25 over 200 for the
        // squares.
        assert!(mean(inputs.iter().copied()).abs() < 5.0 * 0.5774 / 200.0);
        assert!((mean(inputs.iter().map(|x| x * x)) - 1.0 / 3.0).abs() < 5.0 * 0.2981 / 200.0);
        assert!(mean(errors.clone()).abs() < 5.0 * 0.5 / 200.0);
        assert!((mean(errors.map(|e| e * e)) - 0.25).abs() < 5.0 * 0.3536 / 200.0);
    }
}
