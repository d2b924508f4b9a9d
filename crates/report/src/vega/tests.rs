//! The structure of specifications.

use serde_json::Value;

use super::*;
use crate::draw::{AT_ENDS, Axis, Bar, Entry, Pen, Reading, Shape, Style, Theme, Ticks};

const LOOK: Look = Look { theme: Theme::Screen, is_dark: false, width: None };
const BLUE: Color = Color(0x00, 0x72, 0xb2);
const RED: Color = Color(0xd5, 0x5e, 0x00);

fn panel(marks: Vec<Mark>) -> Panel {
    Panel {
        title: "mean".to_owned(),
        x: Axis {
            ticks: Ticks::At(vec![(1.0, "1".to_owned()), (8.0, "8".to_owned())]),
            ..Axis::new("size", Scale::Log)
        },
        y: Axis { range: Some((0.0, 1.0)), ..Axis::new("loss", Scale::Linear) },
        aspect: Aspect::Free,
        marks,
    }
}

fn figure(panels: Vec<Panel>) -> Figure {
    let entry = |sign: Sign, text: &str| Entry { sign, text: text.to_owned() };
    let legend = vec![
        entry(Sign::Title, &format!("optimizer: {AT_ENDS}")),
        entry(Sign::Line(Pen::solid(BLUE)), "sgd"),
        entry(Sign::Line(Pen::solid(RED)), "adam"),
    ];
    Figure { title: "A title".to_owned(), panels, columns: None, legend, bar: None, left_out: Vec::new() }
}

fn line(color: Color, points: &[(f64, f64)]) -> Mark {
    Mark::Line { points: points.to_vec(), pen: Pen::solid(color), width: 2.0 }
}

fn of(figure: &Figure) -> Value {
    serde_json::from_str(&specification("f", figure, &LOOK).unwrap().0).unwrap()
}

#[test]
fn lines_of_all_series_are_one_layer_with_one_legend() {
    let spec = of(&figure(vec![panel(vec![
        line(BLUE, &[(1.0, 0.5), (8.0, 0.25)]),
        line(RED, &[(0.0, 0.5), (2.0, 0.75)]),
        Mark::Band { ends: vec![(1.0, 0.4, f64::INFINITY)], color: BLUE },
    ])]));
    assert_eq!(spec["$schema"], SCHEMA);
    assert_eq!((&spec["title"]["text"], &spec["title"]["subtitle"]), (&json!("A title"), &json!(["mean"])));
    let [lines, band] = &spec["layer"].as_array().unwrap()[..] else { panic!("{spec}") };
    assert_eq!((&lines["mark"]["type"], &lines["mark"]["clip"]), (&json!("line"), &json!(true)));
    let rows = json!([
        { "x": 1.0, "y": 0.5, "series": "sgd" },
        { "x": 8.0, "y": 0.25, "series": "sgd" },
        // On a logarithmic axis 0 has no place.
        { "x": null, "y": 0.5, "series": "adam" },
        { "x": 2.0, "y": 0.75, "series": "adam" },
    ]);
    assert_eq!(lines["data"]["values"].as_array().unwrap().len(), 4);
    for (found, expected) in lines["data"]["values"].as_array().unwrap().iter().zip(rows.as_array().unwrap())
    {
        for key in ["x", "y", "series"] {
            assert_eq!(found[key], expected[key]);
        }
    }
    let color = &lines["encoding"]["color"];
    assert_eq!(color["title"], "optimizer");
    assert_eq!(color["scale"], json!({ "domain": ["sgd", "adam"], "range": ["#0072b2", "#d55e00"] }));
    assert_eq!(lines["encoding"]["x"]["scale"]["type"], "log");
    assert_eq!(lines["encoding"]["x"]["axis"]["values"], json!([1.0, 8.0]));
    assert_eq!(lines["encoding"]["y"]["scale"]["domain"], json!([0.0, 1.0]));
    assert_eq!((&band["mark"]["type"], &band["encoding"]["y2"]["field"]), (&json!("area"), &json!("y2")));
    assert_eq!(band["data"]["values"][0]["y2"], 1.0, "an end beyond all numbers is that of the panel");
}

#[test]
fn points_tell_their_setting_and_intervals_their_ends() {
    let style = Style { shape: Shape::Nabla, color: BLUE, edge: BLUE, edge_width: 0.0, size: 4.0 };
    let reading = Reading { at: (8.0, 0.25), of: "batch size 8".to_owned(), runs: Vec::new() };
    let spec = of(&figure(vec![panel(vec![
        Mark::Bars { bars: vec![(8.0, 0.125, 0.5)], color: BLUE },
        Mark::Points { points: vec![(8.0, 0.25)], style },
        Mark::Reading(reading),
    ])]));
    let [bars, points] = &spec["layer"].as_array().unwrap()[..] else { panic!("{spec}") };
    assert_eq!((&bars["mark"]["type"], &bars["mark"]["orient"]), (&json!("errorbar"), &json!("vertical")));
    assert_eq!(bars["data"]["values"][0], json!({ "x": 8.0, "y": 0.125, "y2": 0.5, "series": "sgd" }));
    assert_eq!(points["mark"]["shape"], "triangle-down");
    assert_eq!(
        points["data"]["values"][0],
        json!({ "x": 8.0, "y": 0.25, "of": "batch size 8", "series": "sgd" })
    );
}

#[test]
fn cells_keep_their_colours_and_names_are_labels() {
    let cell = |x: f64, text: &str| Mark::Cell {
        area: [x - 0.5, x + 0.5, -0.5, 0.5],
        color: RED,
        text: text.to_owned(),
    };
    let mut panel = panel(vec![cell(0.0, "0.9"), cell(1.0, "0.8")]);
    panel.x = Axis {
        ticks: Ticks::Names(vec!["a".to_owned(), "b\nc".to_owned()]),
        ..Axis::new("rate", Scale::Linear)
    };
    let bar = Some(Bar::new("accuracy".to_owned(), Scale::Linear, (0.5, 1.0)));
    let spec = of(&Figure { legend: Vec::new(), bar, ..figure(vec![panel]) });
    let [cells, legend] = &spec["layer"].as_array().unwrap()[..] else { panic!("{spec}") };
    assert_eq!(
        (&cells["mark"]["type"], &cells["encoding"]["color"]["scale"]),
        (&json!("rect"), &Value::Null)
    );
    let first = &cells["data"]["values"][0];
    assert_eq!((&first["value"], &first["color"]), (&json!("0.9"), &json!("#d55e00")));
    assert_eq!(cells["encoding"]["x"]["axis"]["labelExpr"], r#"["a","b c"][datum.value]"#);
    assert_eq!(legend["encoding"]["color"]["title"], "accuracy");
    assert_eq!(legend["encoding"]["color"]["scale"]["domain"], json!([0.5, 1.0]));
}

#[test]
fn several_panels_stand_side_by_side_and_pictures_are_left_out() {
    let raster =
        crate::draw::Raster { extent: [1.0, 8.0, 0.0, 1.0], columns: 1, pixels: vec![BLUE], smooth: true };
    let both =
        figure(vec![panel(vec![line(BLUE, &[(1.0, 0.5), (2.0, 0.5)])]), panel(vec![Mark::Image(raster)])]);
    let (text, left_out) = specification("f", &both, &LOOK).unwrap();
    let spec: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((spec["columns"].as_u64(), spec["concat"].as_array().unwrap().len()), (Some(2), 2));
    assert_eq!(left_out, [FIELDS]);
    assert_eq!(spec["usermeta"]["thalweg"]["left-out"], json!([FIELDS]));
    let pictures = Panel { aspect: Aspect::Pixels, ..panel(Vec::new()) };
    assert!(specification("f", &figure(vec![pictures]), &LOOK).unwrap_err().contains("pictures"));
}

#[test]
fn in_the_dark_colours_are_those_for_dark_paper() {
    let dark = Look { is_dark: true, ..LOOK };
    let marks = vec![line(BLUE, &[(1.0, 0.5), (2.0, 0.5)])];
    let spec: Value =
        serde_json::from_str(&specification("f", &figure(vec![panel(marks)]), &dark).unwrap().0).unwrap();
    assert_eq!(spec["config"]["background"], "#15171b");
    assert_eq!(spec["layer"][0]["encoding"]["color"]["scale"]["range"][0], BLUE.in_the_dark().hex());
}
