//! One final value against another.

use serde::{Deserialize, Serialize};
use thalweg_records::Record;

use super::label;
use super::series::{Series, series_of};
use crate::Results;
use crate::draw::{Aspect, Axis, Entry, Figure, INK, Mark, Panel, Scale, Shape, Sign, Style, WHITE};
use crate::select::{Use, Where, select, uses, value};

/// `kind = "relation"`: a point for each run, where one of its final values meets another. One setting tells the points apart by
/// colour and shape, another may do so by their size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Relation {
    /// Its name.
    pub id: String,
    /// Above the figure.
    pub title: String,
    /// The value to the right, such as `width.rise`.
    pub x: String,
    /// The value upwards.
    pub y: String,
    /// The setting that colours and shapes tell apart.
    pub series: String,
    /// The setting that sizes tell apart: numbers from small to large, others in the plan's order. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// Scale of the value to the right. Default linear.
    #[serde(default)]
    pub x_scale: Scale,
    /// Scale of the value upwards. Default linear.
    #[serde(default)]
    pub y_scale: Scale,
    /// Name and unit of the value to the right. Default its own name.
    pub x_label: Option<String>,
    /// Name and unit of the value upwards. Default its own name.
    pub y_label: Option<String>,
    /// Name of the setting in the legend. Default its key.
    pub series_label: Option<String>,
    /// Name of the setting of the sizes in the legend. Default its key.
    pub size_label: Option<String>,
    /// Which runs. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// Radius of all points in pixels, or of the smallest and the largest.
const SIZE: f64 = 4.5;
const SIZES: (f64, f64) = (3.0, 7.0);

impl Relation {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        let of_runs = [Use::Value(&self.x), Use::Value(&self.y), Use::Setting(&self.series)];
        let size = self.size.as_deref().map(Use::Setting);
        of_runs.into_iter().chain(size).chain(uses(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let (mut legend, mut styles) = (Vec::new(), Vec::new());
        for (i, Series { text, pen, runs }) in
            series_of(&runs, &self.series, &self.series_label).into_iter().enumerate()
        {
            let shape = Shape::SERIES[i % Shape::SERIES.len()];
            let style = Style { shape, color: pen.color, edge: INK, edge_width: 0.4, size: SIZE };
            legend.push(Entry { sign: Sign::Point(style), text });
            styles.push((style, runs));
        }
        let mut marks = Vec::new();
        // The largest first: they would hide the others.
        for (size, of_size) in self.sizes(&runs, &mut legend).into_iter().rev() {
            for (style, of_series) in &styles {
                let both = of_series.iter().filter(|run| of_size.iter().any(|other| other.key == run.key));
                let points = both.filter_map(|run| self.point(run)).collect();
                marks.push(Mark::Points { points, style: Style { size, ..*style } });
            }
        }
        let shown = runs.iter().filter(|run| self.point(run).is_some()).count();
        if shown == 0 {
            return Err(format!("no run has both `{}` and `{}`", self.x, self.y));
        }
        let mut caption = format!("one point a run, {shown} runs");
        if shown < runs.len() {
            caption += &format!("\n{} without both values are left out", runs.len() - shown);
        }
        let panel = Panel {
            title: caption,
            x: Axis::new(label(&self.x_label, &self.x), self.x_scale),
            y: Axis::new(label(&self.y_label, &self.y), self.y_scale),
            aspect: Aspect::Free,
            marks,
        };
        Ok(Figure { title: self.title.clone(), panels: vec![panel], columns: None, legend, bar: None })
    }

    /// Each size with the runs that have it, and what the legend says of it.
    fn sizes<'a>(&self, runs: &[&'a Record], legend: &mut Vec<Entry>) -> Vec<(f64, Vec<&'a Record>)> {
        let Some(key) = &self.size else { return vec![(SIZE, runs.to_vec())] };
        let all = series_of(runs, key, &self.size_label);
        let step = (SIZES.1 - SIZES.0) / (all.len().max(2) - 1) as f64;
        let sized = |(i, Series { text, runs, .. }): (usize, Series<'a>)| {
            let size = SIZES.0 + step * i as f64;
            let style = Style { shape: Shape::Circle, color: WHITE, edge: INK, edge_width: 1.0, size };
            legend.push(Entry { sign: Sign::Point(style), text });
            (size, runs)
        };
        all.into_iter().enumerate().map(sized).collect()
    }

    /// Where a run stands, if it has both values and they have a place on the axes.
    fn point(&self, run: &Record) -> Option<(f64, f64)> {
        let (x, y) = (value(run, &self.x)?, value(run, &self.y)?);
        (self.x_scale.of(x).is_finite() && self.y_scale.of(y).is_finite()).then_some((x, y))
    }
}
