//! A figure as data, for the script of the page: what it draws anew at another width, on another scale or
//! nearer.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::draw::{
    Aspect, Axis, Bar, Color, Dash, Entry, Figure, Mark, Panel, Pen, Reading, Scale, Shape, Side, Sign,
    Style, Ticks,
};
use crate::figures::AT_ENDS;

/// So many points of a line are on a page at most: more than there are pixels across a panel.
pub(super) const POINTS: usize = 800;

/// The least number of points that lines are thinned to.
const FEW: usize = 60;

/// So many points of all lines of a figure are on a page at most, about.
const ALL_POINTS: usize = 24_000;

/// A figure.
#[derive(Debug, Serialize)]
pub(super) struct Plot {
    pub(super) id: String,
    columns: Option<usize>,
    /// What the legend and the ends of lines name, each with the sign that it has.
    legend: Vec<Value>,
    /// Names of the series, in the order in which marks count them.
    series: Vec<String>,
    bar: Option<Value>,
    panels: Vec<Value>,
    /// To how many points the longest line was thinned, and of how many, if it was.
    pub(super) thinned: Option<(usize, usize)>,
}

/// A series of a figure as its marks show it.
struct Known {
    text: String,
    color: Color,
    dash: Option<Dash>,
    shape: Option<Shape>,
}

impl Plot {
    /// The data of a figure. `places` tells where in the table of runs each run stands.
    pub(super) fn new(id: &str, figure: &Figure, places: &HashMap<&str, usize>) -> Self {
        let known = series_of(figure);
        let lines = figure.panels.iter().flat_map(|panel| &panel.marks);
        let lengths: Vec<usize> = lines
            .filter_map(|mark| if let Mark::Line { points, .. } = mark { Some(points.len()) } else { None })
            .collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let most = (ALL_POINTS / lengths.len().max(1)).clamp(FEW, POINTS);
        let panel = |panel: &Panel| panel_of(panel, &known, places, (most, digits_of(panel)));
        let index = |entry: &Entry| known.iter().position(|series| series.text == entry.text);
        Self {
            id: id.to_owned(),
            columns: figure.columns,
            legend: figure
                .legend
                .iter()
                .map(|entry| json!({ "sign": sign(entry.sign), "text": heading(&entry.text), "s": index(entry) }))
                .collect(),
            series: known.iter().map(|series| series.text.clone()).collect(),
            bar: figure.bar.as_ref().map(bar),
            panels: figure.panels.iter().map(panel).collect(),
            thinned: (longest > most).then_some((most, longest)),
        }
    }
}

/// The text of an entry; names that stand elsewhere in a drawing stand behind it on the page.
fn heading(text: &str) -> &str {
    text.strip_suffix(AT_ENDS).map_or(text, str::trim_end)
}

/// The series that a legend names, or else the ends of lines do; none where colours lie on a scale.
fn series_of(figure: &Figure) -> Vec<Known> {
    if figure.bar.is_some() {
        return Vec::new();
    }
    let of_entry = |entry: &Entry| {
        let (color, dash, shape) = match entry.sign {
            Sign::Line(pen) => (pen.color, Some(pen.dash), None),
            Sign::Series(pen, style) => (pen.color, Some(pen.dash), Some(style.shape)),
            Sign::Point(style) => (style.color, None, Some(style.shape)),
            Sign::Band(_) | Sign::Title | Sign::None => return None,
        };
        let is_a_note = color == crate::draw::INK || color == crate::draw::WHITE;
        (!is_a_note).then(|| Known { text: entry.text.clone(), color, dash, shape })
    };
    let named: Vec<Known> = figure.legend.iter().filter_map(of_entry).collect();
    if !named.is_empty() || figure.panels.len() > 1 {
        return named;
    }
    let at_end = |mark: &Mark| match mark {
        Mark::End { text, pen, .. } => {
            Some(Known { text: text.clone(), color: pen.color, dash: Some(pen.dash), shape: None })
        }
        _ => None,
    };
    figure.panels.iter().flat_map(|panel| &panel.marks).filter_map(at_end).collect()
}

/// What each colour of a figure stands for.
pub(super) fn series_names(figure: &Figure) -> Vec<(Color, String)> {
    series_of(figure).into_iter().map(|series| (series.color, series.text)).collect()
}

/// Which series a mark is of. Of several with its colour it is that whose dash or shape it has, or else, of
/// marks of one kind, the first is of the first series.
fn series_at(
    known: &[Known],
    mark: &Mark,
    counts: &mut HashMap<(&'static str, String), usize>,
) -> Option<usize> {
    let (kind, color, dash, shape) = match mark {
        Mark::Line { pen, .. } | Mark::End { pen, .. } => ("line", pen.color, Some(pen.dash), None),
        Mark::Points { style, .. } => {
            let hollow = style.color == crate::draw::WHITE;
            ("points", if hollow { style.edge } else { style.color }, None, Some(style.shape))
        }
        Mark::Bars { color, .. } | Mark::Rows { color, .. } => ("bars", *color, None, None),
        Mark::Band { color, .. } => ("band", *color, None, None),
        _ => return None,
    };
    let of_color: Vec<usize> = (0..known.len()).filter(|i| known[*i].color == color).collect();
    if let [] | [_] = of_color[..] {
        return of_color.first().copied();
    }
    let alike = |i: &&usize| {
        (dash.is_some() && known[**i].dash == dash) || (shape.is_some() && known[**i].shape == shape)
    };
    if let Some(found) = of_color.iter().find(alike) {
        return Some(*found);
    }
    let count = counts.entry((kind, color.hex())).or_default();
    *count += 1;
    of_color.get(*count - 1).copied()
}

/// A small panel of nothing that others show too.
pub(super) fn alone(panel: &Panel) -> Value {
    panel_of(panel, &[], &HashMap::new(), (POINTS, 4))
}

/// Values of runs are those of the tables; of samples a picture shows less.
fn digits_of(panel: &Panel) -> usize {
    if panel.marks.iter().any(|mark| matches!(mark, Mark::Reading(_))) { 12 } else { 5 }
}

fn panel_of(
    panel: &Panel,
    known: &[Known],
    places: &HashMap<&str, usize>,
    (most, digits): (usize, usize),
) -> Value {
    let (x, y) = panel.ranges();
    let opacity = panel.opacity_of_bands();
    let mut counts = HashMap::new();
    let mark = |mark: &Mark| {
        let mut value = mark_of(mark, places, (most, digits), opacity)?;
        value["s"] = json!(series_at(known, mark, &mut counts));
        Some(value)
    };
    let marks: Vec<Value> = panel.marks.iter().filter_map(mark).collect();
    json!({
        "title": panel.title,
        "x": axis(&panel.x, x),
        "y": axis(&panel.y, y),
        "aspect": match panel.aspect {
            Aspect::Free => json!("free"),
            Aspect::Height(pixels) => json!(pixels),
            Aspect::Equal => json!("equal"),
            Aspect::Pixels => json!("pixels"),
        },
        "marks": marks,
    })
}

fn axis(axis: &Axis, (low, high): (f64, f64)) -> Value {
    let (ticks, names) = match &axis.ticks {
        Ticks::Round => (Value::Null, Value::Null),
        Ticks::At(ticks) => (json!(ticks), Value::Null),
        Ticks::Names(names) => (Value::Null, json!(names)),
    };
    json!({
        "label": axis.label, "log": axis.scale == Scale::Log, "range": [low, high],
        "held": axis.range.is_some(), "ticks": ticks, "names": names,
    })
}

/// A mark, by the name of its kind in `t`; `None` for one without a place.
pub(super) fn mark_of(
    mark: &Mark,
    places: &HashMap<&str, usize>,
    (most, digits): (usize, usize),
    opacity: f64,
) -> Option<Value> {
    let value = match mark {
        Mark::Line { points, pen, width } => {
            let points = thinned(points, most);
            json!({ "t": "line", "pen": pen_of(*pen), "w": width, "p": pairs(&points) })
        }
        Mark::Points { points, style } => {
            json!({ "t": "points", "style": style_of(style), "p": exact(points, digits) })
        }
        Mark::Edge { at, side, style } => {
            let side = match side {
                Side::Head => "head",
                Side::Foot => "foot",
                Side::Left => "left",
            };
            json!({ "t": "edge", "side": side, "style": style_of(style), "at": at })
        }
        Mark::Bars { bars, color } => json!({ "t": "bars", "c": color.hex(), "b": triples(bars) }),
        Mark::Rows { bars, color } => json!({ "t": "rows", "c": color.hex(), "b": triples(bars) }),
        Mark::Band { ends, color } => {
            let ends: Vec<(f64, f64, f64)> = thinned_band(ends, most);
            json!({ "t": "band", "c": color.hex(), "o": opacity, "b": triples(&ends) })
        }
        Mark::Cell { area, color, text } => {
            json!({ "t": "cell", "a": area, "c": color.hex(), "text": text, "dark": color.is_dark() })
        }
        Mark::End { at, text, pen } => json!({ "t": "end", "at": at, "text": text, "c": pen.color.hex() }),
        Mark::Segments { segments, color, width } => {
            let ends: Vec<f64> = segments.iter().flatten().map(|x| rounded(*x, digits.min(6))).collect();
            json!({ "t": "segments", "c": color.hex(), "w": width, "p": ends })
        }
        Mark::Image(raster) => json!({ "t": "image", "a": raster.extent, "smooth": raster.smooth }),
        Mark::Text { at, text, anchor } => {
            let anchor = match anchor {
                crate::draw::Anchor::Start => "start",
                crate::draw::Anchor::Middle => "middle",
                crate::draw::Anchor::End => "end",
            };
            json!({ "t": "text", "at": at, "text": text, "anchor": anchor })
        }
        Mark::Reading(Reading { at, of, runs }) => {
            let runs = runs.iter().filter_map(|(key, value)| Some((places.get(key.as_str())?, value)));
            json!({ "t": "reading", "at": at, "of": of, "runs": runs.collect::<Vec<_>>() })
        }
    };
    Some(value)
}

fn bar(bar: &Bar) -> Value {
    // Twenty steps look smooth.
    let colors: Vec<String> =
        bar.colors.iter().step_by(bar.colors.len().div_ceil(20)).map(|c| c.hex()).collect();
    json!({
        "label": bar.label, "log": bar.scale == Scale::Log, "range": bar.range, "colors": colors,
        "ends": bar.ends(),
    })
}

fn sign(sign: Sign) -> Value {
    match sign {
        Sign::Line(pen) => json!({ "pen": pen_of(pen) }),
        Sign::Series(pen, style) => json!({ "pen": pen_of(pen), "style": style_of(&style) }),
        Sign::Point(style) => json!({ "style": style_of(&style) }),
        Sign::Band(color) => json!({ "band": color.hex() }),
        Sign::Title | Sign::None => Value::Null,
    }
}

fn pen_of(pen: Pen) -> Value {
    json!({ "c": pen.color.hex(), "dash": pen.dash.lengths() })
}

fn style_of(style: &Style) -> Value {
    let shape = match style.shape {
        Shape::Circle => "circle",
        Shape::Square => "square",
        Shape::Triangle => "triangle",
        Shape::Diamond => "diamond",
        Shape::Nabla => "nabla",
        Shape::Plus => "plus",
        Shape::Cross => "cross",
    };
    json!({ "shape": shape, "c": style.color.hex(), "edge": style.edge.hex(), "ew": style.edge_width, "r": style.size })
}

/// Points of which, if there are more than `most`, neighbours are represented by the lowest and the highest.
fn thinned(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    if points.len() <= most {
        return points.to_vec();
    }
    let ends = |points: &[(f64, f64)]| {
        let by = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let mut ends =
            [points.iter().min_by(by), points.iter().max_by(by)].map(|end| *end.expect("never empty"));
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        ends
    };
    let mut kept: Vec<(f64, f64)> = points.chunks((2 * points.len()).div_ceil(most)).flat_map(ends).collect();
    kept.dedup();
    kept
}

/// The same for a band: neighbours are one, as wide as the widest of them.
fn thinned_band(ends: &[(f64, f64, f64)], most: usize) -> Vec<(f64, f64, f64)> {
    if ends.len() <= most {
        return ends.to_vec();
    }
    let one = |ends: &[(f64, f64, f64)]| {
        let hull = |(low, high): (f64, f64), end: &(f64, f64, f64)| (low.min(end.1), high.max(end.2));
        let (low, high) = ends.iter().fold((f64::INFINITY, f64::NEG_INFINITY), hull);
        (ends[ends.len() / 2].0, low, high)
    };
    ends.chunks(ends.len().div_ceil(most)).map(one).collect()
}

fn pairs(points: &[(f64, f64)]) -> Vec<f64> {
    points.iter().flat_map(|(x, y)| [rounded(*x, 7), rounded(*y, 6)]).collect()
}

fn exact(points: &[(f64, f64)], digits: usize) -> Vec<f64> {
    points.iter().flat_map(|(x, y)| [rounded(*x, digits), rounded(*y, digits)]).collect()
}

fn triples(ends: &[(f64, f64, f64)]) -> Vec<f64> {
    ends.iter().flat_map(|(x, low, high)| [rounded(*x, 7), rounded(*low, 6), rounded(*high, 6)]).collect()
}

/// A number with so many significant digits; what is not finite stays so, and is `null` in JSON.
pub(super) fn rounded(x: f64, digits: usize) -> f64 {
    format!("{x:.*e}", digits - 1).parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_keep_their_extremes() {
        let points: Vec<(f64, f64)> =
            (0..1000).map(|i| (f64::from(i), if i == 777 { 5.0 } else { 0.0 })).collect();
        let kept = thinned(&points, 100);
        assert!(kept.len() <= 100 && kept.contains(&(777.0, 5.0)), "{}", kept.len());
        assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(thinned(&points[..50], 100), points[..50]);
        let ends: Vec<(f64, f64, f64)> = points.iter().map(|(x, y)| (*x, -y, *y)).collect();
        let band = thinned_band(&ends, 100);
        assert!(band.len() == 100 && band[77] == (775.0, -5.0, 5.0), "{:?}", band[77]);
    }

    #[test]
    fn numbers_are_rounded_by_their_digits() {
        assert_eq!([rounded(0.123_456_7, 3), rounded(-98765.0, 2), rounded(0.0, 4)], [0.123, -99000.0, 0.0]);
        assert!(rounded(f64::INFINITY, 3).is_infinite());
    }
}
