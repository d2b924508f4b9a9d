//! Prodigy: Adam that estimates its own learning rate.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative, Positive};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, weight};
use crate::properties::Properties;

/// Prodigy. The distance D from the start θ₀ to a solution is estimated from below by d, and multiplies η,
/// which stays at 1 or follows a schedule up to there:
///
/// ```text
/// γ = η d · √(1 − β₂ᵗ)/(1 − β₁ᵗ) if bias-correction, else η d
/// m ← β₁ m + (1 − β₁) d g                            m₀ = 0
/// v ← β₂ v + (1 − β₂) d² g²                          v₀ = 0
/// r ← √β₂ r + (d/d₀) γ gᵀ(θ₀ − θ)                     r₀ = 0
/// s ← √β₂ s + (d/d₀) γ g                             s₀ = 0; d in place of γ if safeguard-warm-up
/// d ← max(d, c r/‖s‖₁)                               c = coefficient
/// θ ← θ − γ m / (√v + d ε)
/// ```
/// K. Mishchenko and A. Defazio, *Prodigy: an expeditiously adaptive parameter-free learner*, ICML 2024,
/// algorithm 4, in the form of the authors' package prodigyopt, whose r and s have other factors than in the
/// paper and the same quotient. All parameters, or all of a group, have one d. While η = 0, d stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Prodigy {
    /// β₁, default 0.9 (Mishchenko & Defazio).
    pub beta1: Decay,
    /// β₂, default 0.999 (Mishchenko & Defazio).
    pub beta2: Decay,
    /// ε, default 10⁻⁸ (Mishchenko & Defazio).
    pub epsilon: NonNegative,
    /// d₀, the first estimate, in units of the parameters, default 10⁻⁶ (Mishchenko & Defazio).
    pub initial_distance: Positive,
    /// c, default 1 (Mishchenko & Defazio).
    pub coefficient: Positive,
    /// Whether the averages, which start from 0, are scaled up. Default false (Mishchenko & Defazio).
    pub bias_correction: bool,
    /// Whether a warm-up of η does not enter s. Default false (the authors' code).
    pub safeguard_warm_up: bool,
}

impl Default for Prodigy {
    fn default() -> Self {
        Self {
            beta1: Decay::of(0.9),
            beta2: Decay::of(0.999),
            epsilon: NonNegative::of(1e-8),
            initial_distance: Positive::of(1e-6),
            coefficient: Positive::of(1.0),
            bias_correction: false,
            safeguard_warm_up: false,
        }
    }
}

impl Properties for Prodigy {
    fn numbers_per_parameter(&self) -> f64 {
        4.0
    }
}

impl<F: Real> RuleSettings<F> for Prodigy {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State {
            config: *self,
            step: 0.0,
            distance: self.initial_distance.get(),
            numerator: 0.0,
            start: zeros(),
            mean: zeros(),
            square: zeros(),
            sum: zeros(),
        })
    }
}

struct State<F> {
    config: Prodigy,
    step: f64,
    /// d.
    distance: f64,
    /// r.
    numerator: f64,
    /// θ₀.
    start: Vec<F>,
    mean: Vec<F>,
    square: Vec<F>,
    /// s.
    sum: Vec<F>,
}

impl<F: Real> State<F> {
    /// gᵀ(θ₀ − θ), without a vector for the difference.
    fn progress(&self, params: &[F], grad: &[F]) -> f64 {
        let all = grad.iter().zip(&self.start).zip(params);
        all.map(|((g, start), x)| g.to_f64() * (*start - *x).to_f64()).sum()
    }
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        if self.step == 0.0 {
            self.start.copy_from_slice(params);
        }
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2, distance) = (config.beta1.get(), config.beta2.get(), self.distance);
        let correction = if config.bias_correction {
            weight(beta2, self.step).sqrt() / weight(beta1, self.step)
        } else {
            1.0
        };
        let rate = lr * distance * correction;
        let beta3 = beta2.sqrt();
        let relative = distance / config.initial_distance.get();
        self.numerator = beta3 * self.numerator + relative * rate * self.progress(params, grad);
        let of_sum = F::from_f64(relative * if config.safeguard_warm_up { distance } else { rate });
        let (fresh1, fresh2) =
            (F::from_f64((1.0 - beta1) * distance), F::from_f64((1.0 - beta2) * distance * distance));
        let [beta1, beta2, beta3] = [beta1, beta2, beta3].map(F::from_f64);

        let mut total = 0.0;
        for (s, g) in self.sum.iter_mut().zip(grad) {
            *s = (beta3 * *s + of_sum * *g).settled();
            total += s.abs().to_f64();
        }
        if lr > 0.0 && total > 0.0 {
            self.distance = distance.max(config.coefficient.get() * self.numerator / total);
        }
        let epsilon = NonNegative::new(self.distance * config.epsilon.get()).unwrap_or(config.epsilon);
        let root = Root::new(epsilon, false);
        let squares = Squares::new(beta2, fresh2, root);
        let rate = F::from_f64(rate);
        let all = params.iter_mut().zip(grad).zip(&mut self.mean).zip(&mut self.square);
        vector::for_each(all, move |(((x, g), m), v)| {
            *m = (beta1 * *m + fresh1 * *g).settled();
            *v = squares.next(*v, *g);
            *x -= rate * *m / root.of(*v);
        });
        squares.settle(&mut self.square);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![
                ("step", &mut self.step),
                ("distance", &mut self.distance),
                ("numerator", &mut self.numerator),
            ],
            vectors: vec![
                ("start", &mut self.start),
                ("mean", &mut self.mean),
                ("square", &mut self.square),
                ("sum", &mut self.sum),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};
    use super::*;

    #[test]
    fn the_distance_to_the_solution_is_found() {
        // L = |θ − 1| in steps of d: it grows from 10⁻⁶ to no more than the distance.
        let (mut state, mut params) = (Prodigy::default().build(&Layout::point(1)), [0.0]);
        let mut passed = 0;
        for _ in 0..2000 {
            let slope = if params[0] < 1.0 { -1.0 } else { 1.0 };
            state.step(1.0, &mut params, &[slope]);
            passed += usize::from(params[0] > 0.9);
        }
        let found = *state.memory().scalars[1].1;
        assert!((0.02..=1.0).contains(&found) && passed > 1000, "{found} {passed} {params:?}");
    }

    #[test]
    fn with_one_distance_throughout_it_is_adam() {
        // A coefficient that never lets d grow; ε is multiplied by d, as m and √v are.
        let text = "kind = 'prodigy'\ncoefficient = 1e-9\ninitial-distance = 0.25\nbias-correction = true";
        let adam = "kind = 'adam'\nbias-correction = 'absorbed'";
        let (ours, adams) = (path(text, 0.4, &gradients()), path(adam, 0.1, &gradients()));
        assert!(distance(&ours, &adams) < 1e-13);
    }

    #[test]
    fn estimates_match_hand_computed_values() {
        // β = 0 but for √β₂ = ½, ε = 0, d₀ = ½, g = −1, −1, at θ = 0 and at η d m/√v.
        // Step 1: r = 0, s = −½, d = ½; θ = ½ · ½/√(¾ ¼) = 1/√3.
        // Step 2: r = ½ · −1 · (0 − 1/√3), s = −¼ − ½: d = max(½, (1/(2√3))/¾ = 0.385) = ½.
        // With c = 3 it is 3 · 0.385 = 2/√3.
        let config: Prodigy =
            toml::from_str("beta1 = 0\nbeta2 = 0.25\nepsilon = 0\ninitial-distance = 0.5\ncoefficient = 3")
                .unwrap();
        let (mut state, mut params) = (config.build(&Layout::point(1)), [0.0]);
        let root3 = 3.0_f64.sqrt();
        // v = ¾ ¼, then ¼ of that + ¾ ¼ = 15/64.
        for (x, d) in [(1.0 / root3, 0.5), (1.0 / root3 + 0.25 / (15.0_f64 / 64.0).sqrt(), 2.0 / root3)] {
            state.step(1.0, &mut params, &[-1.0]);
            let found = *state.memory().scalars[1].1;
            assert!((params[0] - x).abs() < 1e-15 && (found - d).abs() < 1e-15, "{params:?} {found}");
        }
    }
}
