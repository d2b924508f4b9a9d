//! Products of the Gauss–Newton matrix and a vector.

mod common;

use common::{Case, architectures, numerics};
use ndarray::Array2;
use thalweg_network::{Architecture, GaussNewton, Loss, Numerics, OnBatch};
use thalweg_numeric::vector::dot;
use thalweg_numeric::{Objective, Real, Streams};

/// Those whose loss has a Gauss–Newton matrix.
fn convex_architectures() -> impl Iterator<Item = Architecture> {
    architectures().into_iter().filter(|architecture| architecture.loss.is_convex())
}

fn direction(dim: usize, index: u64) -> Vec<f64> {
    let mut stream = Streams::new(2, 0).stream("direction", index);
    (0..dim).map(|_| stream.normal()).collect()
}

fn product<F: Real>(case: &Case<F>, numerics: Numerics, block: usize, v: &[F]) -> Vec<F> {
    let (mut network, mut out) = (case.network(numerics, block), vec![F::from_f64(f64::NAN); v.len()]);
    network.gauss_newton_vector(&case.params, case.inputs.view(), v, &mut out);
    out
}

/// (1/n) Σ Jᵀ·H·(J·v) with J from central differences of the logits.
fn from_differences(case: &Case<f64>, numerics: Numerics, v: &[f64]) -> Vec<f64> {
    let (mut network, classes) = (case.network(numerics, 7), case.architecture.outputs);
    let mut logits = |index: usize, by: f64| {
        let (mut params, mut out) = (case.params.clone(), Array2::zeros((7, classes)));
        params[index] += by;
        network.logits(&params, case.inputs.view(), out.view_mut());
        out
    };
    let h = 1e-6;
    let jacobian: Vec<_> = (0..v.len()).map(|i| (logits(i, h) - logits(i, -h)) / (2.0 * h)).collect();
    let mut p = Array2::zeros((7, classes));
    network.probabilities(&case.params, case.inputs.view(), p.view_mut());
    let along: Array2<f64> =
        jacobian.iter().zip(v).fold(Array2::zeros((7, classes)), |sum, (j, v)| sum + j * *v);
    let bent = match case.architecture.loss {
        Loss::OneHotSquaredError | Loss::SquaredError => &along * (2.0 / classes as f64),
        Loss::Logistic => {
            let mut z = Array2::zeros((7, classes));
            network.logits(&case.params, case.inputs.view(), z.view_mut());
            let sigma = z.mapv(|z: f64| 1.0 / (1.0 + Real::exp(-z)));
            &along * &sigma * &(1.0 - &sigma) / classes as f64
        }
        // diag(p) − p·pᵀ.
        _ => Array2::from_shape_fn((7, classes), |(row, class)| {
            p[[row, class]] * (along[[row, class]] - p.row(row).dot(&along.row(row)))
        }),
    };
    jacobian.iter().map(|j| (j * &bent).sum() / 7.0).collect()
}

#[test]
fn products_match_jacobians_from_differences() {
    for numerics in numerics() {
        for architecture in convex_architectures() {
            let case = Case::<f64>::new(7, architecture);
            let v = direction(case.params.len(), 0);
            let expected = from_differences(&case, numerics, &v);
            for (value, expected) in product(&case, numerics, 4, &v).iter().zip(&expected) {
                // Rounding 1e-16/h leaves 1e-10 in each derivative; h² times third derivatives less.
                let error = (value - expected).abs() / (1.0 + expected.abs());
                assert!(error < 1e-8, "{:?}: {value} {expected}", case.architecture);
            }
        }
    }
}

#[test]
fn a_linear_network_has_no_other_curvature() {
    for architecture in convex_architectures() {
        let case = Case::<f64>::new(7, architecture);
        let (v, mut hessian) = (direction(case.params.len(), 1), vec![f64::NAN; case.params.len()]);
        let mut network = case.network(Numerics::best(), 4);
        let mut batch =
            OnBatch { network: &mut network, inputs: case.inputs.view(), targets: case.targets() };
        batch.hessian_vector(&case.params, &v, &mut hessian);
        let product = product(&case, Numerics::best(), 4, &v);
        let largest = product.iter().zip(&hessian).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        if case.architecture.hidden.is_empty() {
            // Some dozens of roundings of 1e-16 on numbers of order 1.
            assert!(largest < 1e-13, "{:?}: {largest}", case.architecture);
        } else {
            assert!(largest > 1e-3, "{:?}: {largest}", case.architecture);
        }
    }
}

fn is_positive<F: Real>() {
    for architecture in convex_architectures() {
        let case = Case::<F>::new(7, architecture);
        for index in 2..5 {
            let v: Vec<F> = direction(case.params.len(), index).into_iter().map(F::from_f64).collect();
            // A direction at random is far from those in which the logits do not move.
            assert!(dot(&v, &product(&case, Numerics::best(), 7, &v)) > F::ZERO, "{:?}", case.architecture);
        }
    }
}

#[test]
fn the_matrix_has_no_negative_eigenvalue() {
    is_positive::<f32>();
    is_positive::<f64>();
}

#[test]
fn products_are_symmetric_and_the_same_in_blocks() {
    for architecture in convex_architectures() {
        let case = Case::<f64>::new(7, architecture);
        let (u, v) = (direction(case.params.len(), 6), direction(case.params.len(), 7));
        let (gu, gv) = (product(&case, Numerics::best(), 7, &u), product(&case, Numerics::best(), 7, &v));
        let size = dot(&gu, &gu).sqrt() * dot(&v, &v).sqrt();
        // Rounding of sums of at most some hundred terms of the size of the product of the norms.
        assert!((dot(&gu, &v) - dot(&u, &gv)).abs() < 1e-13 * size, "{:?}", case.architecture);
        assert_eq!(product(&case, Numerics::best(), 3, &u), gu, "{:?} in blocks", case.architecture);
    }
}

#[test]
fn f32_products_match_f64() {
    for architecture in convex_architectures() {
        let (wide, narrow) =
            (Case::<f64>::new(7, architecture.clone()), Case::<f32>::new(7, architecture.clone()));
        let v = direction(wide.params.len(), 8);
        let single: Vec<f32> = v.iter().map(|v| *v as f32).collect();
        let expected = product(&wide, Numerics::best(), 7, &v);
        let largest = expected.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
        for (single, double) in product(&narrow, Numerics::best(), 7, &single).iter().zip(&expected) {
            // Some dozens of roundings of 6e-8; more where rows of few units are normalised, whose
            // differences have lost digits.
            let tolerance = largest * if architecture.is_normalised() { 2e-4 } else { 1e-5 };
            assert!((f64::from(*single) - double).abs() < tolerance, "{architecture:?}");
        }
    }
}

#[test]
#[should_panic(expected = "Focal(NonNegative(2.0)) is not convex and has no Gauss–Newton matrix")]
fn the_focal_loss_has_none() {
    let architecture = architectures().into_iter().find(|architecture| !architecture.loss.is_convex());
    let case = Case::<f64>::new(7, architecture.expect("the focal loss is among them"));
    product(&case, Numerics::best(), 7, &direction(case.params.len(), 10));
}

#[test]
fn as_an_objective_only_the_curvature_is_another() {
    let case = Case::<f64>::new(7, architectures().remove(3));
    let v = direction(case.params.len(), 9);
    let mut network = case.network(Numerics::best(), 7);
    let (mut grad, mut expected) = (vec![f64::NAN; v.len()], vec![f64::NAN; v.len()]);
    let loss = network.gradient(&case.params, case.inputs.view(), case.targets(), &mut expected);
    let batch = OnBatch { network: &mut network, inputs: case.inputs.view(), targets: case.targets() };
    let mut objective = GaussNewton(batch);
    assert_eq!((objective.dim(), objective.value(&case.params)), (v.len(), loss));
    assert_eq!((objective.gradient(&case.params, &mut grad), &grad), (loss, &expected));
    objective.hessian_vector(&case.params, &v, &mut grad);
    assert_eq!(grad, product(&case, Numerics::best(), 7, &v));
}
