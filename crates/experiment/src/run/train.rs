//! The training loop.

use ndarray::{Array2, s};
use thalweg_datasets::{Dataset, Sampler};
use thalweg_network::{ArrayScale, Dropout, Init, Network, OnBatch, Targets, WithDropout};
use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, Stream, Streams, vector};
use thalweg_optimizers::{Optimizer, Scale, Schedule};

use crate::checkpoint::State;
use crate::file::{Fork, Learning, RunSpec};
use crate::inputs::{Answers, Inputs};
use crate::run::rows::{BLOCK, Rows};

/// A network in training: parameters, batches and update rule. A step allocates nothing.
pub(crate) struct Trainer<F: Real> {
    pub(crate) network: Network<F>,
    pub(crate) params: Aligned<F>,
    inputs: Rows<F>,
    answers: Answers<F>,
    optimizer: Optimizer<F>,
    schedule: Schedule,
    /// Steps before its time 0.
    schedule_begins: u64,
    sampler: Sampler,
    /// The hidden units that a step leaves out, and what chooses them; nothing if it leaves out none.
    dropout: Option<(Dropout<F>, Stream)>,
    batch_inputs: Array2<F>,
    batch_answers: Answers<F>,
    /// Updates taken so far.
    pub(crate) step: u64,
}

impl<F: Real> Trainer<F> {
    pub(crate) fn new(
        spec: &RunSpec,
        task: &Learning,
        files: &Inputs,
        data: &Dataset,
        streams: Streams,
    ) -> Self {
        let (n_samples, n_features) = data.inputs.dim();
        let architecture = task.model.architecture(n_features, data.n_outputs());
        let answers = Answers::of(data);
        let scales = task.model.scales(&architecture);
        let params: Vec<F> = match (&task.model.init, &files.weights) {
            (Init::File(_), Some(weights)) => architecture.from_tensors(weights),
            (init, _) => architecture.draw_scaled(init, &scales, &mut streams.stream("init", 0)),
        }
        .expect("the plan has checked the weights");
        let batch_size = task.train.batch_size.size();
        let dropout = || {
            let units = Dropout::new(&architecture, task.train.dropout, batch_size);
            (units, streams.stream("dropout", 0))
        };
        let of_batches = task.train.seed.map_or(streams, |seed| Streams::new(seed, spec.replicate));
        Self {
            network: Network::new(&architecture, task.model.numerics, batch_size.max(BLOCK.min(n_samples)))
                .expect("the plan has checked the numerics"),
            optimizer: spec.optimizer.build_scaled(
                &architecture.layout(),
                &scales.into_iter().map(scale).collect::<Vec<_>>(),
                streams.stream("noise", 0),
            ),
            schedule: spec.schedule.clone(),
            schedule_begins: spec.schedule_begins,
            sampler: Sampler::new(task.train.order, n_samples, batch_size, of_batches.stream("batches", 0)),
            dropout: task.drops_units().then(dropout),
            batch_inputs: Array2::from_elem((batch_size, n_features), F::ZERO),
            batch_answers: answers.room(batch_size),
            inputs: Rows::new(&data.inputs),
            answers,
            params: aligned::copy(&params),
            step: 0,
        }
    }

    /// Takes steps until `end` have been taken in all.
    ///
    /// # Errors
    /// The step whose batch loss is not finite; its update is not made.
    pub(crate) fn advance(&mut self, end: u64) -> Result<(), u64> {
        while self.step < end {
            self.step += 1;
            let rows = self.gather();
            let mut batch = OnBatch {
                network: &mut self.network,
                inputs: self.batch_inputs.slice(s![..rows, ..]),
                targets: self.batch_answers.targets(0..rows),
            };
            let lr = self.schedule.at(self.step - self.schedule_begins);
            let loss = match &mut self.dropout {
                None => self.optimizer.step(lr, &mut self.params, &mut batch),
                Some((dropout, stream)) => {
                    dropout.draw(rows, stream);
                    self.optimizer.step(lr, &mut self.params, &mut WithDropout { batch, dropout })
                }
            };
            if !loss.is_finite() {
                return Err(self.step);
            }
        }
        Ok(())
    }

    /// Goes on where `parent` has stopped, with all that the settings after the `fork` leave as it was.
    pub(crate) fn go_on(&mut self, mut parent: Self, fork: &Fork, keeps_rule: bool) {
        self.params = aligned::copy(if keeps_rule { &parent.params } else { parent.answer() });
        self.optimizer.go_on(parent.optimizer, keeps_rule);
        if fork.train.as_ref().is_none_or(|train| train.seed.is_none()) {
            self.sampler.go_on(parent.sampler, fork.data.is_none());
        }
        if let (Some((_, stream)), Some((_, of_parent))) = (&mut self.dropout, parent.dropout) {
            *stream = of_parent;
        }
        self.step = parent.step;
    }

    /// Scores all training data at the optimizer's answer.
    pub(crate) fn score(&mut self, scores: &mut Scores<F>) {
        let answer = self.optimizer.answer(&self.params);
        scores.compute(&mut self.network, answer, &self.inputs, &self.answers);
    }

    /// The optimizer's answer so far.
    pub(crate) fn answer(&mut self) -> &[F] {
        self.optimizer.answer(&self.params)
    }

    /// The optimizer's diagonal P; empty if it has none.
    pub(crate) fn preconditioner(&self) -> Vec<F> {
        self.optimizer.preconditioner()
    }

    /// Ends the training: the parameters become the optimizer's answer.
    pub(crate) fn settle(&mut self) {
        self.params = aligned::copy(self.answer());
    }

    /// Names all that its further course depends on.
    pub(crate) fn visit(&mut self, state: &mut State) {
        state.floats("params", &mut self.params);
        state.optimizer(&mut self.optimizer);
        state.plain("sampler", &mut self.sampler);
        state.plain("step", &mut self.step);
        if let Some((_, stream)) = &mut self.dropout {
            state.plain("dropout", stream);
        }
    }

    /// Whether the parameters are still numbers.
    pub(crate) fn is_finite(&self) -> bool {
        vector::all_finite(&self.params)
    }

    /// Copies the next batch together; its number of rows.
    fn gather(&mut self) -> usize {
        let batch = self.sampler.next_batch();
        self.inputs.gather(batch, &mut self.batch_inputs);
        self.answers.gather(batch, &mut self.batch_answers);
        batch.len()
    }
}

/// What an optimizer is told of the parametrisation of an array.
fn scale(array: ArrayScale) -> Scale {
    let ArrayScale { multiplier, linear_rate, invariant_rate, .. } = array;
    Scale { multiplier, linear_rate, invariant_rate }
}

/// Loss and correctness of each row.
#[derive(Debug)]
pub(crate) struct Scores<F> {
    pub(crate) losses: Vec<F>,
    /// Of classes; nothing is correct of numbers.
    pub(crate) correct: Vec<bool>,
}

impl<F: Real> Scores<F> {
    pub(crate) fn new(rows: usize) -> Self {
        Self { losses: vec![F::ZERO; rows], correct: vec![false; rows] }
    }

    pub(crate) fn compute(
        &mut self,
        network: &mut Network<F>,
        params: &[F],
        inputs: &Rows<F>,
        answers: &Answers<F>,
    ) {
        inputs.blocks(|start, rows| {
            let these = start..start + rows.nrows();
            let (losses, targets) = (&mut self.losses[these.clone()], answers.targets(these.clone()));
            match targets {
                Targets::Classes(labels) => {
                    network.scores(params, rows, labels, losses, &mut self.correct[these]);
                }
                Targets::Numbers(_) => network.losses(params, rows, targets, losses),
            }
        });
    }

    /// Mean loss, summed in f64 in the order of the rows.
    pub(crate) fn loss(&self) -> f64 {
        self.losses.iter().map(|loss| loss.to_f64()).sum::<f64>() / self.losses.len() as f64
    }

    /// Share of correct rows among those that `counts`; `None` if there are none.
    pub(crate) fn accuracy(&self, counts: impl Fn(usize) -> bool) -> Option<f64> {
        let rows = (0..self.correct.len()).filter(|row| counts(*row)).count();
        let right = (0..self.correct.len()).filter(|row| counts(*row) && self.correct[*row]).count();
        (rows > 0).then(|| right as f64 / rows as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Task;
    use crate::run::data::training_data;

    #[test]
    fn a_training_step_allocates_nothing() {
        for precision in ["f32", "f64"] {
            for (of_model, of_train) in [
                ("", ""),
                (", residual = true", ""),
                (", normalisation = 'layer'", ""),
                ("", ", dropout = 0.3"),
                (", normalisation = 'layer', residual = true", ", dropout = 0.3"),
            ] {
                let spec = spec(precision, of_model, of_train);
                let count = match precision {
                    "f32" => allocations_of_steps::<f32>(&spec),
                    _ => allocations_of_steps::<f64>(&spec),
                };
                assert_eq!(
                    count, 0,
                    "{precision}{of_model}{of_train}: steps 2 to 100, through 24 short batches and new permutations"
                );
            }
        }
    }

    fn spec(precision: &str, of_model: &str, of_train: &str) -> RunSpec {
        let text = format!(
            "data = {{ kind = 'two-moons', samples = 29 }}
             model = {{ hidden = [9, 9, 5], precision = '{precision}'{of_model} }}
             optimizer = {{ kind = 'sgd' }}
             schedule = {{ kind = 'constant', initial = 0.01 }}
             train = {{ steps = 100, batch-size = 8{of_train} }}"
        );
        let table: toml::Table = toml::from_str(&text).unwrap();
        fn section<T: serde::de::DeserializeOwned>(table: &toml::Table, name: &str) -> T {
            table[name].clone().try_into().unwrap()
        }
        let task = Learning {
            data: section(&table, "data"),
            test: None,
            model: section(&table, "model"),
            train: section(&table, "train"),
            record: Default::default(),
        };
        RunSpec {
            seed: 1,
            data_seed: None,
            replicate: 0,
            task: Task::Learning(Box::new(task)),
            optimizer: section(&table, "optimizer"),
            schedule: section(&table, "schedule"),
            fork: None,
            schedule_begins: 0,
            probes: Vec::new(),
            files: Default::default(),
        }
    }

    fn allocations_of_steps<F: Real>(spec: &RunSpec) -> u64 {
        let (files, streams) = (Inputs::default(), Streams::new(spec.seed, spec.replicate));
        let Task::Learning(task) = &spec.task else { unreachable!("made above") };
        let data = training_data(task, &files, streams);
        let mut trainer = Trainer::<F>::new(spec, task, &files, &data, streams);
        trainer.advance(1).unwrap();
        allocation_counter::measure(|| trainer.advance(100).unwrap()).count_total
    }
}
