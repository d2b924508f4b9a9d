//! A figure as a Vega-Lite specification with its data inside, for programs that draw it in their own way.
//!
//! Each panel is a layered view. Marks of one kind and look are one layer, whose rows name the series that
//! they are of; the row of a point tells in `of` which setting it stands for. Fields of colours are left out,
//! and `usermeta` says so.

mod axis;
mod layers;

use serde_json::{Value, json};

use crate::draw::{Aspect, Color, Figure, INK, Look, Mark, Panel, Scale, Sign, WHITE};
use layers::layers;

/// Which grammar the specification follows.
const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";

/// Width that the axis of a panel takes, and the least with the panel, in heights of its text.
const AXIS: f64 = 6.0;
const PANEL: f64 = 18.0;

/// What a specification says of a field that it has not.
const FIELDS: &str = "fields of colours, which svg, pdf and png show";

/// The series of a figure, and how it is coloured.
struct Palette<'a> {
    /// What the series are about, and their names in the order of the legend.
    title: String,
    series: Vec<(&'a str, Color)>,
    is_dark: bool,
}

/// The text of the file, and what of the figure it leaves out, in words.
///
/// # Errors
/// If the figure is made of nothing but pictures.
pub(crate) fn specification(id: &str, figure: &Figure, look: &Look) -> Result<(String, Vec<String>), String> {
    if figure.panels.iter().all(|panel| panel.aspect == Aspect::Pixels) {
        return Err("it is made of pictures, which Vega-Lite has not; svg, pdf and png show them".to_owned());
    }
    let has_image = |panel: &Panel| panel.marks.iter().any(|mark| matches!(mark, Mark::Image(_)));
    let left_out: Vec<String> =
        figure.panels.iter().any(has_image).then(|| FIELDS.to_owned()).into_iter().collect();
    let (words, bare) = figure.without_words();
    let palette = Palette::of(&bare, look.is_dark);
    let ((columns, width), text) = (look.grid(&bare), look.text_height());
    let columns = columns.min((width / (PANEL * text)) as usize).max(1);
    let inside = (width / columns as f64 - AXIS * text).max(4.0 * text).round();
    let mut views: Vec<Value> = bare.panels.iter().map(|panel| view(panel, &palette, inside)).collect();
    let mut spec = json!({
        "$schema": SCHEMA,
        "name": id,
        "title": { "text": figure.title, "subtitle": words, "anchor": "start" },
        "usermeta": { "thalweg": { "figure": id, "left-out": left_out } },
        "config": config(text, look.is_dark),
    });
    if let [view] = &mut views[..] {
        for key in ["width", "height", "layer"] {
            spec[key] = view[key].take();
        }
    } else {
        spec["columns"] = json!(columns);
        spec["concat"] = json!(views);
    }
    if let Some(bar) = &bare.bar {
        let view = if spec.get("concat").is_some() { &mut spec["concat"][0] } else { &mut spec };
        view["resolve"] = json!({ "scale": { "color": "independent" } });
        if let Some(layers) = view["layer"].as_array_mut() {
            layers.push(layers::legend_of(bar));
        }
    }
    let text = serde_json::to_string_pretty(&spec).expect("a specification is plain data");
    Ok((text + "\n", left_out))
}

fn view(panel: &Panel, palette: &Palette<'_>, width: f64) -> Value {
    let (x, y) = panel.ranges();
    let height = match panel.aspect {
        Aspect::Height(height) => f64::from(height),
        Aspect::Equal => (width * (y.1 - y.0) / (x.1 - x.0)).clamp(0.25 * width, 2.0 * width).round(),
        Aspect::Free | Aspect::Pixels => (0.68 * width).round(),
    };
    json!({ "title": panel.title, "width": width, "height": height, "layer": layers(panel, palette) })
}

fn config(text: f64, is_dark: bool) -> Value {
    let color = |color: Color| if is_dark { color.in_the_dark() } else { color }.hex();
    let ink = color(INK);
    // Else the signs of the legend would be as pale as bands.
    let words = json!({ "symbolOpacity": 1, "labelFontSize": text, "titleFontSize": text * 14.0 / 13.0, "labelColor": ink, "titleColor": ink });
    let of_axis = json!({
        "labelFontSize": text, "titleFontSize": text * 14.0 / 13.0, "titleFontWeight": "normal",
        "labelColor": ink, "titleColor": ink, "domainColor": ink, "tickColor": ink,
        "gridColor": color(Color(0xe4, 0xe4, 0xe4)),
    });
    json!({
        "background": color(WHITE),
        "font": "DejaVu Sans, Verdana, sans-serif",
        "axis": of_axis,
        "legend": words,
        "title": { "fontSize": text * 17.0 / 13.0, "subtitleFontSize": text, "color": ink, "subtitleColor": ink },
        "view": { "stroke": ink },
    })
}

impl<'a> Palette<'a> {
    /// The entries of the legend with a colour that means a series, or else the names at the ends of lines.
    fn of(figure: &'a Figure, is_dark: bool) -> Self {
        let mut series: Vec<(&str, Color)> = Vec::new();
        let mut title = String::new();
        for entry in &figure.legend {
            let color = match entry.sign {
                Sign::Line(pen) | Sign::Series(pen, _) => pen.color,
                Sign::Point(style) if style.color == WHITE => style.edge,
                Sign::Point(style) => style.color,
                Sign::Title if title.is_empty() => {
                    let text = entry.text.strip_suffix(crate::draw::AT_ENDS).unwrap_or(&entry.text);
                    text.trim_end().trim_end_matches(':').clone_into(&mut title);
                    continue;
                }
                Sign::Band(_) | Sign::Title | Sign::None => continue,
            };
            series.push((&entry.text, color));
        }
        if series.is_empty() && figure.bar.is_none() {
            let ends = figure.panels.iter().flat_map(|panel| &panel.marks).filter_map(|mark| match mark {
                Mark::End { text, pen, .. } => Some((text.as_str(), pen.color)),
                _ => None,
            });
            series.extend(ends);
        }
        // A colour that two entries have, or that of axes, tells no series.
        let all = series.clone();
        series.retain(|(_, color)| {
            *color != INK && all.iter().filter(|(_, other)| other == color).count() == 1
        });
        Self { title, series, is_dark }
    }

    fn name(&self, color: Color) -> Option<&'a str> {
        self.series.iter().find(|(_, known)| *known == color).map(|(name, _)| *name)
    }

    fn hex(&self, color: Color) -> String {
        if self.is_dark { color.in_the_dark() } else { color }.hex()
    }

    /// The channel of a colour: the series, all of them known to every layer so that there is one legend.
    fn encoding(&self) -> Value {
        let names: Vec<&str> = self.series.iter().map(|(name, _)| *name).collect();
        let colors: Vec<String> = self.series.iter().map(|(_, color)| self.hex(*color)).collect();
        json!({
            "field": "series", "type": "nominal", "title": self.title,
            "scale": { "domain": names, "range": colors },
        })
    }
}

/// A number of a scale as JSON; `null` if it has no place on it.
fn number(x: f64, scale: Scale) -> Value {
    if scale.of(x).is_finite() { json!(x) } else { Value::Null }
}

#[cfg(test)]
mod tests;
