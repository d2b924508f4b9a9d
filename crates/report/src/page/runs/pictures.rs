//! Pictures of single runs, as small as a page with all of them asks for.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};
use thalweg_records::Record;

use crate::draw::Mark;
use crate::figures::{OfRun, pictures_in, pictures_of};
use crate::page::plot::{POINTS, alone, mark_of};

/// So many points of grids are on a page, about, and along the axes of one grid at most and at least.
const ALL_POINTS: f64 = 400_000.0;
const MOST: f64 = 100.0;
const LEAST: f64 = 16.0;

/// So many training points are on a page at most, about; those that runs share count once.
const TRAINING: usize = 40_000;

/// The pictures of all runs.
#[derive(Debug, Serialize)]
pub(super) struct Pictures {
    /// Of each run, in the order of the table.
    runs: Vec<Vec<Value>>,
    /// Marks of training points, which runs share.
    points: Vec<Value>,
}

impl Pictures {
    pub(super) fn new(runs: &[&Record]) -> Self {
        let n: usize = runs.iter().map(|run| pictures_in(run)).sum();
        let side = (ALL_POINTS / n.max(1) as f64).sqrt().clamp(LEAST, MOST) as usize;
        let all: Vec<Vec<OfRun>> = runs.iter().map(|run| pictures_of(run, side)).collect();
        let mut shared = Shared::default();
        let runs = all.iter().map(|of_run| of_run.iter().map(|own| shared.picture(own)).collect()).collect();
        Self { runs, points: shared.marks() }
    }
}

/// Training points, each set of them once.
#[derive(Default)]
struct Shared {
    places: HashMap<String, usize>,
    sets: Vec<Vec<Mark>>,
}

impl Shared {
    fn picture(&mut self, OfRun { says, panel, points }: &OfRun) -> Value {
        let image = panel.marks.iter().find_map(|mark| match mark {
            Mark::Image(raster) => Some(raster.url()),
            _ => None,
        });
        let points = (!points.is_empty()).then(|| {
            let places = &mut self.places;
            *places.entry(format!("{points:?}")).or_insert_with(|| {
                self.sets.push(points.clone());
                self.sets.len() - 1
            })
        });
        let panel = alone(panel);
        json!({ "says": says, "panel": panel, "image": image, "points": points })
    }

    /// All sets, thinned evenly if there are too many points.
    fn marks(self) -> Vec<Value> {
        let length = |mark: &Mark| if let Mark::Points { points, .. } = mark { points.len() } else { 0 };
        let n: usize = self.sets.iter().flatten().map(length).sum();
        let every = n.div_ceil(TRAINING).max(1);
        let mark = |mark: &Mark| {
            let Mark::Points { points, style } = mark else { return None };
            let points = points.iter().step_by(every).copied().collect();
            mark_of(&Mark::Points { points, style: *style }, &HashMap::new(), (POINTS, 4), 1.0)
        };
        self.sets.iter().map(|set| set.iter().filter_map(mark).collect()).collect()
    }
}
