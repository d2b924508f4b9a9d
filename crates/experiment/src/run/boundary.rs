//! The decision boundary on a grid: probability, the line where both classes are equally likely, and its
//! complexity.

use ndarray::Array2;
use thalweg_datasets::Features;
use thalweg_network::Network;
use thalweg_numeric::Real;
use thalweg_records::{Dtype, Metric, Tensor};

use crate::file::BoundaryGrid;

/// P(class 1) on a grid that covers the plane around some points.
pub(crate) struct Boundary {
    /// x_min, x_max, y_min, y_max; the outermost grid points lie on them.
    extent: [f64; 4],
    /// Row 0 at y_min, column 0 at x_min.
    probability: Array2<f64>,
}

impl Boundary {
    /// Evaluates the network on the grid around `points` (`[n, 2]`).
    pub(crate) fn new<F: Real>(
        grid: &BoundaryGrid,
        network: &mut Network<F>,
        params: &[F],
        points: &Features,
    ) -> Self {
        let n = grid.resolution.size();
        let points = points.to_array::<F>().mapv(Real::to_f64);
        let [x_min, x_max] = widened(points.column(0).iter().copied(), grid.margin.get());
        let [y_min, y_max] = widened(points.column(1).iter().copied(), grid.margin.get());
        let at = |low: f64, high: f64, i: usize| low + (high - low) * i as f64 / (n - 1) as f64;
        let inputs = Array2::from_shape_fn((n * n, 2), |(i, axis)| {
            F::from_f64(if axis == 0 { at(x_min, x_max, i % n) } else { at(y_min, y_max, i / n) })
        });
        let mut both = Array2::from_elem((n * n, 2), F::ZERO);
        network.probabilities(params, inputs.view(), both.view_mut());
        let probability = Array2::from_shape_fn((n, n), |(row, column)| both[(row * n + column, 1)].to_f64());
        Self { extent: [x_min, x_max, y_min, y_max], probability }
    }

    /// The segments x₀, y₀, x₁, y₁ of the line p = ½, by marching squares with linear interpolation.
    fn contour(&self) -> Vec<[f64; 4]> {
        let (rows, columns) = self.probability.dim();
        let [x_min, x_max, y_min, y_max] = self.extent;
        let (dx, dy) = ((x_max - x_min) / (columns - 1) as f64, (y_max - y_min) / (rows - 1) as f64);
        let mut segments = Vec::new();
        for row in 0..rows - 1 {
            for column in 0..columns - 1 {
                let corners = [(0, 0), (0, 1), (1, 1), (1, 0)];
                let p = corners.map(|(r, c)| self.probability[(row + r, column + c)] - 0.5);
                let crossing = |from: usize| {
                    let to = (from + 1) % 4;
                    let share = p[from] / (p[from] - p[to]);
                    let ((r0, c0), (r1, c1)) = (corners[from], corners[to]);
                    let along = |a: usize, b: usize| a as f64 + share * (b as f64 - a as f64);
                    (x_min + dx * (column as f64 + along(c0, c1)), y_min + dy * (row as f64 + along(r0, r1)))
                };
                let crossed: Vec<usize> =
                    (0..4).filter(|i| (p[*i] > 0.0) != (p[(i + 1) % 4] > 0.0)).collect();
                // With all four sides crossed the mean of the corners decides which corners are joined.
                let pairs: &[[usize; 2]] = match crossed.as_slice() {
                    [a, b] => &[[*a, *b]],
                    [_, _, _, _] if (p.iter().sum::<f64>() > 0.0) == (p[0] > 0.0) => &[[0, 1], [2, 3]],
                    [_, _, _, _] => &[[3, 0], [1, 2]],
                    _ => &[],
                };
                for [a, b] in pairs {
                    let ((x0, y0), (x1, y1)) = (crossing(*a), crossing(*b));
                    segments.push([x0, y0, x1, y1]);
                }
            }
        }
        segments
    }

    /// The number of connected regions of one predicted class, over side-by-side neighbours. Two moons told
    /// apart by one line give 2; each island adds 1.
    fn regions(&self) -> usize {
        let (rows, columns) = self.probability.dim();
        let class = |row: usize, column: usize| self.probability[(row, column)] > 0.5;
        let mut seen = Array2::from_elem((rows, columns), false);
        let mut regions = 0;
        for start in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            if seen[start] {
                continue;
            }
            regions += 1;
            seen[start] = true;
            let mut open = vec![start];
            while let Some((row, column)) = open.pop() {
                let near = [
                    (row.wrapping_sub(1), column),
                    (row + 1, column),
                    (row, column.wrapping_sub(1)),
                    (row, column + 1),
                ];
                for (r, c) in near.into_iter().filter(|(r, c)| *r < rows && *c < columns) {
                    if !seen[(r, c)] && class(r, c) == class(row, column) {
                        seen[(r, c)] = true;
                        open.push((r, c));
                    }
                }
            }
        }
        regions
    }

    /// `boundary.regions` and `boundary.length` (in units of the data), and the arrays that a figure needs.
    pub(crate) fn describe(self) -> (Vec<Metric>, Vec<Tensor>) {
        let contour = self.contour();
        let length: f64 = contour.iter().map(|[x0, y0, x1, y1]| libm::hypot(x1 - x0, y1 - y0)).sum();
        let metrics = vec![
            Metric::new("boundary.regions", self.regions() as f64),
            Metric::new("boundary.length", length),
        ];
        let tensor =
            |name: &str, shape: Vec<usize>, data, dtype| Tensor { name: name.to_owned(), shape, data, dtype };
        let shape = self.probability.shape().to_vec();
        let fields = vec![
            // Single precision is finer than any shade on a screen.
            tensor("boundary.probability", shape, self.probability.into_raw_vec_and_offset().0, Dtype::F32),
            tensor("boundary.extent", vec![4], self.extent.to_vec(), Dtype::F64),
            tensor("boundary.contour", vec![contour.len(), 4], contour.concat(), Dtype::F64),
        ];
        (metrics, fields)
    }
}

/// The range of `values`, widened on both sides by a share of itself; a single value becomes a range of one
/// unit.
fn widened(values: impl Iterator<Item = f64>, share: f64) -> [f64; 2] {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let margin = if high > low { share * (high - low) } else { 0.5 };
    [low - margin, high + margin]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P = ½ + (value)/20 on [−2, 2]², where the sign of the value is the class.
    fn boundary(n: usize, value: impl Fn(f64, f64) -> f64) -> Boundary {
        let at = |i: usize| -2.0 + 4.0 * i as f64 / (n - 1) as f64;
        let probability =
            Array2::from_shape_fn((n, n), |(row, column)| 0.5 + value(at(column), at(row)) / 20.0);
        Boundary { extent: [-2.0, 2.0, -2.0, 2.0], probability }
    }

    fn metric(boundary: Boundary, name: &str) -> f64 {
        boundary.describe().0.iter().find(|metric| metric.name == name).unwrap().value
    }

    #[test]
    fn a_circle_has_its_circumference_and_two_regions() {
        let circle = || boundary(201, |x, y| 1.0 - x * x - y * y);
        // The polygon's length falls short by a share of about h² = 4·10⁻⁴ of the curvature squared.
        assert!((metric(circle(), "boundary.length") - std::f64::consts::TAU).abs() < 1e-3);
        assert_eq!(metric(circle(), "boundary.regions"), 2.0);
    }

    #[test]
    fn a_line_has_its_length_and_islands_are_counted() {
        // √(4² + 2²): exact for a linear function up to rounding.
        let line = boundary(50, |x, y| x + 0.3 - 2.0 * y);
        let expected = 4.0 * 1.25_f64.sqrt();
        assert!((metric(line, "boundary.length") - expected).abs() < 1e-12);
        let islands = boundary(200, |x, y| 0.02 - (x.abs() - 1.0).powi(2) - (y.abs() - 1.0).powi(2));
        assert_eq!(metric(islands, "boundary.regions"), 5.0);
    }

    #[test]
    fn a_plane_of_one_class_has_no_boundary_and_a_saddle_joins_no_line_twice() {
        let plain = boundary(10, |_, _| 1.0);
        assert_eq!(plain.contour().len(), 0);
        assert_eq!(plain.regions(), 1);
        let saddle = boundary(2, |x, y| x * y);
        assert_eq!(saddle.contour().len(), 2);
        assert_eq!(widened([3.0].into_iter(), 0.1), [2.5, 3.5]);
        assert_eq!(widened([0.0, 10.0].into_iter(), 0.1), [-1.0, 11.0]);
    }
}
