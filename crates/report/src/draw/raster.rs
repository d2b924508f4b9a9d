//! A field of colours as one picture, which keeps an SVG small where thousands of cells would not.

use base64::Engine;

use super::Color;

/// Pixels that cover a rectangle of the axes.
#[derive(Debug, Clone)]
pub(crate) struct Raster {
    /// x_min, x_max, y_min, y_max: the edges.
    pub(crate) extent: [f64; 4],
    pub(crate) columns: usize,
    /// Row by row from the smallest y up.
    pub(crate) pixels: Vec<Color>,
    /// Whether colours flow into each other, or pixels are seen as squares.
    pub(crate) smooth: bool,
}

impl Raster {
    pub(super) fn rows(&self) -> usize {
        self.pixels.len() / self.columns
    }

    /// The pixels row by row from the largest y down.
    pub(super) fn downwards(&self) -> impl Iterator<Item = Color> {
        self.pixels.chunks(self.columns).rev().flatten().copied()
    }

    /// It as the address of a picture in a page.
    pub(crate) fn url(&self) -> String {
        format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(self.png()))
    }

    /// A PNG, whose first row is the uppermost.
    pub(super) fn png(&self) -> Vec<u8> {
        let rgb: Vec<u8> = self.downwards().flat_map(|color| [color.0, color.1, color.2]).collect();
        encode(self.columns, self.rows(), png::ColorType::Rgb, &rgb, None)
    }
}

/// Encodes 8-bit pixels, so many to a metre if they have a length.
pub(super) fn encode(
    width: usize,
    height: usize,
    color: png::ColorType,
    bytes: &[u8],
    per_metre: Option<u32>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width as u32, height as u32);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let unit = png::Unit::Meter;
    encoder.set_pixel_dims(per_metre.map(|n| png::PixelDimensions { xppu: n, yppu: n, unit }));
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(bytes));
    written.expect("memory takes every image of its stated size");
    out
}
