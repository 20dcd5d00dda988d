/// The families of tables that are used here (nft(8), ADDRESS FAMILIES).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TableFamily {
    Inet,
    NetDev,
    Bridge,
    /// In a question: each.
    Any,
}

impl TableFamily {
    /// linux/netfilter.h, `NFPROTO_…`
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Inet => 1,
            Self::NetDev => 5,
            Self::Bridge => 7,
            Self::Any => 0,
        }
    }
}
