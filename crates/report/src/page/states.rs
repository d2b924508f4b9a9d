//! What became of runs, as a small bar.

use std::fmt::Write;

use crate::draw::escape;

const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 12.0;

/// What became of a run, or has not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Completed,
    Diverged,
    Failed,
    /// It is being computed.
    Running,
    /// Who computed it has fallen silent.
    Stale,
    Missing,
}

impl State {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Stale => "stale",
            Self::Missing => "missing",
        }
    }
}

/// A bar whose parts are as long as there are runs of a kind; a part of any runs can be seen.
pub(super) fn bar(parts: &[(State, usize)]) -> String {
    let all: usize = parts.iter().map(|(_, n)| n).sum();
    let told: Vec<String> =
        parts.iter().filter(|(_, n)| *n > 0).map(|(state, n)| format!("{n} {}", state.as_str())).collect();
    let mut svg = format!(
        "<svg class=\"bar states-bar\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\"><rect class=\"missing-runs\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>",
        escape(&told.join(", "))
    );
    let mut x = 0.0;
    for (state, n) in parts.iter().filter(|(state, n)| *n > 0 && *state != State::Missing) {
        let width = (*n as f64 / all as f64 * WIDTH).max(2.0).min(WIDTH - x);
        let class = state.as_str();
        write!(svg, "<rect class=\"{class}-runs\" x=\"{x:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\"/>")
            .expect("a string takes all text");
        x += width;
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_long_as_their_runs_are_many() {
        let svg = bar(&[(State::Completed, 30), (State::Diverged, 10), (State::Missing, 40)]);
        assert!(svg.contains("<rect class=\"completed-runs\" x=\"0.0\" width=\"82.5\""), "{svg}");
        assert!(svg.contains("<rect class=\"diverged-runs\" x=\"82.5\" width=\"27.5\""), "{svg}");
        assert!(
            svg.contains("aria-label=\"30 completed, 10 diverged, 40 missing\"")
                && !svg.contains("failed-runs")
        );
        let one = bar(&[(State::Completed, 9_999), (State::Failed, 1)]);
        assert!(one.contains("class=\"failed-runs\" x=\"220.0\"") || one.contains("width=\"2.0\""), "{one}");
    }
}
