//! Files and standard input, by the names that the command line has for them.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes. A message is 4 MiB at most for most servers, a descriptor set of thousands of
/// files a few tens of it.
pub const FILE_MAX: u64 = 64 * 1024 * 1024;

/// What a file holds; `-` is standard input, which is waited for to its end.
///
/// # Errors
/// Where it cannot be read, or is larger than [`FILE_MAX`]; the message names it.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let result = if path.as_os_str() == "-" {
        read_bounded(io::stdin().lock())
    } else {
        std::fs::File::open(path).and_then(read_bounded)
    };
    result.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot read {}: {error}", path.display()),
        )
    })
}

/// What there is to read, where it is no more than [`FILE_MAX`].
pub(super) fn read_bounded(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(FILE_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_MAX {
        let limit = FILE_MAX / (1024 * 1024);
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {limit} MiB"),
        ));
    }
    Ok(bytes)
}

/// The start of standard input, at most `limit` bytes.
///
/// # Errors
/// Where it cannot be read.
pub fn read_stdin(limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file, in place of what it held.
///
/// # Errors
/// Where it cannot be written; the message names it.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::write(path, bytes).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot write {}: {error}", path.display()),
        )
    })
}

/// Makes sure that a file can be written, without changing what it holds.
///
/// # Errors
/// Where it cannot; the message names it.
pub fn check_writable(path: &Path) -> io::Result<()> {
    let opened = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path);
    opened.map(drop).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot write {}: {error}", path.display()),
        )
    })
}

/// The key log file that `SSLKEYLOGFILE` names.
#[must_use]
pub fn keylog_of_environment() -> Option<PathBuf> {
    std::env::var_os("SSLKEYLOGFILE")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}
