//! The weights of a linear classifier of images, seen as images: do they look like what they classify?

use thalweg_datasets::Dataset;
use thalweg_records::{Dtype, Metric, Tensor};

/// A pixel that is lit in fewer training images than this share is lit rarely.
const RARE: f64 = 0.01;

/// An image of weights for each class, beside what the training data say of each pixel.
pub(crate) struct Templates {
    image: (usize, usize),
    /// One image after the other.
    weights: Vec<f64>,
    /// Mean image of each class.
    means: Vec<f64>,
    /// For each pixel the share of training images in which it is not 0.
    lit: Vec<f64>,
}

impl Templates {
    /// `weights` of shape [classes, pixels].
    pub(crate) fn new(weights: Vec<f64>, image: (usize, usize), data: &Dataset) -> Self {
        let n_pixels = image.0 * image.1;
        let (mut means, mut counts) = (vec![0.0; weights.len()], vec![0.0; data.n_classes]);
        let (mut lit, mut row) = (vec![0.0; n_pixels], vec![0.0; n_pixels]);
        for (i, label) in data.labels.iter().enumerate() {
            data.inputs.copy_row(i, &mut row);
            let class = *label as usize;
            counts[class] += 1.0;
            let mean = &mut means[class * n_pixels..][..n_pixels];
            for ((mean, lit), pixel) in mean.iter_mut().zip(&mut lit).zip(&row) {
                *mean += pixel;
                *lit += f64::from(u8::from(*pixel != 0.0));
            }
        }
        for (mean, count) in means.chunks_exact_mut(n_pixels).zip(counts) {
            mean.iter_mut().for_each(|pixel| *pixel /= f64::max(count, 1.0));
        }
        lit.iter_mut().for_each(|share| *share /= data.labels.len() as f64);
        Self { image, weights, means, lit }
    }

    /// Numbers for the likeness. All take the weights less their mean over the classes, w̃ₖ = wₖ − w̄, since
    /// softmax does not see what is common to all classes:
    ///
    /// ```text
    /// templates.alignment           mean over k of cos(w̃ₖ, mₖ − m̄), mₖ the mean image of class k
    /// templates.total-variation     mean over k of Σ |w̃ₖ(p) − w̃ₖ(q)| / Σ |w̃ₖ(p)|, p and q neighbours in row or column;
    ///                               2√2 for white noise, towards 0 for smooth images
    /// templates.never-lit.energy    share of Σ w̃² on pixels that are 0 in every training image
    /// templates.rarely-lit.energy   the same on pixels that are not 0 in some, but fewer than 1 % of the images
    /// ```
    /// Beside the two shares of energy stands the share of the pixels themselves.
    pub(crate) fn measure(&self) -> Vec<Metric> {
        let n_pixels = self.lit.len();
        let (weights, means) = (centred(&self.weights, n_pixels), centred(&self.means, n_pixels));
        let pairs = || weights.chunks_exact(n_pixels).zip(means.chunks_exact(n_pixels));
        let n_classes = pairs().count() as f64;
        let alignment: f64 = pairs().map(|(w, m)| dot(w, m) / (dot(w, w) * dot(m, m)).sqrt()).sum();
        let variation: f64 = pairs().map(|(w, _)| self.variation(w)).sum();
        let energy_where = |chosen: &dyn Fn(f64) -> bool| {
            let mut energy = 0.0;
            for image in weights.chunks_exact(n_pixels) {
                energy += image
                    .iter()
                    .zip(&self.lit)
                    .filter(|(_, lit)| chosen(**lit))
                    .map(|(w, _)| w * w)
                    .sum::<f64>();
            }
            energy / dot(&weights, &weights)
        };
        let pixels_where = |chosen: &dyn Fn(f64) -> bool| {
            self.lit.iter().filter(|lit| chosen(**lit)).count() as f64 / n_pixels as f64
        };
        let (never, rarely) = (|lit: f64| lit == 0.0, |lit: f64| lit > 0.0 && lit < RARE);
        vec![
            Metric::new("templates.alignment", alignment / n_classes),
            Metric::new("templates.total-variation", variation / n_classes),
            Metric::new("templates.never-lit.energy", energy_where(&never)),
            Metric::new("templates.never-lit.pixels", pixels_where(&never)),
            Metric::new("templates.rarely-lit.energy", energy_where(&rarely)),
            Metric::new("templates.rarely-lit.pixels", pixels_where(&rarely)),
        ]
    }

    /// Σ |w(p) − w(q)| over neighbours, relative to Σ |w(p)|.
    fn variation(&self, w: &[f64]) -> f64 {
        let (rows, columns) = self.image;
        let at = |row: usize, column: usize| w[row * columns + column];
        let mut sum = 0.0;
        for row in 0..rows {
            for column in 0..columns {
                if row + 1 < rows {
                    sum += (at(row + 1, column) - at(row, column)).abs();
                }
                if column + 1 < columns {
                    sum += (at(row, column + 1) - at(row, column)).abs();
                }
            }
        }
        sum / w.iter().map(|x| x.abs()).sum::<f64>()
    }

    /// The weights as images, for a figure.
    pub(crate) fn tensor(self) -> Tensor {
        let n_classes = self.weights.len() / self.lit.len();
        let shape = vec![n_classes, self.image.0, self.image.1];
        Tensor { name: "weights.images".to_owned(), shape, data: self.weights, dtype: Dtype::F32 }
    }
}

/// Each image less the mean of all.
fn centred(images: &[f64], n_pixels: usize) -> Vec<f64> {
    let n = (images.len() / n_pixels) as f64;
    let mean = |pixel: usize| images.iter().skip(pixel).step_by(n_pixels).sum::<f64>() / n;
    let means: Vec<f64> = (0..n_pixels).map(mean).collect();
    images.iter().zip(means.iter().cycle()).map(|(x, mean)| x - mean).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Two images of each of two classes, 2 × 3 pixels. The last pixel is never lit.
    fn data() -> Dataset {
        let pixels = array![
            [255_u8, 255, 0, 255, 0, 0],
            [255, 0, 255, 255, 0, 0],
            [0, 255, 255, 0, 255, 0],
            [0, 0, 255, 0, 255, 0],
        ];
        Dataset::new(pixels, vec![0, 0, 1, 1], 2)
    }

    fn measured(weights: &[f64], name: &str) -> f64 {
        let templates = Templates::new(weights.to_vec(), (2, 3), &data());
        templates.measure().into_iter().find(|metric| metric.name == name).unwrap().value
    }

    /// The class means, doubled, on top of what both classes have in common.
    fn like_the_means() -> Vec<f64> {
        let common = [3.0, -1.0, 0.5, 7.0, 0.0, 2.0];
        let means = [[1.0, 0.5, 0.5, 1.0, 0.0, 0.0], [0.0, 0.5, 1.0, 0.0, 1.0, 0.0]];
        means.iter().flat_map(|mean| mean.iter().zip(common).map(|(m, c)| 2.0 * m + c)).collect()
    }

    #[test]
    fn class_means_are_perfect_templates_whatever_is_common() {
        // Some ulps of sums of six.
        assert!((measured(&like_the_means(), "templates.alignment") - 1.0).abs() < 1e-14);
        let opposite: Vec<f64> = like_the_means().iter().map(|w| -w).collect();
        assert!((measured(&opposite, "templates.alignment") + 1.0).abs() < 1e-14);
        assert_eq!(measured(&like_the_means(), "templates.never-lit.energy"), 0.0);
    }

    #[test]
    fn variation_counts_neighbours_in_rows_and_columns() {
        // w̃₀ = −w̃₁ = (1, 0, 0 / 0, 0, −1): two neighbours differ at each corner, Σ|w̃| = 2.
        let weights = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(measured(&weights, "templates.total-variation"), 2.0);
    }

    #[test]
    fn energy_is_found_where_it_is() {
        // w̃₀ = −w̃₁ = (2, 0, 0 / 0, 0, 1).
        let weights = [4.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(measured(&weights, "templates.never-lit.energy"), 0.2);
        assert_eq!(measured(&weights, "templates.never-lit.pixels"), 1.0 / 6.0);
        assert_eq!(measured(&weights, "templates.rarely-lit.pixels"), 0.0);
        let templates = Templates::new(weights.to_vec(), (2, 3), &data());
        assert_eq!(templates.lit, [0.5, 0.5, 0.75, 0.5, 0.5, 0.0]);
        let tensor = templates.tensor();
        assert_eq!((tensor.shape, tensor.data), (vec![2, 2, 3], weights.to_vec()));
    }
}
