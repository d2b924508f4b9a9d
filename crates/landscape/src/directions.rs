//! Directions in parameter space along which a landscape is looked at.
//!
//! Random ones show what is typical, the principal ones of a trajectory what the optimizer saw. A step of the
//! same length means different things to layers of different scale; [`filter_normalise`] evens this out.

use ndarray::ArrayView2;
use thalweg_numeric::{Layout, Stream, vector};

use crate::spectrum::Dense;

/// A random direction, uᵢ ~ N(0, 1) independently, of length about √dim.
pub fn gaussian(dim: usize, stream: &mut Stream) -> Vec<f64> {
    (0..dim).map(|_| stream.normal()).collect()
}

/// Gives each filter of a direction the norm that the same filter of the parameters has.
///
/// ```text
/// u_f ← u_f · ‖θ_f‖ / ‖u_f‖
/// ```
/// A filter is what feeds one unit: the weights `[…, out]` of a layer have `out` of them. Arrays with one
/// axis are biases; there the direction becomes 0, as in the authors' code. H. Li, Z. Xu, G. Taylor, C.
/// Studer & T. Goldstein, *Visualizing the loss landscape of neural nets*, NeurIPS 2018, §4.
///
/// # Panics
/// If the lengths of direction, parameters and layout differ.
///
/// ```
/// use thalweg_landscape::directions::filter_normalise;
/// use thalweg_numeric::Layout;
/// let layout = Layout::new([("weight", vec![2, 2]), ("bias", vec![2])]);
/// let mut direction = vec![0.6, 0.0, 0.8, -2.0, 1.0, 1.0];
/// filter_normalise(&mut direction, &[3.0, 0.0, 4.0, 0.5, 7.0, 7.0], &layout);
/// assert_eq!(direction, [3.0, 0.0, 4.0, -0.5, 0.0, 0.0]);
/// ```
pub fn filter_normalise(direction: &mut [f64], params: &[f64], layout: &Layout) {
    assert_eq!((direction.len(), params.len()), (layout.dim(), layout.dim()), "one vector for one layout");
    for block in layout.blocks() {
        let (direction, params) = (&mut direction[block.range.clone()], &params[block.range.clone()]);
        match block.shape[..] {
            [_, .., units] => (0..units).for_each(|unit| match_norm(direction, params, unit, units)),
            _ => direction.fill(0.0),
        }
    }
}

/// Gives column `unit` of a direction the length of the same column of the parameters; both are \[…, units\].
fn match_norm(direction: &mut [f64], params: &[f64], unit: usize, units: usize) {
    let norm = |x: &[f64]| x.iter().skip(unit).step_by(units).map(|x| x * x).sum::<f64>().sqrt();
    let length = norm(direction);
    let factor = if length > 0.0 { norm(params) / length } else { 0.0 };
    direction.iter_mut().skip(unit).step_by(units).for_each(|u| *u *= factor);
}

/// Two random directions of length 1 at a right angle.
///
/// # Panics
/// If `dim` is below 2: a line has no plane.
pub fn orthonormal_pair(dim: usize, stream: &mut Stream) -> [Vec<f64>; 2] {
    assert!(dim >= 2, "a plane needs 2 dimensions, not {dim}");
    let (mut u, mut v) = (gaussian(dim, stream), gaussian(dim, stream));
    orthonormalise(&mut u, &mut v);
    [u, v]
}

/// Gram and Schmidt: scales u to length 1, takes its part out of v and scales v.
fn orthonormalise(u: &mut [f64], v: &mut [f64]) {
    scale(u, 1.0 / vector::norm(u));
    // What rounding leaves of a long part the second pass takes out.
    for _ in 0..2 {
        vector::axpy(-vector::dot(u, v), u, v);
        scale(v, 1.0 / vector::norm(v));
    }
}

fn scale(x: &mut [f64], factor: f64) {
    x.iter_mut().for_each(|x| *x *= factor);
}

/// The plane that holds most of a trajectory; it passes through the last snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// The last snapshot, whose coordinates are (0, 0).
    pub origin: Vec<f64>,
    /// Two directions of length 1 at a right angle, the one of larger variance first. Their signs are such
    /// that the first snapshot has no negative coordinate.
    pub axes: [Vec<f64>; 2],
    /// The share of the trajectory's variance along each axis.
    pub explained: [f64; 2],
    /// Each snapshot projected onto the plane, in units of parameter space.
    pub coordinates: Vec<[f64; 2]>,
}

/// Why a trajectory spans no plane.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlaneError {
    /// Two points span a line.
    #[error("a plane needs 3 snapshots or more, got {snapshots}")]
    TooFew {
        /// How many there are.
        snapshots: usize,
    },
    /// A run that diverged.
    #[error("snapshot {snapshot} has values that are not finite")]
    NotFinite {
        /// The first of them, counted from 0.
        snapshot: usize,
    },
    /// The squares of a run that was about to diverge are beyond all numbers.
    #[error("the eigenvalues of the {snapshots} × {snapshots} Gram matrix do not converge")]
    NoConvergence {
        /// T.
        snapshots: usize,
    },
    /// All of it lies on one line, or in one point.
    #[error(
        "the snapshots lie on one line: {ratio:e} of the variance of the first direction is left for a second"
    )]
    OneLine {
        /// λ₂/λ₁; NaN if nothing moves.
        ratio: f64,
    },
}

/// Below this share of the first variance the second is rounding: the Gram matrix holds squares, each to
/// about 1e-16 of the largest, so that an axis of length 1e-6 is still known to four digits.
const RESOLVED: f64 = 1e-12;

/// The two principal directions of a trajectory.
///
/// ```text
/// C = snapshots − their mean,   C Cᵀ q = λ q,   axis = Cᵀ q / √λ,   explained = λ / tr(C Cᵀ)
/// ```
/// `snapshots` is [T, d], one row a snapshot. The eigenproblem is of size T, not d. H. Li et al., NeurIPS
/// 2018, §7.
///
/// # Errors
/// [`PlaneError`] if the snapshots are too few, not finite or as good as that, or on one line.
///
/// ```
/// use ndarray::array;
/// use thalweg_landscape::directions::principal_plane;
/// let plane = principal_plane(array![[4.0, 0.0, 1.0], [2.0, 1.0, 1.0], [0.0, 0.0, 1.0]].view())?;
/// assert_eq!(plane.origin, [0.0, 0.0, 1.0]);
/// assert!((plane.coordinates[0][0] - 4.0).abs() < 1e-12);
/// # Ok::<(), thalweg_landscape::directions::PlaneError>(())
/// ```
pub fn principal_plane(snapshots: ArrayView2<f64>) -> Result<Plane, PlaneError> {
    let t = snapshots.nrows();
    if t < 3 {
        return Err(PlaneError::TooFew { snapshots: t });
    }
    let rows: Vec<Vec<f64>> = snapshots.rows().into_iter().map(|row| row.to_vec()).collect();
    if let Some(snapshot) = rows.iter().position(|row| !vector::all_finite(row)) {
        return Err(PlaneError::NotFinite { snapshot });
    }
    let mut mean = vec![0.0; snapshots.ncols()];
    rows.iter().for_each(|row| vector::axpy(1.0 / t as f64, row, &mut mean));
    let centred: Vec<Vec<f64>> = rows.iter().map(|row| difference(row, &mean)).collect();
    let gram = Dense::gram(&centred.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let eigen = gram.eigen().map_err(|_| PlaneError::NoConvergence { snapshots: t })?;
    // Ascending, so the largest are the last.
    let of_rank = |rank: usize| (eigen.values[t - rank], eigen.vector(t - rank));
    let [(first, p), (second, q)] = [of_rank(1), of_rank(2)];
    if second.is_nan() || second <= RESOLVED * first {
        return Err(PlaneError::OneLine { ratio: second / first });
    }
    let combined = |weights: &[f64]| {
        let mut axis = vec![0.0; mean.len()];
        centred.iter().zip(weights).for_each(|(row, weight)| vector::axpy(*weight, row, &mut axis));
        axis
    };
    let (mut u, mut v) = (combined(p), combined(q));
    orthonormalise(&mut u, &mut v);
    let origin = rows[t - 1].clone();
    let from_origin: Vec<Vec<f64>> = rows.iter().map(|row| difference(row, &origin)).collect();
    for axis in [&mut u, &mut v] {
        let sign = if vector::dot(&from_origin[0], axis) < 0.0 { -1.0 } else { 1.0 };
        scale(axis, sign);
    }
    let variance = gram.trace();
    let coordinates = from_origin.iter().map(|row| [vector::dot(row, &u), vector::dot(row, &v)]).collect();
    Ok(Plane { origin, axes: [u, v], explained: [first / variance, second / variance], coordinates })
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use thalweg_numeric::Streams;

    use super::*;

    fn stream(index: u64) -> Stream {
        Streams::new(3, 0).stream("directions", index)
    }

    #[test]
    fn filters_get_the_norms_of_the_parameters_and_keep_their_direction() {
        let layout = Layout::new([("weight", vec![3, 2, 2]), ("bias", vec![3]), ("next", vec![2, 3])]);
        let params = gaussian(layout.dim(), &mut stream(0));
        let raw = gaussian(layout.dim(), &mut stream(1));
        let mut direction = raw.clone();
        filter_normalise(&mut direction, &params, &layout);
        let column = |x: &[f64], range: &std::ops::Range<usize>, unit, units| -> Vec<f64> {
            x[range.clone()].iter().copied().skip(unit).step_by(units).collect()
        };
        for (range, unit, units) in
            [(0..12, 0, 2), (0..12, 1, 2), (15..21, 0, 3), (15..21, 1, 3), (15..21, 2, 3)]
        {
            let of = |x: &[f64]| column(x, &range, unit, units);
            let (u, r) = (&of(&direction)[..], &of(&raw)[..]);
            let (length, of_raw) = (vector::norm(&of(&params)), vector::norm(r));
            // A quotient, a product and two norms of at most six numbers: some rounding errors of 1e-16.
            assert!((vector::norm(u) / length - 1.0).abs() < 1e-14);
            assert!((vector::dot(u, r) / (length * of_raw) - 1.0).abs() < 1e-14);
        }
        assert_eq!(direction[12..15], [0.0; 3]);
    }

    #[test]
    fn a_filter_that_is_zero_stays_zero() {
        let layout = Layout::new([("weight", vec![1, 2])]);
        let mut direction = vec![0.0, 3.0];
        filter_normalise(&mut direction, &[2.0, 0.0], &layout);
        assert_eq!(direction, [0.0, 0.0]);
    }

    #[test]
    fn a_pair_is_orthonormal() {
        let [u, v] = orthonormal_pair(17, &mut stream(2));
        // Sums of 17 products, each rounded to 1e-16 of at most 1.
        assert!((vector::norm(&u) - 1.0).abs() < 1e-14 && (vector::norm(&v) - 1.0).abs() < 1e-14);
        assert!(vector::dot(&u, &v).abs() < 1e-15);
    }

    /// Snapshots o + aᵢ e + bᵢ f + cᵢ g in 11 dimensions with orthonormal e, f, g, and the coordinates (a, b,
    /// c).
    fn trajectory(coordinates: &[[f64; 3]]) -> (Array2<f64>, [Vec<f64>; 2]) {
        let [e, f] = orthonormal_pair(11, &mut stream(3));
        let mut g = gaussian(11, &mut stream(4));
        for axis in [&e, &f, &e, &f] {
            vector::axpy(-vector::dot(axis, &g), axis, &mut g);
        }
        let length = vector::norm(&g);
        scale(&mut g, 1.0 / length);
        let origin = gaussian(11, &mut stream(5));
        let at = |(i, j): (usize, usize)| {
            let [a, b, c] = coordinates[i];
            origin[j] + a * e[j] + b * f[j] + c * g[j]
        };
        (Array2::from_shape_fn((coordinates.len(), 11), at), [e, f])
    }

    #[test]
    fn the_plane_of_a_known_trajectory_is_found() {
        // The columns have mean 0, are uncorrelated and have the squared lengths 40, 8 and 4.
        let (r, s) = (5.0_f64.sqrt() * 2.0, 2.0_f64);
        let known = [[-r, 0.0, 1.0], [r, 0.0, 1.0], [0.0, -s, -1.0], [0.0, s, -1.0]];
        let (snapshots, [e, f]) = trajectory(&known);
        let plane = principal_plane(snapshots.view()).unwrap();
        // The eigenvalues are known to some 1e-15 of the largest, 40, and lie 4 apart or more.
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(plane.explained[0], 40.0 / 52.0) && close(plane.explained[1], 8.0 / 52.0));
        // Seen from the last snapshot the first lies at −r and −s, so both axes are turned round.
        for (i, [a, b, _]) in known.into_iter().enumerate() {
            let [x, y] = plane.coordinates[i];
            assert!(close(x, -a) && close(y, s - b), "{i}: {x} {y}");
        }
        assert!(close(vector::dot(&plane.axes[0], &e), -1.0) && close(vector::dot(&plane.axes[1], &f), -1.0));
        assert_eq!((plane.coordinates[3], plane.origin), ([0.0, 0.0], snapshots.row(3).to_vec()));
    }

    #[test]
    fn an_axis_far_shorter_than_the_first_is_still_found() {
        let known = [[-1.0, 1e-4, 0.0], [-0.5, -1e-4, 0.0], [0.3, 0.0, 0.0], [1.2, 0.0, 0.0]];
        let (snapshots, [e, f]) = trajectory(&known);
        let plane = principal_plane(snapshots.view()).unwrap();
        let across = vector::dot(&plane.axes[1], &f).hypot(vector::dot(&plane.axes[1], &e));
        // The second variance is 1e-8 of the first, of which 1e-16 is rounding.
        assert!((across - 1.0).abs() < 1e-7, "{across}");
    }

    #[test]
    fn what_spans_no_plane_is_refused() {
        let line = [[0.0; 3], [1.0, 0.5, 0.0], [3.0, 1.5, 0.0], [-2.0, -1.0, 0.0]];
        let refused = |known: &[[f64; 3]]| principal_plane(trajectory(known).0.view()).unwrap_err();
        assert_eq!(refused(&line[..2]), PlaneError::TooFew { snapshots: 2 });
        assert!(matches!(refused(&line), PlaneError::OneLine { ratio } if ratio < 1e-14));
        assert!(matches!(refused(&[[1.0; 3]; 3]), PlaneError::OneLine { .. }));
        let mut broken = line;
        broken[2][1] = f64::INFINITY;
        assert_eq!(refused(&broken), PlaneError::NotFinite { snapshot: 2 });
        broken[2][1] = 1e200;
        assert_eq!(refused(&broken), PlaneError::NoConvergence { snapshots: 4 });
    }
}
