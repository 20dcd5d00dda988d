//! A headless Chromium, driven over a pipe: no port is opened and nothing is downloaded.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long the browser may take for one answer. Its start on a busy machine takes seconds.
const DEADLINE: Duration = Duration::from_secs(60);
const OPTIONS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
];

/// A browser that shows one page. It ends, and its folder goes, when it is dropped.
pub(super) struct Browser {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Value>,
    session: String,
    next: u64,
    folder: PathBuf,
    /// What the page did that nobody asked it for: the names and details of events.
    pub(super) events: Vec<Value>,
}

impl Browser {
    /// Starts a browser with a window of this size.
    pub(super) fn start(width: u32, height: u32) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("netns-test-page-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a folder for the browser");
        // The pipe's ends are the descriptors 3 and 4.
        let mut child = Command::new("sh")
            .args([
                "-c",
                "exec \"${CHROMIUM:-chromium}\" \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null",
                "sh",
            ])
            .args(OPTIONS)
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg(format!("--window-size={width},{height}"))
            .env("HOME", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        let input = child.stdin.take().expect("its input is a pipe");
        let answers = read(BufReader::new(child.stdout.take().expect("its output is a pipe")));
        let (next, session, events) = (0, String::new(), Vec::new());
        let mut browser = Self { child, input, answers, session, next, folder, events };
        browser.attach(width, height);
        browser
    }

    fn attach(&mut self, width: u32, height: u32) {
        let target = self.call("Target.createTarget", json!({"url": "about:blank"}));
        let session = self.call(
            "Target.attachToTarget",
            json!({"targetId": target["targetId"], "flatten": true}),
        );
        self.session = session["sessionId"].as_str().expect("a session has an id").into();
        for domain in ["Page.enable", "Network.enable", "Runtime.enable", "Log.enable"] {
            self.call(domain, json!({}));
        }
        self.resize(width, height);
    }

    pub(super) fn resize(&mut self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    pub(super) fn prefer(&mut self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", features);
    }

    /// Opens the page for this data, and returns when it is ready.
    pub(super) fn open(&mut self, data: &Value) {
        let file = self.folder.join("page.html");
        fs::write(&file, super::super::page(&data.to_string())).expect("the page is written");
        self.events.clear();
        self.call("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        self.until("window.netnsTest?.ready === true");
        self.frames();
    }

    /// Waits until what was to be drawn is.
    pub(super) fn frames(&mut self) {
        let two = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))";
        self.ask(two);
    }

    /// The value of an expression in the page.
    pub(super) fn ask(&mut self, expression: &str) -> Value {
        let parameters =
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    pub(super) fn number(&mut self, expression: &str) -> f64 {
        let value = self.ask(expression);
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// Waits until an expression is true.
    pub(super) fn until(&mut self, expression: &str) {
        let end = Instant::now() + DEADLINE;
        while self.ask(expression) != json!(true) {
            assert!(Instant::now() < end, "never true: {expression}");
            thread::yield_now();
        }
    }

    /// What the page was refused, what it threw, and what it wrote as an error or warning.
    pub(super) fn complaints(&self) -> Vec<String> {
        let complains = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown" | "Network.loadingFailed") => true,
            Some("Runtime.consoleAPICalled") => event["params"]["type"] != "log",
            Some("Log.entryAdded") => event["params"]["entry"]["level"] != "info",
            _ => false,
        };
        self.events.iter().filter(complains).map(Value::to_string).collect()
    }

    /// What the page asked for beyond itself.
    pub(super) fn requests(&self) -> Vec<String> {
        let requests =
            self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        requests
            .map(|event| event["params"]["request"]["url"].to_string())
            .filter(|url| !url.starts_with("\"file:///") && !url.starts_with("\"data:"))
            .collect()
    }

    /// How many seconds the page's thread has worked, as its metrics count.
    pub(super) fn worked(&mut self) -> f64 {
        let answer = self.call("Performance.getMetrics", json!({}));
        let metrics = answer["metrics"].as_array().expect("a list of metrics");
        let task = metrics.iter().find(|metric| metric["name"] == "TaskDuration");
        task.and_then(|metric| metric["value"].as_f64()).expect("a time")
    }

    /// Presses a key where the focus is.
    pub(super) fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            self.call("Input.dispatchKeyEvent", json!({"type": kind, "key": key, "text": text}));
        }
    }

    pub(super) fn click(&mut self, x: f64, y: f64) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    pub(super) fn wheel(&mut self, x: f64, y: f64, by: f64, ctrl: bool) {
        let modifiers = if ctrl { 2 } else { 0 };
        let mut event = json!({"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by});
        event["modifiers"] = json!(modifiers);
        self.call("Input.dispatchMouseEvent", event);
    }

    /// A picture of the window, as PNG in base64.
    pub(super) fn picture(&mut self) -> String {
        let answer = self.call("Page.captureScreenshot", json!({"format": "png"}));
        answer["data"].as_str().expect("a picture").into()
    }

    pub(super) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.next += 1;
        let mut message = json!({"id": self.next, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let sent = self.input.write_all(format!("{message}\0").as_bytes());
        sent.unwrap_or_else(|error| panic!("chromium is gone before {method}: {error}"));
        loop {
            let answer = self.answers.recv_timeout(DEADLINE);
            let answer = answer.unwrap_or_else(|error| panic!("chromium: {method}: {error}"));
            if answer["id"] == json!(self.next) {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }
}

/// Messages end with a zero byte.
fn read(mut output: impl BufRead + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut message = Vec::new();
        while output.read_until(0, &mut message).is_ok_and(|bytes| bytes > 0) {
            message.pop();
            let value = serde_json::from_slice(&message);
            if value.is_ok_and(|value| sender.send(value).is_err()) {
                return;
            }
            message.clear();
        }
    });
    receiver
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser's processes end with it; what it still writes ends the second attempt.
        self.session.clear();
        let _ = self.input.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            thread::park_timeout(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        while fs::remove_dir_all(&self.folder).is_err() && Instant::now() < end {
            thread::park_timeout(Duration::from_millis(5));
        }
    }
}
