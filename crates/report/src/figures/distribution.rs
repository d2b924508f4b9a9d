//! The values of all replicates.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_records::{Quantity, Record};

use super::automatic::scale_of_quantities;
use super::axis_label;
use super::caption::{Pool, caption_of_replicates, off, off_entry};
use super::facet::{Facet, facets_of};
use super::names::drawn_names;
use super::readings::{behind, reading, setting_in_words};
use super::reason::{nothing, off_axis};
use super::rows::{LANES, Rows, shorten, with_ending};
use super::series::{Family, Series, runs_of_levels, series_of};
use crate::Results;
use crate::draw::{Axis, Color, Entry, Figure, INK, Mark, Panel, Scale, Side, Sign, Style, series};
use crate::estimates::scale_of;
use crate::select::{Need, Where, needs, per_replicate, replicate, select, value};
use crate::words;

/// `kind = "distribution"`: a point for the value of each replicate, in a row for each value of a setting,
/// with their median and quartiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Distribution {
    /// Its name.
    pub id: String,
    /// Above the figure.
    pub title: String,
    /// The value, such as `test.clean.accuracy`.
    pub y: String,
    /// The setting that has a row for each of its values: numbers ascending, others in the plan's order.
    pub x: String,
    /// A second setting, whose values stand one below the other in each row. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// A further setting, one panel for each of its values, all with the same axes. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<String>,
    /// Scale of the value. Default log if it is compared by ratios, as a loss is, and all values are
    /// positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_scale: Option<Scale>,
    /// Name and unit of the setting. Default what the product calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_label: Option<String>,
    /// Name and unit of the value. Default what the product calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_label: Option<String>,
    /// Name of the second setting in the legend. Default what the product calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series_label: Option<String>,
    /// Which runs. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// The values of one series in one row, ascending.
struct Strip {
    row: usize,
    lane: usize,
    style: Style,
    color: Color,
    values: Vec<f64>,
    /// How many more have no place on the axis.
    off: usize,
    /// The setting of the row in words, and the runs behind each value.
    of: String,
    runs: Vec<Vec<(String, Option<f64>)>>,
}

/// Radius of the points in pixels.
const SIZE: f64 = 3.5;

/// Points closer than this share of the axis stand beside one another.
const CLOSE: f64 = 0.012;

impl Distribution {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let settings = [Some(&self.x), self.series.as_ref(), self.facet.as_ref()].into_iter().flatten();
        let settings = settings.map(|key| Need::Setting(key));
        [Need::Value(&self.y)].into_iter().chain(settings).chain(needs(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let values: Vec<f64> = runs.iter().filter_map(|run| value(run, &self.y)).collect();
        let scale = self.y_scale.unwrap_or_else(|| scale_of_quantities([&self.y], values.iter().copied()));
        let mut levels = runs_of_levels(&runs, &self.x);
        let mut family = self.family(&runs);
        let mut notes = Vec::from_iter(family.thin(LANES));
        notes.extend(shorten(&mut levels, family.lines.len()));
        let rows: Vec<&Value> = levels.iter().map(|(level, _)| *level).collect();
        let mut panels: Vec<(Facet<'_>, Vec<Strip>)> = Vec::new();
        for facet in facets_of(&runs, self.facet.as_ref())? {
            let strips = self.strips(&family, &facet.runs, &rows, scale);
            if strips.iter().all(|strip| strip.values.is_empty()) {
                notes.push(facet.without(&format!("a value `{}`", self.y)));
            } else {
                panels.push((facet, strips));
            }
        }
        if panels.is_empty() {
            return Err(if values.is_empty() {
                nothing(results, &runs, &format!("a value `{}`", self.y))
            } else {
                off_axis(&format!("no value of `{}`", self.y), "y-scale")
            });
        }
        let names: Vec<String> =
            drawn_names(&rows).iter().zip(&levels).map(|(name, (_, runs))| with_ending(name, runs)).collect();
        let shape = Rows::new(&names, family.lines.len());
        let off = panels.iter().flat_map(|(_, strips)| strips).map(|strip| strip.off).sum();
        let keys: Vec<&str> =
            [&self.x].into_iter().chain(&self.series).chain(&self.facet).map(String::as_str).collect();
        let left_out = notes.clone();
        let caption = caption_of_replicates(&Pool {
            runs: &runs,
            keys: &keys,
            axes: results.axes(),
            values: std::slice::from_ref(&self.y),
            off,
            notes,
        });
        let mut legend = if self.series.is_some() { family.legend(entries(&family)) } else { Vec::new() };
        legend.extend((off > 0).then(off_entry));
        let is_faceted = self.facet.is_some();
        if is_faceted {
            legend.push(Entry { sign: Sign::None, text: caption.clone() });
        }
        let places = values.iter().map(|value| scale.of(*value)).filter(|place| place.is_finite());
        let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        let panel = |(facet, strips): &(Facet<'_>, Vec<Strip>)| Panel {
            title: if is_faceted { facet.title.clone() } else { caption.clone() },
            x: Axis::new(axis_label(&self.y_label, &self.y), scale),
            y: shape.axis(words::axis(&self.x_label, &runs, &self.x)),
            aspect: shape.aspect(),
            marks: strips.iter().flat_map(|strip| marks(strip, &shape, scale, high - low)).collect(),
        };
        let panels = panels.iter().map(panel).collect();
        let mut figure =
            Figure { title: self.title.clone(), panels, columns: None, legend, bar: family.bar, left_out };
        if is_faceted {
            figure.share_axes();
        }
        Ok(figure)
    }

    fn family<'a>(&self, runs: &[&'a Record]) -> Family<'a> {
        match &self.series {
            Some(key) => series_of(runs, key, &self.series_label),
            None => {
                let text = Quantity::of(&self.y).label.into_owned();
                Family {
                    title: String::new(),
                    lines: vec![Series { text, pen: series(0), runs: runs.to_vec() }],
                    bar: None,
                }
            }
        }
    }

    /// The strips of a panel that have a value.
    fn strips(&self, family: &Family<'_>, panel: &[&Record], rows: &[&Value], scale: Scale) -> Vec<Strip> {
        let mut strips = Vec::new();
        for (lane, series) in family.within(panel).into_iter().enumerate() {
            for (level, runs) in runs_of_levels(&series.runs, &self.x) {
                let Some(row) = rows.iter().position(|row| *row == level) else { continue };
                let all = runs.iter().filter_map(|run| value(run, &self.y));
                let of_mean = scale_of(&self.y, scale, all.filter(|value| scale.of(*value).is_finite()));
                let mut values: Vec<(u64, f64)> =
                    per_replicate(&runs, &self.y, of_mean).into_iter().collect();
                let all = values.len();
                if all == 0 {
                    continue;
                }
                values.retain(|(_, value)| scale.of(*value).is_finite());
                let off = all - values.len();
                values.sort_by(|(_, a), (_, b)| a.total_cmp(b));
                let behind = |(number, _): &(u64, f64)| {
                    let own = runs.iter().copied().filter(|run| replicate(run) == *number);
                    behind(&own.collect::<Vec<_>>(), &self.y)
                };
                let of = setting_in_words(&runs, &self.x, level);
                let (color, style) = (series.pen.color, style(lane, &series, family));
                let runs = values.iter().map(behind).collect();
                let values = values.into_iter().map(|(_, value)| value).collect();
                strips.push(Strip { row, lane, style, color, values, off, of, runs });
            }
        }
        strips
    }
}

/// Where colours lie on a scale, shapes would only repeat.
fn style(lane: usize, series: &Series<'_>, family: &Family<'_>) -> Style {
    Style::series(if family.bar.is_some() { 0 } else { lane }, series.pen.color, SIZE)
}

fn entries(family: &Family<'_>) -> Vec<Entry> {
    let entry = |(lane, series): (usize, &Series<'_>)| Entry {
        sign: Sign::Point(style(lane, series, family)),
        text: series.text.clone(),
    };
    family.lines.iter().enumerate().map(entry).collect()
}

/// A pale bar from quartile to quartile, the points, and a stroke at the median.
fn marks(strip: &Strip, rows: &Rows, scale: Scale, length: f64) -> Vec<Mark> {
    let middle = rows.place(strip.row, strip.lane);
    let half = 0.38 * rows.step();
    let mut marks = Vec::new();
    if strip.off > 0 {
        marks.push(Mark::Edge { at: vec![middle], side: Side::Left, style: off(strip.color) });
    }
    if strip.values.is_empty() {
        return marks;
    }
    let [lower, median, upper] = [0.25, 0.5, 0.75].map(|share| quantile(&strip.values, share, scale));
    if strip.values.len() > 1 {
        let area = [lower, upper, middle - half, middle + half];
        marks.push(Mark::Cell { area, color: strip.color.tint(0.3), text: String::new() });
    }
    let places: Vec<f64> = strip.values.iter().map(|value| scale.of(*value)).collect();
    let beside = beside(&places, CLOSE * length);
    let most = beside.iter().map(|step| step.abs()).max().unwrap_or(0).max(3) as f64;
    let points = strip.values.iter().zip(&beside);
    let points: Vec<(f64, f64)> =
        points.map(|(value, step)| (*value, middle + 0.8 * half * *step as f64 / most)).collect();
    let readings = points.iter().zip(&strip.runs);
    let readings: Vec<Mark> =
        readings.map(|(at, runs)| reading(*at, strip.of.clone(), runs.clone())).collect();
    marks.push(Mark::Points { points, style: strip.style.edged() });
    if strip.values.len() > 1 {
        let stroke = [median, middle - half, median, middle + half];
        marks.push(Mark::Segments { segments: vec![stroke], color: INK, width: 2.5 });
    }
    marks.extend(readings);
    marks
}

/// The value below which a share of ascending values lies, between two of them on the scale (Hyndman & Fan,
/// *Sample quantiles in statistical packages*, 1996, definition 7).
pub(super) fn quantile(values: &[f64], share: f64, scale: Scale) -> f64 {
    let place = share * (values.len() - 1) as f64;
    let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
    let rest = place.fract();
    if rest == 0.0 { low } else { scale.at((1.0 - rest) * scale.of(low) + rest * scale.of(high)) }
}

/// How many steps above or below the middle of the strip each of some ascending places stands, so that none
/// covers another: 0, 1, −1, 2, … in each group of places that are close to its first.
fn beside(places: &[f64], close: f64) -> Vec<i32> {
    let (mut first, mut n) = (f64::NEG_INFINITY, 0);
    let step = |place: &f64| {
        if *place - first > close {
            (first, n) = (*place, 0);
        }
        n += 1;
        if n % 2 == 0 { n / 2 } else { -(n / 2) }
    };
    places.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_those_of_numpy() {
        // numpy.quantile([1, 2, 4, 8], [0.25, 0.5, 0.75]) = 1.75, 3, 5.
        let of = |share| quantile(&[1.0, 2.0, 4.0, 8.0], share, Scale::Linear);
        assert_eq!([of(0.25), of(0.5), of(0.75), of(0.0), of(1.0)], [1.75, 3.0, 5.0, 1.0, 8.0]);
        let median = quantile(&[1.0, 2.0, 8.0, 9.0], 0.5, Scale::Log);
        assert!((median - 4.0).abs() < 1e-12, "half way of the logarithms");
        assert_eq!(quantile(&[3.0], 0.25, Scale::Log), 3.0);
    }

    #[test]
    fn close_points_stand_beside_one_another() {
        assert_eq!(beside(&[0.0, 0.01, 0.02, 5.0, 9.0, 9.0], 0.1), [0, 1, -1, 0, 0, 1]);
        assert_eq!(beside(&[2.0; 3], 0.0), [0, 1, -1], "equal values too");
    }
}
