//! Averages of squares that stay clear of subnormal numbers.

use thalweg_numeric::{Real, vector};

use super::{Root, larger};

/// An average, or a sum, of squares s ← β s + c g² below a root, where N is the least normal number.
///
/// The product c g² is normal if |g| ≥ √(N/c), 3·10⁻¹⁸ in f32 for c = 10⁻³. Smaller gradients are left out,
/// and s is at least N/β, which β can still multiply. Both move √ŝ by less than twice that root. That does
/// not change a bit of √ŝ + ε from ε = 3·10⁻¹⁰ on in f32, and from 2·10⁻¹³⁶ on in f64, as of the defaults of
/// every library.
///
/// With a smaller ε, as with ε = 0, a step feels every s: no gradient is left out, and s stays 0 where the
/// gradient has always been 0, so that ε = 0 gives 0/0 there and nowhere else. Where s has been above 0 once,
/// it ends at N/β, and a parameter whose gradient has become 0 stays where it is, by 0/√s.
#[derive(Clone, Copy)]
pub(super) struct Squares<F> {
    beta: F,
    fresh: F,
    /// The least gradient that counts.
    gradient: F,
    /// The least s, 0 if every s is felt.
    floor: F,
}

impl<F: Real> Squares<F> {
    /// For a bias correction of at most 1/c.
    pub(super) fn new(beta: F, fresh: F, root: Root<F>) -> Self {
        let (square, four) = (fresh.least_factor(), F::from_f64(4.0));
        let gradient = square.sqrt() * (F::ONE + F::EPSILON);
        // What is rounded away beside ε, whose last digit is worth ε·EPSILON/2 or more.
        let rounded = |epsilon: F| epsilon * F::EPSILON / four;
        let is_felt = gradient + gradient > rounded(root.outside) && square + square > rounded(root.inside);
        if is_felt {
            Self { beta, fresh, gradient: F::ZERO, floor: F::ZERO }
        } else {
            Self { beta, fresh, gradient, floor: beta.least_factor() }
        }
    }

    /// The next s; NaN stays.
    #[inline(always)]
    pub(super) fn next(self, s: F, g: F) -> F {
        let g = g.zero_below(self.gradient);
        larger(self.floor, self.beta * s + self.fresh * g * g)
    }

    /// What remains to be done after a step.
    pub(super) fn settle(self, squares: &mut [F]) {
        if self.floor == F::ZERO {
            raise(self.beta.least_factor(), squares);
        }
    }
}

/// Raises to `least` what is smaller, but not 0.
pub(super) fn raise<F: Real>(least: F, values: &mut [F]) {
    vector::for_each(values, move |x| *x = if *x > F::ZERO { larger(least, *x) } else { *x });
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::bounded::NonNegative;

    use super::*;

    fn squares(epsilon: f64, inside: bool) -> Squares<f32> {
        Squares::new(0.999, 1e-3, Root::new(NonNegative::of(epsilon), inside))
    }

    /// Steps with one gradient, then with none.
    fn decayed(squares: Squares<f32>, g: f32) -> f32 {
        let mut s = [0.0];
        for step in 0..100_000 {
            s[0] = squares.next(s[0], if step == 0 { g } else { 0.0 });
            squares.settle(&mut s);
        }
        s[0]
    }

    #[test]
    fn squares_end_where_they_can_be_multiplied() {
        for (epsilon, inside) in
            [(1e-8, false), (1e-7, true), (3e-10, false), (0.0, false), (1e-11, false), (1e-38, true)]
        {
            let end = decayed(squares(epsilon, inside), 1.0);
            assert!((0.999 * end).is_normal() && end < 1.2e-38, "{end:e}");
        }
        for epsilon in [0.0, 1e-11] {
            let squares = squares(epsilon, false);
            // A small gradient counts as well, and none at all leaves 0.
            assert!(decayed(squares, 1e-20) > 0.0 && decayed(squares, 0.0) == 0.0);
        }
        for epsilon in [0.0, 1e-8] {
            let squares = squares(epsilon, false);
            assert!(squares.next(f32::NAN, 0.0).is_nan() && squares.next(0.0, f32::NAN).is_nan());
        }
    }

    #[test]
    fn what_is_left_out_does_not_change_the_denominator() {
        // A gradient just below the least that counts, at the least ε, where the bias correction of the first
        // step multiplies its square by 1/c.
        let (epsilon, g) = (3e-10_f32, 3.4e-18_f32);
        let squares = squares(f64::from(epsilon), false);
        let (left, plain) = (squares.next(0.0, g), 1e-3 * g * g);
        assert!(left > plain && left < 1.2e-38);
        assert_eq!([(1e3 * left).sqrt() + epsilon, (1e3 * plain).sqrt() + epsilon], [epsilon; 2]);
    }
}
