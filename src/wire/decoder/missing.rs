//! Bytes that are missing from the input, and bytes that are given up.

use super::super::frame::HEADER_LENGTH;
use super::{Decoder, State, length};

/// How much of what is held stays when the rest is given up, in bytes: the header of a frame and the start of it.
const SHED: usize = 1024;

impl Decoder {
    /// Tells that the next `bytes` bytes of the direction are missing from the input. To be called once all that came
    /// before is taken in. Where lengths still hold, only the frame that they stand in is lost.
    pub fn miss(&mut self, bytes: u64) {
        self.release();
        match &mut self.state {
            State::Foreign { length, .. } => *length += bytes,
            State::Finished => {}
            State::Holed(left) => {
                let within = bytes.min(*left);
                *left -= within;
                self.missing += bytes - within;
            }
            State::Frames if self.missing == 0 && self.buffer.len() >= HEADER_LENGTH => {
                let whole = self.buffer.first_chunk().map_or(0, length);
                let left = whole.saturating_sub(self.buffer.len()) as u64;
                let within = bytes.min(left);
                self.state = State::Holed(left - within);
                self.missing = bytes - within;
            }
            State::Lost(resync) => {
                self.held = resync.take();
                self.skip = self.held.len();
                self.missing += bytes;
            }
            State::Start | State::Frames => {
                // The start of a header, or of the preface, is of no use without its end.
                self.held = std::mem::take(&mut self.buffer);
                self.skip = self.held.len();
                self.state = State::Lost(Box::default());
                self.missing += bytes;
            }
        }
        if self.missing > 0 {
            self.blocks.miss();
        }
    }

    /// Tells that bytes of the direction are missing from the input here, and nobody knows how many. Offsets go on without
    /// them.
    pub fn lose(&mut self) {
        self.release();
        match &mut self.state {
            State::Foreign { .. } | State::Finished => return,
            State::Lost(resync) => self.held = resync.take(),
            State::Start | State::Frames | State::Holed(_) => {
                if let State::Holed(left) = self.state {
                    // What was passed over of the frame is missing too.
                    let whole = self.buffer.first_chunk().map_or(0, length);
                    let passed = whole.saturating_sub(self.buffer.len()) as u64;
                    self.missing += passed.saturating_sub(left);
                }
                self.held = std::mem::take(&mut self.buffer);
                self.state = State::Lost(Box::default());
            }
        }
        self.skip = self.held.len();
        self.blocks.miss();
    }

    /// How much memory it takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let looked_through = match &self.state {
            State::Lost(resync) => resync.memory(),
            _ => 0,
        };
        size_of::<Self>()
            + self.buffer.capacity()
            + self.held.capacity()
            + looked_through
            + self.blocks.memory()
    }

    /// Gives up bytes that are held back, to save memory. What stands in them counts as missing from the input.
    pub fn shed(&mut self) {
        self.release();
        match &mut self.state {
            State::Frames if self.held.is_empty() && self.buffer.len() > SHED => {
                let whole = self.buffer.first_chunk().map_or(0, length);
                self.state = State::Holed(whole.saturating_sub(self.buffer.len()) as u64);
                self.buffer.truncate(SHED);
            }
            State::Foreign { .. } | State::Holed(_) => self.buffer.truncate(SHED),
            State::Lost(resync) => {
                self.missing += resync.take().len() as u64;
            }
            State::Start | State::Frames | State::Finished => {}
        }
        if self.blocks.shed() {
            self.blocks.miss();
        }
        self.buffer.shrink_to_fit();
    }
}
