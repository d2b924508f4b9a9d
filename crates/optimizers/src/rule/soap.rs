//! SOAP: Adam in the eigenbasis of Shampoo's matrices.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::jacobi::{Jacobi, orthonormalise};
use super::newton_schulz::add_product;
use super::shampoo::flops_of;
use super::sides::{Sided, Work, sides};
use super::squares::Squares;
use super::{BiasCorrection, Memory, Root, RuleSettings, RuleState, check_lengths, weight};
use crate::properties::Properties;

/// SOAP. Every array W of the layout with two axes has a gradient G, and bases P and Q of its sides:
///
/// ```text
/// G′ = P G Qᵀ                                  the gradient in the bases
/// M ← β₁ M + (1 − β₁) G                        M₀ = 0
/// V ← β₂ V + (1 − β₂) G′²                      V₀ = 0, entry by entry, in the bases
/// W ← W − η c Pᵀ [P M Qᵀ / (√V + ε)] Q         c = √(1 − β₂ᵗ)/(1 − β₁ᵗ); corrected as Adam's
/// L ← β₃ L + (1 − β₃) G Gᵀ,   R ← β₃ R + (1 − β₃) Gᵀ G
/// P ← orthonormal rows from P L, Q from Q R    every `interval` steps
/// ```
/// The bases begin as the eigenvectors of the first gradient's L and R. They are then improved by a step of
/// power iteration and QR each time, for which rows of P and V are put in the order of falling pᵀ L p. Arrays
/// that are no matrices take the steps of Adam with the same settings, unless `rotate-vectors` gives them a
/// basis, too.
///
/// N. Vyas et al., *SOAP: improving and stabilizing Shampoo using Adam for language modeling*, ICLR 2025,
/// algorithms 3 and 4. Equals the authors' `SOAP` and that of the package pytorch-optimizer with their
/// defaults. As there, the first gradient makes the bases and moves nothing, unless `skip-first` is false;
/// then it takes its step in them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Soap {
    /// β₁, default 0.95 (Vyas et al.).
    pub beta1: Decay,
    /// β₂, default 0.95 (Vyas et al.).
    pub beta2: Decay,
    /// β₃, the memory of L and R, default 0.95: β₂, as in Vyas et al.
    pub beta3: Decay,
    /// ε, default 10⁻⁸ (Vyas et al.).
    pub epsilon: NonNegative,
    /// How the averages, which start from 0, are scaled up. Default `"absorbed"` (the authors' code).
    pub bias_correction: BiasCorrection,
    /// The bases are improved every so many steps. Default 10 (Vyas et al.).
    pub interval: Count,
    /// A side that is longer keeps the basis that it has. Default 2048; 10,000 in the authors' code. A basis
    /// takes twice the square of it in numbers, and the cube in time.
    pub longest_side: Count,
    /// Whether arrays that are no matrices have a basis, too. Default false (Vyas et al.).
    pub rotate_vectors: bool,
    /// Whether the first gradient moves nothing. Default true (the authors' code).
    pub skip_first: bool,
}

impl Default for Soap {
    fn default() -> Self {
        Self {
            beta1: Decay::of(0.95),
            beta2: Decay::of(0.95),
            beta3: Decay::of(0.95),
            epsilon: NonNegative::of(1e-8),
            bias_correction: BiasCorrection::Absorbed,
            interval: Count::of(10),
            longest_side: Count::of(2048),
            rotate_vectors: false,
            skip_first: true,
        }
    }
}

/// Operations of one step of power iteration and QR, over n³.
const IMPROVEMENT: f64 = 12.0;

impl Properties for Soap {
    fn numbers_per_parameter(&self) -> f64 {
        2.0
    }

    fn extra_numbers(&self, layout: &Layout) -> f64 {
        2.0 * sides(layout, self.longest_side, self.rotate_vectors).1 as f64
    }

    fn extra_flops(&self, layout: &Layout) -> f64 {
        // The products there and back are those of Shampoo, twice and a half.
        2.5 * flops_of(&sides(layout, self.longest_side, self.rotate_vectors).0, IMPROVEMENT, self.interval)
    }
}

impl<F: Real> RuleSettings<F> for Soap {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let (arrays, numbers) = sides(layout, self.longest_side, self.rotate_vectors);
        let longest = arrays.iter().flat_map(|array| {
            let of = |side: &Option<_>, length| side.as_ref().map_or(0, |_| length);
            [of(&array.left, array.rows), of(&array.right, array.columns)]
        });
        let longest = longest.max().unwrap_or(0);
        let most = arrays.iter().map(|array| array.range.len()).max().unwrap_or(0);
        let zeros = |length| vec![F::ZERO; length];
        Box::new(State {
            config: *self,
            calls: 0.0,
            mean: zeros(layout.dim()),
            square: zeros(layout.dim()),
            squares: zeros(numbers),
            bases: zeros(numbers),
            rotated: zeros(most),
            update: zeros(most),
            work: Work::new(&arrays),
            jacobi: Jacobi::new(longest, longest * longest),
            power: zeros(longest * longest),
            keys: zeros(longest),
            arrays,
        })
    }
}

struct State<F> {
    config: Soap,
    arrays: Vec<Sided>,
    /// Gradients so far.
    calls: f64,
    /// M.
    mean: Vec<F>,
    /// V.
    square: Vec<F>,
    /// L and R of each array.
    squares: Vec<F>,
    /// P and Q, by rows.
    bases: Vec<F>,
    // Work space, not remembered.
    rotated: Vec<F>,
    update: Vec<F>,
    work: Work<F>,
    jacobi: Jacobi<F>,
    power: Vec<F>,
    keys: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.calls += 1.0;
        let is_first = self.calls == 1.0;
        if is_first {
            self.accumulate(grad);
            self.begin();
            if self.config.skip_first {
                return;
            }
        }
        let step = if self.config.skip_first { self.calls - 1.0 } else { self.calls };
        for index in 0..self.arrays.len() {
            self.advance(index, step, lr, params, grad);
        }
        if !is_first {
            self.accumulate(grad);
            if step % self.config.interval.get() as f64 == 0.0 {
                self.improve();
            }
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![("calls", &mut self.calls)],
            vectors: vec![
                ("mean", &mut self.mean),
                ("square", &mut self.square),
                ("squares-of-sides", &mut self.squares),
                ("bases", &mut self.bases),
            ],
        }
    }
}

impl<F: Real> State<F> {
    fn accumulate(&mut self, grad: &[F]) {
        let beta = self.config.beta3.get();
        let memory = (F::from_f64(beta), F::from_f64(1.0 - beta));
        for array in &self.arrays {
            self.work.accumulate(array, &grad[array.range.clone()], memory, &mut self.squares);
        }
    }

    /// Makes the first bases.
    fn begin(&mut self) {
        for array in &self.arrays {
            for (side, n) in [(&array.left, array.rows), (&array.right, array.columns)] {
                let Some(side) = side.clone() else { continue };
                self.jacobi.matrix[..n * n].copy_from_slice(&self.squares[side.clone()]);
                self.jacobi.eigenvectors(n, &mut self.bases[side]);
            }
        }
    }

    /// Adam's step of one array in its bases.
    fn advance(&mut self, index: usize, step: f64, lr: f64, params: &mut [F], grad: &[F]) {
        let array = &self.arrays[index];
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        let (rate, scale) = config.bias_correction.factors(weight(beta1, step), weight(beta2, step));
        let (rate, scale) = (F::from_f64(lr * rate), F::from_f64(scale));
        let (fresh1, fresh2) = (F::from_f64(1.0 - beta1), F::from_f64(1.0 - beta2));
        let (beta1, beta2) = (F::from_f64(beta1), F::from_f64(beta2));
        let root = Root::new(config.epsilon, false);
        let squares = Squares::new(beta2, fresh2, root);

        let length = array.range.len();
        let (rotated, update) = (&mut self.rotated[..length], &mut self.update[..length]);
        let mean = &mut self.mean[array.range.clone()];
        let square = &mut self.square[array.range.clone()];
        rotated.copy_from_slice(&grad[array.range.clone()]);
        vector::for_each(mean.iter_mut().zip(&*rotated), move |(m, g)| {
            *m = (beta1 * *m + fresh1 * *g).settled();
        });
        update.copy_from_slice(mean);
        // In rows of a basis are its vectors, so P G Qᵀ has the transpose on the right alone.
        self.work.turn(array, &self.bases, rotated);
        self.work.turn(array, &self.bases, update);
        let all = update.iter_mut().zip(&*rotated).zip(&mut *square);
        vector::for_each(all, move |((u, g), v)| {
            *v = squares.next(*v, *g);
            *u /= root.of(*v * scale);
        });
        squares.settle(square);
        self.work.turn_back(array, &self.bases, update);
        vector::descend(rate, update, &mut params[array.range.clone()]);
    }

    /// A step of power iteration and QR for each basis.
    fn improve(&mut self) {
        for array in &self.arrays {
            let square = &mut self.square[array.range.clone()];
            for (side, n, is_left) in [(&array.left, array.rows, true), (&array.right, array.columns, false)]
            {
                let Some(side) = side.clone() else { continue };
                let basis = &mut self.bases[side.clone()];
                let (power, keys) = (&mut self.power[..n * n], &mut self.keys[..n]);
                power.fill(F::ZERO);
                add_product(basis, &self.squares[side], n, power);
                for (key, (p, q)) in keys.iter_mut().zip(basis.chunks_exact(n).zip(power.chunks_exact(n))) {
                    *key = vector::dot(p, q);
                }
                for place in 0..n {
                    let most = (place..n).fold(place, |most, i| if keys[i] > keys[most] { i } else { most });
                    if most > place {
                        keys.swap(place, most);
                        swap_rows(basis, n, place, most);
                        swap_rows(power, n, place, most);
                        if is_left {
                            swap_rows(square, array.columns, place, most);
                        } else {
                            square.chunks_exact_mut(n).for_each(|row| row.swap(place, most));
                        }
                    }
                }
                orthonormalise(power, basis, n);
                basis.copy_from_slice(power);
            }
        }
    }
}

fn swap_rows<F: Real>(matrix: &mut [F], columns: usize, first: usize, second: usize) {
    let (above, below) = matrix.split_at_mut(second * columns);
    above[first * columns..][..columns].swap_with_slice(&mut below[..columns]);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};
    use super::*;
    use crate::Rule;

    /// The parameters after every of thirty steps from 0.5 on two matrices and a vector.
    fn steps(text: &str, grad: impl Fn(usize, usize) -> f64) -> Vec<[f64; 13]> {
        let layout = Layout::new([("a", vec![2, 3]), ("b", vec![3]), ("c", vec![2, 2])]);
        let mut state = toml::from_str::<Rule>(text).unwrap().build(&layout);
        let mut params = [0.5; 13];
        let step = |t: usize| {
            let grad: Vec<f64> = (0..13).map(|i| grad(i, t)).collect();
            state.step(0.01, &mut params, &grad);
            params
        };
        (1..=30).map(step).collect()
    }

    fn noise(i: usize, t: usize) -> f64 {
        libm::sin(1e3 * (i * 40 + t).pow(2) as f64)
    }

    const ADAM: &str = "kind = 'adam'\nbeta1 = 0.95\nbeta2 = 0.95\nbias-correction = 'absorbed'";

    #[test]
    fn in_the_basis_of_the_axes_it_is_adam() {
        let axes = "kind = 'soap'\nskip-first = false\nlongest-side = 1";
        assert!(distance(&steps(axes, noise), &steps(ADAM, noise)) < 1e-14);
        let moments = "\nbias-correction = 'moments'\nepsilon = 0.1";
        let [axes, adam] = [axes, "kind = 'adam'\nbeta1 = 0.95\nbeta2 = 0.95"];
        let [axes, adam] = [axes, adam].map(|text| steps(&format!("{text}{moments}"), noise));
        assert!(distance(&axes, &adam) < 1e-14);
        // The eigenvectors of diagonal gradients are the axes, whatever their order.
        let diagonal = |i: usize, t: usize| if [0, 4, 9, 12].contains(&i) { noise(i, t) } else { 0.0 };
        let text = "kind = 'soap'\nskip-first = false\ninterval = 1";
        assert!(distance(&steps(text, diagonal), &steps(ADAM, diagonal)) < 1e-12);
    }

    #[test]
    fn the_first_gradient_moves_nothing_but_makes_the_bases() {
        let soap = path("kind = 'soap'", 0.1, &gradients());
        let mut later = gradients();
        later.remove(0);
        // A vector keeps its axes.
        let adam = path(ADAM, 0.1, &later);
        assert_eq!(soap[0], [0.0; 3]);
        assert!(distance(&soap[1..], &adam) < 1e-14);
    }

    #[test]
    fn a_turned_problem_takes_turned_steps() {
        // One gradient throughout, of rank 2: in its bases it is diagonal, so after t steps with β₂ = β₁
        // every singular value has moved by η t, as long as ε is small.
        let text = "kind = 'soap'\nskip-first = false\ninterval = 1";
        let end = steps(text, |i, _| noise(i, 1));
        let polar = steps("kind = 'spectral'\nvectors = 'sign'", |i, _| noise(i, 1));
        // ε over the smallest singular value, some tenth, and roundings of 1e-17 over ε where there is none.
        assert!(distance(&end, &polar) < 1e-6, "{:?} {:?}", end[29], polar[29]);
    }

    #[test]
    fn vectors_have_a_basis_if_they_are_to() {
        // g = (3, 4)/5 throughout: along it the step is η, which Adam takes along each axis.
        let text = "kind = 'soap'\nskip-first = false\nrotate-vectors = true";
        let steps = path(text, 0.5, &[[0.6, 0.8]]);
        // ε, and across it a rounding over ε.
        assert!(distance(&steps, &[[-0.3, -0.4]]) < 1e-7, "{steps:?}");
    }
}
