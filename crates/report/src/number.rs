//! Numbers as people read them, and as programs do.

/// A number in `digits` significant digits, without needless zeros; very large and small ones as 1.2e-7.
pub fn short(x: f64, digits: usize) -> String {
    if x == 0.0 {
        return "0".to_owned(); // without the sign that a zero may have
    }
    if !x.is_finite() {
        return x.to_string();
    }
    let scientific = format!("{x:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("written with an exponent");
    let exponent: i32 = exponent.parse().expect("written as an integer");
    if !(-4..7).contains(&exponent) {
        return format!("{}e{exponent}", trimmed(mantissa));
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    trimmed(&format!("{x:.decimals$}")).to_owned()
}

/// Without zeros at the end of the decimals.
fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A number that reads back to the same bits, with a power of ten where it would be long without.
pub(crate) fn written(x: f64) -> String {
    if x == 0.0 || (1e-5..1e16).contains(&x.abs()) { x.to_string() } else { format!("{x:e}") }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-0.123_456, "-0.123"),
            (1234.5, "1234"),
            (0.9996, "1"),
            (1.5e-7, "1.5e-7"),
            (2.5e9, "2.5e9"),
            (f64::INFINITY, "inf"),
        ];
        for (x, expected) in cases {
            assert_eq!(short(x, 3), expected);
        }
    }
}
