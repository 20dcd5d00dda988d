use std::sync::{Mutex, PoisonError};

use super::host::Host;
use crate::Error;

/// Who is told when the test changes the addresses of a host.
#[derive(Default)]
struct Watchers(Mutex<Vec<Watcher>>);

pub(crate) type Watcher = fn(&Host) -> Result<(), Error>;

impl Host {
    /// Has a function be called whenever the test has given the host an address, or taken one away. Once
    /// more is no error.
    pub(crate) fn watch_addresses(&self, watcher: Watcher) {
        let watchers = self.attached::<Watchers>();
        let mut all = watchers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.iter().any(|known| std::ptr::fn_addr_eq(*known, watcher)) {
            all.push(watcher);
        }
    }

    /// The test has changed its addresses.
    pub(super) fn addresses_changed(&self) -> Result<(), Error> {
        let watchers = self.attached::<Watchers>();
        let all = watchers.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.iter().try_for_each(|watcher| watcher(self))
    }
}
