//! Tables as JSON that carry a hash of what they say.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The key under which a table has the hash of what else it says.
const CHECKSUM: &str = "checksum";

/// A table as JSON, with a hash of what it says.
///
/// # Panics
/// If it is not written as a table.
pub(crate) fn write(table: &impl Serialize) -> Vec<u8> {
    let Ok(Value::Object(mut table)) = serde_json::to_value(table) else {
        unreachable!("only tables are written")
    };
    table.insert(CHECKSUM.to_owned(), checksum(&table).into());
    let mut text = serde_json::to_vec_pretty(&table).expect("a table is plain data");
    text.push(b'\n');
    text
}

/// What was written. One from before this has no hash.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut table: Map<String, Value> = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    let told = table.shift_remove(CHECKSUM);
    let told_is_missing = told.is_none();
    // Formats 0 and 1 had none.
    let is_old = table.get("format").is_none_or(|format| format.as_u64().is_some_and(|format| format < 2));
    if told.is_some_and(|told| told != Value::String(checksum(&table))) || (told_is_missing && !is_old) {
        return Err("it is not what was written".to_owned());
    }
    serde_json::from_value(Value::Object(table)).map_err(|e| e.to_string())
}

fn checksum(table: &Map<String, Value>) -> String {
    let text = serde_json::to_vec(table).expect("a table is plain data");
    blake3::hash(&text).to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_back_to_the_bit_and_a_changed_one_is_found() {
        let table = json!({ "b": [0.1 + 0.2, -0.0, 1e-300, 5.0], "a": u64::MAX, "c": { "d": "ü" } });
        let bytes = write(&table);
        assert_eq!(read::<Value>(&bytes).unwrap(), table);
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            read::<Value>(text.replace("5.0", "5.5").as_bytes())
                .unwrap_err()
                .contains("not what was written")
        );
        assert!(read::<Value>(text.replace("1e-300", "1e-301").as_bytes()).is_err());
        assert_eq!(read::<Value>(b"{ \"a\": 1 }").unwrap(), json!({ "a": 1 }), "from before");
    }
}
