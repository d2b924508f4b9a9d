//! Several faults in words.

use std::fmt::Display;

/// A fault a line, and below them the hints, each once.
pub(crate) fn listed<E: Display>(first: &[E], n: usize) -> String {
    let mut text = format!("{n} faults in its rows");
    let mut hints: Vec<String> = Vec::new();
    for error in first {
        let whole = error.to_string();
        let mut parts = whole.split("\nhint: ");
        text += &format!("\n    {}", parts.next().unwrap_or_default());
        for hint in parts.map(str::to_owned) {
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    if n > first.len() {
        text += &format!("\n    and {} more", n - first.len());
    }
    if hints.is_empty() { text } else { format!("{text}\nhint: {}", hints.join("; ")) }
}
