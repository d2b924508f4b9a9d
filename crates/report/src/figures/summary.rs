//! Final values against a setting.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_document::Problem;
use thalweg_records::{Record, Status};
use thalweg_statistics as statistics;

use super::curves::{THIN, cross};
use super::label;
use super::names::shared_label;
use super::reason::{left_out, nothing, off_axis};
use super::series::{Family, INTERVAL, Pool, Series, caption, levels, runs_of_levels, series_of};
use crate::Results;
use crate::draw::{Aspect, Axis, Entry, Figure, INK, Mark, Panel, Pen, Scale, Shape, Sign, Style, series};
use crate::estimates::{Mean, mean, scale_of};
use crate::select::{
    Counted, Need, Where, counted_per_replicate, needs, per_replicate, select, slopes, value,
};

/// `kind = "summary"`: means over the replicates against a setting (geometric ones on a logarithmic axis),
/// with 95 % intervals (Student's t). A thin line shows what theory predicts where the runs have
/// `<y>.predicted`. For values of test sets a band shows ± one standard deviation over the sets of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Summary {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The quantities, such as `test.clean.accuracy`.
    pub y: Vec<String>,
    /// The setting, a number.
    pub x: String,
    /// A second setting, one line for each of its values; then `y` names one quantity. Default none.
    pub series: Option<String>,
    /// A law fitted to each line. Default none.
    pub fit: Option<Fit>,
    /// Scale of the setting. Default linear.
    #[serde(default)]
    pub x_scale: Scale,
    /// Scale of the quantities. Default linear.
    #[serde(default)]
    pub y_scale: Scale,
    /// Name and unit of the setting. Default its key.
    pub x_label: Option<String>,
    /// Name and unit of the quantities. Default what the product calls them.
    pub y_label: Option<String>,
    /// Name of the second setting in the legend. Default its key.
    pub series_label: Option<String>,
    /// Which runs: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// A law that a figure fits to its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// A power law, on two logarithmic axes a straight line:
    ///
    /// ```text
    /// log y = a log x + b
    /// ```
    /// The slope a is that of a claim of kind `slope`: the mean of the replicates' least-squares slopes, with
    /// its 95 % interval (Student's t). The line passes through the mean of the points.
    PowerLaw,
}

/// One line of the figure: a quantity of some runs.
struct Line<'a> {
    quantity: &'a str,
    series: &'a Series<'a>,
    points: Vec<Point>,
    /// What theory predicts: (x, the mean).
    predicted: Vec<(f64, f64)>,
    /// Whether a value has no place on the axis.
    has_gaps: bool,
    /// The scale of its means.
    scale: Scale,
}

/// What is drawn at one value of the setting.
struct Point {
    x: f64,
    /// The mean over the replicates.
    mean: Mean,
    /// Standard deviation over test sets.
    spread: Option<f64>,
}

impl Summary {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let values = self.y.iter().map(|name| Need::Value(name));
        let series = self.series.iter().map(|key| Need::Setting(key));
        values.chain([Need::Number(&self.x)]).chain(series).chain(needs(&self.r#where)).collect()
    }

    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.y.is_empty() || (self.series.is_some() && self.y.len() > 1) {
            let wanted =
                if self.y.is_empty() { "at least one quantity" } else { "one quantity beside `series`" };
            return Err(Problem::new("y", format!("found {} quantities, expected {wanted}", self.y.len())));
        }
        if self.fit.is_some() && (self.x_scale, self.y_scale) != (Scale::Log, Scale::Log) {
            let message = "found \"power-law\", which needs x-scale = \"log\" and y-scale = \"log\"";
            return Err(Problem::new("fit", message));
        }
        Ok(())
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let (family, mut notes) = self.family(&runs);
        let (is_crowd, is_scale) = (family.is_crowd(), family.bar.is_some());
        let lines = self.lines(&family);
        if !lines.iter().flat_map(|line| &line.points).any(|point| self.x_scale.of(point.x).is_finite()) {
            return Err(self.reason(results, &runs, &lines));
        }
        let (mut bands, mut marks, mut legend, mut predicted) = (Vec::new(), Vec::new(), Vec::new(), false);
        for (i, line) in lines.iter().enumerate() {
            let color = line.series.pen.color;
            let shape = if is_scale { Shape::Circle } else { Shape::SERIES[i % Shape::SERIES.len()] };
            let shift = self.shift(&lines, i);
            let beside = |x: f64| self.x_scale.at(self.x_scale.of(x) + shift);
            let band: Vec<(f64, f64, f64)> =
                line.points.iter().filter_map(|point| band(point, point.mean.point)).collect();
            if !band.is_empty() && !is_crowd {
                bands.push(Mark::Band { ends: band, color });
            }
            let bar = |point: &Point| point.mean.interval.map(|(low, high)| (beside(point.x), low, high));
            if !is_crowd {
                marks.push(Mark::Bars { bars: line.points.iter().filter_map(bar).collect(), color });
            }
            let points: Vec<(f64, f64)> =
                line.points.iter().map(|point| (beside(point.x), point.mean.point)).collect();
            let (joined, pen, width, text) = match self.fitted(line) {
                Some((ends, slope)) => (
                    ends.map(|(x, y)| (beside(x), y)).to_vec(),
                    Pen::dashed(color),
                    THIN,
                    format!("{}, slope {slope}", line.series.text),
                ),
                None => (points.clone(), line.series.pen, family.width(), line.series.text.clone()),
            };
            marks.push(Mark::Line { points: joined, pen, width });
            if !line.predicted.is_empty() {
                predicted = true;
                let points = line.predicted.iter().map(|(x, y)| (beside(*x), *y)).collect();
                marks.push(Mark::Line { points, pen: Pen::dashed(color), width: THIN });
            }
            let size = if is_crowd { 2.5 } else { 4.5 };
            let style = Style { shape, color, edge: color, edge_width: 0.0, size };
            marks.push(Mark::Points { points, style });
            legend.push(Entry { sign: Sign::Series(pen, shape), text });
        }
        let mut legend = family.legend(legend);
        if self.fit.is_some() {
            let text = "power law by least squares".to_owned();
            legend.push(Entry { sign: Sign::Line(Pen::dashed(INK)), text });
        }
        if predicted {
            legend.push(Entry { sign: Sign::Line(Pen::dashed(INK)), text: "predicted".to_owned() });
        }
        if !bands.is_empty() {
            legend.push(Entry { sign: Sign::Band(INK), text: "± sd over test sets".to_owned() });
        }
        if let Some(mark) = self.diverged(&runs, &lines) {
            marks.push(mark);
            legend.push(Entry { sign: Sign::Point(cross(INK)), text: "diverged, left out".to_owned() });
        }
        bands.extend(marks);
        if legend.len() == 1 && self.series.is_none() {
            // The axis says what the only series is.
            legend.clear();
        }
        let beside = (!is_crowd).then_some(INTERVAL);
        notes.extend(left_out(&self.x, &self.off_axis(&runs)));
        let panel = Panel {
            title: self.caption(&runs, &lines, beside, notes),
            x: Axis::new(label(&self.x_label, &self.x), self.x_scale),
            y: Axis::new(self.y_label.clone().unwrap_or_else(|| shared_label(&self.y)), self.y_scale),
            aspect: Aspect::Free,
            marks: bands,
        };
        Ok(Figure { title: self.title.clone(), panels: vec![panel], columns: None, legend, bar: family.bar })
    }

    /// Why there is nothing to draw.
    fn reason(&self, results: &Results, runs: &[&Record], lines: &[Line<'_>]) -> String {
        let names = self.y.join("` or `");
        if lines.iter().any(|line| !line.points.is_empty()) {
            off_axis(&format!("no value of `{}`", self.x), "x-scale")
        } else if lines.iter().any(|line| line.has_gaps) {
            off_axis(&format!("no value of `{names}`"), "y-scale")
        } else {
            nothing(results, runs, &format!("a value `{names}`"))
        }
    }

    /// Values of the setting that have no place on its axis.
    fn off_axis(&self, runs: &[&Record]) -> Vec<f64> {
        let values = levels(runs, &self.x).into_iter().filter_map(Value::as_f64);
        values.filter(|x| !self.x_scale.of(*x).is_finite()).collect()
    }

    /// A series for each value of the second setting, or else for each quantity, and what must be said of
    /// what is left out.
    fn family<'a>(&self, runs: &[&'a Record]) -> (Family<'a>, Vec<String>) {
        if let Some(key) = &self.series {
            let mut family = series_of(runs, key, &self.series_label);
            let note = family.thin();
            return (family, Vec::from_iter(note));
        }
        let line =
            |(i, name): (usize, &String)| Series { text: name.clone(), pen: series(i), runs: runs.to_vec() };
        let lines = self.y.iter().enumerate().map(line).collect();
        (Family { lines, bar: None }, Vec::new())
    }

    /// One line a series.
    fn lines<'a>(&'a self, family: &'a Family<'a>) -> Vec<Line<'a>> {
        let quantities = self.y.iter().cycle();
        family.lines.iter().zip(quantities).map(|(series, quantity)| self.line(quantity, series)).collect()
    }

    fn line<'a>(&self, quantity: &'a str, series: &'a Series<'a>) -> Line<'a> {
        let (mut points, mut predicted, mut has_gaps) = (Vec::new(), Vec::new(), false);
        let all = series
            .runs
            .iter()
            .filter_map(|run| value(run, quantity))
            .filter(|y| self.y_scale.of(*y).is_finite());
        let scale = scale_of(quantity, self.y_scale, all);
        for (level, runs) in runs_of_levels(&series.runs, &self.x) {
            let Some(x) = level.as_f64() else { continue };
            let mean_of = |name: &str| {
                let mut values: Vec<Counted> = counted_per_replicate(&runs, name).into_values().collect();
                let all = values.len();
                values.retain(|(y, _)| self.y_scale.of(*y).is_finite());
                let mean = (!values.is_empty()).then(|| mean(quantity, scale, &values));
                (mean, values.len() < all)
            };
            let (mean, is_cut) = mean_of(quantity);
            has_gaps |= is_cut;
            if let Some(theory) = mean_of(&format!("{quantity}.predicted")).0 {
                predicted.push((x, theory.point));
            }
            if let Some(mean) = mean {
                let spreads: Vec<f64> =
                    per_replicate(&runs, &format!("{quantity}.sd")).into_values().collect();
                let spread = (!spreads.is_empty()).then(|| statistics::mean(&spreads).point);
                points.push(Point { x, mean, spread });
            }
        }
        Line { quantity, series, points, predicted, has_gaps, scale }
    }

    /// The ends of the fitted line, and its slope as text; `None` without a fit or without two points.
    fn fitted(&self, line: &Line<'_>) -> Option<([(f64, f64); 2], String)> {
        self.fit?;
        let slopes = slopes(&line.series.runs, (&self.x, self.x_scale), (line.quantity, self.y_scale));
        if slopes.is_empty() {
            return None;
        }
        let slope = statistics::mean(&slopes);
        let (x, y): (Vec<f64>, Vec<f64>) = line
            .points
            .iter()
            .map(|point| (self.x_scale.of(point.x), self.y_scale.of(point.mean.point)))
            .filter(|(x, _)| x.is_finite())
            .unzip();
        let (mx, my) = (statistics::mean(&x).point, statistics::mean(&y).point);
        let end = |x: f64| (self.x_scale.at(x), self.y_scale.at(my + slope.point * (x - mx)));
        let number = |x: f64| format!("{x:.2}").replace('-', "−");
        let mut text = number(slope.point);
        if let Some((low, high)) = slope.interval {
            text += &format!(" [{}, {}]", number(low), number(high));
        }
        // The points ascend in x.
        Some(([end(x[0]), end(x[x.len() - 1])], text))
    }

    /// What points and bars are.
    fn caption(
        &self,
        runs: &[&Record],
        lines: &[Line<'_>],
        beside: Option<&str>,
        notes: Vec<String>,
    ) -> String {
        let keys: Vec<&str> = std::iter::once(&self.x).chain(&self.series).map(String::as_str).collect();
        let has_gaps = lines.iter().any(|line| line.has_gaps);
        let scales: Vec<Scale> = lines.iter().map(|line| line.scale).collect();
        caption(&scales, beside, &Pool { runs, keys: &keys, has_gaps, notes })
    }

    /// How far line `i` stands beside its points, so that no bar hides another: a hundredth of the axis from
    /// its neighbours, and all lines together within half of what is between two points.
    fn shift(&self, lines: &[Line<'_>], i: usize) -> f64 {
        let places = lines.iter().flat_map(|line| &line.points).map(|point| self.x_scale.of(point.x));
        let (low, high) = places
            .filter(|place| place.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        let most = lines.iter().map(|line| line.points.len()).max().unwrap_or(1).max(1);
        let share = (0.5 / (most * lines.len()) as f64).min(0.01);
        share * (high - low) * (i as f64 - (lines.len() - 1) as f64 / 2.0)
    }

    /// Crosses at the foot of the panel where runs diverged.
    fn diverged(&self, runs: &[&Record], lines: &[Line<'_>]) -> Option<Mark> {
        let diverged: Vec<&Record> =
            runs.iter().copied().filter(|run| matches!(run.status, Status::Diverged { .. })).collect();
        let means = lines.iter().flat_map(|line| &line.points).map(|point| point.mean.point);
        let lowest = means.fold(f64::INFINITY, f64::min);
        let at = levels(&diverged, &self.x).into_iter().filter_map(|level| Some((level.as_f64()?, lowest)));
        let points: Vec<(f64, f64)> = at.collect();
        (!points.is_empty()).then(|| Mark::Points { points, style: cross(INK) })
    }
}

/// Where the band of a point goes.
fn band(point: &Point, y: f64) -> Option<(f64, f64, f64)> {
    point.spread.map(|spread| (point.x, y - spread, y + spread))
}
