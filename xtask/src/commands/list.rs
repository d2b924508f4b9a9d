//! `cargo xtask list`

use thalweg_experiment::{ExperimentFile, Overlays};

use crate::exit::Exit;
use crate::print::say;
use crate::workspace::experiments;

pub fn run() -> Result<(), Exit> {
    let all = experiments()?;
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, path) in all {
        let mut file = ExperimentFile::open(&path, &Overlays::default())?;
        let title: String = file.section("title").unwrap_or_default();
        let profiles = file.profiles();
        let profiles = if profiles.is_empty() {
            String::new()
        } else {
            format!("  (profiles: {})", profiles.join(", "))
        };
        say(format_args!("{name:width$}  {title}{profiles}"))?;
    }
    Ok(())
}
