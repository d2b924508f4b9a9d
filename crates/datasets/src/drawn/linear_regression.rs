//! Numbers that a linear teacher gives, through noise: the regression of which theory knows most.

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;
use thalweg_numeric::bounded::{Count, NonNegative};

use super::{SettingsError, dot, teacher_weights};
use crate::{Dataset, Transform};

/// Numbers that a linear teacher gives, seen through noise.
///
/// ```text
/// y = A x + σξ,   ξ ~ N(0, I_K),   A = Σᵢ sᵢ uᵢ vᵢᵀ
/// inputs = "normal":       xⱼ ~ N(0, j^−a),   j = 1 … d
/// inputs = "orthogonal":   sample i is √(d j^−a) eⱼ,   j = i mod d + 1
/// ```
/// Orthogonal inputs have the covariance of the normal ones to the bit where the samples are a multiple of d.
/// The directions uᵢ and vᵢ, of length 1 and orthogonal to each other, are those of normal vectors from the
/// seed of the teacher alone: they are the same for training and test sets and in all replicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LinearRegression {
    /// The number of samples for training.
    pub samples: Count,
    /// d, the number of features, default 10.
    #[serde(default = "default_features")]
    pub features: Count,
    /// K, the number of targets, default 1.
    #[serde(default = "default_targets")]
    pub targets: Count,
    /// s, the singular values of the teacher: at most as many as there are features and as there are targets.
    /// Default one of 1.
    #[serde(default = "default_singular_values")]
    pub singular_values: Vec<NonNegative>,
    /// a, by which the variances of the features fall as a power of their number. Default 0: all are 1.
    #[serde(default = "zero")]
    pub exponent: NonNegative,
    /// How the inputs are chosen, default normal.
    #[serde(default)]
    pub inputs: LinearInputs,
    /// σ, the standard deviation of the noise on each target, default 0.1.
    #[serde(default = "default_noise")]
    pub noise: NonNegative,
    /// What the directions of the teacher are drawn from, default 0.
    #[serde(default)]
    pub teacher: u64,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// How inputs are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LinearInputs {
    /// At random, from a normal distribution.
    #[default]
    Normal,
    /// One feature after another, alone.
    Orthogonal,
}

fn default_features() -> Count {
    Count::of(10)
}

fn default_targets() -> Count {
    Count::of(1)
}

fn default_singular_values() -> Vec<NonNegative> {
    vec![NonNegative::of(1.0)]
}

fn zero() -> NonNegative {
    NonNegative::of(0.0)
}

fn default_noise() -> NonNegative {
    NonNegative::of(0.1)
}

impl LinearRegression {
    /// The numbers of features and targets.
    pub fn extent(&self) -> (usize, usize) {
        (self.features.size(), self.targets.size())
    }

    /// Whether there are no more singular values than a matrix of this shape has.
    ///
    /// # Errors
    /// [`SettingsError`] if there are.
    pub fn check(&self) -> Result<(), SettingsError> {
        let (d, k) = self.extent();
        let (found, most) = (self.singular_values.len(), d.min(k));
        if found > most {
            let text = format!("found {found}, expected at most {most}: a matrix of {k} × {d} has no more");
            return Err(SettingsError::new("singular-values", text));
        }
        Ok(())
    }

    /// A, one row a target: `[K, d]`.
    pub fn matrix(&self) -> Vec<Vec<f64>> {
        let (d, k) = self.extent();
        let drawn = teacher_weights(self.teacher, self.singular_values.len(), d + k, 1.0);
        let halves = drawn.iter().map(|row| (row[..d].to_vec(), row[d..].to_vec()));
        let (right, left): (Vec<_>, Vec<_>) = halves.unzip();
        let (right, left) = (orthogonal(right), orthogonal(left));
        let mut matrix = vec![vec![0.0; d]; k];
        for ((s, u), v) in self.singular_values.iter().zip(&left).zip(&right) {
            for (row, u) in matrix.iter_mut().zip(u) {
                row.iter_mut().zip(v).for_each(|(a, v)| *a += s.get() * u * v);
            }
        }
        matrix
    }

    /// Draws `samples` samples.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn generate(&self, samples: usize, stream: &mut Stream) -> Dataset {
        let ((d, k), matrix) = (self.extent(), self.matrix());
        let deviation = |j: usize| libm::pow((j + 1) as f64, -0.5 * self.exponent.get());
        let deviations: Vec<f64> = (0..d).map(deviation).collect();
        let (mut inputs, mut targets) = (Array2::zeros((samples, d)), Array2::zeros((samples, k)));
        let mut x = vec![0.0; d];
        for (i, (mut point, mut answers)) in inputs.rows_mut().into_iter().zip(targets.rows_mut()).enumerate()
        {
            match self.inputs {
                LinearInputs::Normal => x.fill_with(|| stream.normal()),
                LinearInputs::Orthogonal => {
                    x.fill(0.0);
                    x[i % d] = (d as f64).sqrt();
                }
            }
            x.iter_mut().zip(&deviations).for_each(|(x, deviation)| *x *= deviation);
            point.iter_mut().zip(&x).for_each(|(to, x)| *to = *x);
            for (answer, row) in answers.iter_mut().zip(&matrix) {
                *answer = dot(row, &x) + self.noise.get() * stream.normal();
            }
        }
        Dataset::regression(inputs, targets).expect("as many finite targets as samples")
    }
}

/// Vectors of length 1 that are orthogonal to each other, each from one of the given by taking away what lies
/// along those before it (Gram and Schmidt, twice for the sake of rounding).
fn orthogonal(mut vectors: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for i in 0..vectors.len() {
        let (before, rest) = vectors.split_at_mut(i);
        let vector = &mut rest[0];
        for other in before.iter().chain(before.iter()) {
            let along = dot(vector, other);
            vector.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
        }
        let length = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vectors
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mean, read, stream};
    use super::*;

    #[test]
    fn the_matrix_has_the_singular_values_that_it_was_given() {
        let data: LinearRegression =
            read("samples = 1\nfeatures = 5\ntargets = 3\nsingular-values = [3, 1, 0.5]\nteacher = 4");
        let matrix = data.matrix();
        // The traces of AAᵀ and of its square are Σs² and Σs⁴.
        let gram: Vec<Vec<f64>> = matrix.iter().map(|a| matrix.iter().map(|b| dot(a, b)).collect()).collect();
        let trace: f64 = (0..3).map(|i| gram[i][i]).sum();
        let square: f64 = gram.iter().flatten().map(|x| x * x).sum();
        // Some tens of roundings of numbers up to 81.
        assert!((trace - 10.25).abs() < 1e-12 && (square - 82.0625).abs() < 1e-11, "{trace} {square}");
        assert_ne!(matrix, LinearRegression { teacher: 5, ..data.clone() }.matrix());
    }

    #[test]
    fn targets_without_noise_are_those_of_the_matrix() {
        let data: LinearRegression =
            read("samples = 1\nfeatures = 4\ntargets = 2\nsingular-values = [2, 1]\nnoise = 0\nexponent = 1");
        let (dataset, matrix) = (data.generate(50, &mut stream()), data.matrix());
        let (inputs, targets) = (dataset.inputs.to_array::<f64>(), dataset.numbers.unwrap());
        for (x, y) in inputs.rows().into_iter().zip(targets.rows()) {
            let expected: Vec<f64> = matrix.iter().map(|row| dot(row, &x.to_vec())).collect();
            assert_eq!(y.to_vec(), expected);
        }
    }

    #[test]
    fn features_and_noise_have_their_variances() {
        let data: LinearRegression = read("samples = 1\nfeatures = 3\nexponent = 2\nnoise = 0.5");
        let (dataset, matrix) = (data.generate(40_000, &mut stream()), data.matrix());
        let (inputs, targets) = (dataset.inputs.to_array::<f64>(), dataset.numbers.unwrap());
        for (j, variance) in [1.0, 0.25, 1.0 / 9.0].into_iter().enumerate() {
            let found = mean(inputs.column(j).iter().map(|x| x * x));
            // Five standard errors of a variance: √2/200 of it.
            assert!((found / variance - 1.0).abs() < 5.0 * 0.007_071, "{j}: {found}");
        }
        let errors = inputs.rows().into_iter().zip(&targets).map(|(x, y)| y - dot(&matrix[0], &x.to_vec()));
        assert!((mean(errors.map(|e| e * e)) / 0.25 - 1.0).abs() < 5.0 * 0.007_071);
    }

    #[test]
    fn orthogonal_inputs_have_the_covariance_exactly() {
        let data: LinearRegression = read("samples = 1\nfeatures = 4\ninputs = 'orthogonal'\nexponent = 2");
        let inputs = data.generate(8, &mut stream()).inputs.to_array::<f64>();
        let covariance = inputs.t().dot(&inputs) / 8.0;
        let expected =
            Array2::from_shape_fn((4, 4), |(i, j)| if i == j { 1.0 / ((i + 1) as f64).powi(2) } else { 0.0 });
        // Rounding of the square root and of its square.
        assert!((covariance - expected).iter().all(|x| x.abs() < 1e-15));
    }

    #[test]
    fn more_singular_values_than_the_matrix_has_are_refused() {
        let data: LinearRegression =
            read("samples = 1\nfeatures = 4\ntargets = 2\nsingular-values = [1, 1, 1]");
        let error = data.check().unwrap_err();
        assert_eq!(error.key, "singular-values");
        assert_eq!(error.text, "found 3, expected at most 2: a matrix of 2 × 4 has no more");
        let none: LinearRegression = read("samples = 1\nsingular-values = []");
        assert_eq!((none.check(), none.matrix()), (Ok(()), vec![vec![0.0; 10]]));
    }
}
