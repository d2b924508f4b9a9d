//! Where everything of a figure goes.

use super::color::INK;
use super::fit::fitted;
use super::fonts::Fonts;
use super::lines::{widest, wrap};
use super::panel::{self, BAND, Edges, Label, Placed, TICK, Words};
use super::paper::{Anchor, Paper};
use super::sheet::{OF_REPORT, Sheet};
use super::{Aspect, Entry, Figure, Panel, Sign, bar};

/// Font size of the title, and from line to line of it.
const TITLE: f64 = 17.0;
const TITLE_LEADING: f64 = 23.0;

/// Space between panels.
const GAP: f64 = 8.0;

/// Width of a figure: of one panel, and of several or one of pictures.
const NARROW: f64 = 680.0;
const WIDE: f64 = 960.0;

/// The least width of a panel with its axis.
const LEAST: f64 = 150.0;

/// Width of a panel whose unit is a pixel.
pub(crate) const PIXELS: f64 = WIDE - 2.0 * OF_REPORT.margin;

/// Draws the whole figure on a sheet.
pub(super) fn draw(figure: &Figure, sheet: &Sheet, fonts: &Fonts) -> Paper {
    let ((columns, width), margin) = (shape(figure, sheet), sheet.margin);
    let inside = width - 2.0 * margin;
    let fitting = sheet.width.map(|_| fitted(figure, inside / columns as f64, fonts));
    let figure = fitting.as_ref().unwrap_or(figure);
    let title = wrap(&figure.title, TITLE, inside, fonts);
    let legend = rows_of_legend(&figure.legend, inside, fonts);
    // On a given sheet a figure without a title begins with what comes first.
    let foot_of_title = match title.len() {
        0 if sheet.width.is_some() => margin,
        n => margin + TITLE + TITLE_LEADING * n.saturating_sub(1) as f64 + 10.0,
    };
    let head = foot_of_title + legend.iter().map(Row::height).sum::<f64>();
    let top = head + figure.bar.as_ref().map_or(0.0, |bar| bar::height(bar, inside, fonts));
    let grid = Grid::new(figure, columns, inside, (sheet, fonts));
    let mut paper = Paper::new(width, (top + grid.height() + margin).ceil(), sheet.is_dark);
    for (i, line) in title.iter().enumerate() {
        let y = margin + TITLE - 3.0 + TITLE_LEADING * i as f64;
        paper.text((margin, y), line, TITLE, Anchor::Start, INK);
    }
    draw_legend(&mut paper, &legend, (margin, foot_of_title));
    if let Some(bar) = &figure.bar {
        bar::draw(&mut paper, bar, (margin, head), inside, fonts);
    }
    for (placed, area) in grid.cells((margin, top)) {
        panel::draw(&mut paper, placed, area, top + grid.middle(), (sheet, fonts));
    }
    paper
}

/// How many panels stand side by side on a sheet, and how wide it is.
pub(super) fn shape(figure: &Figure, sheet: &Sheet) -> (usize, f64) {
    let columns = figure.columns.unwrap_or_else(|| columns_for(figure.panels.len())).max(1);
    let Some(width) = sheet.width else {
        let of_pictures = figure.panels.iter().any(|panel| panel.aspect == Aspect::Pixels);
        return (columns, if columns > 1 || of_pictures { WIDE } else { NARROW });
    };
    let most = (width - 2.0 * sheet.margin) / LEAST;
    (columns.min(figure.panels.len()).min(most as usize).max(1), width)
}

/// How many panels stand side by side if the figure does not say.
fn columns_for(n: usize) -> usize {
    match n {
        0 | 1 => 1,
        2 | 4 => 2,
        3 | 5..=9 => 3,
        10..=12 => 4,
        _ => 5,
    }
}

/// Panels in rows and columns whose areas all have one width.
struct Grid<'a> {
    columns: usize,
    panels: Vec<Placed<'a>>,
    /// Space around the areas: to the left of each column, to the right of all, above and below each row.
    left: Vec<f64>,
    right: f64,
    above: Vec<f64>,
    below: Vec<f64>,
    /// Width of an area, and the height of those in each row.
    width: f64,
    heights: Vec<f64>,
}

impl<'a> Grid<'a> {
    fn new(figure: &'a Figure, columns: usize, width: f64, (sheet, fonts): (&Sheet, &Fonts)) -> Self {
        let n = figure.panels.len();
        let columns = columns.min(n).max(1);
        // Axes that all panels share are named at the edge of the grid.
        let shared = n > 1 && figure.panels.iter().all(|panel| panel::has_axes_of(panel, &figure.panels[0]));
        let placed = |(i, panel): (usize, &'a Panel)| Placed {
            panel,
            edges: Edges {
                left: !shared || i.is_multiple_of(columns),
                bottom: !shared || i + columns >= n,
                label: match n.div_ceil(columns) {
                    rows if rows < 2 || !shared => Label::Own,
                    rows if i == 0 => Label::OfRows(rows),
                    rows => Label::Elsewhere(rows),
                },
            },
            words: Words::unbroken(panel),
        };
        let panels: Vec<Placed<'a>> = figure.panels.iter().enumerate().map(placed).collect();
        let mut grid = Self::of(panels, columns, width, shared, (sheet, fonts));
        // A label of several lines leaves the areas less width, and with it the lines.
        for _ in 0..2 {
            // Beside each other texts have the room from one middle to the next.
            let room = if columns > 1 {
                grid.width + grid.right.min(GAP)
            } else {
                grid.width + 2.0 * grid.right + GAP
            };
            let words = |placed: &Placed<'_>| {
                Words::new(placed.panel, placed.edges.label, (grid.width, room), (sheet, fonts))
            };
            let words = grid.panels.iter().map(words);
            let words: Vec<Words> = words.collect();
            if grid.panels.iter().zip(&words).all(|(placed, words)| placed.words == *words) {
                break;
            }
            let mut panels = grid.panels;
            panels.iter_mut().zip(words).for_each(|(placed, words)| placed.words = words);
            grid = Self::of(panels, columns, width, shared, (sheet, fonts));
        }
        grid
    }

    /// The space that panels with given words take.
    fn of(
        panels: Vec<Placed<'a>>,
        columns: usize,
        width: f64,
        shared: bool,
        (sheet, fonts): (&Sheet, &Fonts),
    ) -> Self {
        let n = panels.len();
        let margins: Vec<[f64; 4]> = panels.iter().map(|placed| panel::margins(placed, fonts)).collect();
        let most = |side: usize, here: &dyn Fn(usize) -> bool| {
            let of_side =
                margins.iter().enumerate().filter(|(i, _)| here(*i)).map(|(_, margins)| margins[side]);
            of_side.fold(0.0, f64::max)
        };
        let rows = n.div_ceil(columns);
        let left: Vec<f64> = (0..columns).map(|column| most(0, &|i| i % columns == column)).collect();
        let right = most(2, &|_| true);
        let around = left.iter().sum::<f64>() + right * columns as f64 + GAP * (columns - 1) as f64;
        let area = (width - around) / columns as f64;
        // Where the last row is short, the labels of the row above it stand in the empty cells.
        let is_in = |row: usize, i: usize| i / columns == row && (row + 1 == rows || !shared);
        let inner = panel::INNER;
        Self {
            columns,
            above: (0..rows).map(|row| most(1, &|i| i / columns == row)).collect(),
            below: (0..rows).map(|row| most(3, &|i| is_in(row, i)).max(inner)).collect(),
            heights: (0..rows)
                .map(|row| {
                    let of_row = panels.iter().skip(row * columns).take(columns);
                    of_row.map(|placed| panel::height(placed.panel, area, sheet)).fold(0.0, f64::max)
                })
                .collect(),
            panels,
            left,
            right,
            width: area,
        }
    }

    fn height(&self) -> f64 {
        [&self.above, &self.heights, &self.below].into_iter().flatten().sum()
    }

    /// From the top to the middle between the head of the first area and the foot of the last.
    fn middle(&self) -> f64 {
        let (above, below) = (self.above.first(), self.below.last());
        let [above, below] = [above, below].map(|space| space.copied().unwrap_or(0.0));
        (above + self.height() - below) / 2.0
    }

    /// Each panel with its area: x, y, width, height.
    fn cells(&self, (x, y): (f64, f64)) -> impl Iterator<Item = (&Placed<'a>, [f64; 4])> {
        self.panels.iter().enumerate().map(move |(i, placed)| {
            let (column, row) = (i % self.columns, i / self.columns);
            let before =
                self.left[..column].iter().sum::<f64>() + (self.width + self.right + GAP) * column as f64;
            let over = |row: usize| self.above[row] + self.heights[row] + self.below[row];
            let over = (0..row).map(over).sum::<f64>();
            let area =
                [x + before + self.left[column], y + over + self.above[row], self.width, self.heights[row]];
            (placed, area)
        })
    }
}

/// Width of a legend's sign with the space behind it; from row to row, and from line to line of one entry.
const SIGN: f64 = 34.0;
const ROW: f64 = 22.0;
const LINE: f64 = 17.0;

/// A row of the legend: each entry with its distance from the left and its lines.
struct Row<'a>(Vec<(f64, &'a Entry, Vec<String>)>);

impl Row<'_> {
    fn height(&self) -> f64 {
        let lines = self.0.iter().map(|(.., lines)| lines.len()).max().unwrap_or(1);
        ROW + LINE * lines.saturating_sub(1) as f64
    }
}

/// Entries in rows that fit the width.
fn rows_of_legend<'a>(legend: &'a [Entry], width: f64, fonts: &Fonts) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut x = f64::INFINITY;
    let placed = |entry: &Entry| {
        let sign = width_of_sign(entry);
        let lines = wrap(&entry.text, TICK, width - sign, fonts);
        let need = sign + widest(&lines, TICK, fonts) + 20.0;
        (lines, need)
    };
    for (i, entry) in legend.iter().enumerate() {
        let (lines, need) = placed(entry);
        let is_heading = matches!(entry.sign, Sign::Title);
        if is_heading || x + need > width + 20.0 {
            rows.push(Row(Vec::new()));
            x = 0.0;
        }
        rows.last_mut().expect("the first entry opens a row").0.push((x, entry, lines));
        let below =
            || legend[i + 1..].iter().take_while(|entry| !matches!(entry.sign, Sign::Title)).map(placed);
        let is_alone =
            below().map(|(_, need)| need).sum::<f64>() > width && below().any(|(_, need)| need > 0.5 * width);
        // Behind a heading only the first of long entries would have room.
        x = if is_heading && is_alone { f64::INFINITY } else { x + need };
    }
    rows
}

/// Text alone needs no room for a sign.
fn width_of_sign(entry: &Entry) -> f64 {
    if matches!(entry.sign, Sign::None | Sign::Title) { 0.0 } else { SIGN }
}

fn draw_legend(paper: &mut Paper, rows: &[Row<'_>], (left, mut top): (f64, f64)) {
    for row in rows {
        let y = top + ROW / 2.0;
        top += row.height();
        for (x, entry, lines) in &row.0 {
            let x = left + x;
            let line = [(x, y), (x + 26.0, y)];
            match entry.sign {
                Sign::Line(pen) => paper.line(&line, pen, 2.5),
                Sign::Series(pen, style) => {
                    paper.line(&line, pen, 2.0);
                    paper.points(&[(x + 13.0, y)], style);
                }
                Sign::Point(style) => paper.points(&[(x + 13.0, y)], style),
                Sign::None | Sign::Title => {}
                Sign::Band(color) => paper.area(
                    &[(x, y - 6.0), (x + 26.0, y - 6.0), (x + 26.0, y + 6.0), (x, y + 6.0)],
                    color,
                    2.0 * BAND,
                ),
            }
            for (i, line) in lines.iter().enumerate() {
                let at = (x + width_of_sign(entry), y + 4.5 + LINE * i as f64);
                paper.text(at, line, TICK, Anchor::Start, INK);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Axis, Scale};

    /// Panels with x from 0 to 3 and y from 0 to the given ends.
    fn figure(ends: &[f64]) -> Figure {
        let axis = |end: f64| Axis { range: Some((0.0, end)), ..Axis::new("a", Scale::Linear) };
        let panel = |end: &f64| Panel {
            title: "p".into(),
            x: axis(3.0),
            y: axis(*end),
            aspect: Aspect::Equal,
            marks: Vec::new(),
        };
        let panels = ends.iter().map(panel).collect();
        Figure {
            title: String::new(),
            panels,
            columns: Some(3),
            legend: Vec::new(),
            bar: None,
            left_out: Vec::new(),
        }
    }

    fn sides(grid: &Grid<'_>) -> Vec<(bool, bool, [f64; 4])> {
        let cells = grid.cells((0.0, 0.0));
        cells.map(|(placed, area)| (placed.edges.left, placed.edges.bottom, area)).collect()
    }

    #[test]
    fn shared_axes_are_named_at_the_edge_of_the_grid_alone() {
        let figure = figure(&[2.0; 5]);
        let grid = Grid::new(&figure, 3, 900.0, (&OF_REPORT, Fonts::shipped()));
        let sides = sides(&grid);
        let named: Vec<(bool, bool)> = sides.iter().map(|(left, bottom, _)| (*left, *bottom)).collect();
        assert_eq!(named, [(true, false), (false, false), (false, true), (true, true), (false, true)]);
        let areas: Vec<[f64; 4]> = sides.iter().map(|(_, _, area)| *area).collect();
        // A rounding error is far below a hundredth of a pixel.
        let close = |a: f64, b: f64| (a - b).abs() < 0.01;
        assert!(areas.iter().all(|area| close(area[2], areas[0][2]) && close(area[3] / area[2], 2.0 / 3.0)));
        assert!(close(areas[3][0], areas[0][0]) && close(areas[4][0], areas[1][0]), "columns stand in line");
        assert!(areas[1][0] > areas[0][0] + areas[0][2] && areas[2][0] + areas[2][2] < 900.0);
        assert!(areas[3][1] > areas[0][1] + areas[0][3] && areas[3][1] + areas[3][3] < grid.height());
    }

    #[test]
    fn rows_with_one_axis_share_one_label_in_their_middle() {
        let labels = |figure: &Figure| -> Vec<Label> {
            let grid = Grid::new(figure, 3, 900.0, (&OF_REPORT, Fonts::shipped()));
            grid.panels.iter().map(|placed| placed.edges.label).collect()
        };
        assert_eq!(labels(&figure(&[2.0; 3])), [Label::Own; 3]);
        let two = labels(&figure(&[2.0; 4]));
        assert_eq!((two[0], &two[1..]), (Label::OfRows(2), &[Label::Elsewhere(2); 3][..]));
        assert_eq!(labels(&figure(&[2.0, 3.0, 2.0, 2.0])), [Label::Own; 4], "each has an axis of its own");
        let figure = figure(&[2.0; 6]);
        let grid = Grid::new(&figure, 3, 900.0, (&OF_REPORT, Fonts::shipped()));
        let areas: Vec<[f64; 4]> = grid.cells((0.0, 0.0)).map(|(_, area)| area).collect();
        let middle = (areas[0][1] + areas[5][1] + areas[5][3]) / 2.0;
        assert!((grid.middle() - middle).abs() < 1e-9);
    }

    #[test]
    fn axes_that_differ_are_named_at_every_panel() {
        let figure = figure(&[2.0, 2.0, 2.5]);
        let grid = Grid::new(&figure, 3, 900.0, (&OF_REPORT, Fonts::shipped()));
        assert!(sides(&grid).iter().all(|(left, bottom, _)| *left && *bottom));
    }
}
