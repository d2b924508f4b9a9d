//! Eigenvalues of the Hessian, and the edge of stability beside the largest.

use ndarray::ArrayView2;
use thalweg_landscape::spectrum::{
    FromFn, Lanczos, Operator, Preconditioned, SpectrumError, Wanted, hutchinson,
};
use thalweg_landscape::theory;
use thalweg_network::{Network, Normalisation, Targets};
use thalweg_numeric::Real;
use thalweg_numeric::bounded::NonNegative;
use thalweg_optimizers::Dynamics;

use super::check::room;
use super::{Extent, Measure, Measurement, ProbeInput, Target};
use crate::file::{Matrix, Precision, RunSpec, Spectrum, Task};

/// Writes the product of a matrix and its first argument into the second.
type Product<'a> = Box<dyn FnMut(&[f64], &mut [f64]) + 'a>;

impl Spectrum {
    fn names(&self) -> Vec<String> {
        let top = (1..=self.top).map(|i| format!("top-{i}"));
        top.chain((1..=self.bottom).map(|i| format!("bottom-{i}"))).collect()
    }

    fn fill(&self, input: &mut ProbeInput<'_>, measurement: &mut Measurement) -> Result<(), SpectrumError> {
        let (preconditioner, dim) = (input.preconditioner, input.params.len());
        let (params, samples, stream, stop) = (input.params, input.samples, &mut input.stream, input.stop);
        let single: Vec<f32>;
        let mut multiply: Product<'_> = match &mut input.target {
            Target::ClosedForm(objective) => Box::new(|v, out| objective.hessian_vector(params, v, out)),
            Target::Network(learned) => match self.precision {
                Precision::F64 => self.of_network(learned.with(samples), params, measurement),
                Precision::F32 => {
                    single = params.iter().map(|x| *x as f32).collect();
                    self.of_network(learned.single(samples), &single, measurement)
                }
            },
        };
        let mut products = 0_u32;
        let product = |v: &[f64], out: &mut [f64]| {
            stop.check();
            multiply(v, out);
            products += 1;
        };
        let mut plain = FromFn { dim, product };
        let mut scaled;
        let operator: &mut dyn Operator = if self.of == Matrix::Preconditioned {
            scaled = Preconditioned::new(&mut plain, preconditioner)?;
            &mut scaled
        } else {
            &mut plain
        };
        if self.top + self.bottom > 0 {
            let wanted = Wanted {
                top: self.top as usize,
                bottom: self.bottom as usize,
                tolerance: NonNegative::of(self.tolerance.get()),
                steps: self.steps,
            };
            let mut lanczos = Lanczos::new(dim, wanted);
            let found = lanczos.run(operator, stream)?;
            let pairs = || found.top.iter().chain(found.bottom);
            for (name, pair) in self.names().iter().zip(pairs()) {
                measurement.value(name, pair.value);
            }
            measurement.value("residual", pairs().map(|pair| pair.residual).fold(0.0, f64::max));
        }
        if let Some(samples) = self.trace_samples {
            let trace = hutchinson(operator, samples, stream)?;
            measurement.value("trace", trace.value);
            measurement.value("trace.se", trace.standard_error);
        }
        measurement.value("products", f64::from(products));
        Ok(())
    }

    fn check_exact_trace(&self, spec: &RunSpec) -> Option<(&'static str, String)> {
        let text = match (&spec.task, self.of) {
            _ if !self.exact_trace => return None,
            _ if self.trace_samples.is_some() => "trace-samples asks for an estimate of the same",
            (Task::Descent(_), _) => "only that of a network is known",
            (Task::Learning(_), Matrix::GaussNewton) => return None,
            (Task::Learning(task), Matrix::Hessian) if !task.model.whole_loss().is_convex() => {
                "not known of the focal loss; hint: trace-samples"
            }
            (Task::Learning(task), Matrix::Hessian) if task.model.normalisation != Normalisation::None => {
                "not known of a network with layer normalisation; hint: trace-samples"
            }
            (Task::Learning(task), Matrix::Hessian)
                if task.model.activation.is_straight() || task.model.hidden.is_empty() =>
            {
                return None;
            }
            (Task::Learning(_), Matrix::Hessian) => {
                "only known for the activations relu, leaky-relu and identity, or without hidden layers; hint: \
                 trace-samples"
            }
            (Task::Learning(_), Matrix::Preconditioned) => "not known of the preconditioned matrix",
        };
        Some(("exact-trace", text.to_owned()))
    }

    /// Products with the curvature of a network, whose trace is measured if it is to be exact.
    fn of_network<'a, F: Real>(
        &self,
        (network, inputs, targets): (&'a mut Network<F>, ArrayView2<'a, F>, Targets<'a, F>),
        params: &'a [F],
        measurement: &mut Measurement,
    ) -> Product<'a> {
        let mut curvature = match self.of {
            Matrix::GaussNewton => network.gauss_newton_at(params, inputs),
            Matrix::Hessian | Matrix::Preconditioned => network.hessian_at(params, inputs, targets),
        };
        if self.exact_trace {
            let trace = curvature.exact_trace().expect("the plan has checked activation and loss");
            measurement.value("trace", trace.to_f64());
        }
        let (mut rounded, mut product) = (vec![F::ZERO; params.len()], vec![F::ZERO; params.len()]);
        Box::new(move |v, out| {
            rounded.iter_mut().zip(v).for_each(|(rounded, v)| *rounded = F::from_f64(*v));
            curvature.product(&rounded, &mut product);
            out.iter_mut().zip(&product).for_each(|(out, x)| *out = x.to_f64());
        })
    }
}

impl Measure for Spectrum {
    fn quantities(&self, spec: &RunSpec) -> Vec<String> {
        let mut names = self.names();
        if !names.is_empty() {
            names.push("residual".to_owned());
        }
        if self.exact_trace {
            names.push("trace".to_owned());
        } else if self.trace_samples.is_some() {
            names.extend(["trace", "trace.se"].map(str::to_owned));
        }
        names.push("products".to_owned());
        if self.top > 0 && edge(spec, self.of, 1.0).is_some() {
            names.extend(["top-1.predicted", "top-1.ratio"].map(str::to_owned));
        }
        names
    }

    fn check(&self, spec: &RunSpec, extent: &Extent) -> Vec<(&'static str, String)> {
        let mut complaints = Vec::new();
        if self.of == Matrix::GaussNewton && matches!(spec.task, Task::Descent(_)) {
            complaints.push(("of", "a function in closed form has no Gauss–Newton matrix".to_owned()));
        }
        if let (Matrix::GaussNewton, Task::Learning(task)) = (self.of, &spec.task)
            && !task.model.whole_loss().is_convex()
        {
            let text = "the focal loss is not convex in the outputs, so it has no Gauss–Newton matrix";
            complaints.push(("of", text.to_owned()));
        }
        if self.of == Matrix::Preconditioned && !spec.has_preconditioner() {
            complaints.push(("of", "this optimizer has no preconditioner".to_owned()));
        }
        complaints.extend(self.check_exact_trace(spec));
        if self.precision == Precision::F32 {
            if matches!(spec.task, Task::Descent(_)) {
                complaints.push(("precision", "a function in closed form is computed in f64".to_owned()));
            }
            // Below it the rounding of the products is all that would be measurement.
            if self.tolerance.get() < 1e-5 {
                let text = format!(
                    "found {}, expected at least 1e-5 with precision = \"f32\"",
                    self.tolerance.get()
                );
                complaints.push(("tolerance", text));
            }
        }
        let wanted = self.top.saturating_add(self.bottom);
        if wanted == 0 && self.trace_samples.is_none() && !self.exact_trace {
            let text = "found 0, and neither bottom nor a trace: nothing would be measured";
            complaints.push(("top", text.to_owned()));
        }
        let dim = extent.dim as u64;
        if wanted > dim {
            complaints.push(("top", format!("{wanted} eigenvalues with bottom, the matrix has {dim}")));
        } else if wanted > self.steps.get() {
            let text =
                format!("found {}, expected at least as many as the {wanted} eigenvalues", self.steps.get());
            complaints.push(("steps", text));
        }
        complaints.extend(room("steps", self.steps.get().min(dim) as f64, extent.dim));
        complaints
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let mut measurement = Measurement::default();
        // A Hessian that is not finite has no spectrum; what was found before is kept.
        let _not_finite = self.fill(input, &mut measurement);
        if let Some(edge) = edge(input.spec, self.of, input.spec.learning_rate(input.step + 1)) {
            measurement.predict("top-1", edge);
        }
        measurement
    }
}

/// The largest curvature at which the optimizer is stable with learning rate `lr`, if that is known.
fn edge(spec: &RunSpec, of: Matrix, lr: f64) -> Option<f64> {
    let drops_units = matches!(&spec.task, Task::Learning(task) if task.drops_units());
    if !spec.optimizer.transforms.is_empty() || drops_units || of == Matrix::GaussNewton {
        return None;
    }
    match (spec.dynamics(), of) {
        (Dynamics::GradientDescent, Matrix::Hessian) => Some(theory::gradient_descent_edge(lr)),
        (Dynamics::Momentum { beta, dampening: 0.0, nesterov }, Matrix::Hessian) => {
            let edge = if nesterov { theory::nesterov_edge } else { theory::heavy_ball_edge };
            Some(edge(lr, beta))
        }
        (Dynamics::Preconditioned { beta }, Matrix::Preconditioned) => {
            Some(theory::preconditioned_edge(lr, beta))
        }
        _ => None,
    }
}
