//! From where to where the axis of curves goes.

use super::Band;
use super::courses::Course;
use crate::draw::{Ruler, Scale};

/// What runs that diverged did takes this share of the axis at most.
const MOST: f64 = 0.5;

/// The values at both ends of the axis, if it is not to hold all that is drawn.
///
/// Where the curves of runs that diverged would take most of it, it is that of the runs that completed. And
/// the interval of two or three replicates may be so wide that the curves would be lost in it: the axis
/// reaches at most the curves' own range beyond them. `band` is what is drawn around them, if anything is.
pub(super) fn range(courses: &[&Course], scale: Scale, band: Option<Band>) -> Option<(f64, f64)> {
    let hull = |values: &mut dyn Iterator<Item = f64>| {
        let places = values.map(|y| scale.of(y)).filter(|place| place.is_finite());
        places.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), place| (a.min(place), b.max(place)))
    };
    let all = |courses: &[&Course]| {
        let lines = hull(&mut courses.iter().flat_map(|course| course.values()));
        let drawn = courses.iter().filter(|_| band.is_some());
        let bands = hull(&mut drawn.flat_map(|course| course.ends_of_bands()));
        let length = lines.1 - lines.0;
        let (low, high) = (bands.0.max(lines.0 - length), bands.1.min(lines.1 + length));
        let kept = if band == Some(Band::Interval) && length > 0.0 { (low, high) } else { bands };
        let union = |(low, high): (f64, f64)| (low.min(lines.0), high.max(lines.1));
        (union(kept), union(bands))
    };
    let (kept, whole) = all(courses);
    let steady: Vec<&Course> = courses.iter().copied().filter(|course| course.ends.is_empty()).collect();
    let survivors = hull(&mut courses.iter().flat_map(|course| course.completed.iter().copied()));
    let (of_steady, _) = all(&steady);
    let completed = (of_steady.0.min(survivors.0), of_steady.1.max(survivors.1));
    let length = |(low, high): (f64, f64)| high - low;
    let at = |(low, high): (f64, f64)| (scale.at(low), scale.at(high));
    if completed.0 <= completed.1 && length(completed) < (1.0 - MOST) * length(kept) {
        let (low, high) = at(completed);
        return Some(at(scale.range([low, high].into_iter())));
    }
    (kept != whole).then(|| at(kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::series;
    use crate::figures::curves::courses::Point;

    fn course(values: &[f64], ends: &[f64], completed: &[f64]) -> Course {
        let point = |(i, y): (usize, &f64)| Point { x: 1.0 + i as f64, y: *y, band: Some((*y, *y)) };
        Course {
            text: String::new(),
            pen: series(0),
            points: values.iter().enumerate().map(point).collect(),
            predicted: Vec::new(),
            ends: ends.iter().map(|y| (9.0, *y)).collect(),
            completed: completed.to_vec(),
            off: None,
            runs: Vec::new(),
        }
    }

    #[test]
    fn runs_that_diverged_do_not_flatten_the_others() {
        let steady = course(&[4.0, 1.0], &[], &[]);
        let of = |other: Course| range(&[&steady, &other], Scale::Linear, Some(Band::Range));
        let (low, high) = of(course(&[4.0, 1e9], &[1e9], &[])).unwrap();
        assert!((low - 0.88).abs() < 1e-9 && (high - 4.12).abs() < 1e-9, "{low} {high}, with a little room");
        assert_eq!(of(course(&[4.0, 6.0], &[6.0], &[])), None, "they are seen as well");
        let (low, _) = of(course(&[4.0, -100.0], &[-100.0], &[])).unwrap();
        assert!((low - 0.88).abs() < 1e-9, "downwards too");
        // Of a series some runs of which diverged the others count, and not the mean.
        let (_, high) = of(course(&[4.0, 1e9], &[1e9], &[4.0, 7.0])).unwrap();
        assert!((high - 7.24).abs() < 1e-9, "{high}");
        let alone = course(&[4.0, 1e9], &[1e9], &[]);
        assert_eq!(
            range(&[&alone], Scale::Linear, Some(Band::Range)),
            None,
            "nothing else is there to be seen"
        );
    }
}
