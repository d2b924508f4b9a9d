//! The same figure of several results, on one pair of axes.

use crate::draw::{
    Aspect, Axis, Color, Dash, Entry, Figure, INK, Mark, Panel, Pen, Shape, Sign, Ticks, WHITE, series,
};

/// Dashes of the results where colours tell series apart.
const DASHES: [Dash; 2] = [Dash::Solid, Dash::Broken];

/// The figures of results, each with the name of its result, on one another; `None` where a reader could not
/// tell them apart, or they have no axes in common.
pub(crate) fn overlaid(figures: &[(&str, &Figure)]) -> Option<Figure> {
    let (first, rest) = figures.split_first()?;
    if rest.is_empty() || !rest.iter().all(|(_, other)| have_one_frame(first.1, other)) {
        return None;
    }
    let is_alone = figures.iter().all(|(_, figure)| colors(figure).len() <= 1);
    let is_plain =
        figures.iter().all(|(_, figure)| figure.panels.iter().flat_map(|own| &own.marks).all(is_plain));
    if !is_plain || !(is_alone || (figures.len() <= DASHES.len() && have_one_legend(figures))) {
        return None;
    }
    let drawn: Vec<Figure> = figures
        .iter()
        .enumerate()
        .map(|(i, (name, figure))| {
            let mut figure = (*figure).clone();
            let look = if is_alone { Look::Color(series(i).color) } else { Look::Dash(i) };
            for mark in figure.panels.iter_mut().flat_map(|panel| &mut panel.marks) {
                look.give(mark);
                if let Mark::End { text, .. } = mark {
                    *text = format!("{text}, {name}");
                }
            }
            figure
        })
        .collect();
    let mut all = first.1.clone();
    for (i, panel) in all.panels.iter_mut().enumerate() {
        let own: Vec<&Panel> = drawn.iter().map(|figure| &figure.panels[i]).collect();
        panel.marks = own.iter().flat_map(|panel| panel.marks.clone()).collect();
        if is_alone {
            // A name at the end of a line would be that of a series, and not of a result.
            panel.marks.retain(|mark| !matches!(mark, Mark::End { .. }));
        }
        panel.x = shared(own.iter().map(|panel| &panel.x));
        panel.y = shared(own.iter().map(|panel| &panel.y));
        if figures.len() > 1 && own.iter().any(|other| other.title != own[0].title) && all_single(figures) {
            let lines = own.iter().zip(figures).map(|(panel, (name, _))| format!("{name}: {}", panel.title));
            panel.title = lines.collect::<Vec<_>>().join("\n");
        }
    }
    let named = |(i, (name, _)): (usize, &(&str, &Figure))| {
        let pen = match is_alone {
            true => series(i),
            false => Pen { color: INK, dash: DASHES[i] },
        };
        Entry { sign: Sign::Line(pen), text: (*name).to_owned() }
    };
    let entries: Vec<Entry> = figures.iter().enumerate().map(named).collect();
    if is_alone {
        let is_of_series =
            |entry: &Entry| matches!(entry.sign, Sign::Line(_) | Sign::Series(..) | Sign::Point(_));
        all.legend.retain(|entry| !is_of_series(entry) || is_note(entry));
    }
    all.legend.splice(0..0, entries);
    Some(all)
}

/// Gives figures that stand side by side the same axes, where these are of one kind.
pub(crate) fn align(figures: &mut [&mut Figure]) {
    let is_one = |a: &Axis, b: &Axis| {
        let are_names = matches!(a.ticks, Ticks::Names(_)) || matches!(b.ticks, Ticks::Names(_));
        a.label == b.label && a.scale == b.scale && (!are_names || a.ticks == b.ticks)
    };
    let mut panels: Vec<Panel> = figures.iter().flat_map(|figure| figure.panels.clone()).collect();
    let are_one = figures.len() > 1
        && panels.len() == figures.len()
        && panels.windows(2).all(|pair| is_one(&pair[0].x, &pair[1].x) && is_one(&pair[0].y, &pair[1].y))
        && panels.iter().all(|panel| panel.aspect != Aspect::Pixels);
    if !are_one {
        return;
    }
    let mut all = Figure { panels: std::mem::take(&mut panels), ..figures[0].clone() };
    all.share_axes();
    for (figure, panel) in figures.iter_mut().zip(all.panels) {
        figure.panels = vec![panel];
    }
}

/// How the marks of one result look.
#[derive(Clone, Copy)]
enum Look {
    Color(Color),
    Dash(usize),
}

impl Look {
    fn give(self, mark: &mut Mark) {
        let painted = |own: Color| match self {
            Self::Color(color) if is_color(own) => color,
            _ => own,
        };
        match mark {
            Mark::Line { pen, .. } | Mark::End { pen, .. } => {
                pen.color = painted(pen.color);
                if let Self::Dash(i) = self {
                    pen.dash = DASHES[i];
                }
            }
            Mark::Points { style, .. } | Mark::Edge { style, .. } => {
                style.edge = painted(style.edge);
                style.color = painted(style.color);
                let is_area = !matches!(style.shape, Shape::Cross | Shape::Plus);
                if matches!(self, Self::Dash(1)) && is_area && style.color != WHITE {
                    *style = style.hollow();
                }
            }
            Mark::Bars { color, .. } | Mark::Band { color, .. } => *color = painted(*color),
            _ => {}
        }
    }
}

fn is_color(color: Color) -> bool {
    color != INK && color != WHITE
}

/// Whether an entry explains a sign that all series have.
fn is_note(entry: &Entry) -> bool {
    match entry.sign {
        Sign::Line(pen) | Sign::Series(pen, _) => !is_color(pen.color),
        Sign::Point(style) => !is_color(style.color),
        _ => true,
    }
}

/// The colours of lines, points and bars.
fn colors(figure: &Figure) -> Vec<Color> {
    let mut all = Vec::new();
    for mark in figure.panels.iter().flat_map(|panel| &panel.marks) {
        let color = match mark {
            Mark::Line { pen, .. } => pen.color,
            Mark::Points { style, .. } => style.color,
            Mark::Bars { color, .. } | Mark::Band { color, .. } => *color,
            _ => continue,
        };
        if is_color(color) && !all.contains(&color) {
            all.push(color);
        }
    }
    all
}

/// Whether a mark can lie on one of another result, and take its look.
fn is_plain(mark: &Mark) -> bool {
    match mark {
        Mark::Line { pen, .. } => pen.dash == Dash::Solid,
        Mark::Points { style, .. } => style.color != WHITE,
        Mark::Bars { .. } | Mark::Band { .. } | Mark::End { .. } | Mark::Edge { .. } | Mark::Reading(_) => {
            true
        }
        _ => false,
    }
}

fn have_one_frame(a: &Figure, b: &Figure) -> bool {
    let is_one = |a: &Axis, b: &Axis| {
        let has_names = [a, b].iter().any(|axis| matches!(axis.ticks, Ticks::Names(_)));
        a.label == b.label && a.scale == b.scale && !has_names
    };
    let pairs = || a.panels.iter().zip(&b.panels);
    let are_titles_one = a.panels.len() == 1 || pairs().all(|(a, b)| a.title == b.title);
    a.panels.len() == b.panels.len()
        && a.bar.is_none()
        && b.bar.is_none()
        && are_titles_one
        && pairs().all(|(a, b)| is_one(&a.x, &b.x) && is_one(&a.y, &b.y) && a.aspect == b.aspect)
}

fn have_one_legend(figures: &[(&str, &Figure)]) -> bool {
    let texts = |figure: &Figure| -> Vec<(String, Option<Color>)> {
        let named = figure.legend.iter().map(|entry| match entry.sign {
            Sign::Line(pen) | Sign::Series(pen, _) => (entry.text.clone(), Some(pen.color)),
            Sign::Point(style) => (entry.text.clone(), Some(style.color)),
            _ => (String::new(), None),
        });
        let ends = figure.panels.iter().flat_map(|panel| &panel.marks).filter_map(|mark| match mark {
            Mark::End { text, pen, .. } => Some((text.clone(), Some(pen.color))),
            _ => None,
        });
        let mut all: Vec<_> = named.filter(|(_, color)| color.is_some()).chain(ends).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    figures.windows(2).all(|pair| texts(pair[0].1) == texts(pair[1].1))
}

fn all_single(figures: &[(&str, &Figure)]) -> bool {
    figures.iter().all(|(_, figure)| figure.panels.len() == 1)
}

/// An axis that holds what is seen on any of them.
fn shared<'a>(axes: impl Iterator<Item = &'a Axis>) -> Axis {
    let axes: Vec<&Axis> = axes.collect();
    let range = axes.iter().map(|axis| axis.range).collect::<Option<Vec<(f64, f64)>>>();
    let hull = |ends: Vec<(f64, f64)>| {
        ends.into_iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| (low.min(end.0), high.max(end.1)))
    };
    let mut at: Vec<(f64, String)> = Vec::new();
    for axis in &axes {
        let Ticks::At(own) = &axis.ticks else { continue };
        at.extend(
            own.iter().filter(|tick| !at.iter().any(|known| known.0 == tick.0)).cloned().collect::<Vec<_>>(),
        );
    }
    at.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ticks = if at.is_empty() { axes[0].ticks.clone() } else { Ticks::At(at) };
    Axis { range: range.map(hull), ticks, ..axes[0].clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{FigureConfig, Results, made_up};

    fn figure(results: &Results, more: serde_json::Value) -> Figure {
        let mut config =
            json!({ "kind": "summary", "id": "f", "title": "F", "x": "train.batch-size", "y": ["loss"] });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value::<FigureConfig>(config).unwrap().build(results).unwrap()
    }

    #[test]
    fn one_series_of_each_result_has_the_colour_of_its_result() {
        let results = [1.0, 2.0, 3.0].map(|f| made_up::results(3, |batch, r| f * batch + 0.1 * r as f64));
        let figures = results.each_ref().map(|results| figure(results, json!({})));
        let named: Vec<(&str, &Figure)> = ["A", "B", "C"].into_iter().zip(&figures).collect();
        let all = overlaid(&named).unwrap();
        assert_eq!(colors(&all), [series(0).color, series(1).color, series(2).color]);
        let texts: Vec<&str> = all.legend.iter().map(|entry| entry.text.as_str()).take(3).collect();
        assert_eq!(texts, ["A", "B", "C"]);
        let lines = |figure: &Figure| {
            figure.panels[0].marks.iter().filter(|mark| matches!(mark, Mark::Line { .. })).count()
        };
        assert_eq!(lines(&all), 3 * lines(&figures[0]), "nothing is left out");
    }

    #[test]
    fn figures_side_by_side_have_the_same_axes() {
        let results = [1.0, 100.0].map(|f| made_up::results(3, |batch, r| f * batch + 0.1 * r as f64));
        let mut figures = results.each_ref().map(|results| figure(results, json!({ "sort": "value" })));
        let ranges = |figures: &[Figure; 2]| figures.each_ref().map(|own| own.panels[0].ranges().0);
        let before = ranges(&figures);
        assert!(before[0].1 < before[1].0);
        let [a, b] = &mut figures;
        align(&mut [a, b]);
        let after = ranges(&figures);
        assert!(after[0] == after[1] && after[0].0 <= before[0].0 && after[0].1 >= before[1].1, "{after:?}");
    }

    #[test]
    fn figures_with_other_axes_stay_side_by_side() {
        let results = made_up::results(3, |batch, r| batch + 0.1 * r as f64);
        let [a, b] = ["log", "linear"].map(|scale| figure(&results, json!({ "y-scale": scale })));
        assert!(overlaid(&[("A", &a), ("B", &b)]).is_none());
        assert!(overlaid(&[("A", &a)]).is_none());
        assert!(overlaid(&[("A", &a), ("B", &a)]).is_some());
    }
}
