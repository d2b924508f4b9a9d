//! The largest rise of the loss in a ball around θ.

use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::{Objective, Stream, vector};

/// Longest step of the ascent in units of ρ; with it the next place is the gradient's direction to about
/// 1e-3.
const LONGEST: f64 = 1e3;

/// What is a unit of length for each parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ball {
    /// ‖δ‖ ≤ ρ, with ρ in units of the parameters.
    ///
    /// P. Foret, A. Kleiner, H. Mobahi and B. Neyshabur, *Sharpness-aware minimization for efficiently
    /// improving generalization*, ICLR 2021, with p = 2.
    Euclidean,
    /// ‖T⁻¹δ‖ ≤ ρ with T = diag |θ|: ρ bounds relative changes, and rescaling the units of a ReLU network
    /// changes nothing. Parameters of 0 stay 0; an offset as in training would spoil the invariance.
    ///
    /// J. Kwon, J. Kim, H. Park and I. K. Choi, *ASAM: adaptive sharpness-aware minimization for
    /// scale-invariant learning of deep neural networks*, ICML 2021.
    Adaptive,
}

/// A search for the worst place in a ball by projected gradient ascent.
///
/// ```text
/// max L(θ + T z) − L(θ)  over ‖z‖ ≤ ρ,   T = 1 or diag |θ|
/// z ← P(z + s ρ g/‖g‖),   g = T ∇L(θ + T z),   P the projection on the ball
/// ```
/// s begins at 1; it is doubled after each step, up to 1000, and halved where the loss rises by less than
/// 10⁻⁴ times what the slope promises (Armijo's condition). A start ends where the slope promises nothing
/// beyond rounding, or after `steps` gradients. The first start is SAM's place z = ρ g/‖g‖ for g at θ, unless
/// g is 0; the others are uniform on ‖z‖ = ρ. The result is a lower bound of the maximum, and equal to it on
/// a convex quadratic if enough steps are allowed.
///
/// ```
/// use thalweg_landscape::width::{Ascent, Ball};
/// use thalweg_numeric::bounded::{Count, Positive};
/// use thalweg_numeric::{Streams, objectives::Quadratic};
///
/// let mut quadratic = Quadratic::new(Count::of(3), Positive::of(100.0)); // λ = 1, 10, 100
/// let (starts, steps) = (Count::of(3), Count::of(200));
/// let ascent = Ascent { ball: Ball::Euclidean, radius: Positive::of(0.1), starts, steps };
/// let mut stream = Streams::new(42, 0).stream("worst-case", 0);
/// let worst = ascent.worst_case(&mut quadratic, &[0.0; 3], &mut stream);
/// assert!((worst.rise - 0.5 * 100.0 * 0.01).abs() < 1e-9); // along the steepest axis
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ascent {
    /// The shape of the ball.
    pub ball: Ball,
    /// ρ.
    pub radius: Positive,
    /// Number of starts.
    pub starts: Count,
    /// Most gradients a start may take.
    pub steps: Count,
}

/// The worst place that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct WorstCase {
    /// The largest rise, at least 0, the rise at θ itself.
    pub rise: f64,
    /// Where it is: δ, \[d\].
    pub displacement: Vec<f64>,
    /// The rise at SAM's place, one step away in the direction of the gradient at θ; 0 where that is 0.
    pub one_step: f64,
    /// The rise that each start came to. If only few agree with the largest, more starts may find a larger
    /// one.
    pub rises: Vec<f64>,
}

impl Ascent {
    /// Searches around `params`. Allocates its buffers once, nothing per evaluation.
    ///
    /// # Panics
    /// If `params` is not of the objective's length.
    pub fn worst_case(
        &self,
        objective: &mut dyn Objective<f64>,
        params: &[f64],
        stream: &mut Stream,
    ) -> WorstCase {
        let mut climber = Climber::new(objective, params, self.ball, self.radius.get());
        let mut found = WorstCase {
            rise: 0.0,
            displacement: vec![0.0; params.len()],
            one_step: 0.0,
            rises: Vec::with_capacity(self.starts.size()),
        };
        let slope = climber.evaluate_trial();
        let center = slope.value;
        for start in 0..self.starts.get() {
            if start == 0 && slope.norm > 0.0 {
                climber.trial.copy_from_slice(&climber.trial_grad);
            } else {
                climber.trial.fill_with(|| stream.normal());
            }
            scale_to(&mut climber.trial, self.radius.get());
            let first = climber.accept_trial();
            if start == 0 && slope.norm > 0.0 {
                found.one_step = first.value - center;
            }
            let rise = climber.climb(first, center, self.steps.get()) - center;
            found.rises.push(rise);
            if rise > found.rise {
                found.rise = rise;
                climber.write_displacement(&mut found.displacement);
            }
        }
        found
    }
}

/// Loss and length of its gradient by z at one place.
#[derive(Clone, Copy)]
struct Slope {
    value: f64,
    norm: f64,
}

/// The place z that has been reached and the one that is tried, with their gradients by z.
struct Climber<'a> {
    objective: &'a mut dyn Objective<f64>,
    params: &'a [f64],
    /// Diagonal of T.
    units: Vec<f64>,
    radius: f64,
    place: Vec<f64>,
    grad: Vec<f64>,
    trial: Vec<f64>,
    trial_grad: Vec<f64>,
    /// θ + T z.
    point: Vec<f64>,
}

impl<'a> Climber<'a> {
    fn new(objective: &'a mut dyn Objective<f64>, params: &'a [f64], ball: Ball, radius: f64) -> Self {
        let zeros = || vec![0.0; params.len()];
        let units = match ball {
            Ball::Euclidean => vec![1.0; params.len()],
            Ball::Adaptive => params.iter().map(|x| x.abs()).collect(),
        };
        let (place, grad, trial, trial_grad, point) = (zeros(), zeros(), zeros(), zeros(), zeros());
        Self { objective, params, units, radius, place, grad, trial, trial_grad, point }
    }

    fn evaluate_trial(&mut self) -> Slope {
        for (((point, x), unit), z) in
            self.point.iter_mut().zip(self.params).zip(&self.units).zip(&self.trial)
        {
            *point = x + unit * z;
        }
        let value = self.objective.gradient(&self.point, &mut self.trial_grad);
        self.trial_grad.iter_mut().zip(&self.units).for_each(|(g, unit)| *g *= unit);
        Slope { value, norm: vector::norm(&self.trial_grad) }
    }

    /// Goes to the trial, whatever the loss is there.
    fn accept_trial(&mut self) -> Slope {
        let slope = self.evaluate_trial();
        self.swap();
        slope
    }

    fn swap(&mut self) {
        std::mem::swap(&mut self.place, &mut self.trial);
        std::mem::swap(&mut self.grad, &mut self.trial_grad);
    }

    /// Climbs from the place that has been reached and returns the loss at the end.
    fn climb(&mut self, mut here: Slope, center: f64, steps: u64) -> f64 {
        let mut length = 1.0;
        for _ in 0..steps {
            let step = length * self.radius / here.norm;
            for ((trial, z), g) in self.trial.iter_mut().zip(&self.place).zip(&self.grad) {
                *trial = z + step * g;
            }
            let norm = vector::norm(&self.trial);
            if norm > self.radius {
                scale_to(&mut self.trial, self.radius);
            }
            let promised: f64 = self
                .grad
                .iter()
                .zip(&self.trial)
                .zip(&self.place)
                .map(|((g, trial), z)| g * (trial - z))
                .sum();
            // False for NaN too, which a gradient of 0 and an infinite loss lead to.
            let goes_on = promised > f64::EPSILON * (here.value.abs() + center.abs());
            if !goes_on {
                break;
            }
            let there = self.evaluate_trial();
            if there.value >= here.value + 1e-4 * promised {
                self.swap();
                here = there;
                length = (2.0 * length).min(LONGEST);
            } else {
                length *= 0.5;
            }
        }
        here.value
    }

    /// δ = T z.
    fn write_displacement(&self, out: &mut [f64]) {
        for ((out, unit), z) in out.iter_mut().zip(&self.units).zip(&self.place) {
            *out = unit * z;
        }
    }
}

fn scale_to(z: &mut [f64], length: f64) {
    let factor = length / vector::norm(z);
    z.iter_mut().for_each(|x| *x *= factor);
}

#[cfg(test)]
mod tests;
