//! The secrets of a connection, in the form that Wireshark reads (RFC 9850).

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::KeyLog;

use super::capture::Capture;

/// A file that secrets are appended to.
pub(super) struct KeyLogFile {
    file: Mutex<std::fs::File>,
}

impl KeyLogFile {
    /// Opens it, or makes it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        // Whoever reads it can read the connection.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: Mutex::new(options.open(path)?),
        })
    }

    fn append(&self, line: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A disk that fills up while the call runs is no reason to lose the call.
        let _ = file.write_all(line.as_bytes());
    }
}

impl fmt::Debug for KeyLogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLogFile").finish_non_exhaustive()
    }
}

/// Where the secrets of a connection go.
#[derive(Debug)]
pub(super) struct Secrets {
    pub(super) file: Option<Arc<KeyLogFile>>,
    pub(super) capture: Option<Capture>,
}

impl KeyLog for Secrets {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!(
            "{label} {} {}\n",
            hex::encode(client_random),
            hex::encode(secret)
        );
        if let Some(file) = &self.file {
            file.append(&line);
        }
        if let Some(capture) = &self.capture {
            capture.secret(&line);
        }
    }

    fn will_log(&self, _: &str) -> bool {
        self.file.is_some() || self.capture.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_appended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, "# mine\n").unwrap();
        let secrets = Secrets {
            file: Some(Arc::new(KeyLogFile::open(&path).unwrap())),
            capture: None,
        };
        assert!(secrets.will_log("CLIENT"));
        secrets.log("CLIENT", &[1, 2], &[0xff]);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "# mine\nCLIENT 0102 ff\n");
    }
}
