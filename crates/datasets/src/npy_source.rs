//! Data from arrays of NumPy.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use zip::ZipArchive;

use crate::disk::MOST_BYTES;
use crate::npy_array::{Array, Elements};
use crate::{Dataset, NpyError, Transform};

/// Features and labels in two files of `np.save`, or in one of `np.savez`.
///
/// ```toml
/// data = { kind = "npy", features = "x.npy", labels = "y.npy" }
/// data = { kind = "npy", path = "both.npz", features = "x", labels = "y" }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NpySource {
    /// The archive that holds both arrays; default none, and each is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The array of the features, a file or a name in the archive: numbers, samples first. More than two axes
    /// become one, the last index fastest.
    pub features: PathBuf,
    /// The array of the labels, a file or a name in the archive: the numbers 0 … K − 1, or text.
    pub labels: PathBuf,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// What two arrays hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Npy {
    /// One sample a row. Text labels are classes in the order of their code points.
    pub dataset: Dataset,
    /// Rows and columns, if the features have three axes as images have.
    pub image: Option<(usize, usize)>,
    /// A feature that is finite in f64 and not in f32, with its place.
    pub beyond_f32: Option<(f64, Vec<usize>)>,
}

impl Npy {
    /// Puts a dataset together from the bytes of two arrays.
    ///
    /// # Errors
    /// [`NpyError`], and whether it is about the labels.
    pub fn parse(features: &[u8], labels: &[u8]) -> Result<Self, (NpyError, bool)> {
        Self::parse_as(features, labels, None)
    }

    /// The same for tests: with as many features as the `training` data, and their classes.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), or if a class is there that the training data have not.
    pub fn parse_test(features: &[u8], labels: &[u8], training: &Dataset) -> Result<Self, (NpyError, bool)> {
        Self::parse_as(features, labels, Some(training))
    }

    /// With the classes of `known` data, if these are given.
    fn parse_as(features: &[u8], labels: &[u8], known: Option<&Dataset>) -> Result<Self, (NpyError, bool)> {
        let of_features = |e| (e, false);
        let features = Array::parse(features).map_err(of_features)?;
        let labels = Array::parse(labels).map_err(|e| (e, true))?;
        let (numbers, shape) = numbers(features).map_err(of_features)?;
        let classes = classes(labels, known).map_err(|e| (e, true))?;
        let (samples, n_labels) = (shape[0], classes.labels.len());
        if samples != n_labels {
            return Err((NpyError::Counts { samples, labels: n_labels }, true));
        }
        let n_features = shape[1..].iter().product();
        if let Some(training) = known.map(|known| known.inputs.dim().1).filter(|n| *n != n_features) {
            return Err(of_features(NpyError::OtherFeatures { found: n_features, training }));
        }
        let beyond = numbers.iter().position(|x| !(*x as f32).is_finite());
        let beyond_f32 = beyond.map(|place| (numbers[place], index_of(place, &shape)));
        let image = if let [_, rows, columns] = shape[..] { Some((rows, columns)) } else { None };
        let inputs = Array2::from_shape_vec((samples, n_features), numbers)
            .expect("the length of the data was checked");
        let mut dataset = Dataset::new(inputs, classes.labels, classes.n_classes);
        dataset.class_names = classes.names;
        Ok(Self { dataset, image, beyond_f32 })
    }
}

/// The bytes of two arrays in the bytes of a NumPy archive.
///
/// # Errors
/// [`NpyError`] if it is none, or has no such arrays.
pub fn arrays_of(archive: &[u8], names: [&str; 2]) -> Result<[Vec<u8>; 2], NpyError> {
    let failed = |e: &dyn std::fmt::Display| NpyError::Archive(e.to_string());
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|e| failed(&e))?;
    let mut read = |name: &str| {
        let Some(member) = archive.index_for_name(&format!("{name}.npy")) else {
            let names = archive.file_names().flatten();
            let names = names.map(|name| format!("{:?}", name.trim_end_matches(".npy")));
            return Err(NpyError::NoArray { name: name.to_owned(), names: names.collect() });
        };
        let mut bytes = Vec::new();
        let member = archive.by_index(member).map_err(|e| failed(&e))?;
        member.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|e| failed(&e))?;
        Ok(bytes)
    };
    Ok([read(names[0])?, read(names[1])?])
}

/// Features that are finite, and their shape of at least two axes.
fn numbers(array: Array) -> Result<(Vec<f64>, Vec<usize>), NpyError> {
    let Array { shape, elements } = array;
    let Elements::Numbers(numbers) = elements else { return Err(NpyError::TextFeatures) };
    if shape.len() < 2 || shape.contains(&0) {
        return Err(NpyError::FeatureShape(shape));
    }
    match numbers.iter().position(|x| !x.is_finite()) {
        Some(place) => {
            let index = index_of(place, &shape);
            Err(NpyError::NotFinite { value: numbers[place].to_string(), index })
        }
        None => Ok((numbers, shape)),
    }
}

fn index_of(mut place: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|size| {
            let i = place % size;
            place /= size;
            i
        })
        .collect();
    index.reverse();
    index
}

struct Classes {
    labels: Vec<u32>,
    n_classes: usize,
    names: Option<Arc<[String]>>,
}

fn classes(array: Array, known: Option<&Dataset>) -> Result<Classes, NpyError> {
    let Array { shape, elements } = array;
    if !matches!(shape[..], [_] | [_, 1]) {
        return Err(NpyError::LabelShape { shape });
    }
    if let Some(known) = known {
        return known_classes(&elements, known);
    }
    match elements {
        Elements::Numbers(numbers) => numbered(&numbers),
        Elements::Texts(texts) => named(&texts),
    }
}

/// Labels of which all are classes of `known` data.
fn known_classes(elements: &Elements, known: &Dataset) -> Result<Classes, NpyError> {
    let all: Vec<String> = (0..known.n_classes as u32).map(|class| known.class_name(class)).collect();
    let texts: Vec<String> = match elements {
        Elements::Numbers(numbers) => numbers.iter().map(ToString::to_string).collect(),
        Elements::Texts(texts) => texts.iter().map(|text| text.trim().to_owned()).collect(),
    };
    let class_of = |(index, text): (usize, &String)| {
        let class = all.iter().position(|name| name == text);
        let unseen = || NpyError::UnseenClass { index, value: text.clone(), known: all.join(", ") };
        class.map(|class| class as u32).ok_or_else(unseen)
    };
    let labels = texts.iter().enumerate().map(class_of).collect::<Result<_, _>>()?;
    Ok(Classes { labels, n_classes: known.n_classes, names: known.class_names.clone() })
}

fn numbered(numbers: &[f64]) -> Result<Classes, NpyError> {
    let mut first = BTreeMap::new();
    let mut labels = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.iter().enumerate() {
        if number.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(number) {
            return Err(NpyError::NotAClass { index, value: number.to_string() });
        }
        labels.push(*number as u32);
        first.entry(*number as u32).or_insert(index);
    }
    if let Some((missing, (found, index))) = (0..).zip(&first).find(|(missing, (found, _))| missing != *found)
    {
        return Err(NpyError::MissingClass { index: *index, found: *found, missing });
    }
    if first.len() < 2 {
        return Err(NpyError::OneClass("class 0".to_owned()));
    }
    Ok(Classes { labels, n_classes: first.len(), names: None })
}

fn named(texts: &[String]) -> Result<Classes, NpyError> {
    if let Some(index) = texts.iter().position(|text| text.trim().is_empty()) {
        return Err(NpyError::NoName(index));
    }
    let mut classes: BTreeMap<&str, u32> = texts.iter().map(|text| (text.trim(), 0)).collect();
    (0..).zip(classes.values_mut()).for_each(|(class, of_name)| *of_name = class);
    if classes.len() < 2 {
        return Err(NpyError::OneClass(format!("{:?}", texts.first().map_or("", |text| text.trim()))));
    }
    let labels = texts.iter().map(|text| classes[text.trim()]).collect();
    let names = classes.keys().map(|name| (*name).to_owned()).collect();
    Ok(Classes { labels, n_classes: classes.len(), names: Some(names) })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ndarray::array;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;
    use crate::npy_array::tests::npy;

    fn floats(shape: &str, numbers: &[f64]) -> Vec<u8> {
        npy("<f8", "False", shape, &numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())
    }

    fn message(features: &[u8], labels: &[u8]) -> String {
        let (error, is_of_labels) = Npy::parse(features, labels).unwrap_err();
        format!("{}{error}", if is_of_labels { "labels: " } else { "" })
    }

    #[test]
    fn arrays_make_a_dataset() {
        let features = floats("(3, 2)", &[1.5, -2.0, 0.0, 4.0, 7.0, 8.0]);
        let labels = npy("|u1", "False", "(3,)", &[1, 0, 2]);
        let npy_data = Npy::parse(&features, &labels).unwrap();
        let expected = Dataset::new(array![[1.5, -2.0], [0.0, 4.0], [7.0, 8.0]], vec![1, 0, 2], 3);
        assert_eq!(npy_data, Npy { dataset: expected.clone(), image: None, beyond_f32: None });
        let column = npy("|i1", "False", "(3, 1)", &[1, 0, 2]);
        assert_eq!(Npy::parse(&features, &column).unwrap().dataset, expected);

        let images = npy("|u1", "False", "(2, 2, 3)", &(0..12).collect::<Vec<u8>>());
        let npy_data = Npy::parse(&images, &npy("|S4", "False", "(2,)", b"moss fern"[..].trim_ascii()));
        assert!(npy_data.is_err(), "nine bytes are not eight");
        let npy_data = Npy::parse(&images, &npy("|S4", "False", "(2,)", b"mossfern")).unwrap();
        assert_eq!(npy_data.image, Some((2, 3)));
        assert_eq!(npy_data.dataset.inputs.dim(), (2, 6));
        assert_eq!(
            (npy_data.dataset.labels, npy_data.dataset.class_names.unwrap().to_vec()),
            (vec![1, 0], vec!["fern".to_owned(), "moss".to_owned()])
        );
    }

    #[test]
    fn archives_are_read_packed_or_not() {
        let (features, labels) = (floats("(2, 1)", &[1.0, 2.0]), npy("|u1", "False", "(2,)", &[0, 1]));
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            for (name, bytes) in [("x.npy", &features), ("y.npy", &labels)] {
                writer.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
                writer.write_all(bytes).unwrap();
            }
            let archive = writer.finish().unwrap().into_inner();
            assert_eq!(arrays_of(&archive, ["x", "y"]), Ok([features.clone(), labels.clone()]));
            let error = arrays_of(&archive, ["x", "z"]).unwrap_err().to_string();
            assert_eq!(error, "there is no array \"z\"\nhint: the arrays are \"x\", \"y\"");
        }
        assert!(
            arrays_of(&features, ["x", "y"])
                .unwrap_err()
                .to_string()
                .starts_with("the archive cannot be read: ")
        );
    }

    #[test]
    fn arrays_that_make_no_dataset_are_told() {
        let (x, y) = (floats("(2, 2)", &[1.0, 2.0, 3.0, 4.0]), npy("|u1", "False", "(2,)", &[0, 1]));
        for (features, labels, expected) in [
            (
                &floats("(2, 2)", &[1.0, 2.0, f64::NAN, 4.0]),
                &y,
                "the features hold NaN at [1, 0], expected finite numbers",
            ),
            (
                &floats("(2,)", &[1.0, 2.0]),
                &y,
                "the features have the shape [2], expected at least two axes, samples first, and none of length 0",
            ),
            (&npy("|S1", "False", "(2, 1)", b"ab"), &y, "the features are text, expected numbers"),
            (
                &x,
                &npy("|u1", "False", "(3,)", &[0, 1, 1]),
                "labels: the features are of 2 samples, the labels of 3",
            ),
            (
                &x,
                &npy("|i1", "False", "(2,)", &[0, 255]),
                "labels: label 1 (from 0) is -1, which is not a class, a whole number of at least 0",
            ),
            (
                &x,
                &floats("(2,)", &[0.0, 0.5]),
                "labels: label 1 (from 0) is 0.5, which is not a class, a whole number of at least 0",
            ),
            (
                &x,
                &npy("|u1", "False", "(2,)", &[1, 2]),
                "labels: label 0 (from 0) is class 1, but no label is class 0\nhint: classes count from 0, without gaps",
            ),
            (&x, &npy("|u1", "False", "(2,)", &[0, 0]), "labels: every label is class 0"),
            (&x, &npy("|S1", "False", "(2,)", b"aa"), "labels: every label is \"a\""),
            (&x, &npy("|S1", "False", "(2,)", b"a\0"), "labels: label 1 (from 0) is an empty text"),
            (
                &x,
                &npy("|u1", "False", "(2, 2)", &[0, 1, 1, 0]),
                "labels: the labels have the shape [2, 2], expected one axis\nhint: if each row marks its class by a 1, save labels.argmax(1)",
            ),
        ] {
            assert_eq!(message(features, labels), expected);
        }
        let beyond = Npy::parse(&floats("(2, 2)", &[1.0, 2.0, 3.0, -1e39]), &y).unwrap().beyond_f32;
        assert_eq!(beyond, Some((-1e39, vec![1, 1])));
    }
}
