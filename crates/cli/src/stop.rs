//! Signals: the wish to stop, and the wish to save.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

use anyhow::Context;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;

/// What signals have asked for.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// To stop as soon as all is saved.
    pub stop: Arc<AtomicBool>,
    /// How often it was asked to save all runs.
    pub save: Arc<AtomicU64>,
    /// Whether something is being computed that can be stopped and saved.
    is_computing: Arc<AtomicBool>,
    signal: Arc<AtomicI32>,
}

impl Wishes {
    /// Listens from now on: to Ctrl-C, SIGTERM and SIGHUP, of which a second one, or the first while nothing
    /// is computed, ends the process at once, and to SIGUSR1.
    pub fn listen() -> anyhow::Result<Self> {
        let wishes = Self::default();
        let mut signals =
            Signals::new([SIGHUP, SIGINT, SIGTERM, SIGUSR1]).context("cannot listen to signals")?;
        let heard = wishes.clone();
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if signal == SIGUSR1 {
                    heard.save.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                let again = heard.stop.swap(true, Ordering::Relaxed);
                heard.signal.store(signal, Ordering::Relaxed);
                if again || !heard.is_computing.load(Ordering::Relaxed) {
                    // What is being written is there whole or not at all.
                    std::process::exit(128 + signal);
                }
            }
        });
        Ok(wishes)
    }

    /// Says whether something is being computed.
    pub fn computing(&self, is_computing: bool) {
        self.is_computing.store(is_computing, Ordering::Relaxed);
    }

    /// The exit code for the signal that asked to stop, if one did.
    pub fn code(&self) -> Option<u8> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => u8::try_from(128 + signal).ok(),
        }
    }
}
