//! The HPACK decoder of nghttp2.

use std::ffi::c_int;
use std::{mem, ptr, slice};

use libnghttp2_sys as sys;

/// A name and a value.
type Field = (Vec<u8>, Vec<u8>);

/// Decodes the header blocks of one direction.
pub(crate) struct Inflater(*mut sys::nghttp2_hd_inflater);

impl Inflater {
    pub(crate) fn new() -> Self {
        let mut inflater = ptr::null_mut();
        // SAFETY: it writes the pointer that it is given the place of.
        let failed = unsafe { sys::nghttp2_hd_inflate_new(&mut inflater) };
        assert_eq!(failed, 0, "there is memory");
        Self(inflater)
    }

    /// The fields of a block; `None` where it is refused, after which no other can be read.
    pub(crate) fn inflate(&mut self, mut block: &[u8]) -> Option<Vec<Field>> {
        let mut fields = Vec::new();
        loop {
            let mut flags: c_int = 0;
            // SAFETY: the inflater lives, and reads no more of the block than its length. What it writes is plain data,
            // whose pointers hold until it is called again.
            let (taken, name, value) = unsafe {
                let mut field: sys::nghttp2_nv = mem::zeroed();
                let (bytes, length) = (block.as_ptr(), block.len());
                let taken =
                    sys::nghttp2_hd_inflate_hd3(self.0, &mut field, &mut flags, bytes, length, 1);
                let emitted = flags & sys::NGHTTP2_HD_INFLATE_EMIT as c_int != 0;
                let text = |start: *mut u8, length: usize| match emitted {
                    true => slice::from_raw_parts(start, length).to_vec(),
                    false => Vec::new(),
                };
                (
                    taken,
                    text(field.name, field.namelen),
                    text(field.value, field.valuelen),
                )
            };
            block = &block[usize::try_from(taken).ok()?..];
            if flags & sys::NGHTTP2_HD_INFLATE_EMIT as c_int != 0 {
                fields.push((name, value));
            }
            if flags & sys::NGHTTP2_HD_INFLATE_FINAL as c_int != 0 {
                // SAFETY: as above.
                unsafe { sys::nghttp2_hd_inflate_end_headers(self.0) };
                return Some(fields);
            }
        }
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { sys::nghttp2_hd_inflate_del(self.0) };
    }
}
