//! A run on a function in closed form.

use thalweg_numeric::objectives::{self, Beale, Rosenbrock};
use thalweg_numeric::{Layout, Objective, Stream, Streams, vector};
use thalweg_optimizers::Optimizer;
use thalweg_records::{Curve, Dtype, Metric, Status, Tensor};

use crate::checkpoint::{State, Stop};
use crate::file::{ClosedForm, Descent, RunSpec, Start};
use crate::outcome::{Curves, Outcome};
use crate::plan::Job;
use crate::probes::{Snapshot, Target};
use crate::run::subject::{Advance, Subject};

/// A point on its way down.
pub(crate) struct Descender<'a> {
    job: &'a Job,
    objective: Box<dyn Objective<f64>>,
    params: Vec<f64>,
    layout: Layout,
    optimizer: Optimizer<f64>,
    step: u64,
    /// θ*, if there is one minimum.
    minimum: Option<Vec<f64>>,
    /// ‖θ − θ*‖ at which there is nothing left to do.
    goal: Option<f64>,
    wells: Option<Wells>,
    curves: Curves,
}

/// How the time is divided between two wells.
struct Wells {
    objective: objectives::DoubleWell,
    /// The step after which counting begins; `None` counts nothing.
    after: Option<u64>,
    in_wide: u64,
    counted: u64,
    /// T, if it is constant and the dynamics are Langevin's.
    temperature: Option<f64>,
}

impl<'a> Descender<'a> {
    pub(crate) fn new(job: &'a Job, task: &Descent, streams: Streams) -> Self {
        let (objective, wells) = build(&job.spec, task);
        let params = task.start.draw(objective.dim(), &mut streams.stream("init", 0));
        let minimum = task.objective.minimum();
        let goal = minimum
            .as_ref()
            .zip(task.train.tolerance)
            .map(|(minimum, tolerance)| tolerance.get() * distance(&params, minimum));
        let layout = Layout::new([("point", vec![params.len()])]);
        Self {
            job,
            optimizer: job.spec.optimizer.build(&layout, streams.stream("noise", 0)),
            layout,
            step: 0,
            goal,
            minimum,
            wells,
            curves: Curves::default(),
            objective,
            params,
        }
    }
}

fn build(spec: &RunSpec, task: &Descent) -> (Box<dyn Objective<f64>>, Option<Wells>) {
    match &task.objective {
        ClosedForm::Quadratic(config) => {
            (Box::new(objectives::Quadratic::new(config.dim, config.condition)), None)
        }
        ClosedForm::Rosenbrock(_) => (Box::new(Rosenbrock), None),
        ClosedForm::Beale(_) => (Box::new(Beale), None),
        ClosedForm::DoubleWell(config) => {
            let objective = config.build().expect("the plan has checked the wells");
            let wells = Wells {
                objective: objective.clone(),
                after: task.record.occupation.as_ref().map(|occupation| occupation.after),
                in_wide: 0,
                counted: 0,
                temperature: spec.temperature(),
            };
            (Box::new(objective), Some(wells))
        }
    }
}

impl Start {
    fn draw(&self, dim: usize, stream: &mut Stream) -> Vec<f64> {
        match self {
            Self::Normal(normal) => (0..dim).map(|_| normal.scale.get() * stream.normal()).collect(),
            Self::Point(point) => point.at.iter().cycle().take(dim).map(|x| x.get()).collect(),
        }
    }
}

impl Subject for Descender<'_> {
    fn step(&self) -> u64 {
        self.step
    }

    fn advance(&mut self, end: u64) -> Result<Advance, u64> {
        while self.step < end {
            if self.job.fork_before(end) == Some(self.step) {
                self.fork();
            }
            self.step += 1;
            let lr = self.job.spec.learning_rate(self.step);
            if !self.optimizer.step(lr, &mut self.params, self.objective.as_mut()).is_finite() {
                return Err(self.step);
            }
            if let Some(wells) = &mut self.wells {
                wells.count(self.step, &self.params);
            }
            if self.is_at_goal() {
                return Ok(Advance::GoalReached);
            }
        }
        Ok(Advance::Taken)
    }

    fn evaluate(&mut self) -> Option<Advance> {
        let answer = self.optimizer.answer(&self.params);
        let loss = self.objective.value(answer);
        if !loss.is_finite() || !vector::all_finite(answer) {
            return None;
        }
        self.curves.push("loss", self.step, loss);
        if let Some(minimum) = &self.minimum {
            self.curves.push("distance", self.step, distance(answer, minimum));
        }
        if let Some(wells) = &self.wells {
            self.curves.push("wide.share", self.step, wells.share(answer));
        }
        Some(Advance::Taken)
    }

    fn curves(&self) -> &[Curve] {
        &self.curves.all
    }

    fn snapshot(&mut self) -> Snapshot<'_> {
        Snapshot {
            params: self.optimizer.answer(&self.params).to_vec(),
            preconditioner: self.optimizer.preconditioner(),
            layout: self.layout.clone(),
            target: Target::ClosedForm(self.objective.as_mut()),
        }
    }

    fn visit(&mut self, state: &mut State) {
        if state.saved("step").is_some_and(|step| self.job.fork_before(step).is_some()) {
            self.fork();
        }
        state.floats("params", &mut self.params);
        state.optimizer(&mut self.optimizer);
        state.plain("step", &mut self.step);
        state.plain("curves", &mut self.curves.all);
        if let Some(wells) = &mut self.wells {
            state.plain("wells.in-wide", &mut wells.in_wide);
            state.plain("wells.counted", &mut wells.counted);
        }
    }

    fn finish(mut self: Box<Self>, status: &Status, _stop: Stop<'_>) -> Outcome {
        let mut metrics = Vec::new();
        if *status == Status::Completed {
            metrics = self.curves.last();
            for share in metrics.iter_mut().filter(|metric| metric.name == "wide.share") {
                share.counted_over = Some(self.params.len() as u64);
            }
            if self.is_at_goal() {
                metrics.push(Metric::new("steps-to-tolerance", self.step as f64));
            }
            metrics.extend(self.wells.iter().flat_map(Wells::describe));
        }
        let (shape, data) = (vec![self.params.len()], self.optimizer.answer(&self.params).to_vec());
        let params = vec![Tensor { name: "point".to_owned(), shape, data, dtype: Dtype::F64 }];
        Outcome { metrics, curves: self.curves.all, samples: Vec::new(), params, fields: Vec::new() }
    }
}

impl Descender<'_> {
    /// Goes on with the settings after the fork.
    fn fork(&mut self) {
        let job = self.job;
        let Some(after) = &job.after else { return };
        let (noise, keeps_rule) = (after.spec.streams().stream("noise", 0), job.spec.keeps_rule());
        if !keeps_rule {
            self.params = self.optimizer.answer(&self.params).to_vec();
        }
        let optimizer = after.spec.optimizer.build(&self.layout, noise);
        let parent = std::mem::replace(&mut self.optimizer, optimizer);
        self.optimizer.go_on(parent, keeps_rule);
        if let Some(wells) = &mut self.wells {
            wells.temperature = after.spec.temperature();
        }
        self.job = after;
    }

    fn is_at_goal(&mut self) -> bool {
        let pair = self.goal.zip(self.minimum.as_ref());
        pair.is_some_and(|(goal, minimum)| distance(self.optimizer.answer(&self.params), minimum) <= goal)
    }
}

/// ‖a − b‖
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

impl Wells {
    fn count(&mut self, step: u64, params: &[f64]) {
        if self.after.is_some_and(|after| step > after) {
            self.in_wide += params.iter().filter(|x| self.objective.in_wide(**x)).count() as u64;
            self.counted += params.len() as u64;
        }
    }

    /// The coordinates that are in the wide well now.
    fn share(&self, params: &[f64]) -> f64 {
        params.iter().filter(|x| self.objective.in_wide(**x)).count() as f64 / params.len() as f64
    }

    /// What was counted, beside what statistical mechanics predict.
    fn describe(&self) -> Vec<Metric> {
        let mut metrics = Vec::new();
        let occupation = (self.counted > 0).then(|| self.in_wide as f64 / self.counted as f64);
        metrics.extend(occupation.map(|share| Metric::new("wide.occupation", share)));
        if let Some(temperature) = self.temperature {
            let gibbs = self.objective.gibbs_wide(temperature);
            metrics.push(Metric::new("wide.gibbs", gibbs));
            metrics.push(Metric::new("wide.harmonic", self.objective.harmonic_wide(temperature)));
            metrics.extend(occupation.map(|share| Metric::new("wide.deviation", (share - gibbs).abs())));
        }
        metrics
    }
}
