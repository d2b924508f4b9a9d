//! What only several settings together can tell, checked before anything is computed.

use thalweg_datasets::Source;
use thalweg_document::Problem;
use thalweg_network::{Architecture, ArchitectureError, Init, Loss, Tensor};

use super::optimizer::{check_groups, check_parametrisation, find_impossible};
use super::scaling::check_scaling;
use super::test::check_test;
use super::transforms::{Complaint, check_transforms};
use crate::file::{ClosedForm, Descent, Learning, Precision, RunSpec, Start, Task};
use crate::inputs::{Inputs, dim_of, dim_of_network, extent, layout_of, widths};
use crate::probes;

/// More samples, parameters or activations than this are taken for a slip of the keyboard.
pub(super) const MOST: f64 = 1e9;
/// So are more numbers that an optimizer remembers: a few for each of so many parameters,
const MOST_REMEMBERED: f64 = 4e9;
/// more evaluations in each factor of 10 in steps,
const MOST_POINTS: u64 = 10_000;
/// coordinates of a function in closed form,
const MOST_COORDINATES: f64 = 1e7;
/// or numbers that a record keeps of the data.
const MOST_KEPT: usize = 10_000_000;

/// What is wrong with settings that must fit each other, but for those that rest on a broken one.
pub(super) fn check(spec: &RunSpec, inputs: &Inputs, broken: &[Vec<String>]) -> Vec<Problem> {
    let of_data = match &spec.task {
        Task::Learning(task) => task.data.check().err(),
        Task::Descent(_) => None,
    };
    let mut broken = broken.to_vec();
    broken.extend(of_data.iter().map(|_| vec!["data".to_owned()]));
    let is_sound = |keys: &[&str]| {
        let path = |key: &str| key.split('.').map(str::to_owned).collect::<Vec<String>>();
        !keys.iter().any(|key| broken.iter().any(|broken| touch(broken, &path(key))))
    };
    let mut complaints = match &spec.task {
        Task::Learning(task) => check_learning(task, inputs, &is_sound),
        Task::Descent(task) => check_descent(task, &is_sound),
    };
    if let Task::Learning(task) = &spec.task
        && is_sound(&["data", "test"])
    {
        complaints.extend(check_transforms(task, inputs));
        // The data are made only where nothing else is wrong with them.
        if complaints.is_empty() {
            complaints.extend(check_scaling(spec, task, inputs));
        }
    }
    let points = spec.task.points_per_decade();
    if points > MOST_POINTS {
        let text = format!("found {points}, expected at most {MOST_POINTS}");
        complaints.push(("record.points-per-decade", text, None));
    }
    if is_sound(&["data", "model", "objective", "optimizer"]) {
        let dim = dim_of(&spec.task, inputs);
        let sides =
            if dim <= MOST { spec.optimizer.extra_numbers(&layout_of(&spec.task, inputs)) } else { 0.0 };
        let remembered = spec.optimizer.numbers_per_parameter() * dim + sides;
        if remembered > MOST_REMEMBERED {
            let text = format!("remembers {remembered:e} numbers, expected at most {MOST_REMEMBERED:e}");
            complaints.push(("optimizer", text, None));
        }
    }
    if is_sound(&["schedule"])
        && let Err(e) = spec.schedule.check()
    {
        complaints.push(("schedule", e.to_string(), None));
    }
    let is_single = matches!(&spec.task, Task::Learning(task) if task.model.precision == Precision::F32);
    let mut of_numbers = Vec::new();
    if is_single && is_sound(&["model.precision", "optimizer", "schedule"]) {
        for table in ["optimizer", "schedule"] {
            find_impossible(&spec.section(table), &mut vec![table.to_owned()], &mut of_numbers);
        }
    }
    if let Task::Learning(task) = &spec.task
        && is_sound(&["model", "optimizer"])
    {
        complaints.extend(check_parametrisation(task, &spec.optimizer));
    }
    let of_groups = if is_sound(&["data", "model", "objective", "optimizer"]) {
        check_groups(spec, inputs)
    } else {
        Vec::new()
    };
    let of_settings = complaints
        .into_iter()
        .map(|(key, text, hint)| Problem { hint: hint.map(str::to_owned), ..Problem::new(key, text) });
    let of_probes = if is_sound(&["probe", "data", "model", "objective", "train.steps", "train"]) {
        probes::check(spec, inputs)
    } else {
        Vec::new()
    };
    let of_data = of_data.into_iter().map(|e| Problem::new(&format!("data.{}", e.key), e.text));
    of_data
        .chain(of_settings)
        .chain(of_numbers)
        .chain(of_groups)
        .chain(of_probes.into_iter().map(|(key, text)| Problem::new(&key, text)))
        .collect()
}

/// Whether one path is at the other or leads there.
pub(super) fn touch(a: &[String], b: &[String]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// Whether settings are all as the file says.
type Sound<'a> = &'a dyn Fn(&[&str]) -> bool;

fn check_learning(task: &Learning, inputs: &Inputs, is_sound: Sound<'_>) -> Vec<Complaint> {
    let (n_samples, n_features, n_outputs) = extent(task, inputs);
    let mut complaints = Vec::new();
    let batch = task.train.batch_size.size();
    let is_data_sound = is_sound(&["data.kind", "data.samples", "data.features", "data.path", "data.label"]);
    // How many samples are learned from depends on how many are kept for the test.
    if batch > n_samples && is_data_sound && is_sound(&["test", "train.batch-size"]) {
        let text = format!("found {batch}, expected at most the {n_samples} samples of the data");
        complaints.push(("train.batch-size", text, None));
    }
    if n_samples as f64 * n_features as f64 > MOST {
        let text = format!("{n_samples} samples of {n_features} features, expected at most {MOST:e} numbers");
        complaints.push(("data.samples", text, None));
    }
    if let (Precision::F32, Some(text)) = (task.model.precision, &inputs.beyond_f32)
        && is_sound(&["model.precision"])
    {
        let key = if matches!(task.data, Source::Npy(_)) { "data.features" } else { "data.path" };
        complaints.push((key, text.clone(), Some("set model.precision = \"f64\", or scale the column")));
    }
    if let (Precision::F32, Some(text)) = (task.model.precision, &inputs.test_beyond_f32)
        && is_sound(&["model.precision", "test"])
    {
        complaints.push((
            "test.path",
            text.clone(),
            Some("set model.precision = \"f64\", or scale the column"),
        ));
    }
    if is_data_sound && is_sound(&["model.loss"]) {
        complaints.extend(check_loss(task));
    }
    if is_sound(&["model.loss", "model.label-smoothing", "model.focal-gamma"]) {
        complaints.extend(check_numbers_of_loss(task));
    }
    if is_data_sound && is_sound(&["model.hidden", "model.init", "model.numerics", "train.batch-size"]) {
        complaints.extend(check_model(task, inputs, (n_features, n_outputs)));
    }
    if is_sound(&["model.hidden", "model.normalisation", "model.residual", "train.dropout"]) {
        complaints.extend(check_extras(task, is_data_sound.then_some(n_features)));
    }
    if let Some(test) = &task.test
        && is_data_sound
        && is_sound(&["test"])
    {
        complaints.extend(check_test(task, test, inputs, n_features));
    }
    if is_data_sound && is_sound(&["test", "record", "model.hidden"]) {
        complaints.extend(check_record(task, inputs, (n_samples, n_features, n_outputs)));
    }
    complaints
}

/// Classes need a loss of classes, and numbers one of numbers.
fn check_loss(task: &Learning) -> Option<Complaint> {
    let (text, hint) = match (task.data.has_numbers(), task.is_regression()) {
        (true, false) => {
            let found = serde_json::to_string(&task.model.loss).unwrap_or_default();
            let text = format!("found {found}, which compares with classes, but the targets are numbers");
            (text, "set model.loss = \"squared-error\"")
        }
        (false, true) => {
            let text =
                "found \"squared-error\", which compares with numbers, but the data have classes".to_owned();
            (
                text,
                "\"one-hot-squared-error\" compares with 1 for the class and 0 for the others; data.target names a column of numbers",
            )
        }
        _ => return None,
    };
    Some(("model.loss", text, Some(hint)))
}

/// Smoothed labels and the focal loss each change the cross-entropy.
fn check_numbers_of_loss(task: &Learning) -> Vec<Complaint> {
    let model = &task.model;
    let set: Vec<(&'static str, f64)> = [
        ("model.label-smoothing", model.label_smoothing.get()),
        ("model.focal-gamma", model.focal_gamma.get()),
    ]
    .into_iter()
    .filter(|(_, number)| *number > 0.0)
    .collect();
    if model.loss != Loss::CrossEntropy {
        let loss = serde_json::to_string(&model.loss).unwrap_or_default();
        let text =
            |number: f64| format!("found {number}, which changes the cross-entropy, but the loss is {loss}");
        return set
            .into_iter()
            .map(|(key, number)| (key, text(number), Some("set model.loss = \"cross-entropy\"")))
            .collect();
    }
    match set[..] {
        [_, (key, number)] => {
            let text = format!("found {number}, but the labels are smoothed: only one of the two can be set");
            vec![(key, text, Some("set model.label-smoothing = 0"))]
        }
        _ => Vec::new(),
    }
}

/// What hidden layers do besides needs such layers. Whether the first has a residual connection is not known
/// without the features.
fn check_extras(task: &Learning, n_features: Option<usize>) -> Vec<Complaint> {
    let (model, mut complaints) = (&task.model, Vec::new());
    if task.drops_units() && model.hidden.is_empty() {
        let text = format!("found {}, but there are no hidden units to leave out", task.train.dropout.get());
        complaints.push(("train.dropout", text, Some("give model.hidden a width, such as [16]")));
    }
    let Some(n_features) = n_features else { return complaints };
    // Two outputs are enough for any loss.
    let architecture = Architecture { outputs: 2, ..model.architecture(n_features, 2) };
    match architecture.check() {
        Err(e @ ArchitectureError::NoResidual(_)) => {
            let hint = "give neighbours in model.hidden one width, such as [16, 16]";
            complaints.push(("model.residual", format!("found true, but {e}"), Some(hint)));
        }
        Err(e @ (ArchitectureError::NothingToNormalise | ArchitectureError::OneUnitNormalised { .. })) => {
            complaints.push(("model.normalisation", format!("found \"layer\", but {e}"), None));
        }
        _ => {}
    }
    complaints
}

fn check_model(
    task: &Learning,
    inputs: &Inputs,
    (n_features, n_outputs): (usize, usize),
) -> Option<Complaint> {
    let model = &task.model;
    let batch = task.train.batch_size.size();
    let widths = widths(task, (n_features, n_outputs));
    let dim = dim_of_network(task, (n_features, n_outputs));
    if !model.numerics.is_supported() {
        let text = "found \"fast\", but this CPU has no fused multiply-add".to_owned();
        return Some(("model.numerics", text, Some("use \"portable\"")));
    }
    if dim > MOST {
        return Some(("model.hidden", format!("{dim:e} parameters, expected at most {MOST:e}"), None));
    }
    if widths.iter().sum::<f64>() * batch as f64 > MOST {
        let text = format!("a batch of {batch} has more than {MOST:e} activations");
        return Some(("model.hidden", text, Some("make the layers or the batch smaller")));
    }
    match (&model.init, &inputs.weights) {
        (Init::File(_), Some(weights)) => {
            let wrong = model.architecture(n_features, n_outputs).from_tensors::<f64>(weights).err();
            let wrong = wrong.map(|e| e.to_string()).or_else(|| impossible_weight(weights, model.precision));
            Some(("model.init.path", wrong?, None))
        }
        _ => None,
    }
}

/// The first weight that is no finite number in the float of the run.
fn impossible_weight(weights: &[Tensor<f64>], precision: Precision) -> Option<String> {
    weights.iter().find_map(|tensor| {
        let is_finite = |x: &f64| match precision {
            Precision::F32 => (*x as f32).is_finite(),
            Precision::F64 => x.is_finite(),
        };
        let place = tensor.data.iter().position(|x| !is_finite(x))?;
        let found = match tensor.data[place] {
            x if x.is_nan() => "a NaN".to_owned(),
            x if x.is_infinite() => format!("{x}"),
            x => format!("{x:e}, which is too large for f32,"),
        };
        // The last index changes fastest.
        let (mut rest, mut index) = (place, Vec::new());
        for size in tensor.shape.iter().rev() {
            index.insert(0, rest % size);
            rest /= size;
        }
        Some(format!("`{}` holds {found} at {index:?}, expected finite numbers", tensor.name))
    })
}

fn check_record(
    task: &Learning,
    inputs: &Inputs,
    (n_samples, n_features, n_outputs): (usize, usize, usize),
) -> Vec<Complaint> {
    let record = &task.record;
    let mut complaints = Vec::new();
    if record.data && n_samples.saturating_mul(n_features) > MOST_KEPT {
        let text =
            format!("{n_samples} samples of {n_features} features are too many to keep with every run");
        complaints.push(("record.data", text, Some("record.images keeps some of the images")));
    }
    if let Some(grid) = &record.boundary {
        if task.is_regression() {
            let text = "needs 2 classes, the data have numbers as targets".to_owned();
            complaints.push(("record.boundary", text, None));
        } else if (n_features, n_outputs) != (2, 2) {
            let text = format!("needs 2 features and 2 classes, the data have {n_features} and {n_outputs}");
            complaints.push(("record.boundary", text, None));
        }
        if !(2..=4096).contains(&grid.resolution.get()) {
            let text = format!("found {}, expected 2 to 4096", grid.resolution.get());
            complaints.push(("record.boundary.resolution", text, None));
        }
    }
    if inputs.image.is_none() {
        for (key, wanted) in [("record.images", record.images.is_some()), ("record.weights", record.weights)]
        {
            if wanted {
                complaints.push((key, "the data are not images".to_owned(), None));
            }
        }
    }
    if record.images.is_some_and(|n| n.size().saturating_mul(n_features) > MOST_KEPT) {
        let text = format!("expected at most {} images", MOST_KEPT / n_features);
        complaints.push(("record.images", text, None));
    }
    if record.weights && !task.model.hidden.is_empty() {
        let text = "only the weights of a linear model are images of the classes".to_owned();
        complaints.push(("record.weights", text, Some("set model.hidden = []")));
    }
    complaints
}

fn check_descent(task: &Descent, is_sound: Sound<'_>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if !is_sound(&["objective", "start", "train", "record"]) {
        return complaints;
    }
    let dim = task.objective.dim();
    if dim as f64 > MOST_COORDINATES {
        complaints.push((
            "objective.dim",
            format!("found {dim}, expected at most {MOST_COORDINATES:e}"),
            None,
        ));
    }
    if let Start::Point(point) = &task.start
        && point.at.len() != 1
        && point.at.len() != dim
    {
        let text = format!("found {} values, expected {dim}, or one for all", point.at.len());
        complaints.push(("start.at", text, None));
    }
    if task.train.tolerance.is_some_and(|tolerance| tolerance.get() == 0.0) {
        let text = "found 0, which is never reached, expected a number above 0".to_owned();
        complaints.push(("train.tolerance", text, None));
    }
    match &task.objective {
        ClosedForm::Quadratic(config) if config.condition.get() < 1.0 => {
            let text = format!("found {}, expected at least 1, as λ_max/λ_min is", config.condition.get());
            complaints.push(("objective.condition", text, None));
        }
        ClosedForm::DoubleWell(config) => {
            if let Err(e) = config.build() {
                complaints.push(("objective", e.to_string(), None));
            }
            if task.train.tolerance.is_some() {
                let text = "the wells have no single minimum to come near".to_owned();
                complaints.push(("train.tolerance", text, Some("remove it")));
            }
        }
        _ if task.record.occupation.is_some() => {
            let text = "only kind = \"double-well\" has wells to be occupied".to_owned();
            complaints.push(("record.occupation", text, None));
        }
        _ => {}
    }
    if let Some(occupation) = &task.record.occupation
        && occupation.after >= task.train.steps.get()
    {
        let text =
            format!("found {}, expected less than the {} steps", occupation.after, task.train.steps.get());
        complaints.push(("record.occupation.after", text, None));
    }
    complaints
}
