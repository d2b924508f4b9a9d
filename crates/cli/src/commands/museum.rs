//! `museum`

use std::path::PathBuf;

use clap::Args;
use thalweg::document::nearest;
use thalweg::lab::{Disk, Files, Overlays, Verdict, Word};
use thalweg::records::ResultFolder;
use thalweg::report::{counted, short};

use super::experiment::{Computer, Pooled, conduct, open};
use super::report::tell;
use crate::builtin::{Builtin, ROOMS, path_of};
use crate::print::last_cell;
use crate::voice::Voice;
use crate::{Exit, Home, result_name, say};

/// Which rooms, and how.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Rooms of the museum, each a file in experiments/museum/ [default: all]
    #[arg(value_name = "ROOM")]
    rooms: Vec<String>,
    /// Lay the profile `quick` of each room over its settings: seconds in place of minutes
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    pool: Pooled,
    #[command(flatten)]
    voice: Voice,
    /// Exit with code 3 if a prediction or a control is not supported
    #[arg(long)]
    require_claims: bool,
}

/// One phenomenon, with the predictions of theory for it and the controls.
struct Room {
    name: String,
    /// CPU time that computing its runs took, in this call and in earlier ones.
    seconds: f64,
    verdicts: Vec<Verdict>,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let rooms = chosen(arguments, home)?;
    let store = arguments.pool.store(home);
    store.prepare()?;
    let (pool, voice) = (&arguments.pool, arguments.voice);
    let computer = Computer::new(pool.threads, pool.checkpoint, home.commit.as_deref(), voice)?;
    let profile = arguments.quick.then(|| "quick".to_owned());
    let overlays = Overlays { profile, set: Vec::new() };
    let (mut visited, mut failed) = (Vec::new(), 0);
    for (name, path, files) in rooms {
        let study = open(&path, &*files, &overlays)?;
        let folder = result_name::folder(&store, &study.experiment.plan, None, "")?;
        let report = conduct(study, &computer, &store, &folder)?;
        if voice.json {
            tell(&folder, &report, voice)?;
        }
        failed += report.tally.failed;
        visited.push(Room { name, seconds: seconds(&folder), verdicts: report.verdicts });
    }
    if !voice.json {
        for line in table(&visited) {
            say(line)?;
        }
    }
    if failed > 0 {
        return Err(anyhow::anyhow!("{} failed, which is a bug", counted(failed, "run")).into());
    }
    let refused: Vec<String> = visited
        .iter()
        .flat_map(|room| room.verdicts.iter().map(move |verdict| (&room.name, verdict)))
        .filter(|(_, verdict)| !verdict.is_supported())
        .map(|(room, verdict)| format!("{room}/{}", verdict.id))
        .collect();
    if arguments.require_claims && !refused.is_empty() { Err(Exit::Claims(refused)) } else { Ok(()) }
}

/// The name of a room, its file, and where that is read from.
type Found = (String, PathBuf, Box<dyn Files>);

/// The rooms that are asked for, in the order of their names.
fn chosen(arguments: &Arguments, home: &Home) -> Result<Vec<Found>, Exit> {
    let there = home.rooms().map_err(anyhow::Error::from)?;
    let is_new = |name: &str| there.iter().all(|(other, _)| other != name);
    let built_in: Vec<Found> = ROOMS
        .iter()
        .filter(|(name, _)| home.program != "cargo xtask" && is_new(room_of(name)))
        .map(|(name, _)| {
            let files: Box<dyn Files> = Box::new(Builtin { data: None });
            (room_of(name).to_owned(), path_of(name), files)
        })
        .collect();
    let on_disk = there.into_iter().map(|(name, path)| -> Found { (name, path, Box::new(Disk)) });
    let mut all: Vec<Found> = on_disk.chain(built_in).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    for asked in &arguments.rooms {
        if all.iter().all(|(name, ..)| name != asked) {
            let names: Vec<&str> = all.iter().map(|(name, ..)| name.as_str()).collect();
            let near = nearest(asked, names.iter().copied());
            let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            let rooms = names.join(", ");
            return Err(Exit::usage(format!(
                "there is no room `{asked}`\nhint: {near}The rooms are {rooms}"
            )));
        }
    }
    all.retain(|(name, ..)| arguments.rooms.is_empty() || arguments.rooms.contains(name));
    Ok(all)
}

/// `museum/catapult` is the room `catapult`.
fn room_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The CPU time of the calls that computed the runs of a result.
fn seconds(folder: &ResultFolder) -> f64 {
    // Not `sum`, whose nothing is −0.
    folder.origin().calls.iter().fold(0.0, |sum, call| sum + call.cpu_seconds)
}

const HEAD: [&str; 6] = ["room", "verdict", "control", "measured", "95 % interval", "CPU s"];

/// A row for each prediction; what a room has but once stands in its first row.
fn table(rooms: &[Room]) -> Vec<String> {
    let mut rows: Vec<([String; 6], String)> = vec![(HEAD.map(str::to_owned), "prediction".to_owned())];
    for room in rooms {
        let control = control(&room.verdicts);
        for (i, verdict) in room.verdicts.iter().filter(|verdict| !verdict.control).enumerate() {
            let once = |text: String| if i == 0 { text } else { String::new() };
            let [measured, interval] = numbers(verdict);
            let cells = [
                once(room.name.clone()),
                verdict.verdict.as_str().to_owned(),
                once(control.to_owned()),
                measured,
                interval,
                once(format!("{:.1}", room.seconds)),
            ];
            rows.push((cells, verdict.says.clone()));
        }
    }
    let width = |i: usize| rows.iter().map(|(cells, _)| cells[i].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let start = widths.iter().map(|width| width + 2).sum();
    let line = |(cells, says): &([String; 6], String)| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  "));
        cells.collect::<String>() + &last_cell(says, start)
    };
    rows.iter().map(line).collect()
}

/// What the controls of a room amount to: the worst of their verdicts.
fn control(verdicts: &[Verdict]) -> &'static str {
    let words = || verdicts.iter().filter(|verdict| verdict.control).map(|verdict| verdict.verdict);
    let has = |word: Word| words().any(|other| other == word);
    let worst = [Word::Refuted, Word::Inconclusive, Word::Supported].into_iter().find(|word| has(*word));
    worst.map_or("–", Word::as_str)
}

/// The centre that is tested, and its interval.
fn numbers(verdict: &Verdict) -> [String; 2] {
    let (effect, interval) = match &verdict.score {
        Some(score) => (Some(score.effect), score.interval),
        None => (verdict.effect, verdict.interval),
    };
    let interval = interval.map(|(low, high)| format!("[{}, {}]", short(low, 3), short(high, 3)));
    [effect.map_or_else(String::new, |effect| short(effect, 3)), interval.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use thalweg::lab::Study;

    use super::*;

    /// A room whose runs are facts: gradient descent on ½θ², and a claim and a control of their losses.
    fn room(at_most: f64) -> Room {
        let study = Study::from_text(&format!(
            "title = 'Valley'\nobjective = {{ kind = 'quadratic', dim = 1, condition = 1 }}\n\
             start = {{ kind = 'point', at = [2.0] }}\noptimizer = {{ kind = 'sgd' }}\n\
             schedule = {{ kind = 'constant', initial = 0.5 }}\ntrain = {{ steps = 1 }}\n\
             [[claim]]\nid = 'half'\nsays = 'A step of ½ halves the way'\nkind = 'bound'\nof = 'distance'\n\
             at-least = 1\nat-most = 1\n\
             [[claim]]\nid = 'control'\nsays = 'Less is left'\ncontrol = true\nkind = 'bound'\n\
             of = 'distance'\nat-most = {at_most}\n"
        ))
        .unwrap();
        let results = study.run();
        Room { name: "valley".to_owned(), seconds: 1.25, verdicts: study.judge(&results) }
    }

    #[test]
    fn a_row_has_a_prediction_with_the_verdict_on_its_control() {
        let lines = table(&[room(1.5), room(0.5)]);
        let expected = [
            "room    verdict    control    measured  95 % interval  CPU s  prediction",
            "valley  supported  supported  1                        1.2    A step of ½ halves the way",
            "valley  supported  refuted    1                        1.2    A step of ½ halves the way",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_room_without_a_control_says_so() {
        assert_eq!(control(&[]), "–");
        assert_eq!(room_of("museum/catapult"), "catapult");
    }
}
