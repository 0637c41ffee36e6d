//! Files and standard input, by the names that the command line has for them.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::capture::portions;

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

/// Opens a file to be read piece by piece; `-` is standard input.
///
/// # Errors
/// Where it cannot be opened; the caller names it.
pub fn open(path: &Path) -> io::Result<Box<dyn io::Read>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = std::fs::File::open(path)?;
    Ok(Box::new(opened))
}

/// Opens a file to be written, in place of what it held.
///
/// # Errors
/// Where it cannot be; the message names it.
pub fn create(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::create(path).map_err(|error| cannot_write(path, &error))
}

/// Opens a file to be written, in place of what it held, that nobody else may read if it is new; `-` is standard output.
///
/// # Errors
/// Where it cannot be.
pub fn create_private(path: &Path) -> io::Result<Box<dyn io::Write + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdout()));
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(Box::new(options.open(path)?))
}

/// Whether two names are of one file, be it there yet or not.
#[must_use]
pub fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        std::fs::canonicalize(path).or_else(|error| {
            let name = path.file_name().ok_or(error)?;
            let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
            Ok::<_, io::Error>(std::fs::canonicalize(folder.unwrap_or(Path::new(".")))?.join(name))
        })
    };
    match (place(one), place(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Reads all that there is, if it is no more than [`FILE_MAX`].
pub(super) fn read_bounded(from: impl io::Read) -> io::Result<Vec<u8>> {
    portions::read_whole(from, FILE_MAX)
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
    std::fs::write(path, bytes).map_err(|error| cannot_write(path, &error))
}

/// Writes a file whole or not at all: who reads it meanwhile sees what it held, and who may not read it may not do so
/// meanwhile. What is there and no regular file, or cannot be replaced, as one that is mounted, is written as it is.
///
/// # Errors
/// Where it cannot be written; the message names it.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    let before = std::fs::symlink_metadata(path).ok();
    let irregular = before.as_ref().is_some_and(|it| !it.is_file());
    let Some(name) = path.file_name().filter(|_| !irregular) else {
        return write(path, bytes);
    };
    let mut beside = name.to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    let permissions = before.map(|it| it.permissions());
    // What a process of the same number may have left.
    let _ = std::fs::remove_file(&beside);
    let Err(error) =
        write_new(&beside, bytes, permissions).and_then(|()| std::fs::rename(&beside, path))
    else {
        return Ok(());
    };
    // The rest of an attempt that failed, if there is one: what it is about is the error.
    let _ = std::fs::remove_file(&beside);
    match error.kind() {
        // Nothing can be beside it or in its place, which says nothing of the file itself.
        CrossesDevices | PermissionDenied | ReadOnlyFilesystem | ResourceBusy => write(path, bytes),
        _ => Err(cannot_write(path, &error)),
    }
}

/// Writes a file that is not there yet, which from its beginning has the permissions given, or those that new files have.
fn write_new(
    path: &Path,
    bytes: &[u8],
    permissions: Option<std::fs::Permissions>,
) -> io::Result<()> {
    use io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if let Some(permissions) = &permissions {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        options.mode(permissions.mode());
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    match permissions {
        Some(permissions) => file.set_permissions(permissions),
        None => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("cannot write {}: {error}", path.display()),
    )
}

/// Writes behind what a file holds.
///
/// # Errors
/// Where it cannot be written; the message names it.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let opened = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path);
    opened
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| cannot_write(path, &error))
}

/// Whether there is a file of that name.
#[must_use]
pub fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Makes sure that a file can be written, without changing what it holds, nor that there is none.
///
/// # Errors
/// Where it cannot; the message names it.
pub fn check_writable(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let opened = match options.append(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => options
            .create_new(true)
            .open(path)
            .and_then(|_| std::fs::remove_file(path)),
        opened => opened.map(drop),
    };
    opened.map_err(|error| cannot_write(path, &error))
}

/// The key log file that `SSLKEYLOGFILE` names.
#[must_use]
pub fn keylog_of_environment() -> Option<PathBuf> {
    std::env::var_os("SSLKEYLOGFILE")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}
