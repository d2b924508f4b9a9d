//! Distributions of the values of runs whose centre is known.

use std::fmt;

use thalweg_numeric::Stream;

/// How the values of the runs of one replicate are drawn. Replicates are independent, but for
/// [`Values::Grouped`].
///
/// Each has a centre ([`Values::centre`]), the same in all runs of a replicate: so a claim of a bound at the
/// centre, of a difference, of a trend or of a slope above 0 is exactly at its null. Two columns are
/// independent of each other, so the mean covariance of two quantities is 0 as well, and so is that of
/// [`Values::Slopes`] with [`Values::Level`], the mean of a slope of mean 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values {
    /// N(0, 1).
    Gaussian,
    /// e^N(0, 1), of a positive quantity, which is judged on the logarithmic scale: its geometric mean is 1.
    Lognormal,
    /// The same, declared real: the mean is √e, that of a few values rarely.
    Skewed,
    /// Student's t with 3 degrees of freedom: its mean is 0, and its fourth moment infinite.
    Student,
    /// A share of `rows` independent rows, each right with chance `share`, which is its mean.
    Counted {
        /// The rows.
        rows: u32,
        /// The chance.
        share: f64,
    },
    /// An accuracy over 500 rows that is 1 in four cases of five and else 0.9: its mean is 0.98.
    MostlyRight,
    /// 0 in one case of two, else N(0, 1): its mean is 0.
    HalfZero,
    /// 0 in four cases of five, else 1: its mean is 0.2. Declared real, so that nothing is known of its ends.
    FewOnes,
    /// The same, in a relation to another of its kind: the covariance of a few of them is skewed.
    RareEvents,
    /// 0 in one case of twenty, else N(1, 0.01²): its mean is 0.95, that of a few values nearly always 1.
    RarelyZero,
    /// N(0, 1) in the first run of a replicate, N(0, 10²) in the second: both have the mean 0.
    Spreads,
    /// Along the runs of a replicate the sum of N(0, 1) so far: each sum has the mean 0.
    Walk,
    /// Along the runs of a replicate b · (1, 2, 3, …) + N(0, 0.1²), b ~ N(0, 1) a replicate: the slopes have
    /// the mean 0.
    Slopes,
    /// 1, 2, 3, … along the runs of a replicate: no chance at all.
    Level,
    /// N(0, 1) around the place of a group, which all replicates share and which is N(0, 1) itself. Groups
    /// with independent places in two quantities have no relation, in whatever order they are numbered.
    Grouped,
}

/// The median of [`Values::RarelyZero`]: 0.05 + 0.95 Φ(z) = ½ at z = Φ⁻¹(0.45/0.95) = −0.0660118, that is 1 +
/// 0.01 z.
const MEDIAN_OF_RARELY_ZERO: f64 = 1.0 - 0.01 * 0.066_011_812_375_840_58;

/// The chance that a row is right, if all of them are in four cases of five.
pub fn all_right(rows: u32) -> f64 {
    0.8_f64.powf(1.0 / f64::from(rows))
}

impl Values {
    /// The name of the quantity, by which the product knows its scale and its range.
    pub fn quantity(self) -> &'static str {
        match self {
            Self::Lognormal => "train.loss",
            Self::Counted { .. } | Self::MostlyRight => "test.clean.accuracy",
            _ => "score",
        }
    }

    /// The name of a second quantity of the same kind, whose scale and range no claim can say.
    pub fn second_quantity(self) -> &'static str {
        if self == Self::Lognormal { "distance" } else { "width" }
    }

    /// For a share: the rows that it was counted over.
    pub fn counted_over(self) -> Option<u64> {
        match self {
            Self::Counted { rows, .. } => Some(u64::from(rows)),
            Self::MostlyRight => Some(500),
            _ => None,
        }
    }

    /// The mean, or the geometric mean on a logarithmic scale.
    pub fn centre(self) -> f64 {
        match self {
            Self::Lognormal => 1.0,
            Self::Skewed => 0.5_f64.exp(),
            Self::Counted { share, .. } => share,
            Self::MostlyRight => 0.98,
            Self::FewOnes | Self::RareEvents => 0.2,
            Self::RarelyZero => 0.95,
            _ => 0.0,
        }
    }

    /// The median; of those alone that have another centre than that.
    pub fn median(self) -> f64 {
        match self {
            Self::Skewed => 1.0,
            Self::RarelyZero => MEDIAN_OF_RARELY_ZERO,
            _ => self.centre(),
        }
    }

    /// What the values of a whole study have in common: the places of groups of `per_group` runs.
    pub fn common(self, random: &mut Stream, per_group: usize, common: &mut [f64]) {
        for group in common.chunks_mut(per_group) {
            let place = if self == Self::Grouped { random.normal() } else { 0.0 };
            group.fill(place);
        }
    }

    /// The values of the runs of one replicate.
    pub fn fill(self, random: &mut Stream, values: &mut [f64]) {
        let slope = if self == Self::Slopes { random.normal() } else { 0.0 };
        let mut sum = 0.0;
        for (i, value) in values.iter_mut().enumerate() {
            let level = (i + 1) as f64;
            *value = match self {
                Self::Spreads if i > 0 => 10.0 * random.normal(),
                Self::Walk => {
                    sum += random.normal();
                    sum
                }
                Self::Slopes => slope * level + 0.1 * random.normal(),
                Self::Level => level,
                _ => self.one(random),
            };
        }
    }

    /// A value that has nothing to do with those before it.
    fn one(self, random: &mut Stream) -> f64 {
        match self {
            Self::Lognormal | Self::Skewed => random.normal().exp(),
            Self::Student => {
                let squares: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
                random.normal() / (squares / 3.0).sqrt()
            }
            Self::Counted { rows, share } => {
                f64::from(rows - wrong_rows(random, rows, share)) / f64::from(rows)
            }
            Self::MostlyRight if random.uniform() < 0.8 => 1.0,
            Self::MostlyRight => 0.9,
            Self::HalfZero if random.uniform() < 0.5 => 0.0,
            Self::FewOnes | Self::RareEvents => f64::from(u8::from(random.uniform() < 0.2)),
            Self::RarelyZero if random.uniform() < 0.05 => 0.0,
            Self::RarelyZero => 1.0 + 0.01 * random.normal(),
            _ => random.normal(),
        }
    }
}

/// The rows of `rows` that are wrong: from one to the next it takes a geometric number of rows, which is
/// faster than to ask every row.
fn wrong_rows(random: &mut Stream, rows: u32, share: f64) -> u32 {
    let (mut wrong, mut row) = (0, 0.0);
    loop {
        row += 1.0 + ((1.0 - random.uniform()).ln() / share.ln()).floor();
        if row > f64::from(rows) {
            return wrong;
        }
        wrong += 1;
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaussian => f.write_str("Gaussian"),
            Self::Lognormal => f.write_str("lognormal, log scale"),
            Self::Skewed => f.write_str("lognormal, declared real"),
            Self::Student => f.write_str("Student t₃"),
            Self::Counted { rows, share } => write!(f, "accuracy {share:.4} of {rows} rows"),
            Self::MostlyRight => f.write_str("accuracy 1 w.p. 0.8, else 0.9"),
            Self::HalfZero => f.write_str("0 w.p. ½, else Gaussian"),
            Self::FewOnes => f.write_str("0 w.p. 0.8, else 1"),
            Self::RareEvents => f.write_str("both 0 w.p. 0.8, else 1"),
            Self::RarelyZero => f.write_str("1 ± 0.01 w.p. 0.95, else 0"),
            Self::Spreads => f.write_str("spreads 1 : 10"),
            Self::Walk => f.write_str("random walk"),
            Self::Slopes => f.write_str("random slopes"),
            Self::Level => f.write_str("level"),
            Self::Grouped => f.write_str("group places"),
        }
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;

    const ALL: [Values; 16] = [
        Values::Gaussian,
        Values::Lognormal,
        Values::Skewed,
        Values::Student,
        Values::Counted { rows: 20, share: 0.9 },
        Values::Counted { rows: 500, share: 0.9996 },
        Values::MostlyRight,
        Values::HalfZero,
        Values::FewOnes,
        Values::RareEvents,
        Values::RarelyZero,
        Values::Spreads,
        Values::Walk,
        Values::Slopes,
        Values::Grouped,
        Values::Level,
    ];

    #[test]
    fn centres_are_those_of_the_draws() {
        let n = 100_000;
        for values in ALL.into_iter().filter(|values| *values != Values::Level) {
            let mut random = Streams::new(1, 0).stream("centres", 0);
            let mut drawn = vec![[0.0; 3]; n];
            drawn.iter_mut().for_each(|run| values.fill(&mut random, run));
            for run in 0..3 {
                let place = |x: f64| if values == Values::Lognormal { x.ln() } else { x };
                let places: Vec<f64> = drawn.iter().map(|values| place(values[run])).collect();
                let mean = places.iter().sum::<f64>() / n as f64;
                let square = places.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
                let off = mean - place(values.centre());
                assert!(off.abs() < 4.5 * (square / n as f64).sqrt(), "{values}, run {run}: {off}");
            }
        }
    }

    #[test]
    fn half_of_the_draws_lie_below_the_median() {
        let n = 100_000;
        for values in [Values::Skewed, Values::RarelyZero] {
            let mut random = Streams::new(1, 0).stream("medians", 0);
            let mut drawn = vec![0.0; n];
            values.fill(&mut random, &mut drawn);
            let below = drawn.iter().filter(|x| **x < values.median()).count() as f64 / n as f64;
            // Four and a half standard errors: 4.5 · ½/√n.
            assert!((below - 0.5).abs() < 0.007, "{values}: {below}");
        }
    }

    #[test]
    fn all_rows_are_right_in_four_cases_of_five() {
        let n = 100_000;
        for rows in [20, 500] {
            let mut random = Streams::new(1, 0).stream("rows", 0);
            let mut drawn = vec![0.0; n];
            Values::Counted { rows, share: all_right(rows) }.fill(&mut random, &mut drawn);
            let right = drawn.iter().filter(|x| **x == 1.0).count() as f64 / n as f64;
            // 4.5 √(0.8 · 0.2/n)
            assert!((right - 0.8).abs() < 0.0057, "{rows}: {right}");
        }
    }

    #[test]
    fn groups_share_their_place_and_nothing_else_has_one() {
        for values in ALL {
            let mut random = Streams::new(1, 0).stream("groups", 0);
            let mut common = [0.0; 6];
            values.common(&mut random, 3, &mut common);
            assert_eq!(common[0], common[2]);
            assert_eq!(common[2] != common[3], values == Values::Grouped, "{values}");
        }
    }
}
