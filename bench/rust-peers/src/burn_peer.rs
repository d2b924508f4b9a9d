//! burn: tensors on the flex backend, its derivatives, and the update rules written with its tensors.

use std::time::Instant;

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::task::{Rule, SET, Task, WIDTHS};
use crate::{Failure, since};

/// Weight, bias.
type Layer = (Tensor<2>, Tensor<2>);

/// Seconds of all steps, and the loss at the end.
pub fn run(task: &Task) -> Result<(f64, Option<f64>), Failure> {
    let device = Device::flex();
    let Some(rule) = task.rule else { return Ok((classify(task, &device), None)) };
    let device = device.autodiff();
    let inputs = tensor(&task.inputs, 2, &device);
    let labels = Tensor::<1, Int>::from_data(TensorData::from(labels(&task.labels).as_slice()), &device);
    let mut params: Vec<Tensor<2>> = layers(task, &device).into_iter().flat_map(|(w, b)| [w, b]).collect();
    let zeros = || params.iter().map(|p| p.clone().inner().zeros_like()).collect::<Vec<Tensor<2>>>();
    let (mut first, mut second) = (zeros(), zeros());
    let start = Instant::now();
    for (step, rows) in (1..).zip(&task.batches) {
        let rows = Tensor::<1, Int>::from_data(TensorData::from(self::labels(rows).as_slice()), &device);
        let leaves: Vec<Tensor<2>> = params.into_iter().map(|p| p.require_grad()).collect();
        let (x, y) = (inputs.clone().select(0, rows.clone()), labels.clone().select(0, rows));
        let grads = loss(&leaves, x, y).backward();
        let lr = task.rate(step);
        params = Vec::with_capacity(leaves.len());
        for (i, leaf) in leaves.into_iter().enumerate() {
            let grad = leaf.grad(&grads).ok_or("a parameter has no gradient")?;
            let update = match rule {
                Rule::Sgd => grad * lr,
                Rule::Momentum => {
                    first[i] = first[i].clone() * 0.9 + grad;
                    first[i].clone() * lr
                }
                Rule::Adam => {
                    first[i] = first[i].clone() * 0.9 + grad.clone() * 0.1;
                    second[i] = second[i].clone() * 0.999 + grad.clone() * grad * 0.001;
                    let m = first[i].clone() / (1.0 - 0.9_f64.powi(step as i32));
                    let v = second[i].clone() / (1.0 - 0.999_f64.powi(step as i32));
                    m * lr / (v.sqrt() + 1e-8)
                }
            };
            params.push(Tensor::from_inner(leaf.inner() - update));
        }
    }
    let seconds = since(start);
    let loss: f32 = loss(&params, inputs, labels).into_scalar();
    Ok((seconds, Some(f64::from(loss))))
}

fn classify(task: &Task, device: &Device) -> f64 {
    let params: Vec<Tensor<2>> = layers(task, device).into_iter().flat_map(|(w, b)| [w, b]).collect();
    let sets: Vec<Tensor<2>> = task.inputs.chunks_exact(2 * SET).map(|set| tensor(set, 2, device)).collect();
    let start = Instant::now();
    for set in sets {
        std::hint::black_box(forward(&params, set).into_data());
    }
    since(start)
}

fn forward(params: &[Tensor<2>], x: Tensor<2>) -> Tensor<2> {
    let last = params.len() / 2 - 1;
    params.chunks_exact(2).enumerate().fold(x, |x, (layer, params)| {
        let z = x.matmul(params[0].clone()) + params[1].clone();
        if layer < last { relu(z) } else { z }
    })
}

fn loss(params: &[Tensor<2>], x: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let n = labels.dims()[0];
    let log = log_softmax(forward(params, x), 1);
    -log.gather(1, labels.reshape([n, 1])).mean()
}

fn layers(task: &Task, device: &Device) -> Vec<Layer> {
    let layer = |(i, (w, b)): (usize, &(Vec<f32>, Vec<f32>))| {
        let columns = WIDTHS[i + 1];
        (tensor(w, columns, device), tensor(b, columns, device))
    };
    task.layers.iter().enumerate().map(layer).collect()
}

fn tensor(values: &[f32], columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / columns, columns]), device)
}

/// burn's indices are signed.
fn labels(labels: &[u32]) -> Vec<i64> {
    labels.iter().map(|label| i64::from(*label)).collect()
}
