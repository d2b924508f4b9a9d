//! The recursion of Lanczos, with every new vector orthogonal to all before it.

use thalweg_numeric::{Stream, vector};

use super::SpectrumError;
use super::operator::Checked;

/// An orthonormal basis V of a Krylov space and the tridiagonal T = VᵀAV.
///
/// ```text
/// β_j v_{j+1} = A v_j − α_j v_j − β_{j−1} v_{j−1},   α_j = v_jᵀ A v_j
/// ```
/// In floating point the recursion alone loses orthogonality as soon as an eigenvalue has converged and then
/// finds it again and again. So each new vector is made orthogonal to all others, twice, which is enough to
/// do it to rounding (B. N. Parlett, *The Symmetric Eigenvalue Problem*, 1980). That takes 8jd operations in
/// step j.
pub(crate) struct Krylov {
    capacity: usize,
    /// The vectors one behind the other; the first one after the last step is next, and not of the basis yet.
    basis: Vec<f64>,
    diagonal: Vec<f64>,
    beside: Vec<f64>,
    /// A·v, then β_j v_{j+1}.
    residual: Vec<f64>,
    /// Where the vectors since the last random one begin.
    block: usize,
    /// Some size of A: the largest |α| + β so far.
    scale: f64,
    /// The sum of all β that were replaced by 0.
    dropped: f64,
}

impl Krylov {
    /// Room for a basis of min(`steps`, `dim`) vectors.
    pub(crate) fn new(dim: usize, steps: usize) -> Self {
        let capacity = steps.min(dim);
        Self {
            capacity,
            basis: Vec::with_capacity(capacity * dim),
            diagonal: Vec::with_capacity(capacity),
            beside: Vec::with_capacity(capacity),
            residual: vec![0.0; dim],
            block: 0,
            scale: 0.0,
            dropped: 0.0,
        }
    }

    /// Forgets the basis.
    pub(crate) fn clear(&mut self) {
        self.basis.clear();
        self.diagonal.clear();
        self.beside.clear();
        (self.block, self.scale, self.dropped) = (0, 0.0, 0.0);
    }

    /// Goes on with `fill`'s vector, made orthogonal to the basis; T gets a 0 beside its diagonal.
    pub(crate) fn start(&mut self, fill: impl FnOnce(&mut [f64])) {
        fill(&mut self.residual);
        self.block = self.len();
        // Near the end of the space little is left of a random vector, and the first rounding shows in it.
        for _ in 0..2 {
            orthogonalise(&self.basis, &mut self.residual);
            normalise(&mut self.residual);
        }
        if self.block > 0 {
            self.dropped += self.beside[self.block - 1];
            self.beside[self.block - 1] = 0.0;
        }
    }

    /// Adds a vector to the basis: the one given to `start` or the one that the last step has left.
    pub(crate) fn step(&mut self, operator: &mut Checked<'_>) -> Result<(), SpectrumError> {
        if self.len() > self.block {
            normalise(&mut self.residual);
        }
        self.basis.extend_from_slice(&self.residual);
        let newest = &self.basis[self.basis.len() - self.residual.len()..];
        operator.apply(newest, &mut self.residual)?;
        let alpha = vector::dot(newest, &self.residual);
        orthogonalise(&self.basis, &mut self.residual);
        let beta = vector::norm(&self.residual);
        // Finite entries whose squares are not.
        if !(alpha.is_finite() && beta.is_finite()) {
            return Err(SpectrumError::NotFinite { product: operator.products() });
        }
        self.diagonal.push(alpha);
        self.beside.push(beta);
        self.scale = self.scale.max(alpha.abs() + beta);
        Ok(())
    }

    /// Number of vectors in the basis.
    pub(crate) fn len(&self) -> usize {
        self.diagonal.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() == self.capacity
    }

    /// Whether the basis spans an invariant subspace. What the last step has left is then rounding, but much
    /// more of it than in one product, as each step divides that of the steps before by its β. Up to √ε of A
    /// it may be dropped: that moves eigenvalues by β² over their distance.
    pub(crate) fn is_invariant(&self) -> bool {
        self.beta() <= f64::EPSILON.sqrt() * self.scale
    }

    /// β of the last step.
    pub(crate) fn beta(&self) -> f64 {
        self.beside.last().copied().unwrap_or(0.0)
    }

    /// How much A·V may differ from V·T besides what the last step has left: the β that were dropped.
    pub(crate) fn dropped(&self) -> f64 {
        self.dropped
    }

    /// The index of the first vector since the last random one.
    pub(crate) fn block(&self) -> usize {
        self.block
    }

    /// The diagonal of T and what stands beside it.
    pub(crate) fn tridiagonal(&self) -> (&[f64], &[f64]) {
        (&self.diagonal, &self.beside[..self.len().saturating_sub(1)])
    }

    /// Writes Σⱼ coefficientsⱼ vⱼ into `out`, scaled to length 1.
    pub(crate) fn combine(&self, coefficients: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (v, coefficient) in self.basis.chunks_exact(out.len()).zip(coefficients) {
            vector::axpy(*coefficient, v, out);
        }
        normalise(out);
    }
}

/// Takes from `x` its parts along the rows of `basis`, orthonormal vectors one behind the other; twice.
pub(crate) fn orthogonalise(basis: &[f64], x: &mut [f64]) {
    for _ in 0..2 {
        for v in basis.chunks_exact(x.len()) {
            vector::axpy(-vector::dot(v, x), v, x);
        }
    }
}

/// Scales `x` to length 1.
pub(crate) fn normalise(x: &mut [f64]) {
    let norm = vector::norm(x);
    for x in x {
        *x /= norm;
    }
}

/// Fills `out` with standard normal numbers.
pub(crate) fn normals(stream: &mut Stream, out: &mut [f64]) {
    for x in out {
        *x = stream.normal();
    }
}

/// Fills `out` with signs: +1 or −1, each with probability ½.
pub(crate) fn signs(stream: &mut Stream, out: &mut [f64]) {
    for x in out {
        *x = if stream.below(2) == 0 { -1.0 } else { 1.0 };
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;
    use crate::spectrum::testing::rotated;

    #[test]
    fn the_basis_is_orthonormal_and_makes_the_matrix_tridiagonal() {
        // An eigenvalue far from the others converges first; without full orthogonalisation it would come
        // twice.
        let eigenvalues: Vec<f64> = (0..40).map(|i| if i == 0 { 1e4 } else { f64::from(i) }).collect();
        let mut dense = rotated(&eigenvalues, 5);
        let mut stream = Streams::new(1, 0).stream("lanczos", 0);
        let mut krylov = Krylov::new(40, 30);
        krylov.start(|v| normals(&mut stream, v));
        let mut operator = Checked::new(&mut dense);
        while !krylov.is_full() {
            krylov.step(&mut operator).unwrap();
        }
        let rows: Vec<&[f64]> = krylov.basis.chunks_exact(40).collect();
        let mut product = vec![0.0; 40];
        for (i, v) in rows.iter().enumerate() {
            operator.apply(v, &mut product).unwrap();
            for (j, w) in rows.iter().enumerate() {
                let one = if i == j { 1.0 } else { 0.0 };
                // Rounding of sums of 40 products.
                assert!((vector::dot(v, w) - one).abs() < 1e-14, "{i} {j}");
                let (low, high) = (i.min(j), i.max(j));
                let expected = match high - low {
                    0 => krylov.diagonal[i],
                    1 => krylov.beside[low],
                    _ => 0.0,
                };
                // The same of numbers up to ‖A‖ = 1e4.
                assert!((vector::dot(w, &product) - expected).abs() < 1e-10, "{i} {j}");
            }
        }
    }

    #[test]
    fn an_invariant_subspace_is_noticed_and_left() {
        let mut dense = rotated(&[2.0, 2.0, 2.0, 5.0, 5.0], 7);
        let mut stream = Streams::new(1, 0).stream("lanczos", 0);
        let mut krylov = Krylov::new(5, 9);
        krylov.start(|v| normals(&mut stream, v));
        let mut operator = Checked::new(&mut dense);
        let mut sizes = vec![];
        while !krylov.is_full() {
            krylov.step(&mut operator).unwrap();
            if krylov.is_invariant() && !krylov.is_full() {
                sizes.push(krylov.len());
                krylov.start(|v| normals(&mut stream, v));
            }
        }
        // One of each eigenvalue, again one of each, then the last 2.
        assert_eq!(sizes, [2, 4]);
        assert_eq!(krylov.beside[1], 0.0);
        assert!((krylov.diagonal[4] - 2.0).abs() < 1e-13, "some tens of roundings of numbers up to 5");
    }
}
