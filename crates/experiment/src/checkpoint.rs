//! The state of a run, saved and restored by one description of it; and the wish to stop.
//!
//! Whatever has a state names its parts to a [`State`], which either takes their values or puts saved ones in
//! their place. So nothing can be saved and not restored.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thalweg_numeric::{Objective, Real, Stream};
use thalweg_optimizers::Optimizer;
use thalweg_records::{Checkpoint, Dtype, Tensor};

/// Values by the names of the parts that have them.
pub(crate) struct State {
    numbers: Map<String, Value>,
    tensors: BTreeMap<String, Tensor>,
    is_loading: bool,
    /// Whether every part found its value.
    is_whole: bool,
}

impl State {
    /// Takes values.
    pub(crate) fn saving() -> Self {
        Self { numbers: Map::new(), tensors: BTreeMap::new(), is_loading: false, is_whole: true }
    }

    /// Gives the values of a checkpoint.
    pub(crate) fn loading(checkpoint: &Checkpoint) -> Self {
        let named = |tensor: &Tensor| (tensor.name.clone(), tensor.clone());
        Self {
            numbers: checkpoint.numbers.as_object().cloned().unwrap_or_default(),
            tensors: checkpoint.tensors.iter().map(named).collect(),
            is_loading: true,
            is_whole: true,
        }
    }

    /// What was taken.
    pub(crate) fn into_checkpoint(self, key: &str) -> Checkpoint {
        let tensors = self.tensors.into_values().collect();
        Checkpoint { key: key.to_owned(), numbers: Value::Object(self.numbers), tensors }
    }

    /// Whether every part found its value.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// A part that JSON holds: whole numbers, text, finite numbers.
    pub(crate) fn plain<T: Serialize + DeserializeOwned>(&mut self, name: &str, part: &mut T) {
        if !self.is_loading {
            let value = serde_json::to_value(part).expect("the state of a run is plain data");
            self.numbers.insert(name.to_owned(), value);
            return;
        }
        match self.numbers.remove(name).and_then(|value| serde_json::from_value(value).ok()) {
            Some(value) => *part = value,
            None => self.is_whole = false,
        }
    }

    /// A number, to the bit.
    pub(crate) fn number(&mut self, name: &str, part: &mut f64) {
        let mut bits = part.to_bits();
        self.plain(name, &mut bits);
        *part = f64::from_bits(bits);
    }

    /// Numbers whose length does not change.
    pub(crate) fn floats<F: Real>(&mut self, name: &str, part: &mut [F]) {
        let mut list: Vec<f64> = part.iter().map(|x| x.to_f64()).collect();
        self.list(name, &mut list);
        if list.len() != part.len() {
            self.is_whole = false;
            return;
        }
        for (x, saved) in part.iter_mut().zip(list) {
            *x = F::from_f64(saved);
        }
    }

    /// As many numbers as there are.
    pub(crate) fn list(&mut self, name: &str, part: &mut Vec<f64>) {
        let mut tensor = Tensor {
            name: name.to_owned(),
            shape: vec![part.len()],
            data: std::mem::take(part),
            dtype: Dtype::F64,
        };
        self.tensor(name, &mut tensor);
        *part = tensor.data;
    }

    /// An array.
    pub(crate) fn tensor(&mut self, name: &str, part: &mut Tensor) {
        if !self.is_loading {
            self.tensors.insert(name.to_owned(), Tensor { name: name.to_owned(), ..part.clone() });
            return;
        }
        match self.tensors.remove(name) {
            Some(tensor) => *part = Tensor { name: part.name.clone(), ..tensor },
            None => self.is_whole = false,
        }
    }

    /// What an optimizer remembers.
    pub(crate) fn optimizer<F: Real>(&mut self, part: &mut Optimizer<F>) {
        let (memory, noise): (_, &mut Stream) = part.memory();
        for (i, (name, scalar)) in memory.scalars.into_iter().enumerate() {
            self.number(&format!("optimizer.{i}.{name}"), scalar);
        }
        for (i, (name, vector)) in memory.vectors.into_iter().enumerate() {
            self.floats(&format!("optimizer.{i}.{name}"), vector);
        }
        self.plain("optimizer.noise", noise);
    }
}

/// The run was stopped from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// Whether somebody wants to stop.
#[derive(Clone, Copy)]
pub(crate) struct Stop<'a>(pub(crate) &'a AtomicBool);

impl Stop<'_> {
    pub(crate) fn is_wanted(self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Leaves what is being done if somebody wants to stop: unwinds with [`Cancelled`], through whatever
    /// loops, and without a word. The state of the run is lost with it.
    pub(crate) fn check(self) {
        if self.is_wanted() {
            resume_unwind(Box::new(Cancelled));
        }
    }
}

/// A function that is not evaluated any more when somebody wants to stop.
pub(crate) struct Stoppable<'a, O> {
    pub(crate) objective: O,
    pub(crate) stop: Stop<'a>,
}

impl<F: Real, O: Objective<F>> Objective<F> for Stoppable<'_, O> {
    fn dim(&self) -> usize {
        self.objective.dim()
    }

    fn value(&mut self, params: &[F]) -> F {
        self.stop.check();
        self.objective.value(params)
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        self.stop.check();
        self.objective.gradient(params, grad)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        self.stop.check();
        self.objective.hessian_vector(params, v, out);
    }
}
