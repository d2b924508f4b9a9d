//! `museum`: what theory predicts, held against runs.

use super::*;

/// A room whose prediction holds and whose control does not; its runs are facts.
const ROOM: &str = r#"title = "A parabola"
question = "How long is a step?"
objective = { kind = "quadratic", dim = 1, condition = 1 }
start = { kind = "point", at = [2.0] }
optimizer = { kind = "sgd" }
schedule = { kind = "constant", initial = 0.5 }
train = { steps = 2 }
[profile.quick]
"train.steps" = 1
[[claim]]
id = "half"
says = "A step of one half halves the way"
kind = "bound"
of = "distance"
at-least = 1.0
at-most = 1.0
[[claim]]
id = "more"
says = "A step of a quarter does so, too"
control = true
kind = "bound"
of = "distance"
at-least = 2.0
"#;

fn own_room() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rooms = folder.path().join("experiments/museum");
    fs::create_dir_all(&rooms).unwrap();
    fs::write(rooms.join("parabola.toml"), ROOM).unwrap();
    folder
}

#[test]
fn rooms_are_those_of_the_folder_and_those_that_are_built_in() {
    let folder = own_room();
    let done = run(&folder, &["museum", "--quick", "-q", "parabola", "adam-spikes", "condition-number"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    let words = |line: &str| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    assert_eq!(words(lines[0]), "room verdict control");
    assert_eq!(words(lines[1]), "adam-spikes supported supported", "{}", done.stdout);
    assert!(
        lines.iter().any(|line| words(line) == "condition-number supported supported"),
        "{}",
        done.stdout
    );
    assert_eq!(words(lines[lines.len() - 1]), "parabola supported refuted", "{}", done.stdout);
    assert!(lines[lines.len() - 1].ends_with("A step of one half halves the way"));
    // Each is a result like any other.
    for result in ["adam-spikes@quick", "condition-number@quick", "parabola@quick"] {
        assert!(folder.path().join("results").join(result).join("report.html").is_file(), "{result}");
    }
}

#[test]
fn predictions_and_controls_can_be_required_and_rooms_must_exist() {
    let folder = own_room();
    let done = run(&folder, &["museum", "--quick", "-q", "--require-claims", "parabola"]);
    assert_eq!(done.code, Some(3));
    assert!(done.stderr.contains("error: not supported: parabola/more"), "{}", done.stderr);
    let done = run(&folder, &["museum", "parabel"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("there is no room `parabel`\nhint: did you mean `parabola`?"),
        "{}",
        done.stderr
    );
    // The whole room, not its quick profile, whose prediction is for one step.
    let done = run(&folder, &["museum", "--json", "parabola"]);
    let verdicts = done.stdout.lines().filter(|line| line.contains(r#""event":"verdict""#));
    let told: Vec<bool> = verdicts.map(|line| line.contains(r#""control":true"#)).collect();
    assert_eq!(told, [false, true], "{}", done.stdout);
}
