//! The loss on a plane through parameter space.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use thalweg_records::Record;

use super::contour::contour;
use super::{PanelConfig, array, axis_label, label, runs_of};
use crate::Results;
use crate::draw::{
    Aspect, Axis, Bar, CLASSES, Color, Entry, Figure, Mark, Panel, Pen, Raster, Ruler, Scale, Shape, Sign,
    Style, WHITE, viridis,
};
use crate::select::{Need, needs};

/// `kind = "slice"`: the loss on a plane as a field of colours on a logarithmic scale that all panels share,
/// with lines of equal loss at the numbers of the colour bar and, where the run kept it, its trajectory in
/// the plane. Needs a probe of kind `slice`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Slice {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The id of the probe. Default `slice`.
    #[serde(default = "slice")]
    pub probe: String,
    /// The panels, a run each.
    pub panels: Vec<PanelConfig>,
    /// What the colours show. Default `loss`.
    pub label: Option<String>,
    /// What stands at the horizontal axis. Default `first direction`.
    pub x_label: Option<String>,
    /// What stands at the vertical axis. Default `second direction`.
    pub y_label: Option<String>,
    /// How many panels stand side by side. Default 1 to 5, by their number.
    pub columns: Option<NonZeroUsize>,
}

/// What a run kept of a slice.
struct Field<'a> {
    /// First and last coordinate of the columns, then of the rows.
    ends: [f64; 4],
    columns: usize,
    values: &'a [f64],
    path: Vec<(f64, f64)>,
}

impl Slice {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let settings = self.panels.iter().flat_map(|panel| needs(&panel.r#where));
        [Need::Slice(&self.probe)].into_iter().chain(settings).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = runs_of(results, &self.panels)?.into_iter();
        let fields = runs.map(|run| Field::of(run, &self.probe)).collect::<Result<Vec<_>, _>>()?;
        let range = self.range(&fields)?;
        let panels = self.panels.iter().zip(&fields);
        let panels = panels.map(|(config, field)| self.panel(&config.title, field, range)).collect();
        let any_path = fields.iter().any(|field| !field.path.is_empty());
        Ok(Figure {
            title: self.title.clone(),
            panels,
            columns: self.columns.map(NonZeroUsize::get),
            legend: legend(any_path),
            bar: Some(Bar::new(axis_label(&self.label, "loss"), Scale::Log, range)),
            left_out: Vec::new(),
        })
    }

    /// A probe with this name, and what is shown of it by default.
    pub(super) fn of_probe(name: &str) -> Self {
        Self {
            id: String::new(),
            title: String::new(),
            probe: name.to_owned(),
            panels: Vec::new(),
            label: None,
            x_label: None,
            y_label: None,
            columns: None,
        }
    }

    /// The plane of one run, with colours of its own.
    pub(super) fn alone(&self, run: &Record) -> Result<Panel, String> {
        let field = Field::of(run, &self.probe)?;
        let range = self.range(std::slice::from_ref(&field))?;
        Ok(self.panel("", &field, range))
    }

    /// The places of all losses on the scale.
    fn range(&self, fields: &[Field]) -> Result<(f64, f64), String> {
        let losses = fields.iter().flat_map(|field| field.values).copied();
        if !losses.clone().any(|loss| loss > 0.0 && loss.is_finite()) {
            return Err(format!("slice {} has no loss above 0, which a logarithmic scale needs", self.probe));
        }
        Ok(Scale::Log.range(losses))
    }

    fn panel(&self, title: &str, field: &Field, range: (f64, f64)) -> Panel {
        let mut marks = vec![field.raster(range), field.contours(range)];
        marks.extend(field.path());
        let [x0, x1, y0, y1] = field.ends;
        let axis =
            |given, name, range| Axis { range: Some(range), ..Axis::new(label(given, name), Scale::Linear) };
        // Lengths compare on both axes, unless one is so short that nothing would be seen of it.
        let shape = (y1 - y0) / (x1 - x0);
        let aspect = if (0.4..=1.6).contains(&shape) { Aspect::Equal } else { Aspect::Free };
        let off = field.values.iter().filter(|loss| !Scale::Log.of(**loss).is_finite()).count();
        let n = field.values.len();
        let note = match off {
            0 => String::new(),
            _ => format!("\n{off} of {n} losses have no place on the scale, and the colour of its end"),
        };
        Panel {
            title: title.to_owned() + &note,
            x: axis(&self.x_label, "first direction", (x0, x1)),
            y: axis(&self.y_label, "second direction", (y0, y1)),
            aspect,
            marks,
        }
    }
}

fn slice() -> String {
    "slice".to_owned()
}

impl<'a> Field<'a> {
    /// `<name>.values` of shape [rows, columns], `<name>.axes` of shape [2, 2]: the first and the last
    /// coordinate of the columns, then of the rows, and perhaps `<name>.path` of shape [T, 2].
    fn of(run: &'a Record, name: &str) -> Result<Self, String> {
        let array = |part: &str| array(run, &format!("{name}.{part}"), "slice", "a probe of kind \"slice\"");
        let (values, axes) = (array("values")?, array("axes")?);
        let columns = match values.shape[..] {
            [rows, columns] if rows > 1 && columns > 1 => columns,
            _ => return Err(format!("slice {name} of shape {:?} is no grid", values.shape)),
        };
        let ends: [f64; 4] = axes.data.as_slice().try_into().map_err(|_| "the axes are not four numbers")?;
        if !(ends[0] < ends[1] && ends[2] < ends[3]) {
            return Err(format!("the axes of slice {name} do not ascend"));
        }
        let path = run.tensor(&format!("{name}.path"));
        let path = path.map_or(Vec::new(), |path| path.data.chunks_exact(2).map(|p| (p[0], p[1])).collect());
        Ok(Self { ends, columns, values: &values.data, path })
    }

    /// The width of a step along the columns and along the rows.
    fn steps(&self) -> (f64, f64) {
        let [x0, x1, y0, y1] = self.ends;
        let rows = self.values.len() / self.columns;
        ((x1 - x0) / (self.columns - 1) as f64, (y1 - y0) / (rows - 1) as f64)
    }

    fn raster(&self, range: (f64, f64)) -> Mark {
        let ([x0, x1, y0, y1], (dx, dy)) = (self.ends, self.steps());
        Mark::Image(Raster {
            // The pixels around the outermost points reach half a step further.
            extent: [x0 - dx / 2.0, x1 + dx / 2.0, y0 - dy / 2.0, y1 + dy / 2.0],
            columns: self.columns,
            smooth: true,
            pixels: self.values.iter().map(|loss| shade(*loss, range)).collect(),
        })
    }

    /// Lines of equal loss, interpolated on the scale.
    fn contours(&self, range: (f64, f64)) -> Mark {
        let places: Vec<f64> = self.values.iter().map(|loss| place(*loss, range)).collect();
        let ([x0, _, y0, _], (dx, dy)) = (self.ends, self.steps());
        let levels = Scale::Log.ticks(range, 6).into_iter();
        let lines = levels.flat_map(|(level, _)| contour(&places, self.columns, level));
        let segments =
            lines.map(|[a, b, c, d]| [x0 + dx * a, y0 + dy * b, x0 + dx * c, y0 + dy * d]).collect();
        Mark::Segments { segments, color: WHITE, width: 0.9 }
    }

    /// The trajectory, on a white ground that tells it from the field, and its ends.
    fn path(&self) -> Vec<Mark> {
        let (Some(first), Some(last)) = (self.path.first(), self.path.last()) else { return Vec::new() };
        let line = |color, width| Mark::Line { points: self.path.clone(), pen: Pen::solid(color), width };
        let point = |at: &(f64, f64), shape| Mark::Points { points: vec![*at], style: end(shape) };
        vec![
            line(WHITE, 4.0),
            line(CLASSES[1], 2.0),
            point(first, Shape::Circle),
            point(last, Shape::Diamond),
        ]
    }
}

fn legend(any_path: bool) -> Vec<Entry> {
    let entry = |sign, text: &str| Entry { sign, text: text.to_owned() };
    let path = [
        entry(Sign::Line(Pen::solid(CLASSES[1])), "trajectory"),
        entry(Sign::Point(end(Shape::Circle)), "its first point"),
        entry(Sign::Point(end(Shape::Diamond)), "its last"),
    ];
    let lines = "the loss on a plane through the weights; white lines: equal loss, at the numbers of the bar";
    let path = path.into_iter().filter(|_| any_path);
    path.chain([entry(Sign::Title, lines)]).collect()
}

fn end(shape: Shape) -> Style {
    Style { shape, color: CLASSES[1], edge: WHITE, edge_width: 1.5, size: 6.0 }
}

/// The place of a loss on the scale: 0 and below are at its foot, what is not finite at its top.
fn place(loss: f64, (low, high): (f64, f64)) -> f64 {
    match Scale::Log.of(loss) {
        place if place.is_finite() => place,
        _ if loss <= 0.0 => low,
        _ => high,
    }
}

fn shade(loss: f64, range: (f64, f64)) -> Color {
    viridis((place(loss, range) - range.0) / (range.1 - range.0))
}
