//! A browser that is driven over its DevTools protocol, by a pipe: messages are JSON, each with a 0 behind
//! it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Once;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// What a browser may be called.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Whether it was said that there is none.
static SAID: Once = Once::new();

/// No answer takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// One page of a browser.
pub struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    sent: u64,
    /// What the page said of itself, and what it asked for.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// `None`, and a line that says so, where there is no browser.
    pub fn start() -> Option<Self> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let is_there = |name: &&&str| std::env::split_paths(&paths).any(|folder| folder.join(name).is_file());
        let Some(name) = NAMES.iter().find(is_there) else {
            // Past the harness, which keeps to itself what a test prints that passes.
            SAID.call_once(|| {
                let names = NAMES.join(", ");
                let _ =
                    writeln!(std::io::stderr(), "tests in a browser are skipped: there is none of {names}");
            });
            return None;
        };
        let profile = TempDir::new().unwrap();
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--remote-debugging-pipe",
            "--force-color-profile=srgb",
        ];
        // The protocol reads from 3 and writes to 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1", name])
            .args(flags)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (tell, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0) {
                // What the program prints before it speaks the protocol is no message.
                let Ok(message) = message else { return };
                if let Ok(message) = serde_json::from_slice(&message)
                    && tell.send(message).is_err()
                {
                    return;
                }
            }
        });
        let mut browser =
            Self { child, input, messages, session: None, sent: 0, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", target);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network", "DOM"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.resize(1280, 900);
        Some(browser)
    }

    /// Calls a method, and waits for its result.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).unwrap();
        self.input.flush().unwrap();
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the browser answers");
            if message["id"] == self.sent {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            if message["id"].is_null() {
                self.events.push(message);
            }
        }
    }

    /// Opens a file, and waits until it is loaded and its script has run.
    pub fn open(&mut self, file: &Path) {
        self.visit(&format!("file://{}", file.display()));
    }

    /// The same with an address.
    pub fn visit(&mut self, url: &str) {
        self.events.clear();
        self.call("Page.navigate", json!({ "url": url }));
        self.wait_for("Page.loadEventFired");
    }

    /// Does what leads to another page, and waits until that is loaded.
    pub fn follow(&mut self, expression: &str) {
        self.events.clear();
        // Later, so that the call is answered before its page is gone.
        self.eval(&format!("setTimeout(() => {{ {expression} }}, 0)"));
        self.wait_for("Page.loadEventFired");
    }

    fn wait_for(&mut self, method: &str) {
        while !self.events.iter().any(|event| event["method"] == method) {
            let message = self.messages.recv_timeout(PATIENCE).expect("the page is loaded");
            self.events.push(message);
        }
    }

    /// What an expression is, in the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.call("Runtime.evaluate", params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// Waits until a condition is met in the page, which does some things only after an event of its own.
    pub fn until(&mut self, condition: &str) {
        let wait = format!(
            "new Promise((met, failed) => {{ const end = Date.now() + 50_000; const look = () => ({condition}) ? met(true) \
             : Date.now() > end ? failed(new Error('not in time')) : setTimeout(look, 10); look(); }})"
        );
        assert_eq!(self.eval(&wait), true, "{condition}");
    }

    /// What an expression is, as text.
    pub fn text(&mut self, expression: &str) -> String {
        match self.eval(expression) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    pub fn resize(&mut self, width: u32, height: u32) {
        let params =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.call("Emulation.setDeviceMetricsOverride", params);
    }

    pub fn theme(&mut self, name: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": name }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    pub fn scripts(&mut self, run: bool) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": !run }));
    }

    /// Moves, presses or releases the mouse: `mouseMoved`, `mousePressed` or `mouseReleased`.
    pub fn mouse(&mut self, kind: &str, (x, y): (f64, f64), clicks: u32) {
        let button = if kind == "mouseMoved" { "none" } else { "left" };
        let params = json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": clicks });
        self.call("Input.dispatchMouseEvent", params);
    }

    pub fn click(&mut self, at: (f64, f64)) {
        self.mouse("mouseMoved", at, 0);
        self.mouse("mousePressed", at, 1);
        self.mouse("mouseReleased", at, 1);
    }

    pub fn key(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let code = HashMap::from([("Escape", 27), ("Enter", 13), ("ArrowRight", 39)]);
            let params =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code.get(key) });
            self.call("Input.dispatchKeyEvent", params);
        }
    }

    /// The middle of an element in the window, after it was scrolled into sight.
    pub fn middle(&mut self, selector: &str) -> (f64, f64) {
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{ block: 'center' }}); \
             const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        ));
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    /// Lines in the console, errors among them.
    pub fn console(&self) -> Vec<String> {
        let said = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"];
        self.of(&said).map(|event| event["params"].to_string()).collect()
    }

    /// What was asked for, the page itself among it, but not the pictures that it brings along.
    pub fn requests(&self) -> Vec<String> {
        let url = |event: &Value| event["params"]["request"]["url"].as_str().unwrap_or_default().to_owned();
        self.of(&["Network.requestWillBeSent"]).map(url).filter(|url| !url.starts_with("data:")).collect()
    }

    fn of<'a>(&'a self, methods: &'a [&str]) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(|event| methods.iter().any(|method| event["method"] == *method))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
