use super::attributes::Attributes;

/// What one of netlink's families says, or is asked: what kind of message it is, and all that is behind
/// netlink's own header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: u16,
    pub(crate) bytes: Vec<u8>,
}

impl Message {
    /// A message of a fixed header and attributes.
    pub(crate) fn new(kind: u16, header: &[u8], attributes: &Attributes) -> Self {
        Self { kind, bytes: [header, attributes.as_bytes()].concat() }
    }

    /// The header, if it has one of this length, and the attributes behind it.
    pub(crate) fn split<const LENGTH: usize>(&self) -> Option<(&[u8; LENGTH], &[u8])> {
        self.bytes.split_first_chunk()
    }

    /// The attributes behind a header of this length.
    pub(crate) fn attributes(&self, header: usize) -> &[u8] {
        self.bytes.get(header..).unwrap_or_default()
    }
}
