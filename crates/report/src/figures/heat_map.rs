//! A value over two settings.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_document::Problem;
use thalweg_records::{Better, Quantity, Record, Status};

use super::axis_label;
use super::caption::{INTERVAL, Pool, caption};
use super::facet::{Facet, facets_of};
use super::names::drawn_names;
use super::readings::{behind, reading, setting_in_words};
use super::reason::{nothing, off_axis};
use super::series::runs_of_levels;
use crate::Results;
use crate::draw::{
    Aspect, Axis, Bar, Color, Entry, Figure, INK, Mark, Panel, Scale, Shape, Sign, Style, Ticks, WHITE,
    broken, drawn, viridis,
};
use crate::estimates::{Mean, mean, scale_of};
use crate::select::{Counted, Need, Where, counted_per_replicate, needs, select, value};
use crate::words;

/// `kind = "heat-map"`: a cell for each pair of values of two settings, whose colour is the mean of a value
/// over the replicates (the geometric one where the value is compared by ratios). The best cell of each panel
/// has a frame, equal ones all have, and the caption tells its settings, its mean and the 95 % interval
/// (Student's t). Cells without a value are hatched. The values of both settings stand at even distances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HeatMap {
    /// Its name.
    pub id: String,
    /// Above the figure.
    pub title: String,
    /// The setting to the right.
    pub x: String,
    /// The setting upwards.
    pub y: String,
    /// The value, such as `test.clean.accuracy`.
    pub value: String,
    /// Which cell is the best. Default the lowest of losses, times and steps to a goal, the highest of
    /// accuracies, and of other values none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<Best>,
    /// A further setting, one panel for each of its values, all with the same colours. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<String>,
    /// Scale of the colours. Default log if the value is compared by ratios, some values are positive and
    /// none is below 0. Cells with a value of 0, which has no place on it, then have a colour of their own,
    /// and a triangle if other replicates are above 0: they have no geometric mean and cannot be the best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_scale: Option<Scale>,
    /// Name and unit of the setting to the right. Default what the product calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_label: Option<String>,
    /// Name and unit of the setting upwards. Default what the product calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_label: Option<String>,
    /// Name and unit of the value. Default what the product calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_label: Option<String>,
    /// Which runs. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// Which of some values is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Best {
    /// The lowest.
    Lowest,
    /// The highest.
    Highest,
}

/// More columns or rows than these would be thinner than a line.
const MOST: usize = 300;

/// Height of a row, and of all of them, at least and at most, in pixels.
const ROW: f64 = 34.0;
const HEIGHTS: (f64, f64) = (110.0, 620.0);

/// Between the lines of a hatching, as a share of a cell.
const HATCHING: [f64; 3] = [0.25, 0.5, 0.75];
const HATCH: Color = Color(0xb0, 0xb0, 0xb0);

/// The colour of 0 on a logarithmic scale, which is none of the scale, and its sign in the legend.
const ZERO: Color = Color(0xf4, 0xc5, 0x9d);
const ZERO_SIGN: Style = Style { shape: Shape::Square, color: ZERO, edge: INK, edge_width: 0.6, size: 7.0 };

/// The sign of a cell in which only some values are 0.
const MIXED_SIGN: Style = Style { shape: Shape::Nabla, color: ZERO, edge: INK, edge_width: 1.4, size: 6.0 };

/// So many panels have their best cell told in words.
const TOLD: usize = 6;

/// One cell with its runs.
struct Cell<'a> {
    column: usize,
    row: usize,
    runs: Vec<&'a Record>,
    /// On a logarithmic scale 0 if all values are 0.
    mean: Option<Mean>,
    /// Whether on a logarithmic scale some values are 0 and others are not, so that there is no mean.
    is_mixed: bool,
}

impl HeatMap {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let settings = [Some(&self.x), Some(&self.y), self.facet.as_ref()].into_iter().flatten();
        let settings = settings.map(|key| Need::Setting(key));
        [Need::Value(&self.value)].into_iter().chain(settings).chain(needs(&self.r#where)).collect()
    }

    pub(super) fn check(&self) -> Option<Problem> {
        (self.x == self.y).then(|| Problem::new("y", format!("found \"{}\", which is `x` too", self.y)))
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let (columns, mut rows) = (levels_of(&runs, &self.x)?, levels_of(&runs, &self.y)?);
        if !rows.iter().all(|row| row.is_number()) {
            // Numbers grow upwards, names read downwards.
            rows.reverse();
        }
        let values: Vec<f64> = runs.iter().filter_map(|run| value(run, &self.value)).collect();
        let scale = self.value_scale.unwrap_or_else(|| self.scale_of(&values));
        let shown = values.iter().copied().filter(|value| scale.of(*value).is_finite());
        let of_mean = scale_of(&self.value, scale, shown);
        let facets = facets_of(&runs, self.facet.as_ref())?;
        let cells: Vec<Vec<Cell<'_>>> =
            facets.iter().map(|facet| self.cells(&facet.runs, (&columns, &rows), (scale, of_mean))).collect();
        let means = cells.iter().flatten().filter_map(|cell| Some(scale.of(cell.mean?.point)));
        let means = means.filter(|place| place.is_finite());
        let (low, high) = means.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        if low > high {
            return Err(if values.is_empty() {
                nothing(results, &runs, &format!("a value `{}`", self.value))
            } else {
                off_axis(&format!("no value of `{}`", self.value), "value-scale")
            });
        }
        let names = (drawn_names(&columns), drawn_names(&rows));
        let keys: Vec<&str> = [&self.x, &self.y].into_iter().chain(&self.facet).map(String::as_str).collect();
        let mut notes = self.best_of(&runs, (&cells, &facets), &names);
        notes.extend(missing(&cells));
        let below = values.iter().filter(|value| **value != 0.0 && !scale.of(**value).is_finite()).count();
        if below > 0 {
            notes.push(format!(
                "{below} values below 0 have no place on the logarithmic scale and are left out"
            ));
        }
        for (key, given, levels) in [(&self.x, &self.x_label, &names.0), (&self.y, &self.y_label, &names.1)] {
            if let [only] = &levels[..] {
                notes.push(format!("{} has one value alone: {only}", words::name(given, &runs, key)));
            }
        }
        let pool = Pool {
            runs: &runs,
            keys: &keys,
            axes: results.axes(),
            values: std::slice::from_ref(&self.value),
            off: 0,
            notes,
        };
        let caption = caption(&[of_mean], None, &pool);
        let shade = |mean: &Mean| {
            if is_off(mean, scale) {
                return ZERO;
            }
            let share = if high > low { (scale.of(mean.point) - low) / (high - low) } else { 0.5 };
            viridis(share)
        };
        let broken_names: Vec<String> = names.1.iter().map(|name| broken(name, WIDTH)).collect();
        let is_faceted = self.facet.is_some();
        let panel = |(i, cells): (usize, &Vec<Cell<'_>>)| Panel {
            title: if is_faceted { facets[i].title.clone() } else { caption.clone() },
            x: axis(words::axis(&self.x_label, &runs, &self.x), names.0.clone()),
            y: axis(words::axis(&self.y_label, &runs, &self.y), broken_names.clone()),
            aspect: Aspect::Height((ROW * rows.len() as f64).clamp(HEIGHTS.0, HEIGHTS.1) as u32),
            marks: [marks(cells, &shade, &self.best_places(cells)), self.readings(cells)].concat(),
        };
        let panels = cells.iter().enumerate().map(panel).collect();
        let mut legend = zeros(&cells, scale);
        if is_faceted {
            legend.push(Entry { sign: Sign::None, text: caption.clone() });
        }
        // Of one value alone the colour says nothing.
        let bar =
            (high > low).then(|| Bar::new(axis_label(&self.value_label, &self.value), scale, (low, high)));
        Ok(Figure { title: self.title.clone(), panels, columns: None, legend, bar, left_out: Vec::new() })
    }

    /// Logarithmic for a quantity that is compared by ratios, as long as there is one.
    fn scale_of(&self, values: &[f64]) -> Scale {
        let is_log = Quantity::of(&self.value).scale == Scale::Log
            && values.iter().all(|value| *value >= 0.0)
            && values.iter().any(|value| *value > 0.0);
        if is_log { Scale::Log } else { Scale::Linear }
    }

    fn cells<'a>(
        &self,
        runs: &[&'a Record],
        (columns, rows): (&[&Value], &[&Value]),
        (scale, of_mean): (Scale, Scale),
    ) -> Vec<Cell<'a>> {
        let mut cells: Vec<Cell<'a>> = Vec::new();
        for column in 0..columns.len() {
            for row in 0..rows.len() {
                cells.push(Cell { column, row, runs: Vec::new(), mean: None, is_mixed: false });
            }
        }
        let place = |levels: &[&Value], run: &Record, key: &str| {
            let value = run.setting(key)?;
            levels.iter().position(|level| *level == value)
        };
        for run in runs {
            if let (Some(column), Some(row)) = (place(columns, run, &self.x), place(rows, run, &self.y)) {
                cells[column * rows.len() + row].runs.push(run);
            }
        }
        for cell in &mut cells {
            let mut values: Vec<Counted> =
                counted_per_replicate(&cell.runs, &self.value).into_values().collect();
            if scale == Scale::Log && values.iter().any(|(value, _)| *value == 0.0) {
                cell.is_mixed = values.iter().any(|(value, _)| *value != 0.0);
                cell.mean = (!cell.is_mixed).then_some(Mean { point: 0.0, interval: None });
                continue;
            }
            values.retain(|(value, _)| scale.of(*value).is_finite());
            cell.mean = (!values.is_empty()).then(|| mean(&self.value, of_mean, &values));
        }
        cells
    }

    /// The runs behind each cell.
    fn readings(&self, cells: &[Cell<'_>]) -> Vec<Mark> {
        let of = |cell: &Cell<'_>| {
            let words = [&self.x, &self.y].map(|key| {
                let level = cell.runs[0].setting(key);
                level.map_or_else(String::new, |level| setting_in_words(&cell.runs, key, level))
            });
            reading((cell.column as f64, cell.row as f64), words.join(", "), behind(&cell.runs, &self.value))
        };
        cells.iter().filter(|cell| !cell.runs.is_empty()).map(of).collect()
    }

    /// The cells of a panel with the best mean, if it is better than others.
    fn best_places(&self, cells: &[Cell<'_>]) -> Vec<usize> {
        let best = self.best.or(match Quantity::of(&self.value).better() {
            Some(Better::Lower) => Some(Best::Lowest),
            Some(Better::Higher) => Some(Best::Highest),
            None => None,
        });
        let Some(best) = best else { return Vec::new() };
        let sign = if best == Best::Lowest { 1.0 } else { -1.0 };
        let mean = |(i, cell): (usize, &Cell<'_>)| Some((i, sign * cell.mean?.point));
        let all: Vec<(usize, f64)> = cells.iter().enumerate().filter_map(mean).collect();
        let least = all.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        let places: Vec<usize> = all.iter().filter(|(_, value)| *value == least).map(|(i, _)| *i).collect();
        if places.len() < all.len() { places } else { Vec::new() }
    }

    /// Which cell is the best of each panel, in words.
    fn best_of(
        &self,
        runs: &[&Record],
        (cells, facets): (&[Vec<Cell<'_>>], &[Facet<'_>]),
        (columns, rows): &(Vec<String>, Vec<String>),
    ) -> Vec<String> {
        let panel = |(cells, facet): (&Vec<Cell<'_>>, &Facet<'_>)| {
            let places = self.best_places(cells);
            let cell = &cells[*places.first()?];
            let mean = cell.mean?;
            let of = if facet.title.is_empty() { String::new() } else { format!(" of {}", facet.title) };
            let begin = format!("best{of} (framed):");
            let value = drawn(mean.point, 4);
            if places.len() > 1 {
                return Some(format!("{begin} {} cells with {value}", places.len()));
            }
            let text = format!(
                "{begin} {} {}, {} {}: {value}",
                words::name(&self.x_label, runs, &self.x),
                columns[cell.column],
                words::name(&self.y_label, runs, &self.y),
                rows[cell.row]
            );
            Some(match mean.interval {
                Some((low, high)) => text + &format!(", {INTERVAL} {} to {}", drawn(low, 4), drawn(high, 4)),
                None => text,
            })
        };
        let told: Vec<String> = cells.iter().zip(facets).filter_map(panel).collect();
        if told.len() > TOLD { vec!["the best cell of each panel is framed".to_owned()] } else { told }
    }
}

fn levels_of<'a>(runs: &[&'a Record], key: &str) -> Result<Vec<&'a Value>, String> {
    let levels: Vec<&Value> = runs_of_levels(runs, key).into_iter().map(|(level, _)| level).collect();
    if levels.len() > MOST {
        return Err(format!("{key} has {} values, and a heat map has room for {MOST}", levels.len()));
    }
    Ok(levels)
}

/// Whether a mean has no place on the scale: 0 on a logarithmic one.
fn is_off(mean: &Mean, scale: Scale) -> bool {
    !scale.of(mean.point).is_finite()
}

/// Names at even distances.
fn axis(label: String, names: Vec<String>) -> Axis {
    let range = Some((-0.5, names.len() as f64 - 0.5));
    Axis { range, ticks: Ticks::Names(names), ..Axis::new(label, Scale::Linear) }
}

/// Width of a name beyond which it is broken, in pixels.
const WIDTH: f64 = 230.0;

/// How many cells have no value, and of how many of them all runs diverged.
fn missing(cells: &[Vec<Cell<'_>>]) -> Option<String> {
    let without: Vec<&Cell<'_>> =
        cells.iter().flatten().filter(|cell| cell.mean.is_none() && !cell.is_mixed).collect();
    if without.is_empty() {
        return None;
    }
    let has_diverged = |cell: &&&Cell<'_>| {
        !cell.runs.is_empty() && cell.runs.iter().all(|run| matches!(run.status, Status::Diverged { .. }))
    };
    let diverged = without.iter().filter(has_diverged).count();
    let planned = without.iter().filter(|cell| cell.runs.is_empty()).count();
    let all = cells.iter().flatten().count();
    let have = if without.len() == 1 { "has" } else { "have" };
    let whys: Vec<String> = [(diverged, "where all runs diverged"), (planned, "without a run")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, why)| if n == without.len() { why.to_owned() } else { format!("{n} {why}") })
        .collect();
    let why = if whys.is_empty() { String::new() } else { format!(", {}", whys.join(", ")) };
    Some(format!("hatched: {} of {all} cells {have} no value{why}", without.len()))
}

/// What the legend says of cells with values of 0 on a logarithmic scale.
fn zeros(cells: &[Vec<Cell<'_>>], scale: Scale) -> Vec<Entry> {
    let cells = || cells.iter().flatten();
    let all = cells().filter(|cell| cell.mean.is_some_and(|mean| is_off(&mean, scale))).count();
    let mixed = cells().filter(|cell| cell.is_mixed).count();
    let counted = |n: usize| if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
    let entry = |n: usize, style: Style, what: &str| {
        let text = format!("{what}, off the logarithmic scale: {}", counted(n));
        (n > 0).then_some(Entry { sign: Sign::Point(style), text })
    };
    let in_all = entry(all, ZERO_SIGN, "0");
    in_all.into_iter().chain(entry(mixed, MIXED_SIGN, "0 in some replicates")).collect()
}

fn marks(cells: &[Cell<'_>], shade: &dyn Fn(&Mean) -> Color, best: &[usize]) -> Vec<Mark> {
    let area = |cell: &Cell<'_>| {
        let (x, y) = (cell.column as f64, cell.row as f64);
        [x - 0.5, x + 0.5, y - 0.5, y + 0.5]
    };
    let mut marks = Vec::new();
    for cell in cells {
        match &cell.mean {
            Some(mean) => {
                marks.push(Mark::Cell { area: area(cell), color: shade(mean), text: drawn(mean.point, 3) });
            }
            None if cell.is_mixed => {
                marks.push(Mark::Cell { area: area(cell), color: ZERO, text: String::new() });
                let points = vec![(cell.column as f64, cell.row as f64)];
                marks.push(Mark::Points { points, style: MIXED_SIGN });
            }
            None => {
                marks.push(Mark::Cell { area: area(cell), color: WHITE, text: String::new() });
                marks.push(Mark::Segments { segments: hatching(area(cell)), color: HATCH, width: 1.0 });
            }
        }
    }
    for cell in best.iter().map(|best| &cells[*best]) {
        let [x0, x1, y0, y1] = area(cell);
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
        let sides: Vec<[f64; 4]> =
            corners.windows(2).map(|side| [side[0].0, side[0].1, side[1].0, side[1].1]).collect();
        marks.push(Mark::Segments { segments: sides.clone(), color: WHITE, width: 6.0 });
        marks.push(Mark::Segments { segments: sides, color: INK, width: 3.0 });
    }
    marks
}

/// Lines from below left to above right of a cell.
fn hatching([x0, x1, y0, y1]: [f64; 4]) -> Vec<[f64; 4]> {
    let at = |share: f64| (x0 + share * (x1 - x0), y0 + share * (y1 - y0));
    let above = HATCHING.map(|share| [x0, at(share).1, at(1.0 - share).0, y1]);
    let below = HATCHING.map(|share| [at(share).0, y0, x1, at(1.0 - share).1]);
    above.into_iter().chain(below).chain([[x0, y0, x1, y1]]).collect()
}
