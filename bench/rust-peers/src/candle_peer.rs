//! candle: variables on the CPU, its derivatives and optimizers; momentum, which it lacks, with its tensors.

use std::time::Instant;

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, SGD, loss::cross_entropy};

use crate::task::{Rule, SET, Task, WIDTHS};
use crate::{Failure, since};

/// Seconds of all steps, and the loss at the end.
pub fn run(task: &Task) -> std::result::Result<(f64, Option<f64>), Failure> {
    let device = &Device::Cpu;
    let params = variables(task, device)?;
    let Some(rule) = task.rule else { return Ok((classify(task, &params, device)?, None)) };
    let n = task.labels.len();
    let inputs = Tensor::from_slice(&task.inputs, (n, 2), device)?;
    let labels = Tensor::from_slice(&task.labels, n, device)?;
    let mut sgd = SGD::new(params.clone(), task.lr)?;
    let adam = ParamsAdamW { lr: task.lr, weight_decay: 0.0, ..ParamsAdamW::default() };
    let mut adam = AdamW::new(params.clone(), adam)?;
    let mut velocities = params.iter().map(|p| p.zeros_like()).collect::<Result<Vec<Tensor>>>()?;
    let start = Instant::now();
    for (step, rows) in (1..).zip(&task.batches) {
        let rows = Tensor::from_slice(rows, rows.len(), device)?;
        let (x, y) = (inputs.index_select(&rows, 0)?, labels.index_select(&rows, 0)?);
        let loss = cross_entropy(&forward(&params, &x)?, &y)?;
        let lr = task.rate(step);
        match rule {
            Rule::Sgd => {
                sgd.set_learning_rate(lr);
                sgd.backward_step(&loss)?;
            }
            Rule::Adam => {
                adam.set_learning_rate(lr);
                adam.backward_step(&loss)?;
            }
            Rule::Momentum => {
                let grads = loss.backward()?;
                for (param, velocity) in params.iter().zip(&mut velocities) {
                    let grad = grads.get(param).ok_or("a parameter has no gradient")?;
                    *velocity = ((&*velocity * 0.9)? + grad)?;
                    param.set(&(param.as_tensor() - (&*velocity * lr)?)?)?;
                }
            }
        }
    }
    let seconds = since(start);
    let loss = cross_entropy(&forward(&params, &inputs)?, &labels)?.to_scalar::<f32>()?;
    Ok((seconds, Some(f64::from(loss))))
}

fn classify(task: &Task, params: &[Var], device: &Device) -> Result<f64> {
    let sets = task.inputs.chunks_exact(2 * SET);
    let sets = sets.map(|set| Tensor::from_slice(set, (SET, 2), device)).collect::<Result<Vec<Tensor>>>()?;
    let start = Instant::now();
    for set in &sets {
        std::hint::black_box(forward(params, set)?);
    }
    Ok(since(start))
}

fn forward(params: &[Var], x: &Tensor) -> Result<Tensor> {
    let last = params.len() / 2 - 1;
    let mut x = x.clone();
    for (layer, params) in params.chunks_exact(2).enumerate() {
        let z = x.matmul(&params[0])?.broadcast_add(&params[1])?;
        x = if layer < last { z.relu()? } else { z };
    }
    Ok(x)
}

/// Weight and bias of each layer in turn.
fn variables(task: &Task, device: &Device) -> Result<Vec<Var>> {
    let mut all = Vec::new();
    for (i, (weights, biases)) in task.layers.iter().enumerate() {
        all.push(Var::from_slice(weights, (WIDTHS[i], WIDTHS[i + 1]), device)?);
        all.push(Var::from_slice(biases, WIDTHS[i + 1], device)?);
    }
    Ok(all)
}
