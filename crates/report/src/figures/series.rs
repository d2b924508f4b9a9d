//! Lines of a figure, one for each value of a setting.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;
use thalweg_records::Record;
use thalweg_statistics as statistics;

use super::automatic::scale_of_numbers;
use super::names::names_of;
use crate::draw::{Bar, Color, Entry, Mark, Pen, Scale, Shape, Sign, Style, ordered, series, viridis};
use crate::select::replicate;
use crate::words;

/// The name of an interval in a caption.
pub(super) const INTERVAL: &str = "95 % interval (Student's t)";

/// One line: what the legend calls it, how it looks, and the runs behind it.
pub(super) struct Series<'a> {
    pub(super) text: String,
    pub(super) pen: Pen,
    pub(super) runs: Vec<&'a Record>,
}

/// All lines of a figure.
pub(super) struct Family<'a> {
    pub(super) lines: Vec<Series<'a>>,
    /// What the colours mean if there are too many numbers to name each.
    pub(super) bar: Option<Bar>,
}

/// So many series can be told apart by their signs.
pub(super) const MOST: usize = 24;

/// So many series can be told apart by colours alone; of more numbers the colours are places on a scale.
pub(super) const COLOURS: usize = 12;

/// The runs of each value of the setting `key`. The first text holds the name of the setting too. Of more
/// numbers than can be told apart by colours these show the place on a scale.
pub(super) fn series_of<'a>(runs: &[&'a Record], key: &str, name: &Option<String>) -> Family<'a> {
    let levels = runs_of_levels(runs, key);
    let values: Vec<&Value> = levels.iter().map(|(level, _)| *level).collect();
    let is_numeric = values.iter().all(|value| value.is_number());
    if is_numeric && levels.len() > COLOURS {
        return on_a_scale(levels, words::axis(name, runs, key));
    }
    let (n, names, called) = (levels.len(), names_of(&values), words::name(name, runs, key));
    let line = |(i, (_, runs)): (usize, (&Value, Vec<&'a Record>))| Series {
        text: if i == 0 { format!("{} {}", called, names[i]) } else { names[i].clone() },
        pen: if is_numeric { ordered(i, n) } else { series(i) },
        runs,
    };
    Family { lines: levels.into_iter().enumerate().map(line).collect(), bar: None }
}

/// Series whose colours are places on a logarithmic scale if that spreads them, else on a linear one.
fn on_a_scale<'a>(levels: Vec<(&Value, Vec<&'a Record>)>, label: String) -> Family<'a> {
    let number = |level: &Value| level.as_f64().unwrap_or_default();
    let (least, most) = (number(levels[0].0), number(levels[levels.len() - 1].0));
    let scale = scale_of_numbers(&[least, most]);
    let range = (scale.of(least), scale.of(most));
    let color = |level: &Value| viridis((scale.of(number(level)) - range.0) / (range.1 - range.0));
    let line = |(level, runs)| Series { text: String::new(), pen: Pen::solid(color(level)), runs };
    let lines = levels.into_iter().map(line).collect();
    Family { lines, bar: Some(Bar::new(label, scale, range)) }
}

/// More lines than these cover each other.
pub(super) const MOST_LINES: usize = 400;

impl<'a> Family<'a> {
    /// The same lines with those of their runs that belong to one panel.
    pub(super) fn within(&self, panel: &[&'a Record]) -> Vec<Series<'a>> {
        let keys: HashSet<&str> = panel.iter().map(|run| run.key.as_str()).collect();
        let line = |line: &Series<'a>| Series {
            text: line.text.clone(),
            pen: line.pen,
            runs: line.runs.iter().copied().filter(|run| keys.contains(run.key.as_str())).collect(),
        };
        self.lines.iter().map(line).collect()
    }

    /// Leaves some lines out if there are more than `most`, at least two, evenly, and says so.
    pub(super) fn thin(&mut self, most: usize) -> Option<String> {
        let n = self.lines.len();
        if n <= most {
            return None;
        }
        let mut kept = (0..most).map(|i| i * (n - 1) / (most - 1)).peekable();
        let mut place = 0..;
        self.lines.retain(|_| kept.next_if_eq(&place.next().unwrap_or(n)).is_some());
        Some(format!("{most} of {n} series are drawn"))
    }

    /// That a legend of its lines names only the first, if it does.
    pub(super) fn unnamed(&self) -> Option<String> {
        let n = self.lines.len();
        (self.bar.is_none() && n > MOST).then(|| format!("{} of {n} series are named", MOST - 1))
    }

    /// Whether there are more lines than can be told apart: then bands and bars would only hide them.
    pub(super) fn is_crowd(&self) -> bool {
        self.lines.len() > MOST
    }

    /// The width of a line.
    pub(super) fn width(&self) -> f64 {
        if self.is_crowd() { 1.0 } else { 2.0 }
    }

    /// The legend of its lines, of which a bar needs none, and of too many the last are only counted.
    pub(super) fn legend(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        if self.bar.is_some() {
            entries.clear();
        }
        shortened(entries)
    }
}

/// A legend of which too many entries are only counted.
fn shortened(mut entries: Vec<Entry>) -> Vec<Entry> {
    if entries.len() > MOST {
        let rest = entries.len() - (MOST - 1);
        entries.truncate(MOST - 1);
        entries.push(Entry { sign: Sign::None, text: format!("and {rest} more") });
    }
    entries
}

/// A line through some points, or the point if it is only one.
pub(super) fn line(points: Vec<(f64, f64)>, pen: Pen, width: f64) -> Mark {
    if points.len() != 1 {
        return Mark::Line { points, pen, width };
    }
    let (shape, color) = (Shape::Circle, pen.color);
    Mark::Points { points, style: Style { shape, color, edge: color, edge_width: 0.0, size: 2.0 * width } }
}

/// The band beside a line of so many points: the area between its ends, or beside a single point a bar.
pub(super) fn band(ends: Vec<(f64, f64, f64)>, n_points: usize, color: Color) -> Mark {
    if n_points == 1 { Mark::Bars { bars: ends, color } } else { Mark::Band { ends, color } }
}

/// The distinct values of a setting among runs, each with its runs: numbers ascending, others in the plan's
/// order.
pub(crate) fn runs_of_levels<'a>(runs: &[&'a Record], key: &str) -> Vec<(&'a Value, Vec<&'a Record>)> {
    let mut levels: Vec<(&Value, Vec<&Record>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (run, value) in runs.iter().filter_map(|run| Some((*run, run.setting(key)?))) {
        let place = *places.entry(value.to_string()).or_insert(levels.len());
        match levels.get_mut(place) {
            Some((_, runs)) => runs.push(run),
            None => levels.push((value, vec![run])),
        }
    }
    if levels.iter().all(|(value, _)| value.is_number()) {
        levels.sort_by(|(a, _), (b, _)| a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)));
    }
    levels
}

/// The distinct values alone.
pub(crate) fn levels<'a>(runs: &[&'a Record], key: &str) -> Vec<&'a Value> {
    runs_of_levels(runs, key).into_iter().map(|(level, _)| level).collect()
}

/// The mean place on an axis of each replicate, whose runs count as one, and the lowest and highest place of
/// all.
pub(super) fn means_and_range(places: &BTreeMap<u64, Vec<f64>>) -> (Vec<f64>, (f64, f64)) {
    let means: Vec<f64> = places.values().map(|places| statistics::mean(places).point).collect();
    let all = places.values().flatten();
    let range = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), place| (a.min(*place), b.max(*place)));
    (means, range)
}

/// The runs behind a figure, and what its caption must say of them.
pub(super) struct Pool<'a> {
    pub(super) runs: &'a [&'a Record],
    /// The settings that the figure tells apart.
    pub(super) keys: &'a [&'a str],
    /// Whether a value has no place on the axis.
    pub(super) has_gaps: bool,
    /// What else is left out.
    pub(super) notes: Vec<String>,
}

/// What points and lines are: the mean of what, and what is drawn beside it, if anything is.
pub(super) fn caption(scales: &[Scale], beside: Option<&str>, pool: &Pool<'_>) -> String {
    let is_log = |scale: &Scale| *scale == Scale::Log;
    let mean = match (scales.iter().any(is_log), scales.iter().all(is_log)) {
        (true, true) => "geometric mean",
        (true, false) => "mean (of losses, times and eigenvalues the geometric one)",
        _ => "mean",
    };
    let beside = beside.map_or_else(String::new, |beside| format!(" and {beside}"));
    let text = match (pool.replicates(), pool.is_mixed()) {
        (0 | 1, false) => "one replicate".to_owned(),
        (0 | 1, true) => format!("{mean} of all runs of one replicate"),
        (n, false) => format!("{mean}{beside} of {n} replicates"),
        (n, true) => format!("{mean}{beside} of all runs of {n} replicates"),
    };
    with_notes(text, pool)
}

/// What points, bars and strokes are if each point is a replicate.
pub(super) fn caption_of_replicates(pool: &Pool<'_>) -> String {
    let mixed = if pool.is_mixed() { " (the mean of all its runs)" } else { "" };
    let text = match pool.replicates() {
        0 | 1 => format!("the one replicate{mixed}"),
        n => format!("each of {n} replicates{mixed}, median and quartiles"),
    };
    with_notes(text, pool)
}

fn with_notes(mut caption: String, pool: &Pool<'_>) -> String {
    if pool.has_gaps {
        caption += "\nvalues of 0 and below have no place on the axis and are left out";
    }
    pool.notes.iter().for_each(|note| caption += &format!("\n{note}"));
    caption
}

impl Pool<'_> {
    fn replicates(&self) -> usize {
        self.runs.iter().map(|run| replicate(run)).collect::<BTreeSet<u64>>().len()
    }

    /// Whether other settings are swept too, so that a replicate has several runs which the figure does not
    /// tell apart.
    fn is_mixed(&self) -> bool {
        let place = |run: &&Record| {
            let settings: Vec<Option<&Value>> = self.keys.iter().map(|key| run.setting(key)).collect();
            format!("{} {settings:?}", replicate(run))
        };
        self.runs.iter().map(place).collect::<BTreeSet<String>>().len() < self.runs.len()
    }
}
