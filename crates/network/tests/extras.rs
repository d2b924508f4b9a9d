//! Layer normalisation, residual connections and dropout: values of NumPy, and what must hold exactly.

mod common;

use common::{ACTIVATIONS, Case, LOSSES, architectures, numerics, plain_architectures};
use ndarray::{Array2, ArrayView2};
use serde::Deserialize;
use thalweg_network::{
    Activation, Architecture, ArchitectureError, Dropout, Network, Normalisation, Numerics, OnBatch, Widths,
    WithDropout,
};
use thalweg_numeric::bounded::ProperFraction;
use thalweg_numeric::vector::{axpy, dot, norm};
use thalweg_numeric::{Objective, Real, Streams};

/// What `golden/extras.py` has written.
#[derive(Debug, Deserialize)]
struct Golden {
    params: Vec<f64>,
    inputs: Vec<f64>,
    logits: Vec<f64>,
    grad: Vec<f64>,
    labels: Vec<u32>,
    loss: f64,
}

#[test]
fn values_and_gradient_are_those_of_numpy() {
    let golden: Golden = toml::from_str(include_str!("golden/extras.toml")).expect("the file is whole");
    let architecture = Architecture {
        inputs: 3,
        hidden: vec![3, 5, 5],
        activation: Activation::Tanh,
        normalisation: Normalisation::Layer,
        residual: true,
        ..Architecture::default()
    };
    let inputs = ArrayView2::from_shape((7, 3), &golden.inputs).expect("seven rows");
    // Some dozens of roundings of 1e-16 on numbers of order 1.
    let is_near = |a: &f64, b: &f64| (a - b).abs() < 1e-12;
    for numerics in numerics() {
        let mut network = Network::new(&architecture, numerics, 4).expect("supported");
        let (mut logits, mut grad) = (Array2::zeros((7, 2)), vec![f64::NAN; network.dim()]);
        network.logits(&golden.params, inputs, logits.view_mut());
        assert!(logits.iter().zip(&golden.logits).all(|(a, b)| is_near(a, b)), "{logits}");
        let loss = network.gradient(&golden.params, inputs, &golden.labels, &mut grad);
        assert!(is_near(&loss, &golden.loss), "{loss} {}", golden.loss);
        assert!(grad.iter().zip(&golden.grad).all(|(a, b)| is_near(a, b)), "{grad:?}");
    }
}

#[test]
fn arrays_lie_layer_by_layer_and_gains_start_at_one() {
    let architecture = Architecture {
        inputs: 2,
        hidden: vec![3, 4],
        normalisation: Normalisation::Layer,
        ..Architecture::default()
    };
    let names: Vec<String> = architecture.layout().blocks().iter().map(|block| block.name.clone()).collect();
    let layer = |i: usize| [format!("layers.{i}.weight"), format!("layers.{i}.bias")];
    let norm = |i: usize| [format!("norms.{i}.weight"), format!("norms.{i}.bias")];
    assert_eq!(names, [layer(0), norm(0), layer(1), norm(1), layer(2)].as_flattened());
    let init = thalweg_network::Init::He(thalweg_network::He::default());
    let params: Vec<f64> =
        architecture.draw(&init, &mut Streams::new(1, 0).stream("init", 0)).expect("drawn");
    let blocks = architecture.layout();
    for block in blocks.blocks() {
        let values = &params[block.range.clone()];
        match block.name.split_once('.').expect("a name has parts") {
            ("norms", rest) if rest.ends_with("weight") => assert!(values.iter().all(|x| *x == 1.0)),
            (_, rest) if rest.ends_with("bias") => assert!(values.iter().all(|x| *x == 0.0)),
            _ => assert!(values.iter().all(|x| *x != 0.0)),
        }
    }
    // The weights are those of the plain network.
    let plain = Architecture { normalisation: Normalisation::None, ..architecture.clone() };
    let drawn: Vec<f64> = plain.draw(&init, &mut Streams::new(1, 0).stream("init", 0)).expect("drawn");
    assert_eq!(drawn[6..], [params[6..9].to_vec(), params[15..31].to_vec(), params[39..].to_vec()].concat());
    let tensors = architecture.tensors(&params);
    assert_eq!((tensors[2].name.as_str(), &tensors[2].shape[..]), ("norms.0.weight", &[3][..]));
    assert_eq!(architecture.from_tensors::<f64>(&tensors), Ok(params));
}

#[test]
fn shapes_without_anything_to_normalise_or_add_are_refused() {
    let of = |hidden: &[usize], normalisation, residual| {
        Architecture { inputs: 2, hidden: hidden.to_vec(), normalisation, residual, ..Default::default() }
            .check()
    };
    let (none, layer) = (Normalisation::None, Normalisation::Layer);
    assert_eq!(of(&[2], none, true), Ok(()));
    assert_eq!(of(&[3, 3], layer, true), Ok(()));
    let error = of(&[3, 4], none, true).unwrap_err();
    assert_eq!(error, ArchitectureError::NoResidual(Widths(vec![2, 3, 4])));
    assert!(error.to_string().ends_with("the widths are 2 → 3 → 4"), "{error}");
    assert_eq!(of(&[], layer, false), Err(ArchitectureError::NothingToNormalise));
    assert_eq!(of(&[2, 1], layer, false), Err(ArchitectureError::OneUnitNormalised { layer: 1 }));
}

#[test]
fn the_scale_of_the_weights_into_a_normalised_layer_does_not_matter() {
    for activation in ACTIVATIONS {
        let architecture = Architecture {
            inputs: 3,
            hidden: vec![5, 4],
            activation,
            normalisation: Normalisation::Layer,
            ..Architecture::default()
        };
        let case = Case::<f64>::new(7, architecture);
        let mut network = case.network(Numerics::best(), 7);
        let mut logits = |params: &[f64]| {
            let mut out = Array2::zeros((7, 2));
            network.logits(params, case.inputs.view(), out.view_mut());
            out
        };
        let expected = logits(&case.params);
        let mut scaled = case.params.clone();
        // Weight and bias of both hidden layers; only ε = 1e-5 tells the scales apart.
        for range in [0..20, 30..54] {
            scaled[range].iter_mut().for_each(|x| *x *= 64.0);
        }
        let largest = (logits(&scaled) - &expected).iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        assert!(largest > 0.0 && largest < 1e-3, "{activation:?} {largest}");
        scaled[0] = 2.0 * scaled[0] + 64.0;
        assert!((logits(&scaled) - &expected).iter().any(|x| x.abs() > 1e-3), "{activation:?}");
    }
}

fn dropout<F: Real>(case: &Case<F>, probability: f64, index: u64) -> Dropout<F> {
    let rows = case.labels.len();
    let mut dropout = Dropout::new(&case.architecture, ProperFraction::of(probability), rows + 2);
    dropout.draw(rows, &mut Streams::new(3, 0).stream("dropout", index));
    dropout
}

fn with_dropout<'a, F: Real>(
    case: &'a Case<F>,
    network: &'a mut Network<F>,
    dropout: &'a Dropout<F>,
) -> WithDropout<'a, F> {
    let batch = OnBatch { network, inputs: case.inputs.view(), targets: case.targets() };
    WithDropout { batch, dropout }
}

/// Plain networks and those with extras, of one loss each.
fn dropped_architectures() -> impl Iterator<Item = Architecture> {
    architectures()
        .into_iter()
        .filter(|a| !a.hidden.is_empty() && (a.loss == LOSSES[0] || a.loss == LOSSES[5]))
}

#[test]
fn gradients_and_products_with_dropout_match_differences() {
    for architecture in dropped_architectures() {
        for rows in [7, 2] {
            let case = Case::<f64>::new(rows, architecture.clone());
            let (dim, dropout) = (case.params.len(), dropout(&case, 0.3, 0));
            // Blocks of four rows have the factors of their own.
            let mut network = case.network(Numerics::best(), 4);
            let mut objective = with_dropout(&case, &mut network, &dropout);
            let mut grad = vec![f64::NAN; dim];
            let loss = objective.gradient(&case.params, &mut grad);
            assert_eq!(loss, objective.value(&case.params));
            let mut stream = Streams::new(2, 0).stream("direction", 0);
            let v: Vec<f64> = (0..dim).map(|_| stream.normal()).collect();
            let h = 1e-6;
            let mut at = |by: f64| {
                let (mut params, mut grad) = (case.params.clone(), vec![f64::NAN; dim]);
                axpy(by, &v, &mut params);
                (objective.gradient(&params, &mut grad), grad)
            };
            let ((up, grad_up), (down, grad_down)) = (at(h), at(-h));
            // As of whole networks: rounding 1e-16/h, and h² times third derivatives.
            let numeric = (up - down) / (2.0 * h);
            let along = dot(&grad, &v);
            assert!((numeric - along).abs() < 1e-8 * (1.0 + norm(&grad) * norm(&v)), "{architecture:?}");
            let mut product = vec![f64::NAN; dim];
            objective.hessian_vector(&case.params, &v, &mut product);
            let largest = product.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
            for i in 0..dim {
                let numeric = (grad_up[i] - grad_down[i]) / (2.0 * h);
                assert!(
                    (numeric - product[i]).abs() < 1e-7 * largest,
                    "{architecture:?} {i} {numeric} {}",
                    product[i]
                );
            }
        }
    }
}

/// Every kind of evaluation to the bit as before, once a network has computed with dropout; and a step with
/// dropout is gradient and axpy.
fn dropout_leaves_nothing_behind<F: Real>() {
    for numerics in numerics() {
        for architecture in dropped_architectures() {
            let case = Case::<F>::new(13, architecture);
            let dim = case.params.len();
            let results = |network: &mut Network<F>| {
                let mut vectors = vec![vec![F::ZERO; dim]; 2];
                let loss =
                    network.gradient(&case.params, case.inputs.view(), case.targets(), &mut vectors[0]);
                let mut batch = OnBatch { network, inputs: case.inputs.view(), targets: case.targets() };
                batch.hessian_vector(&case.params, &case.params, &mut vectors[1]);
                (loss, vectors)
            };
            let mut network = case.network(numerics, 5);
            let before = results(&mut network);
            let dropout = dropout(&case, 0.5, 1);
            let mut objective = with_dropout(&case, &mut network, &dropout);
            let (mut grad, mut room) = (vec![F::ZERO; dim], vec![F::ZERO; dim]);
            let loss = objective.gradient(&case.params, &mut grad);
            assert!(loss != before.0 && grad != before.1[0], "{:?}", case.architecture);
            let (mut moved, mut expected) = (case.params.clone(), case.params.clone());
            objective.descend(F::from_f64(0.1), &mut moved, &mut room);
            axpy(F::from_f64(-0.1), &grad, &mut expected);
            assert!(moved == expected, "{:?}", case.architecture);
            assert!(results(&mut network) == before, "{:?}", case.architecture);
        }
    }
}

#[test]
fn dropout_leaves_no_trace_in_other_evaluations() {
    dropout_leaves_nothing_behind::<f32>();
    dropout_leaves_nothing_behind::<f64>();
}

/// Of shares of a large batch and of blocks, whatever the threads.
#[test]
fn blocks_and_threads_change_no_bit() {
    for architecture in dropped_architectures().step_by(5) {
        let case = Case::<f32>::new(300, architecture);
        let dropout = dropout(&case, 0.2, 2);
        let gradient = |block: usize| {
            let (mut network, mut grad) =
                (case.network(Numerics::best(), block), vec![0.0; case.params.len()]);
            let loss = with_dropout(&case, &mut network, &dropout).gradient(&case.params, &mut grad);
            (loss, grad)
        };
        let expected = gradient(300);
        assert!(gradient(7) == expected);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            assert!(pool.install(|| gradient(300)) == expected, "{threads} threads");
        }
    }
}

#[test]
fn kept_units_are_scaled_and_as_many_as_they_should_be() {
    let architecture = Architecture { hidden: vec![17, 30], ..Architecture::default() };
    for p in [0.0, 0.1, 0.75] {
        let mut dropout = Dropout::<f64>::new(&architecture, ProperFraction::of(p), 50);
        let mut stream = Streams::new(5, 0).stream("dropout", 0);
        let (mut kept, mut all) = (0.0, 0.0);
        for _ in 0..20 {
            dropout.draw(50, &mut stream);
            for factor in (0..50).flat_map(|row| [dropout.factors(0, row), dropout.factors(1, row)]).flatten()
            {
                assert!(*factor == 0.0 || *factor == 1.0 / (1.0 - p), "{factor}");
                kept += f64::from(u8::from(*factor > 0.0));
                all += 1.0;
            }
        }
        assert_eq!(all, 20.0 * 50.0 * 47.0);
        // Five standard errors of a share of so many.
        assert!((kept / all - (1.0 - p)).abs() <= 5.0 * (p * (1.0 - p) / all).sqrt(), "{p}: {}", kept / all);
    }
}

#[test]
fn nothing_dropped_is_the_whole_network() {
    for architecture in dropped_architectures() {
        let case = Case::<f64>::new(7, architecture);
        let dropout = dropout(&case, 0.0, 3);
        let (mut network, dim) = (case.network(Numerics::best(), 7), case.params.len());
        let (mut grad, mut expected) = (vec![f64::NAN; dim], vec![f64::NAN; dim]);
        network.gradient(&case.params, case.inputs.view(), case.targets(), &mut expected);
        with_dropout(&case, &mut network, &dropout).gradient(&case.params, &mut grad);
        // A plain network goes another way, with other roundings of 1e-16.
        let is_near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12 * (1.0 + b.abs());
        assert!(grad.iter().zip(&expected).all(is_near), "{:?}", case.architecture);
    }
}

#[test]
fn the_mean_over_the_factors_is_a_linear_network_without_them() {
    // One hidden layer, and a linear loss: the mean of the gradient by the last bias does not move, that of
    // the squared error's first order does. So the logits are read off a squared error's gradient by the
    // output bias, 2 (z − t)/n_outputs, which is linear in z.
    for residual in [false, true] {
        let architecture = Architecture {
            inputs: 3,
            hidden: vec![3, 4],
            outputs: 2,
            activation: Activation::Identity,
            loss: LOSSES[5],
            residual,
            ..Architecture::default()
        };
        let case = Case::<f64>::new(1, architecture);
        let (mut network, dim) = (case.network(Numerics::best(), 1), case.params.len());
        let mut whole = vec![f64::NAN; dim];
        network.gradient(&case.params, case.inputs.view(), case.targets(), &mut whole);
        let mut dropout = Dropout::new(&case.architecture, ProperFraction::of(0.4), 1);
        let mut stream = Streams::new(8, 0).stream("dropout", 0);
        let n = 20_000;
        let (mut sums, mut squares, mut grad) = ([0.0; 2], [0.0; 2], vec![0.0; dim]);
        for _ in 0..n {
            dropout.draw(1, &mut stream);
            with_dropout(&case, &mut network, &dropout).gradient(&case.params, &mut grad);
            for (i, g) in grad[dim - 2..].iter().enumerate() {
                sums[i] += g;
                squares[i] += g * g;
            }
        }
        for i in 0..2 {
            let mean = sums[i] / f64::from(n);
            let deviation = (squares[i] / f64::from(n) - mean * mean).sqrt();
            let error = (mean - whole[dim - 2 + i]).abs();
            // Five standard errors.
            assert!(deviation > 0.1 && error < 5.0 * deviation / f64::from(n).sqrt(), "{error} {deviation}");
        }
    }
}

#[test]
#[should_panic(expected = "there are factors of 7 rows, not of 8")]
fn rows_without_factors_are_refused() {
    let case = Case::<f64>::new(8, plain_architectures().remove(3));
    let mut dropout = Dropout::new(&case.architecture, ProperFraction::of(0.5), 8);
    dropout.draw(7, &mut Streams::new(3, 0).stream("dropout", 0));
    let mut network = case.network(Numerics::best(), 8);
    with_dropout(&case, &mut network, &dropout).value(&case.params);
}
