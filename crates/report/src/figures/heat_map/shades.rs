//! Which colours the means of a heat map have.

use super::cells::Cell;
use crate::draw::{Bar, Color, Scale, drawn, viridis};
use crate::figures::distribution::quantile;

/// Means beyond the quartiles by more than so many times what lies between these are outliers, which
/// J. W. Tukey, *Exploratory Data Analysis*, 1977, calls far out.
const FAR: f64 = 3.0;

/// No mean is one that is within a factor of two of the quartiles, or of numbers that are not compared by
/// ratios within this share of the median, as close to one another as the others may lie.
const NEAR: f64 = 0.1;

/// A single outlier among many is left out of the scale of colours where it would leave the others less than
/// this share; the more there are, the less an exception are they, up to a quarter of all.
const LEAST: f64 = 0.3;
const MANY: f64 = 0.25;

/// Colours from one place on a scale to another.
pub(super) struct Shades {
    scale: Scale,
    range: (f64, f64),
    /// All places, ascending.
    places: Vec<f64>,
}

impl Shades {
    /// The colours for the means of some cells; `None` if no mean has a place on the scale.
    pub(super) fn new(cells: &[Vec<Cell<'_>>], scale: Scale) -> Option<Self> {
        let means = cells.iter().flatten().filter_map(|cell| cell.mean);
        let mut places: Vec<f64> =
            means.map(|mean| scale.of(mean.point)).filter(|place| place.is_finite()).collect();
        places.sort_by(f64::total_cmp);
        let all = (*places.first()?, *places.last()?);
        let kept = without_outliers(&places, scale);
        let outliers = places.iter().filter(|place| **place < kept.0 || **place > kept.1).count();
        let least = LEAST * (1.0 - outliers as f64 / (MANY * places.len() as f64));
        let is_flattened = kept.1 - kept.0 < least * (all.1 - all.0);
        let text = |place: f64| drawn(scale.at(place), 3);
        // Of differences that no cell shows no colour need tell.
        let range = if is_flattened && text(kept.0) != text(kept.1) { kept } else { all };
        Some(Self { scale, range, places })
    }

    /// That of a mean, which beyond the ends is that of the end.
    pub(super) fn of(&self, mean: f64) -> Color {
        let (low, high) = self.range;
        viridis(if high > low { (self.scale.of(mean) - low) / (high - low) } else { 0.5 })
    }

    /// What the colours mean; `None` where there is only one.
    pub(super) fn bar(&self, label: String) -> Option<Bar> {
        let (low, high) = self.range;
        let bar =
            Bar { open: [self.below() > 0, self.above() > 0], ..Bar::new(label, self.scale, self.range) };
        (low < high).then_some(bar)
    }

    /// How many means lie beyond the ends, or that all are equal, in words.
    pub(super) fn notes(&self, label: &str) -> Vec<String> {
        let n = self.places.len();
        if self.range.0 == self.range.1 {
            return vec![format!("{label}: {} in all cells", drawn(self.scale.at(self.range.0), 3))];
        }
        let note = |(beyond, end, to, most): (usize, &str, &str, f64)| {
            let most = drawn(self.scale.at(most), 3);
            match beyond {
                0 => None,
                1 => Some(format!("1 of {n} cells is beyond the {end} end of the colours: {most}")),
                _ => Some(format!(
                    "{beyond} of {n} cells are beyond the {end} end of the colours, {to} to {most}"
                )),
            }
        };
        let below = (self.below(), "lower", "down", self.places[0]);
        let above = (self.above(), "upper", "up", self.places[n - 1]);
        [below, above].into_iter().filter_map(note).collect()
    }

    fn below(&self) -> usize {
        self.places.iter().filter(|place| **place < self.range.0).count()
    }

    fn above(&self) -> usize {
        self.places.iter().filter(|place| **place > self.range.1).count()
    }
}

/// From where to where ascending places go that are no outliers.
fn without_outliers(places: &[f64], scale: Scale) -> (f64, f64) {
    let [lower, median, upper] = [0.25, 0.5, 0.75].map(|share| quantile(places, share, Scale::Linear));
    let near = if scale == Scale::Log { Scale::Log.of(2.0) } else { NEAR * median.abs() };
    let reach = near.max(FAR * (upper - lower));
    let low = places.iter().find(|place| **place >= lower - reach);
    let high = places.iter().rfind(|place| **place <= upper + reach);
    (low.copied().unwrap_or(lower), high.copied().unwrap_or(upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_from_the_quartiles_is_an_outlier_unless_it_is_near_all_the_same() {
        // Quartiles 2 and 4, so that outliers begin beyond −4 and 10.
        assert_eq!(without_outliers(&[-4.0, 2.0, 3.0, 4.0, 10.0], Scale::Linear), (-4.0, 10.0));
        assert_eq!(without_outliers(&[-4.1, 2.0, 3.0, 4.0, 10.1], Scale::Linear), (2.0, 4.0));
        // Equal quartiles at 1: up to a tenth away, and between ratios up to a factor of two.
        assert_eq!(without_outliers(&[0.89, 1.0, 1.0, 1.0, 1.09], Scale::Linear), (1.0, 1.09));
        assert_eq!(without_outliers(&[-0.31, 0.0, 0.0, 0.0, 0.3], Scale::Log), (0.0, 0.3));
    }
}
