//! A value over two settings.

mod cells;
mod marks;
mod shades;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_document::Problem;
use thalweg_records::{Quantity, Record};

use super::axis_label;
use super::caption::{INTERVAL, Pool, caption};
use super::facet::{Facet, facets_of};
use super::names::drawn_names;
use super::readings::{behind, reading, setting_in_words};
use super::reason::{nothing, off_axis};
use super::series::runs_of_levels;
use crate::Results;
use crate::draw::{Aspect, Axis, Entry, Figure, Mark, Panel, Scale, Sign, Ticks, broken, drawn};
use crate::estimates::scale_of;
use crate::select::{Need, Where, needs, select, value};
use crate::words;
use cells::{Cell, missing};
use marks::{marks, zeros};
use shades::Shades;

/// `kind = "heat-map"`: a cell for each pair of values of two settings, whose colour is the mean of a value
/// over the replicates (the geometric one where the value is compared by ratios). The best cell of each
/// panel has a frame, equal ones all have, and the caption tells its settings, its mean and the 95 %
/// interval (Student's t); a cell in which a run diverged cannot be the best. Cells without a value are
/// hatched. The values of both settings stand at even distances. Where a few means lie so far from the
/// quartiles of all, beyond them by three times their distance, that hardly any of the colours would be left
/// to the others, the colours end at these: "≤" and "≥" at the ends of the bar say so, and the caption
/// counts the cells beyond.
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
    /// Which cell is the best. Default the lowest of losses, times, distances, steps to a goal and shares of
    /// runs that diverged, the highest of accuracies and R², and of other values none.
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

/// So many panels have their best cell told in words.
const TOLD: usize = 6;

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
        let Some(shades) = Shades::new(&cells, scale) else {
            return Err(if values.is_empty() {
                nothing(results, &runs, &format!("a value `{}`", self.value))
            } else {
                off_axis(&format!("no value of `{}`", self.value), "value-scale")
            });
        };
        let names = (drawn_names(&columns), drawn_names(&rows));
        let keys: Vec<&str> = [&self.x, &self.y].into_iter().chain(&self.facet).map(String::as_str).collect();
        let mut notes = self.best_of(&runs, (&cells, &facets), &names);
        let label = axis_label(&self.value_label, &self.value);
        notes.extend(shades.notes(&label));
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
        let broken_names: Vec<String> = names.1.iter().map(|name| broken(name, WIDTH)).collect();
        let is_faceted = self.facet.is_some();
        let panel = |(i, cells): (usize, &Vec<Cell<'_>>)| Panel {
            title: if is_faceted { facets[i].title.clone() } else { caption.clone() },
            x: axis(words::axis(&self.x_label, &runs, &self.x), names.0.clone()),
            y: axis(words::axis(&self.y_label, &runs, &self.y), broken_names.clone()),
            aspect: Aspect::Height((ROW * rows.len() as f64).clamp(HEIGHTS.0, HEIGHTS.1) as u32),
            marks: [marks(cells, scale, &shades, &self.best_places(cells)), self.readings(cells)].concat(),
        };
        let panels = cells.iter().enumerate().map(panel).collect();
        let mut legend = zeros(&cells, scale);
        if is_faceted {
            legend.push(Entry { sign: Sign::None, text: caption.clone() });
        }
        let bar = shades.bar(label);
        Ok(Figure { title: self.title.clone(), panels, columns: None, legend, bar, left_out: Vec::new() })
    }

    /// Logarithmic for a quantity that is compared by ratios, as long as there is one.
    fn scale_of(&self, values: &[f64]) -> Scale {
        let is_log = Quantity::of(&self.value).scale == Scale::Log
            && values.iter().all(|value| *value >= 0.0)
            && values.iter().any(|value| *value > 0.0);
        if is_log { Scale::Log } else { Scale::Linear }
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
            let of_whole = match cells.iter().any(|cell| self.is_of_survivors(cell)) {
                true => ", of cells where no run diverged",
                false => "",
            };
            let begin = format!("best{of}{of_whole} (framed):");
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

/// Names at even distances.
fn axis(label: String, names: Vec<String>) -> Axis {
    let range = Some((-0.5, names.len() as f64 - 0.5));
    Axis { range, ticks: Ticks::Names(names), ..Axis::new(label, Scale::Linear) }
}

/// Width of a name beyond which it is broken, in pixels.
const WIDTH: f64 = 230.0;
