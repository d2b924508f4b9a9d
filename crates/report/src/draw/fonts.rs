//! The font that comes with the crate.

use std::sync::{Arc, OnceLock};

use resvg::usvg::{Options, Tree, fontdb};

/// The name by which the drawings ask for it.
pub(super) const FAMILY: &str = "DejaVu Sans";

const FILE: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");

/// The shipped font and nothing else.
pub(super) struct Fonts(Arc<fontdb::Database>);

impl Fonts {
    /// Loaded once.
    pub(super) fn shipped() -> &'static Self {
        static FONTS: OnceLock<Fonts> = OnceLock::new();
        FONTS.get_or_init(|| {
            let mut database = fontdb::Database::new();
            database.load_font_data(FILE.to_vec());
            Self(Arc::new(database))
        })
    }

    /// Reads an SVG, its text set in this font.
    pub(super) fn read(&self, svg: &str) -> Tree {
        let options =
            Options { fontdb: Arc::clone(&self.0), font_family: FAMILY.to_owned(), ..Options::default() };
        Tree::from_str(svg, &options).expect("our own drawings are valid SVG")
    }

    /// The width of a line of text.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        if text.trim().is_empty() {
            return 0.0;
        }
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><text y=\"5\" font-family=\"{FAMILY}\" \
             font-size=\"{size}\">{}</text></svg>",
            super::paper::escape(text)
        );
        f64::from(self.read(&svg).root().abs_bounding_box().width())
    }
}
