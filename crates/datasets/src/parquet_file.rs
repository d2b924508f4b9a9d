//! The columns of a Parquet file, as rows of a table.
//!
//! Each value becomes the text that a CSV table would have in its place, from which a number reads back to
//! the same bits. So missing values, classes and what may be wrong with either are those of
//! [`crate::csv_rows`] and [`crate::csv_classes`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use csv::{ByteRecord, Position};
use parquet::basic::{Compression, ConvertedType, Type as Physical};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError as ReaderError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, Type};

use crate::csv_delimiter::Delimiter;
use crate::csv_header::Header;
use crate::csv_rows::Table;
use crate::csv_table::{Content, read_rows};
use crate::{CsvSource, Dataset, Parquet, ParquetError, foreign};

/// How a file begins and ends.
const MAGIC: &[u8] = b"PAR1";

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holds {
    Numbers,
    Text,
    Nested,
    /// In words.
    Other(String),
}

/// Reads the columns that `source` names, with the classes of `known` data, if these are given.
pub(crate) fn read(
    source: &CsvSource,
    bytes: &[u8],
    known: Option<&Dataset>,
) -> Result<Parquet, ParquetError> {
    if !bytes.starts_with(MAGIC) {
        let kind = foreign::kind(bytes).map_or("something else", |kind| kind.what);
        return Err(ParquetError::Foreign(format!("begins like {kind}")));
    }
    // The reader panics on some damaged files. It has nothing that would be seen half done.
    let read = catch_unwind(AssertUnwindSafe(|| read_columns(source, bytes, known)));
    read.unwrap_or_else(|_| Err(ParquetError::Damaged("its structure is broken".to_owned())))
}

fn read_columns(source: &CsvSource, bytes: &[u8], known: Option<&Dataset>) -> Result<Parquet, ParquetError> {
    let file = SerializedFileReader::new(Bytes::copy_from_slice(bytes)).map_err(damaged)?;
    let schema = file.metadata().file_metadata().schema_descr();
    let fields = schema.root_schema().get_fields();
    let names = fields.iter().map(|field| field.name().to_owned()).collect();
    let header = Header::of_names(names, source)?;
    let leaf =
        |column: usize| (0..schema.num_columns()).find(|leaf| schema.get_column_root_idx(*leaf) == column);
    let holds: Vec<Holds> = (0..fields.len())
        .map(|column| match leaf(column) {
            Some(leaf) => holds(&fields[column], &schema.column(leaf)),
            None => Holds::Nested,
        })
        .collect();
    check(source, &header, &holds)?;
    let used: Vec<usize> = header.answer_columns.iter().chain(&header.feature_columns).copied().collect();
    let leaves: Vec<usize> = used.iter().filter_map(|column| leaf(*column)).collect();
    let mut columns: Vec<Vec<Vec<u8>>> = vec![Vec::new(); used.len()];
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group).map_err(damaged)?;
        for ((texts, leaf), column) in columns.iter_mut().zip(&leaves).zip(&used) {
            check_codec(&*group, *leaf, &header.names[*column])?;
            append(&*group, *leaf, texts)?;
        }
    }
    let n_rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    if columns.iter().any(|texts| texts.len() != n_rows) {
        return Err(ParquetError::Damaged("its columns differ in length".to_owned()));
    }
    let width = header.names.len();
    let row = |row: usize| {
        let mut fields: Vec<&[u8]> = vec![b""; width];
        used.iter().zip(&columns).for_each(|(column, texts)| fields[*column] = texts[row].trim_ascii());
        let mut record = ByteRecord::from(fields);
        let mut position = Position::new();
        position.set_byte(row as u64);
        record.set_position(Some(position));
        record
    };
    let table = Table { text: None, header, delimiter: Delimiter::Comma, source };
    let content = read_rows((0..n_rows).map(row), &table, known)?;
    let Content { dataset, largest, feature_names, dropped_rows } = content;
    Ok(Parquet { dataset, largest, feature_names, dropped_rows })
}

fn damaged(error: ReaderError) -> ParquetError {
    ParquetError::Damaged(error.to_string())
}

/// What a column holds, by its type in the file.
fn holds(field: &Type, leaf: &ColumnDescriptor) -> Holds {
    if !field.is_primitive() || leaf.max_rep_level() > 0 {
        return Holds::Nested;
    }
    let converted = leaf.converted_type();
    let is_integer = matches!(
        converted,
        ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64
            | ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
    );
    // Times in nanoseconds have a logical type alone.
    let is_plain = leaf.logical_type_ref().is_none() || converted != ConvertedType::NONE;
    match leaf.physical_type() {
        Physical::BOOLEAN | Physical::FLOAT | Physical::DOUBLE => Holds::Numbers,
        Physical::INT32 | Physical::INT64 if is_integer && is_plain => Holds::Numbers,
        Physical::BYTE_ARRAY if matches!(converted, ConvertedType::UTF8 | ConvertedType::ENUM) => Holds::Text,
        physical => Holds::Other(match (leaf.logical_type_ref(), converted) {
            (Some(logical), _) => {
                format!("{logical:?}").split(['(', ' ', '{']).next().unwrap_or_default().to_lowercase()
            }
            (None, ConvertedType::NONE) => physical.to_string().to_lowercase(),
            (None, converted) => converted.to_string().to_lowercase(),
        }),
    }
}

/// Features and targets are numbers, a label may be text too.
fn check(source: &CsvSource, header: &Header, holds: &[Holds]) -> Result<(), ParquetError> {
    let of_numbers: Vec<String> = header
        .feature_columns
        .iter()
        .filter(|column| holds[**column] == Holds::Numbers)
        .map(|column| format!("{:?}", header.names[*column]))
        .collect();
    let is_label = |column: usize| source.label.is_some() && header.answer_columns.contains(&column);
    for column in header.answer_columns.iter().chain(&header.feature_columns).copied() {
        let is_feature = header.feature_columns.contains(&column);
        let hint = if is_feature && source.features.is_none() && !of_numbers.is_empty() {
            format!("\nhint: features = [{}] leaves out the others", of_numbers.join(", "))
        } else {
            String::new()
        };
        let name = header.names[column].clone();
        let needed = if is_label(column) { "numbers, booleans or text" } else { "numbers or booleans" };
        let holds = match &holds[column] {
            Holds::Numbers => continue,
            Holds::Text if is_label(column) => continue,
            Holds::Nested => return Err(ParquetError::Nested { column: name, hint }),
            Holds::Text => "text".to_owned(),
            Holds::Other(what) => format!("values of the type {what}"),
        };
        return Err(ParquetError::Holds { column: name, holds, needed, hint });
    }
    Ok(())
}

fn check_codec(group: &dyn RowGroupReader, leaf: usize, column: &str) -> Result<(), ParquetError> {
    match group.metadata().column(leaf).compression() {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) => Ok(()),
        other => {
            let codec = other.to_string();
            let codec = codec.split('(').next().unwrap_or_default().to_lowercase();
            Err(ParquetError::Codec { column: column.to_owned(), codec })
        }
    }
}

/// Adds the values of a column of a row group, each as text; what is null is empty.
fn append(group: &dyn RowGroupReader, leaf: usize, texts: &mut Vec<Vec<u8>>) -> Result<(), ParquetError> {
    let described = group.metadata().column(leaf).column_descr();
    let is_unsigned = matches!(described.converted_type(), ConvertedType::UINT_32 | ConvertedType::UINT_64);
    match described.physical_type() {
        Physical::BOOLEAN => add::<BoolType>(group, leaf, texts, |x| u8::from(*x).to_string().into()),
        Physical::INT32 if is_unsigned => {
            add::<Int32Type>(group, leaf, texts, |x| x.cast_unsigned().to_string().into())
        }
        Physical::INT64 if is_unsigned => {
            add::<Int64Type>(group, leaf, texts, |x| x.cast_unsigned().to_string().into())
        }
        Physical::INT32 => add::<Int32Type>(group, leaf, texts, |x| x.to_string().into()),
        Physical::INT64 => add::<Int64Type>(group, leaf, texts, |x| x.to_string().into()),
        Physical::FLOAT => add::<FloatType>(group, leaf, texts, |x| number(f64::from(*x))),
        Physical::DOUBLE => add::<DoubleType>(group, leaf, texts, |x| number(*x)),
        Physical::BYTE_ARRAY => add::<ByteArrayType>(group, leaf, texts, |x| x.data().to_vec()),
        other => Err(ParquetError::Damaged(format!("a row group has a column of {other}"))),
    }
}

fn add<T: DataType>(
    group: &dyn RowGroupReader,
    leaf: usize,
    texts: &mut Vec<Vec<u8>>,
    text: impl Fn(&T::T) -> Vec<u8>,
) -> Result<(), ParquetError> {
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(leaf).map_err(damaged)?);
    let most = group.metadata().column(leaf).column_descr().max_def_level();
    loop {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let read = reader.read_records(AT_ONCE, Some(&mut levels), None, &mut values);
        let (records, ..) = read.map_err(damaged)?;
        if records == 0 {
            return Ok(());
        }
        let mut values = values.iter();
        if most == 0 {
            texts.extend(values.map(&text));
            continue;
        }
        for level in levels {
            let value = if level == most { values.next() } else { None };
            texts.push(value.map_or_else(Vec::new, &text));
        }
    }
}

/// So many rows of a column are unpacked at once.
const AT_ONCE: usize = 65_536;

/// A number as text that reads back to the same bits.
fn number(x: f64) -> Vec<u8> {
    let is_short = x == 0.0 || !x.is_finite() || (1e-5..1e16).contains(&x.abs());
    if is_short { x.to_string().into() } else { format!("{x:e}").into() }
}
