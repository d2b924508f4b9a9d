//! The inputs of a dataset, as numbers or as bytes.

use std::sync::Arc;

use ndarray::{Array2, ArrayViewMut1, Zip, s};
use thalweg_numeric::Real;

/// A matrix of inputs, one sample a row: `[n_samples, n_features]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Features {
    /// Each number as it is.
    Numbers(Array2<f64>),
    /// Brightness: a byte b stands for b/255, as in torchvision's `ToTensor`. All clones share the bytes, so that the
    /// 60,000 × 784 of MNIST are 47 MB for all runs together, where f64 would be 376 MB for each.
    Bytes(Arc<Array2<u8>>),
}

impl Features {
    /// (n_samples, n_features).
    pub fn dim(&self) -> (usize, usize) {
        match self {
            Self::Numbers(numbers) => numbers.dim(),
            Self::Bytes(bytes) => bytes.dim(),
        }
    }

    /// The number of rows.
    pub fn n_samples(&self) -> usize {
        self.dim().0
    }

    /// The number of columns.
    pub fn n_features(&self) -> usize {
        self.dim().1
    }

    /// Writes the features of one sample into `into`, each rounded once.
    ///
    /// # Panics
    /// If there is no sample `index`, or `into` has not one place a feature.
    pub fn copy_row<F: Real>(&self, index: usize, into: &mut [F]) {
        let into = Zip::from(ArrayViewMut1::from(into));
        match self {
            Self::Numbers(numbers) => into.and(numbers.row(index)).for_each(|to, x| *to = F::from_f64(*x)),
            Self::Bytes(bytes) => into.and(bytes.row(index)).for_each(|to, b| *to = brightness(*b)),
        }
    }

    /// All samples as numbers, each rounded once.
    pub fn to_array<F: Real>(&self) -> Array2<F> {
        match self {
            Self::Numbers(numbers) => numbers.mapv(F::from_f64),
            Self::Bytes(bytes) => bytes.mapv(brightness),
        }
    }

    /// The first samples.
    ///
    /// # Panics
    /// If there are fewer than `n_samples`.
    pub fn first(&self, n_samples: usize) -> Self {
        match self {
            Self::Numbers(numbers) => numbers.slice(s![..n_samples, ..]).to_owned().into(),
            Self::Bytes(bytes) => bytes.slice(s![..n_samples, ..]).to_owned().into(),
        }
    }

    /// The numbers, to be changed; bytes become numbers before.
    pub fn numbers_mut(&mut self) -> &mut Array2<f64> {
        if let Self::Bytes(_) = self {
            *self = Self::Numbers(self.to_array());
        }
        let Self::Numbers(numbers) = self else { unreachable!("bytes were turned into numbers") };
        numbers
    }
}

/// b/255. Both numbers are exact in F, so the quotient is rounded once; a product with 1/255 would be rounded twice.
fn brightness<F: Real>(byte: u8) -> F {
    F::from_f64(f64::from(byte)) / F::from_f64(255.0)
}

impl From<Array2<f64>> for Features {
    fn from(numbers: Array2<f64>) -> Self {
        Self::Numbers(numbers)
    }
}

impl From<Array2<u8>> for Features {
    fn from(bytes: Array2<u8>) -> Self {
        Self::Bytes(Arc::new(bytes))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    /// Every byte once: `[n_samples, n_features]` = [2, 128].
    fn every_byte() -> Features {
        Array2::from_shape_fn((2, 128), |(i, j)| (128 * i + j) as u8).into()
    }

    #[test]
    fn bytes_are_brightness_rounded_once() {
        let (mut single, mut double) = ([0.0_f32; 128], [0.0_f64; 128]);
        for i in 0..2 {
            every_byte().copy_row(i, &mut single);
            every_byte().copy_row(i, &mut double);
            for j in 0..128 {
                let byte = (128 * i + j) as f64;
                assert_eq!(double[j], byte / 255.0);
                assert_eq!(single[j], byte as f32 / 255.0);
                // A quotient of two integers below 2⁸ is too far from the middle of two f32 to be rounded wrongly
                // on the way through f64.
                assert_eq!(single[j], (byte / 255.0) as f32);
            }
        }
        assert_eq!((single[127], double[127]), (1.0, 1.0));
    }

    #[test]
    fn rows_and_the_whole_are_the_same() {
        // The second has its rows apart in memory.
        let numbers = array![[1.5, -0.1, 3.0], [0.2, 1e-50, 1e300]];
        let columns_first = numbers.t().as_standard_layout().to_owned().reversed_axes();
        for features in [numbers.clone().into(), columns_first.into(), every_byte()] {
            let (n_samples, n_features) = features.dim();
            assert_eq!((features.n_samples(), features.n_features()), (n_samples, n_features));
            for i in 0..n_samples {
                let (mut single, mut double) = (Array1::zeros(n_features), Array1::zeros(n_features));
                features.copy_row::<f32>(i, single.as_slice_mut().unwrap());
                features.copy_row::<f64>(i, double.as_slice_mut().unwrap());
                assert_eq!(single, features.to_array::<f32>().row(i));
                assert_eq!(double, features.to_array::<f64>().row(i));
            }
        }
        assert_eq!(every_byte().first(1).to_array::<f64>(), every_byte().to_array().slice(s![..1, ..]));
        assert_eq!(Features::from(numbers.clone()).first(1), array![[1.5, -0.1, 3.0]].into());
        let mut row = [0.0_f32; 3];
        Features::from(numbers).copy_row(1, &mut row);
        assert_eq!(row, [0.2, 0.0, f32::INFINITY]);
    }

    #[test]
    fn bytes_become_numbers_to_be_changed_and_their_clones_stay() {
        let mut features = every_byte();
        let clone = features.clone();
        let (Features::Bytes(ours), Features::Bytes(shared)) = (&features, &clone) else { unreachable!() };
        assert!(Arc::ptr_eq(ours, shared), "a clone copies nothing");

        let expected = features.to_array::<f64>();
        assert_eq!(features.numbers_mut(), &expected);
        features.numbers_mut()[[1, 2]] = -7.0;
        assert_eq!(features.to_array::<f64>()[[1, 2]], -7.0);
        assert_eq!(clone, every_byte());
    }

    #[test]
    #[should_panic]
    fn a_row_that_is_too_short_is_a_bug() {
        every_byte().copy_row(0, &mut [0.0; 127]);
    }
}
