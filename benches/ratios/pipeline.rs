//! Running commands and pipelines of two, and how long they take.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::Result;

/// Runs `first | second`; the seconds from before the first is started until both have ended.
pub(crate) fn pipe(first: &mut Command, second: &mut Command) -> Result<f64> {
    let began = Instant::now();
    let mut writer = first.stdout(Stdio::piped()).spawn()?;
    let output = writer.stdout.take().ok_or("no pipe")?;
    let mut reader = second.stdin(output).spawn()?;
    finish(&mut writer)?;
    finish(&mut reader)?;
    Ok(began.elapsed().as_secs_f64())
}

/// Runs a command; the seconds it takes.
pub(crate) fn run(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    finish(&mut command.spawn()?)?;
    Ok(began.elapsed().as_secs_f64())
}

/// Runs a command that gets `input`; the seconds it takes.
pub(crate) fn feed(command: &mut Command, input: &[u8]) -> Result<f64> {
    let began = Instant::now();
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().ok_or("no pipe")?;
    stdin.write_all(input)?;
    drop(stdin);
    finish(&mut child)?;
    Ok(began.elapsed().as_secs_f64())
}

/// Waits for a child, which must succeed.
pub(crate) fn finish(child: &mut Child) -> Result<()> {
    let status = child.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("a command that was measured failed: {status}").into())
    }
}
