//! What was seen last, for all who ask, and the figures that they ask for.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thalweg::lab::Results;
use thalweg::report::{Standing, figure_svg};

use super::look::Watched;

/// What is seen, for all who ask.
pub struct Latest {
    watched: Mutex<Watched>,
    seen: Mutex<Arc<Vec<Standing>>>,
    /// The runs of the result whose figures were drawn last, and these.
    drawn: Mutex<Option<Drawn>>,
}

/// Figures of a result, with the number of runs that they show.
struct Drawn {
    /// The folder of the result.
    id: PathBuf,
    runs: usize,
    results: Results,
    figures: HashMap<String, String>,
}

impl Latest {
    pub fn new(watched: Watched) -> Self {
        Self { watched: Mutex::new(watched), seen: Mutex::default(), drawn: Mutex::default() }
    }

    /// Looks anew.
    pub fn look(&self) {
        let standings = Arc::new(locked(&self.watched).look());
        *locked(&self.seen) = standings;
    }

    /// What was seen last.
    pub fn standings(&self) -> Arc<Vec<Standing>> {
        Arc::clone(&locked(&self.seen))
    }

    /// The folder of a result that is watched.
    pub fn folder(&self, store: &str, name: &str) -> Option<PathBuf> {
        let seen = self.standings();
        let own = seen.iter().find(|own| own.store.to_string() == store && own.name == name)?;
        locked(&self.watched).folder(own.store, name)
    }

    /// A figure of a result as SVG, of the runs that are there.
    pub fn figure(&self, store: &str, name: &str, figure: &str) -> Option<String> {
        let (config, store, plan) = locked(&self.watched).figure(store.parse().ok()?, name, figure)?;
        let (id, runs) = (store.result(name).path().to_owned(), plan.runs.len());
        let mut drawn = locked(&self.drawn);
        if drawn.as_ref().is_none_or(|own| own.id != id || own.runs != runs) {
            let results = Results::load(plan, &store, false).ok()?;
            *drawn = Some(Drawn { id, runs, results, figures: HashMap::new() });
        }
        let own = drawn.as_mut()?;
        let results = &own.results;
        Some(own.figures.entry(figure.to_owned()).or_insert_with(|| figure_svg(&config, results)).clone())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
