//! Changes of the parameters that leave the function as it is.

mod common;

use common::{Case, architectures, numerics};
use ndarray::{Array2, aview1};
use thalweg_network::{Activation, Architecture, Loss, NotHomogeneous, Numerics};
use thalweg_numeric::{Real, Streams};

fn logits(case: &Case<f64>, numerics: Numerics, params: &[f64], inputs: &Array2<f64>) -> Array2<f64> {
    let mut out = Array2::zeros((inputs.nrows(), case.architecture.outputs));
    case.network(numerics, 7).logits(params, inputs.view(), out.view_mut());
    out
}

/// Whether the function is the same as that of the case with shifted inputs, up to some dozens of roundings
/// of 1e-16 on numbers of order 1.
fn same_function_shifted(case: &Case<f64>, params: &[f64], shift: &[f64]) -> bool {
    let shifted = &case.inputs + &aview1(shift);
    numerics().all(|numerics| {
        let expected = logits(case, numerics, &case.params, &shifted);
        let found = logits(case, numerics, params, &case.inputs);
        (found - expected).iter().all(|change| change.abs() < 1e-12)
    })
}

fn same_function(case: &Case<f64>, params: &[f64]) -> bool {
    same_function_shifted(case, params, &[0.0; 3])
}

fn squared_distance<F: Real>(a: &[F], b: &[F]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a.to_f64() - b.to_f64()).powi(2)).sum()
}

/// An order at random.
fn order(n: usize, index: u64) -> Vec<usize> {
    let mut stream = Streams::new(4, 0).stream("order", index);
    let mut order: Vec<usize> = (0..n).collect();
    (1..n).rev().for_each(|i| order.swap(i, stream.below(i as u32 + 1) as usize));
    order
}

/// The layers without a residual connection, with their widths.
fn free_layers(architecture: &Architecture) -> impl Iterator<Item = (usize, usize)> {
    let layers = architecture.hidden.iter().copied().enumerate();
    layers.filter(|(layer, _)| !architecture.is_tied(*layer))
}

/// The parameters with the units of every free layer in an order at random.
fn shuffled<F: Real>(architecture: &Architecture, params: &[F]) -> Vec<F> {
    let mut shuffled = params.to_vec();
    for (layer, width) in free_layers(architecture) {
        shuffled = architecture.permuted(&shuffled, layer, &order(width, layer as u64));
    }
    shuffled
}

#[test]
fn the_order_of_the_units_does_not_matter() {
    for architecture in architectures() {
        let case = Case::<f64>::new(7, architecture);
        for (layer, width) in free_layers(&case.architecture) {
            let order = order(width, layer as u64);
            let permuted = case.architecture.permuted(&case.params, layer, &order);
            assert!(permuted != case.params && same_function(&case, &permuted), "{:?}", case.architecture);
            let mut inverse = vec![0; width];
            order.iter().enumerate().for_each(|(unit, from)| inverse[*from] = unit);
            assert_eq!(case.architecture.permuted(&permuted, layer, &inverse), case.params);
        }
    }
}

#[test]
fn gradients_follow_the_order_of_the_units() {
    for architecture in architectures() {
        let case = Case::<f64>::new(7, architecture);
        let gradient = |params: &[f64]| {
            let mut grad = vec![f64::NAN; params.len()];
            let mut network = case.network(Numerics::best(), 7);
            network.gradient(params, case.inputs.view(), case.targets(), &mut grad);
            grad
        };
        let expected = shuffled(&case.architecture, &gradient(&case.params));
        let found = gradient(&shuffled(&case.architecture, &case.params));
        // Some dozens of roundings of 1e-16 on numbers of order 1.
        assert!(squared_distance(&found, &expected).sqrt() < 1e-12, "{:?}", case.architecture);
    }
}

#[test]
fn a_known_permutation() {
    let (activation, loss) = (Activation::Tanh, Loss::CrossEntropy);
    let architecture =
        Architecture { inputs: 1, hidden: vec![3], outputs: 2, activation, loss, ..Architecture::default() };
    // Three weights, three biases, a row of two for each unit, two biases.
    let params = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 7.0, 8.0];
    let expected = [3.0, 1.0, 2.0, 30.0, 10.0, 20.0, 0.5, 0.6, 0.1, 0.2, 0.3, 0.4, 7.0, 8.0];
    assert_eq!(architecture.permuted(&params, 0, &[2, 0, 1]), expected);
}

#[test]
fn a_factor_passes_through_a_unit_of_a_homogeneous_activation() {
    for architecture in architectures() {
        let case = Case::<f64>::new(7, architecture);
        let activation = case.architecture.activation;
        for (layer, width) in free_layers(&case.architecture) {
            let factors: Vec<f64> = (0..width).map(|unit| 0.3 + unit as f64).collect();
            let rescaled = case.architecture.rescaled(&case.params, layer, &factors);
            if matches!(activation, Activation::Relu | Activation::LeakyRelu | Activation::Identity) {
                let rescaled = rescaled.unwrap();
                assert!(same_function(&case, &rescaled), "{:?} layer {layer}", case.architecture);
                // Halves and doubles are exact, so they can be undone.
                let twice = case.architecture.rescaled(&case.params, layer, &vec![2.0; width]).unwrap();
                assert!(twice != case.params && same_function(&case, &twice));
                let again = case.architecture.rescaled(&twice, layer, &vec![0.5; width]);
                assert_eq!(again.as_ref(), Ok(&case.params));
            } else {
                assert_eq!(rescaled, Err(NotHomogeneous(activation)));
            }
        }
    }
    assert_eq!(
        NotHomogeneous(Activation::Tanh).to_string().lines().next(),
        Some("Tanh units cannot be rescaled")
    );
}

fn a_shuffled_copy_is_the_original_again<F: Real>() {
    for architecture in architectures() {
        let case = Case::<F>::new(7, architecture);
        let copy = shuffled(&case.architecture, &case.params);
        assert_eq!(copy == case.params, free_layers(&case.architecture).next().is_none());
        assert_eq!(case.architecture.aligned(&copy, &case.params), case.params, "{:?}", case.architecture);
    }
}

#[test]
fn a_copy_in_another_order_is_aligned_to_the_bit() {
    a_shuffled_copy_is_the_original_again::<f32>();
    a_shuffled_copy_is_the_original_again::<f64>();
}

#[test]
fn alignment_changes_no_function_and_comes_nearer() {
    let (mut nearer, mut free) = (0, 0);
    for architecture in architectures() {
        let case = Case::<f64>::new(7, architecture);
        let mut stream = Streams::new(6, 0).stream("reference", 0);
        let reference: Vec<f64> = case.params.iter().map(|_| stream.normal()).collect();
        let aligned = case.architecture.aligned(&case.params, &reference);
        assert!(same_function(&case, &aligned), "{:?}", case.architecture);
        let before = squared_distance(&case.params, &reference);
        let after = squared_distance(&aligned, &reference);
        assert!(after <= before, "{:?} {before} {after}", case.architecture);
        nearer += usize::from(after < before);
        free += usize::from(free_layers(&case.architecture).next().is_some());
        // One layer's best order is the best of all.
        if let [5] = case.architecture.hidden[..] {
            for index in 0..200 {
                let other = case.architecture.permuted(&case.params, 0, &order(5, index));
                // Rounding of the sum of some dozens of squares.
                assert!(after <= squared_distance(&other, &reference) + 1e-12);
            }
        }
    }
    assert_eq!((nearer, free), (432, 432), "every network with hidden units that have an order of their own");
}

#[test]
fn parameters_that_are_not_finite_stay_as_they_are() {
    let case = Case::<f64>::new(7, architectures().remove(3));
    for bad in [f64::NAN, f64::INFINITY, 1e200] {
        let mut params = shuffled(&case.architecture, &case.params);
        params[2] = bad;
        let bits = |params: &[f64]| params.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&case.architecture.aligned(&params, &case.params)), bits(&params), "{bad}");
    }
}

#[test]
fn a_shift_of_the_inputs_is_one_of_the_first_bias() {
    let shift = [0.7, -1.3, 0.2];
    for architecture in architectures() {
        let case = Case::<f64>::new(7, architecture);
        let params = case.architecture.input_shifted(&case.params, &shift);
        assert!(same_function_shifted(&case, &params, &shift), "{:?}", case.architecture);
        assert!(!same_function(&case, &params));
    }
}

#[test]
fn what_is_tied_by_residual_connections() {
    let tied = |inputs: usize, hidden: &[usize]| -> Vec<bool> {
        let architecture =
            Architecture { inputs, hidden: hidden.to_vec(), residual: true, ..Architecture::default() };
        (0..hidden.len()).map(|layer| architecture.is_tied(layer)).collect()
    };
    assert_eq!(tied(3, &[3, 4, 4]), [true, true, true]);
    assert_eq!(tied(2, &[3, 3, 4]), [true, true, false]);
    assert_eq!(tied(2, &[5, 4]), [false, false]);
}

#[test]
#[should_panic(expected = "hidden layer 1 has a residual connection")]
fn the_order_of_units_that_are_tied_is_refused() {
    let architecture =
        Architecture { inputs: 3, hidden: vec![4, 5, 5], residual: true, ..Architecture::default() };
    let case = Case::<f64>::new(7, architecture);
    case.architecture.permuted(&case.params, 1, &[0, 1, 2, 3, 4]);
}

#[test]
#[should_panic(expected = "every unit once")]
fn an_order_with_a_unit_twice_is_refused() {
    let case = Case::<f64>::new(7, architectures().remove(2));
    case.architecture.permuted(&case.params, 0, &[0, 1, 2, 3, 3]);
}
