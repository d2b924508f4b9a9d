//! Paths between two solutions, and the barrier on the way: do both lie in one basin?

use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::{Objective, vector};

/// The loss along a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Coordinates α along the path, ascending from 0 to 1.
    pub at: Vec<f64>,
    /// L at each of them.
    pub losses: Vec<f64>,
}

/// How far the loss rises on the way. What is not finite stays so: a loss of NaN makes the height NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Barrier {
    /// Above the straight line between the losses at both ends; at least 0.
    pub height: f64,
    /// α where that is.
    pub at: f64,
    /// Above the higher end; at least 0.
    pub rise: f64,
    /// α where that is.
    pub rise_at: f64,
}

/// The loss along the straight line between two solutions, L((1−α) θ₀ + α θ₁) at evenly spaced α.
///
/// One point gives the loss at θ₀ alone.
///
/// # Panics
/// If θ₀ or θ₁ is not of the objective's length.
///
/// ```
/// use thalweg_landscape::paths::straight;
/// use thalweg_numeric::{bounded::Count, objectives::Rosenbrock};
/// // Both ends lie in the valley y = x², the line between them passes over its wall.
/// let barrier = straight(&mut Rosenbrock, &[-1.0, 1.0], &[1.0, 1.0], Count::of(21)).barrier();
/// assert_eq!((barrier.height, barrier.at), (99.0, 0.5));
/// ```
pub fn straight(objective: &mut dyn Objective<f64>, from: &[f64], to: &[f64], points: Count) -> Profile {
    let mut params = from.to_vec();
    profile(points, |t| {
        mix(&mut params, &[(1.0 - t, from), (t, to)]);
        objective.value(&params)
    })
}

impl Profile {
    /// The barrier on the points of the profile.
    ///
    /// ```text
    /// height = max_α L(α) − ((1−α) L(0) + α L(1))
    /// rise   = max_α L(α) − max(L(0), L(1))
    /// ```
    /// R. Entezari, H. Sedghi, O. Saukh & B. Neyshabur, *The role of permutation invariance in linear mode
    /// connectivity of neural networks*, ICLR 2022, Definition 2.1. J. Frankle, G. K. Dziugaite, D. Roy & M.
    /// Carbin, *Linear mode connectivity and the lottery ticket hypothesis*, ICML 2020, measure the height
    /// above the mean of both ends instead, which is the same for ends of equal loss.
    pub fn barrier(&self) -> Barrier {
        let (first, last) = (self.losses[0], self.losses[self.losses.len() - 1]);
        let highest = |above: &dyn Fn(f64) -> f64| {
            let rises = self.at.iter().zip(&self.losses).map(|(at, loss)| (loss - above(*at), *at));
            // The order of `total_cmp` puts a NaN on top, which `f64::max` would hide; of equals the first is
            // kept.
            rises
                .reduce(|a, b| if b.0.total_cmp(&a.0).is_gt() { b } else { a })
                .expect("a profile has points")
        };
        let (height, at) = highest(&|at| (1.0 - at) * first + at * last);
        let (rise, rise_at) = highest(&|_| first.max(last));
        Barrier { height, at, rise, rise_at }
    }
}

/// A quadratic Bézier curve with fixed ends.
///
/// ```text
/// θ(t) = (1−t)² θ₀ + 2t(1−t) c + t² θ₁
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Bezier {
    /// θ₀.
    pub from: Vec<f64>,
    /// The control point c.
    pub control: Vec<f64>,
    /// θ₁.
    pub to: Vec<f64>,
}

/// How the control point of a curve is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Descent {
    /// Steps of gradient descent.
    pub steps: Count,
    /// Learning rate.
    pub lr: Positive,
    /// Points of the mean over t.
    pub points: Count,
}

impl Bezier {
    /// Gradient descent on the mean loss along the curve, from the straight line.
    ///
    /// ```text
    /// c ← c − η · (1/K) Σₖ 2tₖ(1−tₖ) ∇L(θ(tₖ)),   tₖ = (k + ½)/K,   k = 0 … K−1
    /// ```
    /// T. Garipov, P. Izmailov, D. Podoprikhin, D. Vetrov & A. G. Wilson, *Loss surfaces, mode connectivity,
    /// and fast ensembling of DNNs*, NeurIPS 2018; there t is drawn at random, here the mean is taken over
    /// the midpoints, so that the curve is the same each time.
    ///
    /// # Panics
    /// If an end is not of the objective's length.
    ///
    /// ```
    /// use thalweg_landscape::paths::{Bezier, Descent};
    /// use thalweg_numeric::bounded::{Count, Positive};
    /// use thalweg_numeric::objectives::Rosenbrock;
    /// // The curve finds the valley that a straight line misses.
    /// let descent = Descent { steps: Count::of(200), lr: Positive::of(0.01), points: Count::of(16) };
    /// let curve = Bezier::trained(&mut Rosenbrock, &[-1.0, 1.0], &[1.0, 1.0], descent);
    /// assert!(curve.profile(&mut Rosenbrock, Count::of(21)).barrier().height < 1.0);
    /// ```
    pub fn trained(
        objective: &mut dyn Objective<f64>,
        from: &[f64],
        to: &[f64],
        Descent { steps, lr, points }: Descent,
    ) -> Self {
        let mut control = from.to_vec();
        mix(&mut control, &[(0.5, from), (0.5, to)]);
        let mut curve = Self { from: from.to_vec(), control, to: to.to_vec() };
        let (mut params, mut grad, mut sum) = (from.to_vec(), from.to_vec(), from.to_vec());
        for _ in 0..steps.get() {
            sum.fill(0.0);
            for k in 0..points.get() {
                let t = (k as f64 + 0.5) / points.get() as f64;
                curve.at(t, &mut params);
                objective.gradient(&params, &mut grad);
                vector::axpy(2.0 * t * (1.0 - t), &grad, &mut sum);
            }
            vector::axpy(-lr.get() / points.get() as f64, &sum, &mut curve.control);
        }
        curve
    }

    /// Writes θ(t) into `params`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn at(&self, t: f64, params: &mut [f64]) {
        let rest = 1.0 - t;
        mix(params, &[(rest * rest, &self.from), (2.0 * t * rest, &self.control), (t * t, &self.to)]);
    }

    /// The loss along the curve at evenly spaced t, as [`straight`] has it along a line.
    ///
    /// # Panics
    /// If the curve is not of the objective's length.
    pub fn profile(&self, objective: &mut dyn Objective<f64>, points: Count) -> Profile {
        let mut params = self.from.clone();
        profile(points, |t| {
            self.at(t, &mut params);
            objective.value(&params)
        })
    }
}

fn profile(points: Count, loss: impl FnMut(f64) -> f64) -> Profile {
    let last = (points.size() - 1).max(1) as f64;
    let at: Vec<f64> = (0..points.size()).map(|i| i as f64 / last).collect();
    let losses = at.iter().copied().map(loss).collect();
    Profile { at, losses }
}

/// x ← Σ weight · vector.
fn mix(x: &mut [f64], parts: &[(f64, &[f64])]) {
    x.fill(0.0);
    parts.iter().for_each(|(weight, part)| vector::axpy(*weight, part, x));
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::objectives::{Linear, Quadratic};

    use super::*;

    #[test]
    fn a_convex_function_has_no_barrier_and_a_concave_one_has_that_of_its_parabola() {
        // Negative eigenvalues are not for `Quadratic`, but its values turned over are.
        struct Hill(Quadratic);
        impl Objective<f64> for Hill {
            fn dim(&self) -> usize {
                3
            }
            fn value(&mut self, params: &[f64]) -> f64 {
                -self.0.value(params)
            }
            fn gradient(&mut self, _: &[f64], _: &mut [f64]) -> f64 {
                unreachable!("a profile needs values alone")
            }
            fn hessian_vector(&mut self, _: &[f64], _: &[f64], _: &mut [f64]) {
                unreachable!("a profile needs values alone")
            }
        }
        let (from, to) = ([1.0, 2.0, -1.0], [3.0, 0.0, 1.0]);
        // ½ dᵀΛd = ½ (4 + 40 + 400) with d = to − from and Λ = diag(1, 10, 100): L(α) = … − 222 α (1−α).
        let quadratic = Quadratic::new(Count::of(3), Positive::of(100.0));
        let valley = straight(&mut quadratic.clone(), &from, &to, Count::of(11)).barrier();
        assert_eq!((valley.height, valley.at), (0.0, 0.0));
        let profile = straight(&mut Hill(quadratic), &from, &to, Count::of(11));
        let hill = profile.barrier();
        // Values of up to 80, rounded a few times.
        assert!((hill.height - 222.0 / 4.0).abs() < 1e-12 && hill.at == 0.5, "{hill:?}");
        // −L is 70.5 and 54.5 at the ends: −70.5 + 16 α + 222 α (1−α) is highest near α = 238/444 = 0.536, on
        // the grid 0.5.
        assert!((hill.rise - (-70.5 + 8.0 + 55.5 + 54.5)).abs() < 1e-12 && hill.rise_at == 0.5, "{hill:?}");
        assert_eq!((profile.losses[0], profile.losses[10]), (-70.5, -54.5));
    }

    #[test]
    fn ends_of_different_loss_are_no_barrier() {
        let mut slope = Linear { slope: vec![2.0, -1.0] };
        let barrier = straight(&mut slope, &[0.0, 0.0], &[4.0, 1.0], Count::of(9)).barrier();
        // Ninths of 7 rise evenly; products and sums of eighths are exact.
        assert_eq!((barrier.height, barrier.rise, barrier.rise_at), (0.0, 0.0, 1.0));
    }

    #[test]
    fn a_loss_that_is_not_a_number_is_not_hidden() {
        let profile = Profile { at: vec![0.0, 0.5, 1.0], losses: vec![1.0, f64::NAN, 2.0] };
        let barrier = profile.barrier();
        assert!(barrier.height.is_nan() && barrier.rise.is_nan() && barrier.at == 0.5);
    }

    #[test]
    fn on_a_quadratic_the_control_point_is_the_one_in_closed_form() {
        // Σₖ wₖ ∇L(θ(tₖ)) = 0 with w = 2t(1−t) and ∇L = Λθ: c = −(Σ w (1−t)² θ₀ + Σ w t² θ₁) / Σ w².
        let (from, to) = ([1.0, -2.0, 0.5], [3.0, 1.0, -0.25]);
        let (mut own, mut ends) = (0.0, [0.0; 2]);
        for k in 0..5 {
            let t = (f64::from(k) + 0.5) / 5.0;
            let w = 2.0 * t * (1.0 - t);
            own += w * w;
            ends[0] += w * (1.0 - t) * (1.0 - t);
            ends[1] += w * t * t;
        }
        let mut quadratic = Quadratic::new(Count::of(3), Positive::of(4.0));
        let descent = Descent { steps: Count::of(400), lr: Positive::of(1.5), points: Count::of(5) };
        let curve = Bezier::trained(&mut quadratic, &from, &to, descent);
        for i in 0..3 {
            let exact = -(ends[0] * from[i] + ends[1] * to[i]) / own;
            // The slowest mode shrinks by 1 − 1.5·0.13 a step, to 1e-38 after 400; rounding remains.
            assert!((curve.control[i] - exact).abs() < 1e-13, "{i}: {} {exact}", curve.control[i]);
        }
        let mut middle = [f64::NAN; 3];
        curve.at(0.0, &mut middle);
        assert_eq!(middle, from);
        curve.at(0.5, &mut middle);
        assert_eq!(middle[1], 0.25 * from[1] + 0.5 * curve.control[1] + 0.25 * to[1]);
    }
}
