//! A normal distribution for each class, some classes rarer than others.

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, Finite, NonNegative, Positive};

use super::{SettingsError, dot};
use crate::{Dataset, Transform};

/// One normal component a class, of given mean, covariance and weight.
///
/// ```text
/// P(c) = π_c,   x | c ~ N(m_c, Σ_c) = m_c + L_c ξ,   L_c L_cᵀ = Σ_c (Cholesky),   ξ ~ N(0, I_d)
/// ```
/// The class of each sample is drawn, so that classes are as frequent as their weights say on average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GaussianMixture {
    /// The number of samples for training, all classes together.
    pub samples: Count,
    /// m, one mean a class with one number a feature: `[K, d]`, K at least 2.
    pub means: Vec<Vec<Finite>>,
    /// Σ, one matrix for all classes or one a class: `[1, d, d]` or `[K, d, d]`, symmetric and positive
    /// definite. Default the identity for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariances: Option<Vec<Vec<Vec<Finite>>>>,
    /// One number a class, in proportion to π. Default: all the same, or what `exponent` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Vec<Positive>>,
    /// a, for frequencies by a power law, as words and many classes of pictures have: π_c ∝ (c + 1)^−a.
    /// Default 0. Not together with `weights`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exponent: Option<NonNegative>,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

impl GaussianMixture {
    /// The numbers of features and classes.
    pub fn extent(&self) -> (usize, usize) {
        (self.means.first().map_or(0, Vec::len), self.means.len())
    }

    /// Whether all lengths fit, and the covariances are some.
    ///
    /// # Errors
    /// [`SettingsError`] if not.
    pub fn check(&self) -> Result<(), SettingsError> {
        let (d, n_classes) = self.extent();
        if n_classes < 2 {
            let text = format!("found {n_classes} means, expected at least 2: one a class");
            return Err(SettingsError::new("means", text));
        }
        if d == 0 {
            return Err(SettingsError::new("means", "a mean has no numbers, expected one a feature"));
        }
        if let Some(class) = self.means.iter().position(|mean| mean.len() != d) {
            let text = format!("mean {class} has {} numbers, but the first has {d}", self.means[class].len());
            return Err(SettingsError::new("means", text));
        }
        match (&self.weights, self.exponent) {
            (Some(weights), None) if weights.len() != n_classes => {
                let text = format!("found {}, expected {n_classes}: one a class", weights.len());
                return Err(SettingsError::new("weights", text));
            }
            (Some(_), Some(_)) => {
                let text = "the frequencies are given by `weights` already; remove one of both";
                return Err(SettingsError::new("exponent", text));
            }
            _ => {}
        }
        self.factors().map(drop).map_err(|text| SettingsError::new("covariances", text))
    }

    /// π, the probability of each class.
    pub fn probabilities(&self) -> Vec<f64> {
        let exponent = self.exponent.map_or(0.0, NonNegative::get);
        let weights: Vec<f64> = match &self.weights {
            Some(weights) => weights.iter().map(|weight| weight.get()).collect(),
            None => (1..=self.means.len()).map(|c| libm::pow(c as f64, -exponent)).collect(),
        };
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    /// Draws `samples` samples; each draws a uniform and d normal numbers.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let (d, n_classes) = self.extent();
        let factors = self.factors().expect("the covariances were checked");
        let probabilities = self.probabilities();
        let mut inputs = Array2::zeros((samples, d));
        let (mut labels, mut normal) = (Vec::with_capacity(samples), vec![0.0; d]);
        for mut point in inputs.rows_mut() {
            let class = choose(&probabilities, stream.uniform());
            normal.iter_mut().for_each(|x| *x = stream.normal());
            for (i, x) in point.iter_mut().enumerate() {
                let from_normal = match factors.get(class).or(factors.first()) {
                    Some(factor) => dot(&factor[i], &normal),
                    None => normal[i],
                };
                *x = self.means[class][i].get() + from_normal;
            }
            labels.push(class as u32);
        }
        Dataset::new(inputs, labels, n_classes)
    }

    /// The rows of L for each covariance; none if there are none.
    fn factors(&self) -> Result<Vec<Vec<Vec<f64>>>, String> {
        let (d, n_classes) = self.extent();
        let Some(covariances) = &self.covariances else { return Ok(Vec::new()) };
        if covariances.len() != 1 && covariances.len() != n_classes {
            return Err(format!(
                "found {}, expected 1 for all classes or {n_classes}, one a class",
                covariances.len()
            ));
        }
        let factor = |(i, matrix): (usize, &Vec<Vec<Finite>>)| {
            if matrix.len() != d || matrix.iter().any(|row| row.len() != d) {
                return Err(format!("covariance {i} is not {d} × {d}, as the {d} features need"));
            }
            let at = |i: usize, j: usize| matrix[i][j].get();
            if let Some((row, column)) = pairs(d).find(|(i, j)| at(*i, *j) != at(*j, *i)) {
                return Err(format!("covariance {i} is not symmetric, at row {row} and column {column}"));
            }
            cholesky(d, at).ok_or_else(|| format!("covariance {i} is not positive definite"))
        };
        covariances.iter().enumerate().map(factor).collect()
    }
}

fn pairs(d: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..d).flat_map(|i| (0..i).map(move |j| (i, j)))
}

/// The first class whose cumulated probability is above `u`.
fn choose(probabilities: &[f64], u: f64) -> usize {
    let mut below = 0.0;
    let is_beyond = |probability: &f64| {
        below += probability;
        u < below
    };
    // Rounding may leave the sum a little below 1.
    probabilities.iter().position(is_beyond).unwrap_or(probabilities.len() - 1)
}

/// The rows of L, lower triangular with L Lᵀ = A; `None` if A is not positive definite.
fn cholesky(d: usize, a: impl Fn(usize, usize) -> f64) -> Option<Vec<Vec<f64>>> {
    let mut rows = vec![vec![0.0; d]; d];
    for i in 0..d {
        for j in 0..=i {
            let rest = a(i, j) - dot(&rows[i][..j], &rows[j][..j]);
            rows[i][j] = if i == j { rest.sqrt() } else { rest / rows[j][j] };
        }
        if !(rows[i][i] > 0.0 && rows[i][i].is_finite()) {
            return None;
        }
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counts, mean, points, read, stream};
    use super::*;

    const MIXTURE: &str = "samples = 1
        means = [[1, -2], [0, 3]]
        covariances = [[[4, -1.2], [-1.2, 1]], [[0.25, 0], [0, 9]]]
        weights = [1, 3]";

    #[test]
    fn means_covariances_and_frequencies_are_those_asked_for() {
        let mixture: GaussianMixture = read(MIXTURE);
        mixture.check().unwrap();
        let dataset = mixture.generate(80_000, &mut stream());
        let counts = counts(&dataset);
        // Five standard errors of a share: 5 · √(¼ · ¾/80000).
        assert!((counts[0] as f64 / 80_000.0 - 0.25).abs() < 0.0077, "{counts:?}");
        for (class, m, covariance) in
            [(0, [1.0, -2.0], [[4.0, -1.2], [-1.2, 1.0]]), (1, [0.0, 3.0], [[0.25, 0.0], [0.0, 9.0]])]
        {
            let points = points(&dataset, class);
            let root = (points.len() as f64).sqrt();
            for i in 0..2 {
                let error = mean(points.iter().map(|p| p[i])) - m[i];
                assert!(error.abs() < 5.0 * f64::sqrt(covariance[i][i]) / root);
                for j in 0..2 {
                    let found = mean(points.iter().map(|p| (p[i] - m[i]) * (p[j] - m[j])));
                    // The variance of such a product is Σ_ii Σ_jj + Σ_ij².
                    let of_product: f64 = covariance[i][i] * covariance[j][j] + covariance[i][j].powi(2);
                    let error = (found - covariance[i][j]).abs();
                    assert!(error < 5.0 * of_product.sqrt() / root, "class {class}: {i}, {j}");
                }
            }
        }
    }

    #[test]
    fn one_covariance_is_for_all_and_none_is_the_identity() {
        let of =
            |text: &str| -> GaussianMixture { read(&format!("samples = 1\nmeans = [[0], [5]]\n{text}")) };
        let plain = of("").generate(50, &mut stream());
        assert_eq!(of("covariances = [[[1]]]").generate(50, &mut stream()), plain);
        let wide = of("covariances = [[[4]]]").generate(50, &mut stream());
        let (plain, wide) = (plain.inputs.to_array::<f64>(), (wide.inputs.to_array::<f64>(), wide.labels));
        for i in 0..50 {
            let m = f64::from(wide.1[i]) * 5.0;
            // Two roundings of numbers below 16.
            assert!((wide.0[[i, 0]] - m - 2.0 * (plain[[i, 0]] - m)).abs() < 1e-14);
        }
    }

    #[test]
    fn a_power_law_makes_classes_rare() {
        let mixture: GaussianMixture = read("samples = 1\nmeans = [[0], [1], [2], [3]]\nexponent = 1");
        // 1 + ½ + ⅓ + ¼ = 25/12.
        for (found, expected) in mixture.probabilities().iter().zip([0.48, 0.24, 0.16, 0.12]) {
            assert!((found - expected).abs() < 1e-15, "{found}");
        }
        let even: GaussianMixture = read("samples = 1\nmeans = [[0], [1]]");
        assert_eq!(even.probabilities(), [0.5, 0.5]);
        assert_eq!(
            [0.0, 0.47, 0.49, 0.9, 0.99].map(|u| choose(&mixture.probabilities(), u)),
            [0, 0, 1, 3, 3]
        );
    }

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        for (text, key, expected) in [
            ("means = [[0]]", "means", "found 1 means, expected at least 2: one a class"),
            ("means = [[0], [1, 2]]", "means", "mean 1 has 2 numbers, but the first has 1"),
            ("means = [[], []]", "means", "a mean has no numbers, expected one a feature"),
            ("means = [[0], [1]]\nweights = [1]", "weights", "found 1, expected 2: one a class"),
            (
                "means = [[0], [1]]\nweights = [1, 1]\nexponent = 1",
                "exponent",
                "the frequencies are given by `weights` already; remove one of both",
            ),
            (
                "means = [[0], [1], [2]]\ncovariances = [[[1]], [[1]]]",
                "covariances",
                "found 2, expected 1 for all classes or 3, one a class",
            ),
            (
                "means = [[0, 0], [1, 1]]\ncovariances = [[[1, 0]]]",
                "covariances",
                "covariance 0 is not 2 × 2, as the 2 features need",
            ),
            (
                "means = [[0, 0], [1, 1]]\ncovariances = [[[1, 0.5], [0.4, 1]]]",
                "covariances",
                "covariance 0 is not symmetric, at row 1 and column 0",
            ),
            (
                "means = [[0, 0], [1, 1]]\ncovariances = [[[1, 2], [2, 1]]]",
                "covariances",
                "covariance 0 is not positive definite",
            ),
        ] {
            let error = read::<GaussianMixture>(&format!("samples = 1\n{text}")).check().unwrap_err();
            assert_eq!((error.key, error.text.as_str()), (key, expected));
        }
    }
}
