//! Pictures of one run alone, as the page of a report shows it: its boundary, planes and paths through its
//! landscape.

use thalweg_records::{Dtype, Record, Tensor};

use super::boundary;
use super::contour::contour;
use super::path;
use super::scatter::Points;
use super::slice::Slice;
use crate::draw::{Mark, Panel, drawn};

/// A picture of a run.
pub(crate) struct OfRun {
    /// What it shows.
    pub(crate) says: String,
    /// The picture, without the training points.
    pub(crate) panel: Panel,
    /// The training points, which other runs may share.
    pub(crate) points: Vec<Mark>,
}

/// How many pictures there are of a run.
pub(crate) fn count(run: &Record) -> usize {
    run.fields.iter().filter(|field| kind(run, field).is_some()).count()
}

/// All pictures of a run, those of a field on a grid of `side` points along each axis, or fewer.
pub(crate) fn pictures(run: &Record, side: usize) -> Vec<OfRun> {
    run.fields
        .iter()
        .filter_map(|field| match kind(run, field)? {
            Kind::Boundary => boundary_of(run, field, side),
            Kind::Slice(probe) => slice_of(run, field, probe, side),
            Kind::Path(probe) => {
                let (panel, lines) = path::of_run(field)?;
                let says = format!("{probe}: the loss on the way to another solution; {lines}");
                Some(OfRun { says, panel, points: Vec::new() })
            }
        })
        .collect()
}

/// What an array is a picture of; for probes with the name.
enum Kind<'a> {
    Boundary,
    Slice(&'a str),
    Path(&'a str),
}

fn kind<'a>(run: &Record, field: &'a Tensor) -> Option<Kind<'a>> {
    let (name, part) = field.name.rsplit_once('.')?;
    match part {
        "probability" => Some(Kind::Boundary),
        "values" if run.tensor(&format!("{name}.axes")).is_some() => Some(Kind::Slice(name)),
        "profile" => Some(Kind::Path(name)),
        _ => None,
    }
}

fn boundary_of(run: &Record, field: &Tensor, side: usize) -> Option<OfRun> {
    let thin = thinned(field, side)?;
    let ends: [f64; 4] = run.tensor("boundary.extent")?.data.as_slice().try_into().ok()?;
    let [rows, columns] = thin.shape[..] else { return None };
    let [x0, x1, y0, y1] = ends;
    let (dx, dy) = ((x1 - x0) / (columns - 1) as f64, (y1 - y0) / (rows - 1) as f64);
    let on_axes = |[a, b, c, d]: [f64; 4]| [x0 + dx * a, y0 + dy * b, x0 + dx * c, y0 + dy * d];
    let line: Vec<f64> = contour(&thin.data, columns, 0.5).into_iter().flat_map(on_axes).collect();
    let says =
        format!("Decision boundary: P(class 1) = ½; the paler, the less sure{}", of_grid(field, &thin));
    let line = Tensor {
        name: "boundary.contour".to_owned(),
        shape: vec![line.len() / 4, 4],
        data: line,
        dtype: Dtype::F64,
    };
    let mut panel = boundary::panel("", &with(run, [thin, line]), &Points::default()).ok()?;
    panel.marks.retain(|mark| !matches!(mark, Mark::Points { .. }));
    Some(OfRun { says, panel, points: Points::of(run).map_or_else(|_| Vec::new(), |points| points.marks()) })
}

fn slice_of(run: &Record, field: &Tensor, probe: &str, side: usize) -> Option<OfRun> {
    let thin = thinned(field, side)?;
    let (low, high) = field
        .data
        .iter()
        .filter(|loss| loss.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| (low.min(*loss), high.max(*loss)));
    let says = format!(
        "{probe}: the loss on a plane, from {} (dark) to {} (light); lines: equal loss{}",
        drawn(low, 2),
        drawn(high, 2),
        of_grid(field, &thin)
    );
    let panel = Slice::of_probe(probe).alone(&with(run, [thin])).ok()?;
    Some(OfRun { says, panel, points: Vec::new() })
}

/// `; 63 × 63 of 200 × 200 points`
fn of_grid(field: &Tensor, thin: &Tensor) -> String {
    match (&field.shape[..], &thin.shape[..]) {
        ([rows, columns], [r, c]) if rows > r || columns > c => {
            format!("; {c} × {r} of {columns} × {rows} points")
        }
        _ => String::new(),
    }
}

/// The run with other arrays in place of its own.
fn with<const N: usize>(run: &Record, fields: [Tensor; N]) -> Record {
    let others = run.fields.iter().filter(|own| fields.iter().all(|field| field.name != own.name));
    let fields: Vec<Tensor> = others.cloned().chain(fields.clone()).collect();
    Record { fields, ..Record::empty(run.key.clone(), run.spec.clone()) }
}

/// A grid with so many points along each axis at most, the outermost among them; `None` for no grid.
fn thinned(field: &Tensor, side: usize) -> Option<Tensor> {
    let [rows, columns] = field.shape[..] else { return None };
    if rows < 2 || columns < 2 {
        return None;
    }
    let kept = |n: usize| {
        let side = side.clamp(2, n);
        (0..side).map(move |i| (2 * i * (n - 1) + side - 1) / (2 * (side - 1))).collect::<Vec<usize>>()
    };
    let (of_rows, of_columns) = (kept(rows), kept(columns));
    let row = |r: &usize| of_columns.iter().map(|c| field.data[r * columns + c]).collect::<Vec<f64>>();
    Some(Tensor {
        shape: vec![of_rows.len(), of_columns.len()],
        data: of_rows.iter().flat_map(row).collect(),
        ..field.clone()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tensor(name: &str, shape: &[usize], data: Vec<f64>) -> Tensor {
        Tensor { name: name.to_owned(), shape: shape.to_vec(), data, dtype: Dtype::F64 }
    }

    /// P(class 1) = x on the unit square, with a plane and two ways.
    fn run() -> Record {
        let x = |i: usize| (i % 101) as f64 / 100.0;
        let losses = (0..25).map(|i| 1.0 + f64::from(i)).collect();
        Record {
            fields: vec![
                tensor("boundary.probability", &[101, 101], (0..101 * 101).map(x).collect()),
                tensor("boundary.extent", &[4], vec![0.0, 1.0, 0.0, 1.0]),
                tensor("plane.values", &[5, 5], losses),
                tensor("plane.axes", &[2, 2], vec![-1.0, 1.0, -1.0, 1.0]),
                tensor("way.profile", &[2, 3], vec![0.0, 0.5, 1.0, 0.1, 0.4, 0.2]),
            ],
            ..Record::empty("r".into(), json!({}))
        }
    }

    #[test]
    fn fields_are_thinned_and_their_lines_stay_where_they_are() {
        let run = run();
        let all = pictures(&run, 21);
        assert_eq!((count(&run), all.len()), (3, 3));
        assert!(all[0].says.ends_with("; 21 × 21 of 101 × 101 points"), "{}", all[0].says);
        let Mark::Image(raster) = &all[0].panel.marks[0] else { panic!("a field comes first") };
        assert_eq!((raster.columns, raster.pixels.len()), (21, 441));
        let Mark::Segments { segments, .. } = &all[0].panel.marks[1] else { panic!("then the boundary") };
        assert_eq!(segments.len(), 20);
        assert!(segments.iter().all(|[a, _, c, _]| (a - 0.5).abs() < 1e-9 && (c - 0.5).abs() < 1e-9));
        assert!(all[1].says.starts_with("plane: the loss on a plane, from 1 (dark) to 25 (light)"));
        assert!(all[2].says.ends_with("; solid: straight line"), "{}", all[2].says);
        let Mark::Line { points, .. } = &all[2].panel.marks[0] else { panic!("a way is a line") };
        assert_eq!(points, &[(0.0, 0.1), (0.5, 0.4), (1.0, 0.2)]);
    }
}
