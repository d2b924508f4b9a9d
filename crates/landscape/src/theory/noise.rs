//! Where the noise of the gradients keeps an optimizer that has come to a minimum.

use super::stability::heavy_ball_edge;

/// The variance of θ that SGD has in the long run, on one mode with gradients λθ + ξ, Var ξ = `variance`.
///
/// ```text
/// V = (1 − ηλ)² V + η²C   ⇒   V = ηC/(λ(2 − ηλ))
/// ```
/// C is the `variance` of the noise in the gradient of one step. Infinite where nothing holds θ back: for λ ≤
/// 0, and from the edge λ = 2/η on. S. Mandt, M. D. Hoffman and D. M. Blei, *Stochastic gradient descent as
/// approximate Bayesian inference*, JMLR 18 (2017), has the limit ηC/2λ of small steps.
pub fn sgd_variance(lr: f64, lambda: f64, variance: f64) -> f64 {
    heavy_ball_variance(lr, 0.0, lambda, variance)
}

/// The same for the heavy ball, p ← βp + g and θ ← θ − ηp.
///
/// ```text
/// V = ηC(1 + β)/(λ(1 − β)(2(1 + β) − ηλ))
/// ```
/// Without p the recursion is θ_{k+1} = (1 + β − ηλ)θ_k − βθ_{k−1} − ηξ_k, an autoregression of second order
/// with φ₁ = 1 + β − ηλ and φ₂ = −β, whose variance is η²C(1 − φ₂)/((1 + φ₂)((1 − φ₂)² − φ₁²)) (G. E. P. Box
/// and G. M. Jenkins, *Time Series Analysis* (1976)). Infinite for λ ≤ 0, and from the edge λ = 2(1 + β)/η
/// on. For small steps it is SGD's with the learning rate η/(1 − β).
pub fn heavy_ball_variance(lr: f64, beta: f64, lambda: f64, variance: f64) -> f64 {
    if lambda <= 0.0 || lambda >= heavy_ball_edge(lr, beta) {
        return f64::INFINITY;
    }
    lr * variance * (1.0 + beta) / (lambda * (1.0 - beta) * (2.0 * (1.0 + beta) - lr * lambda))
}

/// How much of the covariance S of single gradients is in the mean over a batch.
///
/// ```text
/// Cov(g_B) = S/B · (N − B)/(N − 1)       drawn without replacement
/// ```
/// B of N samples; S = (1/N) Σᵢ (gᵢ − g)(gᵢ − g)ᵀ. With replacement it is 1/B. W. G. Cochran, *Sampling
/// Techniques* (1977), theorem 2.2. The batches of one epoch are not independent: they sum to the full
/// gradient. A batch of as many samples as there are, or more, is all of them and has no noise.
pub fn batch_noise(batch: u64, samples: u64) -> f64 {
    if samples <= batch {
        return 0.0;
    }
    let (b, n) = (batch as f64, samples as f64);
    (n - b) / (b * (n - 1.0))
}

/// The simple noise scale: the batch at which noise and gradient are of one size.
///
/// ```text
/// tr(S)/‖g‖²
/// ```
/// S is the covariance of single gradients, g the full gradient with ‖g‖² = `gradient_square`. S. McCandlish,
/// J. Kaplan, D. Amodei et al., *An empirical model of large-batch training*, 2018.
pub fn noise_scale(covariance_trace: f64, gradient_square: f64) -> f64 {
    covariance_trace / gradient_square
}

/// The temperature of SGD: that of Langevin dynamics with as much noise in the mean over all directions.
///
/// ```text
/// T = η tr(C)/(2d)       θ ← θ − η∇L + √(2ηT) ζ,   ζ ~ N(0, I)
/// ```
/// C is the covariance of the gradients of batches, S/B for batches drawn with replacement; d is the number
/// of parameters: 2ηT d = η² tr(C). SGD's noise is not the same in all directions, so this is a scale and no
/// equilibrium. S. Jastrzębski et al., *Three factors influencing minima in SGD*, 2018.
pub fn temperature(lr: f64, covariance_trace: f64, dim: usize) -> f64 {
    lr * covariance_trace / (2.0 * dim as f64)
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;

    /// Solves X = M X Mᵀ + N for symmetric X and N, as three linear equations in X₁₁, X₁₂ and X₂₂.
    fn lyapunov([[a, b], [c, d]]: [[f64; 2]; 2], [n11, n12, n22]: [f64; 3]) -> [f64; 3] {
        let mut rows = [
            [1.0 - a * a, -2.0 * a * b, -b * b, n11],
            [-a * c, 1.0 - a * d - b * c, -b * d, n12],
            [-c * c, -2.0 * c * d, 1.0 - d * d, n22],
        ];
        // Gauss and Jordan; the pivots of the cases below are far from 0.
        for pivot in 0..3 {
            rows[pivot] = rows[pivot].map(|x| x / rows[pivot][pivot]);
            let line = rows[pivot];
            for (_, other) in rows.iter_mut().enumerate().filter(|(row, _)| *row != pivot) {
                let factor = other[pivot];
                other.iter_mut().zip(line).for_each(|(x, y)| *x -= factor * y);
            }
        }
        rows.map(|row| row[3])
    }

    #[test]
    fn stationary_variances_solve_the_lyapunov_equation() {
        for (lr, beta, l, c) in [(0.1, 0.9, 3.0, 2.0), (0.5, 0.3, 3.0, 0.7), (0.02, 0.0, 90.0, 5.0)] {
            // (θ, p) → (θ − η(βp + λθ + ξ), βp + λθ + ξ): the noise has the direction (−η, 1).
            let step = [[1.0 - lr * l, -lr * beta], [l, beta]];
            let [variance, ..] = lyapunov(step, [lr * lr * c, -lr * c, c]);
            let predicted = heavy_ball_variance(lr, beta, l, c);
            // Rounding, enlarged by the condition of three equations.
            assert!((variance / predicted - 1.0).abs() < 1e-12, "{variance} {predicted}");
        }
        let (lr, l, c) = (0.02, 90.0, 5.0);
        // The second form of one formula: rounding.
        assert!((sgd_variance(lr, l, c) - lr * c / (l * (2.0 - lr * l))).abs() < 1e-15);
        assert_eq!(sgd_variance(0.1, 20.0, 1.0), f64::INFINITY);
        assert_eq!(sgd_variance(0.1, 0.0, 1.0), f64::INFINITY);
        assert_eq!(heavy_ball_variance(0.1, 0.5, 30.0, 1.0), f64::INFINITY);
        assert!(heavy_ball_variance(0.1, 0.5, 29.0, 1.0).is_finite());
    }

    #[test]
    fn many_runs_have_the_predicted_variance() {
        let mut stream = Streams::new(3, 0).stream("runs", 0);
        let (lr, l, c) = (0.4, 1.5, 2.0_f64);
        for beta in [0.0, 0.6] {
            let runs = 20_000;
            let mut squares = 0.0;
            for _ in 0..runs {
                let (mut theta, mut p) = (0.0, 0.0);
                // The roots are at most 0.78 in size: after 60 steps 1e-6 of the start is left.
                for _ in 0..60 {
                    p = beta * p + l * theta + c.sqrt() * stream.normal();
                    theta -= lr * p;
                }
                squares += theta * theta / f64::from(runs);
            }
            let predicted = heavy_ball_variance(lr, beta, l, c);
            // A variance of n normal numbers is known to √(2/n) = 1 %; four of these.
            assert!((squares / predicted - 1.0).abs() < 0.04, "{squares} {predicted}");
        }
    }

    #[test]
    fn all_batches_have_the_predicted_noise() {
        let gradients = [1.0, -2.0, 0.5, 4.0, 3.0_f64];
        let mean = gradients.iter().sum::<f64>() / 5.0;
        let single = gradients.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / 5.0;
        for size in 1..=5 {
            let batches: Vec<u32> = (0..32_u32).filter(|set| set.count_ones() == size).collect();
            let of = |set: &u32| {
                let sum: f64 = (0..5).filter(|i| set >> i & 1 == 1).map(|i| gradients[i]).sum();
                (sum / f64::from(size) - mean).powi(2)
            };
            let variance = batches.iter().map(of).sum::<f64>() / batches.len() as f64;
            // Some tens of roundings of numbers up to 8.
            assert!((variance - single * batch_noise(size.into(), 5)).abs() < 1e-14, "{size}");
        }
        assert_eq!((batch_noise(1, 1), batch_noise(7, 5)), (0.0, 0.0));
    }

    #[test]
    fn langevin_dynamics_at_the_temperature_have_the_noise_of_sgd() {
        // 2ηT·d = η² tr(C), with powers of two: exact.
        let (lr, trace) = (0.25, 32.0);
        assert_eq!(2.0 * lr * temperature(lr, trace, 16) * 16.0, lr * lr * trace);
        assert_eq!(noise_scale(32.0, 4.0), 8.0);
    }
}
