//! A quantity over the steps.

mod axis;
mod courses;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thalweg_records::{Curve, Record, Status};

use super::automatic::scale_of_quantities;
use super::axis_label;
use super::caption::{INTERVAL, Pool, RANGE, caption, off_entry};
use super::facet::{self, facets_of};
use super::readings::behind;
use super::reason::{nothing, off_axis};
use super::series::{AT_ENDS, COLOURS, Family, MOST_LINES, Series, heading_of, means_and_range, series_of};
use crate::Results;
use crate::draw::{Aspect, Axis, Entry, Figure, INK, Mark, Panel, Pen, Scale, Sign};
use crate::estimates::{mean, scale_of};
use crate::select::{Counted, Need, Where, needs, replicate, select};
use courses::{Course, Manner, Point, are_named_at_ends, entries, marks, name_at_end, one_of, thinned};
pub(super) use courses::{THIN, cross};

/// `kind = "curves"`: one curve for each value of a setting, the geometric mean (on a logarithmic axis) or
/// mean over the replicates, on a band. A run that diverged ends in a cross; where what diverged would take
/// more than half of the axis, this is that of the runs that completed, and crosses beyond it stand at its
/// end. Where theory predicts the quantity, a thin line shows the prediction: runs then have a curve
/// `<y>.predicted` too. Lines are named at their ends where there is room; of more than twelve numbers a
/// colour scale tells the values, and more than twelve other values have a panel each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Curves {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The quantity, such as `train.loss`.
    pub y: String,
    /// The setting that tells the curves apart.
    pub series: String,
    /// A further setting, one panel for each of its values, all with the same axes. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<String>,
    /// What the band is. Default range.
    #[serde(default)]
    pub band: Band,
    /// Scale of the steps. Default log, on which step 0 has no place.
    #[serde(default = "log")]
    pub x_scale: Scale,
    /// Scale of the quantity. Default log if it is compared by ratios, as a loss is, and most values are
    /// positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_scale: Option<Scale>,
    /// Name and unit of the steps. Default those of the step.
    pub x_label: Option<String>,
    /// Name and unit of the quantity. Default what the product calls it.
    pub y_label: Option<String>,
    /// Name of the setting in the legend. Default what the product calls it.
    pub series_label: Option<String>,
    /// Which runs: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// What the band around a curve is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// From the lowest to the highest run.
    #[default]
    Range,
    /// The 95 % interval of the mean over the replicates (Student's t), of the logarithms on a logarithmic
    /// axis. The axis cuts it where it reaches far beyond the curves.
    Interval,
}

/// So many points of all curves of all panels are drawn at most, about.
const POINTS: usize = 60_000;

/// How curves are drawn: what the file says, and what follows from the values.
struct Axes<'a> {
    config: &'a Curves,
    y_scale: Scale,
}

impl Curves {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let settings = [Some(&self.series), self.facet.as_ref()].into_iter().flatten();
        let settings = settings.map(|key| Need::Setting(key));
        [Need::Curve(&self.y)].into_iter().chain(settings).chain(needs(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let of_quantity = || {
            // A few values that came down to 0 leave a gap, and no reason for an axis on which nothing is
            // seen.
            let values = runs.iter().filter_map(|run| run.curve(&self.y)).flat_map(|curve| &curve.values);
            let (above, rest): (Vec<f64>, Vec<f64>) = values.copied().partition(|value| *value > 0.0);
            let values = if above.len() > rest.len() { above } else { rest };
            scale_of_quantities([&self.y], values)
        };
        Axes { config: self, y_scale: self.y_scale.unwrap_or_else(of_quantity) }.build(results, &runs)
    }
}

impl Axes<'_> {
    fn build(&self, results: &Results, runs: &[&Record]) -> Result<Figure, String> {
        let config = self.config;
        let mut family = series_of(runs, &config.series, &config.series_label);
        let mut notes = Vec::from_iter(family.thin(MOST_LINES));
        let is_crowd = family.is_crowd();
        let is_each = config.facet.is_none()
            && family.bar.is_none()
            && (COLOURS + 1..=facet::MOST).contains(&family.lines.len());
        if !is_each {
            notes.extend(family.unnamed());
        }
        let facets = facets_of(runs, config.facet.as_ref())?;
        let n_panels = if is_each { family.lines.len() } else { facets.len().max(1) };
        let longest = POINTS / n_panels / family.lines.len().max(15);
        let mut panels: Vec<(String, Vec<Course>)> = Vec::new();
        for facet in facets {
            let courses = self.courses(&family, &facet.runs, longest);
            if courses.iter().any(|course| !course.points.is_empty()) {
                panels.push((facet.title, courses));
            } else {
                notes.push(facet.without(&format!("a curve `{}`", config.y)));
            }
        }
        if panels.is_empty() {
            return Err(self.reason(results, runs));
        }
        let all = || panels.iter().flat_map(|(_, courses)| courses);
        let is_named = panels.len() == 1 && family.bar.is_none() && are_named_at_ends(&panels[0].1);
        let mut legend = match () {
            () if is_each => vec![heading_of(&family.title, "a panel each")],
            () if is_named => vec![heading_of(&family.title, AT_ENDS)],
            () => family.legend(entries(&panels[0].1)),
        };
        if all().any(|course| !course.predicted.is_empty()) {
            legend.push(Entry { sign: Sign::Line(Pen::dashed(INK)), text: "predicted".to_owned() });
        }
        if all().any(|course| !course.ends.is_empty()) {
            legend.push(Entry { sign: Sign::Point(cross(INK)), text: "diverged".to_owned() });
        }
        legend.extend(all().any(|course| course.off.is_some()).then(off_entry));
        let has_bands = is_each || !is_crowd;
        let range = axis::range(&all().collect::<Vec<_>>(), self.y_scale, has_bands.then_some(config.band));
        let manner = Manner { has_bands, width: family.width(), range };
        notes.extend(beyond(all(), &manner));
        let left_out = notes.clone();
        let caption = self.caption(results, runs, is_crowd, notes);
        let drawn: Vec<(String, Vec<Mark>)> = if is_each {
            let courses = &panels[0].1;
            let shown = (0..courses.len()).filter(|i| !courses[*i].points.is_empty());
            shown.map(|i| (courses[i].text.clone(), one_of(courses, i, &manner))).collect()
        } else {
            let marks = |(title, courses): &(String, Vec<Course>)| {
                let mut marks = marks(courses, &manner);
                if is_named {
                    marks.extend(courses.iter().filter_map(name_at_end));
                }
                (title.clone(), marks)
            };
            panels.iter().map(marks).collect()
        };
        let is_alone = drawn.len() == 1 && config.facet.is_none();
        if !is_alone {
            legend.push(Entry { sign: Sign::None, text: caption.clone() });
        }
        let label = axis_label(&config.y_label, &config.y);
        let y = Axis { range: manner.range, ..Axis::new(label, self.y_scale) };
        let panel = |(title, marks): (String, Vec<Mark>)| Panel {
            title: if is_alone { caption.clone() } else { title },
            x: Axis::new(axis_label(&config.x_label, "step"), config.x_scale),
            y: y.clone(),
            aspect: Aspect::Free,
            marks,
        };
        let panels = drawn.into_iter().map(panel).collect();
        let title = config.title.clone();
        let mut figure = Figure { title, panels, columns: None, legend, bar: family.bar, left_out };
        if !is_alone {
            figure.share_axes();
        }
        Ok(figure)
    }

    /// The curves of a panel, one a series, each of about `longest` points at most.
    fn courses(&self, family: &Family<'_>, panel: &[&Record], longest: usize) -> Vec<Course> {
        let theory = format!("{}.predicted", self.config.y);
        let course = |Series { text, pen, runs }: Series<'_>| Course {
            points: thinned(self.points(&runs, &self.config.y), longest),
            predicted: thinned(self.points(&runs, &theory), longest),
            ends: self.ends(&runs),
            completed: self.completed(&runs),
            off: self.first_off(&runs),
            runs: behind(&runs, &self.config.y),
            text,
            pen,
        };
        family.within(panel).into_iter().map(course).collect()
    }

    /// Why there is no curve.
    fn reason(&self, results: &Results, runs: &[&Record]) -> String {
        let curves: Vec<&Curve> = runs.iter().filter_map(|run| run.curve(&self.config.y)).collect();
        if curves.is_empty() || runs.iter().all(|run| run.status != Status::Completed) {
            return nothing(results, runs, &format!("a curve `{}`", self.config.y));
        }
        if curves.iter().flat_map(|curve| &curve.steps).all(|step| *step == 0)
            && self.config.x_scale == Scale::Log
        {
            return off_axis(&format!("no step of `{}`", self.config.y), "x-scale");
        }
        off_axis(&format!("no value of `{}`", self.config.y), "y-scale")
    }

    /// What line and band are.
    fn caption(&self, results: &Results, runs: &[&Record], is_crowd: bool, notes: Vec<String>) -> String {
        let band = if self.config.band == Band::Range { RANGE } else { INTERVAL };
        let beside = (!is_crowd).then_some(band);
        let values = runs
            .iter()
            .filter_map(|run| run.curve(&self.config.y))
            .flat_map(|curve| curve.values.iter().copied());
        let shown = values.filter(|value| self.y_scale.of(*value).is_finite());
        let scale = self.scale_of(shown);
        let keys: Vec<&str> =
            std::iter::once(&self.config.series).chain(&self.config.facet).map(String::as_str).collect();
        let off = runs
            .iter()
            .filter_map(|run| run.curve(&self.config.y))
            .map(|curve| self.off(curve).count())
            .sum();
        caption(&[scale], beside, &Pool { runs, keys: &keys, axes: results.axes(), values: &[], off, notes })
    }

    /// For each step that has a place the mean and the band.
    fn points(&self, runs: &[&Record], name: &str) -> Vec<Point> {
        let mut places: BTreeMap<u64, BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
        for run in runs {
            let Some(curve) = run.curve(name) else { continue };
            for (step, value) in curve.steps.iter().zip(&curve.values) {
                let place = self.y_scale.of(*value);
                if self.config.x_scale.of(*step as f64).is_finite() && place.is_finite() {
                    places.entry(*step).or_default().entry(replicate(run)).or_default().push(place);
                }
            }
        }
        let all = places.values().flat_map(BTreeMap::values).flatten().map(|place| self.y_scale.at(*place));
        let scale = self.scale_of(all);
        // Runs that reached a goal end at steps of their own; a mean over those that are left would jump.
        let completed = runs.iter().filter(|run| run.status == Status::Completed);
        let courses: Vec<&Curve> = completed.filter_map(|run| run.curve(name)).collect();
        places
            .into_iter()
            .filter(|(step, _)| courses.iter().all(|curve| curve.steps.binary_search(step).is_ok()))
            .map(|(step, places)| self.point(step as f64, &places, scale))
            .collect()
    }

    /// The scale of the means: an interval is on that of the quantity.
    fn scale_of(&self, values: impl IntoIterator<Item = f64>) -> Scale {
        if self.config.band == Band::Interval {
            scale_of(&self.config.y, self.y_scale, values)
        } else {
            self.y_scale
        }
    }

    /// The mean over all replicates, and the band around it.
    fn point(&self, x: f64, places: &BTreeMap<u64, Vec<f64>>, scale: Scale) -> Point {
        let (means, (low, high)) = means_and_range(places);
        let at = |place| self.y_scale.at(place);
        let values: Vec<Counted> = means.into_iter().map(|place| (at(place), None)).collect();
        let mean = mean(&self.config.y, scale, &values);
        let band = if self.config.band == Band::Range { Some((at(low), at(high))) } else { mean.interval };
        Point { x, y: mean.point, band }
    }

    /// The steps of a curve at which its value has no place on the axis.
    fn off<'a>(&'a self, curve: &'a Curve) -> impl Iterator<Item = f64> + 'a {
        let points = curve.steps.iter().zip(&curve.values);
        let points = points.filter(|(_, value)| value.is_finite() && !self.y_scale.of(**value).is_finite());
        points.map(|(step, _)| *step as f64).filter(|step| self.config.x_scale.of(*step).is_finite())
    }

    fn first_off(&self, runs: &[&Record]) -> Option<f64> {
        let curves = runs.iter().filter_map(|run| run.curve(&self.config.y));
        curves.flat_map(|curve| self.off(curve)).min_by(f64::total_cmp)
    }

    /// The values of the runs that completed, if others diverged.
    fn completed(&self, runs: &[&Record]) -> Vec<f64> {
        let completed = runs.iter().filter(|run| run.status == Status::Completed);
        if completed.clone().count() == runs.len() {
            return Vec::new();
        }
        let curves = completed.filter_map(|run| run.curve(&self.config.y));
        let points = curves.flat_map(|curve| curve.steps.iter().zip(&curve.values));
        points
            .filter(|(step, _)| self.config.x_scale.of(**step as f64).is_finite())
            .map(|(_, y)| *y)
            .collect()
    }

    /// The last points of runs that diverged.
    fn ends(&self, runs: &[&Record]) -> Vec<(f64, f64)> {
        let diverged = runs.iter().filter(|run| matches!(run.status, Status::Diverged { .. }));
        let last = |run: &&Record| {
            let curve = run.curve(&self.config.y)?;
            // Nothing but the initial point has no place on a logarithmic axis: it is shown at step 1.
            Some(((*curve.steps.last()? as f64).max(1.0), *curve.values.last()?))
        };
        diverged.filter_map(last).collect()
    }
}

/// That there are crosses beyond the axis, if there are.
fn beyond<'a>(courses: impl Iterator<Item = &'a Course>, manner: &Manner) -> Option<String> {
    let ends = courses.flat_map(|course| &course.ends);
    let n = ends.filter(|(_, y)| manner.beyond(*y).is_some()).count();
    let crosses = if n == 1 { "1 cross at its end is" } else { &format!("{n} crosses at its end are") };
    (n > 0).then(|| format!("the axis is that of the runs that completed: {crosses} beyond it"))
}

fn log() -> Scale {
    Scale::Log
}
