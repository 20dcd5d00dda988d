use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, whatever a panic has left in it: the panic fails the test, and what is locked
/// here is still to be looked at, reported and taken away after it.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
