//! Nothing is allocated after the first call.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{Case, architectures, numerics};
use ndarray::Array2;
use thalweg_network::OnBatch;
use thalweg_numeric::Objective;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the allocations of each thread.
struct Counting;

#[expect(unsafe_code, reason = "the only way to see an allocation is to be the allocator")]
// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn calls_after_the_first_allocate_nothing() {
    for numerics in numerics() {
        for architecture in architectures() {
            let case = Case::<f32>::new(13, architecture);
            let mut network = case.network(numerics, 5);
            let mut grad = vec![0.0; case.params.len()];
            let mut out = Array2::zeros((13, case.architecture.outputs));
            let (mut losses, mut correct) = (vec![0.0; 13], vec![false; 13]);
            let mut counts = [0; 2];
            for count in &mut counts {
                let before = ALLOCATIONS.get();
                network.gradient(&case.params, case.inputs.view(), &case.labels, &mut grad);
                network.logits(&case.params, case.inputs.view(), out.view_mut());
                network.probabilities(&case.params, case.inputs.view(), out.view_mut());
                network.scores(&case.params, case.inputs.view(), &case.labels, &mut losses, &mut correct);
                let mut batch =
                    OnBatch { network: &mut network, inputs: case.inputs.view(), labels: &case.labels };
                batch.value(&case.params);
                batch.hessian_vector(&case.params, &case.params, &mut grad);
                *count = ALLOCATIONS.get() - before;
            }
            assert!(counts[0] > 0, "the buffers of the first Hessian-vector product are seen");
            assert_eq!(counts[1], 0, "{:?}", case.architecture);
        }
    }
}
