//! Muon: momentum whose singular values are all brought to about 1.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Decay, Finite, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::matrices::{Matrix, Rest, most, split};
use super::newton_schulz::NewtonSchulz;
use super::{Adam, Memory, NAdam, RuleSettings, RuleState, check_lengths, larger, weight};
use crate::properties::Properties;

/// Momentum, orthogonalised by Newton–Schulz. Every array W of the layout with two axes, fan-in and fan-out,
/// is a matrix:
///
/// ```text
/// P ← β P + (1 − β) G                        P₀ = 0
/// U = β P + (1 − β) G                        nesterov, else U = P
/// X ← U / (‖U‖ + ε)                          Frobenius norm; max(‖U‖, ε) if epsilon-inside-maximum
/// X ← a X + (b A + c A²) X,  A = X Xᵀ        newton-schulz-steps times; (a, b, c) = coefficients
/// W ← W − η r X                              r by adjust, from the shape of W
/// ```
/// With `bias-correction`, P and (1 − β) G in U are divided by what their weights sum to, as in Nesterov's
/// Adam: 1 − βᵗ⁺¹ and 1 − βᵗ, or 1 − βᵗ without `nesterov`. All other arrays, such as biases, take the steps
/// of `others` with the same η.
///
/// K. Jordan et al., *Muon: an optimizer for hidden layers in neural networks* (2024),
/// kellerjordan.github.io/posts/muon. They keep Muon to hidden layers and leave the first and the last to
/// Adam; here, as in the three libraries, it takes every matrix that it is given. The default coefficients do
/// not make the singular values equal: they bring those above some hundredth of the largest to between 0.7
/// and 1.2 in five steps. (1.5, −0.5, 0) converges to 1, slowly.
///
/// * PyTorch's `Muon`: `epsilon-inside-maximum = true`, and `others` are left to another optimizer. It
///   iterates in bfloat16, whatever the parameters are in; here, in their own precision, as optax and Keras
///   do.
/// * optax's `contrib.muon`: `bias-correction = true`, `epsilon = 1e-8`; `others` are `nadam` without its
///   warm-up.
/// * Keras' `Muon`: `adjust = "match-rms-adamw"`, and Keras' `adam` for `others`. Its P is a sum and not an
///   average, so its ε = 10⁻⁷ is `epsilon` = (1 − β)·10⁻⁷.
///
/// The weight decay of all three is the transform `weight-decay` with `decoupled = true`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Muon {
    /// β, default 0.95 (Jordan et al.).
    pub beta: Decay,
    /// Whether the step looks one step ahead. Default true (Jordan et al.).
    pub nesterov: bool,
    /// Whether the average, which starts from 0, is scaled up. Default false (Jordan et al.). The length of U
    /// does not matter, so without `nesterov` it acts on ε alone.
    pub bias_correction: bool,
    /// Iterations of Newton–Schulz. Default 5 (Jordan et al.).
    pub newton_schulz_steps: Count,
    /// (a, b, c) of an iteration. Default (3.4445, −4.775, 2.0315) (Jordan et al.).
    pub coefficients: [Finite; 3],
    /// ε, default 10⁻⁷ (Jordan et al.).
    pub epsilon: NonNegative,
    /// Whether ε is a bound on the norm and not added to it. Default false (Jordan et al.).
    pub epsilon_inside_maximum: bool,
    /// How steps depend on the shape of a matrix. Default `"original"` (Jordan et al.).
    pub adjust: Adjust,
    /// The rule for arrays that are no matrices, default [`Adam`] with its defaults (Jordan et al. use
    /// AdamW).
    pub others: Others,
}

impl Default for Muon {
    fn default() -> Self {
        Self {
            beta: Decay::of(0.95),
            nesterov: true,
            bias_correction: false,
            newton_schulz_steps: Count::of(5),
            coefficients: [Finite::of(3.4445), Finite::of(-4.775), Finite::of(2.0315)],
            epsilon: NonNegative::of(1e-7),
            epsilon_inside_maximum: false,
            adjust: Adjust::default(),
            others: Others::default(),
        }
    }
}

/// r, by which steps depend on the shape of a matrix with fan-in m and fan-out n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Adjust {
    /// √max(1, n/m) (Jordan et al.).
    #[default]
    Original,
    /// 0.2 √max(m, n), with which entries move about as far as under AdamW: J. Liu et al., *Muon is scalable
    /// for LLM training* (2025), equation 4.
    MatchRmsAdamw,
}

impl Adjust {
    pub(super) fn ratio(self, fan_in: usize, fan_out: usize) -> f64 {
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        match self {
            Self::Original => (fan_out / fan_in).max(1.0).sqrt(),
            Self::MatchRmsAdamw => 0.2 * fan_in.max(fan_out).sqrt(),
        }
    }
}

/// What moves the arrays that are no matrices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Others {
    Adam(Adam),
    NAdam(NAdam),
}

impl Default for Others {
    fn default() -> Self {
        Self::Adam(Adam::default())
    }
}

impl Others {
    pub(super) fn settings<F: Real>(&self) -> &dyn RuleSettings<F> {
        match self {
            Self::Adam(config) => config,
            Self::NAdam(config) => config,
        }
    }
}

impl Properties for Muon {
    fn numbers_per_parameter(&self) -> f64 {
        1.0 + self.others.settings::<f64>().numbers_per_parameter()
    }

    /// Three products in each iteration, at half the speed of a network's.
    fn extra_flops(&self, layout: &Layout) -> f64 {
        let iteration = |shape: &[usize]| match shape {
            [a, b] => 12.0 * (a.min(b) * a * b) as f64,
            _ => 0.0,
        };
        let all: f64 = layout.blocks().iter().map(|block| iteration(&block.shape)).sum();
        self.newton_schulz_steps.get() as f64 * all
    }
}

impl<F: Real> RuleSettings<F> for Muon {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let (matrices, rest) = split(layout);
        let (_, entries) = most(&matrices);
        let zeros = |length| vec![F::ZERO; length];
        Box::new(State {
            config: *self,
            matrices,
            rest: Rest::new(rest, self.others.settings()),
            step: 0.0,
            momentum: zeros(layout.dim()),
            iteration: NewtonSchulz::new(self.coefficients.map(|c| F::from_f64(c.get())), entries),
        })
    }
}

struct State<F> {
    config: Muon,
    matrices: Vec<Matrix>,
    rest: Rest<F>,
    step: f64,
    /// Used where there are matrices.
    momentum: Vec<F>,
    // Work space, not remembered.
    iteration: NewtonSchulz<F>,
}

impl<F: Real> State<F> {
    /// The shares of P and G in U.
    fn shares(&self) -> (f64, f64) {
        let beta = self.config.beta.get();
        let weight = |step| if self.config.bias_correction { weight(beta, step) } else { 1.0 };
        if self.config.nesterov {
            (beta / weight(self.step + 1.0), (1.0 - beta) / weight(self.step))
        } else {
            (1.0 / weight(self.step), 0.0)
        }
    }
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.momentum.len(), params, grad);
        self.step += 1.0;
        self.rest.step(lr, params, grad);
        let (old, new) = self.shares();
        let (old, new) = (F::from_f64(old), F::from_f64(new));
        let config = &self.config;
        let (beta, fresh) = (F::from_f64(config.beta.get()), F::from_f64(1.0 - config.beta.get()));
        let epsilon = F::from_f64(config.epsilon.get());

        for array in &self.matrices {
            // X Xᵀ is the smaller product if X is wide, and the iteration gives the transpose of a transpose.
            let range = &array.range;
            let matrix = &mut self.iteration.matrix;
            let pairs = self.momentum[range.clone()].iter_mut().zip(&grad[range.clone()]);
            for (k, (p, g)) in pairs.enumerate() {
                *p = (beta * *p + fresh * *g).settled();
                matrix[array.place(k)] = old * *p + new * *g;
            }
            let norm = vector::norm(&matrix[..range.len()]);
            let norm = if config.epsilon_inside_maximum { larger(norm, epsilon) } else { norm + epsilon };
            if norm > F::ZERO {
                vector::for_each(&mut matrix[..range.len()], move |x| *x /= norm);
            }
            for _ in 0..config.newton_schulz_steps.get() {
                self.iteration.advance(array.rows(), range.len());
            }
            let rate = F::from_f64(lr * config.adjust.ratio(array.fan_in, array.fan_out));
            for (k, w) in params[range.clone()].iter_mut().enumerate() {
                *w -= rate * self.iteration.matrix[array.place(k)];
            }
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let mut memory = self.rest.state.memory();
        memory.scalars.push(("matrix-step", &mut self.step));
        memory.vectors.push(("matrix-momentum", &mut self.momentum));
        memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The step of `text` from 0 with η = 1, for one array and its first gradient.
    fn first(text: &str, shape: &[usize], grad: &[f64]) -> Vec<f64> {
        let config: Muon = toml::from_str(text).unwrap();
        let mut params = vec![0.0; grad.len()];
        config.build(&Layout::new([("w", shape.to_vec())])).step(1.0, &mut params, grad);
        params.iter().map(|w| -w).collect()
    }

    /// Cubic Newton–Schulz, which converges; 0.2 √max(2, 3) r is divided out.
    const CUBIC: &str = "coefficients = [1.5, -0.5, 0]\nnewton-schulz-steps = 40\nadjust = 'match-rms-adamw'";
    const WIDE: [f64; 6] = [1.0, -2.0, 0.5, 0.3, 0.4, 3.0];

    #[test]
    fn in_the_limit_it_is_the_orthogonal_polar_factor() {
        let scale = 0.2 * 3.0_f64.sqrt();
        let x: Vec<f64> = first(CUBIC, &[2, 3], &WIDE).iter().map(|x| x / scale).collect();
        let product = |a: &[f64], i: usize, j: usize| vector::dot(&a[3 * i..][..3], &x[3 * j..][..3]);
        for (i, j, expected) in [(0, 0, 1.0), (0, 1, 0.0), (1, 1, 1.0)] {
            // Quadratic convergence, then a few roundings of 1.
            assert!((product(&x, i, j) - expected).abs() < 1e-14, "{x:?}");
        }
        // G Xᵀ is symmetric and positive: the other polar factor.
        assert!((product(&WIDE, 0, 1) - product(&WIDE, 1, 0)).abs() < 1e-14);
        assert!(product(&WIDE, 0, 0) > 0.0 && product(&WIDE, 1, 1) > 0.0);
    }

    #[test]
    fn a_transposed_matrix_takes_the_transposed_step() {
        let transposed: Vec<f64> = (0..6).map(|k| WIDE[k % 2 * 3 + k / 2]).collect();
        let (wide, tall) = (first(CUBIC, &[2, 3], &WIDE), first(CUBIC, &[3, 2], &transposed));
        assert_eq!((0..6).map(|k| wide[k % 2 * 3 + k / 2]).collect::<Vec<_>>(), tall);
        // The original adjustment is for the fan-out alone: √(3/2).
        let (wide, tall) = (first("", &[2, 3], &WIDE), first("", &[3, 2], &transposed));
        assert!((wide[1] / tall[2] - 1.5_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn five_steps_bring_singular_values_near_one() {
        for small in [1.0, 0.3, 0.1, 0.03] {
            let x = first("", &[2, 2], &[1.0, 0.0, 0.0, -small]);
            assert!((0.65..1.25).contains(&x[0]) && (0.65..1.25).contains(&-x[3]), "{small}: {x:?}");
            assert_eq!((x[1], x[2]), (0.0, 0.0));
        }
    }

    #[test]
    fn no_gradient_is_no_step_even_without_epsilon() {
        assert_eq!(first("epsilon = 0", &[2, 2], &[0.0; 4]), [0.0; 4]);
    }

    #[test]
    fn biases_take_the_steps_of_adam() {
        let layout = Layout::new([("a", vec![3]), ("w", vec![2, 1]), ("b", vec![2])]);
        let mut muon = toml::from_str::<Muon>("").unwrap().build(&layout);
        let Others::Adam(config) = Others::default() else { panic!("the default") };
        let mut adam = config.build(&Layout::new([("a and b", vec![5])]));
        let (mut params, mut rest) = ([1.0; 7], [1.0; 5]);
        for t in 1..=10 {
            let grad = [1, 2, 3, 4, 5, 6, 7].map(|i| libm::sin(1e3 * f64::from(i * t)));
            muon.step(0.1, &mut params, &grad);
            adam.step(0.1, &mut rest, &[grad[0], grad[1], grad[2], grad[5], grad[6]]);
        }
        assert_eq!([params[0], params[1], params[2], params[5], params[6]], rest);
        assert!(params[3] != 1.0 && params[4] != 1.0);
    }
}
