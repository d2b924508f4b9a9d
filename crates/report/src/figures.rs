//! The kinds of figures that a file can ask for.

mod automatic;
mod boundary;
mod caption;
mod contour;
mod curves;
mod distribution;
mod facet;
mod heat_map;
mod images;
mod names;
mod of_run;
mod path;
mod pictures;
mod quantities;
mod readings;
mod reason;
mod relation;
mod rows;
mod scatter;
mod series;
mod slice;
mod summary;
mod weights;

use serde::{Deserialize, Serialize};
use thalweg_document::Problem;
use thalweg_records::{Quantity, Record, Status, Tensor};

pub use boundary::Boundary;
pub use curves::{Band, Curves};
pub use distribution::Distribution;
pub use heat_map::{Best, HeatMap};
pub use images::Images;
pub(crate) use names::drawn_names;
pub use names::names_of;
pub(crate) use of_run::{OfRun, count as pictures_in, pictures as pictures_of};
pub use path::{Path, PathPanel};
pub use relation::Relation;
pub use scatter::Scatter;
pub(crate) use series::{AT_ENDS, levels};
pub use slice::Slice;
pub use summary::{Fit, Sort, Summary};
pub use weights::Weights;

use crate::Results;
use crate::claims::unmet;
use crate::draw::{Figure, PIXELS};
use crate::select::{Need, Where, needs, replicate, select};

/// `[[figure]]`: a picture of the results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum FigureConfig {
    Scatter(Scatter),
    Curves(Curves),
    Summary(Summary),
    HeatMap(HeatMap),
    Distribution(Distribution),
    Relation(Relation),
    Boundary(Boundary),
    Weights(Weights),
    Images(Images),
    Slice(Slice),
    Path(Path),
}

/// One panel: a run, and what stands above it. Of several runs that meet the condition the first of the plan
/// is shown, of the same replicate in all panels where the store has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PanelConfig {
    /// What stands above the panel.
    pub title: String,
    /// Which run: settings by their dotted key, each with its value. Default any.
    #[serde(default)]
    pub r#where: Where,
}

impl FigureConfig {
    /// Its name, which is also that of its files.
    pub fn id(&self) -> &str {
        match self {
            Self::Scatter(config) => &config.id,
            Self::Curves(config) => &config.id,
            Self::Summary(config) => &config.id,
            Self::HeatMap(config) => &config.id,
            Self::Distribution(config) => &config.id,
            Self::Relation(config) => &config.id,
            Self::Boundary(config) => &config.id,
            Self::Weights(config) => &config.id,
            Self::Images(config) => &config.id,
            Self::Slice(config) => &config.id,
            Self::Path(config) => &config.id,
        }
    }

    /// What stands above it.
    pub fn title(&self) -> &str {
        match self {
            Self::Scatter(config) => &config.title,
            Self::Curves(config) => &config.title,
            Self::Summary(config) => &config.title,
            Self::HeatMap(config) => &config.title,
            Self::Distribution(config) => &config.title,
            Self::Relation(config) => &config.title,
            Self::Boundary(config) => &config.title,
            Self::Weights(config) => &config.title,
            Self::Images(config) => &config.title,
            Self::Slice(config) => &config.title,
            Self::Path(config) => &config.title,
        }
    }

    /// What of a run it needs.
    pub fn needs(&self) -> Vec<Need<'_>> {
        match self {
            Self::Scatter(config) => needs_of_panels(&config.panels, &["data"]),
            Self::Boundary(config) => needs_of_panels(&config.panels, &["data", "boundary"]),
            Self::Weights(config) => needs_of_panels(&config.panels, &["weights"]),
            Self::Images(config) => needs_of_panels(&config.panels, &["images"]),
            Self::Slice(config) => config.needs(),
            Self::Path(config) => config.needs(),
            Self::HeatMap(config) => config.needs(),
            Self::Distribution(config) => config.needs(),
            Self::Curves(config) => config.needs(),
            Self::Summary(config) => config.needs(),
            Self::Relation(config) => config.needs(),
        }
    }

    /// Holds the figure against runs of which only the settings are known: which of its conditions none of
    /// them meets, with paths in the figure.
    pub fn examine(&self, planned: &Results) -> Vec<Problem> {
        let path = |steps: &[&str]| steps.iter().map(|step| (*step).to_owned()).collect::<Vec<String>>();
        let of_panels = |conditions: Vec<&Where>| -> Vec<Problem> {
            let unmet = |(i, condition): (usize, &Where)| {
                unmet(planned, &path(&["panels", &i.to_string(), "where"]), condition)
            };
            conditions.into_iter().enumerate().flat_map(unmet).collect()
        };
        let whole = match self {
            Self::Curves(config) => &config.r#where,
            Self::Summary(config) => &config.r#where,
            Self::HeatMap(config) => &config.r#where,
            Self::Distribution(config) => &config.r#where,
            Self::Relation(config) => &config.r#where,
            Self::Path(config) => {
                return of_panels(config.panels.iter().map(|panel| &panel.r#where).collect());
            }
            _ => return of_panels(self.panels().iter().map(|panel| &panel.r#where).collect()),
        };
        unmet(planned, &path(&["where"]), whole)
    }

    /// What only several of its keys together can tell to be wrong.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = match self {
            Self::Scatter(_)
            | Self::Curves(_)
            | Self::Distribution(_)
            | Self::Relation(_)
            | Self::Boundary(_)
            | Self::Images(_)
            | Self::Slice(_)
            | Self::Path(_) => Vec::new(),
            Self::Summary(config) => config.check(),
            Self::HeatMap(config) => Vec::from_iter(config.check()),
            Self::Weights(config) => Vec::from_iter(config.check()),
        };
        let n_panels = match self {
            Self::Curves(_)
            | Self::Relation(_)
            | Self::Summary(_)
            | Self::HeatMap(_)
            | Self::Distribution(_) => 1,
            Self::Path(config) => config.panels.len(),
            _ => self.panels().len(),
        };
        if !(1..=MOST_PANELS).contains(&n_panels) {
            let message = format!("found {n_panels} panels, expected 1 to {MOST_PANELS}");
            problems.push(Problem::new("panels", message));
        }
        problems
    }

    /// Puts the figure together.
    ///
    /// # Errors
    /// Why there is nothing to draw.
    pub(crate) fn build(&self, results: &Results) -> Result<Figure, String> {
        self.build_across(results, PIXELS)
    }

    /// The same with pictures that stand side by side on a sheet of so many pixels across.
    ///
    /// # Errors
    /// Why there is nothing to draw.
    pub(crate) fn build_across(&self, results: &Results, across: f64) -> Result<Figure, String> {
        if let Some(problem) = self.check().first() {
            return Err(problem.to_string());
        }
        let figure = self.drawn(results, across).map_err(|why| self.all_diverged(results).unwrap_or(why))?;
        match figure.empty_panel() {
            Some(panel) => {
                let name = panel.title.lines().next().unwrap_or_default();
                Err(format!("nothing in the panel \"{name}\" has a place on its axes"))
            }
            None => Ok(figure),
        }
    }

    fn drawn(&self, results: &Results, across: f64) -> Result<Figure, String> {
        match self {
            Self::Scatter(config) => config.build(results),
            Self::Curves(config) => config.build(results),
            Self::Summary(config) => config.build(results),
            Self::HeatMap(config) => config.build(results),
            Self::Distribution(config) => config.build(results),
            Self::Relation(config) => config.build(results),
            Self::Boundary(config) => config.build(results),
            Self::Weights(config) => config.build(results, across),
            Self::Images(config) => config.build(results, across),
            Self::Slice(config) => config.build(results),
            Self::Path(config) => config.build(results),
        }
    }

    /// That all runs of a panel diverged, if there is one: a better reason than what the run that was to be
    /// shown lacks.
    fn all_diverged(&self, results: &Results) -> Option<String> {
        self.panels().iter().find_map(|panel| {
            let text = reason::all_diverged(&select(results, &panel.r#where))?;
            Some(format!("panel \"{}\": {text}", panel.title))
        })
    }

    /// Its panels that show a run each.
    fn panels(&self) -> &[PanelConfig] {
        match self {
            Self::Scatter(config) => &config.panels,
            Self::Boundary(config) => &config.panels,
            Self::Weights(config) => &config.panels,
            Self::Images(config) => &config.panels,
            Self::Slice(config) => &config.panels,
            Self::Curves(_)
            | Self::Summary(_)
            | Self::HeatMap(_)
            | Self::Distribution(_)
            | Self::Relation(_)
            | Self::Path(_) => &[],
        }
    }
}

/// More panels than these would make a figure that no page can show.
const MOST_PANELS: usize = 100;

/// Checks the id of a claim or figure. That of a figure is the name of its files.
///
/// # Errors
/// If it is empty, or holds something other than letters, digits, - and _.
pub fn check_id(id: &str) -> Result<(), Problem> {
    if !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        Ok(())
    } else {
        Err(Problem::new("id", format!("found \"{id}\", expected letters, digits, - and _")))
    }
}

fn needs_of_panels<'a>(panels: &'a [PanelConfig], arrays: &[&'static str]) -> Vec<Need<'a>> {
    let settings = panels.iter().flat_map(|panel| needs(&panel.r#where));
    arrays.iter().map(|name| Need::Arrays(name)).chain(settings).collect()
}

/// A run for each panel: of the first replicate that all panels have, else the first of the plan.
fn runs_of<'a>(results: &'a Results, panels: &[PanelConfig]) -> Result<Vec<&'a Record>, String> {
    let all: Vec<Vec<&Record>> = panels.iter().map(|panel| select(results, &panel.r#where)).collect();
    if let Some((panel, _)) = panels.iter().zip(&all).find(|(_, runs)| runs.is_empty()) {
        return Err(format!("no run for the panel \"{}\" is in the store yet", panel.title));
    }
    let find = |runs: &[&'a Record], wanted: u64| runs.iter().copied().find(|run| replicate(run) == wanted);
    let mut replicates = all.iter().flatten().map(|run| replicate(run));
    let common = replicates.find(|wanted| all.iter().all(|runs| find(runs, *wanted).is_some()));
    Ok(all.iter().map(|runs| common.and_then(|wanted| find(runs, wanted)).unwrap_or(runs[0])).collect())
}

/// An array of a run.
fn array<'a>(run: &'a Record, name: &str, what: &str, setting: &str) -> Result<&'a Tensor, String> {
    run.tensor(name).ok_or_else(|| match run.status {
        Status::Diverged { .. } | Status::Failed { .. } => {
            format!("run {} {} and has no {what}", run.key, run.status)
        }
        Status::Completed => format!("run {} did not keep its {what} ({setting} does)", run.key),
    })
}

/// A label that was given, or else the name of what is shown.
fn label(given: &Option<String>, name: &str) -> String {
    given.clone().unwrap_or_else(|| name.to_owned())
}

/// A label that was given, or else the words of a quantity.
fn axis_label(given: &Option<String>, quantity: &str) -> String {
    given.clone().unwrap_or_else(|| Quantity::of(quantity).axis())
}

#[cfg(test)]
mod tests;
