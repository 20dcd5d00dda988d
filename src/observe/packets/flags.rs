use std::fmt;

/// The flags of a TCP segment. Printed as tcpdump(8) does: `S.` is a SYN with an ACK.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// // Who has ended the conversation, and how?
/// for packet in net.capture()?.tcp().iter() {
///     let flags = packet.flags().ok_or("it is TCP")?;
///     if flags.fin() || flags.rst() {
///         println!("{}: {}", packet.host(), if flags.rst() { "abandoned" } else { "closed" });
///     }
/// }
/// # let _ = (server, client);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TcpFlags(pub(super) u8);

impl TcpFlags {
    pub(super) const FIN: u8 = 0x01;
    pub(super) const SYN: u8 = 0x02;
    pub(super) const RST: u8 = 0x04;
    const PSH: u8 = 0x08;
    pub(super) const ACK: u8 = 0x10;

    /// Whether it ends the connection in its direction.
    pub fn fin(self) -> bool {
        self.0 & Self::FIN != 0
    }

    /// Whether it begins a connection, or with [`ack`](Self::ack) accepts one.
    pub fn syn(self) -> bool {
        self.0 & Self::SYN != 0
    }

    /// Whether it resets the connection.
    pub fn rst(self) -> bool {
        self.0 & Self::RST != 0
    }

    /// Whether its payload should be handed to the application at once.
    pub fn psh(self) -> bool {
        self.0 & Self::PSH != 0
    }

    /// Whether it acknowledges.
    pub fn ack(self) -> bool {
        self.0 & Self::ACK != 0
    }
}

impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters =
            [('F', 0x01), ('S', 0x02), ('R', 0x04), ('P', 0x08), ('.', 0x10), ('U', 0x20)];
        let letters = letters.into_iter().chain([('E', 0x40), ('W', 0x80)]);
        let set: String =
            letters.filter(|(_, bit)| self.0 & bit != 0).map(|(letter, _)| letter).collect();
        f.write_str(if set.is_empty() { "none" } else { &set })
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}
