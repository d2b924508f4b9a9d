//! Tests of mean, covariance and scales, against enumeration of all batches.

use ndarray::{Array2, array};

use super::*;

/// n = 5 gradients of d = 3 parameters.
pub(super) fn gradients() -> Array2<f64> {
    array![[1.0, -2.0, 0.5], [0.0, 3.0, 1.0], [-1.5, 0.25, 2.0], [4.0, 1.0, -1.0], [0.5, -0.75, 3.0]]
}

fn noise() -> GradientNoise {
    GradientNoise::new(gradients().view()).unwrap()
}

/// S by its definition.
pub(super) fn covariance(gradients: &Array2<f64>) -> Array2<f64> {
    let centred = gradients - &gradients.mean_axis(Axis(0)).unwrap();
    centred.t().dot(&centred) / gradients.nrows() as f64
}

/// All `size`-tuples of 0 … n − 1.
fn tuples(n: u32, size: u32) -> impl Iterator<Item = Vec<u32>> {
    (0..n.pow(size)).map(move |code| (0..size).map(|place| code / n.pow(place) % n).collect())
}

#[test]
fn scalars_match_the_covariance_by_its_definition() {
    let (noise, s) = (noise(), covariance(&gradients()));
    // Sums of 15 products of numbers below 10, a few ulps of 10.
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-13, "{a} {b}");
    close(noise.trace(), s.diag().sum());
    close(noise.sample_trace(), s.diag().sum() * 5.0 / 4.0);
    close(noise.norm(), s.iter().map(|x| x * x).sum::<f64>().sqrt());
    close(noise.effective_dimension(), s.diag().sum().powi(2) / s.iter().map(|x| x * x).sum::<f64>());
    let u = array![0.5, -2.0, 1.0];
    close(noise.variance_along(u.as_slice().unwrap()), u.dot(&s.dot(&u)));
}

#[test]
fn batches_have_the_covariance_of_the_formula() {
    let (noise, s, n) = (noise(), covariance(&gradients()), 5);
    let mut out = [f64::NAN; 3];
    for size in 1..=5 {
        for draw in [Draw::WithReplacement, Draw::WithoutReplacement] {
            let (mut sum, mut count) = (Array2::<f64>::zeros((3, 3)), 0.0);
            for batch in tuples(n, size) {
                let distinct = (1..batch.len()).all(|i| !batch[..i].contains(&batch[i]));
                if draw == Draw::WithReplacement || distinct {
                    noise.batch_noise(&batch, &mut out);
                    let column = ndarray::aview1(&out).insert_axis(Axis(1));
                    sum += &column.dot(&column.t());
                    count += 1.0;
                }
            }
            let factor = noise.batch_factor(draw, Count::of(u64::from(size)));
            // Up to 3125 terms below 20 whose rounding errors average out.
            let error = (sum / count - factor * &s).iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            assert!(error < 1e-12, "{draw:?} {size}: {error}");
        }
    }
    assert_eq!(noise.batch_factor(Draw::WithoutReplacement, Count::of(7)), 0.0);
}

#[test]
fn the_noise_scale_of_a_sample_is_unbiased_in_both_parts() {
    // Over all pairs with replacement from the five rows, which are then a population with S and ḡ.
    let (all, pairs) = (noise(), tuples(5, 2));
    let (mut trace, mut square, mut count) = (0.0, 0.0, 0.0);
    for pair in pairs {
        let pair: Vec<usize> = pair.iter().map(|i| *i as usize).collect();
        let sample = GradientNoise::new(gradients().select(Axis(0), &pair).view()).unwrap();
        let mean = vector::dot(sample.mean(), sample.mean());
        if sample.sample_trace() > 0.0 && mean > sample.sample_trace() / 2.0 {
            let expected = sample.sample_trace() / (mean - sample.sample_trace() / 2.0);
            assert!((sample.noise_scale_estimate() / expected - 1.0).abs() < 1e-14);
        } else if sample.sample_trace() > 0.0 {
            assert_eq!(sample.noise_scale_estimate(), f64::INFINITY);
        }
        trace += sample.sample_trace();
        square += mean - sample.sample_trace() / 2.0;
        count += 1.0;
    }
    // Means of 25 numbers below 30: some ulps.
    assert!((trace / count - all.trace()).abs() < 1e-13);
    assert!((square / count - vector::dot(all.mean(), all.mean())).abs() < 1e-13);
}

#[test]
fn scales_match_hand_computed_values() {
    // ḡ = (2, 0), variances 1/2 and 2.
    let noise = GradientNoise::new(array![[3.0, 0.0], [1.0, 0.0], [2.0, 2.0], [2.0, -2.0]].view()).unwrap();
    assert_eq!(noise.noise_scale(), 2.5 / 4.0);
    let (lr, batch) = (NonNegative::of(0.5), Count::of(2));
    assert_eq!(noise.effective_temperature(lr, Draw::WithReplacement, batch), 0.5 * 2.5 / (2.0 * 2.0 * 2.0));
    // (4 − 2)/(4 − 1) = 2/3 of it; a quotient and a product round.
    let without = noise.effective_temperature(lr, Draw::WithoutReplacement, batch);
    assert!((without - 2.0 / 3.0 * 0.15625).abs() < 1e-16);
    let silent = GradientNoise::new(Array2::zeros((3, 2)).view()).unwrap();
    assert!(silent.noise_scale().is_nan());
}

#[test]
fn gradients_without_a_covariance_are_refused() {
    let error = |gradients: Array2<f64>| GradientNoise::new(gradients.view()).unwrap_err().to_string();
    assert_eq!(
        error(array![[1.0, 2.0, 3.0]]),
        "1 gradients of 3 parameters have no covariance, expected at least 2 of at least 1"
    );
    assert_eq!(
        error(Array2::zeros((4, 0))),
        "4 gradients of 0 parameters have no covariance, expected at least 2 of at least 1"
    );
    let diverged = array![[1.0, 2.0, 3.0], [0.0, f64::NAN, 1.0]];
    assert_eq!(error(diverged), "gradient 1 is not finite at parameter 1");
}
