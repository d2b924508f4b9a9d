//! One final value against another.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_records::Record;

use super::automatic::scale_of_quantities;
use super::axis_label;
use super::caption::{off, off_entry};
use super::names::drawn_names;
use super::readings::{reading, setting_in_words};
use super::reason::{nothing, off_axis};
use super::series::{MOST, Series, heading, runs_of_levels, series_of};
use crate::Results;
use crate::draw::{
    Aspect, Axis, Color, Entry, Figure, INK, Mark, Panel, Scale, Shape, Side, Sign, Style, WHITE,
};
use crate::select::{Need, Where, needs, select, value};
use crate::words;

/// `kind = "relation"`: a point for each run, where one of its final values meets another. One setting tells
/// the points apart by colour and shape, another may do so by their size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Relation {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The value to the right, such as `width.rise`.
    pub x: String,
    /// The value upwards.
    pub y: String,
    /// The setting that colours and shapes tell apart.
    pub series: String,
    /// The setting that sizes tell apart: numbers from small to large, others in the plan's order. Default
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// Scale of the value to the right. Default log if it is compared by ratios, as a loss is, and no value
    /// is 0 or below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_scale: Option<Scale>,
    /// Scale of the value upwards. Default as to the right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_scale: Option<Scale>,
    /// Name and unit of the value to the right. Default what the product calls it.
    pub x_label: Option<String>,
    /// Name and unit of the value upwards. Default what the product calls it.
    pub y_label: Option<String>,
    /// Name of the setting in the legend. Default what the product calls it.
    pub series_label: Option<String>,
    /// Name of the setting of the sizes in the legend. Default what the product calls it.
    pub size_label: Option<String>,
    /// Which runs: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// Radius of all points in pixels, or of the smallest and the largest.
const SIZE: f64 = 4.5;
const SIZES: (f64, f64) = (3.0, 7.0);

impl Relation {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let of_runs = [Need::Value(&self.x), Need::Value(&self.y), Need::Setting(&self.series)];
        let size = self.size.as_deref().map(Need::Setting);
        of_runs.into_iter().chain(size).chain(needs(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let scales = self.scales(&runs);
        let family = series_of(&runs, &self.series, &self.series_label);
        let (mut legend, mut styles) = (Vec::new(), Vec::new());
        for (i, Series { text, pen, runs }) in family.lines.iter().enumerate() {
            // Where colours lie on a scale, shapes would only repeat.
            let i = if family.bar.is_some() { 0 } else { i };
            let style = Style::series(i, pen.color, SIZE).edged();
            legend.push(Entry { sign: Sign::Point(style), text: text.clone() });
            styles.push((style, runs));
        }
        let mut legend = family.legend(legend);
        let (mut marks, mut readings) = (Vec::new(), Vec::new());
        // The largest first: they would hide the others.
        for (size, of_size) in self.sizes(&runs, &mut legend).into_iter().rev() {
            let keys: HashSet<&str> = of_size.iter().map(|run| run.key.as_str()).collect();
            for (style, of_series) in &styles {
                let both = of_series.iter().filter(|run| keys.contains(run.key.as_str()));
                let placed: Vec<(&Record, (f64, f64))> =
                    both.filter_map(|run| Some((*run, self.point(run, scales)?))).collect();
                let points = placed.iter().map(|(_, at)| *at).collect();
                marks.push(Mark::Points { points, style: Style { size, ..*style } });
                readings.extend(placed.iter().map(|(run, at)| self.reading(run, *at)));
            }
        }
        marks.extend(readings);
        let with_both: Vec<(f64, f64)> = runs.iter().filter_map(|run| self.values(run)).collect();
        if with_both.is_empty() {
            return Err(nothing(results, &runs, &format!("both `{}` and `{}`", self.x, self.y)));
        }
        let shown = with_both.iter().filter(|values| has_place(scales, **values)).count();
        if shown == 0 {
            let has_x = with_both.iter().any(|(x, _)| scales.0.of(*x).is_finite());
            let (name, key) = if has_x { (&self.y, "y-scale") } else { (&self.x, "x-scale") };
            return Err(off_axis(&format!("no value of `{name}`"), key));
        }
        let mut left_out = Vec::from_iter(family.unnamed());
        if with_both.len() < runs.len() {
            let without = runs.len() - with_both.len();
            left_out.push(format!("{without} of {} runs without both values are left out", runs.len()));
        }
        if shown < with_both.len() {
            let off = with_both.len() - shown;
            let are = if off == 1 { "1 run has" } else { &format!("{off} runs have") };
            left_out.push(format!("{are} a value of 0 or below: hollow triangles at the end of its axis"));
            legend.push(off_entry());
            marks.extend(styles.iter().flat_map(|(style, runs)| self.off(runs, scales, style.color)));
        }
        let caption = std::iter::once(format!("one point a run, {shown} runs"));
        let caption = caption.chain(left_out.iter().cloned()).collect::<Vec<_>>().join("\n");
        let panel = Panel {
            title: caption,
            x: Axis::new(axis_label(&self.x_label, &self.x), scales.0),
            y: Axis::new(axis_label(&self.y_label, &self.y), scales.1),
            aspect: Aspect::Free,
            marks,
        };
        Ok(Figure {
            title: self.title.clone(),
            panels: vec![panel],
            columns: None,
            legend,
            bar: family.bar,
            left_out,
        })
    }

    /// The scales to the right and upwards.
    fn scales(&self, runs: &[&Record]) -> (Scale, Scale) {
        let scale = |given: Option<Scale>, name: &String| {
            let values = || runs.iter().filter_map(|run| value(run, name));
            given.unwrap_or_else(|| scale_of_quantities([name], values()))
        };
        (scale(self.x_scale, &self.x), scale(self.y_scale, &self.y))
    }

    /// The signs of runs of which one value has no place on its axis.
    fn off(&self, runs: &[&Record], (x_scale, y_scale): (Scale, Scale), color: Color) -> [Mark; 2] {
        let values = || runs.iter().filter_map(|run| self.values(run));
        let has = |scale: Scale, value: f64| scale.of(value).is_finite();
        let below = values().filter(|(x, y)| has(x_scale, *x) && !has(y_scale, *y));
        let left = values().filter(|(x, y)| !has(x_scale, *x) && has(y_scale, *y));
        let style = off(color);
        [
            Mark::Edge { at: below.map(|(x, _)| x).collect(), side: Side::Foot, style },
            Mark::Edge { at: left.map(|(_, y)| y).collect(), side: Side::Left, style },
        ]
    }

    /// Each size with the runs that have it, and what the legend says of it.
    fn sizes<'a>(&self, runs: &[&'a Record], legend: &mut Vec<Entry>) -> Vec<(f64, Vec<&'a Record>)> {
        let Some(key) = &self.size else { return vec![(SIZE, runs.to_vec())] };
        let levels = runs_of_levels(runs, key);
        let n = levels.len();
        let step = (SIZES.1 - SIZES.0) / (n.max(2) - 1) as f64;
        let size = |i: usize| SIZES.0 + step * i as f64;
        // Of more sizes than the eye can tell apart some show what the others are.
        let named: Vec<usize> =
            if n > MOST { (0..5).map(|i| i * (n - 1) / 4).collect() } else { (0..n).collect() };
        let values: Vec<&Value> = named.iter().map(|i| levels[*i].0).collect();
        legend.push(heading(&words::name(&self.size_label, runs, key)));
        for (place, text) in named.iter().zip(drawn_names(&values)) {
            let (shape, edge_width) = (Shape::Circle, 1.0);
            let style = Style { shape, color: WHITE, edge: INK, edge_width, size: size(*place) };
            legend.push(Entry { sign: Sign::Point(style), text });
        }
        levels.into_iter().enumerate().map(|(i, (_, runs))| (size(i), runs)).collect()
    }

    /// That a run stands at a place.
    fn reading(&self, run: &Record, at: (f64, f64)) -> Mark {
        let of = run.setting(&self.series).map(|level| setting_in_words(&[run], &self.series, level));
        reading(at, of.unwrap_or_default(), vec![(run.key.clone(), None)])
    }

    /// Both values of a run, if it has them.
    fn values(&self, run: &Record) -> Option<(f64, f64)> {
        Some((value(run, &self.x)?, value(run, &self.y)?))
    }

    /// Where a run stands, if it has both values and they have a place on the axes.
    fn point(&self, run: &Record, scales: (Scale, Scale)) -> Option<(f64, f64)> {
        self.values(run).filter(|values| has_place(scales, *values))
    }
}

fn has_place(scales: (Scale, Scale), (x, y): (f64, f64)) -> bool {
    scales.0.of(x).is_finite() && scales.1.of(y).is_finite()
}
