//! The loss along paths between two solutions.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use thalweg_records::{Record, Tensor};
use thalweg_statistics as statistics;

use super::axis_label;
use super::caption::{Pool, RANGE, caption};
use super::label;
use super::reason::{nothing, off_axis};
use super::series::{self, means_and_range};
use crate::Results;
use crate::draw::{Aspect, Axis, Color, Dash, Entry, Figure, INK, Mark, Panel, Pen, Ruler, Scale, Sign};
use crate::select::{Need, Where, needs, replicate, select};

/// `kind = "path"`: the loss along the ways to another solution that a probe of kind `path` has walked. Each
/// panel has the mean over the replicates (the geometric one on a logarithmic axis) on the range of the runs,
/// and all panels have the same axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Path {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The panels: which ways of which runs.
    pub panels: Vec<PathPanel>,
    /// Scale of the loss. Default linear.
    #[serde(default)]
    pub y_scale: Scale,
    /// What stands at the horizontal axis. Default `place on the way α`.
    pub x_label: Option<String>,
    /// Name and unit of the loss. Default `loss`.
    pub y_label: Option<String>,
    /// How many panels stand side by side. Default 1 to 5, by their number.
    pub columns: Option<NonZeroUsize>,
}

/// One panel: the ways of one probe in some runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PathPanel {
    /// What stands above the panel.
    pub title: String,
    /// The id of the probe. Default `path`.
    #[serde(default = "path")]
    pub probe: String,
    /// Which runs: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// The ways, in the order in which a profile has them below α. Where no unit moves, aligned and not are one
/// line, so the second is broken. From dark to light, they stay apart in grey.
pub(super) const WAYS: [(&str, Pen); 3] = [
    ("straight line", Pen { color: Color(0x24, 0x35, 0x43), dash: Dash::Solid }),
    ("straight line, units aligned", Pen { color: Color(0xd5, 0x5e, 0x00), dash: Dash::Broken }),
    ("curve", Pen { color: Color(0x56, 0xb4, 0xe9), dash: Dash::Mixed }),
];

/// What is drawn of one way: (α, mean, lowest, highest).
type Way = Vec<(f64, f64, f64, f64)>;

/// The ways of one run, and which line is which; `None` if the array has none.
pub(super) fn of_run(profile: &Tensor) -> Option<(Panel, String)> {
    let [rows, points] = profile.shape[..] else { return None };
    if !(2..=1 + WAYS.len()).contains(&rows) || points < 2 {
        return None;
    }
    let (at, losses) = profile.data.split_at(points);
    let line = |(losses, (_, pen)): (&[f64], &(&str, Pen))| Mark::Line {
        points: at.iter().copied().zip(losses.iter().copied()).collect(),
        pen: *pen,
        width: 1.8,
    };
    let named = |(name, pen): &(&str, Pen)| format!("{}: {name}", pen.dash.as_str());
    let lines: Vec<String> = WAYS.iter().take(rows - 1).map(named).collect();
    let panel = Panel {
        title: String::new(),
        x: Axis::new("place on the way α", Scale::Linear),
        y: Axis::new("loss", Scale::Linear),
        aspect: Aspect::Free,
        marks: losses.chunks(points).zip(&WAYS).map(line).collect(),
    };
    Some((panel, lines.join("; ")))
}

impl Path {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let ways = self.panels.iter().map(|panel| Need::Path(&panel.probe));
        ways.chain(self.panels.iter().flat_map(|panel| needs(&panel.r#where))).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let all = self.panels.iter().map(|panel| self.ways(panel, results));
        let all = all.collect::<Result<Vec<(String, Vec<Way>)>, String>>()?;
        let ways = || all.iter().flat_map(|(_, ways)| ways);
        // What all panels say is said once.
        let is_shared = all.iter().all(|(caption, _)| *caption == all[0].0);
        let (low, high) = self.y_scale.range(ways().flatten().flat_map(|(_, _, low, high)| [*low, *high]));
        let y = Axis {
            range: Some((self.y_scale.at(low), self.y_scale.at(high))),
            ..Axis::new(axis_label(&self.y_label, "loss"), self.y_scale)
        };
        let most = all.iter().map(|(_, ways)| ways.len()).max().unwrap_or(0);
        let line = |way: usize| Entry { sign: Sign::Line(WAYS[way].1), text: WAYS[way].0.to_owned() };
        let mut legend: Vec<Entry> = (0..most).map(line).collect();
        legend.push(Entry { sign: Sign::Band(INK), text: RANGE.to_owned() });
        if is_shared {
            legend.push(Entry { sign: Sign::Title, text: all[0].0.clone() });
        }
        let title = |i: usize| {
            let caption = if is_shared { "" } else { &all[i].0 };
            format!("{}\n{caption}", self.panels[i].title).trim_end().to_owned()
        };
        let panel = |(i, (_, ways)): (usize, &(String, Vec<Way>))| Panel {
            title: title(i),
            x: Axis::new(label(&self.x_label, "place on the way α"), Scale::Linear),
            y: y.clone(),
            aspect: Aspect::Free,
            marks: marks(ways),
        };
        Ok(Figure {
            title: self.title.clone(),
            panels: all.iter().enumerate().map(panel).collect(),
            columns: self.columns.map(NonZeroUsize::get),
            legend,
            bar: None,
            left_out: Vec::new(),
        })
    }

    /// What the lines of a panel are, and its ways.
    fn ways(&self, panel: &PathPanel, results: &Results) -> Result<(String, Vec<Way>), String> {
        let name = format!("{}.profile", panel.probe);
        let selected = select(results, &panel.r#where);
        let with: Vec<(&Record, &Tensor)> =
            selected.iter().filter_map(|run| Some((*run, run.tensor(&name)?))).collect();
        let Some((_, first)) = with.first() else {
            let why = nothing(results, &selected, "kept a profile (a probe of kind \"path\" does)");
            return Err(format!("panel \"{}\": {why}", panel.title));
        };
        let points = match first.shape[..] {
            [rows, points] if (2..=1 + WAYS.len()).contains(&rows) && points > 1 => points,
            _ => return Err(format!("profile {} of shape {:?} has no ways", panel.probe, first.shape)),
        };
        let at = &first.data[..points];
        if with.iter().any(|(_, other)| other.shape != first.shape || other.data[..points] != *at) {
            return Err(format!(
                "the runs of the panel \"{}\" have profiles at different places",
                panel.title
            ));
        }
        let mut off = 0;
        let mut way = |row: usize| -> Way {
            let place = |column: usize| {
                let mut places: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
                for (run, profile) in &with {
                    let place = self.y_scale.of(profile.data[row * points + column]);
                    if place.is_finite() {
                        places.entry(replicate(run)).or_default().push(place);
                    } else {
                        off += 1;
                    }
                }
                if places.is_empty() {
                    return None;
                }
                let (means, (low, high)) = means_and_range(&places);
                let value = |place| self.y_scale.at(place);
                Some((at[column], value(statistics::mean(&means).point), value(low), value(high)))
            };
            (0..points).filter_map(place).collect()
        };
        let ways: Vec<Way> = (1..first.shape[0]).map(&mut way).collect();
        if ways.iter().all(Vec::is_empty) {
            return Err(format!("panel \"{}\": {}", panel.title, off_axis("no loss", "y-scale")));
        }
        let runs: Vec<&Record> = with.iter().map(|(run, _)| *run).collect();
        let mut notes = Vec::new();
        if off > 0 {
            notes.push(format!("{off} losses of 0 or below, which have no place on the axis, are left out"));
        }
        if with.len() < selected.len() {
            let without = selected.len() - with.len();
            notes.push(format!("{without} of {} runs without such a path are left out", selected.len()));
        }
        let pool = Pool { runs: &runs, keys: &[], axes: results.axes(), values: &[], off: 0, notes };
        Ok((caption(&[self.y_scale], Some(RANGE), &pool), ways))
    }
}

/// The bands below the lines.
fn marks(ways: &[Way]) -> Vec<Mark> {
    let band = |(i, way): (usize, &Way)| {
        let ends = way.iter().map(|(at, _, low, high)| (*at, *low, *high)).collect();
        series::band(ends, way.len(), WAYS[i].1.color)
    };
    let line = |(i, way): (usize, &Way)| {
        let points = way.iter().map(|(at, mean, ..)| (*at, *mean)).collect();
        series::line(points, WAYS[i].1, 2.0)
    };
    let bands = ways.iter().enumerate().map(band);
    bands.chain(ways.iter().enumerate().map(line)).collect()
}

fn path() -> String {
    "path".to_owned()
}
