//! The experiments of the repository, which the program brings along.

use std::io;
use std::path::{Path, PathBuf};

use thalweg::lab::{Disk, Files};

/// The folder that they are said to lie in.
const FOLDER: &str = "built-in";
/// Where their data are looked for, unless a folder is given.
const DATA: [&str; 2] = ["experiments/data", "data"];

/// Name and text of each, in the order of the names.
macro_rules! experiments {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../experiments/", $name, ".toml")))),*]
    };
}

/// Those that go by their names.
pub const EXPERIMENTS: &[(&str, &str)] = experiments!(
    "adam-edge-of-stability",
    "adam-on-moons",
    "annealing",
    "batch-size",
    "batch-size-choices",
    "batch-size-equal-epochs",
    "cooling",
    "edge-of-stability",
    "forks",
    "gradient-noise",
    "ill-conditioned",
    "langevin-equilibrium",
    "max-margin",
    "mnist-linear",
    "mnist-linear-choices",
    "mnist-linear-controls",
    "mode-connectivity",
    "optimizer-zoo",
    "optimizer-zoo-quadratic",
    "optimizer-zoo-rates",
    "solution-atlas",
    "solution-atlas-equal-loss",
    "stretched-moons",
    "two-moons",
    "wide-minima",
    "wide-minima-equal-loss",
    "wide-minima-equal-samples",
);

/// The rooms of the museum.
pub const ROOMS: &[(&str, &str)] = experiments!(
    "museum/adam-spikes",
    "museum/alignment-and-width",
    "museum/averaging",
    "museum/batch-sharpness",
    "museum/batch-size-rules",
    "museum/boundary-points",
    "museum/catapult",
    "museum/central-flow",
    "museum/class-imbalance",
    "museum/condition-number",
    "museum/dead-units",
    "museum/deep-linear-learning",
    "museum/double-descent",
    "museum/edge-of-adam",
    "museum/edge-of-descent",
    "museum/fork-rate",
    "museum/gibbs-volume",
    "museum/heavy-tails",
    "museum/lazy-training",
    "museum/learning-rate-transfer",
    "museum/margins",
    "museum/minimum-norm",
    "museum/momentum-drag",
    "museum/momentum-noise",
    "museum/neural-collapse",
    "museum/rate-decay",
    "museum/spectral-bias",
    "museum/two-cycle",
    "museum/weight-decay-equilibrium",
);

/// The path of a built-in experiment, as messages show it.
pub fn path_of(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name).with_extension("toml")
}

/// The built-in experiments as files, and their data, which are too large to be built in, from the disk.
pub struct Builtin {
    /// The folder that holds `mnist/`.
    pub data: Option<PathBuf>,
}

impl Files for Builtin {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let Ok(inside) = path.strip_prefix(FOLDER) else { return Disk.read(path) };
        if let Ok(data) = inside.strip_prefix("data") {
            let given = self.data.iter().map(PathBuf::as_path);
            let folders = given.chain(DATA.iter().map(Path::new));
            let mut paths = folders.map(|folder| folder.join(data));
            let path = paths.find(|path| path.exists());
            return path.map_or_else(|| Err(io::ErrorKind::NotFound.into()), |path| Disk.read(&path));
        }
        let mut all = EXPERIMENTS.iter().chain(ROOMS);
        let text = all.find(|(name, _)| path == path_of(name)).map(|(_, text)| text);
        text.map_or_else(|| Err(io::ErrorKind::NotFound.into()), |text| Ok(text.as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use thalweg::lab::{Overlays, Study};

    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments")
    }

    /// The names of the experiment files in a folder of the repository's.
    fn names(inside: &str) -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder().join(inside)).unwrap().map(|entry| entry.unwrap().path());
        let names = entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
        names.map(|path| format!("{inside}{}", crate::name_of(&path))).collect()
    }

    #[test]
    fn all_experiments_of_the_repository_are_built_in_and_can_be_planned() {
        let files = Builtin { data: Some(folder().join("data")) };
        for (inside, all) in [("", EXPERIMENTS), ("museum/", ROOMS)] {
            let names = names(inside);
            // In the order of their names, as `list` has them.
            assert!(names.iter().eq(all.iter().map(|(name, _)| name)), "{names:?}");
            for (name, _) in all {
                let study = Study::open(&path_of(name), &files, &Overlays::default());
                assert!(study.is_ok(), "{}", study.unwrap_err());
            }
        }
    }

    #[test]
    fn every_room_has_a_prediction_a_control_and_a_quick_profile_and_shares_no_name_with_an_experiment() {
        let files = Builtin { data: None };
        for (name, _) in ROOMS {
            let overlays = Overlays { profile: Some("quick".to_owned()), ..Overlays::default() };
            let study = Study::open(&path_of(name), &files, &overlays).unwrap_or_else(|e| panic!("{e}"));
            let controls = study.claims.iter().filter(|claim| claim.control).count();
            assert!(controls > 0 && controls < study.claims.len(), "{name}");
            assert!(!study.figures.is_empty() && study.texts[0].1.contains("\nquestion = "), "{name}");
            // Results go by the names of files.
            let room = name.strip_prefix("museum/").unwrap();
            assert!(EXPERIMENTS.iter().all(|(other, _)| *other != room), "{name}");
        }
    }
}
