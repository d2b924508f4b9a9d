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
use thalweg_records::{Array, Checkpoint, Dtype, Tensor};

/// Values by the names of the parts that have them. Long arrays are held once, in their own precision.
pub(crate) struct State<'a> {
    numbers: Map<String, Value>,
    arrays: Vec<Array>,
    /// What is put in place of the values, if they are not taken.
    saved: Option<Saved<'a>>,
    /// Whether every part found its value.
    is_whole: bool,
}

/// The values of a checkpoint.
struct Saved<'a> {
    numbers: &'a Value,
    arrays: BTreeMap<&'a str, &'a Array>,
}

impl<'a> State<'a> {
    /// Takes values.
    pub(crate) fn saving() -> Self {
        Self { numbers: Map::new(), arrays: Vec::new(), saved: None, is_whole: true }
    }

    /// Gives the values of a checkpoint.
    pub(crate) fn loading(checkpoint: &'a Checkpoint) -> Self {
        let arrays = checkpoint.arrays.iter().map(|array| (array.name.as_str(), array)).collect();
        Self { saved: Some(Saved { numbers: &checkpoint.numbers, arrays }), ..Self::saving() }
    }

    /// What was taken.
    pub(crate) fn into_checkpoint(self, key: &str) -> Checkpoint {
        Checkpoint { key: key.to_owned(), numbers: Value::Object(self.numbers), arrays: self.arrays }
    }

    /// Whether every part found its value.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The saved value of a part that JSON holds; `None` if there is none or values are taken.
    pub(crate) fn saved<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.saved.as_ref()?.numbers.get(name)?).ok()
    }

    /// A part that JSON holds: whole numbers, text, finite numbers.
    pub(crate) fn plain<T: Serialize + DeserializeOwned>(&mut self, name: &str, part: &mut T) {
        let Some(saved) = &self.saved else {
            let value = serde_json::to_value(part).expect("the state of a run is plain data");
            self.numbers.insert(name.to_owned(), value);
            return;
        };
        match saved.numbers.get(name).and_then(|value| T::deserialize(value).ok()) {
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
        let dtype = if size_of::<F>() == size_of::<f32>() { Dtype::F32 } else { Dtype::F64 };
        let taken = || Array::new(name, vec![part.len()], dtype, part.iter().map(|x| x.to_f64()));
        let Some(array) = self.array(name, taken).filter(|array| array.len() == part.len()) else {
            // It was taken, or is not there.
            self.is_whole &= self.saved.is_none();
            return;
        };
        for (x, saved) in part.iter_mut().zip(array.numbers()) {
            *x = F::from_f64(saved);
        }
    }

    /// As many numbers as there are.
    pub(crate) fn list(&mut self, name: &str, part: &mut Vec<f64>) {
        let taken = || Array::new(name, vec![part.len()], Dtype::F64, part.iter().copied());
        if let Some(array) = self.array(name, taken) {
            *part = array.numbers().collect();
        }
    }

    /// An array.
    pub(crate) fn tensor(&mut self, name: &str, part: &mut Tensor) {
        let taken = || Array::new(name, part.shape.clone(), part.dtype, part.data.iter().copied());
        if let Some(array) = self.array(name, taken) {
            let data = array.numbers().collect();
            *part = Tensor { name: part.name.clone(), shape: array.shape.clone(), data, dtype: array.dtype };
        }
    }

    /// Takes an array, or finds the saved one.
    fn array(&mut self, name: &str, taken: impl FnOnce() -> Array) -> Option<&'a Array> {
        let Some(saved) = &self.saved else {
            self.arrays.push(taken());
            return None;
        };
        let found = saved.arrays.get(name).copied();
        self.is_whole &= found.is_some();
        found
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
