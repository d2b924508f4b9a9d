//! The figures of a page: a drawing that is there without the script, and the data with which it is drawn
//! anew.

use std::collections::HashMap;

use super::Picture;
use super::describe::description;
use super::markup::Markup;
use super::plot::Plot;

/// Writes the figures, and returns their data.
pub(super) fn section(page: &mut Markup, pictures: &[Picture], places: &HashMap<&str, usize>) -> Vec<Plot> {
    let mut plots = Vec::new();
    if pictures.is_empty() {
        return plots;
    }
    page.element("section", &[("id", "figures")], |page| {
        page.leaf("h2", &[], "Figures");
        plots.extend(pictures.iter().filter_map(|picture| one(page, picture, places, true)));
    });
    plots
}

/// Writes a figure, and returns its data if it can be drawn; `has_files` tells whether it lies on the disk
/// too.
pub(super) fn one(
    page: &mut Markup,
    Picture { id, title, figure }: &Picture,
    places: &HashMap<&str, usize>,
    has_files: bool,
) -> Option<Plot> {
    let figure = match figure {
        Ok(figure) => figure,
        Err(why) => {
            page.element("div", &[("id", id), ("class", "missing")], |page| {
                page.leaf("h3", &[], title);
                page.leaf("p", &[], &format!("Not drawn: {why}."));
            });
            return None;
        }
    };
    let (words, bare) = figure.without_words();
    let plot = Plot::new(id, &bare, places);
    page.element("figure", &[("id", id), ("class", "plot")], |page| {
        page.leaf("h3", &[], title);
        let drawing = bare.inline(id, &description(&bare));
        page.element("div", &[("class", "drawing"), ("tabindex", "0")], |page| page.raw(&drawing));
        page.element("figcaption", &[], |page| {
            words.iter().for_each(|line| page.leaf("p", &[], &sentence(line)));
            if let Some((shown, all)) = plot.thinned {
                let text = format!("Lines of up to {all} points, thinned to {shown} on this page.");
                page.leaf("p", &[], &text);
            }
            if has_files {
                page.element("p", &[("class", "files")], |page| {
                    page.text("On the disk: ");
                    page.leaf("a", &[("href", &format!("figures/{id}.svg"))], "SVG");
                    page.text(", ");
                    page.leaf("a", &[("href", &format!("figures/{id}.png"))], "PNG");
                });
            }
        });
    });
    Some(plot)
}

/// A note of a figure as a sentence.
fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if note.ends_with(['.', ':']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
