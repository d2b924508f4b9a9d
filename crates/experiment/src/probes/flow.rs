//! A flow beside the run, from its own starting point.

use thalweg_datasets::Order;
use thalweg_landscape::flows::{Companion, Flow as Flowing, FlowError};
use thalweg_landscape::spectrum::{Hessian, Lanczos, SpectrumError, Wanted};
use thalweg_landscape::theory::gradient_descent_edge;
use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_numeric::{Objective, Stream, vector};
use thalweg_optimizers::Schedule;

use super::check::within;
use super::{Extent, Measure, Measurement, ProbeInput};
use crate::checkpoint::State;
use crate::file::{Flow, FlowKind, RunSpec, Task};

/// Parameters of the largest network: each step takes products with the whole Hessian.
const MOST_PARAMETERS: usize = 10_000;
/// How the largest eigenvalues are found. Their error is of the order of the square of the residual.
const LARGEST: Wanted = Wanted { top: 1, bottom: 0, tolerance: NonNegative::of(1e-4), steps: Count::of(100) };

/// How far a flow has been followed, and where the run was then.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    step: u64,
    /// θ of the run; empty before the first look.
    run: Vec<f64>,
    /// θ of the flow; empty once it has no further course.
    flow: Vec<f64>,
}

impl Followed {
    /// Names all that later looks depend on.
    pub(crate) fn visit(&mut self, probe: &str, state: &mut State) {
        state.plain(&format!("probe.{probe}.flow.step"), &mut self.step);
        state.list(&format!("probe.{probe}.flow.run"), &mut self.run);
        state.list(&format!("probe.{probe}.flow.flow"), &mut self.flow);
    }
}

impl Measure for Flow {
    fn quantities(&self, spec: &RunSpec) -> Vec<String> {
        let with_prediction = |name: &str| ["", ".predicted", ".ratio"].map(|end| format!("{name}{end}"));
        let mut names = vec!["loss".to_owned(), "distance".to_owned()];
        names.extend(["top-1", "run.loss", "run.top-1"].into_iter().flat_map(with_prediction));
        if self.of == FlowKind::Central {
            names.push("oscillation".to_owned());
            // What two steps are needed for.
            if spec.task.steps() > 1 && self.average.get() > 1 {
                names.extend(with_prediction("run.oscillation"));
            }
        }
        names
    }

    fn check(&self, spec: &RunSpec, extent: &Extent) -> Vec<(&'static str, String)> {
        let mut complaints = Vec::new();
        if !spec.is_descent() {
            let text = "flows are known of sgd without transforms and groups, not of momentum, RMSProp, Adam and the \
                        other rules";
            complaints.push(("kind", text.to_owned()));
        }
        if spec.fork.is_some() {
            complaints
                .push(("kind", "a flow has the settings of a whole run, and this one has a fork".to_owned()));
        }
        if let Task::Learning(task) = &spec.task {
            if task.train.order == Order::WithReplacement {
                let text = "a flow is followed beside full batches, and train.order = \"with-replacement\" draws others";
                complaints.push(("kind", text.to_owned()));
            } else if task.train.batch_size.size() < extent.n_all {
                let text = format!(
                    "a flow is followed beside full batches: found train.batch-size = {}, expected {}",
                    task.train.batch_size.get(),
                    extent.n_all
                );
                complaints.push(("kind", text));
            }
            if task.drops_units() {
                let text = "a flow is followed beside full batches, and train.dropout makes others of them";
                complaints.push(("kind", text.to_owned()));
            }
        }
        if extent.n_samples < extent.n_all {
            let text = format!(
                "found {}, expected all {}: a flow follows the loss of the run",
                extent.n_samples, extent.n_all
            );
            complaints.push(("samples", text));
        }
        if extent.dim > MOST_PARAMETERS {
            let text = format!(
                "found {} parameters, expected at most {MOST_PARAMETERS}: each step takes about {} products with the \
                 Hessian",
                extent.dim,
                self.modes.get() + 2
            );
            complaints.push(("kind", text));
        }
        if self.of == FlowKind::Central && spec.schedule.constant().is_none() {
            let text = "the central flow is known of a constant learning rate: schedule.kind = \"constant\"";
            complaints.push(("of", text.to_owned()));
        }
        complaints.extend(within("modes", self.modes.get(), (1, 8)));
        complaints
    }

    fn follows(&self) -> bool {
        true
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let mut measurement = Measurement::default();
        let mut followed = std::mem::take(input.followed);
        if followed.run.is_empty() {
            (followed.run, followed.flow) = (input.start.to_vec(), input.start.to_vec());
        }
        if !followed.flow.is_empty() && self.fill(input, &mut followed, &mut measurement).is_err() {
            followed.flow.clear();
        }
        input.params.clone_into(&mut followed.run);
        followed.step = input.step;
        *input.followed = followed;
        measurement
    }
}

impl Flow {
    /// Follows run and flow from the last look to this one.
    fn fill(
        &self,
        input: &mut ProbeInput<'_>,
        followed: &mut Followed,
        measurement: &mut Measurement,
    ) -> Result<(), FlowError> {
        let (step, schedule) = (input.step, &input.spec.schedule);
        let (mut objective, params, stream) = input.objective();
        let mut flow = Flowing::new(self.companion(), std::mem::take(&mut followed.flow));
        let means = self.means(&mut *objective, (&*followed, &mut flow), (params, step), schedule, stream)?;
        let place = flow.params().to_vec();
        measurement.value("loss", objective.value(&place));
        let mut top = |place: &[f64]| largest(&mut *objective, place, stream);
        measurement.value("top-1", top(&place)?);
        measurement.predict("top-1", gradient_descent_edge(schedule.at(step + 1)));
        measurement.value("distance", distance(&means.run, &means.flow));
        measurement.value("run.loss", means.loss);
        measurement.predict("run.loss", means.predicted);
        measurement.value("run.top-1", top(&means.run)?);
        measurement.predict("run.top-1", top(&means.flow)?);
        if self.of == FlowKind::Central {
            measurement.value("oscillation", means.oscillation);
            if means.oscillates > 0 {
                measurement.value("run.oscillation", means.measured);
                measurement.predict("run.oscillation", means.oscillation);
            }
        }
        followed.flow = place;
        Ok(())
    }

    fn means(
        &self,
        objective: &mut dyn Objective<f64>,
        (followed, flow): (&Followed, &mut Flowing),
        (params, step): (&[f64], u64),
        schedule: &Schedule,
        stream: &mut Stream,
    ) -> Result<Means, FlowError> {
        let counts_after = step.saturating_sub(self.average.get()).max(followed.step);
        let (mut run, mut grad) = (followed.run.clone(), vec![0.0; params.len()]);
        let mut means = Means::new(params.len());
        // The last two steps of the run.
        let mut moves: [Option<Vec<f64>>; 2] = [None, None];
        for now in followed.step + 1..=step {
            let before = run.clone();
            let lr = schedule.at(now);
            if now == step {
                // What rounding makes of a step in single precision may not be left out here.
                run.copy_from_slice(params);
            } else {
                objective.descend(lr, &mut run, &mut grad);
            }
            let passed = flow.advance(objective, lr, stream)?;
            if now > counts_after {
                let losses = [objective.value(&run), objective.value(flow.params()) + passed.excess];
                means.add([&run, flow.params()], losses, passed.oscillation);
                moves = [
                    moves[1].take(),
                    Some(run.iter().zip(&before).map(|(run, before)| run - before).collect()),
                ];
                if let [Some(first), Some(second)] = &moves {
                    means.turn(first, second);
                }
            }
        }
        if means.n == 0.0 {
            let losses = [objective.value(params), objective.value(flow.params())];
            means.add([params, flow.params()], losses, 0.0);
        }
        Ok(means.over())
    }

    fn companion(&self) -> Companion {
        match self.of {
            FlowKind::Gradient => Companion::Gradient,
            FlowKind::Modified => Companion::Modified,
            FlowKind::Central => Companion::Central { modes: self.modes },
        }
    }
}

/// Means over some steps.
struct Means {
    n: f64,
    /// The mean places.
    run: Vec<f64>,
    flow: Vec<f64>,
    /// Of the run, and what the flow predicts of it.
    loss: f64,
    predicted: f64,
    /// tr Σ of the flow.
    oscillation: f64,
    /// The same, measured over so many pairs of steps of the run.
    measured: f64,
    oscillates: u32,
}

impl Means {
    fn new(dim: usize) -> Self {
        let (run, flow) = (vec![0.0; dim], vec![0.0; dim]);
        Self { n: 0.0, run, flow, loss: 0.0, predicted: 0.0, oscillation: 0.0, measured: 0.0, oscillates: 0 }
    }

    fn add(&mut self, [run, flow]: [&[f64]; 2], [loss, predicted]: [f64; 2], oscillation: f64) {
        self.n += 1.0;
        vector::axpy(1.0, run, &mut self.run);
        vector::axpy(1.0, flow, &mut self.flow);
        self.loss += loss;
        self.predicted += predicted;
        self.oscillation += oscillation;
    }

    /// Adds ‖b − a‖²/16 of two steps in turn: a², if they go from (−1)ᵗ a to (−1)ᵗ⁺¹ a around a place.
    fn turn(&mut self, a: &[f64], b: &[f64]) {
        self.measured += distance(a, b).powi(2) / 16.0;
        self.oscillates += 1;
    }

    fn over(mut self) -> Self {
        self.run.iter_mut().chain(&mut self.flow).for_each(|x| *x /= self.n);
        self.loss /= self.n;
        self.predicted /= self.n;
        self.oscillation /= self.n;
        self.measured /= f64::from(self.oscillates);
        self
    }
}

fn largest(
    objective: &mut dyn Objective<f64>,
    place: &[f64],
    stream: &mut Stream,
) -> Result<f64, SpectrumError> {
    let mut hessian = Hessian { objective, params: place };
    Ok(Lanczos::new(place.len(), LARGEST).run(&mut hessian, stream)?.top[0].value)
}

/// ‖a − b‖
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}
