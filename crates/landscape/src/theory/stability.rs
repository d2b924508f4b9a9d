//! Which curvature a step can bear, and how fast it gets to the minimum below that.

/// The largest curvature at which gradient descent is stable.
///
/// ```text
/// λ < 2/η
/// ```
/// J. M. Cohen, S. Kaur, Y. Li, J. Z. Kolter and A. Talwalkar, *Gradient descent on neural networks typically
/// occurs at the edge of stability*, ICLR 2021.
pub fn gradient_descent_edge(lr: f64) -> f64 {
    2.0 / lr
}

/// The largest curvature at which the heavy ball is stable, p ← βp + g and θ ← θ − ηp.
///
/// ```text
/// λ < 2(1 + β)/η
/// ```
/// Cohen et al. 2021.
pub fn heavy_ball_edge(lr: f64, beta: f64) -> f64 {
    2.0 * (1.0 + beta) / lr
}

/// The same for Nesterov's momentum, p ← βp + g and θ ← θ − η(βp + g).
///
/// ```text
/// λ < 2(1 + β)/((1 + 2β)η)
/// ```
/// Cohen et al. 2021.
pub fn nesterov_edge(lr: f64, beta: f64) -> f64 {
    2.0 * (1.0 + beta) / ((1.0 + 2.0 * beta) * lr)
}

/// The same for Adam, with λ an eigenvalue of the [`Preconditioned`](crate::spectrum::Preconditioned)
/// Hessian.
///
/// ```text
/// λ < 2(1 + β₁)/((1 − β₁)η)          38/η at β₁ = 0.9; RMSProp has β₁ = 0
/// ```
/// It is the heavy ball's with the factor 1 − β₁ of Adam's average of gradients, as if the preconditioner
/// stood still. J. M. Cohen et al., *Adaptive gradient methods at the edge of stability*, 2022.
pub fn preconditioned_edge(lr: f64, beta1: f64) -> f64 {
    2.0 * (1.0 + beta1) / ((1.0 - beta1) * lr)
}

/// What gradient descent has left of the error in one mode after k steps.
///
/// ```text
/// θ_k/θ₀ = (1 − ηλ)ᵏ
/// ```
pub fn gradient_descent_error(lr: f64, lambda: f64, steps: u64) -> f64 {
    libm::pow(1.0 - lr * lambda, steps as f64)
}

/// The factor by which the error shrinks in each step of gradient descent with its best learning rate.
///
/// ```text
/// (κ − 1)/(κ + 1)   with η = 2/(λ_max + λ_min)
/// ```
/// B. T. Polyak, *Introduction to Optimization* (1987).
pub fn gradient_descent_rate(condition: f64) -> f64 {
    (condition - 1.0) / (condition + 1.0)
}

/// The same for the heavy ball, in the limit of many steps.
///
/// ```text
/// (√κ − 1)/(√κ + 1)   with η = (2/(√λ_max + √λ_min))² and β = the square of this rate
/// ```
/// B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Computational
/// Mathematics and Mathematical Physics 4 (1964).
pub fn heavy_ball_rate(condition: f64) -> f64 {
    gradient_descent_rate(condition.sqrt())
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Layout;
    use thalweg_numeric::bounded::{Decay, Fraction};
    use thalweg_optimizers::Rule;
    use thalweg_optimizers::rule::{Momentum, Sgd};

    use super::*;

    fn momentum(beta: f64, dampening: f64, nesterov: bool) -> Rule {
        let (beta, dampening) = (Decay::of(beta), Fraction::of(dampening));
        Momentum { beta, dampening, nesterov, ..Momentum::default() }.into()
    }

    /// Each rule with its predicted edge and its step (θ, p) → (θ, p) as a matrix, for a given curvature.
    #[expect(clippy::type_complexity, reason = "rows of a table")]
    fn cases(lr: f64, b: f64) -> [(Rule, f64, Box<dyn Fn(f64) -> [[f64; 2]; 2]>); 4] {
        [
            (
                Rule::from(Sgd::default()),
                gradient_descent_edge(lr),
                Box::new(move |l| [[1.0 - lr * l, 0.0], [0.0, 0.0]]),
            ),
            (
                momentum(b, 0.0, false),
                heavy_ball_edge(lr, b),
                Box::new(move |l| [[1.0 - lr * l, -lr * b], [l, b]]),
            ),
            (
                momentum(b, 0.0, true),
                nesterov_edge(lr, b),
                Box::new(move |l| [[1.0 - lr * (1.0 + b) * l, -lr * b * b], [l, b]]),
            ),
            (
                // Adam with a preconditioner that stands still.
                momentum(b, b, false),
                preconditioned_edge(lr, b),
                Box::new(move |l| [[1.0 - lr * (1.0 - b) * l, -lr * b], [(1.0 - b) * l, b]]),
            ),
        ]
    }

    fn spectral_radius([[a, b], [c, d]]: [[f64; 2]; 2]) -> f64 {
        let (half, determinant) = ((a + d) / 2.0, a * d - b * c);
        let discriminant = half * half - determinant;
        if discriminant < 0.0 { determinant.sqrt() } else { half.abs() + discriminant.sqrt() }
    }

    /// Where `stable` changes from true to false above 0.
    fn bisected(mut high: f64, stable: impl Fn(f64) -> bool) -> f64 {
        let mut low = 0.0;
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if stable(middle) { low = middle } else { high = middle }
        }
        low
    }

    #[test]
    fn edges_are_where_the_spectral_radius_is_one_and_where_the_rules_begin_to_diverge() {
        for (lr, beta) in [(0.1, 0.9), (0.03, 0.5), (2.0, 0.0)] {
            for (index, (rule, edge, matrix)) in cases(lr, beta).into_iter().enumerate() {
                let by_radius = bisected(1.5 * edge, |l| spectral_radius(matrix(l)) < 1.0);
                // The radius changes by about 1 over the edge's own size: rounding, times a few.
                assert!(
                    (by_radius / edge - 1.0).abs() < 1e-13,
                    "{index} at {lr}, {beta}: {by_radius} {edge}"
                );
                let layout = Layout::new([("mode", vec![1])]);
                let by_running = bisected(1.5 * edge, |l| {
                    let (mut optimizer, mut params) = (rule.build(&layout), [1.0]);
                    let mut run = |steps| {
                        for _ in 0..steps {
                            let grad = [l * params[0]];
                            optimizer.step(lr, &mut params, &grad);
                        }
                        params[0].abs()
                    };
                    // The other root, −β at most, has died out by then: 0.9⁴⁰⁰ = 5e-19.
                    let (early, late) = (run(400), run(200));
                    late < early || late == 0.0
                });
                // A relative change δ of λ changes the 200 steps by 200·δ, and their roundings by some 200 ε.
                assert!(
                    (by_running / edge - 1.0).abs() < 1e-9,
                    "{index} at {lr}, {beta}: {by_running} {edge}"
                );
            }
        }
        assert!((preconditioned_edge(1.0, 0.9) - 38.0).abs() < 1e-13, "rounding of 1 − 0.9");
    }

    #[test]
    fn gradient_descent_leaves_the_predicted_errors() {
        let (lr, lambdas) = (0.01, [0.5, 30.0, 100.0, 180.0, 199.9, 201.0]);
        let mut params = [1.0; 6];
        for step in 1..=200 {
            for (theta, lambda) in params.iter_mut().zip(lambdas) {
                *theta -= lr * (lambda * *theta);
                let predicted = gradient_descent_error(lr, lambda, step);
                // Each step rounds three times, relative to the error itself or, where ηλ cancels 1, to
                // 2·10⁻¹⁶ of it.
                assert!((*theta - predicted).abs() <= 1e-12 * predicted.abs().max(1e-3), "{step} {lambda}");
            }
        }
    }

    #[test]
    fn rates_are_the_spectral_radii_of_the_best_settings() {
        for condition in [4.0, 25.0, 1e4_f64] {
            let lr = 2.0 / (condition + 1.0);
            for l in [1.0, condition] {
                // Rounding.
                assert!(((1.0 - lr * l).abs() - gradient_descent_rate(condition)).abs() < 1e-14);
            }
            let rate = heavy_ball_rate(condition);
            let (lr, beta) = ((2.0 / (condition.sqrt() + 1.0)).powi(2), rate * rate);
            for l in [1.0, (1.0 + condition) / 3.0, condition] {
                let radius = spectral_radius([[1.0 - lr * l, -lr * beta], [l, beta]]);
                // At both ends two roots meet: rounding enters through its square root.
                assert!((radius - rate).abs() < 1e-6, "{condition} {l}: {radius} {rate}");
            }
        }
    }
}
