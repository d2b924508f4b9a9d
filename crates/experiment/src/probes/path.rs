//! The straight line to the solution of another run, a curve around what lies on it, and the barriers on
//! both.

use thalweg_landscape::paths::{Bezier, Descent, straight};
use thalweg_network::Init;
use thalweg_numeric::vector;
use thalweg_records::{Dtype, Tensor};

use super::check::within;
use super::{Extent, Measure, Measurement, ProbeInput, Target};
use crate::file::{Path, PathCurve, RunSpec, Task};

impl Measure for Path {
    fn quantities(&self, _spec: &RunSpec) -> Vec<String> {
        let straight = ["distance", "barrier", "aligned.distance", "aligned.barrier", "other.loss"];
        straight
            .into_iter()
            .chain(self.curve.is_some().then_some("curve.barrier"))
            .map(str::to_owned)
            .collect()
    }

    fn keeps_a_profile(&self) -> bool {
        true
    }

    fn check(&self, spec: &RunSpec, _extent: &Extent) -> Vec<(&'static str, String)> {
        let Task::Learning(task) = &spec.task else {
            return vec![("kind", "a function in closed form has one solution for all runs".to_owned())];
        };
        let mut complaints = Vec::new();
        let other_data = |spec: &RunSpec| spec.fork.as_ref().is_some_and(|fork| fork.data.is_some());
        if other_data(spec) || self.other.as_deref().is_some_and(other_data) {
            complaints.push((
                "to",
                "a path needs the same data from the first step on, and fork.data are others".to_owned(),
            ));
            return complaints;
        }
        if let Some(Task::Learning(other)) = self.other.as_ref().map(|other| &other.task) {
            let mut model = other.model.clone();
            model.init.clone_from(&task.model.init);
            if matches!(other.model.init, Init::File(_)) && other.model.init != task.model.init {
                complaints.push(("to", "weights from a file must be those of this run".to_owned()));
            } else if model != task.model || other.data != task.data {
                let text = "the other run must have the same data and network, but for model.init".to_owned();
                complaints.push(("to", text));
            }
        }
        complaints.extend(within("points", self.points.get(), (3, 10_000)));
        complaints
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let mut measurement = Measurement::default();
        let (Target::Network(learned), Some(other)) = (&mut input.target, input.other) else {
            return measurement;
        };
        let Some(there) = learned.solution_of(other) else { return measurement };
        let aligned = learned.architecture.aligned(&there, input.params);
        let mut profile = Vec::new();
        for (prefix, there) in [("", &there), ("aligned.", &aligned)] {
            let mut way = there.clone();
            vector::axpy(-1.0, input.params, &mut way);
            measurement.value(&format!("{prefix}distance"), vector::norm(&way));
            let (mut objective, params, _) = input.objective();
            let walked = straight(&mut *objective, params, there, self.points);
            measurement.value(&format!("{prefix}barrier"), walked.barrier().height);
            if profile.is_empty() {
                measurement.value("other.loss", *walked.losses.last().expect("at least three points"));
                profile.extend(&walked.at);
            }
            profile.extend(walked.losses);
        }
        if let Some(PathCurve { steps, learning_rate: lr, points }) = self.curve {
            let (mut objective, params, _) = input.objective();
            let curve = Bezier::trained(&mut *objective, params, &there, Descent { steps, lr, points });
            let walked = curve.profile(&mut *objective, self.points);
            measurement.value("curve.barrier", walked.barrier().height);
            profile.extend(walked.losses);
        }
        let shape = vec![profile.len() / self.points.size(), self.points.size()];
        measurement.fields.push(Tensor {
            name: "profile".to_owned(),
            shape,
            data: profile,
            dtype: Dtype::F64,
        });
        measurement
    }
}
