//! The ways in which an experiment is computed: each is calls of this program, on a store of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use thalweg_numeric::{Stream, Streams};
use xtask::workspace::program;

/// The exit code of a program that was asked to stop by SIGTERM.
const STOPPED: i32 = 143;
/// CPU models of the emulator, and whether they have fused products, which fast numerics ask for.
const CPUS: [(&str, &str, bool); 3] = [
    ("Haswell", "AVX2, FMA", true),
    ("SandyBridge", "AVX, no FMA", false),
    ("Nehalem", "no AVX, no FMA", false),
];

/// One way.
pub struct Way {
    pub name: String,
    /// The experiment's `model.numerics`, which is part of what is computed.
    pub numerics: &'static str,
    pub compared: Compared,
    how: How,
}

/// What must be the same as in the first way of the same numerics.
#[derive(Debug, Clone, Copy)]
pub enum Compared {
    Everything,
    /// Losses and end weights.
    Trajectory,
}

enum How {
    /// One call after the other, with these arguments.
    InTurn(Vec<Vec<&'static str>>),
    /// All calls at once.
    AtOnce(Vec<Vec<&'static str>>),
    /// Signals at random times, each followed by the same call, until so many have met a program that ran.
    Signalled { signal: &'static str, times: u32 },
    /// By an emulator, as a model of CPU.
    Emulated { emulator: PathBuf, cpu: &'static str },
}

/// All ways; those by an emulator where there is one.
pub fn ways(kills: u32, emulator: Option<&Path>) -> Vec<Way> {
    let way = |name: &str, numerics, how| Way {
        name: name.to_owned(),
        numerics,
        compared: Compared::Everything,
        how,
    };
    let experiment = |threads| How::InTurn(vec![vec!["experiment", "--threads", threads]]);
    let shard = |shard| vec!["experiment", "--threads", "1", "--shard", shard];
    let worker = || vec!["worker", "--threads", "1"];
    let mut all = vec![
        way("1 thread", "fast", experiment("1")),
        way("2 threads", "fast", experiment("2")),
        way("3 threads", "fast", experiment("3")),
        way("8 threads", "fast", experiment("8")),
        way("2 shards", "fast", How::InTurn(vec![shard("1/2"), shard("0/2")])),
        way("3 workers at once", "fast", How::AtOnce(vec![worker(), worker(), worker()])),
        way(&format!("{kills} times killed"), "fast", How::Signalled { signal: "KILL", times: kills }),
        way(&format!("{kills} times stopped"), "fast", How::Signalled { signal: "TERM", times: kills }),
        Way {
            compared: Compared::Trajectory,
            ..way(
                "without probes",
                "fast",
                How::InTurn(vec![vec!["experiment", "--threads", "2", "--set", "probe=[]"]]),
            )
        },
        way("1 thread", "portable", experiment("1")),
        way("8 threads", "portable", experiment("8")),
    ];
    let emulated = |numerics: &'static str, cpu: (&'static str, &str, bool), emulator: &Path| {
        let how = How::Emulated { emulator: emulator.to_owned(), cpu: cpu.0 };
        way(&format!("{} ({})", cpu.0, cpu.1), numerics, how)
    };
    if let Some(emulator) = emulator {
        let with_fma = CPUS.into_iter().filter(|(.., has_fma)| *has_fma);
        all.extend(with_fma.map(|cpu| emulated("fast", cpu, emulator)));
        all.extend(CPUS.into_iter().map(|cpu| emulated("portable", cpu, emulator)));
    }
    all
}

impl Way {
    /// Computes an experiment, and says in which stores: one, unless signals needed more.
    pub fn stores(&self, settings: &[String], folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let numerics = format!("--set=model.numerics=\"{}\"", self.numerics);
        let call = |n: u32, arguments: &[&str]| {
            let mut command = Call { emulated: self.emulated(), ..Call::default() };
            command.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
            command.arguments.extend(settings.iter().cloned());
            command
                .arguments
                .extend([numerics.clone(), format!("--store={}", folder.join(n.to_string()).display())]);
            command
        };
        let mut n_stores = 1;
        match &self.how {
            How::InTurn(calls) => calls.iter().try_for_each(|arguments| call(0, arguments).complete())?,
            How::AtOnce(calls) => {
                let started: Vec<Child> =
                    calls.iter().map(|arguments| call(0, arguments).start()).collect::<Result<_, _>>()?;
                started.into_iter().try_for_each(finish)?;
            }
            How::Signalled { signal, times } => {
                let mut stream = Streams::new(1, 0).stream("signals", 0);
                let mut left = *times;
                loop {
                    let call = call(n_stores - 1, &["experiment", "--threads=2", "--checkpoint=0.1"]);
                    call.signalled(signal, &mut left, &mut stream)?;
                    if left == 0 {
                        break;
                    }
                    n_stores += 1;
                }
            }
            How::Emulated { .. } => call(0, &["experiment", "--threads=2"]).complete()?,
        }
        Ok((0..n_stores).map(|n| folder.join(n.to_string())).collect())
    }

    fn emulated(&self) -> Option<(&Path, &'static str)> {
        match &self.how {
            How::Emulated { emulator, cpu } => Some((emulator, cpu)),
            _ => None,
        }
    }
}

/// A call of this program.
#[derive(Default)]
struct Call<'a> {
    arguments: Vec<String>,
    emulated: Option<(&'a Path, &'static str)>,
}

impl Call<'_> {
    fn start(&self) -> anyhow::Result<Child> {
        let program = program().context("cannot find the program")?;
        let mut command = match self.emulated {
            Some((emulator, cpu)) => {
                let mut command = Command::new(emulator);
                command.args(["-cpu", cpu]).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().with_context(|| format!("cannot start {:?}", command.get_program()))
    }

    fn complete(&self) -> anyhow::Result<()> {
        finish(self.start()?)
    }

    /// Starts the call until it completes, and sends a signal to it at a random time while any are left.
    fn signalled(&self, signal: &str, left: &mut u32, stream: &mut Stream) -> anyhow::Result<()> {
        loop {
            let mut child = self.start()?;
            if *left > 0 {
                std::thread::sleep(Duration::from_millis(u64::from(100 + stream.below(900))));
            }
            if *left == 0 || child.try_wait()?.is_some() {
                return finish(child);
            }
            let pid = child.id().to_string();
            if !Command::new("kill").args(["-s", signal, &pid]).status()?.success() {
                bail!("cannot send SIG{signal}");
            }
            *left -= 1;
            let status = child.wait()?;
            // It may have ended just before; then the next call finds everything there.
            if !matches!(status.code(), None | Some(0 | STOPPED)) {
                bail!("after SIG{signal}: {status}");
            }
        }
    }
}

fn finish(mut child: Child) -> anyhow::Result<()> {
    let status = child.wait()?;
    if !status.success() {
        bail!("a call failed: {status}");
    }
    Ok(())
}
