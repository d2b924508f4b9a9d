//! Named arrays, kept as safetensors files that every framework opens.

use safetensors::tensor::TensorView;
use safetensors::{SafeTensors, serialize};

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

impl Dtype {
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
            let (dtype, data) = match view.dtype() {
                safetensors::Dtype::F32 => (Dtype::F32, singles(view.data())),
                safetensors::Dtype::F64 => (Dtype::F64, doubles(view.data())),
                other => return Err(format!("tensor `{name}` is of type {other:?}, expected F32 or F64")),
            };
            Ok(Tensor { name: name.to_owned(), shape: view.shape().to_vec(), data, dtype })
        })
        .collect::<Result<Vec<_>, _>>()?;
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
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
