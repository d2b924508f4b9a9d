//! Means for values of a setting that are no numbers: a row for each, with its points and intervals.

use serde_json::Value;
use thalweg_records::{Better, Quantity, Record};

use super::{Axes, is_computed};
use crate::Results;
use crate::draw::{Axis, Entry, Figure, INK, Mark, Panel, Scale, Shape, Side, Sign, Style, WHITE};
use crate::estimates::Mean;
use crate::figures::caption::{Pool, caption, off, off_entry};
use crate::figures::facet::{Facet, facets_of};
use crate::figures::names::drawn_names;
use crate::figures::readings::{behind, reading, setting_in_words};
use crate::figures::rows::{LANES, Rows, shorten, with_ending};
use crate::figures::series::{Family, Series, runs_of_levels};

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
    quantity: &'a str,
    series: Series<'a>,
    points: Vec<Point>,
    /// Rows with values that have no place on the axis, and how many.
    off: Vec<(usize, usize)>,
    scale: Scale,
}

pub(super) fn build(axes: &Axes<'_>, results: &Results, runs: &[&Record]) -> Result<Figure, String> {
    let config = axes.config;
    let (family, mut notes) = config.family(runs, LANES);
    let levels = runs_of_levels(runs, &config.x);
    let mut levels = if config.sort.is_some() { axes.sorted(levels) } else { levels };
    notes.extend(shorten(&mut levels, family.lines.len()));
    let values: Vec<&Value> = levels.iter().map(|(level, _)| *level).collect();
    let (mut panels, mut off): (Vec<(Facet<'_>, Vec<Lane<'_>>)>, usize) = (Vec::new(), 0);
    for facet in facets_of(runs, config.facet.as_ref())? {
        let lanes = axes.lanes(&family, &facet.runs, &values);
        off += lanes.iter().flat_map(|lane| &lane.off).map(|(_, n)| n).sum::<usize>();
        if lanes.iter().any(|lane| !lane.points.is_empty()) {
            panels.push((facet, lanes));
        } else {
            notes.push(facet.without(&format!("a value `{}`", config.y.join("` or `"))));
        }
    }
    if panels.is_empty() {
        return Err(axes.reason(results, runs, off));
    }
    let names: Vec<String> =
        drawn_names(&values).iter().zip(&levels).map(|(name, (_, runs))| with_ending(name, runs)).collect();
    let rows = Rows::new(&names, family.lines.len());
    let scales: Vec<Scale> = panels.iter().flat_map(|(_, lanes)| lanes).map(|lane| lane.scale).collect();
    let left_out = notes.clone();
    let (beside, note) = config.intervals("hollow points");
    notes.extend(note);
    let caption = caption(
        &scales,
        beside,
        &Pool { runs, keys: &config.keys(), axes: results.axes(), values: &config.y, off, notes },
    );
    let has_predicted = panels
        .iter()
        .flat_map(|(_, lanes)| lanes)
        .flat_map(|lane| &lane.points)
        .any(|point| point.predicted.is_some());
    let mut legend = legend(axes, &family, has_predicted);
    legend.extend((off > 0).then(off_entry));
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
        let lane = |(series, quantity): (Series<'a>, &'a String)| {
            let scale = self.scale_of(quantity, &series.runs);
            let (mut points, mut off) = (Vec::new(), Vec::new());
            for (level, runs) in runs_of_levels(&series.runs, &self.config.x) {
                let Some(row) = rows.iter().position(|row| *row == level) else { continue };
                let (mean, n_off) = self.mean((quantity, quantity), scale, &runs);
                off.extend((n_off > 0).then_some((row, n_off)));
                let theory = self.mean((quantity, &format!("{quantity}.predicted")), scale, &runs).0;
                let predicted = theory.map(|theory| theory.point);
                let of = setting_in_words(&runs, &self.config.x, level);
                let runs = behind(&runs, quantity);
                points.extend(mean.map(|mean| Point { row, mean, predicted, of, runs }));
            }
            Lane { quantity, series, points, off, scale }
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
        marks.push(Mark::Points {
            points,
            style: style(if is_scale { 0 } else { i }, &lane.series, lane.quantity),
        });
        let predicted = lane.points.iter().filter_map(|point| Some((point.predicted?, at(point))));
        let style = Style { edge: color, ..hollow() };
        marks.push(Mark::Points { points: predicted.collect(), style });
        let beyond = lane.off.iter().map(|(row, _)| rows.place(*row, i)).collect();
        marks.push(Mark::Edge { at: beyond, side: Side::Left, style: off(color) });
    }
    for (i, lane) in lanes.iter().enumerate() {
        marks.extend(lane.points.iter().map(|point| {
            let at = (point.mean.point, rows.place(point.row, i));
            reading(at, point.of.clone(), point.runs.clone())
        }));
    }
    marks
}

/// The sign of a series, hollow if its quantity is computed.
fn style(i: usize, series: &Series<'_>, quantity: &str) -> Style {
    let style = Style::series(i, series.pen.color, 4.5);
    if is_computed(quantity) { style.hollow() } else { style }
}

/// The sign of a prediction.
fn hollow() -> Style {
    Style { shape: Shape::Diamond, color: WHITE, edge: INK, edge_width: 1.3, size: 4.0 }
}

fn legend(axes: &Axes<'_>, family: &Family<'_>, has_predicted: bool) -> Vec<Entry> {
    let entry = |(i, (series, quantity)): (usize, (&Series<'_>, &String))| Entry {
        sign: Sign::Point(style(i, series, quantity)),
        text: series.text.clone(),
    };
    let lines = family.lines.iter().zip(axes.config.y.iter().cycle()).enumerate();
    let mut legend = family.legend(lines.map(entry).collect());
    if legend.len() == 1 && axes.config.series.is_none() {
        // The axis says what the only series is.
        legend.clear();
    }
    if has_predicted {
        legend.push(Entry { sign: Sign::Point(hollow()), text: "predicted".to_owned() });
    }
    legend
}
