//! The loss along a line and on a plane through the parameters.

use ndarray::Array2;
use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_numeric::{Objective, vector};

/// Evenly spaced coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// The first coordinate.
    pub low: f64,
    /// The last coordinate.
    pub high: f64,
    /// How many there are, the ends among them; a single one is `low`.
    pub points: Count,
}

impl Axis {
    /// An axis that holds all `values`, and on both sides a share `margin` of their range more; a single
    /// value becomes the middle of a range of one unit.
    ///
    /// ```
    /// use thalweg_landscape::slices::Axis;
    /// use thalweg_numeric::bounded::{Count, NonNegative};
    /// let axis = Axis::around([3.0, -1.0, 0.0], NonNegative::of(0.25), Count::of(4));
    /// assert_eq!(axis.coordinates(), [-2.0, 0.0, 2.0, 4.0]);
    /// ```
    pub fn around(values: impl IntoIterator<Item = f64>, margin: NonNegative, points: Count) -> Self {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = values.into_iter().fold(ends, |(low, high), x| (low.min(x), high.max(x)));
        let room = if high > low { margin.get() * (high - low) } else { 0.5 };
        Self { low: low - room, high: high + room, points }
    }

    /// All coordinates, from `low` to `high`.
    pub fn coordinates(&self) -> Vec<f64> {
        let last = (self.points.size() - 1).max(1) as f64;
        (0..self.points.size()).map(|i| self.low + (self.high - self.low) * (i as f64 / last)).collect()
    }
}

/// The loss on a line: L(θ + a·u) for each coordinate a of the axis.
///
/// # Panics
/// If θ or u is not of the objective's length.
///
/// ```
/// use thalweg_landscape::slices::{Axis, line};
/// use thalweg_numeric::{bounded::Count, objectives::Rosenbrock};
/// let axis = Axis { low: -1.0, high: 1.0, points: Count::of(3) };
/// assert_eq!(line(&mut Rosenbrock, &[1.0, 1.0], &[0.0, 1.0], axis), [100.0, 0.0, 100.0]);
/// ```
pub fn line(objective: &mut dyn Objective<f64>, params: &[f64], u: &[f64], axis: Axis) -> Vec<f64> {
    let mut at = params.to_vec();
    let coordinates = axis.coordinates().into_iter();
    coordinates
        .map(|a| {
            at.copy_from_slice(params);
            vector::axpy(a, u, &mut at);
            objective.value(&at)
        })
        .collect()
}

/// The loss on a plane: row i and column j hold L(θ + aⱼ·u + bᵢ·v), `axes` being those of a and b.
///
/// # Panics
/// If θ, u or v is not of the objective's length.
///
/// ```
/// use thalweg_landscape::slices::{Axis, plane};
/// use thalweg_numeric::{bounded::Count, objectives::Rosenbrock};
/// let axis = |low, points| Axis { low, high: 1.0, points: Count::of(points) };
/// let axes = [axis(-1.0, 3), axis(0.0, 2)];
/// let values = plane(&mut Rosenbrock, &[0.0, 0.0], [&[1.0, 0.0], &[0.0, 1.0]], axes);
/// assert_eq!(values, ndarray::array![[104.0, 1.0, 100.0], [4.0, 101.0, 0.0]]);
/// ```
pub fn plane(
    objective: &mut dyn Objective<f64>,
    params: &[f64],
    [u, v]: [&[f64]; 2],
    [a, b]: [Axis; 2],
) -> Array2<f64> {
    let mut base = params.to_vec();
    let mut values = Array2::zeros((b.points.size(), a.points.size()));
    for (b, mut row) in b.coordinates().into_iter().zip(values.rows_mut()) {
        base.copy_from_slice(params);
        vector::axpy(b, v, &mut base);
        row.iter_mut().zip(line(objective, &base, u, a)).for_each(|(value, loss)| *value = loss);
    }
    values
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::bounded::Positive;
    use thalweg_numeric::objectives::Quadratic;

    use super::*;

    const THETA: [f64; 4] = [0.5, -1.0, 2.0, 0.25];
    const U: [f64; 4] = [1.0, 0.5, -0.25, 2.0];
    const V: [f64; 4] = [-0.5, 1.5, 1.0, 0.75];

    fn quadratic() -> Quadratic {
        Quadratic::new(Count::of(4), Positive::of(1000.0))
    }

    /// xᵀ Λ y for the eigenvalues 1, 10, 100, 1000.
    fn form(x: &[f64; 4], y: &[f64; 4]) -> f64 {
        x[0] * y[0] + 10.0 * x[1] * y[1] + 100.0 * x[2] * y[2] + 1000.0 * x[3] * y[3]
    }

    /// The values are up to 1e5 and made of a dozen rounded terms.
    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12 * (1e5 + b.abs())
    }

    #[test]
    fn a_line_through_a_quadratic_is_a_parabola() {
        let axis = Axis { low: -2.0, high: 3.0, points: Count::of(6) };
        let values = line(&mut quadratic(), &THETA, &U, axis);
        assert_eq!(values.len(), 6);
        for (i, value) in values.into_iter().enumerate() {
            let a = i as f64 - 2.0;
            let exact = 0.5 * form(&THETA, &THETA) + a * form(&THETA, &U) + 0.5 * a * a * form(&U, &U);
            assert!(close(value, exact), "{a}: {value} {exact}");
        }
    }

    #[test]
    fn a_plane_through_a_quadratic_is_the_form_in_its_coordinates() {
        let axes = [
            Axis { low: -1.0, high: 1.0, points: Count::of(5) },
            Axis { low: 0.5, high: 2.5, points: Count::of(3) },
        ];
        let values = plane(&mut quadratic(), &THETA, [&U, &V], axes);
        assert_eq!(values.dim(), (3, 5));
        for ((i, j), value) in values.indexed_iter() {
            let (a, b) = (0.5 * j as f64 - 1.0, i as f64 + 0.5);
            let linear = a * form(&THETA, &U) + b * form(&THETA, &V);
            let square = a * a * form(&U, &U) + 2.0 * a * b * form(&U, &V) + b * b * form(&V, &V);
            let exact = 0.5 * form(&THETA, &THETA) + linear + 0.5 * square;
            assert!(close(*value, exact), "{a} {b}: {value} {exact}");
        }
    }

    #[test]
    fn an_axis_ends_where_it_says_and_never_has_no_width() {
        let axis = Axis { low: 0.1, high: 0.7, points: Count::of(7) };
        assert_eq!((axis.coordinates()[0], axis.coordinates()[6]), (0.1, 0.7));
        let single = Axis::around([4.0, 4.0], NonNegative::of(0.1), Count::of(1));
        assert_eq!((single.low, single.high, single.coordinates()), (3.5, 4.5, vec![3.5]));
    }
}
