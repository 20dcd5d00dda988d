//! Functions of this program's file, found again in another process of the same file, which may be
//! loaded elsewhere.

use std::process::ExitCode;
use std::sync::atomic::AtomicU8;

/// What places are counted from. A static has one address in a program; of a function there may be
/// copies in every crate that uses it.
static ORIGIN: AtomicU8 = AtomicU8::new(0);

fn origin() -> usize {
    (&raw const ORIGIN).addr()
}

/// Where a function is, whatever address its file is loaded at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(isize);

/// A function that calls the one at a place with an argument that is in bytes.
pub(crate) type Caller = fn(Place, &[u8]) -> ExitCode;

impl Place {
    /// The place of a function.
    pub(crate) fn of<A, R>(function: fn(A) -> R) -> Self {
        Self::of_address(function as usize)
    }

    /// The place of one that calls others.
    pub(crate) fn of_caller(caller: Caller) -> Self {
        Self::of_address(caller as usize)
    }

    fn of_address(address: usize) -> Self {
        Self(address.wrapping_sub(origin()) as isize)
    }

    fn address(self) -> usize {
        origin().wrapping_add_signed(self.0)
    }

    /// The function whose place it is.
    ///
    /// The place must be that of a function of these types, in a process of the same file: whoever
    /// takes a place along also takes the caller along that was made for its types.
    pub(crate) fn function<A, R>(self) -> fn(A) -> R {
        // SAFETY: the address is that of a function of this type in this file, which is what is
        // mapped here: the process was started from the very file of the one that asked.
        unsafe { std::mem::transmute::<usize, fn(A) -> R>(self.address()) }
    }

    /// The caller whose place it is.
    pub(crate) fn caller(self) -> Caller {
        // SAFETY: as above.
        unsafe { std::mem::transmute::<usize, Caller>(self.address()) }
    }

    /// As a number, for a process that is told of it.
    pub(crate) fn number(self) -> isize {
        self.0
    }

    /// What another process has told.
    pub(crate) fn from_number(number: isize) -> Self {
        Self(number)
    }
}
