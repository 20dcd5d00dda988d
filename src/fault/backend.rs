use std::fmt;

/// What makes the rules of a [`Policy::firewall`](crate::Policy::firewall).
///
/// All have the same observable effect, and the same tests. nftables needs no program and takes a
/// millisecond; the iptables programs are for those who must test those very programs.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let rule = Rule::input().drop();
/// for &backend in Backend::ALL {
///     let block = server.block_with(&client, Policy::firewall([rule.clone()]).via(backend))?;
///     println!("{backend}: {:?}", block.counters()?);
///     block.unblock()?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// nftables over netlink, in a table of its own.
    #[default]
    Nftables,
    /// The programs `iptables-nft` and `ip6tables-nft`.
    #[cfg(feature = "iptables")]
    IptablesNft,
    /// The programs `iptables-legacy` and `ip6tables-legacy`.
    #[cfg(feature = "iptables")]
    IptablesLegacy,
}

impl Backend {
    /// All backends: without the feature `iptables`, nftables alone.
    pub const ALL: &'static [Self] = &[
        Self::Nftables,
        #[cfg(feature = "iptables")]
        Self::IptablesNft,
        #[cfg(feature = "iptables")]
        Self::IptablesLegacy,
    ];
}

/// `nftables`, `iptables-nft` or `iptables-legacy`.
impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nftables => "nftables",
            #[cfg(feature = "iptables")]
            Self::IptablesNft => "iptables-nft",
            #[cfg(feature = "iptables")]
            Self::IptablesLegacy => "iptables-legacy",
        })
    }
}
