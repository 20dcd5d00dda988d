//! What a public handle holds.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Weak};

/// A value that all clones of a handle share; they are equal, and have one hash.
///
/// Behind a trait object, so that nobody sees its locks from outside: clippy's `mutable_key_type`
/// would warn of every map whose keys are hosts, although no lock takes part in `Eq` and `Hash`.
pub(super) struct Handle<T>(Arc<dyn Held<T>>);

/// A handle that does not keep the value.
pub(super) struct WeakHandle<T>(Weak<dyn Held<T>>);

trait Held<T>: Send + Sync {
    fn held(&self) -> &T;
}

impl<T: Send + Sync> Held<T> for T {
    fn held(&self) -> &T {
        self
    }
}

impl<T: Send + Sync + 'static> Handle<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Handle<T> {
    pub(super) fn downgrade(&self) -> WeakHandle<T> {
        WeakHandle(Arc::downgrade(&self.0))
    }
}

impl<T> WeakHandle<T> {
    pub(super) fn upgrade(&self) -> Option<Handle<T>> {
        self.0.upgrade().map(Handle)
    }
}

impl<T: Send + Sync + 'static> From<Arc<T>> for Handle<T> {
    fn from(value: Arc<T>) -> Self {
        Self(value)
    }
}

impl<T> Deref for Handle<T> {
    type Target = T;

    fn deref(&self) -> &T {
        (*self.0).held()
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Eq for Handle<T> {}

impl<T> Hash for Handle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Without the table of the trait's functions, which may differ for the same value.
        Arc::as_ptr(&self.0).cast::<()>().hash(state);
    }
}

// What is behind a lock is taken as a panic left it, and the rest is the kernel's.
impl<T> UnwindSafe for Handle<T> {}
impl<T> RefUnwindSafe for Handle<T> {}
