//! Lines of equal value on a grid.

/// The segments x₀, y₀, x₁, y₁ along which a field has the value `level`, by marching squares with linear
/// interpolation. The field is given row by row; coordinates are those of the grid: column and row, counted
/// from 0.
pub(super) fn contour(values: &[f64], columns: usize, level: f64) -> Vec<[f64; 4]> {
    let mut segments = Vec::new();
    for row in 0..(values.len() / columns).saturating_sub(1) {
        for column in 0..columns - 1 {
            let corners = [(0, 0), (0, 1), (1, 1), (1, 0)];
            let above = corners.map(|(r, c)| values[(row + r) * columns + column + c] - level);
            let crossing = |from: usize| {
                let to = (from + 1) % 4;
                let share = above[from] / (above[from] - above[to]);
                let ((r0, c0), (r1, c1)) = (corners[from], corners[to]);
                let along = |start: usize, a: usize, b: usize| {
                    start as f64 + a as f64 + share * (b as f64 - a as f64)
                };
                (along(column, c0, c1), along(row, r0, r1))
            };
            let crossed: Vec<usize> =
                (0..4).filter(|i| (above[*i] > 0.0) != (above[(i + 1) % 4] > 0.0)).collect();
            // With all four sides crossed the mean of the corners decides which corners are joined.
            let pairs: &[[usize; 2]] = match crossed.as_slice() {
                [a, b] => &[[*a, *b]],
                [_, _, _, _] if (above.iter().sum::<f64>() > 0.0) == (above[0] > 0.0) => &[[0, 1], [2, 3]],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_crossed_by_a_straight_line() {
        // x + 2y on 4 columns and 3 rows; all crossings are halves and exact.
        let values: Vec<f64> = (0..12).map(|i| f64::from(i % 4) + 2.0 * f64::from(i / 4)).collect();
        let segments = contour(&values, 4, 3.5);
        assert!(segments.len() >= 3);
        for [x0, y0, x1, y1] in &segments {
            assert_eq!((x0 + 2.0 * y0, x1 + 2.0 * y1), (3.5, 3.5));
        }
        let length: f64 = segments.iter().map(|[x0, y0, x1, y1]| (x1 - x0).hypot(y1 - y0)).sum();
        // From (3, ¼) to (0, 1¾), in pieces.
        assert!((length - 3.0_f64.hypot(1.5)).abs() < 1e-14);
    }

    #[test]
    fn a_saddle_joins_no_line_twice_and_a_level_outside_has_no_line() {
        assert_eq!(contour(&[1.0, -1.0, -1.0, 1.0], 2, 0.25).len(), 2);
        assert_eq!(contour(&[1.0, -1.0, -1.0, 1.0], 2, 1.5).len(), 0);
        assert_eq!(contour(&[1.0, 2.0, 3.0], 3, 2.5).len(), 0, "one row has no squares");
    }
}
