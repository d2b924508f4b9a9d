//! The density of all eigenvalues, by stochastic Lanczos quadrature.

use std::f64::consts::TAU;

use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, Positive};

use super::krylov::{Krylov, signs};
use super::operator::Checked;
use super::tridiagonal::Tridiagonal;
use super::{Operator, SpectrumError};
use crate::Estimate;

/// How many widths of the kernel a curve goes beyond the outermost eigenvalues: 2·10⁻⁹ of a Gaussian is
/// outside.
const MARGIN: f64 = 6.0;

/// Stochastic Lanczos quadrature.
///
/// ```text
/// φ(t) = (1/d) Σᵢ δ(t − λᵢ) ≈ (1/n) Σ_probes Σₖ ωₖ δ(t − θₖ),   T sₖ = θₖ sₖ,   ωₖ = (sₖ)₁²
/// ```
/// Each of n probes is a vector of signs from which Lanczos' method, with full orthogonalisation, takes m
/// steps; the eigenvalues of its T and the squares of the first entries of its eigenvectors are the nodes and
/// weights of a Gauss quadrature. Moments up to 2m − 1 therefore have no error but that of the random
/// vectors. S. Ubaru, J. Chen and Y. Saad, *Fast estimation of tr(f(A)) via stochastic Lanczos quadrature*,
/// SIAM Journal on Matrix Analysis and Applications 38 (2017); B. Ghorbani, S. Krishnan and Y. Xiao, *An
/// investigation into neural net optimization via Hessian eigenvalue density*, ICML 2019, which takes m = 90
/// and n = 10.
///
/// The memory, m·d + m² numbers, is allocated once.
pub struct Quadrature {
    krylov: Krylov,
    tridiagonal: Tridiagonal,
}

impl Quadrature {
    /// For matrices of size `dim`, with m = `steps`.
    pub fn new(dim: usize, steps: Count) -> Self {
        let krylov = Krylov::new(dim, steps.size());
        Self { krylov, tridiagonal: Tridiagonal::new(steps.size().min(dim)) }
    }

    /// Takes n = `probes` random vectors; n·m products.
    ///
    /// # Errors
    /// [`SpectrumError::NotFinite`] and [`SpectrumError::NoConvergence`].
    ///
    /// # Panics
    /// If `operator` has another size.
    pub fn run(
        &mut self,
        operator: &mut dyn Operator,
        probes: Count,
        stream: &mut Stream,
    ) -> Result<Density, SpectrumError> {
        let mut operator = Checked::new(operator);
        let mut found = Vec::with_capacity(probes.size());
        for _ in 0..probes.get() {
            self.krylov.clear();
            self.krylov.start(|v| signs(stream, v));
            loop {
                self.krylov.step(&mut operator)?;
                if self.krylov.is_full() || self.krylov.is_invariant() {
                    break;
                }
            }
            let (diagonal, beside) = self.krylov.tridiagonal();
            self.tridiagonal.solve(diagonal, beside)?;
            let values = self.tridiagonal.values().iter().enumerate();
            let node = |(k, value): (usize, &f64)| Node {
                value: *value,
                weight: self.tridiagonal.vector(k)[0].powi(2),
            };
            found.push(values.map(node).collect());
        }
        Ok(Density { probes: found })
    }
}

/// Where a share of the eigenvalues is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// θ.
    pub value: f64,
    /// ω.
    pub weight: f64,
}

/// An estimate of the density of eigenvalues.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    probes: Vec<Vec<Node>>,
}

impl Density {
    /// All nodes; their weights, divided by the number of probes, sum to 1.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        let n = self.probes.len() as f64;
        self.probes.iter().flatten().map(move |node| Node { weight: node.weight / n, ..*node })
    }

    /// The mean of f over all eigenvalues, tr(f(A))/d.
    ///
    /// The standard error is that of the random vectors; if f is no polynomial of a degree below 2m, the
    /// error of the quadrature comes on top.
    pub fn mean(&self, f: impl Fn(f64) -> f64) -> Estimate {
        let of = |probe: &Vec<Node>| probe.iter().map(|node| node.weight * f(node.value)).sum();
        Estimate::of_mean(&self.probes.iter().map(of).collect::<Vec<f64>>())
    }

    /// `points` places for a [curve](Self::curve), evenly from 6 widths below the lowest node to 6 above the
    /// highest. For an integral as exact as 10⁻⁶ they should be not more than a width apart.
    pub fn grid(&self, width: Positive, points: Count) -> Vec<f64> {
        let values = || self.probes.iter().flatten().map(|node| node.value);
        let low = values().fold(f64::INFINITY, f64::min) - MARGIN * width.get();
        let high = values().fold(f64::NEG_INFINITY, f64::max) + MARGIN * width.get();
        let last = (points.size() - 1).max(1) as f64;
        (0..points.size()).map(|i| low + (high - low) * (i as f64 / last)).collect()
    }

    /// The density at each place of `grid`, smoothed.
    ///
    /// ```text
    /// φ_σ(t) = Σₖ ωₖ · exp(−(t − θₖ)²/2σ²) / (σ√(2π)),   σ = width
    /// ```
    pub fn curve(&self, grid: &[f64], width: Positive) -> Vec<f64> {
        let width = width.get();
        let kernel = |distance: f64| libm::exp(-0.5 * (distance / width).powi(2)) / (width * TAU.sqrt());
        let at = |t: &f64| self.nodes().map(|node| node.weight * kernel(t - node.value)).sum();
        grid.iter().map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;
    use crate::spectrum::testing::rotated;

    fn stream(index: u64) -> Stream {
        Streams::new(5, 0).stream("density", index)
    }

    /// 120 eigenvalues: two thirds near 0, the others from −2 to 10.
    fn eigenvalues() -> Vec<f64> {
        (0..120).map(|i| if i % 3 == 0 { f64::from(i) / 10.0 - 2.0 } else { f64::from(i) * 1e-4 }).collect()
    }

    #[test]
    fn weights_and_curve_sum_to_one() {
        let mut dense = rotated(&eigenvalues(), 7);
        let density = Quadrature::new(120, Count::of(25)).run(&mut dense, Count::of(4), &mut stream(0));
        let density = density.unwrap();
        let sum: f64 = density.nodes().map(|node| node.weight).sum();
        // Rounding of 100 squares; each probe's sum is the length of a first row.
        assert!((sum - 1.0).abs() < 1e-13, "{sum}");
        let width = Positive::of(0.05);
        let grid = density.grid(width, Count::of(400));
        let curve = density.curve(&grid, width);
        let integral = curve.iter().sum::<f64>() * (grid[1] - grid[0]);
        // Beyond the margin is 2e-9, and the sum of a Gaussian in steps of a width errs by 2·exp(−2π²) =
        // 5e-9.
        assert!((integral - 1.0).abs() < 1e-7, "{integral}");
        assert!(grid[1] - grid[0] < width.get());
    }

    #[test]
    fn moments_cover_the_exact_ones_as_often_as_their_errors_say() {
        let exact = eigenvalues();
        let mut dense = rotated(&exact, 7);
        let mut quadrature = Quadrature::new(120, Count::of(12));
        let (runs, mut within) = (200, [0; 3]);
        for run in 0..runs {
            let density = quadrature.run(&mut dense, Count::of(10), &mut stream(run)).unwrap();
            for (k, within) in within.iter_mut().enumerate() {
                let power = k as i32 + 1;
                let moment = exact.iter().map(|value| value.powi(power)).sum::<f64>() / 120.0;
                let found = density.mean(|value| value.powi(power));
                *within += usize::from((found.value - moment).abs() <= 2.0 * found.standard_error);
            }
        }
        for within in within {
            // Student's t with 9 degrees of freedom is within ±2 in 92.3 % of the cases; four binomial
            // standard errors of 200 runs are 7.5 %.
            assert!((170..=200).contains(&within), "{within}");
        }
    }

    #[test]
    fn moments_of_one_probe_are_those_of_its_vector() {
        let mut dense = rotated(&eigenvalues(), 7);
        let density =
            Quadrature::new(120, Count::of(3)).run(&mut dense, Count::of(1), &mut stream(9)).unwrap();
        let mut z = vec![0.0; 120];
        signs(&mut stream(9), &mut z);
        let (mut power, mut product) = (z.clone(), vec![0.0; 120]);
        for degree in 1..=5 {
            dense.apply(&power, &mut product);
            power.copy_from_slice(&product);
            let moment = thalweg_numeric::vector::dot(&z, &power) / 120.0;
            // Three nodes are exact up to degree 5, but for some hundred roundings.
            assert!(
                (density.mean(|value| value.powi(degree)).value / moment - 1.0).abs() < 1e-11,
                "{degree}"
            );
        }
    }

    #[test]
    fn an_exhausted_space_ends_a_probe() {
        let mut dense = rotated(&[1.0, 1.0, 1.0, 4.0, 4.0], 7);
        let density = Quadrature::new(5, Count::of(5)).run(&mut dense, Count::of(3), &mut stream(0)).unwrap();
        assert_eq!(density.nodes().count(), 6);
        let found = density.mean(|value| value);
        assert!((found.value - 2.2).abs() < 4.0 * found.standard_error, "{found:?}");
    }

    #[test]
    fn a_curve_has_the_height_of_its_kernel() {
        let density = Density { probes: vec![vec![Node { value: 2.0, weight: 1.0 }]] };
        let curve = density.curve(&[2.0, 2.5], Positive::of(0.5));
        // 1/(σ√(2π)) and e^{−1/2} of it.
        let peak = 2.0 / TAU.sqrt();
        assert!((curve[0] - peak).abs() < 1e-15 && (curve[1] - peak * (-0.5_f64).exp()).abs() < 1e-15);
        assert_eq!(density.grid(Positive::of(0.5), Count::of(3)), [-1.0, 2.0, 5.0]);
        assert_eq!(density.grid(Positive::of(0.5), Count::of(1)), [-1.0]);
    }
}
