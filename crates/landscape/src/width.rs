//! Width: how fast the loss rises around θ.
//!
//! * [`rise_under_noise`]: on average, when all weights are shaken ([`Scale`] says how much each).
//! * [`Ascent`]: at the worst place of a ball, Euclidean or adaptive.
//! * [`Rays`]: the volume of the basin in which the loss has risen by less than a given amount.
//! * [`rise_along`], [`rise_under_changes`], [`rise_under_input_noise`]: under shifts of single directions,
//!   such as those that amount to a shift of all inputs.
//!
//! "Rise" is always L(θ + δ) − L(θ), in units of the loss; it is negative where there is a way down.

mod shift;
mod volume;
mod weight_noise;
mod worst_case;

use thalweg_numeric::Objective;
use thalweg_numeric::bounded::Count;
use thalweg_numeric::vector;

pub use shift::{NoInputLayer, rise_along, rise_under_changes, rise_under_input_noise};
pub use volume::{Rays, Volume};
pub use weight_noise::{Scale, rise_under_noise};
pub use worst_case::{Ascent, Ball, WorstCase};

use crate::Estimate;

/// θ and a place beside it, in buffers that are allocated once.
struct Surroundings<'a> {
    objective: &'a mut dyn Objective<f64>,
    params: &'a [f64],
    /// L(θ).
    center: f64,
    point: Vec<f64>,
}

impl<'a> Surroundings<'a> {
    fn new(objective: &'a mut dyn Objective<f64>, params: &'a [f64]) -> Self {
        let center = objective.value(params);
        Self { objective, params, center, point: params.to_vec() }
    }

    /// L(θ + a·v) − L(θ).
    fn rise(&mut self, a: f64, v: &[f64]) -> f64 {
        self.point.copy_from_slice(self.params);
        vector::axpy(a, v, &mut self.point);
        self.objective.value(&self.point) - self.center
    }

    /// The rise averaged over +v and −v, in which the slope at θ cancels.
    fn even_rise(&mut self, a: f64, v: &[f64]) -> f64 {
        0.5 * (self.rise(a, v) + self.rise(-a, v))
    }

    /// The mean even rise, a times v, over random v.
    fn mean_even_rise(&mut self, a: f64, pairs: Count, mut draw: impl FnMut(&mut [f64])) -> Estimate {
        let mut v = vec![0.0; self.params.len()];
        let mut rises = Vec::with_capacity(pairs.size());
        for _ in 0..pairs.get() {
            draw(&mut v);
            rises.push(self.even_rise(a, &v));
        }
        Estimate::of_mean(&rises)
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;
    use thalweg_numeric::bounded::Positive;
    use thalweg_numeric::objectives::Quadratic;

    use super::*;

    #[test]
    fn more_draws_allocate_no_more() {
        let mut quadratic = Quadratic::new(Count::of(5), Positive::of(30.0));
        let mut allocations = |draws: u64| {
            let mut stream = Streams::new(1, 0).stream("draws", 0);
            let (draws, one) = (Count::of(draws), Positive::of(1.0));
            let rays = Rays { draws, rise: one, nearest: Positive::of(0.01), farthest: Positive::of(100.0) };
            let ascent = Ascent { ball: Ball::Adaptive, radius: one, starts: draws, steps: draws };
            allocation_counter::measure(|| {
                rise_under_noise(&mut quadratic, &[1.0; 5], Scale::Relative, one, draws, &mut stream);
                ascent.worst_case(&mut quadratic, &[1.0; 5], &mut stream);
                rays.volume(&mut quadratic, &[1.0; 5], &mut stream);
            })
            .count_total
        };
        assert_eq!(allocations(3), allocations(70));
    }
}
