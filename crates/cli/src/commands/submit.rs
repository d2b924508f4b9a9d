//! `submit`, `status`, `cancel`: workers as jobs of a cluster.
//!
//! A job is a script that starts a worker. Workers share the store and nothing else: a job that starts late,
//! dies or is started again finds what is left to do, so the engine needs to know neither the runs nor how
//! many there are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use thalweg::records::{ResultFolder, Store};
use thalweg::report::counted;

use super::experiment::{Overlaid, Source, read, write_plan};
use super::results::present;
use crate::{Exit, Home, note, result_name, say, say_prose, shown};

/// Where the ids of the jobs of a result are noted, one a line.
const JOBS: &str = "jobs.txt";
/// Arrays that a cluster takes where nothing else is set: Slurm's MaxArraySize is 1001.
const MOST_WORKERS: u16 = 1000;

/// Which runs, on which cluster.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of an experiment, or the path of a .toml file
    experiment: String,
    #[command(flatten)]
    overlays: Overlaid,
    /// The cluster's engine
    #[arg(long, value_enum)]
    engine: Engine,
    /// How many workers
    #[arg(long, value_name = "N", default_value_t = 4,
          value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_WORKERS)))]
    workers: u16,
    /// Cores of a worker
    #[arg(long, value_name = "N", default_value_t = 1)]
    cpus_per_task: u16,
    /// Time limit of a job, as the engine writes it; a worker that comes to it saves its runs and is queued
    /// again
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Partition or queue [default: the site's]
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Folder of runs and results, which all machines see [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Print the scripts, and submit nothing
    #[arg(long)]
    dry_run: bool,
    /// Further options for the engine
    #[arg(last = true, value_name = "OPTION")]
    extra: Vec<String>,
}

/// Who runs jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// Slurm
    Slurm,
    /// HyperQueue
    Hq,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let source =
        Source { experiment: &arguments.experiment, overlays: &arguments.overlays, until_decided: false };
    let study = read(&source, home)?;
    let store = Store::new(
        std::path::absolute(arguments.store.as_ref().unwrap_or(&home.results))
            .context("cannot find the store")?,
    );
    let folder = result_name::folder(&store, &study.experiment.plan, None, "")?;
    let missing = study.experiment.plan.runs.iter().filter(|key| !store.contains(key)).count();
    let script = Script::new(arguments, &store, &folder)?;
    if arguments.dry_run {
        say(script.worker(arguments))?;
        say(script.report())?;
        return Ok(());
    }
    if missing == 0 {
        note("all runs are there: nothing to submit");
        return Ok(());
    }
    store.prepare()?;
    write_plan(&store, &folder, &study.experiment.plan, &study.experiment)?;
    let [worker, report] = [("worker.sh", script.worker(arguments)), ("report.sh", script.report())]
        .map(|(name, text)| folder.write(name, text.as_bytes()).map(|()| folder.path().join(name)));
    let ids = match arguments.engine {
        Engine::Slurm => submit_slurm(&worker?, &report?)?,
        Engine::Hq => submit_hq(arguments, &worker?)?,
    };
    let before = std::fs::read_to_string(folder.path().join(JOBS)).unwrap_or_default();
    folder.write(JOBS, format!("{before}{}\n", ids.join("\n")).as_bytes())?;
    say_prose(format_args!(
        "{} to compute, {} submitted: {}",
        counted(missing, "run"),
        counted(usize::from(arguments.workers), "worker"),
        ids.join(", ")
    ))?;
    Ok(())
}

/// What the scripts are made of.
struct Script {
    name: String,
    folder: PathBuf,
    /// The experiment with all its options, as words of a shell.
    words: String,
    program: String,
    here: PathBuf,
}

impl Script {
    fn new(arguments: &Arguments, store: &Store, folder: &ResultFolder) -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("cannot find the current folder")?;
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut words = vec![arguments.experiment.clone()];
        let overlays = &arguments.overlays;
        words.extend(overlays.profile.iter().flat_map(|profile| ["--profile".to_owned(), profile.clone()]));
        words.extend(overlays.set.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
        let data = overlays.data.iter().map(|data| data.display().to_string());
        words.extend(data.flat_map(|data| ["--data".to_owned(), data]));
        words.extend(["--store".to_owned(), store.root().display().to_string()]);
        let name = folder.name();
        let words = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        Ok(Self {
            name,
            folder: folder.path().to_owned(),
            words,
            program: quoted(&program.display().to_string()),
            here,
        })
    }

    fn worker(&self, arguments: &Arguments) -> String {
        let cores = arguments.cpus_per_task;
        let threads = match arguments.engine {
            Engine::Slurm => format!("\"${{SLURM_CPUS_PER_TASK:-{cores}}}\""),
            Engine::Hq => cores.to_string(),
        };
        let head = match arguments.engine {
            Engine::Slurm => self.slurm_head(arguments),
            Engine::Hq => String::new(),
        };
        let again = match arguments.engine {
            Engine::Slurm => "scontrol requeue \"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"",
            Engine::Hq => "true",
        };
        format!(
            "#!/bin/bash\n{head}\
             # Workers share the store and nothing else; whichever starts finds what is left to do.\n\
             cd {here}\n\
             {program} worker {words} --threads {threads} &\n\
             worker=$!\n\
             # Before the time limit: save, and wait for another turn.\n\
             trap 'kill -TERM \"$worker\"; wait \"$worker\"; {again}; exit 0' USR1\n\
             trap 'kill -TERM \"$worker\"; wait \"$worker\"; exit 143' TERM\n\
             wait \"$worker\"\n",
            here = quoted(&self.here.display().to_string()),
            program = self.program,
            words = self.words,
        )
    }

    fn slurm_head(&self, arguments: &Arguments) -> String {
        let mut options = vec![
            format!("--job-name=thalweg-{}", self.name),
            format!("--array=0-{}", arguments.workers - 1),
            format!("--cpus-per-task={}", arguments.cpus_per_task),
            format!("--output=\"{}/%A_%a.out\"", self.folder.display()),
            "--open-mode=append".to_owned(),
            "--requeue".to_owned(),
            "--signal=B:USR1@60".to_owned(),
        ];
        options.extend(arguments.time.iter().map(|time| format!("--time={time}")));
        options.extend(arguments.partition.iter().map(|partition| format!("--partition={partition}")));
        options.extend(arguments.extra.iter().cloned());
        options.iter().map(|option| format!("#SBATCH {option}\n")).collect()
    }

    /// Names what is damaged, and makes the report of what is there.
    fn report(&self) -> String {
        format!(
            "#!/bin/bash\n#SBATCH --job-name=thalweg-{name}-report\n#SBATCH --output=\"{folder}/report.out\"\n\
             cd {here}\n\
             {program} store check {store}\nexec {program} report {name} --store {store}\n",
            name = quoted(&self.name),
            folder = self.folder.display(),
            here = quoted(&self.here.display().to_string()),
            program = self.program,
            store = quoted(&self.folder.parent().unwrap_or(Path::new(".")).display().to_string()),
        )
    }
}

fn submit_slurm(worker: &Path, report: &Path) -> anyhow::Result<Vec<String>> {
    let id = parsable(Command::new("sbatch").arg("--parsable").arg(worker))?;
    let after = format!("--dependency=afterany:{id}");
    let then = parsable(Command::new("sbatch").args(["--parsable", &after]).arg(report))?;
    Ok(vec![id, then])
}

fn submit_hq(arguments: &Arguments, worker: &Path) -> anyhow::Result<Vec<String>> {
    let mut command = Command::new("hq");
    command.args(["submit", "--output-mode=quiet", &format!("--array=0-{}", arguments.workers - 1)]);
    command.arg(format!("--cpus={}", arguments.cpus_per_task));
    command.args(arguments.time.iter().map(|time| format!("--time-limit={time}")));
    command.args(&arguments.extra).arg("bash").arg(worker);
    Ok(vec![parsable(&mut command)?])
}

/// The id that a command prints, without the cluster that may stand behind it.
fn parsable(command: &mut Command) -> anyhow::Result<String> {
    let told = told(command)?;
    Ok(told.trim().split(';').next().unwrap_or_default().to_owned())
}

fn told(command: &mut Command) -> anyhow::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot start {program}"))?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/=+:@,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Which submission.
#[derive(Debug, Args)]
pub struct Submitted {
    /// Name of the result
    name: String,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

impl Submitted {
    fn folder(&self, home: &Home) -> Result<(Store, ResultFolder), Exit> {
        let store = Store::new(self.store.as_ref().unwrap_or(&home.results));
        let folder = result_name::named(&store, &self.name)?;
        Ok((store, folder))
    }
}

/// How far a submission has come.
pub fn status(arguments: &Submitted, home: &Home) -> Result<(), Exit> {
    let (store, folder) = arguments.folder(home)?;
    let plan = folder.read_plan()?;
    let running = plan.runs.iter().filter(|key| store.is_claimed(key)).count();
    say_prose(format_args!("in the store: {}", present(&store, &plan, true)?))?;
    say_prose(format_args!("being computed: {running}"))?;
    let jobs = jobs(&folder);
    if !jobs.is_empty() {
        match told(Command::new("squeue").args([
            "--noheader",
            "--format=%i %T %R",
            "--jobs",
            &jobs.join(","),
        ])) {
            Ok(told) if !told.trim().is_empty() => say(told.trim_end())?,
            Ok(_) => say_prose("no job is in the queue")?,
            Err(e) => note(format_args!("{e:#}")),
        }
    }
    say_prose(format_args!("jobs write to {}", shown(folder.path())))?;
    Ok(())
}

/// Takes the jobs of a submission out of the queue. What they have saved stays.
pub fn cancel(arguments: &Submitted, home: &Home) -> Result<(), Exit> {
    let (_, folder) = arguments.folder(home)?;
    let jobs = jobs(&folder);
    if jobs.is_empty() {
        return Err(Exit::usage(format!("{} has no jobs", arguments.name)));
    }
    told(Command::new("scancel").args(&jobs))?;
    say_prose(format_args!("cancelled {}", jobs.join(", ")))?;
    Ok(())
}

fn jobs(folder: &ResultFolder) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join(JOBS)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_more_than_one() {
        assert_eq!(quoted("train.steps=3"), "train.steps=3");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
