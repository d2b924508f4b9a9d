//! Rows of a figure, one for each value of a setting, in which its series stand one below the other.

use thalweg_records::{Record, Status};

use crate::draw::{Aspect, Axis, NAME, Scale, Ticks, broken};

/// Height of a row, at least, and of each series in it, in pixels.
const ROW: f64 = 26.0;
const LANE: f64 = 13.0;

/// Height of all rows, at least: lower ones would be a slit without room for the label beside them.
const LEAST: f64 = 84.0;

/// Width of a name beyond which it is broken, in pixels.
const WIDTH: f64 = 230.0;

/// So many series are drawn in a row at most, and so many rows and points of one picture.
pub(super) const LANES: usize = 24;
const MOST: usize = 100;
const POINTS: usize = 400;

/// The vertical axis of a figure of rows.
pub(super) struct Rows {
    names: Vec<String>,
    lanes: usize,
}

impl Rows {
    /// Rows from above to below, with so many series in each.
    pub(super) fn new(names: &[String], lanes: usize) -> Self {
        Self { names: names.iter().map(|name| broken(name, WIDTH)).collect(), lanes: lanes.max(1) }
    }

    /// Where a series of a row stands on the axis.
    pub(super) fn place(&self, row: usize, lane: usize) -> f64 {
        let middle = (self.names.len() - 1 - row) as f64;
        middle + self.step() * ((self.lanes - 1) as f64 / 2.0 - lane as f64)
    }

    /// From series to series of a row.
    pub(super) fn step(&self) -> f64 {
        0.75 / self.lanes as f64
    }

    pub(super) fn axis(&self, label: String) -> Axis {
        let names = self.names.iter().rev().cloned().collect();
        let range = Some((-0.5, self.names.len() as f64 - 0.5));
        Axis { range, ticks: Ticks::Names(names), ..Axis::new(label, Scale::Linear) }
    }

    pub(super) fn aspect(&self) -> Aspect {
        let lines = self.names.iter().map(|name| name.lines().count()).max().unwrap_or(1) as f64;
        let row = ROW.max(LANE * self.lanes as f64 + 8.0).max(NAME * lines + 8.0);
        Aspect::Height((row * self.names.len() as f64).max(LEAST).round() as u32)
    }
}

/// Leaves out the last of rows if there are too many for a picture, and says so.
pub(super) fn shorten<T>(rows: &mut Vec<T>, lanes: usize) -> Option<String> {
    let (n, most) = (rows.len(), (POINTS / lanes.max(1)).min(MOST));
    rows.truncate(most);
    (n > most).then(|| format!("{most} of {n} rows are drawn"))
}

/// The name of a row, and of its runs what became of those that did not complete.
pub(super) fn with_ending(name: &str, runs: &[&Record]) -> String {
    let count = |is: &dyn Fn(&Status) -> bool| runs.iter().filter(|run| is(&run.status)).count();
    let diverged = count(&|status| matches!(status, Status::Diverged { .. }));
    let failed = count(&|status| matches!(status, Status::Failed { .. }));
    let of = |n: usize, how: &str| match n {
        0 => String::new(),
        n if n == runs.len() => format!(" (all {n} {how})"),
        n => format!(" ({n} of {} {how})", runs.len()),
    };
    format!("{name}{}{}", of(diverged, "diverged"), of(failed, "failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_so_many_rows_as_their_series_leave_room_for() {
        let shortened = |n: usize, lanes: usize| {
            let mut rows = vec![0; n];
            (shorten(&mut rows, lanes), rows.len())
        };
        assert_eq!(shortened(100, 4), (None, 100));
        assert_eq!(shortened(101, 1), (Some("100 of 101 rows are drawn".to_owned()), 100));
        assert_eq!(shortened(100, LANES), (Some("16 of 100 rows are drawn".to_owned()), 16));
    }

    #[test]
    fn rows_go_down_and_their_series_with_them() {
        let rows = Rows::new(&["a".into(), "b".into()], 3);
        let places: Vec<f64> = (0..6).map(|i| rows.place(i / 3, i % 3)).collect();
        assert_eq!(places, [1.25, 1.0, 0.75, 0.25, 0.0, -0.25]);
        assert_eq!(rows.axis(String::new()).ticks, Ticks::Names(vec!["b".into(), "a".into()]));
        let height = |rows: &Rows| match rows.aspect() {
            Aspect::Height(pixels) => pixels,
            _ => panic!("rows have a height"),
        };
        assert_eq!(height(&rows), 2 * 47);
        let long = Rows::new(&["momentum with a very long name ".repeat(3)], 1);
        assert_eq!(height(&Rows::new(&["a".into()], 1)), 84);
        assert!(height(&long) >= 84 && long.names[0].lines().count() > 2);
    }
}
