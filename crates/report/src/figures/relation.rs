//! One final value against another.

use serde::{Deserialize, Serialize};
use thalweg_records::Record;

use super::label;
use super::series::{Series, series_of};
use crate::Results;
use crate::draw::{Aspect, Axis, Entry, Figure, INK, Mark, Panel, Scale, Shape, Sign, Style};
use crate::select::{Use, Where, select, uses, value};

/// `kind = "relation"`: a point for each run, where one of its final values meets another, told apart by a setting.
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
    /// The setting that tells the points apart.
    pub series: String,
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
    /// Which runs. Default all.
    #[serde(default)]
    pub r#where: Where,
}

impl Relation {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        let of_runs = [Use::Value(&self.x), Use::Value(&self.y), Use::Setting(&self.series)];
        of_runs.into_iter().chain(uses(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let (mut marks, mut legend, mut shown) = (Vec::new(), Vec::new(), 0);
        for (i, Series { text, pen, runs }) in
            series_of(&runs, &self.series, &self.series_label).into_iter().enumerate()
        {
            let points: Vec<(f64, f64)> = runs.iter().filter_map(|run| self.point(run)).collect();
            shown += points.len();
            let shape = Shape::SERIES[i % Shape::SERIES.len()];
            let style = Style { shape, color: pen.color, edge: INK, edge_width: 0.4, size: 4.5 };
            legend.push(Entry { sign: Sign::Point(style), text });
            marks.push(Mark::Points { points, style });
        }
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

    /// Where a run stands, if it has both values and they have a place on the axes.
    fn point(&self, run: &Record) -> Option<(f64, f64)> {
        let (x, y) = (value(run, &self.x)?, value(run, &self.y)?);
        (self.x_scale.of(x).is_finite() && self.y_scale.of(y).is_finite()).then_some((x, y))
    }
}
