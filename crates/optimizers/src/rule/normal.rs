//! What keeps the loops of all rules from subnormal numbers.
//!
//! What a rule remembers of a parameter without gradients decays geometrically. In numbers below the least
//! normal one, N, it would stay for good, as 0.9 times a few units in the last place is rounded to as many,
//! and on many CPUs each operation with it takes a hundred cycles and more. Therefore a factor that would make
//! a product smaller than N counts as 0, by comparison and mask: the same on every CPU, which modes that the
//! CPU may have for this are not.
//!
//! * A weight feels none of it: N is 10⁻³⁸ in f32, and a weight as small as 10⁻³⁰ has its last digit there.
//! * What is divided by a root is felt if the root is that small too. Where ε keeps it from that, averages of
//!   squares become 0 as well; where ε is 0 or nearly so, they end at the least number that a step can still
//!   multiply, see [`Squares`].
//! * Where nothing is subnormal, no bit changes.

use thalweg_numeric::Real;

use super::{Root, larger};

/// x − u, the last line of most rules.
#[inline(always)]
pub(super) fn moved<F: Real>(x: F, u: F) -> F {
    (x - u).zero_below(F::LEAST_NORMAL)
}

/// What becomes of numbers from 0 up that decay by a factor β each step and that a rule divides by.
#[derive(Clone, Copy)]
pub(super) struct Floor<F> {
    /// Below it is 0.
    zero: F,
    /// What is more than 0 is at least this.
    floor: F,
}

impl<F: Real> Floor<F> {
    /// If `is_felt`, a number that was positive stays so: it ends at the least one that β can multiply.
    /// Otherwise what is smaller becomes 0.
    pub(super) fn new(beta: F, is_felt: bool) -> Self {
        let least = beta.least_factor();
        if is_felt {
            // The least subnormal number.
            Self { zero: F::LEAST_NORMAL * F::EPSILON, floor: least }
        } else {
            Self { zero: least, floor: F::ZERO }
        }
    }

    /// The number that is to be remembered; NaN stays.
    #[inline(always)]
    pub(super) fn of(self, x: F) -> F {
        let raised = larger(self.floor, x);
        if x < self.zero { F::ZERO } else { raised }
    }
}

/// An average, or a sum, of squares s ← β s + c g² below a root.
///
/// A square is normal if |g| ≥ √(N/c), 3·10⁻¹⁸ in f32 for c = 10⁻³. Smaller gradients are left out, by which
/// √ŝ loses less than twice that number, if it does not change √ŝ + ε: from ε = 3·10⁻¹⁰ on in f32, and from
/// 2·10⁻¹³⁶ on in f64. For an ε below, as for ε = 0, every gradient counts, and s ends at N/β and not at 0, so
/// that a parameter whose gradient has become 0 stays where it is, by 0/√s, and only one whose gradient has
/// always been 0 takes a step of 0/0.
#[derive(Clone, Copy)]
pub(super) struct Squares<F> {
    beta: F,
    fresh: F,
    take: F,
    floor: Floor<F>,
}

impl<F: Real> Squares<F> {
    /// For a bias correction of at most 1/c.
    pub(super) fn new(beta: F, fresh: F, root: Root<F>) -> Self {
        let four = F::from_f64(4.0);
        let least = fresh.least_factor();
        let take = least.sqrt() * (F::ONE + F::EPSILON);
        // Half of what would be rounded away beside ε, whose last digit is worth at least ε·EPSILON/2.
        let rounded = |epsilon: F| epsilon * F::EPSILON / four;
        let is_felt = (take + take) > rounded(root.outside) && (least + least) > rounded(root.inside);
        let take = if is_felt { F::ZERO } else { take };
        Self { beta, fresh, take, floor: Floor::new(beta, is_felt) }
    }

    /// The next s.
    #[inline(always)]
    pub(super) fn next(self, s: F, g: F) -> F {
        let g = g.zero_below(self.take);
        self.floor.of(self.beta * s + self.fresh * g * g)
    }
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
        let s = squares.next(0.0, g);
        (0..100_000).fold(s, |s, _| squares.next(s, 0.0))
    }

    #[test]
    fn squares_end_at_zero_or_where_a_root_can_be_taken() {
        for (epsilon, inside) in [(1e-8, false), (1e-7, true), (3e-10, false)] {
            assert_eq!(decayed(squares(epsilon, inside), 1.0), 0.0);
        }
        for (epsilon, inside) in [(0.0, false), (1e-11, false), (1e-38, true)] {
            let squares = squares(epsilon, inside);
            let end = decayed(squares, 1.0);
            assert!((0.999 * end).is_normal() && end < 1.2e-38, "{end:e}");
            // A small gradient counts as well, and none at all leaves 0.
            assert_eq!((decayed(squares, 1e-20), squares.next(0.0, 0.0)), (end, 0.0));
        }
        assert!(
            squares(1e-8, false).next(f32::NAN, 0.0).is_nan()
                && squares(0.0, false).next(0.0, f32::NAN).is_nan()
        );
    }

    #[test]
    fn what_is_left_out_does_not_change_the_denominator() {
        // Gradients just below the threshold for long, at the least ε that counts as large, with a bias
        // correction.
        let (epsilon, g) = (3e-10_f32, 3.4e-18_f32);
        let squares = squares(f64::from(epsilon), false);
        assert_eq!(squares.next(0.0, g), 0.0);
        assert_eq!((g * g * 2.0).sqrt() + epsilon, epsilon);
    }
}
