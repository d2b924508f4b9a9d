//! The marks of a panel as layers.

use serde_json::{Value, json};

use super::axis::channel;
use super::{Palette, number};
use crate::draw::{Anchor, Bar, Color, Mark, Panel, Reading, Scale, Shape, Side, Style, WHITE};

/// A layer that is being put together.
struct Layer {
    /// What marks must have alike to stand in one layer.
    mark: Value,
    /// Its channels but for x and y.
    channels: Value,
    /// Whether x and y have a second end.
    ends: [bool; 2],
    /// The series that are in it already.
    series: Vec<String>,
    rows: Vec<Value>,
}

/// All layers of a panel, in the order in which they are drawn.
pub(super) fn layers(panel: &Panel, palette: &Palette<'_>) -> Vec<Value> {
    let (x, y) = panel.ranges();
    let (x_channel, y_channel) = (channel(&panel.x, x, "x"), channel(&panel.y, y, "y"));
    let mut layers: Vec<Layer> = Vec::new();
    for mark in &panel.marks {
        let Some(layer) = layer(mark, panel, palette) else { continue };
        // A line through the points of two marks of one series would be another line.
        let same = layers.iter_mut().find(|other| {
            (&other.mark, &other.channels, other.ends) == (&layer.mark, &layer.channels, layer.ends)
                && !layer.series.is_empty()
                && !layer.series.iter().any(|series| other.series.contains(series))
        });
        match same {
            Some(other) => {
                other.series.extend(layer.series);
                other.rows.extend(layer.rows);
            }
            None => layers.push(layer),
        }
    }
    let finished = |layer: Layer| {
        let (mut mark, mut encoding) = (layer.mark, layer.channels);
        // An axis may be shorter than what is drawn.
        mark["clip"] = json!(true);
        let own = |key: &str| encoding.get(key).is_some();
        let (has_x, has_y) = (own("x"), own("y"));
        if !has_x {
            encoding["x"] = x_channel.clone();
        }
        if !has_y {
            encoding["y"] = y_channel.clone();
        }
        for (key, has_end) in [("x2", layer.ends[0]), ("y2", layer.ends[1])] {
            if has_end {
                encoding[key] = json!({ "field": key });
            }
        }
        json!({ "data": { "values": layer.rows }, "mark": mark, "encoding": encoding })
    };
    layers.into_iter().filter(|layer| !layer.rows.is_empty()).map(finished).collect()
}

fn layer(mark: &Mark, panel: &Panel, palette: &Palette<'_>) -> Option<Layer> {
    let (x_scale, y_scale) = (panel.x.scale, panel.y.scale);
    let at = |(x, y): (f64, f64)| json!({ "x": number(x, x_scale), "y": number(y, y_scale) });
    let layer = match mark {
        Mark::Line { points, pen, width } => {
            let mark = json!({ "type": "line", "strokeWidth": width, "strokeDash": pen.dash.lengths() });
            let mut layer =
                colored(mark, pen.color, palette, points.iter().map(|point| at(*point)).collect());
            if !points.is_sorted_by(|a, b| a.0 <= b.0) {
                layer.rows.iter_mut().enumerate().for_each(|(i, row)| row["i"] = json!(i));
                layer.channels["order"] = json!({ "field": "i", "type": "quantitative" });
            }
            layer
        }
        Mark::Points { points, style } => {
            let rows = points.iter().map(|point| with_setting(at(*point), *point, panel)).collect();
            point_layer(style, palette, rows)
        }
        Mark::Edge { at, side, style } => {
            let place = match side {
                Side::Head | Side::Foot => |at: f64| json!({ "x": at }),
                Side::Left => |at: f64| json!({ "y": at }),
            };
            let mut layer = point_layer(style, palette, at.iter().map(|at| place(*at)).collect());
            let (key, value) = match side {
                Side::Head => ("y", json!(8)),
                Side::Foot => ("y", json!({ "expr": "height - 8" })),
                Side::Left => ("x", json!(8)),
            };
            layer.channels[key] = json!({ "value": value });
            layer
        }
        Mark::Bars { bars, color } => {
            let ends = ends_of(panel.y.scale, panel.ranges().1);
            let row = |(x, low, high): &(f64, f64, f64)| json!({ "x": number(*x, x_scale), "y": ends(*low), "y2": ends(*high) });
            let mark = json!({ "type": "errorbar", "orient": "vertical", "ticks": true });
            Layer { ends: [false, true], ..colored(mark, *color, palette, bars.iter().map(row).collect()) }
        }
        Mark::Rows { bars, color } => {
            let ends = ends_of(panel.x.scale, panel.ranges().0);
            let row = |(y, low, high): &(f64, f64, f64)| json!({ "y": number(*y, y_scale), "x": ends(*low), "x2": ends(*high) });
            let mark = json!({ "type": "errorbar", "orient": "horizontal", "ticks": true });
            Layer { ends: [true, false], ..colored(mark, *color, palette, bars.iter().map(row).collect()) }
        }
        Mark::Band { ends: band, color } => {
            let ends = ends_of(panel.y.scale, panel.ranges().1);
            let row = |(x, low, high): &(f64, f64, f64)| json!({ "x": number(*x, x_scale), "y": ends(*low), "y2": ends(*high) });
            let mark = json!({ "type": "area", "opacity": panel.opacity_of_bands(), "line": false });
            Layer { ends: [false, true], ..colored(mark, *color, palette, band.iter().map(row).collect()) }
        }
        Mark::Cell { area: [x0, x1, y0, y1], color, text } => {
            let mut row = json!({ "x": x0, "x2": x1, "y": y0, "y2": y1, "color": color.hex() });
            if !text.is_empty() {
                row["value"] = json!(text);
                row = with_setting(row, ((x0 + x1) / 2.0, (y0 + y1) / 2.0), panel);
            } else if *color == WHITE {
                row["color"] = json!(palette.hex(*color));
            }
            let channels =
                json!({ "color": { "field": "color", "type": "nominal", "scale": null, "legend": null } });
            let mark = json!({ "type": "rect", "tooltip": { "content": "data" } });
            // Each is a series of its own, so that all stand in one layer.
            Layer { mark, channels, ends: [true, true], series: vec![format!("{x0} {y0}")], rows: vec![row] }
        }
        Mark::Segments { segments, color, width } => {
            let row = |[x0, y0, x1, y1]: &[f64; 4]| json!({ "x": x0, "y": y0, "x2": x1, "y2": y1 });
            let mark = json!({ "type": "rule", "strokeWidth": width });
            let rows = segments.iter().map(row).collect();
            Layer { ends: [true, true], ..colored(mark, *color, palette, rows) }
        }
        Mark::Text { at: place, text, anchor } => {
            let align = match anchor {
                Anchor::Start => "left",
                Anchor::Middle => "center",
                Anchor::End => "right",
            };
            let mut row = at(*place);
            row["text"] = json!(text);
            let channels = json!({ "text": { "field": "text" } });
            let (mark, rows) = (json!({ "type": "text", "align": align }), vec![row]);
            Layer { mark, channels, ends: [false, false], series: vec![], rows }
        }
        // The legend has the name.
        Mark::End { .. } | Mark::Reading(_) | Mark::Image(_) => return None,
    };
    Some(layer)
}

/// Rows of marks that have the colour of a series, or one of their own.
fn colored(mut mark: Value, color: Color, palette: &Palette<'_>, mut rows: Vec<Value>) -> Layer {
    let (mut channels, mut series) = (json!({}), Vec::new());
    match palette.name(color) {
        Some(name) => {
            rows.iter_mut().for_each(|row| row["series"] = json!(name));
            series.push(name.to_owned());
            channels["color"] = palette.encoding();
        }
        None => mark["color"] = json!(palette.hex(color)),
    }
    Layer { mark, channels, ends: [false, false], series, rows }
}

fn point_layer(style: &Style, palette: &Palette<'_>, rows: Vec<Value>) -> Layer {
    let shape = match style.shape {
        Shape::Circle => "circle",
        Shape::Square => "square",
        Shape::Triangle => "triangle-up",
        Shape::Diamond => "diamond",
        Shape::Nabla => "triangle-down",
        Shape::Plus => "cross",
        Shape::Cross => "M-.5,-.5L.5,.5M.5,-.5L-.5,.5",
    };
    let is_hollow = style.color == WHITE;
    let is_cross = style.shape == Shape::Cross;
    let mut mark = json!({
        "type": "point",
        "shape": shape,
        "size": (4.0 * style.size * style.size).round(),
        "filled": !is_hollow && !is_cross,
        "opacity": 1,
        "tooltip": { "content": "data" },
    });
    if is_hollow {
        mark["fill"] = json!(palette.hex(WHITE));
    } else if !is_cross && style.edge_width > 0.0 {
        mark["stroke"] = json!(palette.hex(style.edge));
        mark["strokeWidth"] = json!(style.edge_width);
    }
    if is_hollow || is_cross {
        mark["strokeWidth"] = json!(style.edge_width.max(1.4));
    }
    colored(mark, if is_hollow { style.edge } else { style.color }, palette, rows)
}

/// A row with the setting that stands for its place, if one is known there.
fn with_setting(mut row: Value, at: (f64, f64), panel: &Panel) -> Value {
    let known = panel.marks.iter().find_map(|mark| match mark {
        Mark::Reading(Reading { at: place, of, .. }) if *place == at => Some(of),
        _ => None,
    });
    if let Some(of) = known {
        row["of"] = json!(of);
    }
    row
}

/// Ends of which those without a place on the scale are those of the panel.
fn ends_of(scale: Scale, (low, high): (f64, f64)) -> impl Fn(f64) -> Value {
    move |end: f64| {
        let place = scale.of(end);
        json!(if place.is_finite() {
            end
        } else if place == f64::INFINITY {
            scale.at(high)
        } else {
            scale.at(low)
        })
    }
}

/// A layer that draws nothing but the legend of a colour scale.
pub(super) fn legend_of(bar: &Bar) -> Value {
    let (low, high) = bar.range;
    let colors: Vec<String> =
        bar.colors.iter().step_by(bar.colors.len().div_ceil(20).max(1)).map(|color| color.hex()).collect();
    let kind = if bar.scale == Scale::Log { "log" } else { "linear" };
    let domain = [bar.scale.at(low), bar.scale.at(high)];
    json!({
        "data": { "values": [{ "value": domain[0] }, { "value": domain[1] }] },
        "mark": { "type": "point", "opacity": 0, "tooltip": null },
        "encoding": {
            "color": {
                "field": "value", "type": "quantitative", "title": bar.label,
                "scale": { "type": kind, "domain": domain, "range": colors, "interpolate": "rgb" },
            },
        },
    })
}
