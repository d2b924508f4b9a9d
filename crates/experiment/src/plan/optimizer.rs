//! Whether the settings of an optimizer fit the network, and the float that it computes with.

use serde_json::Value as Json;
use thalweg_document::Problem;
use thalweg_network::Parametrisation;
use thalweg_optimizers::{GroupError, Kind, OptimizerConfig, Rule, Transform};

use super::transforms::Complaint;
use crate::file::{Learning, RunSpec};
use crate::inputs::{Inputs, layout_of};

/// Numbers below `at` that single precision takes for 0 or for infinite.
pub(super) fn find_impossible(json: &Json, at: &mut Vec<String>, into: &mut Vec<Problem>) {
    let mut enter = |name: String, below: &Json| {
        at.push(name);
        find_impossible(below, at, into);
        at.pop();
    };
    match json {
        Json::Object(table) => table.iter().for_each(|(key, below)| enter(key.clone(), below)),
        Json::Array(list) => list.iter().enumerate().for_each(|(i, below)| enter(i.to_string(), below)),
        _ => {
            let Some(number) = json.as_f64() else { return };
            let text = match number as f32 {
                0.0 if number != 0.0 => "is 0 in f32, whose least number above is 1.4e-45",
                single if single.is_infinite() => "is too large for f32, which ends at 3.4e38",
                _ => return,
            };
            let text = format!("found {json}, which {text}");
            into.push(Problem::at(at.clone(), text).hint("set model.precision = \"f64\""));
        }
    }
}

/// A parametrisation that is not the standard one needs a width, and steps that it can say something of.
pub(super) fn check_parametrisation(task: &Learning, optimizer: &OptimizerConfig) -> Vec<Complaint> {
    let model = &task.model;
    let found = serde_json::to_string(&model.parametrisation).unwrap_or_default();
    if model.parametrisation == Parametrisation::Standard {
        let width = model.base_width.get();
        let text = format!("found {width}, but the standard parametrisation knows no width");
        let hint = Some("set model.parametrisation = \"mup\" or \"ntk\"");
        return if width == 1 { Vec::new() } else { vec![("model.base-width", text, hint)] };
    }
    let mut complaints = Vec::new();
    let layers = model.hidden.len();
    if layers == 0 {
        let text = format!("found {found}, but without hidden layers there is no width");
        complaints.push(("model.parametrisation", text, None));
    } else if layers > 1 && model.parametrisation == Parametrisation::MeanField {
        let text = format!("found {found}, which is known for one hidden layer, but there are {layers}");
        complaints.push((
            "model.parametrisation",
            text,
            Some("\"mup\" is the same for any number of layers"),
        ));
    } else if !model.is_plain() && model.parametrisation == Parametrisation::MeanField {
        let text = format!(
            "found {found}, in which each unit is for itself, but model.normalisation or model.residual binds them"
        );
        complaints.push(("model.parametrisation", text, Some("\"mup\" is known of these, too")));
    }
    let is_simple = |rule: &Rule| rule.degree().is_some();
    if matches!(optimizer.kind, Kind::Method(_)) || !optimizer.rules().all(is_simple) {
        let text = format!("found {found}, whose learning rates are known for no such optimizer");
        let hint = "for sgd and momentum, and for adam, rmsprop, adagrad, nadam, adamax, lion and signsgd";
        complaints.push(("model.parametrisation", text, Some(hint)));
    }
    if !optimizer.transforms.iter().all(|transform| matches!(transform, Transform::WeightDecay(_))) {
        let text = format!("found {found}, with which the only transform is weight-decay");
        complaints.push(("model.parametrisation", text, None));
    }
    complaints
}

/// Groups of parameters that do not fit the network.
pub(super) fn check_groups(spec: &RunSpec, inputs: &Inputs) -> Vec<Problem> {
    if spec.optimizer.group.is_empty() {
        return Vec::new();
    }
    let problem = |(group, e): (usize, GroupError)| {
        Problem::at(["optimizer", "group", &group.to_string()].map(str::to_owned).to_vec(), e.to_string())
    };
    spec.optimizer.check(&layout_of(&spec.task, inputs)).into_iter().map(problem).collect()
}
