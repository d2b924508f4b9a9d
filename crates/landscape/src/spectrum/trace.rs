//! The trace from few products: estimates with standard errors.

use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Stream, vector};

use super::krylov::{normalise, orthogonalise, signs};
use super::operator::Checked;
use super::{Operator, SpectrumError};
use crate::Estimate;

/// Hutchinson's estimate of tr(A) from `samples` products.
///
/// ```text
/// tr(A) = E[zᵀAz],   zᵢ = ±1;   variance of a sample 2·Σ_{i≠j} Aᵢⱼ²
/// ```
/// M. F. Hutchinson, *A stochastic estimator of the trace of the influence matrix for Laplacian smoothing
/// splines*, Communications in Statistics 18 (1989). Allocates 2d numbers.
///
/// # Errors
/// [`SpectrumError::NotFinite`].
pub fn hutchinson(
    operator: &mut dyn Operator,
    samples: Count,
    stream: &mut Stream,
) -> Result<Estimate, SpectrumError> {
    let mut operator = Checked::new(operator);
    let (mut z, mut product) = (vec![0.0; operator.dim()], vec![0.0; operator.dim()]);
    let mut values = Vec::with_capacity(samples.size());
    for _ in 0..samples.get() {
        signs(stream, &mut z);
        operator.apply(&z, &mut product)?;
        values.push(vector::dot(&z, &product));
    }
    Ok(Estimate::of_mean(&values))
}

/// Hutch++: the trace in a subspace where most of the matrix is, exactly, and that of the rest by
/// Hutchinson's estimate.
///
/// ```text
/// Q = orth(A S),   tr(A) ≈ tr(QᵀAQ) + (1/n) Σ zᵢᵀ(I − QQᵀ) A (I − QQᵀ)zᵢ
/// ```
/// S and the zᵢ are n = `samples` vectors of signs each; 3n products. The error of the mean falls as 1/n
/// where the eigenvalues have one sign, that of Hutchinson's as 1/√n. It has no bias, and the standard error
/// is that of the second part. R. A. Meyer, C. Musco, C. Musco and D. P. Woodruff, *Hutch++: optimal
/// stochastic trace estimation*, SOSA 2021, algorithm 1. Allocates (n + 2)·d numbers.
///
/// # Errors
/// [`SpectrumError::NotFinite`].
pub fn hutch_plus_plus(
    operator: &mut dyn Operator,
    samples: Count,
    stream: &mut Stream,
) -> Result<Estimate, SpectrumError> {
    let mut operator = Checked::new(operator);
    let dim = operator.dim();
    let (mut z, mut product) = (vec![0.0; dim], vec![0.0; dim]);
    let mut basis: Vec<f64> = Vec::with_capacity(samples.size().min(dim) * dim);
    for _ in 0..samples.get() {
        if basis.len() == dim * dim {
            break;
        }
        signs(stream, &mut z);
        operator.apply(&z, &mut product)?;
        let before = vector::norm(&product);
        orthogonalise(&basis, &mut product);
        // A matrix of lower rank leaves rounding alone.
        if vector::norm(&product) > dim as f64 * f64::EPSILON * before {
            normalise(&mut product);
            orthogonalise(&basis, &mut product);
            normalise(&mut product);
            basis.extend_from_slice(&product);
        }
    }
    let mut exact = 0.0;
    for q in basis.chunks_exact(dim) {
        operator.apply(q, &mut product)?;
        exact += vector::dot(q, &product);
    }
    let mut rest = Vec::with_capacity(samples.size());
    for _ in 0..samples.get() {
        signs(stream, &mut z);
        orthogonalise(&basis, &mut z);
        operator.apply(&z, &mut product)?;
        rest.push(vector::dot(&z, &product));
    }
    let rest = Estimate::of_mean(&rest);
    Ok(Estimate { value: exact + rest.value, ..rest })
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;
    use crate::spectrum::testing::rotated;

    fn stream(index: u64) -> Stream {
        Streams::new(11, 0).stream("trace", index)
    }

    #[test]
    fn both_estimates_cover_the_trace_as_often_as_their_errors_say() {
        // Some large eigenvalues and many small ones, of both signs: what Hutch++ is made for.
        let exact: Vec<f64> =
            (0..80).map(|i| if i < 6 { 200.0 - f64::from(i) } else { f64::from(i % 5) - 1.5 }).collect();
        let trace: f64 = exact.iter().sum();
        let mut dense = rotated(&exact, 4);
        let runs = 400;
        let mut spread = [0.0_f64; 2];
        for (which, spread) in spread.iter_mut().enumerate() {
            let mut within = 0;
            for run in 0..runs {
                // 30 products each.
                let estimate = match which {
                    0 => hutchinson(&mut dense, Count::of(30), &mut stream(run)),
                    _ => hutch_plus_plus(&mut dense, Count::of(10), &mut stream(run)),
                };
                let estimate = estimate.unwrap();
                within += usize::from((estimate.value - trace).abs() <= 2.0 * estimate.standard_error);
                *spread += (estimate.value - trace).powi(2) / runs as f64;
            }
            // Student's t with 29 and 9 degrees of freedom is within ±2 in 94.5 and 92.3 % of the cases; four
            // binomial standard errors of 400 runs are 5 %.
            assert!((0.87..0.99).contains(&(within as f64 / runs as f64)), "{which}: {within}");
        }
        // Hutchinson's variance is 2 Σ_{i≠j} Aᵢⱼ² / 30, by itself known to √(2/400) = 7 %; four of these.
        let entries = dense.entries();
        let all = vector::dot(entries, entries);
        let diagonal: f64 = entries.iter().step_by(81).map(|a| a * a).sum();
        let variance = 2.0 * (all - diagonal) / 30.0;
        assert!((spread[0] / variance - 1.0).abs() < 0.28, "{} {variance}", spread[0]);
        assert!(spread[1] < spread[0] / 50.0, "{spread:?}");
    }

    #[test]
    fn hutch_plus_plus_is_exact_where_the_rank_is_small() {
        let mut exact = [0.0; 23];
        exact[..4].copy_from_slice(&[5.0, -3.0, 2.0, 0.5]);
        let estimate = hutch_plus_plus(&mut rotated(&exact, 5), Count::of(6), &mut stream(0)).unwrap();
        // Rounding of some hundred numbers up to 5; the fifth and sixth direction hold nothing else.
        assert!((estimate.value - 4.5).abs() < 1e-12 && estimate.standard_error < 1e-12, "{estimate:?}");
        let whole = hutch_plus_plus(&mut rotated(&[1.0, 2.0, 4.0], 5), Count::of(9), &mut stream(0)).unwrap();
        assert!((whole.value - 7.0).abs() < 1e-13, "{whole:?}");
    }
}
