//! Ranges and ticks of linear and logarithmic axes.

use thalweg_records::Scale;

use crate::number::short;

/// A number alone on its axis that is closer to 0 than this would be taken for 0 if 0 were in sight.
const TINY: f64 = 1e-6;

/// Powers of ten from this one on are written as such wherever they are.
const LARGE: f64 = 1e4;

/// What a scale is on paper: places in a range, and ticks.
pub(crate) trait Ruler {
    /// The range of places that holds `values`, with a little room on both sides.
    fn range(self, values: impl Iterator<Item = f64>) -> (f64, f64);

    /// Ticks within a range of places: place and text, about `wanted` of them.
    fn ticks(self, range: (f64, f64), wanted: usize) -> Vec<(f64, String)>;
}

impl Ruler for Scale {
    fn range(self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        let places = values.map(|x| self.of(x)).filter(|place| place.is_finite());
        let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        if low > high {
            return (0.0, 1.0);
        }
        // By halves, as the whole length of the largest numbers is none.
        let half = high / 2.0 - low / 2.0;
        // A range narrower than rounding can resolve would put all ticks in one place.
        let room = if half > 0.5e-9 * high.abs().max(low.abs()) {
            0.08 * half
        } else if self == Self::Linear && low != 0.0 && low.abs() < TINY {
            0.5 * low.abs()
        } else {
            0.5 * low.abs().max(0.1)
        };
        ((low - room).max(f64::MIN), (high + room).min(f64::MAX))
    }

    fn ticks(self, (low, high): (f64, f64), wanted: usize) -> Vec<(f64, String)> {
        match self {
            Self::Linear => linear(low, high, wanted),
            Self::Log => log(low, high, wanted),
        }
    }
}

fn linear(low: f64, high: f64, wanted: usize) -> Vec<(f64, String)> {
    let rough = (high / 2.0 - low / 2.0) / (wanted as f64 / 2.0);
    let power = ten_to(libm::log10(rough).floor() as i32);
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    // As many digits as tell neighbours apart, and one more for steps of 2.5; zeros at the end are left out.
    let digits = (libm::log10(low.abs().max(high.abs()) / step).floor() as usize).clamp(0, 12) + 3;
    with_texts((first..=last).map(|i| i as f64 * step).collect(), digits)
}

/// The double precision number next to 10ⁿ; a product of tens may be another.
fn ten_to(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or_default()
}

fn log(low: f64, high: f64, wanted: usize) -> Vec<(f64, String)> {
    let (first, last) = (low.ceil() as i32, high.floor() as i32);
    let decades = (last - first + 1).max(0) as usize;
    let powers = || {
        let every = decades.div_ceil(wanted.max(2)).max(1) as i32;
        let kept: Vec<i32> = (first..=last).filter(|e| e.rem_euclid(every) == 0).collect();
        kept.iter().map(|e| f64::from(*e)).zip(powers(&kept)).collect()
    };
    if decades >= 3 {
        return powers();
    }
    let placed = |ticks: Vec<(f64, String)>| -> Vec<(f64, String)> {
        let placed = ticks.into_iter().map(|(x, text)| (libm::log10(x), text));
        placed.filter(|(place, _)| (low..=high).contains(place)).collect()
    };
    // Where two powers of ten or fewer have a place, the numbers between are named too, if there is room.
    let between = |digits: &[f64]| {
        let all = (first - 1..=last + 1).flat_map(|e| digits.iter().map(move |m| m * ten_to(e)));
        placed(with_texts(all.filter(|x| (low..=high).contains(&libm::log10(*x))).collect(), 2))
    };
    let dense: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 2.0, 3.0, 5.0], &[1.0, 2.0, 3.0, 5.0, 7.0]];
    if let Some(inside) = dense.into_iter().map(between).find(|inside| inside.len() >= 3) {
        return if decades == 2 && inside.len() > 2 * wanted { powers() } else { inside };
    }
    placed(linear(Scale::Log.at(low), Scale::Log.at(high), wanted))
}

/// Numbers at ticks of their own, in one notation: powers of ten as such, like those of a logarithmic axis.
pub(crate) fn ticks_at(numbers: &[f64]) -> Vec<(f64, String)> {
    let exponent = |x: &f64| {
        let exponent = libm::log10(x.abs()).round();
        let is_power = *x > 0.0 && x.is_finite() && format!("1e{exponent}").parse() == Ok(*x);
        is_power.then_some(exponent as i32)
    };
    match numbers.iter().map(exponent).collect::<Option<Vec<i32>>>() {
        Some(exponents) => numbers.iter().copied().zip(powers(&exponents)).collect(),
        None => with_texts(numbers.to_vec(), 6),
    }
}

/// A number in so many significant digits, as an axis writes it.
pub(crate) fn drawn(x: f64, digits: usize) -> String {
    in_powers(&short(x, digits)).replace('-', "−")
}

/// A text whose numbers are written as those of an axis are: 1e-5 as 10⁻⁵, and -1 as −1.
pub(crate) fn in_powers(text: &str) -> String {
    let word = |word: &str| {
        let inner = word.trim_start_matches(['(', '[']);
        let number = inner.trim_end_matches([',', ')', ']', ';', ':', '.']);
        let (before, after) = (&word[..word.len() - inner.len()], &inner[number.len()..]);
        let is_number = number.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        match number.parse::<f64>() {
            Ok(x) if is_number && x.is_finite() => {
                let text = if number.contains('e') { scientific(x, 10) } else { number.to_owned() };
                format!("{before}{}{after}", text.replace('-', "−"))
            }
            _ => word.to_owned(),
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Numbers in one notation: all of them written out, or all with powers of ten, as large powers of ten are.
pub(crate) fn texts_of(numbers: &[f64]) -> Vec<String> {
    let is_large = numbers.iter().any(|x| x.abs() >= LARGE);
    let placed = if is_large { ticks_at(numbers) } else { with_texts(numbers.to_vec(), 10) };
    placed.into_iter().map(|(_, text)| text).collect()
}

/// Numbers with so many significant digits: all of them written out, or all with powers of ten.
fn with_texts(numbers: Vec<f64>, digits: usize) -> Vec<(f64, String)> {
    let plain: Vec<String> = numbers.iter().map(|x| short(*x, digits)).collect();
    let is_plain = plain.iter().all(|text| !text.contains('e'));
    let text = |(x, plain): (f64, String)| {
        let text = if is_plain { plain } else { scientific(x, digits) };
        (x, text.replace('-', "−"))
    };
    numbers.into_iter().zip(plain).map(text).collect()
}

/// m·10ⁿ, without an m of 1.
fn scientific(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() {
        return short(x, digits);
    }
    let text = format!("{x:.*e}", digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = short(mantissa.parse().unwrap_or(x), digits);
    let power = power(exponent.parse().unwrap_or_default());
    match mantissa.as_str() {
        "1" => power,
        "-1" => format!("-{power}"),
        _ => format!("{mantissa}·{power}"),
    }
}

/// 10ⁿ for each n; all of them written out if they are from 0.01 to 1000.
fn powers(exponents: &[i32]) -> Vec<String> {
    if exponents.iter().all(|exponent| (-2..=3).contains(exponent)) {
        return exponents.iter().map(|exponent| short(ten_to(*exponent), 1)).collect();
    }
    exponents.iter().map(|exponent| power(*exponent)).collect()
}

/// 10ⁿ.
fn power(exponent: i32) -> String {
    let digits = exponent.to_string();
    let raised = digits.chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    });
    format!("10{}", raised.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: Scale, low: f64, high: f64) -> Vec<String> {
        scale.ticks((scale.of(low), scale.of(high)), 5).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_numbers_inside_the_range() {
        assert_eq!(texts(Scale::Linear, 0.0, 1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(texts(Scale::Linear, -1.1, 2.1), ["−1", "0", "1", "2"]);
        assert_eq!(texts(Scale::Linear, -1.251, -0.01), ["−1.25", "−1", "−0.75", "−0.5", "−0.25"]);
        assert_eq!(texts(Scale::Linear, 0.995, 1.0055), ["0.995", "0.9975", "1", "1.0025", "1.005"]);
        assert_eq!(texts(Scale::Linear, 0.8812, 0.8931), ["0.8825", "0.885", "0.8875", "0.89", "0.8925"]);
        assert_eq!(texts(Scale::Log, 1.0, 2e6), ["10⁰", "10²", "10⁴", "10⁶"]);
        assert_eq!(texts(Scale::Log, 1e-5, 0.1), ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹"]);
        assert_eq!(texts(Scale::Log, 0.01, 100.0), ["0.01", "0.1", "1", "10", "100"]);
        assert_eq!(texts(Scale::Log, 4e-5, 3e-4), ["5·10⁻⁵", "10⁻⁴", "2·10⁻⁴"]);
        assert_eq!(texts(Scale::Linear, 0.0, 1e-4), ["0", "2·10⁻⁵", "4·10⁻⁵", "6·10⁻⁵", "8·10⁻⁵", "10⁻⁴"]);
        assert_eq!(texts(Scale::Log, 3.0, 30.0), ["5", "10", "20"]);
        assert_eq!(texts(Scale::Log, 0.04, 9.0), ["0.05", "0.1", "0.2", "0.5", "1", "2", "5"]);
        assert_eq!(Scale::Log.ticks((-1.9, 0.9), 3).len(), 2, "no room for more");
        assert_eq!(texts(Scale::Log, 0.31, 0.35).len(), 4);
        assert_eq!(texts(Scale::Log, 0.41, 1.0), ["0.5", "0.7", "1"], "never fewer than three");
        assert_eq!(texts(Scale::Log, 1.5, 6.0), ["2", "3", "5"]);
    }

    #[test]
    fn swept_numbers_are_written_in_one_notation() {
        let texts = |numbers: &[f64]| -> Vec<String> {
            ticks_at(numbers).into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(texts(&[1e-5, 1e-3, 0.1]), ["10⁻⁵", "10⁻³", "10⁻¹"]);
        assert_eq!(texts(&[0.01, 0.1, 1.0, 1000.0]), ["0.01", "0.1", "1", "1000"]);
        assert_eq!(texts(&[0.001, 0.003, 0.01]), ["0.001", "0.003", "0.01"]);
        assert_eq!(texts(&[-10.0, 0.0, 5e4]), ["−10", "0", "50000"]);
        assert_eq!(texts(&[-1e-5, 0.0, 2.5e-5, 0.01]), ["−10⁻⁵", "0", "2.5·10⁻⁵", "10⁻²"]);
    }

    #[test]
    fn numbers_in_a_text_are_written_as_those_of_an_axis() {
        let cases =
            [("adam, epsilon 1e-8, beta 0.9", "adam, epsilon 10⁻⁸, beta 0.9"), ("-2.5e-7", "−2.5·10⁻⁷")];
        let cases = cases.into_iter().chain([("is [-0.5, -1e-5].", "is [−0.5, −10⁻⁵]."), ("a-1", "a-1")]);
        for (text, expected) in cases.chain([("e1 1e 3-e", "e1 1e 3-e"), ("0.001", "0.001")]) {
            assert_eq!(in_powers(text), expected);
        }
        assert_eq!(texts_of(&[0.001, 0.1]), ["0.001", "0.1"]);
        assert_eq!(texts_of(&[10.0, 1e5]), ["10¹", "10⁵"]);
        assert_eq!(texts_of(&[20.0, 50_000.0]), ["20", "50000"]);
        assert_eq!(texts_of(&[1e-5, 3e-4, 0.1]), ["10⁻⁵", "3·10⁻⁴", "10⁻¹"]);
        assert_eq!((drawn(-1.23456e-7, 3), drawn(0.5, 3)), ("−1.23·10⁻⁷".to_owned(), "0.5".to_owned()));
    }

    #[test]
    fn ranges_hold_their_values_and_are_never_empty() {
        for scale in [Scale::Linear, Scale::Log] {
            for values in
                [vec![], vec![3.0], vec![0.0], vec![-1.0, f64::NAN], vec![1.0, 1.0 + 1e-12], vec![1.0, 9.0]]
            {
                let (low, high) = scale.range(values.iter().copied());
                assert!(low < high, "{scale:?} {values:?}");
                let inside = |x: &f64| !scale.of(*x).is_finite() || (low..=high).contains(&scale.of(*x));
                assert!(values.iter().all(inside));
            }
        }
    }
}
