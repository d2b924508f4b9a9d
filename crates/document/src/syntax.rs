//! What may be behind text that is not TOML.

/// A hint at the line, from 1, in which the text stops being TOML.
pub(crate) fn hint(text: &str, line: usize, message: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let here = *lines.get(line.checked_sub(1)?)?;
    if message.contains("duplicate key") {
        return duplicate(&lines, line);
    }
    let value = here.split_once('=').map_or(here, |(_, value)| value).trim();
    let word = value.split([' ', ',', ']', '}', '#']).next().unwrap_or_default();
    let hint = if here.contains(['“', '”', '„', '‘', '’']) {
        "quotes are straight: \" or '"
    } else if has_decimal_comma(value) {
        "a point stands before the fraction, as in 0.01"
    } else if ["True", "False", "TRUE", "FALSE"].contains(&word) {
        "true and false are written in small letters"
    } else if ["None", "none", "null", "nil"].contains(&word) {
        "leave out a key that has no value"
    } else if value.starts_with('"') && value.contains('\\') {
        "a backslash in double quotes begins a code: write / or take single quotes"
    } else if here.contains("//") {
        "a comment begins with #"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// Whether a value begins with digits, a comma and digits, outside of a list.
fn has_decimal_comma(value: &str) -> bool {
    let Some((whole, fraction)) = value.split_once(',') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_digit = |c: char| c.is_ascii_digit();
    digits(whole.trim_start_matches(['-', '+'])) && fraction.starts_with(is_digit)
}

/// Where the key of a line stands before, in the same table.
fn duplicate(lines: &[&str], line: usize) -> Option<String> {
    let key_of = |line: &str| line.split_once('=').map(|(key, _)| key.trim().to_owned());
    let key = key_of(lines[line - 1])?;
    let above = lines[..line - 1].iter().enumerate().rev();
    let mut same_table = above.take_while(|(_, line)| !line.trim_start().starts_with('['));
    let (first, _) = same_table.find(|(_, line)| key_of(line).as_ref() == Some(&key))?;
    Some(format!("`{key}` stands in line {} too", first + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_beginners_write_has_a_hint() {
        for (text, expected) in [
            ("initial = 0,01", "0.01"),
            ("initial = -3,5 # too much", "0.01"),
            ("exploratory = True", "small letters"),
            ("seed = None", "no value"),
            ("title = “A”", "straight"),
            ("path = \"C:\\data\\c.csv\"", "single quotes"),
            ("seed = 1 // first", "begins with #"),
        ] {
            let found = hint(text, 1, "something else");
            assert!(found.as_ref().is_some_and(|hint| hint.contains(expected)), "{text}: {found:?}");
        }
        for text in ["hidden = [1,2", "a b", "x = 1 2", ""] {
            assert_eq!(hint(text, 1, "something else"), None, "{text}");
        }
    }

    #[test]
    fn a_doubled_key_is_shown_where_it_stands_first() {
        let text = "seed = 1\n[train]\nsteps = 1\nbatch-size = 2\nsteps = 3\n";
        assert_eq!(hint(text, 5, "duplicate key").unwrap(), "`steps` stands in line 3 too");
        assert_eq!(hint("a = 1\n[b]\na = 2", 3, "duplicate key"), None);
    }
}
