//! Drawings of small figures.

use super::*;

fn figure() -> Figure {
    let (pen, color) = (series(0), series(0).color);
    let style = Style { shape: Shape::Circle, color, edge: INK, edge_width: 1.0, size: 4.0 };
    let mut marks = vec![
        Mark::Line { points: vec![(0.0, 5.0), (1.0, 0.1), (100.0, 0.01)], pen, width: 2.0 },
        Mark::Bars { bars: vec![(10.0, -1.0, 0.1)], color },
        Mark::Band { ends: vec![(1.0, 0.05, 0.2), (100.0, 0.005, 0.02)], color },
        Mark::Segments { segments: vec![[1.0, 0.1, 2.0, 0.2]], color, width: 1.0 },
    ];
    let shapes = SHAPES.into_iter().chain([Shape::Cross]);
    marks.extend(shapes.map(|shape| Mark::Points {
        points: vec![(3.0, 0.03), (f64::NAN, 1.0)],
        style: Style { shape, ..style },
    }));
    Figure {
        title: "Loss & <labels>".into(),
        panels: vec![Panel {
            title: "one".into(),
            x: Axis::new("step", Scale::Log),
            y: Axis::new("loss (nats)", Scale::Log),
            aspect: Aspect::Free,
            marks,
        }],
        columns: None,
        legend: vec![
            Entry { sign: Sign::Series(pen, Style::series(1, color, 4.5)), text: "a".into() },
            Entry { sign: Sign::Point(style), text: "b".into() },
            Entry { sign: Sign::Band(color), text: "c".into() },
        ],
        bar: None,
        left_out: Vec::new(),
    }
}

#[test]
fn drawings_need_no_font_and_are_the_same_each_time() {
    let drawing = figure().render("a");
    assert!(!drawing.svg.contains("<text") && !drawing.svg.contains("font"), "text must be outlines");
    assert!(
        drawing.svg.contains("Loss &amp; &lt;labels&gt;"),
        "the title is there for readers who cannot see"
    );
    let again = figure().render("a");
    assert_eq!((drawing.svg, &drawing.png), (again.svg, &again.png));
    assert_eq!(&drawing.png[..8], b"\x89PNG\r\n\x1a\n");
}

#[test]
fn every_letter_is_in_the_font() {
    let fonts = fonts::Fonts::shipped();
    for letter in ["η", "τ", "−", "⁻", "⁰", "⁴", "⁹", "½", "₁", "×", "≥", "±", "·", "–"]
    {
        assert!(fonts.width(letter, 10.0) > 0.5, "{letter}");
    }
    let (one, two) = (fonts.width("n", 10.0), fonts.width("nn", 10.0));
    assert!((two - 2.0 * one).abs() < 0.5 * one, "{one} {two}");
}

/// The colours of a drawing, row by row.
fn pixels(drawing: &Drawing) -> Vec<Vec<Color>> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(&drawing.png)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bytes).unwrap();
    let color = |rgba: &[u8]| Color(rgba[0], rgba[1], rgba[2]);
    bytes.chunks(4 * frame.width as usize).map(|row| row.chunks(4).map(color).collect()).collect()
}

/// The mean (column, row) of the pixels of a colour.
fn place(drawing: &Drawing, wanted: Color) -> (f64, f64) {
    let (mut columns, mut rows, mut n) = (0.0, 0.0, 0.0);
    for (i, row) in pixels(drawing).iter().enumerate() {
        for (j, _) in row.iter().enumerate().filter(|(_, color)| **color == wanted) {
            columns += j as f64;
            rows += i as f64;
            n += 1.0;
        }
    }
    assert!(n > 0.0, "no pixel has the colour {wanted:?}");
    (columns / n, rows / n)
}

const RED: Color = Color(255, 0, 0);
const BLUE: Color = Color(0, 0, 255);

/// A figure of some marks on linear axes from 0 to 10.
fn linear(marks: Vec<Mark>) -> Figure {
    let axis = |label: &str| Axis { range: Some((0.0, 10.0)), ..Axis::new(label, Scale::Linear) };
    let panel = Panel { title: String::new(), x: axis("x"), y: axis("y"), aspect: Aspect::Free, marks };
    Figure {
        title: String::new(),
        panels: vec![panel],
        columns: None,
        legend: Vec::new(),
        bar: None,
        left_out: Vec::new(),
    }
}

#[test]
fn an_image_has_its_first_row_at_the_bottom() {
    let pixels = [vec![RED; 4], vec![BLUE; 4]].concat();
    let raster = Raster { extent: [2.0, 8.0, 2.0, 8.0], columns: 2, pixels, smooth: true };
    let drawing = linear(vec![Mark::Image(raster)]).render("a");
    assert!(place(&drawing, RED).1 > place(&drawing, BLUE).1 + 50.0);
}

#[test]
fn an_image_is_smooth_or_has_pixels_with_edges() {
    let between = |smooth: bool| {
        let raster = Raster { extent: [2.0, 8.0, 2.0, 8.0], columns: 2, pixels: vec![RED, BLUE], smooth };
        let drawing = linear(vec![Mark::Image(raster)]).render("a");
        let purple = |color: &&Color| color.0 > 60 && color.2 > 60 && color.1 < 20;
        pixels(&drawing).iter().flatten().filter(purple).count()
    };
    assert!(between(true) > 1000);
    assert_eq!(between(false), 0);
}

#[test]
fn lines_beyond_the_colours_have_another_dash() {
    let pens: Vec<Pen> = (0..18).map(series).collect();
    assert!(pens.iter().enumerate().all(|(i, pen)| !pens[..i].contains(pen)));
    let dashes = |i: usize| {
        let points = vec![(1.0, 1.0), (9.0, 9.0)];
        linear(vec![Mark::Line { points, pen: series(i), width: 2.0 }])
            .render("a")
            .svg
            .matches("dash")
            .count()
    };
    assert!(dashes(0) == 0 && dashes(6) > 0 && dashes(17) > 0);
    assert!((1..18).all(|i| ordered(i, 18) != ordered(i - 1, 18)));
}

#[test]
fn twelve_series_have_points_of_their_own_without_any_colour() {
    // One colour for all, and the radius of a summary's points.
    let ink = |i: usize| -> Vec<bool> {
        let style = Style::series(i, RED, 4.5);
        let drawing = linear(vec![Mark::Points { points: vec![(5.0, 5.0)], style }]).render("a");
        pixels(&drawing).concat().iter().map(|color| *color == RED).collect()
    };
    let inks: Vec<Vec<bool>> = (0..12).map(ink).collect();
    let size = |ink: &[bool]| ink.iter().filter(|ink| **ink).count();
    for (i, a) in inks.iter().enumerate() {
        for (j, b) in inks[..i].iter().enumerate() {
            let differ = a.iter().zip(b).filter(|(a, b)| a != b).count();
            // A circle and a square of one size, the nearest two, differ in about a fifth of their pixels.
            let share = differ as f64 / size(a).min(size(b)) as f64;
            assert!(share > 0.15, "{i} and {j}: {share}");
        }
    }
    assert_eq!(Style::series(0, RED, 4.5), Style::series(12, RED, 4.5));
}

#[test]
fn points_lie_where_their_values_say() {
    let point = |x: f64, y: f64, color| Mark::Points {
        points: vec![(x, y)],
        style: Style { shape: Shape::Square, color, edge: color, edge_width: 0.0, size: 6.0 },
    };
    let drawing = linear(vec![point(2.0, 1.0, RED), point(7.0, 9.0, BLUE)]).render("a");
    let (red, blue) = (place(&drawing, RED), place(&drawing, BLUE));
    // A line through both in data coordinates passes through a third point where it should.
    let third = linear(vec![point(4.5, 5.0, RED)]).render("a");
    let middle = place(&third, RED);
    assert!(red.0 < blue.0 && red.1 > blue.1, "{red:?} {blue:?}");
    assert!((middle.0 - (red.0 + blue.0) / 2.0).abs() < 1.0, "half way in x, to a pixel");
    assert!((middle.1 - (red.1 + blue.1) / 2.0).abs() < 1.0, "half way in y, to a pixel");
}

#[test]
fn figures_on_one_page_do_not_share_ids() {
    let ids = |id: &str| -> Vec<String> {
        let svg = figure().render(id).svg;
        svg.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    };
    let (a, b) = (ids("a"), ids("b"));
    assert!(!a.is_empty() && a.iter().all(|id| !b.contains(id)), "{a:?} {b:?}");
}

#[test]
fn any_title_can_be_drawn() {
    let mut figure = figure();
    figure.title = "a < b & \"c\" \u{7}\n𝕏".to_owned();
    assert!(figure.render("a").svg.contains("a &lt; b &amp; &quot;c&quot;"));
}

#[test]
fn a_bar_stands_above_the_panels_with_its_numbers_where_they_belong() {
    let plain = linear(vec![]).render("a");
    let mut figure = linear(vec![]);
    // Red below the place 1, blue above; the scale from 1 to 100 has its 10 in the middle.
    let colors = [[RED; 50], [BLUE; 50]].concat();
    figure.bar =
        Some(Bar { label: "loss".into(), scale: Scale::Log, range: (0.0, 2.0), colors, open: [false; 2] });
    let drawing = figure.render("a");
    assert!(pixels(&drawing).len() > pixels(&plain).len(), "nothing is covered");
    let (red, blue) = (place(&drawing, RED), place(&drawing, BLUE));
    assert!((red.1 - blue.1).abs() < 1.0 && red.0 < blue.0, "{red:?} {blue:?}");
}

#[test]
fn an_end_of_a_bar_beyond_which_there_are_values_has_a_tip_and_its_number() {
    let with = |open: [bool; 2]| {
        let mut figure = linear(vec![]);
        let colors = [[RED; 50], [BLUE; 50]].concat();
        figure.bar =
            Some(Bar { label: "loss".into(), scale: Scale::Linear, range: (1.0, 2.0), colors, open });
        let paper = layout::draw(&figure, &sheet::OF_REPORT, fonts::Fonts::shipped());
        let drawn = |text: &str| paper.words.iter().find(|words| words.text == text).map(|words| words.at[0]);
        let place = |color| place(&figure.render("a"), color).0;
        (drawn("≤ 1"), drawn("≥ 2"), place(RED), place(BLUE))
    };
    let (low, high, red, blue) = with([false; 2]);
    assert_eq!((low, high), (None, None));
    let (low, high, first, last) = with([true; 2]);
    // Two pixels a unit.
    assert!(2.0 * f64::from(low.unwrap()) < first && 2.0 * f64::from(high.unwrap()) > last);
    assert!(first > red && last < blue, "the colours leave them room");
}

#[test]
fn numbers_in_cells_get_smaller_before_they_are_left_out() {
    let sizes = |n: usize, text: &str| -> Vec<f64> {
        let cell = |i: usize| Mark::Cell {
            area: [i as f64, i as f64 + 1.0, 0.0, 1.0],
            color: BLUE,
            text: text.to_owned(),
        };
        let mut figure = linear((0..n).map(cell).collect());
        figure.panels[0].x.range = Some((0.0, n as f64));
        let paper = layout::draw(&figure, &sheet::OF_REPORT, fonts::Fonts::shipped());
        paper.words.iter().filter(|words| words.text == text).map(|words| words.size).collect()
    };
    assert_eq!(sizes(4, "0.0123"), [panel::TICK; 4]);
    let smaller = sizes(12, "0.0123");
    assert!(smaller.len() == 12 && smaller.iter().all(|size| *size < panel::TICK), "{smaller:?}");
    assert!(sizes(40, "0.0123").is_empty());
}

#[test]
fn the_heading_of_long_entries_stands_above_them() {
    let rows = |text: &str| {
        let mut figure = linear(vec![]);
        let entry = |sign, text: &str| Entry { sign, text: text.to_owned() };
        figure.legend = vec![entry(Sign::Title, "case:")];
        figure.legend.extend((0..3).map(|i| entry(Sign::Line(series(i)), text)));
        let paper = layout::draw(&figure, &sheet::OF_REPORT, fonts::Fonts::shipped());
        let row = |words: &paper::Words| words.at[1];
        let heading = paper.words.iter().find(|words| words.text == "case:").map(row).unwrap();
        let entries = paper.words.iter().filter(|words| words.text == text).map(row);
        entries.filter(|row| *row == heading).count()
    };
    assert_eq!(rows("short"), 3);
    assert_eq!(rows("a name of more than half of the width of the whole figure"), 0);
}

#[test]
fn what_lies_far_beyond_an_axis_is_drawn_near_it() {
    let far = vec![(0.0, 1.0, 2.0), (5.0, -1e300, 1e200), (10.0, 1.0, 2.0)];
    let figure = linear(vec![Mark::Band { ends: far, color: BLUE }]);
    let paper = layout::draw(&figure, &sheet::OF_REPORT, fonts::Fonts::shipped());
    let marks = paper.elements.iter().find_map(|element| match element {
        paper::Element::Clipped(_, marks) => marks.first(),
        _ => None,
    });
    let Some(paper::Element::Form(form)) = marks else { panic!("a band") };
    let bounds = form.path.bounds();
    assert!(bounds.top() < 0.0 && bounds.top() > -4000.0 && bounds.bottom() < 4000.0, "{bounds:?}");
}

/// Whether nothing is drawn within `margin` pixels of the edges.
fn has_margin(drawing: &Drawing, margin: usize) -> bool {
    let rows = pixels(drawing);
    let (height, width) = (rows.len(), rows[0].len());
    let at_edge =
        |i: usize, j: usize| i < margin || i >= height - margin || j < margin || j >= width - margin;
    rows.iter()
        .enumerate()
        .all(|(i, row)| row.iter().enumerate().all(|(j, color)| !at_edge(i, j) || *color == WHITE))
}

#[test]
fn long_words_stay_within_the_picture() {
    let long = "a word after another that nobody would want to read at an axis or above a figure ".repeat(3);
    let without_spaces = "momentum-0.9,nesterov,".repeat(12);
    for text in [long, without_spaces] {
        let mut figure = figure();
        assert!(has_margin(&figure.render("a"), 8));
        figure.title = text.clone();
        let panel = &mut figure.panels[0];
        (panel.title, panel.x.label, panel.y.label) = (text.clone(), text.clone(), text.clone());
        figure.legend[1].text = text.clone();
        figure.bar = Some(Bar::new(text.clone(), Scale::Linear, (0.0, 1.0)));
        for panels in [1, 3] {
            figure.panels = vec![figure.panels[0].clone(); panels];
            let drawing = figure.render("a");
            assert!(has_margin(&drawing, 8), "{panels} panels");
            assert!(drawing.svg.contains(&escape(&text)), "the title is whole for readers who cannot see");
        }
    }
}

#[test]
fn the_largest_and_the_least_numbers_have_a_place() {
    let place_of = |y: f64, other: f64| {
        let square = |x: f64, y: f64, color| Mark::Points {
            points: vec![(x, y)],
            style: Style { shape: Shape::Square, color, edge: color, edge_width: 0.0, size: 6.0 },
        };
        let mut figure = linear(vec![square(1.0, y, RED), square(2.0, other, BLUE)]);
        figure.panels[0].y.range = None;
        let drawing = figure.render("a");
        (place(&drawing, RED).1, place(&drawing, BLUE).1)
    };
    // Longer numbers at the axis leave the area a little less width and height.
    let (low, high) = place_of(-1.0, 1.0);
    for (y, other) in [(-1.6e308, 1.6e308), (1e-320, 9e-320), (-1e-300, 1e-300), (1e300, 2e300)] {
        let (red, blue) = place_of(y, other);
        assert!((red - low).abs() < 60.0 && (blue - high).abs() < 60.0, "{y} {other}: {red} {blue}");
    }
}

#[test]
fn given_ends_between_which_nothing_lies_are_no_ends() {
    let point = |x: f64| Mark::Points {
        points: vec![(x, 5.0)],
        style: Style { shape: Shape::Square, color: RED, edge: RED, edge_width: 0.0, size: 6.0 },
    };
    for ends in [(3.0, 3.0), (3.0, 1.0), (f64::NAN, 4.0)] {
        let mut figure = linear(vec![point(3.0)]);
        figure.panels[0].x.range = Some(ends);
        place(&figure.render("a"), RED);
    }
}

#[test]
fn a_bar_without_an_end_reaches_to_that_of_the_panel() {
    let rows_of = |bar: (f64, f64, f64), scale: Scale| {
        let mut figure = linear(vec![Mark::Bars { bars: vec![bar], color: RED }]);
        figure.panels[0].y = Axis { range: Some((1.0, 10.0)), ..Axis::new("y", scale) };
        let drawing = figure.render("a");
        let red = |row: &Vec<Color>| row.contains(&RED);
        pixels(&drawing).iter().filter(|row| red(row)).count()
    };
    let whole = rows_of((5.0, 1.0, 10.0), Scale::Log);
    assert!(whole > 300 && rows_of((5.0, 0.0, f64::INFINITY), Scale::Log).abs_diff(whole) < 8);
    assert!(rows_of((5.0, 2.0, 5.0), Scale::Log) < whole / 2);
    assert_eq!(rows_of((5.0, -2.0, -1.0), Scale::Log), 0, "no end has a place");
}
