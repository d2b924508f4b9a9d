//! The effect of a verdict with its interval, beside the range that is claimed, as a small picture.

use std::fmt::Write;

use crate::Verdict;
use crate::draw::{Scale, drawn, escape};

/// Width and height of the picture, and of the strip in it, in pixels.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 44.0;
const FOOT: f64 = 24.0;

/// What a picture shows, as places from 0 to 1.
struct Places {
    point: f64,
    interval: Option<(f64, f64)>,
    /// Ends of the claimed range; those without a number are those of the picture.
    claimed: (Option<f64>, Option<f64>),
}

/// The picture; `None` without an effect.
pub(super) fn draw(verdict: &Verdict) -> Option<String> {
    let (point, interval) = match &verdict.score {
        Some(score) => (score.effect, score.interval),
        None => (verdict.effect?, verdict.interval),
    };
    let claimed = verdict.behind.claimed;
    let places = Places::new(point, interval, claimed, verdict.scale)?;
    let x = |place: f64| 2.0 + place * (WIDTH - 4.0);
    let (low, high) = (places.claimed.0.map_or(0.0, x), places.claimed.1.map_or(WIDTH, x));
    let name = description(point, interval, claimed);
    let mut svg = format!(
        "<svg class=\"bar\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\">\n",
        escape(&name)
    );
    let middle = FOOT / 2.0;
    let mut add = |element: String| writeln!(svg, "{element}").expect("a string takes all text");
    add(format!("<rect class=\"strip\" width=\"{WIDTH}\" height=\"{FOOT}\"/>"));
    add(format!(
        "<rect class=\"claimed\" x=\"{low:.1}\" width=\"{:.1}\" height=\"{FOOT}\"/>",
        (high - low).max(0.0)
    ));
    for (place, end) in [(places.claimed.0, claimed.0), (places.claimed.1, claimed.1)] {
        let Some(place) = place.map(x) else { continue };
        add(format!("<path class=\"bound\" d=\"M{place:.1} 0V{:.1}\"/>", FOOT + 4.0));
        let anchor = match place {
            place if place < 30.0 => "start",
            place if place > WIDTH - 30.0 => "end",
            _ => "middle",
        };
        add(format!(
            "<text x=\"{place:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            FOOT + 17.0,
            drawn(end, 3)
        ));
    }
    if let Some((low, high)) = places.interval.map(|(low, high)| (x(low), x(high))) {
        let (above, below) = (middle - 5.0, middle + 5.0);
        add(format!(
            "<path class=\"interval\" d=\"M{low:.1} {middle}H{high:.1}M{low:.1} {above}V{below}M{high:.1} {above}V{below}\"/>"
        ));
    }
    add(format!("<circle class=\"point\" cx=\"{:.1}\" cy=\"{middle}\" r=\"4.5\"/>", x(places.point)));
    Some(svg + "</svg>\n")
}

impl Places {
    fn new(point: f64, interval: Option<(f64, f64)>, claimed: (f64, f64), scale: Scale) -> Option<Self> {
        let ends = [claimed.0, claimed.1].into_iter().filter(|end| end.is_finite());
        let all: Vec<f64> = [point]
            .into_iter()
            .chain(interval.into_iter().flat_map(|(low, high)| [low, high]))
            .chain(ends)
            .collect();
        // What ratios are claimed to be below begins at 0, which has no place among ratios.
        let counted: Vec<f64> = all.iter().copied().filter(|x| scale == Scale::Linear || *x != 0.0).collect();
        let scale = if counted.iter().all(|x| *x > 0.0) { scale } else { Scale::Linear };
        let places: Vec<f64> =
            counted.iter().map(|x| scale.of(*x)).filter(|place| place.is_finite()).collect();
        let (low, high) =
            places.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
        if !(scale.of(point).is_finite() && (high - low).is_finite()) {
            return None;
        }
        let room = if high > low { 0.15 * (high - low) } else { 0.5 * low.abs().max(0.1) };
        let (low, high) = (low - room, high + room);
        let at = |x: f64| (scale.of(x) - low) / (high - low);
        let end = |end: f64| (end.is_finite() && scale.of(end).is_finite()).then(|| at(end));
        Some(Self {
            point: at(point),
            interval: interval.map(|(low, high)| (at(low).clamp(0.0, 1.0), at(high).clamp(0.0, 1.0))),
            claimed: (end(claimed.0), end(claimed.1)),
        })
    }
}

/// `effect 0.827, interval 0.653 to 1.05; claimed: below 1`
fn description(point: f64, interval: Option<(f64, f64)>, (low, high): (f64, f64)) -> String {
    let number = |x: f64| drawn(x, 3);
    let mut text = format!("effect {}", number(point));
    if let Some((low, high)) = interval {
        text += &format!(", interval {} to {}", number(low), number(high));
    }
    text + &match (low.is_finite(), high.is_finite()) {
        (true, true) if low != 0.0 => format!("; claimed: between {} and {}", number(low), number(high)),
        (_, true) => format!("; claimed: at most {}", number(high)),
        (true, false) => format!("; claimed: at least {}", number(low)),
        (false, false) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_on_the_scale_of_the_effect() {
        let of = |scale, claimed| Places::new(4.0, Some((1.0, 16.0)), claimed, scale).unwrap();
        let places = of(Scale::Log, (0.0, 16.0));
        // Three places at equal ratios: the middle one is half way, and 0 is beyond the picture.
        assert!((places.point - 0.5).abs() < 1e-12 && places.claimed.0.is_none(), "{}", places.point);
        let (low, high) = places.interval.unwrap();
        assert!((low + high - 1.0).abs() < 1e-12 && Some(high) == places.claimed.1 && low > 0.05);
        let places = of(Scale::Linear, (f64::NEG_INFINITY, 8.5));
        assert!((places.claimed.1.unwrap() - 0.5).abs() < 1e-12 && places.point < 0.5);
        assert!(Places::new(f64::INFINITY, None, (0.0, f64::INFINITY), Scale::Linear).is_none());
        assert_eq!(
            description(-0.25, Some((-0.5, 1e-7)), (f64::NEG_INFINITY, -0.1)),
            "effect −0.25, interval −0.5 to 10⁻⁷; claimed: at most −0.1"
        );
        let alone = Places::new(2.0, None, (f64::NEG_INFINITY, f64::INFINITY), Scale::Linear).unwrap();
        assert!((alone.point - 0.5).abs() < 1e-12);
    }
}
