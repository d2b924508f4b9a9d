//! What a caption says of the runs behind a figure: what is averaged, and what is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thalweg_records::{Quantity, Record, Status};

use super::series::levels;
use crate::draw::{Entry, INK, Scale, Shape, Sign, Style};
use crate::select::{DIVERGED, replicate, value};
use crate::words;

/// The name of an interval in a caption.
pub(super) const INTERVAL: &str = "95 % interval (Student's t)";

/// The name of the values from the lowest to the highest, in captions and legends.
pub(super) const RANGE: &str = "range";

/// The runs behind a figure, and what its caption must say of them.
pub(super) struct Pool<'a> {
    pub(super) runs: &'a [&'a Record],
    /// The settings that the figure tells apart.
    pub(super) keys: &'a [&'a str],
    /// The settings that the sweep changes.
    pub(super) axes: &'a [String],
    /// The final values that are drawn; none where curves are.
    pub(super) values: &'a [String],
    /// How many values have no place on a logarithmic axis, and so a sign at its end.
    pub(super) off: usize,
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
    let and = beside.map_or_else(String::new, |beside| format!(" and {beside}"));
    let text = match (pool.replicates(), pool.pooled()) {
        (0 | 1, None) => "one replicate".to_owned(),
        (_, None) if pool.tells_replicates_apart() => "one run each".to_owned(),
        (_, Some(over)) if pool.tells_replicates_apart() => format!("{mean} over {over} in each replicate"),
        (0 | 1, Some(over)) => format!("{mean} over {over} in one replicate"),
        (n, None) => format!("{mean}{and} of {n} replicates"),
        (n, Some(over)) if beside == Some(RANGE) => {
            format!("{mean} of {n} replicates, each averaged over {over}, and range of all runs")
        }
        (n, Some(over)) => format!("{mean}{and} of {n} replicates, each averaged over {over}"),
    };
    pool.with_notes(text)
}

/// What points, bars and strokes are if each point is a replicate.
pub(super) fn caption_of_replicates(pool: &Pool<'_>) -> String {
    let averaged = pool.pooled().map_or_else(String::new, |over| format!(" (averaged over {over})"));
    let text = match pool.replicates() {
        0 | 1 => format!("the one replicate{averaged}"),
        n => format!("each of {n} replicates{averaged}, median and quartiles"),
    };
    pool.with_notes(text)
}

/// The sign of a value that has no place on a logarithmic axis.
pub(super) fn off(color: crate::draw::Color) -> Style {
    Style { shape: Shape::Nabla, color, edge: color, edge_width: 0.0, size: 5.0 }.hollow()
}

/// What the legend says of it.
pub(super) fn off_entry() -> Entry {
    Entry { sign: Sign::Point(off(INK)), text: "0 or below, off the axis".to_owned() }
}

impl Pool<'_> {
    fn tells_replicates_apart(&self) -> bool {
        self.keys.contains(&"replicate")
    }

    fn replicates(&self) -> usize {
        self.runs.iter().map(|run| replicate(run)).collect::<BTreeSet<u64>>().len()
    }

    /// What a replicate is averaged over, in words, if it has several runs that the figure does not tell
    /// apart.
    fn pooled(&self) -> Option<String> {
        let mut groups: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
        for run in self.runs {
            let settings: Vec<Option<&Value>> = self.keys.iter().map(|key| run.setting(key)).collect();
            groups.entry(format!("{} {settings:?}", replicate(run))).or_default().push(run);
        }
        if groups.len() == self.runs.len() {
            return None;
        }
        let is_pooled = |axis: &&String| groups.values().any(|runs| levels(runs, axis).len() > 1);
        let name = |axis: &String| {
            let n = levels(self.runs, axis).len();
            format!("{} ({n} values)", words::words(self.runs, axis).label)
        };
        let over: Vec<String> = self.axes.iter().filter(is_pooled).map(name).collect();
        Some(if over.is_empty() { "all its runs".to_owned() } else { over.join(" and ") })
    }

    fn with_notes(&self, mut caption: String) -> String {
        let told = [self.ended(), self.lacking()].into_iter().flatten().chain(self.off_axis());
        told.chain(self.notes.iter().cloned()).for_each(|note| caption += &format!("\n{note}"));
        caption
    }

    /// Which runs did not complete, and what became of them here.
    fn ended(&self) -> Vec<String> {
        let n = self.runs.len();
        let count = |is: &dyn Fn(&Status) -> bool| self.runs.iter().filter(|run| is(&run.status)).count();
        let mut notes = Vec::new();
        let diverged = count(&|status| matches!(status, Status::Diverged { .. }));
        if diverged > 0 && self.values.iter().any(|name| name != DIVERGED) {
            notes.push(format!(
                "{diverged} of {n} runs diverged and are left out: what is shown is of the others"
            ));
        }
        if diverged > 0 && self.values.is_empty() {
            notes.push(format!("{diverged} of {n} runs diverged; after they end, means are of the others"));
        }
        let failed = count(&|status| matches!(status, Status::Failed { .. }));
        if failed > 0 {
            notes.push(format!("{failed} of {n} runs failed and are left out"));
        }
        notes
    }

    /// Which runs lack a setting or a value.
    fn lacking(&self) -> Vec<String> {
        let n = self.runs.len();
        let note = |lacking: usize, what: &str| {
            let are = if lacking == 1 { "is" } else { "are" };
            (lacking > 0).then(|| format!("{lacking} of {n} runs without {what} {are} left out"))
        };
        let setting = |key: &&str| {
            let lacking = self.runs.iter().filter(|run| run.setting(key).is_none()).count();
            note(lacking, &words::words(self.runs, key).label)
        };
        let of_value = |name: &String| {
            let is_lacking = |run: &&&Record| run.status == Status::Completed && value(run, name).is_none();
            note(
                self.runs.iter().filter(is_lacking).count(),
                &format!("a value of {}", Quantity::of(name).label),
            )
        };
        self.keys.iter().filter_map(setting).chain(self.values.iter().filter_map(of_value)).collect()
    }

    fn off_axis(&self) -> Option<String> {
        match self.off {
            0 => None,
            1 => Some("1 value of 0 or below, off the axis (hollow triangle), is left out".to_owned()),
            n => Some(format!("{n} values of 0 or below, off the axis (hollow triangles), are left out")),
        }
    }
}
