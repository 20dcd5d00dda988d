use std::sync::OnceLock;

/// Where the privilege comes from that network namespaces need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privilege {
    /// This process may make them itself.
    Direct,
    /// As root of a user namespace of its own.
    UserNamespace,
}

/// The one that worked first in this process; it does not change while it runs.
static WORKED: OnceLock<Privilege> = OnceLock::new();

impl Privilege {
    /// Those that are to be tried, in this order.
    pub(super) fn to_try() -> &'static [Self] {
        WORKED.get().map_or(&[Self::Direct, Self::UserNamespace], std::slice::from_ref)
    }

    /// Has the next sandboxes try this one alone.
    pub(super) fn note_worked(self) {
        WORKED.get_or_init(|| self);
    }
}
