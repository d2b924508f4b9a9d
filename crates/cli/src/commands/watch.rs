//! `watch`

mod http;
mod latest;
mod look;
mod remaining;
mod serve;
mod terminal;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, ValueEnum};
use thalweg::document::nearest;
use thalweg::records::Store;
use thalweg::report::counted;

use self::latest::Latest;
use self::look::Watched;
use crate::stop::Wishes;
use crate::{Exit, Home, note, result_name, say, shown};

/// Where the page is, unless it is taken or another is asked for.
const PORT: u16 = 7878;

/// What to watch.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of results [default: all of the stores, also those to come]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Folder of runs and results; may be given several times [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Vec<PathBuf>,
    /// Port of this machine's own address, 127.0.0.1, at which the page is [default: 7878, or any if it is
    /// taken]
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Whether a browser is opened [default: yes on a terminal]
    #[arg(long, value_name = "WHETHER")]
    open: Option<Whether>,
    /// Show it in the terminal, without a page; a line for each change where stdout is none
    #[arg(long, conflicts_with_all = ["port", "open"])]
    tui: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Whether {
    Yes,
    No,
}

/// Serves a page, or draws on the terminal, until a signal ends it.
pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let stores: Vec<Store> = match &arguments.store[..] {
        [] => vec![Store::new(&home.results)],
        given => given.iter().map(Store::new).collect(),
    };
    check(&stores, &arguments.names)?;
    // Nothing here needs to be saved: the first signal ends the process.
    let wishes = Wishes::listen()?;
    let latest = Arc::new(Latest::new(Watched::new(stores, arguments.names.clone())));
    if arguments.tui {
        latest.look();
        return terminal::run(&latest, &wishes);
    }
    let listener = listen(arguments.port)?;
    let address = listener.local_addr().context("cannot tell the port")?;
    latest.look();
    let n = counted(latest.standings().len(), "result");
    say(format_args!("watching {n} at http://{address}/\nCtrl-C ends it"))?;
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stdout());
    if arguments.open.map_or(is_terminal, |whether| whether == Whether::Yes) {
        open(&format!("http://{address}/"));
    }
    serve::serve(&listener, address.port(), &latest)
}

/// Every name must be that of a result that is there in one of the stores.
fn check(stores: &[Store], names: &[String]) -> Result<(), Exit> {
    let mut there: Vec<String> = Vec::new();
    for store in stores {
        there.extend(store.results()?);
    }
    there.sort();
    there.dedup();
    for name in names {
        result_name::named(&stores[0], name)?;
        if there.contains(name) {
            continue;
        }
        let near = nearest(name, there.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        let folders: Vec<String> = stores.iter().map(|store| shown(store.root())).collect();
        let hint = match there.len() {
            0 => "there are none yet; without a name those to come are shown too".to_owned(),
            _ => format!("{near}there are {}", there.join(", ")),
        };
        return Err(Exit::usage(format!(
            "there is no result `{name}` in {}\nhint: {hint}",
            folders.join(", ")
        )));
    }
    Ok(())
}

/// A port of this machine alone.
fn listen(port: Option<u16>) -> Result<TcpListener, Exit> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(PORT)));
    let bound = match port {
        Some(_) => bound,
        None => bound.or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))),
    };
    bound.map_err(|e| {
        let port = port.unwrap_or(PORT);
        let hint = "hint: --port 0 takes any that is free";
        Exit::Usage(anyhow::Error::from(e).context(format!("cannot listen at port {port}")).context(hint))
    })
}

/// Opens a browser, if the system knows one.
fn open(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let none = Stdio::null;
    let started = Command::new(program).arg(address).stdin(none()).stdout(none()).stderr(none()).spawn();
    if started.is_err() {
        note(format_args!("no browser was opened: {program} is not there"));
    }
}
