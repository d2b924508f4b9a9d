//! Colours that colour-blind readers can tell apart.

use super::{Dash, Pen};

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// Text, axes and outlines.
pub(crate) const INK: Color = Color(0x22, 0x22, 0x22);

/// Grid lines.
pub(super) const GRID: Color = Color(0xe4, 0xe4, 0xe4);

/// Lines behind the one that a panel is about.
pub(crate) const BEHIND: Color = Color(0xc8, 0xc8, 0xc8);

/// The paper.
pub(crate) const WHITE: Color = Color(0xff, 0xff, 0xff);

/// Paper and grid lines in the dark, as on the page of a report.
const NIGHT: Color = Color(0x15, 0x17, 0x1b);
const NIGHT_GRID: Color = Color(0x28, 0x2c, 0x33);

/// The two classes of a data set: blue and vermilion of Okabe & Ito.
pub(crate) const CLASSES: [Color; 2] = [Color(0x00, 0x72, 0xb2), Color(0xd5, 0x5e, 0x00)];

/// Text on a colour, if that is light.
pub(super) const BLACK: Color = Color(0x00, 0x00, 0x00);

/// The outline of points whose label was flipped.
pub(crate) const FLIPPED: Color = BLACK;

/// First the colours of Okabe & Ito, *Color universal design*, 2008, without black and the yellow that is too
/// faint for lines; then six that lie as far from those and from each other, for normal and for colour-blind
/// eyes, as those do from each other (found by simulated annealing).
const SERIES: [Color; 12] = [
    Color(0x00, 0x72, 0xb2),
    Color(0xd5, 0x5e, 0x00),
    Color(0x00, 0x9e, 0x73),
    Color(0xcc, 0x79, 0xa7),
    Color(0x56, 0xb4, 0xe9),
    Color(0xe6, 0x9f, 0x00),
    Color(0xdd, 0x00, 0x3d),
    Color(0x48, 0x19, 0x81),
    Color(0xa0, 0x7d, 0xff),
    Color(0x60, 0x00, 0x16),
    Color(0x99, 0x00, 0xd5),
    Color(0x24, 0x35, 0x43),
];

/// After so many series the dash is another one; that of predictions comes last.
const DASHED: usize = 6;
const DASHES: [Dash; 4] = [Dash::Solid, Dash::Dotted, Dash::Mixed, Dash::Broken];

/// The pen of series `i` where the order means nothing: twelve colours, and another dash after every six.
pub(crate) fn series(i: usize) -> Pen {
    Pen { color: SERIES[i % SERIES.len()], dash: DASHES[i / DASHED % DASHES.len()] }
}

/// Points of viridis (van der Walt & Smith, 2015), which rises evenly in lightness; its last fifth is too
/// light for lines on white and left out.
const VIRIDIS: [[f64; 3]; 9] = [
    [68.0, 1.0, 84.0],
    [72.0, 36.0, 117.0],
    [65.0, 68.0, 135.0],
    [53.0, 95.0, 141.0],
    [42.0, 120.0, 142.0],
    [33.0, 145.0, 140.0],
    [34.0, 168.0, 132.0],
    [68.0, 191.0, 112.0],
    [122.0, 209.0, 81.0],
];

/// The pen of series `i` of `n` that have an order.
pub(crate) fn ordered(i: usize, n: usize) -> Pen {
    Pen::solid(viridis(if n < 2 { 0.0 } else { i as f64 / (n - 1) as f64 }))
}

/// From 0, dark, to 1, light.
pub(crate) fn viridis(share: f64) -> Color {
    let place = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let low = (place as usize).min(VIRIDIS.len() - 2);
    let rest = place - low as f64;
    let channel = |c: usize| (VIRIDIS[low][c] + rest * (VIRIDIS[low + 1][c] - VIRIDIS[low][c])).round() as u8;
    Color(channel(0), channel(1), channel(2))
}

impl Color {
    /// Itself mixed with white: share 0 is white, 1 the colour.
    pub(crate) fn tint(self, share: f64) -> Self {
        WHITE.mixed(self, share)
    }

    /// Itself mixed with another: share 0 is itself, 1 the other.
    pub(crate) fn mixed(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Its lightness in print without colours: L* of CIE 1976, from 0 to 100.
    #[cfg(test)]
    pub(crate) fn lightness(self) -> f64 {
        let [r, g, b] = self.linear();
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        if y > 216.0 / 24389.0 { 116.0 * libm::cbrt(y) - 16.0 } else { 24389.0 / 27.0 * y }
    }

    /// Whether white text reads better on it than black: a relative luminance below that at which both have
    /// the same contrast (Web Content Accessibility Guidelines 2.1). The better one then has at least 4.58.
    pub(crate) fn is_dark(self) -> bool {
        self.luminance() < 0.179
    }

    /// Its relative luminance.
    fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Intensities of red, green and blue light, from 0 to 1 (IEC 61966-2-1, sRGB).
    fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
        })
    }

    /// The colour that has its place on dark paper, as on the page of a report in the dark: greys and pale
    /// colours change places with dark ones, others become lighter, in the same order (OKLab of B. Ottosson,
    /// *A perceptual color space for image processing*, 2020).
    pub(crate) fn in_the_dark(self) -> Self {
        match self {
            WHITE => return NIGHT,
            GRID => return NIGHT_GRID,
            _ => {}
        }
        let [lightness, a, b] = self.oklab();
        let is_pale = lightness > 0.8;
        let is_paper = libm::hypot(a, b) < 0.03 || is_pale;
        let lighter = if is_paper { (1.13 - lightness).min(0.95) } else { 0.56 + 0.36 * lightness };
        let share = if is_pale { 0.8 } else { 1.0 };
        Self::from_oklab([lighter, a * share, b * share])
    }

    fn oklab(self) -> [f64; 3] {
        let [r, g, b] = self.linear();
        let l = libm::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        let m = libm::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        let s = libm::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        [
            0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
        ]
    }

    fn from_oklab([lightness, a, b]: [f64; 3]) -> Self {
        let cubed = |x: f64| x * x * x;
        let l = cubed(lightness + 0.3963377774 * a + 0.2158037573 * b);
        let m = cubed(lightness - 0.1055613458 * a - 0.0638541728 * b);
        let s = cubed(lightness - 0.0894841775 * a - 1.291485548 * b);
        let channel = |c: f64| {
            let c = c.clamp(0.0, 1.0);
            let c = if c <= 0.0031308 { 12.92 * c } else { 1.055 * libm::pow(c, 1.0 / 2.4) - 0.055 };
            (255.0 * c).round() as u8
        };
        Self(
            channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
        )
    }

    pub(crate) fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What eyes see that lack one kind of cones: Machado, Oliveira & Fernandes, *A physiologically-based
    /// model for simulation of color vision deficiency*, 2009, severity 1, on linear intensities.
    const SEEN: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ];

    fn product(matrix: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
    }

    /// CIE 1976 L*a*b* under the white D65.
    fn lab(linear: [f64; 3]) -> [f64; 3] {
        let xyz = product(
            &[
                [0.412_456_4, 0.357_576_1, 0.180_437_5],
                [0.212_672_9, 0.715_152_2, 0.072_175_0],
                [0.019_333_9, 0.119_192_0, 0.950_304_1],
            ],
            linear,
        );
        let f = |t: f64| {
            if t > 216.0 / 24389.0 { libm::cbrt(t) } else { (24389.0 / 27.0 * t + 16.0) / 116.0 }
        };
        let [x, y, z] = [f(xyz[0] / 0.95047), f(xyz[1]), f(xyz[2] / 1.08883)];
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn distance(a: Color, b: Color, seen: &[[f64; 3]; 3]) -> f64 {
        let place = |color: Color| lab(product(seen, color.linear()).map(|c| c.clamp(0.0, 1.0)));
        let (a, b) = (place(a), place(b));
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
    }

    #[test]
    fn known_colours_have_their_known_places() {
        let red = lab(Color(255, 0, 0).linear());
        // Lindbloom's calculator: 53.24, 80.09, 67.20.
        assert!(red.iter().zip([53.24, 80.09, 67.20]).all(|(a, b)| (a - b).abs() < 0.01), "{red:?}");
        let white = lab(WHITE.linear());
        assert!((white[0] - 100.0).abs() < 0.01 && white[1].abs() < 0.02 && white[2].abs() < 0.02);
        // To eyes without green cones pure red and a dark yellow are near.
        assert!(distance(Color(255, 0, 0), Color(160, 140, 0), &SEEN[2]) < 25.0);
        assert!(distance(Color(255, 0, 0), Color(160, 140, 0), &SEEN[0]) > 60.0);
    }

    #[test]
    fn twelve_series_stay_apart_for_all_eyes() {
        for (i, a) in SERIES.iter().enumerate() {
            for b in &SERIES[..i] {
                for seen in &SEEN {
                    // The nearest two of Okabe & Ito's are 16.05 apart; a difference of 2.3 is just seen.
                    let apart = distance(*a, *b, seen);
                    assert!(apart > 16.0, "{} and {}: {apart}", a.hex(), b.hex());
                }
            }
            assert!(distance(*a, WHITE, &SEEN[0]) > 30.0, "{} on white", a.hex());
        }
    }

    #[test]
    fn colours_in_the_dark_keep_their_hue_and_are_light() {
        for color in SERIES.into_iter().chain([INK]) {
            let dark = color.in_the_dark();
            assert!(dark.lightness() > 55.0, "{} becomes {}", color.hex(), dark.hex());
            let ([_, a, b], [_, c, d]) = (color.oklab(), dark.oklab());
            // Of colours that the screen cannot show a channel is cut off.
            let turn = libm::atan2(a * d - b * c, a * c + b * d).abs();
            assert!(libm::hypot(a, b) < 0.03 || turn < 0.2, "{}: {turn}", color.hex());
        }
        assert_eq!((WHITE.in_the_dark(), GRID.in_the_dark()), (NIGHT, NIGHT_GRID));
        assert!(
            Color(0xb3, 0xd5, 0xe8).in_the_dark().lightness() < 40.0,
            "the box of a distribution is pale"
        );
        // What the script of the page makes of it, by the same rule.
        assert!(include_str!("../page/script/tools.js").contains("const isPale = lightness > 0.8;"));
        assert_eq!(SERIES[0].in_the_dark().hex(), "#5db7fb");
        let back = Color::from_oklab(Color(12, 200, 90).oklab());
        assert_eq!(back, Color(12, 200, 90));
    }

    #[test]
    fn text_on_a_colour_has_contrast() {
        for i in 0..=100 {
            let field = viridis(f64::from(i) / 100.0);
            let contrast = |text: Color| {
                let (a, b) = (text.luminance() + 0.05, field.luminance() + 0.05);
                a.max(b) / a.min(b)
            };
            let (chosen, other) = if field.is_dark() { (WHITE, BLACK) } else { (BLACK, WHITE) };
            assert!(contrast(chosen) > 4.5 && contrast(chosen) > contrast(other) - 0.02, "{}", field.hex());
        }
    }
}
