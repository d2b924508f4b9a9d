//! Means for values of a setting that are no numbers: a row for each, with its points and intervals.

use serde_json::Value;
use thalweg_records::{Better, Quantity, Record};

use super::Axes;
use crate::Results;
use crate::draw::{Axis, Entry, Figure, INK, Mark, Panel, Scale, Shape, Sign, Style, WHITE};
use crate::estimates::Mean;
use crate::figures::facet::{Facet, facets_of};
use crate::figures::names::names_of;
use crate::figures::readings::{behind, reading, setting_in_words};
use crate::figures::rows::{LANES, Rows, shorten, with_ending};
use crate::figures::series::{Family, INTERVAL, Pool, Series, caption, runs_of_levels};

/// A value of the setting with its runs.
type Level<'a> = (&'a Value, Vec<&'a Record>);

/// What is drawn in one row of one series.
struct Point {
    row: usize,
    mean: Mean,
    /// What theory predicts.
    predicted: Option<f64>,
    /// The setting in words, and the runs behind it.
    of: String,
    runs: Vec<(String, Option<f64>)>,
}

/// A quantity of some runs.
struct Lane<'a> {
    series: Series<'a>,
    points: Vec<Point>,
    has_gaps: bool,
    scale: Scale,
}

pub(super) fn build(axes: &Axes<'_>, results: &Results, runs: &[&Record]) -> Result<Figure, String> {
    let config = axes.config;
    let (family, mut notes) = config.family(runs, LANES);
    let levels = runs_of_levels(runs, &config.x);
    let mut levels = if config.sort.is_some() { axes.sorted(levels) } else { levels };
    notes.extend(shorten(&mut levels, family.lines.len()));
    let values: Vec<&Value> = levels.iter().map(|(level, _)| *level).collect();
    let (mut panels, mut has_gaps): (Vec<(Facet<'_>, Vec<Lane<'_>>)>, bool) = (Vec::new(), false);
    for facet in facets_of(runs, config.facet.as_ref())? {
        let lanes = axes.lanes(&family, &facet.runs, &values);
        has_gaps |= lanes.iter().any(|lane| lane.has_gaps);
        if lanes.iter().any(|lane| !lane.points.is_empty()) {
            panels.push((facet, lanes));
        } else {
            notes.push(facet.without(&format!("a value `{}`", config.y.join("` or `"))));
        }
    }
    if panels.is_empty() {
        return Err(axes.reason(results, runs, has_gaps));
    }
    let names: Vec<String> =
        names_of(&values).iter().zip(&levels).map(|(name, (_, runs))| with_ending(name, runs)).collect();
    let rows = Rows::new(&names, family.lines.len());
    let scales: Vec<Scale> = panels.iter().flat_map(|(_, lanes)| lanes).map(|lane| lane.scale).collect();
    let left_out = notes.clone();
    let caption = caption(&scales, Some(INTERVAL), &Pool { runs, keys: &config.keys(), has_gaps, notes });
    let has_predicted = panels
        .iter()
        .flat_map(|(_, lanes)| lanes)
        .flat_map(|lane| &lane.points)
        .any(|point| point.predicted.is_some());
    let mut legend = legend(axes, &family, has_predicted);
    let is_faceted = config.facet.is_some();
    if is_faceted {
        legend.push(Entry { sign: Sign::None, text: caption.clone() });
    }
    let panel = |(facet, lanes): &(Facet<'_>, Vec<Lane<'_>>)| Panel {
        title: if is_faceted { facet.title.clone() } else { caption.clone() },
        x: Axis::new(config.y_label(), axes.y),
        y: rows.axis(config.x_label(runs)),
        aspect: rows.aspect(),
        marks: marks(lanes, &rows, family.bar.is_some()),
    };
    let panels: Vec<Panel> = panels.iter().map(panel).collect();
    let mut figure = Figure {
        title: config.title.clone(),
        panels,
        columns: None,
        legend,
        bar: family.bar.clone(),
        left_out,
    };
    if is_faceted {
        figure.share_axes();
    }
    Ok(figure)
}

impl Axes<'_> {
    /// The best first; those without a value last.
    fn sorted<'a>(&self, levels: Vec<Level<'a>>) -> Vec<Level<'a>> {
        let quantity = &self.config.y[0];
        let sign = if Quantity::of(quantity).better() == Some(Better::Lower) { 1.0 } else { -1.0 };
        let order = |runs: &[&Record]| {
            let mean = self.mean((quantity, quantity), self.scale_of(quantity, runs), runs).0;
            mean.map_or(f64::INFINITY, |mean| sign * mean.point)
        };
        let mut ordered: Vec<(f64, Level<'a>)> =
            levels.into_iter().map(|level| (order(&level.1), level)).collect();
        ordered.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        ordered.into_iter().map(|(_, level)| level).collect()
    }

    fn lanes<'a>(&'a self, family: &Family<'a>, panel: &[&'a Record], rows: &[&Value]) -> Vec<Lane<'a>> {
        let lane = |(series, quantity): (Series<'a>, &String)| {
            let scale = self.scale_of(quantity, &series.runs);
            let (mut points, mut has_gaps) = (Vec::new(), false);
            for (level, runs) in runs_of_levels(&series.runs, &self.config.x) {
                let Some(row) = rows.iter().position(|row| *row == level) else { continue };
                let (mean, is_cut) = self.mean((quantity, quantity), scale, &runs);
                has_gaps |= is_cut;
                let theory = self.mean((quantity, &format!("{quantity}.predicted")), scale, &runs).0;
                let predicted = theory.map(|theory| theory.point);
                let of = setting_in_words(&runs, &self.config.x, level);
                let runs = behind(&runs, quantity);
                points.extend(mean.map(|mean| Point { row, mean, predicted, of, runs }));
            }
            Lane { series, points, has_gaps, scale }
        };
        family.within(panel).into_iter().zip(self.config.y.iter().cycle()).map(lane).collect()
    }
}

fn marks(lanes: &[Lane<'_>], rows: &Rows, is_scale: bool) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (i, lane) in lanes.iter().enumerate() {
        let at = |point: &Point| rows.place(point.row, i);
        let color = lane.series.pen.color;
        let bar = |point: &Point| point.mean.interval.map(|(low, high)| (at(point), low, high));
        marks.push(Mark::Rows { bars: lane.points.iter().filter_map(bar).collect(), color });
        let points = lane.points.iter().map(|point| (point.mean.point, at(point))).collect();
        marks.push(Mark::Points { points, style: style(i, lane, is_scale) });
        let predicted = lane.points.iter().filter_map(|point| Some((point.predicted?, at(point))));
        let style = Style { edge: color, ..hollow() };
        marks.push(Mark::Points { points: predicted.collect(), style });
    }
    for (i, lane) in lanes.iter().enumerate() {
        marks.extend(lane.points.iter().map(|point| {
            let at = (point.mean.point, rows.place(point.row, i));
            reading(at, point.of.clone(), point.runs.clone())
        }));
    }
    marks
}

fn style(i: usize, lane: &Lane<'_>, is_scale: bool) -> Style {
    let color = lane.series.pen.color;
    let shape = if is_scale { Shape::Circle } else { Shape::SERIES[i % Shape::SERIES.len()] };
    Style { shape, color, edge: color, edge_width: 0.0, size: 4.5 }
}

/// The sign of a prediction.
fn hollow() -> Style {
    Style { shape: Shape::Diamond, color: WHITE, edge: INK, edge_width: 1.3, size: 4.0 }
}

fn legend(axes: &Axes<'_>, family: &Family<'_>, has_predicted: bool) -> Vec<Entry> {
    let entry = |(i, series): (usize, &Series<'_>)| {
        let (color, shape) = (series.pen.color, Shape::SERIES[i % Shape::SERIES.len()]);
        let style = Style { shape, color, edge: color, edge_width: 0.0, size: 4.5 };
        Entry { sign: Sign::Point(style), text: series.text.clone() }
    };
    let mut legend = family.legend(family.lines.iter().enumerate().map(entry).collect());
    if legend.len() == 1 && axes.config.series.is_none() {
        // The axis says what the only series is.
        legend.clear();
    }
    if has_predicted {
        legend.push(Entry { sign: Sign::Point(hollow()), text: "predicted".to_owned() });
    }
    legend
}
