//! What hidden layers hand on.

use ndarray::Array2;
use thalweg_landscape::classes::collapse;
use thalweg_network::Targets;

use super::{Extent, Measure, Measurement, ProbeInput, Target};
use crate::file::{Features, RunSpec, Task};

impl Measure for Features {
    fn quantities(&self, spec: &RunSpec) -> Vec<String> {
        let has_classes = matches!(&spec.task, Task::Learning(task) if !task.is_regression());
        let of_classes = ["within", "cosine", "cosine.predicted", "cosine.ratio"];
        let of_classes = of_classes.into_iter().filter(|_| has_classes);
        std::iter::once("dead").chain(of_classes).map(str::to_owned).collect()
    }

    fn check(&self, spec: &RunSpec, _extent: &Extent) -> Vec<(&'static str, String)> {
        let text = match &spec.task {
            Task::Descent(_) => "a function in closed form has no hidden units",
            Task::Learning(task) if task.model.hidden.is_empty() => {
                "a linear model has no hidden units: give model.hidden a width, such as [16]"
            }
            Task::Learning(_) => return Vec::new(),
        };
        vec![("kind", text.to_owned())]
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let Target::Network(learned) = &mut input.target else {
            unreachable!("the plan has checked that there is a network")
        };
        let (widths, n_classes) = (learned.architecture.hidden.clone(), learned.architecture.outputs);
        let (network, inputs, targets) = learned.with(input.samples);
        let mut is_alive: Vec<Vec<bool>> = widths.iter().map(|width| vec![false; *width]).collect();
        let last = widths.len() - 1;
        let mut features = Array2::zeros((targets.len(), widths[last]));
        network.hidden(input.params, inputs, |layer, row, units| {
            is_alive[layer].iter_mut().zip(units).for_each(|(alive, unit)| *alive |= *unit != 0.0);
            if layer == last {
                features.row_mut(row).iter_mut().zip(units).for_each(|(feature, unit)| *feature = *unit);
            }
        });
        let dead = is_alive.iter().flatten().filter(|alive| !**alive).count();
        let mut measurement = Measurement::default();
        measurement.value("dead", dead as f64 / widths.iter().sum::<usize>() as f64);
        if let Targets::Classes(labels) = targets
            && let Some(found) = collapse(features.view(), labels, n_classes)
        {
            measurement.value("within", found.within);
            measurement.value("cosine", found.cosine);
            measurement.predict("cosine", -1.0 / (n_classes as f64 - 1.0));
        }
        measurement
    }
}
