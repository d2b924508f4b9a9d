//! Named arrays, kept as safetensors files that every framework opens.

use std::io::{self, Write};

use safetensors::tensor::TensorView;
use safetensors::{SafeTensors, serialize};
use serde_json::{Map, Value, json};

/// A named array, row-major. The numbers are held in f64 whatever the file's type; f32 fits without loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// For example `layers.0.weight`.
    pub name: String,
    /// Extent of each axis.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: Vec<f64>,
    /// Their type in a file.
    pub dtype: Dtype,
}

/// The type of a tensor's numbers in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

/// A named array as its bytes, little-endian and row-major: no larger than in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// For example `params`.
    pub name: String,
    /// Extent of each axis.
    pub shape: Vec<usize>,
    /// The type of its numbers.
    pub dtype: Dtype,
    bytes: Vec<u8>,
}

impl Array {
    /// An array of numbers, each rounded to the type.
    pub fn new(
        name: impl Into<String>,
        shape: Vec<usize>,
        dtype: Dtype,
        numbers: impl ExactSizeIterator<Item = f64>,
    ) -> Self {
        let mut bytes = Vec::with_capacity(dtype.size() * numbers.len());
        match dtype {
            Dtype::F32 => numbers.for_each(|x| bytes.extend((x as f32).to_le_bytes())),
            Dtype::F64 => numbers.for_each(|x| bytes.extend(x.to_le_bytes())),
        }
        Self { name: name.into(), shape, dtype, bytes }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.dtype.size()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The numbers.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        let dtype = self.dtype;
        self.bytes.chunks_exact(dtype.size()).map(move |chunk| match dtype {
            Dtype::F32 => f64::from(f32::from_le_bytes(chunk.try_into().expect("4 bytes"))),
            Dtype::F64 => f64::from_le_bytes(chunk.try_into().expect("8 bytes")),
        })
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.len()
    }
}

impl Dtype {
    fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The type of the numbers of a tensor in a file.
    fn of_view(name: &str, view: &TensorView<'_>) -> Result<Self, String> {
        match view.dtype() {
            safetensors::Dtype::F32 => Ok(Self::F32),
            safetensors::Dtype::F64 => Ok(Self::F64),
            other => Err(format!("tensor `{name}` is of type {other:?}, expected F32 or F64")),
        }
    }

    fn of_file(self) -> safetensors::Dtype {
        match self {
            Self::F32 => safetensors::Dtype::F32,
            Self::F64 => safetensors::Dtype::F64,
        }
    }
}

/// The bytes of a safetensors file with these tensors.
///
/// # Panics
/// If a tensor's data does not fill its shape.
pub fn write_tensors(tensors: &[Tensor]) -> Vec<u8> {
    write_tensors_with(tensors, &[])
}

/// The same with names and texts as the file's metadata.
///
/// # Panics
/// If a tensor's data does not fill its shape.
pub fn write_tensors_with(tensors: &[Tensor], told: &[(&str, String)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|tensor| match tensor.dtype {
            Dtype::F32 => tensor.data.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect(),
            Dtype::F64 => tensor.data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        })
        .collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        let view = TensorView::new(tensor.dtype.of_file(), tensor.shape.clone(), bytes);
        (&tensor.name, view.expect("a tensor's data fills its shape"))
    });
    let told: Vec<(String, String)> =
        told.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
    serialize(views, (!told.is_empty()).then(|| told.into_iter().collect()))
        .expect("distinct names and whole tensors always serialise")
}

/// Reads the tensors of a safetensors file, sorted by name.
///
/// # Errors
/// What is wrong with the bytes, in words: not a safetensors file, or a type other than F32 and F64.
pub fn read_tensors(bytes: &[u8]) -> Result<Vec<Tensor>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| format!("not a safetensors file ({e})"))?;
    let mut tensors = file
        .iter()
        .map(|(name, view)| {
            let dtype = Dtype::of_view(name, &view)?;
            let data = match dtype {
                Dtype::F32 => singles(view.data()),
                Dtype::F64 => doubles(view.data()),
            };
            Ok(Tensor { name: name.to_owned(), shape: view.shape().to_vec(), data, dtype })
        })
        .collect::<Result<Vec<_>, String>>()?;
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}

/// Writes a safetensors file of arrays with distinct names: the length of its header, the header, the bytes.
pub(crate) fn write_arrays(to: &mut impl Write, arrays: &[Array]) -> io::Result<()> {
    let (mut header, mut start) = (Map::new(), 0);
    for array in arrays {
        let (end, dtype) = (start + array.bytes.len(), format!("{:?}", array.dtype));
        let told = json!({ "dtype": dtype, "shape": array.shape, "data_offsets": [start, end] });
        header.insert(array.name.clone(), told);
        start = end;
    }
    let mut header = serde_json::to_vec(&Value::Object(header))?;
    // Numbers begin at a multiple of 8 bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    to.write_all(&(header.len() as u64).to_le_bytes())?;
    to.write_all(&header)?;
    arrays.iter().try_for_each(|array| to.write_all(&array.bytes))
}

/// Reads the arrays of a safetensors file, sorted by name.
pub(crate) fn read_arrays(bytes: &[u8]) -> Result<Vec<Array>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| format!("not a safetensors file ({e})"))?;
    let array = |(name, view): (&str, TensorView<'_>)| {
        let (dtype, shape) = (Dtype::of_view(name, &view)?, view.shape().to_vec());
        Ok(Array { name: name.to_owned(), shape, dtype, bytes: view.data().to_vec() })
    };
    let mut arrays = file.iter().map(array).collect::<Result<Vec<_>, String>>()?;
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(arrays)
}

fn singles(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|chunk| f64::from(f32::from_le_bytes(*chunk))).collect()
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_types_come_back_to_the_bit() {
        let tensors = vec![
            Tensor {
                name: "a".into(),
                shape: vec![2, 3],
                data: vec![0.1, -2.0, 1e-300, 4.0, 5.0, 6.0],
                dtype: Dtype::F64,
            },
            Tensor {
                name: "b".into(),
                shape: vec![2],
                data: vec![f64::from(0.1_f32), -7.5],
                dtype: Dtype::F32,
            },
        ];
        assert_eq!(read_tensors(&write_tensors(&tensors)).unwrap(), tensors);
    }

    #[test]
    fn arrays_are_safetensors_files_in_their_own_precision() {
        let arrays = vec![
            Array::new("a", vec![2, 2], Dtype::F32, [0.1, -0.0, f64::INFINITY, 1e-45].into_iter()),
            Array::new("b", vec![0], Dtype::F32, std::iter::empty()),
            Array::new("c", vec![3], Dtype::F64, [0.1, 1e-300, -7.5].into_iter()),
        ];
        assert_eq!(arrays.iter().map(Array::n_bytes).collect::<Vec<_>>(), [16, 0, 24]);
        let expected: Vec<f64> = [0.1_f32, -0.0, f32::INFINITY, 1e-45].map(f64::from).to_vec();
        let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&arrays[0].numbers().collect::<Vec<_>>()), bits(&expected));
        let mut bytes = Vec::new();
        write_arrays(&mut bytes, &arrays).unwrap();
        assert_eq!(read_arrays(&bytes).unwrap(), arrays);
        // Also to the library that others read them with.
        let tensors = read_tensors(&bytes).unwrap();
        assert_eq!((bits(&tensors[0].data), tensors[0].shape.clone()), (bits(&expected), vec![2, 2]));
        assert_eq!(tensors[2].data, [0.1, 1e-300, -7.5]);
        assert_eq!(read_arrays(&write_tensors(&tensors)).unwrap(), arrays);
        bytes.pop();
        assert!(read_arrays(&bytes).is_err());
    }

    #[test]
    fn bytes_that_are_no_tensors_are_refused_in_words() {
        assert!(read_tensors(b"not one").unwrap_err().starts_with("not a safetensors file"));
        let mut short = write_tensors(&[Tensor {
            name: "a".into(),
            shape: vec![2],
            data: vec![1.0, 2.0],
            dtype: Dtype::F64,
        }]);
        short.truncate(short.len() - 1);
        assert!(read_tensors(&short).is_err());
    }
}
