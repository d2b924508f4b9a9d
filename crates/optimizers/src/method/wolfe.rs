//! A line search that ends where the strong Wolfe conditions hold.

/// A point on the line: its distance in units of the direction, the objective and its derivative along the
/// direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) length: f64,
    pub(super) value: f64,
    pub(super) slope: f64,
}

/// c₁: the share of the first slope by which the objective must fall.
const DECREASE: f64 = 1e-4;
/// c₂: the share of the first slope that may remain.
const SLOPE: f64 = 0.9;
/// No parameter moves by more than this between the ends of a bracket that is not searched further.
const RESOLUTION: f64 = 1e-9;
/// Looks at the objective after the first.
const LOOKS: usize = 25;

/// A length t > 0 with
///
/// ```text
/// L(θ + t d) ≤ L(θ) + c₁ t gᵀd    and    |∇L(θ + t d)ᵀd| ≤ c₂ |gᵀd|
/// ```
/// or, if none is found in 25 looks, the best that was seen, which may be 0.
///
/// `start` is the point at 0, with a slope below 0; `first` the length to try first; `largest` the largest
/// absolute entry of d; `look` evaluates. J. Nocedal and S. J. Wright, *Numerical Optimization* (2006),
/// algorithms 3.5 and 3.6 with cubic interpolation, in the form and with the constants of PyTorch's
/// `strong_wolfe`.
pub(super) fn search(start: Point, first: f64, largest: f64, mut look: impl FnMut(f64) -> Point) -> f64 {
    let falls = |point: &Point| point.value <= start.value + DECREASE * point.length * start.slope;
    let is_flat = |point: &Point| point.slope.abs() <= -SLOPE * start.slope;
    let mut looks = 0;

    // Away from the start, until there is a minimum behind.
    let (mut before, mut point) = (start, look(first));
    loop {
        if looks == LOOKS {
            before = start;
            break;
        }
        if !falls(&point) || (looks > 1 && point.value >= before.value) {
            break;
        }
        if is_flat(&point) {
            return point.length;
        }
        if point.slope >= 0.0 {
            break;
        }
        let least = point.length + 0.01 * (point.length - before.length);
        let next = interpolate(&before, &point, (least, 10.0 * point.length));
        (before, point) = (point, look(next));
        looks += 1;
    }

    // Between the two.
    let (mut low, mut high) = if before.value <= point.value { (before, point) } else { (point, before) };
    let mut close = false;
    while looks < LOOKS {
        let (left, right) = (low.length.min(high.length), low.length.max(high.length));
        if (right - left) * largest < RESOLUTION {
            break;
        }
        let mut length = interpolate(&low, &high, (left, right));
        // Twice close to an end, or at it: keep a tenth away.
        let margin = 0.1 * (right - left);
        let was_close = std::mem::replace(&mut close, (right - length).min(length - left) < margin);
        if close && (was_close || length >= right || length <= left) {
            length = if right - length < length - left { right - margin } else { left + margin };
            close = false;
        }
        let point = look(length);
        looks += 1;
        if !falls(&point) || point.value >= low.value {
            high = point;
            if high.value < low.value {
                (low, high) = (high, low);
            }
        } else {
            if is_flat(&point) {
                return point.length;
            }
            if point.slope * (high.length - low.length) >= 0.0 {
                high = low;
            }
            low = point;
        }
    }
    low.length
}

/// The minimum, within bounds, of the cubic through two points with their slopes; the middle if it has none.
fn interpolate(a: &Point, b: &Point, (least, most): (f64, f64)) -> f64 {
    let (a, b) = if a.length <= b.length { (a, b) } else { (b, a) };
    let mean = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.length - b.length);
    let root = (mean * mean - a.slope * b.slope).sqrt();
    let minimum =
        b.length - (b.length - a.length) * ((b.slope + root - mean) / (b.slope - a.slope + 2.0 * root));
    // Also not a number if a value is not finite.
    if minimum.is_nan() { (least + most) / 2.0 } else { minimum.clamp(least, most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The length found for a function and its derivative, from 0, and how often it was looked at.
    fn found(first: f64, f: impl Fn(f64) -> (f64, f64)) -> (f64, usize) {
        let mut looks = 0;
        let point = |length| {
            let (value, slope) = f(length);
            Point { length, value, slope }
        };
        let length = search(point(0.0), first, 1.0, |length| {
            looks += 1;
            point(length)
        });
        (length, looks)
    }

    #[test]
    fn a_cubic_is_minimised_at_its_minimum() {
        // t³ − 3t: minimum at 1, also if the points come in the other order.
        let point = |t: f64| Point { length: t, value: t * t * t - 3.0 * t, slope: 3.0 * t * t - 3.0 };
        for (a, b) in [(0.0, 2.0), (2.0, 0.0)] {
            assert_eq!(interpolate(&point(a), &point(b), (0.0, 2.0)), 1.0);
        }
        assert_eq!(interpolate(&point(0.0), &point(2.0), (1.5, 2.0)), 1.5);
    }

    #[test]
    fn both_conditions_hold_wherever_the_search_begins() {
        // Steep, then flat, then steep: the minimum is at 10.
        let f = |t: f64| ((t - 10.0).powi(4) / 1e3 - t / 1e3, 4.0 * (t - 10.0).powi(3) / 1e3 - 1e-3);
        let (value, slope) = f(0.0);
        for first in [1e-6, 1e-2, 1.0, 9.0, 25.0, 1e3, 1e8] {
            let (length, looks) = found(first, f);
            assert!(f(length).0 <= value + 1e-4 * length * slope, "from {first}: {length}");
            assert!(f(length).1.abs() <= 0.9 * slope.abs(), "from {first}: {length}");
            assert!(looks < 20, "from {first}: {looks} looks");
        }
    }

    #[test]
    fn a_wall_of_infinities_is_kept_away_from() {
        let (length, _) = found(8.0, |t| {
            if t < 3.0 { ((t - 2.0) * (t - 2.0), 2.0 * (t - 2.0)) } else { (f64::INFINITY, f64::NAN) }
        });
        assert!((0.1..3.0).contains(&length), "{length}");
    }

    #[test]
    fn no_step_is_taken_where_all_others_are_worse() {
        // The slope is wrong: everything lies above the start.
        assert!(found(1.0, |t| (t, -1.0)).0 < 1e-8);
    }
}
