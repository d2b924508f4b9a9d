//! The figures of a stored result, drawn again as they are wanted.

use std::collections::BTreeMap;

use thalweg_records::{ResultFolder, Store};

use crate::Results;
use crate::draw::{Kind, Look};
use crate::figures::FigureConfig;
use crate::report::{ReportError, figures_of};
use crate::vega::specification;

/// A kind of file in which figures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureFormat {
    /// Scalable Vector Graphics, with text as outlines.
    Svg,
    /// Portable Document Format, with the letters of the font that it needs.
    Pdf,
    /// Pixels: 300 an inch where the width is one on paper, else those that are asked for.
    Png,
    /// A Vega-Lite specification with the data inside.
    Vega,
}

/// Figures that were drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The files by their names: `<id>.svg`, and `<id>.txt` with title and notes if the figure itself does
    /// not say them.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Figures that could not be drawn, and why.
    pub missing: Vec<String>,
    /// What of the data figures do not draw, or files do not hold.
    pub left_out: Vec<String>,
}

impl FigureFormat {
    /// How the names of its files end.
    fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Vega => "vl.json",
        }
    }
}

/// The ids of the figures of a result, in the order of its file.
///
/// # Errors
/// If there is no plan, or its figures cannot be understood.
pub fn figure_ids(folder: &ResultFolder) -> Result<Vec<String>, ReportError> {
    let configs = figures_of(folder, &folder.read_plan()?)?;
    Ok(configs.iter().map(|config| config.id().to_owned()).collect())
}

/// Draws the figures of some ids anew, from the plan and the runs in the store.
///
/// # Errors
/// If there is no plan, its figures cannot be understood, or a file cannot be read.
pub fn draw_figures(
    store: &Store,
    folder: &ResultFolder,
    ids: &[String],
    formats: &[FigureFormat],
    look: &Look,
) -> Result<Drawn, ReportError> {
    let results = Results::load(folder.read_plan()?, store, false)?.of_folder(folder);
    let configs = figures_of(folder, &results.plan)?;
    let wanted: Vec<FigureConfig> =
        configs.into_iter().filter(|config| ids.iter().any(|id| id == config.id())).collect();
    Ok(Drawn::of(&results, &wanted, formats, look))
}

impl Drawn {
    fn of(results: &Results, configs: &[FigureConfig], formats: &[FigureFormat], look: &Look) -> Self {
        let mut drawn = Self { files: BTreeMap::new(), missing: Vec::new(), left_out: Vec::new() };
        for config in configs {
            let id = config.id();
            let figure = match config.build_across(results, look.across()) {
                Ok(figure) => figure,
                Err(why) => {
                    drawn.missing.push(format!("figure {id}: {why}"));
                    continue;
                }
            };
            drawn.left_out.extend(figure.left_out.iter().map(|what| format!("figure {id}: {what}")));
            for format in formats {
                let bytes = match format {
                    FigureFormat::Svg => figure.render_as(id, look, Kind::Svg),
                    FigureFormat::Pdf => figure.render_as(id, look, Kind::Pdf),
                    FigureFormat::Png => figure.render_as(id, look, Kind::Png),
                    FigureFormat::Vega => match specification(id, &figure, look) {
                        Ok((text, left_out)) => {
                            let told =
                                left_out.iter().map(|what| format!("figure {id}, vega: left out are {what}"));
                            drawn.left_out.extend(told);
                            text.into_bytes()
                        }
                        Err(why) => {
                            drawn.missing.push(format!("figure {id}, vega: {why}"));
                            continue;
                        }
                    },
                };
                drawn.files.insert(format!("{id}.{}", format.ending()), bytes);
            }
            if let Some(caption) = figure.caption_for(look) {
                drawn.files.insert(format!("{id}.txt"), caption.into_bytes());
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::draw::{Length, Theme};
    use crate::made_up;

    const ALL: [FigureFormat; 4] =
        [FigureFormat::Svg, FigureFormat::Pdf, FigureFormat::Png, FigureFormat::Vega];

    fn drawn(look: &Look) -> Drawn {
        let results = made_up::results(3, |batch, replicate| batch + replicate as f64);
        let config = |value| serde_json::from_value::<FigureConfig>(value).unwrap();
        let configs = [
            config(
                json!({ "kind": "summary", "id": "loss", "title": "Loss", "y": ["loss"], "x": "train.batch-size" }),
            ),
            config(
                json!({ "kind": "curves", "id": "none", "title": "None", "y": "no", "series": "train.batch-size" }),
            ),
        ];
        Drawn::of(&results, &configs, &ALL, look)
    }

    #[test]
    fn each_figure_has_a_file_of_each_format_of_the_same_bytes_again() {
        let paper = Look { theme: Theme::Paper, is_dark: false, width: Some(Length::Millimetres(85.0)) };
        let files = drawn(&paper).files;
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["loss.pdf", "loss.png", "loss.svg", "loss.txt", "loss.vl.json"]);
        assert_eq!(files, drawn(&paper).files);
        let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
        assert!(text("loss.svg").contains(" width=\"85mm\" height=\""));
        assert!(
            text("loss.txt").starts_with("Loss\ngeometric mean and 95 % interval"),
            "{}",
            text("loss.txt")
        );
        let vega: serde_json::Value = serde_json::from_str(&text("loss.vl.json")).unwrap();
        assert_eq!(vega["title"]["text"], "Loss");
        let png = png::Decoder::new(std::io::Cursor::new(&files["loss.png"])).read_info().unwrap();
        // 85 mm of 300 pixels an inch.
        assert_eq!((png.info().width, png.info().pixel_dims.unwrap().xppu), (1004, 11811));
    }

    #[test]
    fn what_is_not_drawn_is_told() {
        let screen = Look { theme: Theme::Screen, is_dark: true, width: None };
        let Drawn { files, missing, .. } = drawn(&screen);
        assert!(!files.contains_key("loss.txt"), "the figure says it");
        assert!(String::from_utf8(files["loss.svg"].clone()).unwrap().contains("fill=\"#15171b\""));
        let [missing] = &missing[..] else { panic!("{missing:?}") };
        assert!(missing.starts_with("figure none: "), "{missing}");
    }
}
