//! Doc comments as people read them who write no Rust.

/// The text with one line a paragraph, without links, and of its code only what is marked as `text`.
pub(super) fn plain(doc: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut fence: Option<bool> = None;
    let mut goes_on = false;
    for line in doc.lines() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            let is_kept = fence.take().unwrap_or_else(|| {
                let is_text = kind.trim() == "text";
                fence = Some(is_text);
                is_text
            });
            if is_kept {
                lines.push(line.trim_start().to_owned());
            }
            goes_on = false;
            continue;
        }
        match fence {
            Some(true) => lines.push(line.to_owned()),
            Some(false) => {}
            None => {
                let text = line.trim();
                let is_item = text.starts_with("* ");
                if goes_on && !is_item && !text.is_empty() {
                    let last = lines.last_mut().expect("a line goes on");
                    last.push(' ');
                    last.push_str(text);
                } else {
                    lines.push(text.to_owned());
                }
                goes_on = !text.is_empty();
            }
        }
    }
    without_links(lines.join("\n").trim())
}

/// `[text](target)` and `[text]` without brackets and target. A key of the same table is written as in a
/// file.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let (before, from) = rest.split_at(start);
        if let Some(before) = before.strip_suffix('\\') {
            plain.push_str(before);
            plain.push('[');
            rest = &from[1..];
            continue;
        }
        plain.push_str(before);
        let end = from.find(']').unwrap_or(0);
        let inside = &from[1..end.max(1)];
        let behind = &from[(end + 1).min(from.len())..];
        let target = behind.strip_prefix('(').and_then(|behind| behind.split_once(')'));
        let is_code = inside.len() > 2 && inside.starts_with('`') && inside.ends_with('`');
        match target {
            Some((target, behind)) if end > 0 => {
                plain.push_str(&if target.starts_with("Self::") {
                    inside.replace('_', "-")
                } else {
                    inside.to_owned()
                });
                rest = behind;
            }
            _ if is_code && !inside.contains('[') => {
                let name = inside.trim_matches('`').rsplit("::").next().unwrap_or_default();
                plain.push_str(&format!("`{name}`"));
                rest = behind;
            }
            _ => {
                plain.push('[');
                rest = &from[1..];
            }
        }
    }
    plain.push_str(rest);
    plain.replace("\\]", "]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_lose_what_only_rust_needs() {
        let doc = "Rises with [`sigma`](Self::big_sigma) as in\n[`Adam`](super::Adam); \\[0, 1\\].\n\n```text\na ← b\n  c\n```\n\
                   * one\n  two\n* three\n\n```\nlet x = [1];\n```";
        let expected =
            "Rises with `sigma` as in `Adam`; [0, 1].\n\n```text\na ← b\n  c\n```\n* one two\n* three";
        assert_eq!(plain(doc), expected);
        assert_eq!(
            plain("`[model]` has [`alignment_samples`](Self::alignment_samples)"),
            "`[model]` has `alignment-samples`"
        );
        assert_eq!(plain("[`thalweg_numeric::objectives::Beale`]."), "`Beale`.");
    }
}
