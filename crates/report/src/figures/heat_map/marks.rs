//! How the cells of a heat map are drawn.

use super::cells::{Cell, is_off};
use super::shades::Shades;
use crate::draw::{Color, Entry, INK, Mark, Scale, Shape, Sign, Style, WHITE, drawn};

/// Between the lines of a hatching, as a share of a cell.
const HATCHING: [f64; 3] = [0.25, 0.5, 0.75];
const HATCH: Color = Color(0xb0, 0xb0, 0xb0);

/// The colour of 0 on a logarithmic scale, which is none of the scale, and its sign in the legend.
const ZERO: Color = Color(0xf4, 0xc5, 0x9d);
const ZERO_SIGN: Style = Style { shape: Shape::Square, color: ZERO, edge: INK, edge_width: 0.6, size: 7.0 };

/// The sign of a cell in which only some values are 0.
const MIXED_SIGN: Style = Style { shape: Shape::Nabla, color: ZERO, edge: INK, edge_width: 1.4, size: 6.0 };

/// What the legend says of cells with values of 0 on a logarithmic scale.
pub(super) fn zeros(cells: &[Vec<Cell<'_>>], scale: Scale) -> Vec<Entry> {
    let cells = || cells.iter().flatten();
    let all = cells().filter(|cell| cell.mean.is_some_and(|mean| is_off(&mean, scale))).count();
    let mixed = cells().filter(|cell| cell.is_mixed).count();
    let counted = |n: usize| if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
    let entry = |n: usize, style: Style, what: &str| {
        let text = format!("{what}, off the logarithmic scale: {}", counted(n));
        (n > 0).then_some(Entry { sign: Sign::Point(style), text })
    };
    let in_all = entry(all, ZERO_SIGN, "0");
    in_all.into_iter().chain(entry(mixed, MIXED_SIGN, "0 in some replicates")).collect()
}

/// All marks of a panel but what can be read there.
pub(super) fn marks(cells: &[Cell<'_>], scale: Scale, shades: &Shades, best: &[usize]) -> Vec<Mark> {
    let area = |cell: &Cell<'_>| {
        let (x, y) = (cell.column as f64, cell.row as f64);
        [x - 0.5, x + 0.5, y - 0.5, y + 0.5]
    };
    let mut marks = Vec::new();
    for cell in cells {
        match &cell.mean {
            Some(mean) => {
                let color = if is_off(mean, scale) { ZERO } else { shades.of(mean.point) };
                marks.push(Mark::Cell { area: area(cell), color, text: drawn(mean.point, 3) });
            }
            None if cell.is_mixed => {
                marks.push(Mark::Cell { area: area(cell), color: ZERO, text: String::new() });
                let points = vec![(cell.column as f64, cell.row as f64)];
                marks.push(Mark::Points { points, style: MIXED_SIGN });
            }
            None => {
                marks.push(Mark::Cell { area: area(cell), color: WHITE, text: String::new() });
                marks.push(Mark::Segments { segments: hatching(area(cell)), color: HATCH, width: 1.0 });
            }
        }
    }
    for cell in best.iter().map(|best| &cells[*best]) {
        let [x0, x1, y0, y1] = area(cell);
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
        let sides: Vec<[f64; 4]> =
            corners.windows(2).map(|side| [side[0].0, side[0].1, side[1].0, side[1].1]).collect();
        marks.push(Mark::Segments { segments: sides.clone(), color: WHITE, width: 6.0 });
        marks.push(Mark::Segments { segments: sides, color: INK, width: 3.0 });
    }
    marks
}

/// Lines from below left to above right of a cell.
fn hatching([x0, x1, y0, y1]: [f64; 4]) -> Vec<[f64; 4]> {
    let at = |share: f64| (x0 + share * (x1 - x0), y0 + share * (y1 - y0));
    let above = HATCHING.map(|share| [x0, at(share).1, at(1.0 - share).0, y1]);
    let below = HATCHING.map(|share| [at(share).0, y0, x1, at(1.0 - share).1]);
    above.into_iter().chain(below).chain([[x0, y0, x1, y1]]).collect()
}
