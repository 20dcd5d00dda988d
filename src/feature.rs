use std::fmt;

/// Something that a system may lack, without which a part of this crate cannot work.
///
/// An error that is due to it names it ([`Error::lacks`](crate::Error::lacks)), and
/// [`probe`](Self::probe) finds out beforehand, by doing what needs it.
///
/// ```no_run
/// use netns_test::{Feature, Result, netns_test};
///
/// #[netns_test]
/// fn the_service_is_reached_by_both_families() -> Result {
///     if let Err(lacking) = Feature::Ipv6.probe() {
///         println!("of IPv4 alone: {lacking}");
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// IPv6, which a kernel can be started without (`ipv6.disable=1`).
    Ipv6,
    /// The kernel's nftables at devices, which every block needs
    /// (`CONFIG_NF_TABLES_NETDEV`, `CONFIG_NF_TABLES_INET`).
    Nftables,
    /// Answers by nftables, which [`Policy::reset`](crate::Policy::reset) and
    /// [`Policy::refuse`](crate::Policy::refuse) need (`CONFIG_NFT_REJECT_NETDEV`, or
    /// `CONFIG_NFT_REJECT_INET` and `CONFIG_NFT_BRIDGE_REJECT`).
    NftReject,
    /// Sockets that can be destroyed, for [`Policy::sever`](crate::Policy::sever)
    /// (`CONFIG_INET_DIAG_DESTROY`).
    SockDestroy,
    /// MPTCP connections whose closing can be told at once, for the same (Linux 6.7,
    /// `net.mptcp.close_timeout`).
    MptcpCloseTimeout,
    /// Packet sockets, for [`Host::capture`](crate::Host::capture).
    PacketSockets,
    /// Names for network namespaces, for [`Host::netns_path`](crate::Host::netns_path) and
    /// `ip netns`: the sandbox may mount.
    NetnsNames,
    /// Settings below `/proc/sys/net`, for [`Host::timers`](crate::Host::timers).
    NetSysctls,
    /// A program that is installed, by its name.
    Program(String),
}

impl Feature {
    /// All but programs.
    pub const ALL: [Self; 8] = [
        Self::Ipv6,
        Self::Nftables,
        Self::NftReject,
        Self::SockDestroy,
        Self::MptcpCloseTimeout,
        Self::PacketSockets,
        Self::NetnsNames,
        Self::NetSysctls,
    ];

    /// The program of this name.
    ///
    /// ```no_run
    /// # use netns_test::{Feature, Result, netns_test};
    /// #[netns_test]
    /// #[ignore = "NOT RUN: needs the program etcd"]
    /// fn etcd_elects_another_leader() -> Result {
    ///     Feature::program("etcd").probe()?;      // red with the reason where it is missing
    ///     Ok(())
    /// }
    /// ```
    pub fn program(name: impl Into<String>) -> Self {
        Self::Program(name.into())
    }

    /// Several of them in a sentence, as a test that needs them says it.
    ///
    /// ```
    /// use netns_test::Feature;
    ///
    /// let needed = [Feature::Ipv6, Feature::program("ip"), Feature::program("tc")];
    /// assert_eq!(Feature::list(&needed), "IPv6 and the programs ip and tc");
    /// ```
    pub fn list(features: &[Self]) -> String {
        let program = |feature: &Self| match feature {
            Self::Program(name) => Some(name.clone()),
            _ => None,
        };
        let programs: Vec<String> = features.iter().filter_map(program).collect();
        let others = features.iter().filter(|feature| program(feature).is_none());
        let mut parts: Vec<String> = others.map(ToString::to_string).collect();
        match programs.as_slice() {
            [] => {}
            [one] => parts.push(Self::program(one).to_string()),
            several => parts.push(format!("the programs {}", joined(several))),
        }
        joined(&parts)
    }
}

/// As in "it needs IPv6" and "this system lacks the program ip".
impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv6 => "IPv6",
            Self::Nftables => "nftables at devices",
            Self::NftReject => "answers by nftables",
            Self::SockDestroy => "sockets that can be destroyed",
            Self::MptcpCloseTimeout => "net.mptcp.close_timeout",
            Self::PacketSockets => "packet sockets",
            Self::NetnsNames => "names for network namespaces",
            Self::NetSysctls => "settings below /proc/sys/net",
            Self::Program(name) => return write!(f, "the program {name}"),
        })
    }
}

fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
