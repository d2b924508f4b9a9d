//! Means against a number: points joined by lines.

use thalweg_records::{Quantity, Record, Status};
use thalweg_statistics as statistics;

use super::{Axes, is_computed};
use crate::Results;
use crate::draw::{
    Aspect, Axis, Dash, Entry, Figure, INK, Mark, Panel, Pen, Ruler, Scale, Side, Sign, Style,
};
use crate::estimates::Mean;
use crate::figures::automatic::{numbers, swept};
use crate::figures::caption::{Pool, caption, off, off_entry};
use crate::figures::curves::{THIN, cross};
use crate::figures::facet::{Facet, facets_of};
use crate::figures::readings::{behind, reading, setting_in_words};
use crate::figures::reason::{left_out, off_axis};
use crate::figures::series::{self, Family, MOST_LINES, Series, runs_of_levels};
use crate::select::{per_replicate, slopes};
use crate::words;

/// Points of one place whose distance is less than this share of the axis hide one another.
const NEAR: f64 = 0.025;

/// The dashes of what theory computes: its lines often lie on one another.
const COMPUTED: [Dash; 3] = [Dash::Broken, Dash::Dotted, Dash::Mixed];

/// One line of the figure: a quantity of some runs.
struct Line<'a> {
    quantity: &'a str,
    series: Series<'a>,
    points: Vec<Point>,
    /// What theory predicts: (x, the mean).
    predicted: Vec<(f64, f64)>,
    /// Of each value of the setting how many values have no place on the axis, if some have none.
    off: Vec<(f64, usize)>,
    /// The scale of its means.
    scale: Scale,
}

/// What is drawn at one value of the setting.
struct Point {
    x: f64,
    /// The mean over the replicates.
    mean: Mean,
    /// The ends of the standard deviation over test sets.
    spread: Option<(f64, f64)>,
}

/// The lines of one panel as they are drawn.
#[derive(Default)]
struct Drawn {
    bands: Vec<Mark>,
    marks: Vec<Mark>,
    /// What can be read at the points.
    readings: Vec<Mark>,
    legend: Vec<Entry>,
    has_predicted: bool,
    has_diverged: bool,
    has_off: bool,
}

pub(super) fn build(axes: &Axes<'_>, results: &Results, runs: &[&Record]) -> Result<Figure, String> {
    let config = axes.config;
    let (family, mut notes) = config.family(runs, MOST_LINES);
    notes.extend(family.unnamed());
    let facets = facets_of(runs, config.facet.as_ref())?;
    let mut panels: Vec<(Facet<'_>, Vec<Line<'_>>)> = Vec::new();
    let (mut off, mut is_off) = (0, false);
    for facet in facets {
        let lines = axes.lines(&family, &facet.runs);
        off += lines.iter().flat_map(|line| &line.off).map(|(_, n)| n).sum::<usize>();
        let points = || lines.iter().flat_map(|line| &line.points);
        if points().any(|point| axes.x.of(point.x).is_finite()) {
            panels.push((facet, lines));
        } else {
            is_off |= points().next().is_some();
            notes.push(facet.without(&format!("a value `{}`", config.y.join("` or `"))));
        }
    }
    if panels.is_empty() {
        return Err(if is_off {
            off_axis(&format!("no value of `{}`", config.x), "x-scale")
        } else {
            axes.reason(results, runs, off)
        });
    }
    notes.extend(left_out(&words::name(&config.x_label, runs, &config.x), &axes.off_axis(runs)));
    let all_left_out = notes.clone();
    let scales: Vec<Scale> = panels.iter().flat_map(|(_, lines)| lines).map(|line| line.scale).collect();
    let keys = config.keys();
    let (beside, note) = config.intervals("lines without points");
    notes.extend(note);
    let beside = beside.filter(|_| !family.is_crowd());
    let pool = Pool { runs, keys: &keys, axes: results.axes(), values: &config.y, off, notes };
    let caption = caption(&scales, beside, &pool);
    let drawn: Vec<Drawn> =
        panels.iter().map(|(facet, lines)| axes.drawn(&family, &facet.runs, lines)).collect();
    let mut legend = axes.legend(&family, &drawn);
    let is_faceted = config.facet.is_some();
    if is_faceted {
        legend.push(Entry { sign: Sign::None, text: caption.clone() });
    }
    let panel = |((facet, _), drawn): (&(Facet<'_>, Vec<Line<'_>>), Drawn)| Panel {
        title: if is_faceted { facet.title.clone() } else { caption.clone() },
        x: Axis { ticks: swept(&numbers(runs, &config.x)), ..Axis::new(config.x_label(runs), axes.x) },
        y: Axis::new(config.y_label(), axes.y),
        aspect: Aspect::Free,
        marks: drawn.bands.into_iter().chain(drawn.marks).chain(drawn.readings).collect(),
    };
    let panels: Vec<Panel> = panels.iter().zip(drawn).map(panel).collect();
    let mut figure = Figure {
        title: config.title.clone(),
        panels,
        columns: None,
        legend,
        bar: family.bar.clone(),
        left_out: all_left_out,
    };
    if is_faceted {
        figure.share_axes();
    }
    Ok(figure)
}

impl Line<'_> {
    /// Its means in pieces, at the places where its points stand: it does not lead over a place at which no
    /// value has a place on the axis.
    fn pieces(&self, beside: impl Fn(&Point) -> f64) -> Vec<Vec<(f64, f64)>> {
        let leads_over = |a: &&Point, b: &&Point| !self.off.iter().any(|(x, _)| a.x < *x && *x < b.x);
        let points: Vec<&Point> = self.points.iter().collect();
        let pieces = points.chunk_by(leads_over);
        pieces.map(|piece| piece.iter().map(|point| (beside(point), point.mean.point)).collect()).collect()
    }
}

impl Axes<'_> {
    /// One line a series.
    fn lines<'a>(&'a self, family: &Family<'a>, panel: &[&'a Record]) -> Vec<Line<'a>> {
        let quantities = self.config.y.iter().cycle();
        let lines = family.within(panel).into_iter().zip(quantities);
        lines.map(|(series, quantity)| self.line(quantity, series)).collect()
    }

    fn line<'a>(&self, quantity: &'a str, series: Series<'a>) -> Line<'a> {
        let (mut points, mut predicted, mut off) = (Vec::new(), Vec::new(), Vec::new());
        let scale = self.scale_of(quantity, &series.runs);
        let (theory, deviation) = (format!("{quantity}.predicted"), format!("{quantity}.sd"));
        let (least, most) = Quantity::of(quantity).range;
        for (level, runs) in runs_of_levels(&series.runs, &self.config.x) {
            let Some(x) = level.as_f64() else { continue };
            let (mean, n_off) = self.mean((quantity, quantity), scale, &runs);
            off.extend((n_off > 0).then_some((x, n_off)));
            if let (Some(theory), _) = self.mean((quantity, &theory), scale, &runs) {
                predicted.push((x, theory.point));
            }
            if let Some(mean) = mean {
                let spreads: Vec<f64> =
                    per_replicate(&runs, &deviation, Scale::Linear).into_values().collect();
                let ends = |sd: f64| ((mean.point - sd).max(least), (mean.point + sd).min(most));
                let spread = (!spreads.is_empty()).then(|| ends(statistics::mean(&spreads).point));
                points.push(Point { x, mean, spread });
            }
        }
        Line { quantity, series, points, predicted, off, scale }
    }

    /// What a panel shows. Where points would hide one another, they stand beside their place, and their
    /// lines with them, but for a law that is fitted and what theory predicts.
    fn drawn(&self, family: &Family<'_>, runs: &[&Record], lines: &[Line<'_>]) -> Drawn {
        let (is_crowd, is_scale) = (family.is_crowd(), family.bar.is_some());
        let mut drawn = Drawn::default();
        for (i, line) in lines.iter().enumerate() {
            let color = line.series.pen.color;
            if is_computed(line.quantity) {
                let before = lines[..i].iter().filter(|line| is_computed(line.quantity)).count();
                let pen = Pen { color, dash: COMPUTED[before % COMPUTED.len()] };
                let points = line.points.iter().map(|point| (point.x, point.mean.point)).collect();
                drawn.marks.push(series::line(points, pen, family.width()));
                drawn.legend.push(Entry { sign: Sign::Line(pen), text: line.series.text.clone() });
                continue;
            }
            let beside = |point: &Point| match self.shift((lines, is_crowd), i, point) {
                0.0 => point.x,
                shift => self.x.at(self.x.of(point.x) + shift),
            };
            let spread = |point: &Point| point.spread.map(|(low, high)| (point.x, low, high));
            let band: Vec<(f64, f64, f64)> = line.points.iter().filter_map(spread).collect();
            if band.len() > 1 && !is_crowd {
                drawn.bands.push(Mark::Band { ends: band, color });
            }
            let bar = |point: &Point| point.mean.interval.map(|(low, high)| (beside(point), low, high));
            if !is_crowd {
                drawn.marks.push(Mark::Bars { bars: line.points.iter().filter_map(bar).collect(), color });
            }
            let points = line.points.iter().map(|point| (beside(point), point.mean.point)).collect();
            let (joined, pen, width, text) = match self.fitted(line) {
                Some((ends, slope)) => (
                    vec![ends.to_vec()],
                    Pen::dashed(color),
                    THIN,
                    format!("{}, slope {slope}", line.series.text),
                ),
                None => (line.pieces(beside), line.series.pen, family.width(), line.series.text.clone()),
            };
            drawn.marks.extend(joined.into_iter().map(|points| Mark::Line { points, pen, width }));
            if !line.predicted.is_empty() {
                drawn.has_predicted = true;
                let points = line.predicted.clone();
                drawn.marks.push(Mark::Line { points, pen: Pen::dashed(color), width: THIN });
            }
            for (level, runs) in runs_of_levels(&line.series.runs, &self.config.x) {
                let point = line.points.iter().find(|point| level.as_f64() == Some(point.x));
                let of = setting_in_words(&runs, &self.config.x, level);
                drawn.readings.extend(point.map(|point| {
                    reading((beside(point), point.mean.point), of, behind(&runs, line.quantity))
                }));
            }
            let size = if is_crowd { 2.5 } else { 4.5 };
            let style = Style::series(if is_scale { 0 } else { i }, color, size);
            drawn.marks.push(Mark::Points { points, style });
            drawn.legend.push(Entry { sign: Sign::Series(pen, style), text });
            if !line.off.is_empty() {
                drawn.has_off = true;
                let at = line.off.iter().map(|(x, _)| *x).collect();
                drawn.marks.push(Mark::Edge { at, side: Side::Foot, style: off(color) });
            }
        }
        let diverged = self.diverged(runs);
        drawn.has_diverged = diverged.is_some();
        drawn.marks.extend(diverged);
        drawn
    }

    /// What the signs of all panels mean.
    fn legend(&self, family: &Family<'_>, drawn: &[Drawn]) -> Vec<Entry> {
        let mut legend = family.legend(drawn[0].legend.clone());
        if self.config.fit.is_some() {
            let text = "power law by least squares".to_owned();
            legend.push(Entry { sign: Sign::Line(Pen::dashed(INK)), text });
        }
        if drawn.iter().any(|drawn| drawn.has_predicted) {
            legend.push(Entry { sign: Sign::Line(Pen::dashed(INK)), text: "predicted".to_owned() });
        }
        if drawn.iter().any(|drawn| !drawn.bands.is_empty()) {
            legend.push(Entry { sign: Sign::Band(INK), text: "± sd over test sets".to_owned() });
        }
        if drawn.iter().any(|drawn| drawn.has_diverged) {
            legend.push(Entry { sign: Sign::Point(cross(INK)), text: "diverged, left out".to_owned() });
        }
        if drawn.iter().any(|drawn| drawn.has_off) {
            legend.push(off_entry());
        }
        if legend.len() == 1 && self.config.series.is_none() {
            // The axis says what the only series is.
            legend.clear();
        }
        legend
    }

    /// Values of the setting that have no place on its axis.
    fn off_axis(&self, runs: &[&Record]) -> Vec<f64> {
        numbers(runs, &self.config.x).into_iter().filter(|x| !self.x.of(*x).is_finite()).collect()
    }

    /// The ends of the fitted line, and its slope as text; `None` without a fit or without two points.
    fn fitted(&self, line: &Line<'_>) -> Option<([(f64, f64); 2], String)> {
        self.config.fit?;
        let slopes = slopes(&line.series.runs, (&self.config.x, self.x), (line.quantity, self.y));
        if slopes.is_empty() {
            return None;
        }
        let slope = statistics::mean(&slopes);
        let (x, y): (Vec<f64>, Vec<f64>) = line
            .points
            .iter()
            .map(|point| (self.x.of(point.x), self.y.of(point.mean.point)))
            .filter(|(x, _)| x.is_finite())
            .unzip();
        let (mx, my) = (statistics::mean(&x).point, statistics::mean(&y).point);
        let end = |x: f64| (self.x.at(x), self.y.at(my + slope.point * (x - mx)));
        let number = |x: f64| format!("{x:.2}").replace('-', "−");
        let mut text = number(slope.point);
        if let Some((low, high)) = slope.interval {
            text += &format!(" [{}, {}]", number(low), number(high));
        }
        // The points ascend in x.
        Some(([end(x[0]), end(x[x.len() - 1])], text))
    }

    /// How far a point of line `i` stands beside its place, so that it hides no point and no interval of
    /// another line: not at all where there is none, else a hundredth of the axis from its neighbour, and all
    /// points of a place within half of what is between two places.
    fn shift(&self, (lines, is_crowd): (&[Line<'_>], bool), i: usize, point: &Point) -> f64 {
        let all = || lines.iter().filter(|line| !is_computed(line.quantity)).flat_map(|line| &line.points);
        let (low, high) = self.y.range(all().map(|point| point.mean.point));
        let has_intervals =
            !is_crowd && all().any(|other| other.x == point.x && other.mean.interval.is_some());
        let is_near = |other: &Point| {
            let apart = self.y.of(other.mean.point) - self.y.of(point.mean.point);
            other.x == point.x && (has_intervals || apart.abs() < NEAR * (high - low))
        };
        let hides = |line: &Line<'_>| !is_computed(line.quantity) && line.points.iter().any(is_near);
        let near: Vec<usize> = (0..lines.len()).filter(|i| hides(&lines[*i])).collect();
        let place = near.iter().position(|other| *other == i).unwrap_or(0) as f64;
        let mut places: Vec<f64> = all().map(|point| self.x.of(point.x)).filter(|x| x.is_finite()).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let gap = places.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let (first, last) = self.x.range(all().map(|point| point.x));
        // Small panels need more.
        let share = if self.config.facet.is_some() { 0.025 } else { 0.01 };
        let step = (share * (last - first)).min(0.5 * gap / near.len() as f64);
        step * (place - near.len().saturating_sub(1) as f64 / 2.0)
    }

    /// Crosses at the foot of the panel where runs diverged.
    fn diverged(&self, runs: &[&Record]) -> Option<Mark> {
        let diverged: Vec<&Record> =
            runs.iter().copied().filter(|run| matches!(run.status, Status::Diverged { .. })).collect();
        let at = numbers(&diverged, &self.config.x);
        (!at.is_empty()).then(|| Mark::Edge { at, side: Side::Foot, style: cross(INK) })
    }
}
