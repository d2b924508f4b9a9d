//! The word that was probably meant.

/// The candidate that a misspelt word most likely stands for, whatever its capitals.
///
/// ```
/// use thalweg_document::nearest;
///
/// assert_eq!(nearest("ReLU", ["tanh", "relu"]), Some("relu"));
/// assert_eq!(nearest("batch_size", ["steps", "batch-size"]), Some("batch-size"));
/// assert_eq!(nearest("colour", ["steps", "batch-size"]), None);
/// assert_eq!(nearest("foo", ["floor", "fork"]), None);
/// assert_eq!(nearest(":", [","]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = alike(word);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &alike(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        // A word of which less than two thirds stay is another one.
        .filter(|(distance, candidate)| 3 * distance <= word.chars().count().max(candidate.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Without what writers of names differ in.
fn alike(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

/// The candidates, those first that look most like a word.
///
/// ```
/// use thalweg_document::nearest_first;
///
/// assert_eq!(nearest_first("betta", ["steps", "beta1", "beta"]), ["beta", "beta1", "steps"]);
/// ```
pub fn nearest_first<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = candidates.into_iter().collect();
    all.sort_by_cached_key(|candidate| strsim::damerau_levenshtein(word, candidate));
    all
}

/// The hint for a word that is not one of `known`.
///
/// ```
/// use thalweg_document::among;
///
/// assert_eq!(among(":", [",", "comma", "\t"]), r#"known here: ",", comma, "\t""#);
/// ```
pub fn among<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let list: Vec<String> = known.iter().map(|word| shown(word)).collect();
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Known here: {}", list.join(", ")),
        None => format!("known here: {}", list.join(", ")),
    }
}

/// A word of signs alone in quotes, such as a comma.
fn shown(word: &str) -> String {
    if word.contains(char::is_alphanumeric) { word.to_owned() } else { format!("{word:?}") }
}
