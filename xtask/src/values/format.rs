//! How a value is written in a page.

use super::record::unknown;

/// What the words behind a value say of its form.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Format {
    digits: Option<Digits>,
    is_percent: bool,
    /// 1 − x, and −x.
    is_rest: bool,
    is_minus: bool,
    /// Small numbers as words, with a capital or without.
    words: Option<bool>,
    /// Several values as cells of a table, not with arrows between them.
    pub(super) is_row: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Digits {
    Decimals(usize),
    Significant(usize),
}

const KNOWN: [&str; 9] = ["%", ".0", ".2", ".1%", "sig2", "rest", "minus", "words", "row"];
const WORDS: [&str; 13] = [
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

impl Format {
    /// Reads `.2` (decimals), `sig2` (significant digits), `%`, `.1%`, `rest` (1 − x), `minus` (−x), `words`,
    /// `Words` and `row`.
    pub(super) fn read<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut format = Self::default();
        for word in words {
            let plain = word.strip_suffix('%').unwrap_or(word);
            format.is_percent |= plain != word;
            let count = |begin: &str| plain.strip_prefix(begin)?.parse::<usize>().ok();
            match (plain, count("."), count("sig")) {
                ("", ..) => {}
                (_, Some(n @ 0..=12), _) => format.digits = Some(Digits::Decimals(n)),
                (_, _, Some(n @ 1..=12)) if plain == word => format.digits = Some(Digits::Significant(n)),
                ("rest", ..) => format.is_rest = true,
                ("minus", ..) => format.is_minus = true,
                ("words", ..) => format.words = Some(false),
                ("Words", ..) => format.words = Some(true),
                ("row", ..) => format.is_row = true,
                _ => return Err(unknown("format", word, KNOWN.map(str::to_owned).into())),
            }
        }
        Ok(format)
    }

    /// A number, with its sign of percent; without wish in three significant digits.
    pub(super) fn number(self, x: f64) -> String {
        self.bare(self.turned(x)) + if self.is_percent { " %" } else { "" }
    }

    /// `[low, high]`, without a sign of percent.
    pub(super) fn interval(self, (low, high): (f64, f64)) -> String {
        let (a, b) = (self.turned(low), self.turned(high));
        format!("[{}, {}]", self.bare(a.min(b)), self.bare(a.max(b)))
    }

    /// A p-value: without wish in two significant digits, as the program has it.
    pub(super) fn p(self, p: f64) -> String {
        let digits = self.digits.or(Some(Digits::Significant(2)));
        Self { digits, ..Self::default() }.bare(p)
    }

    /// A number of things.
    pub(super) fn count(self, n: usize) -> String {
        let Some((is_capital, word)) = self.words.zip(WORDS.get(n)) else { return grouped(n) };
        let (first, rest) = word.split_at(1);
        if is_capital { first.to_uppercase() + rest } else { (*word).to_owned() }
    }

    fn turned(self, x: f64) -> f64 {
        let x = if self.is_rest { 1.0 - x } else { x };
        let x = if self.is_minus { -x } else { x };
        if self.is_percent { 100.0 * x } else { x }
    }

    fn bare(self, x: f64) -> String {
        let default = if self.is_percent { Digits::Decimals(0) } else { Digits::Significant(3) };
        let text = match self.digits.unwrap_or(default) {
            Digits::Decimals(n) => format!("{x:.n$}"),
            Digits::Significant(n) => significant(x, n),
        };
        let is_zero = text.chars().all(|c| ['-', '0', '.'].contains(&c));
        if is_zero { text.replace('-', "") } else { text.replace('-', "−") }
    }
}

/// So many significant digits without zeros at the end; below 0.0001 and from a million on with a power of
/// ten.
fn significant(x: f64, digits: usize) -> String {
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    let text = format!("{x:.*e}", digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if x != 0.0 && !(-4..6).contains(&exponent) {
        let power = exponent.to_string().chars().map(raised).collect::<String>();
        return match trimmed(mantissa).as_str() {
            "1" => format!("10{power}"),
            mantissa => format!("{mantissa}·10{power}"),
        };
    }
    trimmed(&format!("{x:.*}", (digits as i32 - 1 - exponent).max(0) as usize))
}

fn raised(digit: char) -> char {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    digit.to_digit(10).map_or('⁻', |digit| RAISED[digit as usize])
}

/// An integer with a comma at each thousand.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let comma = |i: usize| if i > 0 && (digits.len() - i).is_multiple_of(3) { "," } else { "" };
    digits.char_indices().map(|(i, c)| format!("{}{c}", comma(i))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(words: &str) -> Format {
        Format::read(words.split_whitespace()).unwrap()
    }

    #[test]
    fn numbers_are_written_as_they_are_asked_for() {
        let cases = [
            ("", -0.8311, "−0.831"),
            (".2", -0.8311, "−0.83"),
            (".3", 1.0, "1.000"),
            ("%", 0.8141, "81 %"),
            (".1%", 0.9956, "99.6 %"),
            ("rest %", 0.8141, "19 %"),
            ("minus .2", -0.2033, "0.20"),
            (".2", -0.001, "0.00"),
            ("sig2", 0.000_061_9, "6.2·10⁻⁵"),
            ("sig2", 1e-7, "10⁻⁷"),
            ("sig2", 0.000_899_96, "0.0009"),
            ("sig4", 12_345.6, "12346"),
            ("", 2.753e76, "2.75·10⁷⁶"),
        ];
        for (words, x, expected) in cases {
            assert_eq!(format(words).number(x), expected, "{words} {x}");
        }
    }

    #[test]
    fn intervals_run_from_low_to_high_however_they_are_turned() {
        assert_eq!(format(".2").interval((-0.9629, -0.6994)), "[−0.96, −0.70]");
        assert_eq!(format("minus .2").interval((-0.3230, -0.0836)), "[0.08, 0.32]");
        assert_eq!(format("rest %").interval((0.7292, 0.8990)), "[10, 27]");
        assert_eq!(format("%").interval((0.92, 1.0)), "[92, 100]");
    }

    #[test]
    fn counts_are_words_where_that_is_asked_for() {
        let of = |words: &str, n: usize| format(words).count(n);
        assert_eq!([of("words", 0), of("words", 7), of("Words", 3)], ["none", "seven", "Three"]);
        assert_eq!(
            [of("words", 13), of("", 7), of("", 4590), of("", 1_500_000)],
            ["13", "7", "4,590", "1,500,000"]
        );
    }

    #[test]
    fn an_unknown_format_is_told_with_what_is_near() {
        assert_eq!(
            Format::read(["wrods"]).unwrap_err(),
            "there is no format `wrods`\nhint: did you mean `words`?"
        );
        assert!(Format::read([".x"]).is_err() && Format::read(["sig0"]).is_err());
    }
}
