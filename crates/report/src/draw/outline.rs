//! Outlines of lines, areas and points.

use std::f64::consts::{FRAC_PI_2, TAU};

use tiny_skia::{Path, PathBuilder, Rect};

use super::{Shape, Style};

/// A place on the sheet: two decimals are finer than any screen.
pub(super) fn rounded(place: f64) -> f32 {
    // By way of its digits, which no product by 100 gives for all numbers.
    format!("{place:.2}").parse::<f64>().expect("a number was written") as f32
}

/// x, y, width, height. `None` if it has no area.
pub(super) fn rectangle(area: [f64; 4]) -> Option<Path> {
    let [x, y, width, height] = area.map(rounded);
    let rect = if width > 0.0 && height > 0.0 { Rect::from_xywh(x, y, width, height) } else { None };
    rect.map(PathBuilder::from_rect)
}

/// `None` with less than two points.
pub(super) fn line(points: &[(f64, f64)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    add_line(&mut path, points);
    path.finish()
}

/// `None` if there are none.
pub(super) fn segments(segments: &[[(f64, f64); 2]]) -> Option<Path> {
    let mut path = PathBuilder::new();
    segments.iter().for_each(|ends| add_line(&mut path, ends));
    path.finish()
}

/// `None` with less than three corners.
pub(super) fn area(corners: &[(f64, f64)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    if corners.len() > 2 {
        add_line(&mut path, corners);
        path.close();
    }
    path.finish()
}

/// Points of one style; `None` if there are none.
pub(super) fn points(centers: &[(f64, f64)], style: Style) -> Option<Path> {
    let mut path = PathBuilder::new();
    centers.iter().for_each(|center| add_point(&mut path, style.shape, *center, style.size));
    path.finish()
}

fn add_line(path: &mut PathBuilder, points: &[(f64, f64)]) {
    for (i, (x, y)) in points.iter().enumerate() {
        let (x, y) = (rounded(*x), rounded(*y));
        if i == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
}

fn add_point(path: &mut PathBuilder, shape: Shape, (x, y): (f64, f64), r: f64) {
    let mut closed = |corners: &[(f64, f64)]| {
        add_line(path, &corners.iter().map(|(dx, dy)| (x + r * dx, y + r * dy)).collect::<Vec<_>>());
        path.close();
    };
    match shape {
        Shape::Square => closed(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        Shape::Triangle => closed(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
        Shape::Nabla => closed(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
        Shape::Plus => {
            let (near, far) = (0.42, 1.15);
            closed(&[
                (near, near),
                (near, far),
                (-near, far),
                (-near, near),
                (-far, near),
                (-far, -near),
                (-near, -near),
                (-near, -far),
                (near, -far),
                (near, -near),
                (far, -near),
                (far, near),
            ]);
        }
        Shape::Diamond => closed(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
        Shape::Cross => {
            add_line(path, &[(x - r, y - r), (x + r, y + r)]);
            add_line(path, &[(x - r, y + r), (x + r, y - r)]);
        }
        Shape::Circle => {
            let [left, right, y] = [x - r, x + r, y].map(rounded).map(f64::from);
            path.move_to(left as f32, y as f32);
            add_arc(path, (left, right, y), r);
            add_arc(path, (right, left, y), r);
            path.close();
        }
    }
}

/// The larger arc of radius r clockwise from one place to another at the same height, as cubic curves: half a
/// circle but for the rounding of its ends. Where these lie too far apart for r, the radius is half of their
/// distance.
fn add_arc(path: &mut PathBuilder, (from, to, y): (f64, f64, f64), r: f64) {
    let half = 0.5 * (from - to);
    let r = r.max(half.abs());
    let center = (0.5 * (from + to), y + (r * r - half * half).max(0.0).sqrt() * half.signum());
    let angle = |x: f64| libm::atan2((y - center.1) / r, (x - center.0) / r);
    let start = angle(from);
    let sweep = (angle(to) - start).rem_euclid(TAU);
    // Quarters of a circle are off by 3e-4 of its radius.
    let n = (3.999_999 * sweep / TAU).ceil();
    let step = sweep / n;
    let arm = 4.0 / 3.0 * libm::tan(0.25 * step);
    let at = |angle: f64| (r * libm::cos(angle), r * libm::sin(angle));
    for i in 0..n as usize {
        let (a, b) = (start + i as f64 * step, start + (i + 1) as f64 * step);
        let ((ax, ay), (bx, by)) = (at(a), at(b));
        let ((au, av), (bu, bv)) = (at(a + FRAC_PI_2), at(b + FRAC_PI_2));
        let [x1, x2, x3] = [ax + arm * au, bx - arm * bu, bx].map(|x| (center.0 + x) as f32);
        let [y1, y2, y3] = [ay + arm * av, by - arm * bv, by].map(|y| (center.1 + y) as f32);
        path.cubic_to(x1, y1, x2, y2, x3, y3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::WHITE;

    #[test]
    fn places_have_two_decimals_by_their_digits() {
        // 2.675 is a little less in binary, and 100 times that is 267.5.
        assert_eq!([2.675, -2.675, 3.0, 0.128].map(rounded), [2.67, -2.67, 3.0, 0.13]);
    }

    /// A point of radius 4 at (10, 20).
    fn bounds(shape: Shape) -> [f32; 4] {
        let style = Style { shape, color: WHITE, edge: WHITE, edge_width: 1.0, size: 4.0 };
        let path = points(&[(10.0, 20.0)], style).unwrap();
        let bounds = path.compute_tight_bounds().unwrap();
        [bounds.left(), bounds.top(), bounds.right(), bounds.bottom()]
    }

    #[test]
    fn points_reach_as_far_as_their_shape_says() {
        let close = |found: [f32; 4], expected: [f32; 4]| {
            let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 4.0 * 4e-4, "{found:?}");
        };
        close(bounds(Shape::Circle), [6.0, 16.0, 14.0, 24.0]);
        close(bounds(Shape::Square), [6.4, 16.4, 13.6, 23.6]);
        close(bounds(Shape::Triangle), [5.6, 15.2, 14.4, 23.2]);
        close(bounds(Shape::Diamond), [5.0, 15.0, 15.0, 25.0]);
        close(bounds(Shape::Cross), [6.0, 16.0, 14.0, 24.0]);
    }

    #[test]
    fn an_arc_is_round_and_clockwise_also_where_its_ends_are_too_close() {
        for (from, to) in [(-1.0, 1.0), (-0.98, 0.98), (-1.1, 1.1), (1.0, -1.0)] {
            let mut path = PathBuilder::new();
            path.move_to(from as f32, 0.0);
            add_arc(&mut path, (from, to, 0.0), 1.0);
            let path = path.finish().unwrap();
            let end = path.points().last().unwrap();
            assert!((f64::from(end.x) - to).abs() < 1e-6 && end.y.abs() < 1e-6, "{from}: {end:?}");
            let bounds = path.compute_tight_bounds().unwrap();
            let r = from.abs().max(1.0) as f32;
            // The sheet's y points down, so the way from left to right goes over the top.
            let height = if from < to { -bounds.top() } else { bounds.bottom() };
            let rest = (r * r - (from * from) as f32).max(0.0).sqrt();
            assert!((height - r - rest).abs() < 1e-3, "{from}: {bounds:?}");
        }
    }

    #[test]
    fn what_has_no_extent_has_no_outline() {
        assert!(rectangle([1.0, 1.0, 0.0, 2.0]).is_none() && rectangle([1.0, 1.0, 2.0, -1.0]).is_none());
        assert!(line(&[(1.0, 1.0)]).is_none() && segments(&[]).is_none());
        assert!(area(&[(0.0, 0.0), (1.0, 1.0)]).is_none());
        assert!(rectangle([1.0, 1.0, 2.0, 2.0]).is_some() && line(&[(1.0, 1.0), (2.0, 1.0)]).is_some());
    }
}
