//! Shampoo: a matrix of its own for each side of the gradient.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Fraction, NonNegative, Positive};
use thalweg_numeric::{Layout, Real, vector};

use super::jacobi::Jacobi;
use super::sides::{Sided, Work, sides};
use super::{Memory, RuleSettings, RuleState, check_lengths, weight};
use crate::properties::Properties;

/// Shampoo. Every array W of the layout with two axes has a gradient G of \[m, n\], and every other array is
/// a matrix of one column, which has no R:
///
/// ```text
/// L ← β L + w G Gᵀ                        L₀ = 0, [m, m]
/// R ← β R + w Gᵀ G                        R₀ = 0, [n, n]
///     w = 1 if β = 1, else 1 − β
/// W ← W − η (L̂ + ε I)^−p G (R̂ + ε I)^−p     matrices
/// w ← w − η (L̂ + ε I)^−2p g                 where there is one side
///     L̂ = L/(1 − βᵗ) if β < 1 and bias-correction, else L; R̂ alike
/// ```
/// V. Gupta, T. Koren and Y. Singer, *Shampoo: preconditioned stochastic tensor optimization*, ICML 2018,
/// algorithm 1, whose L₀ = R₀ = ε I is the same for β = 1, and algorithm 2 for vectors, which is AdaGrad with
/// a full matrix. Averages (β < 1) as in H.-J. M. Shi et al., *A distributed data-parallel PyTorch
/// implementation of the distributed Shampoo optimizer* (2023), section 3.
///
/// With β = 0 and ε = 0 the step is the polar factor U Vᵀ of G = U Σ Vᵀ, as in `spectral`: J. Bernstein and
/// L. Newhouse, *Old optimizer, new norm: an anthology* (2024), section 2. Powers of 0 count as 0, so nothing
/// moves where there has never been a gradient. Equals `Shampoo` of the package pytorch-optimizer with
/// `exponent = 0.5`, its exponent of matrices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Shampoo {
    /// β, the memory of L and R. Default 1, a sum (Gupta et al.); 0 remembers nothing.
    pub beta: Fraction,
    /// Whether averages, which start from 0, are scaled up. Default true (Shi et al.).
    pub bias_correction: bool,
    /// ε, in squared units of the gradient. Default 10⁻⁶, as in pytorch-optimizer.
    pub epsilon: NonNegative,
    /// p, the power of each side of a matrix. Default ¼ (Gupta et al.).
    pub exponent: Positive,
    /// The powers are computed anew every so many steps. Default 1 (Gupta et al.).
    pub interval: Count,
    /// A side that is longer has no matrix. Default 2048. A matrix takes the square of it in numbers, and the
    /// cube in time.
    pub longest_side: Count,
}

impl Default for Shampoo {
    fn default() -> Self {
        Self {
            beta: Fraction::of(1.0),
            bias_correction: true,
            epsilon: NonNegative::of(1e-6),
            exponent: Positive::of(0.25),
            interval: Count::of(1),
            longest_side: Count::of(2048),
        }
    }
}

/// Operations that one square matrix takes for a decomposition, over n³: eight sweeps over all pairs of rows.
pub(super) const DECOMPOSITION: f64 = 8.0 * 24.0;

/// Operations of all products, and of what is done for each square matrix every `interval` steps, `each` over
/// n³.
pub(super) fn flops_of(arrays: &[Sided], each: f64, interval: Count) -> f64 {
    let of = |n: usize, entries: usize| {
        let (n, entries) = (n as f64, entries as f64);
        4.0 * n * entries + each * n * n * n / interval.get() as f64
    };
    let both = |array: &Sided| {
        let left = array.left.as_ref().map_or(0.0, |_| of(array.rows, array.range.len()));
        left + array.right.as_ref().map_or(0.0, |_| of(array.columns, array.range.len()))
    };
    arrays.iter().map(both).sum()
}

impl Properties for Shampoo {
    fn numbers_per_parameter(&self) -> f64 {
        0.0
    }

    fn extra_numbers(&self, layout: &Layout) -> f64 {
        2.0 * sides(layout, self.longest_side, true).1 as f64
    }

    fn extra_flops(&self, layout: &Layout) -> f64 {
        flops_of(&sides(layout, self.longest_side, true).0, DECOMPOSITION, self.interval)
    }
}

impl<F: Real> RuleSettings<F> for Shampoo {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let (arrays, numbers) = sides(layout, self.longest_side, true);
        let longest = arrays.iter().flat_map(|array| {
            let of = |side: &Option<_>, length| side.as_ref().map_or(0, |_| length);
            [of(&array.left, array.rows), of(&array.right, array.columns)]
        });
        let longest = longest.max().unwrap_or(0);
        let zeros = |length| vec![F::ZERO; length];
        Box::new(State {
            config: *self,
            step: 0.0,
            squares: zeros(numbers),
            powers: zeros(numbers),
            update: zeros(layout.dim()),
            work: Work::new(&arrays),
            jacobi: Jacobi::new(longest, longest * longest),
            arrays,
        })
    }
}

struct State<F> {
    config: Shampoo,
    arrays: Vec<Sided>,
    step: f64,
    /// L and R of each array.
    squares: Vec<F>,
    /// Their powers.
    powers: Vec<F>,
    // Work space, not remembered.
    update: Vec<F>,
    work: Work<F>,
    jacobi: Jacobi<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.update.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let beta = config.beta.get();
        let fresh = if beta < 1.0 { 1.0 - beta } else { 1.0 };
        let total = if beta < 1.0 && config.bias_correction { weight(beta, self.step) } else { 1.0 };
        let is_due = (self.step - 1.0) % config.interval.get() as f64 == 0.0;
        let memory = (F::from_f64(beta), F::from_f64(fresh));
        let scale = F::from_f64(1.0 / total);
        self.update.copy_from_slice(grad);
        for array in &self.arrays {
            let update = &mut self.update[array.range.clone()];
            self.work.accumulate(array, update, memory, &mut self.squares);
            let n_sides = u8::from(array.left.is_some()) + u8::from(array.right.is_some());
            let exponent = -config.exponent.get() * if n_sides == 1 { 2.0 } else { 1.0 };
            for (side, n) in [(&array.left, array.rows), (&array.right, array.columns)] {
                let Some(side) = side.clone().filter(|_| is_due) else { continue };
                let all = self.jacobi.matrix.iter_mut().zip(&self.squares[side.clone()]);
                vector::for_each(all, move |(x, s)| *x = scale * *s);
                self.jacobi.power(n, exponent, config.epsilon.get(), &mut self.powers[side]);
            }
            self.work.multiply(array, &self.powers, update);
        }
        vector::descend(F::from_f64(lr), &self.update, params);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![("step", &mut self.step)],
            vectors: vec![("squares", &mut self.squares), ("powers", &mut self.powers)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};
    use super::*;
    use crate::Rule;

    fn layout() -> Layout {
        Layout::new([("a", vec![2, 3]), ("b", vec![3]), ("c", vec![4, 3])])
    }

    /// The parameters after every of ten steps from 0.5.
    fn steps(text: &str) -> Vec<[f64; 21]> {
        let mut state = toml::from_str::<Rule>(text).unwrap().build(&layout());
        let mut params = [0.5; 21];
        let step = |t: usize| {
            let grad: Vec<f64> = (0..21).map(|i| libm::sin(1e3 * (i * 10 + t).pow(2) as f64)).collect();
            state.step(0.1, &mut params, &grad);
            params
        };
        (1..=10).map(step).collect()
    }

    #[test]
    fn without_memory_it_is_spectral_descent() {
        let shampoo = steps("kind = 'shampoo'\nbeta = 0\nepsilon = 0");
        // The squares of the singular values are rounded at that of the largest, which is up to some ten
        // times the smallest, and steps of 0.1 add up to some thousandths here and there.
        assert!(distance(&shampoo, &steps("kind = 'spectral'")) < 1e-11);
    }

    #[test]
    fn of_one_number_it_is_adagrad() {
        // (Σ g² + ε)^−½ g; with one entry a matrix has two sides of ¼.
        let adagrad = "kind = 'adagrad'\nepsilon = 1e-3\nepsilon-inside-root = true";
        let grads: Vec<[f64; 1]> = gradients().iter().map(|g| [g[0]]).collect();
        let one = path("kind = 'shampoo'\nepsilon = 1e-3", 0.1, &grads);
        assert!(distance(&one, &path(adagrad, 0.1, &grads)) < 1e-13);
        let mut state = Shampoo { epsilon: NonNegative::of(1e-3), ..Shampoo::default() }
            .build(&Layout::new([("w", vec![1, 1])]));
        let mut params = [0.0];
        for ([g], [expected]) in grads.iter().zip(&one) {
            state.step(0.1, &mut params, &[*g]);
            assert!((params[0] - expected).abs() < 1e-14, "{params:?} {expected}");
        }
    }

    #[test]
    fn averages_forget_and_are_scaled_up() {
        // β = ½, one number, gradients 2, 1: L = 2, 1.5; L̂ = 4, 2.
        for (text, squares) in [("", [4.0, 2.0]), ("bias-correction = false", [2.0, 1.5_f64])] {
            let text = format!("kind = 'shampoo'\nbeta = 0.5\nepsilon = 0\n{text}");
            let first = -2.0 / squares[0].sqrt();
            let expected = [[first], [first - 1.0 / squares[1].sqrt()]];
            assert!(distance(&path(&text, 1.0, &[[2.0], [1.0]]), &expected) < 1e-15, "{text}");
        }
    }

    #[test]
    fn powers_are_kept_between_their_steps() {
        // L = 4, then 13 but still the root of 4, then 17.
        let text = "kind = 'shampoo'\nepsilon = 0\ninterval = 2";
        let steps = path(text, 1.0, &[[2.0], [3.0], [2.0]]);
        let expected = [[-1.0], [-2.5], [-2.5 - 2.0 / 17.0_f64.sqrt()]];
        assert!(distance(&steps, &expected) < 1e-15, "{steps:?}");
    }

    #[test]
    fn a_longer_side_has_no_matrix() {
        // Only the columns of (3, 4)ᵀ, [2, 1], have one, of 25 to the power −½; the vector has none.
        let config: Shampoo = toml::from_str("epsilon = 0\nlongest-side = 1").unwrap();
        let mut state = config.build(&Layout::new([("w", vec![2, 1]), ("b", vec![2])]));
        let mut params = [0.0; 4];
        state.step(1.0, &mut params, &[3.0, 4.0, 3.0, 4.0]);
        let expected = [-0.6, -0.8, -3.0, -4.0];
        assert!(params.iter().zip(expected).all(|(x, y): (&f64, f64)| (x - y).abs() < 1e-15), "{params:?}");
        assert_eq!(config.extra_numbers(&Layout::new([("w", vec![2, 1]), ("b", vec![2])])), 2.0);
    }
}
