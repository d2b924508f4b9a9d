//! A figure put together anew for a sheet of a given width: what has no room beside something else stands
//! above or below it.

use super::fonts::Fonts;
use super::panel::{self, NAME};
use super::{AT_ENDS, Aspect, Entry, Figure, Mark, Panel, Sign, Ticks, broken, ends};

/// A panel beside which the ends of lines are named has at least this share of the width.
const BESIDE: f64 = 0.6;

/// Names of rows take at most this share of the width.
const NAMES: f64 = 0.36;

/// The figure with so many units of width for each panel.
pub(super) fn fitted(figure: &Figure, room: f64, fonts: &Fonts) -> Figure {
    let mut figure = figure.clone();
    if figure.panels.iter().any(|panel| !has_room_for_ends(panel, room, fonts)) {
        name_in_legend(&mut figure);
    } else {
        // Where they are anyone sees.
        figure.legend.retain(|entry| !entry.text.ends_with(AT_ENDS));
    }
    for panel in &mut figure.panels {
        break_names(panel, NAMES * room);
    }
    figure
}

/// Whether the names at the ends of lines leave the panel enough of the width, and each other of the height.
fn has_room_for_ends(panel: &Panel, room: f64, fonts: &Fonts) -> bool {
    let n = panel.marks.iter().filter(|mark| matches!(mark, Mark::End { .. })).count();
    let [left, _, right, _] = panel::margins_alone(panel, fonts);
    let area = room - left - right;
    n == 0 || (area >= BESIDE * (room - left) && n as f64 * ends::APART <= 0.68 * area)
}

/// Moves the names at the ends of lines into the legend, behind their heading.
fn name_in_legend(figure: &mut Figure) {
    let mut named: Vec<Entry> = Vec::new();
    for panel in &mut figure.panels {
        panel.marks.retain(|mark| {
            if let Mark::End { text, pen, .. } = mark {
                if !named.iter().any(|entry| entry.text == *text) {
                    named.push(Entry { sign: Sign::Line(*pen), text: text.clone() });
                }
                return false;
            }
            true
        });
    }
    let heading = figure.legend.iter_mut().position(|entry| {
        let bare = entry.text.strip_suffix(AT_ENDS).map(|text| text.trim_end().to_owned());
        bare.map(|text| entry.text = text).is_some()
    });
    let at = heading.map_or(0, |at| at + 1);
    figure.legend.splice(at..at, named);
}

/// Breaks the names of rows anew, and gives the rows room for their lines.
fn break_names(panel: &mut Panel, width: f64) {
    let Ticks::Names(names) = &mut panel.y.ticks else { return };
    for name in names.iter_mut() {
        *name = broken(&name.replace('\n', " "), width);
    }
    let lines = names.iter().map(|name| name.lines().count()).max().unwrap_or(1);
    if let Aspect::Height(height) = &mut panel.aspect {
        let needed = names.len() as f64 * (NAME * lines as f64 + 8.0);
        *height = (*height).max(needed.ceil() as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::super::paper::{Element, Form};
    use super::super::{Axis, Length, Look, Scale, Theme, layout, series};
    use super::*;

    /// Lines with names at their ends.
    fn figure(names: &[&str]) -> Figure {
        let line = |(i, name): (usize, &&str)| {
            let (end, pen) = ((10.0, 1.0 + i as f64), series(i));
            let points = vec![(1.0, 1.0), end];
            [Mark::Line { points, pen, width: 2.0 }, Mark::End { at: end, text: (*name).to_owned(), pen }]
        };
        let panel = Panel {
            title: String::new(),
            x: Axis::new("step (parameter updates)", Scale::Linear),
            y: Axis::new("training loss (mean cross-entropy, nats)", Scale::Linear),
            aspect: Aspect::Free,
            marks: names.iter().enumerate().flat_map(line).collect(),
        };
        let heading = Entry { sign: Sign::Title, text: format!("optimizer: {AT_ENDS}") };
        Figure {
            title: "A title that is longer than a column of a paper is wide, and so is broken".to_owned(),
            panels: vec![panel],
            columns: None,
            legend: vec![heading],
            bar: None,
            left_out: Vec::new(),
        }
    }

    fn ends(figure: &Figure) -> usize {
        figure.panels[0].marks.iter().filter(|mark| matches!(mark, Mark::End { .. })).count()
    }

    #[test]
    fn names_at_the_ends_go_to_the_legend_where_they_would_take_the_room() {
        let (fonts, long) = (Fonts::shipped(), ["momentum, β = 0.9, dampened", "sgd"]);
        let wide = fitted(&figure(&long), 900.0, fonts);
        assert_eq!((ends(&wide), wide.legend.len()), (2, 0));
        let narrow = fitted(&figure(&long), 390.0, fonts);
        let legend: Vec<&str> = narrow.legend.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!((ends(&narrow), legend), (0, vec!["optimizer:", long[0], long[1]]));
        assert_eq!(ends(&fitted(&figure(&["adam", "sgd"]), 390.0, fonts)), 2, "short ones have room");
        let many = ["a"; 20];
        assert_eq!(ends(&fitted(&figure(&many), 390.0, fonts)), 0, "so many would lie on one another");
    }

    #[test]
    fn names_of_rows_are_broken_anew_and_rows_grow_with_them() {
        let mut figure = figure(&[]);
        figure.panels[0].y.ticks =
            Ticks::Names(vec!["one two three four five six".to_owned(), "a".to_owned()]);
        figure.panels[0].aspect = Aspect::Height(60);
        let of = |room: f64| {
            let panel = fitted(&figure, room, Fonts::shipped()).panels.remove(0);
            let Ticks::Names(names) = panel.y.ticks else { panic!("names stay names") };
            (names[0].lines().count(), panel.aspect)
        };
        assert_eq!(of(900.0), (1, Aspect::Height(60)));
        assert_eq!(of(300.0), (2, Aspect::Height(2 * 38)));
    }

    #[test]
    fn everything_stays_on_a_sheet_of_any_width() {
        for (theme, millimetres) in
            [(Theme::Paper, 40.0), (Theme::Paper, 85.0), (Theme::Slides, 120.0), (Theme::Screen, 400.0)]
        {
            let look = Look { theme, is_dark: false, width: Some(Length::Millimetres(millimetres)) };
            let mut figure = figure(&["adam", "sgd with momentum and a long name"]);
            figure.panels = vec![figure.panels.remove(0); 3];
            let paper = layout::draw(&figure, &look.sheet(), Fonts::shipped());
            assert!((paper.width * look.unit() - millimetres).abs() < 1e-9);
            let mut n_seen = 0;
            for element in &paper.elements {
                let Element::Text(Some(Form { path, .. })) = element else { continue };
                let (bounds, width) = (path.bounds(), paper.width as f32);
                // An axis may end with a number that reaches a little beyond it.
                assert!(
                    bounds.left() > -2.0 && bounds.right() < width + 2.0,
                    "{theme:?} {bounds:?} of {width}"
                );
                n_seen += 1;
            }
            assert!(n_seen > 10, "{n_seen}");
        }
    }
}
