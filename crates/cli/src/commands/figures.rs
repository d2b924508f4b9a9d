//! `figures`: the figures of a result as a paper, slides or a page need them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use thalweg::experiment::suggestion;
use thalweg::records::Store;
use thalweg::report::{Drawn, FigureFormat, Length, Look, Theme, WIDTHS, draw_figures, figure_ids};

use crate::result_name;
use crate::{Exit, Home, note, say, shown};

/// Which figures of which result, how, and where to.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the result
    name: String,
    /// Only the figure of this id; may be given several times [default: all]
    #[arg(long = "figure", value_name = "ID")]
    figures: Vec<String>,
    /// What for: paper (text of 8 points, title and notes in ID.txt), slides (18 points) or screen (13
    /// pixels)
    #[arg(long, default_value = "paper")]
    theme: String,
    /// Light on dark, for slides and screen
    #[arg(long)]
    dark: bool,
    /// How wide: 85mm, 8.5cm, 3.3in or 1200px [default: 85mm for a paper, 240mm for slides, what suits the
    /// figure for a screen]
    #[arg(long)]
    width: Option<String>,
    /// svg, pdf, png, or vega (a Vega-Lite specification); several with commas
    #[arg(long, value_delimiter = ',', default_value = "svg")]
    format: Vec<String>,
    /// Folder to write into
    #[arg(long, value_name = "DIR", default_value = "figures")]
    to: PathBuf,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

const THEMES: [(&str, Theme); 3] =
    [("paper", Theme::Paper), ("slides", Theme::Slides), ("screen", Theme::Screen)];
const FORMATS: [(&str, FigureFormat); 4] = [
    ("svg", FigureFormat::Svg),
    ("pdf", FigureFormat::Pdf),
    ("png", FigureFormat::Png),
    ("vega", FigureFormat::Vega),
];

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let store = Store::new(arguments.store.as_ref().unwrap_or(&home.results));
    let mut problems = Vec::new();
    let look = look(arguments, &mut problems);
    let formats: Vec<FigureFormat> =
        arguments.format.iter().filter_map(|name| one_of("format", name, &FORMATS, &mut problems)).collect();
    let folder = result_name::named(&store, &arguments.name)?;
    let known = match figure_ids(&folder) {
        Ok(known) => known,
        Err(e) if problems.is_empty() => return Err(e.into()),
        Err(e) => {
            problems.push(e.to_string());
            return Err(Exit::usage(problems.join("\nerror: ")));
        }
    };
    for id in arguments.figures.iter().filter(|id| !known.contains(id)) {
        let hint = match known.is_empty() {
            true => "the experiment has no [[figure]]".to_owned(),
            false => suggestion(id, &known.iter().cloned().collect()),
        };
        problems.push(format!("there is no figure `{id}`\nhint: {hint}"));
    }
    if !problems.is_empty() {
        return Err(Exit::usage(problems.join("\nerror: ")));
    }
    let wanted = if arguments.figures.is_empty() { &known } else { &arguments.figures };
    write(arguments, draw_figures(&store, &folder, wanted, &formats, &look)?)
}

fn look(arguments: &Arguments, problems: &mut Vec<String>) -> Look {
    let theme = one_of("theme", &arguments.theme, &THEMES, problems).unwrap_or(Theme::Paper);
    let width = arguments.width.as_deref().and_then(|text| match width(text) {
        Ok(width) => Some(width),
        Err(problem) => {
            problems.push(problem);
            None
        }
    });
    if arguments.dark && theme == Theme::Paper && arguments.theme == "paper" {
        problems
            .push("--dark is for slides and screen, and a paper is white\nhint: --theme slides".to_owned());
    }
    Look { theme, is_dark: arguments.dark, width }
}

/// What goes by a name.
fn one_of<T: Copy>(what: &str, name: &str, known: &[(&str, T)], problems: &mut Vec<String>) -> Option<T> {
    let found = known.iter().find(|(known, _)| *known == name).map(|(_, found)| *found);
    if found.is_none() {
        let known: BTreeSet<String> = known.iter().map(|(name, _)| (*name).to_owned()).collect();
        problems.push(format!("there is no {what} `{name}`\nhint: {}", suggestion(name, &known)));
    }
    found
}

/// A length with its unit.
fn width(text: &str) -> Result<Length, String> {
    let [least, most] = WIDTHS;
    let expected = format!(
        "hint: a number and its unit, as 85mm, 8.5cm, 3.3in or 1200px, from {least}mm to {most}mm ({} to {} pixels)",
        (least * 96.0 / 25.4).round(),
        (most * 96.0 / 25.4).round()
    );
    let wrong = |what: &str| format!("--width {text} {what}\n{expected}");
    let at = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(|| wrong("has no unit"))?;
    let (number, unit) = text.split_at(at);
    let number: f64 = number.trim().parse().map_err(|_| wrong("is no length"))?;
    let length = match unit {
        "mm" => Length::Millimetres(number),
        "cm" => Length::Millimetres(10.0 * number),
        "in" => Length::Millimetres(25.4 * number),
        "px" => Length::Pixels(number),
        _ => return Err(wrong(&format!("has the unit `{unit}`, which is not known"))),
    };
    if (least..=most).contains(&length.millimetres()) {
        Ok(length)
    } else {
        Err(wrong("is no width of a figure"))
    }
}

fn write(arguments: &Arguments, drawn: Drawn) -> Result<(), Exit> {
    let to = &arguments.to;
    fs::create_dir_all(to).with_context(|| format!("cannot make the folder {}", to.display()))?;
    for (name, bytes) in &drawn.files {
        let path = to.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        say(shown(&path))?;
    }
    for what in &drawn.left_out {
        note(what);
    }
    match (drawn.missing.is_empty(), drawn.files.is_empty(), arguments.figures.is_empty()) {
        (true, ..) => Ok(()),
        // Of all figures some may wait for their runs.
        (false, false, true) => {
            drawn.missing.iter().for_each(note);
            Ok(())
        }
        _ => Err(anyhow::anyhow!("{}", drawn.missing.join("\nerror: ")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_have_a_unit_and_a_measure() {
        assert_eq!(width("85mm"), Ok(Length::Millimetres(85.0)));
        assert_eq!(width("8.5cm"), Ok(Length::Millimetres(85.0)));
        assert_eq!(width("2in"), Ok(Length::Millimetres(50.8)));
        assert_eq!(width("1200px"), Ok(Length::Pixels(1200.0)));
        for (text, expected) in [
            ("85", "has no unit"),
            ("mm", "is no length"),
            ("85pt", "has the unit `pt`"),
            ("5mm", "is no width"),
            ("-85mm", "is no width"),
            ("NaNmm", "is no length"),
            ("1e5px", "has the unit"),
        ] {
            let told = width(text).unwrap_err();
            assert!(told.contains(expected) && told.contains("\nhint: a number and its unit"), "{told}");
        }
    }
}
