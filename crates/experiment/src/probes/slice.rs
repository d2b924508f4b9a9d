//! The loss on a plane through the solution.

use ndarray::Array2;
use thalweg_landscape::directions::{filter_normalise, gaussian, orthonormal_pair, principal_plane};
use thalweg_landscape::slices::{Axis, plane};
use thalweg_landscape::spectrum::{Hessian, Lanczos, Wanted};
use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_records::{Dtype, Tensor};

use super::check::within;
use super::{Extent, Measure, Measurement, ProbeInput};
use crate::file::{Directions, RunSpec, Slice};

/// How far beyond the trajectory its plane reaches, as a share of its extent.
const MARGIN: NonNegative = NonNegative::of(0.2);
/// Steps of Lanczos' method, and how exactly the eigenvectors must be known: a picture shows no more.
const LANCZOS: Wanted = Wanted { top: 2, bottom: 0, tolerance: NonNegative::of(1e-3), steps: Count::of(100) };

impl Measure for Slice {
    fn quantities(&self, _spec: &RunSpec) -> Vec<String> {
        if self.directions == Directions::Trajectory { vec!["explained".to_owned()] } else { Vec::new() }
    }

    fn check(&self, _spec: &RunSpec, extent: &Extent) -> Vec<(&'static str, String)> {
        let mut complaints = Vec::from_iter(within("resolution", self.resolution.get(), (2, 4096)));
        if extent.dim < 2 {
            complaints.push(("kind", "a plane needs two parameters".to_owned()));
        }
        complaints
    }

    fn keeps_a_slice(&self) -> bool {
        true
    }

    fn remembers(&self) -> bool {
        self.directions == Directions::Trajectory
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let mut measurement = Measurement::default();
        if input.ends {
            // A run that stops early may leave too few places for a plane, and a Hessian that is not finite
            // no direction.
            let _nothing = self.fill(input, &mut measurement);
        }
        measurement
    }
}

impl Slice {
    fn fill(&self, input: &mut ProbeInput<'_>, measurement: &mut Measurement) -> Option<()> {
        let (dim, layout, reach) = (input.params.len(), input.layout, self.extent.get());
        let around = Axis { low: -reach, high: reach, points: self.resolution };
        let (mut axes, mut path) = ([around; 2], None);
        let directions = match self.directions {
            Directions::Trajectory => {
                let places = input.history.concat();
                let places = Array2::from_shape_vec((input.history.len(), dim), places).ok()?;
                let found = principal_plane(places.view()).ok()?;
                for (i, axis) in axes.iter_mut().enumerate() {
                    *axis = Axis::around(found.coordinates.iter().map(|at| at[i]), MARGIN, self.resolution);
                }
                measurement.value("explained", found.explained.iter().sum());
                path = Some(found.coordinates);
                found.axes
            }
            Directions::Random => orthonormal_pair(dim, &mut input.stream),
            Directions::FilterNormalised => [(); 2].map(|()| {
                let mut direction = gaussian(dim, &mut input.stream);
                filter_normalise(&mut direction, input.params, layout);
                direction
            }),
            Directions::Hessian => {
                let (mut objective, params, stream) = input.objective();
                let mut lanczos = Lanczos::new(dim, LANCZOS);
                let mut hessian = Hessian { objective: &mut *objective, params };
                let found = lanczos.run(&mut hessian, stream).ok()?;
                let [u, v] = found.top else { return None };
                [u.vector.clone(), v.vector.clone()]
            }
        };
        let (mut objective, params, _) = input.objective();
        let values = plane(&mut *objective, params, directions.each_ref().map(Vec::as_slice), axes);
        let n = self.resolution.size();
        let mut field = |name: &str, shape: Vec<usize>, data: Vec<f64>, dtype| {
            measurement.fields.push(Tensor { name: name.to_owned(), shape, data, dtype });
        };
        // Single precision is finer than any shade on a screen.
        field("values", vec![n, n], values.into_raw_vec_and_offset().0, Dtype::F32);
        field("axes", vec![2, 2], axes.iter().flat_map(|axis| [axis.low, axis.high]).collect(), Dtype::F64);
        if let Some(path) = path {
            field("path", vec![path.len(), 2], path.concat(), Dtype::F64);
        }
        Some(())
    }
}
