//! The crate where there are no network namespaces: on macOS, Windows, the BSDs.
//!
//! There a test cannot run, and its code compiles: the interface is there, with the same
//! signatures, and no value of a host, a block or a connection. The files beside this one, one for
//! each part of the library, are written by `.ci/elsewhere` from the crate for Linux, and `.ci/run`
//! looks that they are what it would write.

/// What stands in place of private fields: nobody has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Nowhere {}

/// The end of each call.
#[track_caller]
pub(crate) const fn nowhere<T>() -> T {
    panic!("netns-test needs the network namespaces of a Linux kernel")
}

/// A test that was run although it is ignored. It fails, also where a panic is expected.
#[track_caller]
pub(crate) fn run(should_panic: bool) {
    match should_panic {
        true => eprintln!("netns-test needs the network namespaces of a Linux kernel"),
        false => nowhere(),
    }
}
