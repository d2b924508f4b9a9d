//! Scion: steps to the end of a ball, in the norm that suits the array.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, Positive};
use thalweg_numeric::{Layout, Real, vector};

use super::matrices::{Matrix, most, split};
use super::polar::{Factor, Polar};
use super::spectral::jacobi_flops;
use super::{Memory, Muon, RuleSettings, RuleState, check_lengths, sign};
use crate::properties::Properties;

/// Linear minimisation over a ball of radius ρ in the norm of each array:
///
/// ```text
/// m ← β m + (1 − β) g                  m₀ = 0
/// d = argmax ⟨m, x⟩ over ‖x‖ ≤ 1
/// θ ← θ − η ρ d                        constrained = false
/// θ ← (1 − η) θ − η ρ d                constrained = true: θ stays in the ball once it is there, if η ≤ 1
/// ```
/// The norms, of a matrix with fan-in a and fan-out b, or of a vector with b entries (then a = 1):
///
/// ```text
///                  d                       rms-scaled
/// "spectral"       U Vᵀ of m = U Σ Vᵀ      √(b/a) U Vᵀ
/// "sign"           sign(m), sign 0 = 0     sign(m)/a
/// "euclidean"      m/‖m‖                   √(a b) m/‖m‖
/// ```
/// T. Pethick et al., *Training deep learning models with norm-constrained LMOs*, ICML 2025, algorithms 1 and
/// 2 with their table of norms; its α is 1 − β. The scaled norms are those of layers whose inputs and outputs
/// are measured by their root mean squares, by which a learning rate is to suit all widths. A group of
/// parameters with a `rule` of its own gives a layer a norm and a radius of its own, as the paper does for
/// the first and the last.
///
/// Without memory, constraint and scale it is `signsgd`, `spectral` or, on one array, `normalised`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scion {
    /// β, default 0.9 (Pethick et al.).
    pub beta: Decay,
    /// The norm of matrices. Default `"spectral"` (Pethick et al.).
    pub matrices: MatrixNorm,
    /// The norm of all other arrays. Default `"euclidean"` (Pethick et al. for biases).
    pub vectors: VectorNorm,
    /// ρ, default 1, in units of the parameters. Pethick et al. take 50 for hidden and 3000 for last layers.
    pub radius: Positive,
    /// Whether directions are scaled to the shape of the array. Default true (Pethick et al.).
    pub rms_scaled: bool,
    /// Whether parameters shrink by the learning rate in each step. Default false; both forms are in the
    /// paper.
    pub constrained: bool,
    /// How U Vᵀ is found. Default `"newton-schulz"` (Pethick et al.).
    pub polar: Polar,
}

impl Default for Scion {
    fn default() -> Self {
        Self {
            beta: Decay::of(0.9),
            matrices: MatrixNorm::default(),
            vectors: VectorNorm::default(),
            radius: Positive::of(1.0),
            rms_scaled: true,
            constrained: false,
            polar: Polar::default(),
        }
    }
}

/// Norms of matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MatrixNorm {
    /// The largest singular value.
    #[default]
    Spectral,
    /// The largest entry.
    Sign,
    /// The root of the sum of the squares.
    Euclidean,
}

/// Norms of vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum VectorNorm {
    /// The root of the sum of the squares.
    #[default]
    Euclidean,
    /// The largest entry.
    Sign,
}

impl Properties for Scion {
    fn numbers_per_parameter(&self) -> f64 {
        1.0
    }

    fn extra_flops(&self, layout: &Layout) -> f64 {
        match (self.matrices, self.polar) {
            (MatrixNorm::Spectral, Polar::Exact) => jacobi_flops(layout),
            (MatrixNorm::Spectral, Polar::NewtonSchulz) => Muon::default().extra_flops(layout),
            _ => 0.0,
        }
    }
}

impl<F: Real> RuleSettings<F> for Scion {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let (matrices, rest) = split(layout);
        let factor = Factor::new(self.polar, most(&matrices));
        Box::new(State { config: *self, matrices, rest, mean: vec![F::ZERO; layout.dim()], factor })
    }
}

struct State<F> {
    config: Scion,
    matrices: Vec<Matrix>,
    rest: Vec<Range<usize>>,
    mean: Vec<F>,
    // Work space, not remembered.
    factor: Factor<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        let config = &self.config;
        let (beta, fresh) = (F::from_f64(config.beta.get()), F::from_f64(1.0 - config.beta.get()));
        vector::for_each(self.mean.iter_mut().zip(grad), move |(m, g)| {
            *m = (beta * *m + fresh * *g).settled();
        });
        if config.constrained {
            let kept = F::from_f64(1.0 - lr);
            vector::for_each(&mut *params, move |x| *x = (*x * kept).settled());
        }
        let rate = |scale: f64| lr * config.radius.get() * if config.rms_scaled { scale } else { 1.0 };

        for array in &self.matrices {
            let (params, mean) = (&mut params[array.range.clone()], &self.mean[array.range.clone()]);
            let (fan_in, fan_out) = (array.fan_in as f64, array.fan_out as f64);
            match config.matrices {
                MatrixNorm::Sign => by_signs(rate(1.0 / fan_in), params, mean),
                MatrixNorm::Euclidean => along(rate((fan_in * fan_out).sqrt()), params, mean),
                MatrixNorm::Spectral => {
                    let matrix = self.factor.matrix();
                    mean.iter().enumerate().for_each(|(k, m)| matrix[array.place(k)] = *m);
                    self.factor.solve(array.rows(), mean.len());
                    let (rate, matrix) = (F::from_f64(rate((fan_out / fan_in).sqrt())), self.factor.matrix());
                    params.iter_mut().enumerate().for_each(|(k, x)| *x -= rate * matrix[array.place(k)]);
                }
            }
        }
        for range in &self.rest {
            let (params, mean) = (&mut params[range.clone()], &self.mean[range.clone()]);
            match config.vectors {
                VectorNorm::Sign => by_signs(rate(1.0), params, mean),
                VectorNorm::Euclidean => along(rate((mean.len() as f64).sqrt()), params, mean),
            }
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![("mean", &mut self.mean)] }
    }
}

fn by_signs<F: Real>(rate: f64, params: &mut [F], mean: &[F]) {
    let rate = F::from_f64(rate);
    vector::for_each(params.iter_mut().zip(mean), move |(x, m)| *x -= rate * sign(*m));
}

/// By `rate` along m/‖m‖; nowhere if that is 0/0.
fn along<F: Real>(rate: f64, params: &mut [F], mean: &[F]) {
    let norm = vector::norm(mean).to_f64();
    if norm != 0.0 {
        vector::descend(F::from_f64(rate / norm), mean, params);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    /// The end of ten steps on two matrices and a vector, or on a vector alone.
    fn end(text: &str, layout: &Layout) -> Vec<f64> {
        let mut state = toml::from_str::<Rule>(text).unwrap().build(layout);
        let mut params = vec![0.5; layout.dim()];
        for t in 1..=10 {
            let grad: Vec<f64> =
                (0..layout.dim()).map(|i| libm::sin(1e3 * (i * 10 + t).pow(2) as f64)).collect();
            state.step(0.1, &mut params, &grad);
        }
        params
    }

    fn layout() -> Layout {
        Layout::new([("a", vec![2, 3]), ("b", vec![3]), ("c", vec![4, 3])])
    }

    fn is_close(a: &[f64], b: &[f64]) {
        // Ten steps of some roundings of numbers of about 1.
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14), "{a:?}\n{b:?}");
    }

    #[test]
    fn its_special_cases_are_rules_of_their_own() {
        let plain = "kind = 'scion'\nbeta = 0\nrms-scaled = false\npolar = 'exact'\n";
        for (norms, rule) in [
            ("matrices = 'sign'\nvectors = 'sign'", "kind = 'signsgd'"),
            ("", "kind = 'spectral'"),
            ("vectors = 'sign'", "kind = 'spectral'\nvectors = 'sign'"),
        ] {
            is_close(&end(&format!("{plain}{norms}"), &layout()), &end(rule, &layout()));
        }
        let (point, matrix) = (Layout::point(5), Layout::new([("a", vec![2, 3])]));
        is_close(&end(plain, &point), &end("kind = 'normalised'", &point));
        let euclidean = format!("{plain}matrices = 'euclidean'");
        is_close(&end(&euclidean, &matrix), &end("kind = 'normalised'", &matrix));
        let muon = "kind = 'muon'\nbeta = 0.9\nnesterov = false\nepsilon-inside-maximum = true";
        // Of a 2 × 3 matrix √(3/2) is the scale of both; Muon's other default is for tall ones.
        is_close(&end("kind = 'scion'", &matrix), &end(muon, &matrix));
    }

    #[test]
    fn scales_are_those_of_the_shape() {
        let ratio = |norms: &str, layout: &Layout| {
            let text = |scaled| format!("kind = 'scion'\nrms-scaled = {scaled}\nradius = 0.5\n{norms}");
            let (scaled, plain) = (end(&text(true), layout), end(&text(false), layout));
            (scaled[0] - 0.5) / (plain[0] - 0.5)
        };
        let (tall, vector) = (Layout::new([("a", vec![4, 3])]), Layout::point(5));
        for (norms, layout, expected) in [
            ("", &tall, 0.75_f64.sqrt()),
            ("matrices = 'sign'", &tall, 0.25),
            ("matrices = 'euclidean'", &tall, 12.0_f64.sqrt()),
            ("", &vector, 5.0_f64.sqrt()),
            ("vectors = 'sign'", &vector, 1.0),
        ] {
            let error = ratio(norms, layout) / expected - 1.0;
            assert!(error.abs() < 1e-13, "{norms}: {error:e}");
        }
    }

    #[test]
    fn in_the_ball_the_parameters_stay() {
        // Steps of a tenth of the way to ±2: from ½, with gradients of one sign, x = −2 + 2.5·0.9ᵗ.
        let config: Scion = toml::from_str("vectors = 'sign'\nradius = 2\nconstrained = true").unwrap();
        let (mut state, mut params) = (config.build(&Layout::point(1)), [0.5]);
        for t in 1..=30 {
            state.step(0.1, &mut params, &[3.0]);
            let expected: f64 = -2.0 + 2.5 * libm::pow(0.9, f64::from(t));
            assert!((params[0] - expected).abs() < 1e-14, "{t}: {params:?}");
        }
    }
}
