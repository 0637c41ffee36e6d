//! Where a report goes that is written as it comes.

use std::cell::{Cell, RefCell};
use std::io::{self, BufWriter, Write};

use crate::cli::Console;

/// Where the report goes: a file, or standard output.
pub(super) struct Out<'a> {
    to: RefCell<Box<dyn Write + 'a>>,
    failure: RefCell<Option<io::Error>>,
    closed: Cell<bool>,
}

impl<'a> Out<'a> {
    pub(super) fn new(file: Option<impl Write + 'a>, console: Console<'a>) -> Self {
        let to: Box<dyn Write + 'a> = match file {
            Some(file) => Box::new(BufWriter::new(file)),
            None => Box::new(BufWriter::with_capacity(64 * 1024, console.stdout)),
        };
        Self {
            to: RefCell::new(to),
            failure: RefCell::new(None),
            closed: Cell::new(false),
        }
    }

    pub(super) fn print(&self, text: &str) {
        if !self.closed.get() {
            let done = self.to.borrow_mut().write_all(text.as_bytes());
            self.note(done);
        }
    }

    /// Lets what was printed be seen.
    pub(super) fn flush(&self) {
        if !self.closed.get() {
            let done = self.to.borrow_mut().flush();
            self.note(done);
        }
    }

    /// Whether nobody reads what is printed, or it cannot be written.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Lets all that was printed be seen.
    ///
    /// # Errors
    /// Where something could not be written; a reader that has seen enough is no error.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.flush();
        match self.failure.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    fn note(&self, done: io::Result<()>) {
        if let Err(error) = done {
            self.closed.set(true);
            self.failure.borrow_mut().get_or_insert(error);
        }
    }
}
