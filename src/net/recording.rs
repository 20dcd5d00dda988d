use std::io;
use std::sync::{Arc, OnceLock};

use super::host::Host;
use crate::tap::{self, Tap};
use crate::{Error, Feature};

/// A host's place for its tap.
#[derive(Default)]
struct Place(OnceLock<io::Result<Arc<Tap>>>);

impl Host {
    /// Starts to record what it sends; this thread is inside of it. Where the system does not permit
    /// it, the one who asks for the capture is told so.
    pub(super) fn start_recording(&self) {
        if tap::is_wanted() {
            self.attached::<Place>().0.get_or_init(|| Tap::arm(self.namespace_file()));
        }
    }

    /// Records what it sends by a device that is about to be made: an end of a link.
    pub(super) fn record_end(&self, index: u32) {
        if let Some(Ok(tap)) = self.attached::<Place>().0.get() {
            tap.follow(index);
        }
    }

    /// Records from now on what gets into it as well, so that what the wire drops is known.
    ///
    /// Where that cannot be had, nobody is told of what was dropped. The fault is still made.
    pub(crate) fn record_arrivals(&self) {
        if let Some(Ok(tap)) = self.attached::<Place>().0.get() {
            tap.expect_arrivals(|open| self.inside(open)?);
        }
    }

    /// What has been recorded of it.
    pub(crate) fn tap(&self) -> Result<Arc<Tap>, Error> {
        let operation = || format!("show the capture of `{}`", self.name());
        match self.attached::<Place>().0.get() {
            Some(Ok(tap)) => Ok(Arc::clone(tap)),
            Some(Err(error)) => Err(match error.raw_os_error() {
                Some(errno) => Error::os(operation(), io::Error::from_raw_os_error(errno)),
                None => Error::unsupported(operation(), error.to_string()),
            }
            .for_lack_of(Feature::PacketSockets)),
            None => Err(Error::unsupported(
                operation(),
                format!("it is switched off ({}=off)", tap::CAPTURE.name),
            )),
        }
    }
}
