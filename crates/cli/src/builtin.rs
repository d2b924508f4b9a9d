//! The experiments of the repository, which the program brings along.

use std::io;
use std::path::{Path, PathBuf};

use thalweg::lab::{Disk, Files};

/// The folder that they are said to lie in.
const FOLDER: &str = "built-in";
/// Where their data are looked for, unless a folder is given.
const DATA: [&str; 2] = ["experiments/data", "data"];

macro_rules! experiments {
    ($($name:literal),* $(,)?) => {
        /// Name and text of each, in the order of the names.
        pub const EXPERIMENTS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../experiments/", $name, ".toml")))),*];
    };
}

experiments!(
    "adam-edge-of-stability",
    "adam-on-moons",
    "annealing",
    "batch-size",
    "batch-size-choices",
    "batch-size-equal-epochs",
    "cooling",
    "edge-of-stability",
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
        let text = EXPERIMENTS.iter().find(|(name, _)| path == path_of(name)).map(|(_, text)| text);
        text.map_or_else(|| Err(io::ErrorKind::NotFound.into()), |text| Ok(text.as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use thalweg::lab::{Overlays, Study};

    use super::*;

    #[test]
    fn all_experiments_of_the_repository_are_built_in_and_can_be_planned() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
        let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let names = entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
        let names: BTreeSet<String> = names.map(|path| crate::name_of(&path)).collect();
        // In the order of their names, as `list` has them.
        assert!(names.iter().eq(EXPERIMENTS.iter().map(|(name, _)| name)), "{names:?}");
        let files = Builtin { data: Some(folder.join("data")) };
        for (name, _) in EXPERIMENTS {
            let study = Study::open(&path_of(name), &files, &Overlays::default());
            assert!(study.is_ok(), "{}", study.unwrap_err());
        }
    }
}
