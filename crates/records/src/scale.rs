//! Linear and logarithmic scales.

use serde::{Deserialize, Serialize};

/// The scale on which values are compared, averaged or drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal steps are equal differences.
    #[default]
    Linear,
    /// Equal steps are equal ratios; only positive numbers have a place.
    Log,
}

impl Scale {
    /// A number's place: itself or its decimal logarithm, which is not finite for numbers that have no place.
    pub fn of(self, x: f64) -> f64 {
        match self {
            Self::Linear => x,
            Self::Log if x > 0.0 => libm::log10(x),
            Self::Log => f64::NAN,
        }
    }

    /// The number at a place.
    pub fn at(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => libm::pow(10.0, place),
        }
    }

    /// The word that a file has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn places_are_decimal_logarithms_and_lead_back() {
        assert_eq!((Scale::Log.of(1000.0), Scale::Log.at(-2.0)), (3.0, 0.01));
        assert_eq!((Scale::Linear.of(-4.0), Scale::Linear.at(-4.0)), (-4.0, -4.0));
        assert!(Scale::Log.of(0.0).is_nan() && Scale::Log.of(-1.0).is_nan());
    }

    #[test]
    fn words_are_those_of_a_file() {
        for scale in [Scale::Linear, Scale::Log] {
            assert_eq!(serde_json::to_value(scale).unwrap(), scale.as_str());
        }
    }
}
