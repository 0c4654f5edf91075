//! One call of the program: what it is given, and all that is expected of it.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use super::running::Running;
use super::{DEADLINE, shown};

/// A call that has not been made yet. It asserts everything at once in [`Call::exits`] or [`Call::dies_by`]; what it
/// was not told to expect on an output must not be there.
#[must_use = "nothing runs before the call is told how it exits"]
pub(crate) struct Call {
    command: Command,
    input: Input,
    stdout: Expected,
    stderr: Expected,
}

enum Input {
    Bytes(Vec<u8>),
    Given,
}

enum Expected {
    Exactly(Vec<u8>),
    Holds(Vec<String>),
    Anything,
}

/// What a call wrote.
pub(crate) struct Output {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Output {
    /// Standard output as text.
    #[track_caller]
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.stdout).unwrap()
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", shown(&self.stdout)))
    }

    /// Standard output as JSON values, one a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        let text = std::str::from_utf8(&self.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }
}

impl Call {
    pub(crate) fn new(command: Command) -> Self {
        Self {
            command,
            input: Input::Bytes(Vec::new()),
            stdout: Expected::Exactly(Vec::new()),
            stderr: Expected::Exactly(Vec::new()),
        }
    }

    /// Further arguments.
    pub(crate) fn args<A: AsRef<std::ffi::OsStr>>(
        mut self,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        self.command.args(args);
        self
    }

    /// What it reads from standard input; nothing unless stated.
    pub(crate) fn input(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Input::Bytes(bytes.as_ref().to_vec());
        self
    }

    /// Standard input is `path`.
    #[track_caller]
    pub(crate) fn input_file(mut self, path: &Path) -> Self {
        self.command.stdin(File::open(path).unwrap());
        self.input = Input::Given;
        self
    }

    /// One more variable in its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// One variable less in its environment.
    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Standard output is exactly this.
    pub(crate) fn stdout(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdout = Expected::Exactly(bytes.as_ref().to_vec());
        self
    }

    /// Standard output holds this text, among other things.
    pub(crate) fn stdout_has(mut self, part: impl Into<String>) -> Self {
        self.stdout.hold(part.into());
        self
    }

    /// Standard output is for the test to look at.
    pub(crate) fn any_stdout(mut self) -> Self {
        self.stdout = Expected::Anything;
        self
    }

    /// Standard error holds this text, among other things.
    pub(crate) fn stderr_has(mut self, part: impl Into<String>) -> Self {
        self.stderr.hold(part.into());
        self
    }

    /// Standard error is for the test to look at.
    pub(crate) fn any_stderr(mut self) -> Self {
        self.stderr = Expected::Anything;
        self
    }

    /// Makes the call and asserts all of it; it must exit with `code`.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Output {
        self.ends(
            |status| status.code() == Some(code),
            &format!("exit {code}"),
        )
    }

    /// Makes the call and asserts all of it; it must exit with one of `codes`.
    #[track_caller]
    pub(crate) fn exits_with_one_of(self, codes: &[i32]) -> Output {
        let expected = |status: ExitStatus| status.code().is_some_and(|code| codes.contains(&code));
        self.ends(expected, &format!("an exit code of {codes:?}"))
    }

    /// The bare command, for what the harness has no words for.
    #[allow(dead_code, reason = "only the tests of groups need it")]
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// Starts it and lets it run beside the test.
    #[track_caller]
    pub(crate) fn start(self) -> Running {
        Running::start(self.command, None)
    }

    /// Starts it with its standard output going to the file `path`.
    #[track_caller]
    pub(crate) fn start_into(self, path: &Path) -> Running {
        Running::start(self.command, Some(path))
    }

    #[track_caller]
    fn ends(mut self, expected: impl Fn(ExitStatus) -> bool, wanted: &str) -> Output {
        let (status, stdout, stderr) = complete(&mut self.command, self.input);
        let told = format!(
            "{:?}\nended with {status}\nstdout:\n{}\nstderr:\n{}",
            self.command,
            shown(&stdout),
            shown(&stderr)
        );
        assert!(expected(status), "expected {wanted}: {told}");
        self.stdout.assert("stdout", &stdout, &told);
        self.stderr.assert("stderr", &stderr, &told);
        assert_told_well(&stderr, &told);
        Output {
            stdout,
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}

impl Expected {
    fn hold(&mut self, part: String) {
        match self {
            Self::Holds(parts) => parts.push(part),
            _ => *self = Self::Holds(vec![part]),
        }
    }

    #[track_caller]
    fn assert(&self, name: &str, found: &[u8], told: &str) {
        match self {
            Self::Anything => {}
            Self::Exactly(wanted) => assert!(
                found == wanted,
                "expected on {name}:\n{}\nof {told}",
                shown(wanted)
            ),
            Self::Holds(parts) => {
                let text = String::from_utf8_lossy(found);
                for part in parts {
                    assert!(text.contains(part), "no {part:?} on {name} of {told}");
                }
            }
        }
    }
}

/// Whatever happens, no user ever sees a panic, and every message begins with who says it.
#[track_caller]
fn assert_told_well(stderr: &[u8], told: &str) {
    let text = String::from_utf8_lossy(stderr);
    assert!(!text.contains("panicked"), "a panic: {told}");
    assert!(!text.contains("RUST_BACKTRACE"), "a panic: {told}");
}

/// Runs to the end with both outputs read as they come; kills it and fails at the deadline.
#[track_caller]
fn complete(command: &mut Command, input: Input) -> (ExitStatus, Vec<u8>, Vec<u8>) {
    if matches!(input, Input::Bytes(_)) {
        command.stdin(Stdio::piped());
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let Input::Bytes(bytes) = input {
        let mut stdin = child.stdin.take().unwrap();
        // A program that has seen enough may close its input: that is its right.
        thread::spawn(move || drop(stdin.write_all(&bytes)));
    }
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    let outputs = stdout
        .recv_timeout(DEADLINE)
        .and_then(|out| Ok((out, stderr.recv_timeout(DEADLINE)?)));
    let Ok((stdout, stderr)) = outputs else {
        end(&mut child);
        panic!("{command:?} was not done after {DEADLINE:?}");
    };
    (child.wait().unwrap(), stdout, stderr)
}

/// Reads all of `pipe` on a thread of its own.
fn collect(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        drop(sender.send(bytes));
    });
    receiver
}

/// Kills a child and takes its status.
pub(super) fn end(child: &mut Child) {
    drop(child.kill());
    drop(child.wait());
}
