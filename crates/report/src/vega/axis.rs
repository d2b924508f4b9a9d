//! The position channels of a panel.

use serde_json::{Value, json};

use crate::draw::{Axis, Scale, Ticks};

/// The channel of an axis that goes from one place on its scale to another, for the field of a name.
pub(super) fn channel(axis: &Axis, (low, high): (f64, f64), field: &str) -> Value {
    let scale = axis.scale;
    let mut words = json!({ "title": lines(&axis.label) });
    match &axis.ticks {
        Ticks::Round => {
            words["tickCount"] = json!(6);
            words["labelSeparation"] = json!(6);
        }
        Ticks::At(ticks) => {
            let values: Vec<f64> = ticks.iter().map(|(value, _)| *value).collect();
            words["values"] = json!(values);
        }
        Ticks::Names(names) => {
            let flat: Vec<String> = names.iter().map(|name| name.replace('\n', " ")).collect();
            words["values"] = json!((0..names.len()).collect::<Vec<_>>());
            words["labelExpr"] = json!(format!("{}[datum.value]", json!(flat)));
            words["labelLimit"] = json!(300);
            words["grid"] = json!(false);
        }
    }
    let kind = if scale == Scale::Log { "log" } else { "linear" };
    json!({
        "field": field,
        "type": "quantitative",
        "axis": words,
        "scale": { "type": kind, "domain": [scale.at(low), scale.at(high)], "nice": false, "zero": false },
    })
}

fn lines(label: &str) -> Value {
    let lines: Vec<&str> = label.lines().collect();
    if lines.len() > 1 { json!(lines) } else { json!(label) }
}
