//! Where the ticks of an axis go, and how their texts stand.

use super::fonts::Fonts;
use super::lines::wrap;
use super::panel::TICK;
use super::{Axis, Ruler, Scale, Ticks};

/// Least space between two texts side by side, and between two that read upwards.
const APART: f64 = 8.0;
const UPRIGHT: f64 = TICK + 3.0;

/// Round numbers that are wanted at most where fewer would leave one alone.
const MOST: usize = 10;

/// Length of an upright text beyond which it is broken, if its lines have room.
const LONG: f64 = 170.0;

/// Ticks of one axis: places with texts, and whether the texts read upwards.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) ticks: Vec<(f64, String)>,
    pub(super) is_upright: bool,
}

/// Ticks along a range of places that is `width` pixels wide, with about one for every `each` pixels where
/// nothing else is wanted.
pub(super) fn across(axis: &Axis, range: (f64, f64), (width, each): (f64, f64), fonts: &Fonts) -> Row {
    let pixels = |from: f64, to: f64| super::panel::part((from, to), range) * width;
    let flat = |ticks: Vec<(f64, String)>| Row { ticks, is_upright: false };
    let fits = |ticks: &[(f64, String)]| {
        let half = |text: &str| fonts.width(text, TICK) / 2.0;
        ticks
            .windows(2)
            .all(|pair| pixels(pair[0].0, pair[1].0) >= half(&pair[0].1) + half(&pair[1].1) + APART)
    };
    match &axis.ticks {
        Ticks::At(given) => {
            let ticks = places(axis.scale, given, range);
            if !ticks.is_empty() && fits(&ticks) {
                return flat(ticks);
            }
        }
        Ticks::Names(names) => {
            let ticks = named(names);
            if fits(&ticks) {
                return flat(ticks);
            }
            let apart = pixels(0.0, 1.0);
            let every = (UPRIGHT / apart).ceil().max(1.0) as usize;
            let shown = ticks.into_iter().step_by(every);
            let broken = |(place, text): (f64, String)| {
                let lines = wrap(&text, TICK, LONG, fonts);
                let has_room = lines.len() as f64 * UPRIGHT <= apart;
                (place, if has_room { lines.join("\n") } else { text })
            };
            return Row { ticks: shown.map(broken).collect(), is_upright: true };
        }
        Ticks::Round => {}
    }
    // One tick tells no scale: more are wanted until there are two, and fewer until they have room.
    let wanted = (width / each).max(3.0) as usize;
    let round = |wanted: usize| axis.scale.ticks(range, wanted);
    let found = (2..=wanted).rev().chain(wanted + 1..=MOST).map(round).find(|all| all.len() > 1 && fits(all));
    let thinned = || {
        let all = round(wanted);
        (2..=all.len())
            .map(|every| all.iter().step_by(every).cloned().collect())
            .find(|some: &Vec<_>| fits(some))
    };
    flat(found.or_else(thinned).unwrap_or_else(|| round(wanted)))
}

/// Ticks along a vertical range of places that is `height` pixels high; very many names are thinned.
pub(super) fn upwards(axis: &Axis, range: (f64, f64), height: f64) -> Vec<(f64, String)> {
    match &axis.ticks {
        Ticks::Names(names) => {
            let apart = super::panel::part((0.0, 1.0), range) * height;
            let every = (UPRIGHT / apart).ceil().max(1.0) as usize;
            named(names).into_iter().step_by(every).collect()
        }
        Ticks::Round | Ticks::At(_) => axis.scale.ticks(range, 6),
    }
}

fn named(names: &[String]) -> Vec<(f64, String)> {
    names.iter().enumerate().map(|(i, name)| (i as f64, name.clone())).collect()
}

/// The places of numbers that lie in a range.
fn places(scale: Scale, given: &[(f64, String)], (low, high): (f64, f64)) -> Vec<(f64, String)> {
    let placed = given.iter().map(|(x, text)| (scale.of(*x), text.clone()));
    placed.filter(|(place, _)| (low..=high).contains(place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(row: &Row) -> Vec<&str> {
        row.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn swept_values_are_the_ticks_where_they_have_room() {
        let fonts = Fonts::shipped();
        let sizes = [1.0, 2.0, 4.0, 500.0].map(|x: f64| (x, x.to_string()));
        let axis = |scale| Axis { ticks: Ticks::At(sizes.to_vec()), ..Axis::new("size", scale) };
        let log = across(&axis(Scale::Log), (0.0, 2.7), (600.0, 75.0), fonts);
        assert_eq!(texts(&log), ["1", "2", "4", "500"]);
        assert!((log.ticks[1].0 - 2.0_f64.log10()).abs() < 1e-12);
        let linear = across(&axis(Scale::Linear), (0.0, 510.0), (600.0, 75.0), fonts);
        assert_eq!(texts(&linear)[..3], ["0", "100", "200"], "1, 2 and 4 would lie on one another");
    }

    #[test]
    fn round_numbers_have_room_and_are_not_alone() {
        let fonts = Fonts::shipped();
        let ticks = |scale: Scale, (low, high): (f64, f64), width: f64| {
            let row = across(&Axis::new("", scale), (scale.of(low), scale.of(high)), (width, 75.0), fonts);
            texts(&row).join(" ")
        };
        assert_eq!(ticks(Scale::Log, (0.015, 0.15), 300.0), "0.02 0.05 0.1");
        assert_eq!(ticks(Scale::Log, (0.015, 0.15), 75.0), "0.02 0.1");
        assert_eq!(ticks(Scale::Linear, (0.2, 0.99), 200.0), "0.2 0.4 0.6 0.8");
        assert_eq!(ticks(Scale::Linear, (10_000.5, 10_000.9), 150.0).split(' ').count(), 2);
    }

    #[test]
    fn long_names_read_upwards_and_very_many_are_thinned() {
        let fonts = Fonts::shipped();
        let axis = |n: usize| Axis {
            ticks: Ticks::Names((0..n).map(|i| format!("optimizer {i}")).collect()),
            ..Axis::new("", Scale::Linear)
        };
        let few = across(&axis(4), (-0.5, 3.5), (600.0, 75.0), fonts);
        assert!(!few.is_upright && few.ticks.len() == 4);
        let more = across(&axis(20), (-0.5, 19.5), (600.0, 75.0), fonts);
        assert!(more.is_upright && more.ticks.len() == 20);
        let many = across(&axis(200), (-0.5, 199.5), (600.0, 75.0), fonts);
        assert_eq!((many.ticks.len(), texts(&many)[1]), (34, "optimizer 6"));
        assert_eq!(upwards(&axis(200), (-0.5, 199.5), 600.0).len(), 34);
        let long = "an optimizer with a name that is as long as a line".to_owned();
        let axis = |n| Axis { ticks: Ticks::Names(vec![long.clone(); n]), ..Axis::new("", Scale::Linear) };
        let lines = |n: usize| {
            across(&axis(n), (-0.5, n as f64 - 0.5), (600.0, 75.0), fonts).ticks[0].1.lines().count()
        };
        assert_eq!((lines(10), lines(30)), (2, 1), "as far as there is room");
        assert_eq!(upwards(&axis(20), (-0.5, 19.5), 600.0).len(), 20);
    }
}
