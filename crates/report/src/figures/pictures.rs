//! Arrays drawn as pictures, side by side.

use thalweg_records::Record;

use super::array;
use crate::draw::{Anchor, Aspect, Axis, Color, INK, Mark, Panel, Raster, Scale};

/// Between pictures, and the line of text above each, in pixels.
const GAP: f64 = 8.0;
const TEXT: f64 = 20.0;

/// The least width of a picture with the space beside it.
const LEAST: f64 = 38.0;

/// Pictures of one size.
pub(super) struct Pictures<'a> {
    rows: usize,
    columns: usize,
    /// Picture by picture, row by row from the top.
    pub(super) values: &'a [f64],
}

impl<'a> Pictures<'a> {
    /// An array of shape [n, rows, columns].
    pub(super) fn of(run: &'a Record, name: &str, what: &str, setting: &str) -> Result<Self, String> {
        let tensor = array(run, name, what, setting)?;
        match tensor.shape[..] {
            [n, rows, columns] if n * rows * columns > 0 => Ok(Self { rows, columns, values: &tensor.data }),
            _ => Err(format!("{name} of shape {:?} cannot be drawn as pictures", tensor.shape)),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len() / (self.rows * self.columns)
    }

    /// The first pictures in lines of 10, or of 20 if there are many, of fewer on a narrow sheet, each below
    /// its text; under them `foot` pixels are left free.
    pub(super) fn panel(
        &self,
        title: String,
        texts: &[String],
        shade: impl Fn(f64) -> Color,
        (across, foot): (f64, f64),
    ) -> Panel {
        let wanted = if texts.len() > 30 { 20 } else { 10 };
        let a_line = wanted.min((across / LEAST) as usize).max(1);
        let cell = (across - GAP * (a_line - 1) as f64) / a_line as f64;
        // Whatever its shape, a picture keeps within a square.
        let pixel = cell / self.rows.max(self.columns) as f64;
        let (width, height) = (pixel * self.columns as f64, pixel * self.rows as f64);
        let top = foot + (TEXT + height + GAP) * texts.len().div_ceil(a_line) as f64;
        let (mut marks, mut frames) = (Vec::new(), Vec::new());
        for (i, (values, text)) in self.values.chunks(self.rows * self.columns).zip(texts).enumerate() {
            let x = (cell + GAP) * (i % a_line) as f64;
            let y = top - TEXT - (TEXT + height + GAP) * (i / a_line) as f64;
            let extent = [x, x + width, y - height, y];
            let bottom_up = values.chunks(self.columns).rev().flatten();
            let pixels = bottom_up.map(|value| shade(*value)).collect();
            marks.push(Mark::Image(Raster { extent, columns: self.columns, pixels, smooth: false }));
            frames.extend(edges(extent));
            let at = (x + width / 2.0, y + 6.0);
            marks.push(Mark::Text { at, text: text.clone(), anchor: Anchor::Middle });
        }
        marks.push(Mark::Segments { segments: frames, color: INK.tint(0.4), width: 0.6 });
        let axis = |end: f64| Axis { range: Some((0.0, end)), ..Axis::new("", Scale::Linear) };
        Panel { title, x: axis(across), y: axis(top), aspect: Aspect::Pixels, marks }
    }
}

/// The four edges of a rectangle.
pub(super) fn edges([x0, x1, y0, y1]: [f64; 4]) -> [[f64; 4]; 4] {
    [[x0, y0, x1, y0], [x1, y0, x1, y1], [x1, y1, x0, y1], [x0, y1, x0, y0]]
}
