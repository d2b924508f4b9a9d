//! What only several settings together can tell, checked before anything is computed.

use thalweg_datasets::{Source, Transform};
use thalweg_network::Init;

use crate::RunSpec;
use crate::document::ExperimentFile;
use crate::inputs::Inputs;
use crate::jobs::{extent, transforms_of};

/// More samples, parameters or activations than this are taken for a slip of the keyboard.
const MOST: f64 = 1e9;
/// So are more evaluations in each factor of 10 in steps,
const MOST_POINTS: u64 = 10_000;
/// or test sets than this.
const MOST_SETS: u64 = 1_000_000;

impl ExperimentFile {
    /// Whether the settings of a run fit each other; notes all that do not.
    pub(crate) fn check(&mut self, spec: &RunSpec, inputs: &Inputs) -> bool {
        let mut complaints: Vec<(&str, String, Option<&str>)> = Vec::new();
        let (n_samples, n_features, n_classes) = extent(spec, inputs);
        let batch = spec.train.batch_size.size();
        if batch > n_samples {
            let text = format!("found {batch}, expected at most the {n_samples} samples of the data");
            complaints.push(("train.batch-size", text, None));
        }
        if n_samples as f64 * n_features as f64 > MOST {
            complaints.push((
                "data.samples",
                format!("found {n_samples}, expected at most {:e}", MOST / 2.0),
                None,
            ));
        }
        let widths: Vec<f64> = std::iter::once(n_features)
            .chain(spec.model.hidden.iter().map(|width| width.size()))
            .chain([n_classes])
            .map(|width| width as f64)
            .collect();
        let dim: f64 = widths.windows(2).map(|pair| (pair[0] + 1.0) * pair[1]).sum();
        let architecture = spec.model.architecture(n_features, n_classes);
        if dim > MOST {
            complaints.push(("model.hidden", format!("{dim:e} parameters, expected at most {MOST:e}"), None));
        } else if widths.iter().sum::<f64>() * batch as f64 > MOST {
            let text = format!("a batch of {batch} has more than {MOST:e} activations");
            complaints.push(("model.hidden", text, Some("make the layers or the batch smaller")));
        } else if let (Init::File(_), Some(weights)) = (&spec.model.init, &inputs.weights)
            && let Err(e) = architecture.from_tensors::<f64>(weights)
        {
            complaints.push(("model.init.path", e.to_string(), None));
        }
        let sets = spec.test.as_ref().map_or(0, |test| test.sets.get());
        for (key, found, most) in [
            ("record.points-per-decade", spec.record.points_per_decade.get(), MOST_POINTS),
            ("test.sets", sets, MOST_SETS),
        ] {
            if found > most {
                complaints.push((key, format!("found {found}, expected at most {most}"), None));
            }
        }
        if !spec.model.numerics.is_supported() {
            let text = "found \"fast\", but this CPU has no fused multiply-add".to_owned();
            complaints.push(("model.numerics", text, Some("use \"portable\"")));
        }
        if let Err(e) = spec.schedule.check() {
            complaints.push(("schedule", e.to_string(), None));
        }
        if let Some(test) = &spec.test {
            if matches!(spec.data, Source::Csv(_)) {
                let text = "fresh test sets cannot be drawn from a CSV file".to_owned();
                complaints.push(("test", text, Some("remove [test], or use data.kind = \"two-moons\"")));
            }
            if test.samples.size() as f64 * n_features as f64 > MOST {
                let text = format!("found {}, expected at most {:e}", test.samples.get(), MOST / 2.0);
                complaints.push(("test.samples", text, None));
            }
        }
        if let Some(grid) = &spec.record.boundary {
            if (n_features, n_classes) != (2, 2) {
                let text =
                    format!("needs 2 features and 2 classes, the data have {n_features} and {n_classes}");
                complaints.push(("record.boundary", text, None));
            }
            if !(2..=4096).contains(&grid.resolution.get()) {
                let text = format!("found {}, expected 2 to 4096", grid.resolution.get());
                complaints.push(("record.boundary.resolution", text, None));
            }
        }
        let train_transforms = transforms_of(&spec.data);
        let test_transforms = spec.test.iter().flat_map(|test| test.variants.values().flatten());
        for (key, transform) in train_transforms
            .iter()
            .map(|t| ("data.transforms", t))
            .chain(test_transforms.map(|t| ("test.variants", t)))
        {
            if let Transform::Stretch(stretch) = transform
                && stretch.factors.len() != n_features
            {
                let n_factors = stretch.factors.len();
                let text =
                    format!("stretch has {n_factors} factors, but the data have {n_features} features");
                complaints.push((key, text, None));
            }
        }
        let sound = complaints.is_empty();
        for (key, text, hint) in complaints {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            self.note(&path, text, hint.map(str::to_owned));
        }
        sound
    }
}
