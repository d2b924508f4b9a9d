//! A record as three files, and what must fit together when they are read.

use std::path::Path;

use crate::{FORMAT, REVISION, Record, StoreError, checked, key_of, read_tensors, write_tensors};

/// Everything but the arrays.
pub(crate) const RECORD: &str = "record.json";
const PARAMS: &str = "params.safetensors";
const FIELDS: &str = "fields.safetensors";

/// The files of a record.
pub(crate) fn encode(record: &Record) -> [(&'static str, Vec<u8>); 3] {
    [
        (RECORD, checked::write(record)),
        (PARAMS, write_tensors(&record.params)),
        (FIELDS, write_tensors(&record.fields)),
    ]
}

/// Puts the record with a key together from its files, of which `file` gives the bytes. `entry` is where they
/// are, for messages.
///
/// # Errors
/// If a file cannot be read or is missing, if the parts are not what was written, or another version wrote
/// them.
pub(crate) fn decode(
    entry: &Path,
    key: &str,
    file: impl Fn(&str) -> Result<Option<Vec<u8>>, StoreError>,
) -> Result<Record, StoreError> {
    let damaged = |why: String| StoreError::damaged(entry, why);
    let part = |name: &str| file(name)?.ok_or_else(|| damaged(format!("{name} is missing")));
    let mut record: Record =
        checked::read(&part(RECORD)?).map_err(|why| damaged(format!("{RECORD}: {why}")))?;
    check_version(entry, &record)?;
    if record.key != key || key_of(&record.spec) != key {
        return Err(damaged("its spec does not have this key".to_owned()));
    }
    let tensors = |name: &str| read_tensors(&part(name)?).map_err(|why| damaged(format!("{name}: {why}")));
    record.params = tensors(PARAMS)?;
    record.fields = tensors(FIELDS)?;
    check_curves(entry, &record)?;
    // Before format 2 nothing was said of what came out.
    if record.outcome.as_ref().is_some_and(|outcome| *outcome != record.hash())
        || (record.format > 1 && record.outcome.is_none())
    {
        return Err(damaged("its values are not those that were written".to_owned()));
    }
    Ok(record)
}

/// The same but for the end weights, out of bytes that are known to be those that were written: what hashes
/// in them say of each other need not be computed again.
///
/// # Errors
/// As of [`decode`].
pub(crate) fn decode_known(
    entry: &Path,
    key: &str,
    file: impl Fn(&str) -> Result<Option<Vec<u8>>, StoreError>,
) -> Result<Record, StoreError> {
    let damaged = |why: String| StoreError::damaged(entry, why);
    let part = |name: &str| file(name)?.ok_or_else(|| damaged(format!("{name} is missing")));
    let mut record: Record =
        serde_json::from_slice(&part(RECORD)?).map_err(|why| damaged(format!("{RECORD}: {why}")))?;
    check_version(entry, &record)?;
    if record.key != key {
        return Err(damaged("its spec does not have this key".to_owned()));
    }
    record.fields = read_tensors(&part(FIELDS)?).map_err(|why| damaged(format!("{FIELDS}: {why}")))?;
    check_curves(entry, &record)?;
    Ok(record)
}

fn check_version(entry: &Path, record: &Record) -> Result<(), StoreError> {
    let (path, format, revision) = (entry.to_owned(), record.format, record.revision);
    if format > FORMAT || revision > REVISION {
        return Err(StoreError::Newer { path, format, revision });
    }
    if revision < REVISION { Err(StoreError::Older { path, revision }) } else { Ok(()) }
}

fn check_curves(entry: &Path, record: &Record) -> Result<(), StoreError> {
    match record.curves.iter().find(|curve| curve.steps.len() != curve.values.len()) {
        Some(curve) => {
            Err(StoreError::damaged(entry, format!("the curve `{}` has not one value a step", curve.name)))
        }
        None => Ok(()),
    }
}
