//! NorMuon: Muon whose neurons take steps of one size.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::matrices::{Matrix, Rest, most, split};
use super::muon::{Adjust, Others};
use super::polar::{Factor, Polar};
use super::spectral::jacobi_flops;
use super::{Memory, Muon, RuleSettings, RuleState, check_lengths};
use crate::properties::Properties;

/// NorMuon. Every array W of the layout with two axes, fan-in and fan-out, is a matrix, and has a number v
/// for each of its columns, which are the neurons:
///
/// ```text
/// P ← β P + (1 − β) G                        P₀ = 0
/// U = β P + (1 − β) G                        nesterov, else U = P
/// X = polar factor of U
/// v ← β₂ v + (1 − β₂) mean of x²             over the column; v₀ = 0
/// Y = X / (√v + ε)                           column by column
/// W ← W − η r (‖X‖/(‖Y‖ + ε)) Y              r by adjust, as in Muon
/// ```
/// Z. Li et al., *NorMuon: making Muon more efficient and scalable* (2025), algorithm 1, in the form of the
/// authors' code, which has the length of X and the r of Jordan et al. for the paper's 0.2 √(m n). All other
/// arrays take the steps of `others` with the same η.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct NorMuon {
    /// β, default 0.95 (Li et al.).
    pub beta: Decay,
    /// β₂, default 0.95 (Li et al.).
    pub beta2: Decay,
    /// Whether the step looks one step ahead. Default true (Li et al.).
    pub nesterov: bool,
    /// ε of the columns, default 10⁻¹⁰ (Li et al.).
    pub epsilon: NonNegative,
    /// How the polar factor is found. Default `"newton-schulz"` (Li et al.).
    pub polar: Polar,
    /// How steps depend on the shape of a matrix. Default `"original"`, as in Muon.
    pub adjust: Adjust,
    /// The rule for arrays that are no matrices. Default Adam with its defaults, as in Muon.
    pub others: Others,
}

impl Default for NorMuon {
    fn default() -> Self {
        Self {
            beta: Decay::of(0.95),
            beta2: Decay::of(0.95),
            nesterov: true,
            epsilon: NonNegative::of(1e-10),
            polar: Polar::default(),
            adjust: Adjust::default(),
            others: Others::default(),
        }
    }
}

impl Properties for NorMuon {
    fn numbers_per_parameter(&self) -> f64 {
        1.0 + self.others.settings::<f64>().numbers_per_parameter()
    }

    fn extra_numbers(&self, layout: &Layout) -> f64 {
        split(layout).0.iter().map(|matrix| matrix.fan_out as f64).sum()
    }

    fn extra_flops(&self, layout: &Layout) -> f64 {
        match self.polar {
            Polar::Exact => jacobi_flops(layout),
            Polar::NewtonSchulz => Muon::default().extra_flops(layout),
        }
    }
}

impl<F: Real> RuleSettings<F> for NorMuon {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let (matrices, rest) = split(layout);
        let (rows, entries) = most(&matrices);
        let widest = matrices.iter().map(|matrix| matrix.fan_out).max().unwrap_or(0);
        let columns = matrices.iter().map(|matrix| matrix.fan_out).sum();
        let zeros = |length| vec![F::ZERO; length];
        Box::new(State {
            config: *self,
            rest: Rest::new(rest, self.others.settings()),
            momentum: zeros(layout.dim()),
            square: zeros(columns),
            factor: Factor::new(self.polar, (rows, entries)),
            update: zeros(entries),
            sums: zeros(widest),
            matrices,
        })
    }
}

struct State<F> {
    config: NorMuon,
    matrices: Vec<Matrix>,
    rest: Rest<F>,
    /// Used where there are matrices.
    momentum: Vec<F>,
    /// v of all matrices.
    square: Vec<F>,
    // Work space, not remembered.
    factor: Factor<F>,
    update: Vec<F>,
    /// Of each column.
    sums: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.momentum.len(), params, grad);
        self.rest.step(lr, params, grad);
        let config = &self.config;
        let (beta, beta2) = (config.beta.get(), config.beta2.get());
        let (fresh, fresh2) = (F::from_f64(1.0 - beta), F::from_f64(1.0 - beta2));
        let (beta, beta2) = (F::from_f64(beta), F::from_f64(beta2));
        let epsilon = F::from_f64(config.epsilon.get());
        let (old, new) = if config.nesterov { (beta, fresh) } else { (F::ONE, F::ZERO) };
        let mut at = 0;
        for array in &self.matrices {
            let range = &array.range;
            let matrix = self.factor.matrix();
            let pairs = self.momentum[range.clone()].iter_mut().zip(&grad[range.clone()]);
            for (k, (p, g)) in pairs.enumerate() {
                *p = (beta * *p + fresh * *g).settled();
                matrix[array.place(k)] = old * *p + new * *g;
            }
            self.factor.solve(array.rows(), range.len());
            let (update, matrix) = (&mut self.update[..range.len()], self.factor.matrix());
            update.iter_mut().enumerate().for_each(|(k, u)| *u = matrix[array.place(k)]);

            let before = vector::norm(update);
            let (sums, width) = (&mut self.sums[..array.fan_out], array.fan_out);
            sums.fill(F::ZERO);
            for row in update.chunks_exact(width) {
                vector::for_each(sums.iter_mut().zip(row), |(sum, x)| *sum += *x * *x);
            }
            let share = F::from_f64(1.0 / array.fan_in as f64);
            let square = &mut self.square[at..at + width];
            at += width;
            vector::for_each(square.iter_mut().zip(&mut *sums), move |(v, sum)| {
                *v = (beta2 * *v + fresh2 * share * *sum).settled();
                // What each entry of the column is divided by; nothing where that would be 0/0.
                let root = v.sqrt() + epsilon;
                *sum = if root > F::ZERO { root } else { F::ONE };
            });
            for row in update.chunks_exact_mut(width) {
                vector::for_each(row.iter_mut().zip(&*sums), |(x, root)| *x /= *root);
            }
            let after = vector::norm(update) + epsilon;
            if after > F::ZERO {
                let length = (before / after).to_f64();
                let rate = F::from_f64(lr * config.adjust.ratio(array.fan_in, array.fan_out) * length);
                vector::descend(rate, update, &mut params[range.clone()]);
            }
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let mut memory = self.rest.state.memory();
        memory.vectors.push(("matrix-momentum", &mut self.momentum));
        memory.vectors.push(("neuron-square", &mut self.square));
        memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    /// The parameters after some steps on a matrix and a vector.
    fn end(text: &str, shape: [usize; 2], steps: usize) -> Vec<f64> {
        let layout = Layout::new([("w", shape.to_vec()), ("b", vec![2])]);
        let mut state = toml::from_str::<Rule>(text).unwrap().build(&layout);
        let mut params = vec![0.0; layout.dim()];
        for t in 1..=steps {
            let grad: Vec<f64> =
                (0..params.len()).map(|i| libm::sin(1e3 * (i * 40 + t).pow(2) as f64)).collect();
            state.step(0.1, &mut params, &grad);
        }
        params
    }

    #[test]
    fn steps_are_as_long_as_those_of_muon_with_columns_of_one_size() {
        // At the first step v is (1 − β₂) times the mean square of its column.
        let text = "kind = 'normuon'\nepsilon = 0";
        for shape in [[3, 5], [5, 3]] {
            let (ours, muons) =
                (end(text, shape, 1), end("kind = 'muon'\nepsilon-inside-maximum = true", shape, 1));
            let n = shape[0] * shape[1];
            let length = |x: &[f64]| vector::norm(&x[..n]);
            assert!((length(&ours) / length(&muons) - 1.0).abs() < 1e-14);
            let column = |j: usize| (0..shape[0]).map(|i| ours[i * shape[1] + j].powi(2)).sum::<f64>();
            assert!((1..shape[1]).all(|j| (column(j) / column(0) - 1.0).abs() < 1e-13), "{ours:?}");
            assert_eq!(ours[n..], muons[n..]);
        }
    }

    #[test]
    fn of_one_column_it_is_muon() {
        let (ours, muons) = (
            end("kind = 'normuon'", [4, 1], 20),
            end("kind = 'muon'\nepsilon-inside-maximum = true", [4, 1], 20),
        );
        // ε of 1e-10.
        assert!(ours.iter().zip(&muons).all(|(a, b)| (a - b).abs() < 1e-9), "{ours:?} {muons:?}");
    }

    #[test]
    fn no_gradient_is_no_step_even_without_epsilon() {
        let config: NorMuon = toml::from_str("epsilon = 0").unwrap();
        let mut params = [1.0, 2.0, 3.0, 4.0];
        config.build(&Layout::new([("w", vec![2, 2])])).step(1.0, &mut params, &[0.0; 4]);
        assert_eq!(params, [1.0, 2.0, 3.0, 4.0]);
    }
}
