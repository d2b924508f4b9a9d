//! ADOPT: Adam that divides each gradient by what was known before it.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, larger};
use crate::Degree;
use crate::properties::Properties;

/// ADOPT. The first gradient makes v₀ and moves nothing; then, with t from 1:
///
/// ```text
/// u = g / max(√v, ε)                     v₀ = g₀²
/// u ← max(−t^¼, min(t^¼, u))             if clipping
/// m ← β₁ m + (1 − β₁) u                  m₀ = 0
/// θ ← θ − η m
/// v ← β₂ v + (1 − β₂) g²
/// ```
/// S. Taniguchi et al., *ADOPT: modified Adam can converge with any β₂ with the optimal rate*, NeurIPS 2024,
/// algorithm 1 without and 2 with clipping. Equals the authors' `ADOPT` and optax's `contrib.adopt`.
///
/// ε = 0 gives 0/0 in a coordinate whose gradient has been 0 from the start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Adopt {
    /// β₁, default 0.9 (Taniguchi et al.).
    pub beta1: Decay,
    /// β₂, default 0.9999 (Taniguchi et al.).
    pub beta2: Decay,
    /// ε, default 10⁻⁶ (Taniguchi et al.).
    pub epsilon: NonNegative,
    /// Whether u is clipped to ±t^¼. Default true (Taniguchi et al., algorithm 2).
    pub clipping: bool,
}

impl Default for Adopt {
    fn default() -> Self {
        Self {
            beta1: Decay::of(0.9),
            beta2: Decay::of(0.9999),
            epsilon: NonNegative::of(1e-6),
            clipping: true,
        }
    }
}

impl Properties for Adopt {
    fn numbers_per_parameter(&self) -> f64 {
        2.0
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for Adopt {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State { config: *self, calls: 0.0, mean: zeros(), square: zeros() })
    }
}

struct State<F> {
    config: Adopt,
    /// Gradients so far.
    calls: f64,
    mean: Vec<F>,
    square: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.calls += 1.0;
        let config = &self.config;
        let root = Root::new(config.epsilon, false);
        if self.calls == 1.0 {
            let squares = Squares::new(F::ZERO, F::ONE, root);
            vector::for_each(self.square.iter_mut().zip(grad), move |(v, g)| *v = squares.next(*v, *g));
            squares.settle(&mut self.square);
            return;
        }
        let most = libm::pow(self.calls - 1.0, 0.25);
        let most = F::from_f64(if config.clipping { most } else { f64::INFINITY });
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        let (fresh1, fresh2) = (F::from_f64(1.0 - beta1), F::from_f64(1.0 - beta2));
        let (beta1, beta2, rate) = (F::from_f64(beta1), F::from_f64(beta2), F::from_f64(lr));
        let epsilon = F::from_f64(config.epsilon.get());
        let squares = Squares::new(beta2, fresh2, root);
        let all = params.iter_mut().zip(grad).zip(&mut self.mean).zip(&mut self.square);
        vector::for_each(all, move |(((x, g), m), v)| {
            let u = *g / larger(epsilon, v.sqrt());
            let u = if u > most {
                most
            } else if u < -most {
                -most
            } else {
                u
            };
            *m = (beta1 * *m + fresh1 * u).settled();
            *x -= rate * *m;
            *v = squares.next(*v, *g);
        });
        squares.settle(&mut self.square);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![("calls", &mut self.calls)],
            vectors: vec![("mean", &mut self.mean), ("square", &mut self.square)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, path};

    #[test]
    fn a_gradient_is_divided_by_those_before_it() {
        // β = ½, ε = 0, g = 2, 1, −4: v = 4, 2.5; u = ½, −4/√2.5, which is clipped at t = 2 to −2^¼.
        let text = |clipping| {
            format!("kind = 'adopt'\nbeta1 = 0.5\nbeta2 = 0.5\nepsilon = 0\nclipping = {clipping}")
        };
        let grads = [[2.0], [1.0], [-4.0]];
        for (clipping, last) in [(false, -4.0 / 2.5_f64.sqrt()), (true, -libm::pow(2.0, 0.25))] {
            let steps = path(&text(clipping), 1.0, &grads);
            let expected = [-0.25, -0.25 - (0.125 + 0.5 * last)];
            assert_eq!(steps[0], [0.0]);
            assert!(distance(&steps[1..], &expected.map(|x| [x])) < 1e-15, "{steps:?}");
        }
    }

    #[test]
    fn epsilon_is_the_least_denominator() {
        let steps = path("kind = 'adopt'\nbeta1 = 0\nepsilon = 4\nclipping = false", 1.0, &[[1.0], [1.0]]);
        assert_eq!(steps, [[0.0], [-0.25]]);
    }
}
