//! A child that runs beside the test: fed, watched, signalled, and killed when the test ends.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::call::end;
use super::{DEADLINE, wait_for};

/// A running child. Dropped, it is killed.
#[must_use = "dropping a child kills it"]
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Vec<u8>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_reader: Option<JoinHandle<()>>,
    told: String,
}

impl Running {
    #[track_caller]
    pub(super) fn start(mut command: Command, stdout: Option<&Path>) -> Self {
        let told = format!("{command:?}");
        let output = match stdout {
            Some(path) => Stdio::from(File::create(path).unwrap()),
            None => Stdio::piped(),
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        if let Some(pipe) = child.stdout.take() {
            thread::spawn(move || each_line(pipe, |line| sender.send(line).is_ok()));
        }
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&stderr);
        let pipe = child.stderr.take().unwrap();
        let stderr_reader = thread::spawn(move || {
            each_line(pipe, |line| {
                collected.lock().unwrap().extend(line);
                true
            });
        });
        let stdin = child.stdin.take();
        Self {
            child,
            stdin,
            lines,
            stderr,
            stderr_reader: Some(stderr_reader),
            told,
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of its standard output, without the newline.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        match self.lines.recv_timeout(DEADLINE) {
            Ok(mut line) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                String::from_utf8(line).unwrap()
            }
            Err(why) => panic!(
                "no further line ({why}) from {}\n{}",
                self.told,
                self.stderr()
            ),
        }
    }

    /// The next line of its standard output, without the newline; none once that has ended.
    #[allow(dead_code, reason = "only the tests of groups need it")]
    #[track_caller]
    pub(crate) fn line_or_end(&mut self) -> Option<String> {
        match self.lines.recv_timeout(DEADLINE) {
            Ok(line) => Some(String::from_utf8(line).unwrap().trim_end().to_owned()),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("stdout still open: {}", self.told),
        }
    }

    /// The next line of its standard output if one is there already.
    pub(crate) fn try_line(&mut self) -> Option<String> {
        let line = self.lines.try_recv().ok()?;
        Some(String::from_utf8(line).unwrap().trim_end().to_owned())
    }

    /// Nothing more is on its standard output, which has ended.
    #[track_caller]
    pub(crate) fn has_no_more_lines(&mut self) {
        match self.lines.recv_timeout(DEADLINE) {
            Err(RecvTimeoutError::Disconnected) => {}
            Err(RecvTimeoutError::Timeout) => panic!("stdout still open: {}", self.told),
            Ok(line) => panic!("one line more: {} from {}", super::shown(&line), self.told),
        }
    }

    /// Nothing comes for `quiet`: for what must not be seen, where no event says that it was not.
    #[track_caller]
    pub(crate) fn is_silent_for(&mut self, quiet: Duration) {
        if let Ok(line) = self.lines.recv_timeout(quiet) {
            panic!("a line: {} from {}", super::shown(&line), self.told);
        }
    }

    /// Writes to its standard input.
    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let stdin = self.stdin.as_mut().expect("its input was closed");
        if let Err(error) = stdin.write_all(bytes.as_ref()).and_then(|()| stdin.flush()) {
            panic!("{error} writing to {}\n{}", self.told, self.stderr());
        }
    }

    /// Ends its standard input.
    pub(crate) fn close(&mut self) {
        self.stdin = None;
    }

    /// Sends it a signal.
    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Whether it has ended; if so, it must have ended well, in silence.
    #[track_caller]
    pub(crate) fn has_ended(&mut self) -> bool {
        let Some(status) = self.child.try_wait().unwrap() else {
            return false;
        };
        assert!(
            status.success(),
            "{status} of {}\n{}",
            self.told,
            self.stderr()
        );
        assert_eq!(self.stderr(), "", "{}", self.told);
        true
    }

    /// What it has said on standard error so far.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr.lock().unwrap()).into_owned()
    }

    /// Waits until standard error holds `part`.
    #[track_caller]
    pub(crate) fn says(&self, part: &str) {
        let state = format!("{part:?} on stderr of {}", self.told);
        wait_for(&state, || self.stderr().contains(part).then_some(()));
    }

    /// Waits for its end, which must be `exit code`, with nothing unread on standard output; gives its standard error.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> String {
        let (status, stderr) = self.ended();
        assert!(status.0 == Some(code), "expected exit {code}: {}", status.1);
        stderr
    }

    /// Waits for its end, which must be one of these, as a shell would show it; gives its standard error.
    #[allow(dead_code, reason = "only the tests of clusters need it")]
    #[track_caller]
    pub(crate) fn ended_by(self, codes: &[i32]) -> String {
        let (status, stderr) = self.ended();
        let is_wanted = status.0.is_some_and(|code| codes.contains(&code));
        assert!(is_wanted, "expected {codes:?}: {}", status.1);
        stderr
    }

    /// Waits for its end, which must be by `signal`; gives its standard error.
    #[track_caller]
    pub(crate) fn dies_by(self, signal: Signal) -> String {
        let (status, stderr) = self.ended();
        let wanted = 128 + signal as i32;
        assert!(status.0 == Some(wanted), "expected {signal}: {}", status.1);
        stderr
    }

    /// Its end as a shell would show it (128 and the signal's number for a death by signal), told, and its stderr.
    #[track_caller]
    fn ended(mut self) -> ((Option<i32>, String), String) {
        let state = format!("the end of {}", self.told);
        let child = &mut self.child;
        let status = wait_for(&state, || child.try_wait().unwrap());
        self.has_no_more_lines();
        self.stderr_reader.take().unwrap().join().unwrap();
        let told = format!("{status} of {}\nstderr:\n{}", self.told, self.stderr());
        assert!(!told.contains("panicked"), "{told}");
        let code = status.code().or(status.signal().map(|number| 128 + number));
        ((code, told), self.stderr())
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Hands on every line of `pipe` as it comes, for as long as they are wanted.
fn each_line(pipe: impl Read, mut wanted: impl FnMut(Vec<u8>) -> bool) {
    let mut reader = BufReader::new(pipe);
    loop {
        let mut line = Vec::new();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if wanted(line) => {}
            Ok(_) => return,
        }
    }
}
