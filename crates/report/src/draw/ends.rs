//! Names beside the ends of lines.

use super::color::INK;
use super::fonts::Fonts;
use super::panel::TICK;
use super::paper::{Anchor, Paper};
use super::{Mark, Panel, Pen};

/// From name to name, and from the area to the names.
pub(super) const APART: f64 = TICK + 3.0;
const AWAY: f64 = 20.0;

/// The space that the names take to the right of the area; none without names.
pub(super) fn space(panel: &Panel, fonts: &Fonts) -> f64 {
    ends(panel).map(|(_, text, _)| fonts.width(text, TICK) + AWAY + 2.0).fold(0.0, f64::max)
}

/// Draws the names, none over another, each with a thin line to its end. `at` gives the pixel of a place.
pub(super) fn draw(
    paper: &mut Paper,
    panel: &Panel,
    area: [f64; 4],
    at: &dyn Fn((f64, f64)) -> Option<(f64, f64)>,
) {
    let mut names: Vec<((f64, f64), &str, Pen)> =
        ends(panel).filter_map(|(place, text, pen)| Some((at(place)?, text, pen))).collect();
    names.sort_by(|((_, a), ..), ((_, b), ..)| a.total_cmp(b));
    let wanted: Vec<f64> = names.iter().map(|((_, y), ..)| *y).collect();
    let (top, foot) = (area[1] + APART / 2.0, area[1] + area[3] - APART / 2.0);
    let right = area[0] + area[2];
    for (((x, y), text, pen), row) in names.into_iter().zip(spread(&wanted, (top, foot), APART)) {
        paper.line(&[(x, y), (right + 3.0, y), (right + AWAY - 4.0, row)], Pen::solid(pen.color), 1.0);
        paper.text((right + AWAY, row + TICK * 0.36), text, TICK, Anchor::Start, INK);
    }
}

fn ends(panel: &Panel) -> impl Iterator<Item = ((f64, f64), &str, Pen)> {
    panel.marks.iter().filter_map(|mark| match mark {
        Mark::End { at, text, pen } => Some((*at, text.as_str(), *pen)),
        _ => None,
    })
}

/// Ascending places moved as little as needed to lie `apart` from each other and between two ends, if there
/// is room for all: groups that meet share the mean of their wishes.
fn spread(wanted: &[f64], (low, high): (f64, f64), apart: f64) -> Vec<f64> {
    // Of each group the number of places, and the sum of where the first of it would be for each wish.
    let mut groups: Vec<(usize, f64)> = Vec::new();
    let start = |(n, sum): (usize, f64)| {
        let last = high - (n - 1) as f64 * apart;
        (sum / n as f64).min(last).max(low)
    };
    for place in wanted {
        let mut group = (1, *place);
        while let Some(before) = groups.last().copied()
            && start(before) + before.0 as f64 * apart > start(group)
        {
            groups.pop();
            group = (before.0 + group.0, before.1 + group.1 - (group.0 * before.0) as f64 * apart);
        }
        groups.push(group);
    }
    let places = |group: (usize, f64)| (0..group.0).map(move |i| start(group) + i as f64 * apart);
    groups.into_iter().flat_map(places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_distance_and_move_no_further_than_they_must() {
        assert_eq!(spread(&[10.0, 50.0], (0.0, 100.0), 10.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0], (0.0, 100.0), 10.0), [45.0, 55.0]);
        assert_eq!(spread(&[20.0, 21.0, 22.0, 90.0], (0.0, 100.0), 10.0), [11.0, 21.0, 31.0, 90.0]);
        assert_eq!(spread(&[0.0, 1.0], (0.0, 100.0), 10.0), [0.0, 10.0], "none above the area");
        assert_eq!(spread(&[99.0, 100.0], (0.0, 100.0), 10.0), [90.0, 100.0], "and none below");
        assert!(spread(&[], (0.0, 1.0), 1.0).is_empty());
    }
}
