//! Nothing is allocated after the first call.

mod common;

use common::{Case, architectures, numerics};
use ndarray::Array2;
use thalweg_network::{Loss, OnBatch};
use thalweg_numeric::Objective;

#[test]
fn calls_after_the_first_allocate_nothing() {
    for numerics in numerics() {
        for architecture in architectures() {
            let case = Case::<f32>::new(13, architecture);
            let mut network = case.network(numerics, 5);
            let mut grad = vec![0.0; case.params.len()];
            let mut out = Array2::zeros((13, case.architecture.outputs));
            let mut grads = Array2::zeros((13, case.params.len()));
            let (mut losses, mut correct) = (vec![0.0; 13], vec![false; 13]);
            let mut counts = [0; 2];
            for count in &mut counts {
                let allocations = allocation_counter::measure(|| {
                    network.gradient(&case.params, case.inputs.view(), case.targets(), &mut grad);
                    network.logits(&case.params, case.inputs.view(), out.view_mut());
                    network.probabilities(&case.params, case.inputs.view(), out.view_mut());
                    network.losses(&case.params, case.inputs.view(), case.targets(), &mut losses);
                    if case.architecture.loss != Loss::SquaredError {
                        network.scores(
                            &case.params,
                            case.inputs.view(),
                            &case.labels,
                            &mut losses,
                            &mut correct,
                        );
                    }
                    network.per_sample_gradients(
                        &case.params,
                        case.inputs.view(),
                        case.targets(),
                        grads.view_mut(),
                    );
                    network.margins(&case.params, case.inputs.view(), &case.labels, &mut losses);
                    if case.architecture.loss.is_convex() {
                        let (params, inputs) = (&case.params, case.inputs.view());
                        network.gauss_newton_vector(params, inputs, params, &mut grad);
                    }
                    network.gradient_squares(&case.params, case.inputs.view(), case.targets(), &mut losses);
                    let mut hessian = network.hessian_at(&case.params, case.inputs.view(), case.targets());
                    hessian.product(&case.params, &mut grad);
                    hessian.exact_trace();
                    let mut batch = OnBatch {
                        network: &mut network,
                        inputs: case.inputs.view(),
                        targets: case.targets(),
                    };
                    batch.value(&case.params);
                    batch.hessian_vector(&case.params, &case.params, &mut grad);
                });
                *count = allocations.count_total;
            }
            assert!(counts[0] > 0, "the buffers of the first product with the curvature are seen");
            assert_eq!(counts[1], 0, "{:?}", case.architecture);
        }
    }
}
