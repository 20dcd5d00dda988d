/// Where the privilege comes from that network namespaces need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privilege {
    /// This process may make them itself.
    Direct,
    /// As root of a user namespace of its own.
    UserNamespace,
}
