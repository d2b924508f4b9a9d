//! Numbers of a configuration, checked once where they are read, so that no later code meets an impossible
//! value.
//!
//! Each type deserialises from a plain number and refuses everything outside its range with a message that
//! says what would be accepted.

#[cfg(feature = "schema")]
use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A number outside the range of its type.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{value} is not {accepted}")]
pub struct OutOfRange {
    /// The number that was given.
    pub value: f64,
    /// What the type accepts, in words.
    pub accepted: &'static str,
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $accepted:literal, |$x:ident| $holds:expr, $($bound:ident: $end:literal)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// What this type accepts, in words.
            pub const ACCEPTED: &str = $accepted;

            /// Checks `value`.
            ///
            /// # Errors
            /// [`OutOfRange`] if it lies outside the range.
            pub const fn new(value: f64) -> Result<Self, OutOfRange> {
                let $x = value;
                if $holds { Ok(Self(value)) } else { Err(OutOfRange { value, accepted: $accepted }) }
            }

            /// For literals in code, such as a default.
            ///
            /// # Panics
            /// If the literal lies outside the range.
            pub const fn of(value: f64) -> Self {
                match Self::new(value) {
                    Ok(checked) => checked,
                    Err(_) => panic!(concat!("expected ", $accepted)),
                }
            }

            /// The plain number.
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = deserializer.deserialize_f64(Number($accepted))?;
                Self::new(value).map_err(|e| de::Error::invalid_value(Unexpected::Float(value), &e.accepted))
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "number", $(stringify!($bound): $end,)* "x-accepts": $accepted
                })
            }
        }
    };
}

bounded!(
    /// A finite number.
    Finite, "a finite number", |x| x.is_finite(),
);
bounded!(
    /// A finite number above 0.
    Positive, "a number above 0", |x| x.is_finite() && x > 0.0, exclusiveMinimum: 0.0
);
bounded!(
    /// A finite number of at least 0.
    NonNegative, "a number of at least 0", |x| x.is_finite() && x >= 0.0, minimum: 0.0
);
bounded!(
    /// A probability or a share: 0 ≤ x ≤ 1.
    Fraction, "a number from 0 to 1", |x| x >= 0.0 && x <= 1.0,
    minimum: 0.0 maximum: 1.0
);
bounded!(
    /// The memory of an exponential average: 0 ≤ x < 1.
    Decay, "a number from 0 to below 1", |x| x >= 0.0 && x < 1.0,
    minimum: 0.0 exclusiveMaximum: 1.0
);
bounded!(
    /// A share that is not the whole: 0 ≤ x < 1.
    ProperFraction, "a number from 0 to below 1", |x| x >= 0.0 && x < 1.0,
    minimum: 0.0 exclusiveMaximum: 1.0
);
bounded!(
    /// A weight that leaves something to the other side: 0 < x < 1.
    Share, "a number above 0 and below 1", |x| x > 0.0 && x < 1.0,
    exclusiveMinimum: 0.0 exclusiveMaximum: 1.0
);

/// A count of things that there must be at least one of. A float without a fraction, such as `1.5e6`, is
/// accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Count(u64);

impl Count {
    /// What this type accepts, in words.
    pub const ACCEPTED: &str = "a whole number of at least 1";
    /// The largest whole number that a float holds exactly, 2⁵³.
    const MAX: u64 = 1 << 53;

    /// Checks `value`.
    ///
    /// # Errors
    /// [`OutOfRange`] if it is 0 or above 2⁵³.
    pub const fn new(value: u64) -> Result<Self, OutOfRange> {
        if value >= 1 && value <= Self::MAX {
            Ok(Self(value))
        } else {
            Err(OutOfRange { value: value as f64, accepted: Self::ACCEPTED })
        }
    }

    /// For literals in code, such as a default.
    ///
    /// # Panics
    /// If the literal is 0 or above 2⁵³.
    pub const fn of(value: u64) -> Self {
        match Self::new(value) {
            Ok(checked) => checked,
            Err(_) => panic!("expected a whole number of at least 1"),
        }
    }

    /// The plain number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The plain number as a length.
    pub const fn size(self) -> usize {
        self.0 as usize
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_f64(Number(Self::ACCEPTED))?;
        if value.fract() == 0.0 && (1.0..=Self::MAX as f64).contains(&value) {
            Ok(Self(value as u64))
        } else {
            Err(de::Error::invalid_value(Unexpected::Float(value), &Self::ACCEPTED))
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Count {
    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // A number without a fraction is an integer to JSON Schema, also if it is written as a float.
        schemars::json_schema!({
            "type": "integer", "minimum": 1, "maximum": Self::MAX, "x-accepts": Self::ACCEPTED
        })
    }
}

struct Number(&'static str);

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::Error;

    use super::*;

    fn read<'de, T: Deserialize<'de>>(value: f64) -> Result<T, String> {
        T::deserialize(IntoDeserializer::<Error>::into_deserializer(value)).map_err(|e| e.to_string())
    }

    #[test]
    fn every_edge_of_every_range_is_on_its_side() {
        for (value, finite, positive, non_negative, fraction, decay, share) in [
            (-1e-300, true, false, false, false, false, false),
            (0.0, true, false, true, true, true, false),
            (1e-300, true, true, true, true, true, true),
            (1.0, true, true, true, true, false, false),
            (1.0 + 1e-15, true, true, true, false, false, false),
            (f64::INFINITY, false, false, false, false, false, false),
            (f64::NAN, false, false, false, false, false, false),
        ] {
            assert_eq!(Finite::new(value).is_ok(), finite, "Finite {value}");
            assert_eq!(Positive::new(value).is_ok(), positive, "Positive {value}");
            assert_eq!(NonNegative::new(value).is_ok(), non_negative, "NonNegative {value}");
            assert_eq!(Fraction::new(value).is_ok(), fraction, "Fraction {value}");
            assert_eq!(Decay::new(value).is_ok(), decay, "Decay {value}");
            assert_eq!(ProperFraction::new(value).is_ok(), decay, "ProperFraction {value}");
            assert_eq!(Share::new(value).is_ok(), share, "Share {value}");
        }
    }

    #[test]
    fn messages_say_what_would_be_accepted() {
        assert_eq!(
            read::<Fraction>(1.5).unwrap_err(),
            "invalid value: floating point `1.5`, expected a number from 0 to 1"
        );
        let error = Positive::deserialize(IntoDeserializer::<Error>::into_deserializer("many")).unwrap_err();
        assert_eq!(error.to_string(), "invalid type: string \"many\", expected a number above 0");
    }

    #[test]
    fn counts_take_whole_floats_and_nothing_below_one() {
        assert_eq!(read::<Count>(1.5e6).unwrap().get(), 1_500_000);
        for value in [0.0, -3.0, 2.5, 1e17, f64::NAN, f64::INFINITY] {
            assert!(read::<Count>(value).is_err(), "{value}");
        }
    }

    #[cfg(feature = "schema")]
    #[test]
    fn schemas_have_the_ends_of_the_ranges() {
        fn allows<T: schemars::JsonSchema>(value: f64) -> bool {
            let schema = schemars::SchemaGenerator::default().root_schema_for::<T>();
            let end = |word: &str| schema.get(word).and_then(|end| end.as_f64());
            end("minimum").is_none_or(|end| value >= end)
                && end("maximum").is_none_or(|end| value <= end)
                && end("exclusiveMinimum").is_none_or(|end| value > end)
                && end("exclusiveMaximum").is_none_or(|end| value < end)
        }
        for value in [-1e-300, 0.0, 1e-300, 1.0, 1.0 + 1e-15] {
            assert_eq!(allows::<Finite>(value), Finite::new(value).is_ok(), "Finite {value}");
            assert_eq!(allows::<Positive>(value), Positive::new(value).is_ok(), "Positive {value}");
            assert_eq!(allows::<NonNegative>(value), NonNegative::new(value).is_ok(), "NonNegative {value}");
            assert_eq!(allows::<Fraction>(value), Fraction::new(value).is_ok(), "Fraction {value}");
            assert_eq!(allows::<Decay>(value), Decay::new(value).is_ok(), "Decay {value}");
            let is_proper = ProperFraction::new(value).is_ok();
            assert_eq!(allows::<ProperFraction>(value), is_proper, "ProperFraction {value}");
            assert_eq!(allows::<Share>(value), Share::new(value).is_ok(), "Share {value}");
        }
    }
}
