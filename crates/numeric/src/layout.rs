//! Names and shapes of the pieces of one flat vector.

use std::ops::Range;

/// One named array inside a flat vector, row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// For example `layers.0.weight`.
    pub name: String,
    /// Extent of each axis.
    pub shape: Vec<usize>,
    /// Where it lies in the flat vector.
    pub range: Range<usize>,
}

/// How one flat vector is cut into named arrays, in order and without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    blocks: Vec<Block>,
}

impl Layout {
    /// Lays the named arrays one behind the other.
    ///
    /// ```
    /// use thalweg_numeric::Layout;
    /// let layout = Layout::new([("weight", vec![3, 2]), ("bias", vec![2])]);
    /// assert_eq!(layout.dim(), 8);
    /// assert_eq!(layout.blocks()[1].range, 6..8);
    /// ```
    pub fn new<N: Into<String>>(arrays: impl IntoIterator<Item = (N, Vec<usize>)>) -> Self {
        let mut offset = 0;
        let blocks = arrays
            .into_iter()
            .map(|(name, shape)| {
                let start = offset;
                offset += shape.iter().product::<usize>();
                Block { name: name.into(), shape, range: start..offset }
            })
            .collect();
        Self { blocks }
    }

    /// A single array, `point`, of all `dim` parameters: for a function whose parameters are no layers.
    ///
    /// ```
    /// use thalweg_numeric::Layout;
    /// assert_eq!(Layout::point(3), Layout::new([("point", vec![3])]));
    /// ```
    pub fn point(dim: usize) -> Self {
        Self::new([("point", vec![dim])])
    }

    /// Length of the flat vector.
    pub fn dim(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.range.end)
    }

    /// The arrays in their order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }
}
