//! Gradient noise: how the gradients of single samples scatter around their mean, and what batches make of
//! it.
//!
//! * [`GradientNoise`]: mean and covariance S of a matrix of per-sample gradients, and the scales that follow
//!   from them.
//! * [`Spectrum`]: the directions of most noise.
//! * [`Alignment`]: whether the noise lies where the curvature is.
//! * [`batch_bias`] and [`autocorrelation`]: what a sampler really delivers, batch by batch.
//!
//! S is never formed: with d parameters it has d² entries, but its rank is below n.

mod alignment;
mod batches;
mod spectrum;

use ndarray::{ArrayView2, Axis};
use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_numeric::vector;

pub use alignment::{Alignment, frobenius_norm};
pub use batches::{BatchBias, autocorrelation, batch_bias};
pub use spectrum::Spectrum;

use crate::theory;

/// Gradients without a covariance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoiseError {
    /// A scatter needs two rows and a column.
    #[error(
        "{rows} gradients of {parameters} parameters have no covariance, expected at least 2 of at least 1"
    )]
    TooFew {
        /// n
        rows: usize,
        /// d
        parameters: usize,
    },
    /// NaN or infinity, as after a divergence.
    #[error("gradient {row} is not finite at parameter {parameter}")]
    NotFinite {
        /// Which gradient.
        row: usize,
        /// Which of its entries.
        parameter: usize,
    },
    /// The eigenvalues of the Gram matrix were not found.
    #[error("the eigenvalues of the {rows} × {rows} Gram matrix do not converge")]
    NoConvergence {
        /// n
        rows: usize,
    },
}

/// How the samples of a batch are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// Each sample anew from all n.
    WithReplacement,
    /// No sample twice in a batch.
    WithoutReplacement,
}

/// Mean and scatter of per-sample gradients gᵢ ∈ ℝᵈ at one θ.
///
/// ```text
/// ḡ = (1/n) Σ gᵢ,   S = (1/n) Σ (gᵢ − ḡ)(gᵢ − ḡ)ᵀ
/// ```
/// S is the covariance of the n rows as a population (divided by n): with all training samples as rows, it is
/// the exact covariance of a gradient at random. Only [`sample_trace`](Self::sample_trace) and
/// [`noise_scale_estimate`](Self::noise_scale_estimate) take the rows as a sample of more (divided by n − 1).
///
/// ```
/// use ndarray::array;
/// use thalweg_landscape::noise::GradientNoise;
///
/// let noise = GradientNoise::new(array![[3.0, 0.0], [1.0, 0.0], [2.0, 2.0], [2.0, -2.0]].view())?;
/// assert_eq!(noise.mean(), [2.0, 0.0]);
/// assert_eq!(noise.trace(), 2.5); // variances 1/2 and 2
/// assert_eq!(noise.noise_scale(), 0.625);
/// assert!((noise.spectrum(1)?.share(1) - 0.8).abs() < 1e-15);
/// # Ok::<(), thalweg_landscape::noise::NoiseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct GradientNoise {
    mean: Vec<f64>,
    /// gᵢ − ḡ, one behind the other.
    deviations: Vec<f64>,
}

impl GradientNoise {
    /// From a matrix with one gradient a row, \[n, d\], which is copied.
    ///
    /// # Errors
    /// [`NoiseError::TooFew`] or [`NoiseError::NotFinite`].
    pub fn new(gradients: ArrayView2<'_, f64>) -> Result<Self, NoiseError> {
        let (rows, parameters) = gradients.dim();
        if rows < 2 || parameters == 0 {
            return Err(NoiseError::TooFew { rows, parameters });
        }
        if let Some(((row, parameter), _)) = gradients.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(NoiseError::NotFinite { row, parameter });
        }
        let mean = gradients.mean_axis(Axis(0)).expect("at least 2 rows").to_vec();
        let deviations = gradients
            .rows()
            .into_iter()
            .flat_map(|row| row.into_iter().zip(&mean).map(|(g, m)| g - m))
            .collect();
        Ok(Self { mean, deviations })
    }

    /// ḡ: the full gradient, if the rows are all samples.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// n.
    pub fn n_samples(&self) -> usize {
        self.deviations.len() / self.dim()
    }

    /// d.
    pub fn dim(&self) -> usize {
        self.mean.len()
    }

    /// tr S, divided by n: the mean of ‖gᵢ − ḡ‖².
    pub fn trace(&self) -> f64 {
        vector::dot(&self.deviations, &self.deviations) / self.n_samples() as f64
    }

    /// tr S · n/(n − 1): the unbiased estimate of the trace if the rows are a sample of more.
    pub fn sample_trace(&self) -> f64 {
        vector::dot(&self.deviations, &self.deviations) / (self.n_samples() - 1) as f64
    }

    /// uᵀSu: the variance of a gradient along u, times ‖u‖².
    ///
    /// # Panics
    /// If `u` is not of length d.
    pub fn variance_along(&self, u: &[f64]) -> f64 {
        self.rows().map(|row| vector::dot(row, u).powi(2)).sum::<f64>() / self.n_samples() as f64
    }

    /// ‖S‖ = √tr(S²), Frobenius' norm, by n(n + 1)/2 dot products.
    pub fn norm(&self) -> f64 {
        // S = XᵀX/n and the Gram matrix XXᵀ/n have the same eigenvalues but for zeros, and so the same norm.
        let mut squares = 0.0;
        for (i, row) in self.rows().enumerate() {
            squares += vector::dot(row, row).powi(2);
            squares += self.rows().take(i).map(|other| 2.0 * vector::dot(row, other).powi(2)).sum::<f64>();
        }
        squares.sqrt() / self.n_samples() as f64
    }

    /// In how many directions there is noise, 1 … d: d if it is isotropic, 1 if it has a single direction.
    ///
    /// ```text
    /// tr(S)² / tr(S²)
    /// ```
    /// NaN without any noise. By n(n + 1)/2 dot products.
    pub fn effective_dimension(&self) -> f64 {
        (self.trace() / self.norm()).powi(2)
    }

    /// The factor c in the covariance c·S of the mean gradient of a batch of B.
    ///
    /// ```text
    /// c = 1/B                       with replacement
    /// c = (1/B)·(n − B)/(n − 1)     without; 0 for the full batch
    /// ```
    /// The rows are all samples that a batch may hold; see [`theory::batch_noise`].
    pub fn batch_factor(&self, draw: Draw, batch_size: Count) -> f64 {
        match draw {
            Draw::WithReplacement => 1.0 / batch_size.get() as f64,
            Draw::WithoutReplacement => theory::batch_noise(batch_size.get(), self.n_samples() as u64),
        }
    }

    /// Writes the noise of one batch, its mean gradient minus ḡ, into `out`.
    ///
    /// # Panics
    /// If the batch is empty or names a sample that is not there, or `out` is not of length d.
    pub fn batch_noise(&self, batch: &[u32], out: &mut [f64]) {
        assert!(!batch.is_empty(), "the gradient of an empty batch is undefined");
        out.fill(0.0);
        for index in batch {
            let start = *index as usize * self.dim();
            vector::axpy(1.0 / batch.len() as f64, &self.deviations[start..start + self.dim()], out);
        }
    }

    /// The simple noise scale: about the batch size above which larger batches cease to pay.
    ///
    /// ```text
    /// B_simple = tr(S) / ‖ḡ‖²
    /// ```
    /// The rows are taken as all samples. Infinite where the full gradient vanishes, NaN if all gradients do.
    ///
    /// S. McCandlish, J. Kaplan et al., *An empirical model of large-batch training* (2018).
    pub fn noise_scale(&self) -> f64 {
        theory::noise_scale(self.trace(), vector::dot(&self.mean, &self.mean))
    }

    /// The simple noise scale of a larger set, of which the rows are an independent sample.
    ///
    /// ```text
    /// s / (‖ḡ‖² − s/n),   s = tr(S)·n/(n − 1)
    /// ```
    /// Numerator and denominator are unbiased: noise alone makes ‖ḡ‖² larger by s/n. Infinite if the mean
    /// gradient is not longer than noise makes it, NaN if all gradients vanish.
    ///
    /// McCandlish et al. (2018), appendix A.1 with B_small = 1 and B_big = n.
    pub fn noise_scale_estimate(&self) -> f64 {
        let trace = self.sample_trace();
        let square = vector::dot(&self.mean, &self.mean) - trace / self.n_samples() as f64;
        theory::noise_scale(trace, square.max(0.0))
    }

    /// The temperature of isotropic Langevin noise with as much energy as that of batches, in units of the
    /// loss.
    ///
    /// ```text
    /// T = η·c·tr(S)/(2d),   c the batch factor;  with replacement ηtr(S)/(2Bd)
    /// ```
    /// A step adds noise of covariance η²cS, Langevin dynamics over a time η add 2ηT·I; T makes the traces
    /// equal. It says nothing of the directions, and takes the noise of successive batches as independent,
    /// which within an epoch it is not (see [`autocorrelation`]).
    ///
    /// S. Mandt, M. D. Hoffman and D. M. Blei, *Stochastic gradient descent as approximate Bayesian
    /// inference*, JMLR 18 (2017): dθ = −η g dt + η/√B · S^{1/2} dW, here with time in units of η.
    pub fn effective_temperature(&self, lr: NonNegative, draw: Draw, batch_size: Count) -> f64 {
        theory::temperature(lr.get(), self.batch_factor(draw, batch_size) * self.trace(), self.dim())
    }

    /// gᵢ − ḡ, sample by sample.
    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.deviations.chunks_exact(self.dim())
    }
}

#[cfg(test)]
mod tests;
