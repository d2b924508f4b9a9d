//! Lines of a figure, one for each value of a setting.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use thalweg_records::Record;
use thalweg_statistics as statistics;

use super::automatic::scale_of_numbers;
use super::names::{drawn_names, factored};
pub(crate) use crate::draw::AT_ENDS;
use crate::draw::{Bar, Color, Entry, Mark, Pen, Shape, Sign, Style, ordered, series, viridis};
use crate::words;

/// One line: what the legend calls it, how it looks, and the runs behind it.
pub(super) struct Series<'a> {
    pub(super) text: String,
    pub(super) pen: Pen,
    pub(super) runs: Vec<&'a Record>,
}

/// All lines of a figure.
pub(super) struct Family<'a> {
    /// What the texts of the lines are about; may be empty.
    pub(super) title: String,
    pub(super) lines: Vec<Series<'a>>,
    /// What the colours mean if there are too many numbers to name each.
    pub(super) bar: Option<Bar>,
}

/// So many series can be told apart by their signs.
pub(super) const MOST: usize = 24;

/// So many series can be told apart by colours alone; of more numbers the colours are places on a scale.
pub(super) const COLOURS: usize = 12;

/// The runs of each value of the setting `key`. Of more numbers than can be told apart by colours these show
/// the place on a scale.
pub(super) fn series_of<'a>(runs: &[&'a Record], key: &str, name: &Option<String>) -> Family<'a> {
    let levels = runs_of_levels(runs, key);
    let values: Vec<&Value> = levels.iter().map(|(level, _)| *level).collect();
    let is_numeric = values.iter().all(|value| value.is_number());
    if is_numeric && levels.len() > COLOURS {
        return on_a_scale(levels, words::axis(name, runs, key));
    }
    let n = levels.len();
    let (shared, texts) = factored(drawn_names(&values));
    let title = format!("{} {shared}", words::name(name, runs, key)).trim_end().to_owned();
    let line = |(i, ((_, runs), text)): (usize, ((&Value, Vec<&'a Record>), String))| Series {
        text,
        pen: if is_numeric { ordered(i, n) } else { series(i) },
        runs,
    };
    Family { title, lines: levels.into_iter().zip(texts).enumerate().map(line).collect(), bar: None }
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
    Family { title: String::new(), lines, bar: Some(Bar::new(label, scale, range)) }
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
        let mut legend = shortened(entries);
        if !self.title.is_empty() && !legend.is_empty() {
            legend.insert(0, heading(&self.title));
        }
        legend
    }
}

/// The heading of entries: what they are about, with a colon if it does not lead to them by itself.
pub(super) fn heading(title: &str) -> Entry {
    let colon = if title.ends_with([':', '=']) { "" } else { ":" };
    Entry { sign: Sign::Title, text: format!("{title}{colon}") }
}

/// The same where the entries stand elsewhere, as beside the lines themselves.
pub(super) fn heading_of(title: &str, place: &str) -> Entry {
    let title = title.trim_end_matches([':', '=', ' ']);
    Entry { sign: Sign::Title, text: format!("{title}: {place}") }
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
