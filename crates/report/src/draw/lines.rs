//! Text broken into lines.

use super::fonts::Fonts;

/// From line to line of panel titles and labels.
pub(super) const LEADING: f64 = 19.0;

/// The lines of a text, none wider than `width` pixels: broken between words, and within one that is too long
/// by itself.
pub(super) fn wrap(text: &str, size: f64, width: f64, fonts: &Fonts) -> Vec<String> {
    let fits = |line: &str| fonts.width(line, size) <= width;
    let mut lines = Vec::new();
    for whole in text.lines() {
        if fits(whole) {
            lines.push(whole.to_owned());
            continue;
        }
        let mut line = String::new();
        for word in &words(whole, &fits) {
            let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
            if fits(&longer) {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.clone_from(word);
            while line.chars().nth(1).is_some() && !fits(&line) {
                let rest = line.split_off(beginning(&line, &fits));
                lines.push(std::mem::replace(&mut line, rest));
            }
        }
        lines.push(line);
    }
    lines
}

/// The words of a text; a number and what it counts are one, if a line has room for both.
fn words(text: &str, fits: &dyn Fn(&str) -> bool) -> Vec<String> {
    let is_number = |word: &str| word.trim_start_matches(['(', '[']).parse::<f64>().is_ok();
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let both = words.last().filter(|last| is_number(last)).map(|last| format!("{last} {word}"));
        match (both.filter(|both| fits(both)), words.last_mut()) {
            (Some(both), Some(last)) => *last = both,
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Where the longest beginning of a word ends that fits, by halving; at least one letter, and all but one.
fn beginning(word: &str, fits: &dyn Fn(&str) -> bool) -> usize {
    let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(1).collect();
    let fitting = ends.partition_point(|end| fits(&word[..*end]));
    ends.get(fitting.saturating_sub(1)).copied().unwrap_or(word.len())
}

/// The widest of some lines.
pub(super) fn widest<'a>(lines: impl IntoIterator<Item = &'a String>, size: f64, fonts: &Fonts) -> f64 {
    lines.into_iter().map(|line| fonts.width(line, size)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_hold_every_word() {
        let fonts = Fonts::shipped();
        let text = "one two three four five\nsix";
        let whole = fonts.width("one two three four five", 10.0);
        assert_eq!(wrap(text, 10.0, whole + 1.0, fonts), ["one two three four five", "six"]);
        for share in [0.2, 0.5, 0.9] {
            let lines = wrap(text, 10.0, share * whole, fonts);
            assert!(lines.len() > 2 && widest(&lines, 10.0, fonts) <= share * whole, "{lines:?}");
            let words: Vec<&str> = lines.iter().flat_map(|line| line.split(' ')).collect();
            assert_eq!(words.concat(), "onetwothreefourfivesix", "{lines:?}");
        }
        assert!(wrap("", 10.0, 5.0, fonts).is_empty());
    }

    #[test]
    fn a_number_and_what_it_counts_are_not_parted() {
        let fonts = Fonts::shipped();
        let of = |text, room: &str| wrap(text, 10.0, fonts.width(room, 10.0) + 1.0, fonts);
        assert_eq!(of("mean and 95 % interval", "mean and 95"), ["mean and", "95 % interval"]);
        assert_eq!(of("optimizer (3 values)", "optimizer (3"), ["optimizer", "(3 values)"]);
        assert_eq!(of("(3 replicates", "replicates"), ["(3", "replicates"], "but where they must");
    }

    #[test]
    fn a_word_too_long_is_broken_and_a_letter_never_lost() {
        let fonts = Fonts::shipped();
        let word = "ηαβγδε".repeat(9);
        let lines = wrap(&format!("a {word}"), 10.0, 60.0, fonts);
        assert!(lines.len() > 4 && widest(&lines, 10.0, fonts) <= 60.0, "{lines:?}");
        assert_eq!(lines.concat(), format!("a{word}"));
        assert_eq!(wrap("ηα", 10.0, 0.0, fonts), ["η", "α"], "no room is no reason to go on forever");
    }
}
