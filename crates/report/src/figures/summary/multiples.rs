//! Quantities that have no axis in common: a panel for each axis.

use super::Summary;
use crate::Results;
use crate::draw::{Entry, Figure, Sign, Ticks};
use crate::figures::quantities::shared_label;

/// One figure with the panels of several, each of the quantities that have an axis in common.
///
/// # Errors
/// Why there is nothing to draw, if no axis has anything.
pub(super) fn build(config: &Summary, groups: Vec<Vec<String>>, results: &Results) -> Result<Figure, String> {
    let (mut figures, mut whys) = (Vec::new(), Vec::new());
    for y in groups {
        let label = shared_label(&y);
        match (Summary { y, ..config.clone() }).build(results) {
            Ok(figure) => figures.push((label, figure)),
            Err(why) => whys.push(format!("no panel for {label}: {why}")),
        }
    }
    if figures.is_empty() {
        return Err(whys.swap_remove(0));
    }
    Ok(one(config, figures, whys))
}

/// The figures of several axes, each with its label, as one.
fn one(config: &Summary, figures: Vec<(String, Figure)>, notes: Vec<String>) -> Figure {
    let parts: Vec<(String, Vec<String>, Figure)> = figures
        .into_iter()
        .map(|(label, figure)| {
            let (words, bare) = figure.without_words();
            (label, words, bare)
        })
        .collect();
    let is_said_of_all = |line: &String| parts.iter().all(|(_, words, _)| words.contains(line));
    let common: Vec<String> = parts[0].1.iter().filter(|line| is_said_of_all(line)).cloned().collect();
    let mut words = common.clone();
    let mut whole = Figure {
        title: config.title.clone(),
        panels: Vec::new(),
        columns: None,
        legend: Vec::new(),
        bar: None,
        left_out: notes.clone(),
    };
    for (label, own, mut figure) in parts {
        let own: Vec<String> = own.into_iter().filter(|line| !common.contains(line)).collect();
        match &mut figure.panels[..] {
            [panel] => panel.title = own.join("\n"),
            _ => words.extend(own.iter().map(|line| format!("{label}: {line}"))),
        }
        // Names, which have no room side by side.
        if figure.panels.iter().any(|panel| matches!(panel.y.ticks, Ticks::Names(_))) {
            whole.columns = Some(figure.panels.len().min(2));
        }
        whole.panels.append(&mut figure.panels);
        // Of a quantity alone on its axis the axis says what it is.
        let is_new = |entry: &Entry, legend: &[Entry]| {
            entry.text != label && legend.iter().all(|other| other.text != entry.text)
        };
        for entry in figure.legend {
            if is_new(&entry, &whole.legend) {
                whole.legend.push(entry);
            }
        }
        whole.left_out.extend(figure.left_out.into_iter().filter(|line| !notes.contains(line)));
    }
    words.extend(notes);
    whole.legend.push(Entry { sign: Sign::None, text: words.join("\n") });
    whole.legend.retain(|entry| !entry.text.is_empty());
    whole
}
