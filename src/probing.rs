//! Whether a system has what it may lack: found out by doing, never by a version or a file that
//! says so.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::net::kernel_has_ipv6;
use crate::sys::process::is_missing;
use crate::{Block, Error, Feature, Host, Net, Notified, Policy, Timers};

impl Feature {
    /// Does what needs it, in a network of its own that is gone afterwards, or starts the program
    /// and ends it. It takes milliseconds.
    ///
    /// Where a network can be made: in a `#[netns_test]`, inside [`program`](crate::program), or as
    /// root. What it does is in the timeline, as everything is.
    ///
    /// # Errors
    ///
    /// If it is lacking: what was tried and what the system said to it. The error
    /// [names it](Error::lacks). Also if no network can be made, which says nothing about it.
    ///
    /// ```no_run
    /// # use netns_test::{Feature, Result, netns_test};
    /// #[netns_test]
    /// fn what_this_machine_can_do() -> Result {
    ///     for feature in Feature::ALL {
    ///         let answer = feature.probe().map_or_else(|error| error.to_string(), |()| "yes".into());
    ///         println!("{feature}: {answer}");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn probe(&self) -> Result<(), Error> {
        if let Self::Program(name) = self {
            return probe_program(name).map_err(|error| error.for_lack_of(self.clone()));
        }
        let net = Net::new();
        let [one, other] = net.hosts(["probe-1", "probe-2"])?;
        let found = match self {
            Self::Ipv6 if kernel_has_ipv6() => Ok(()),
            Self::Ipv6 => Err(Error::unsupported("use IPv6", "this kernel does not support it")),
            Self::Nftables => one.block(&other).and_then(Block::unblock),
            Self::NftReject => one.block_with(&other, Policy::reset()).and_then(Block::unblock),
            Self::SockDestroy => probe_destroy(&one, &other),
            Self::MptcpCloseTimeout => crate::fault::probe_close_timeout(&one),
            Self::PacketSockets => one.capture().map(drop),
            Self::NetnsNames => one.netns_path().map(drop),
            Self::NetSysctls => {
                one.set_timers(&Timers::new().tcp_syn_retries(SYN_RETRIES)).map(drop)
            }
            Self::Program(_) => Ok(()),
        };
        found.map_err(|error| error.for_lack_of(self.clone()))
    }
}

/// What Linux has anyway (ip-sysctl, `tcp_syn_retries`).
const SYN_RETRIES: u32 = 6;
/// How long a connection between two hosts of the probe may take.
const PATIENCE: Duration = Duration::from_secs(5);

fn probe_destroy(one: &Host, other: &Host) -> Result<(), Error> {
    let operation = "connect two hosts to destroy their sockets";
    let failed = |error| Error::os(operation, error);
    let mut listener = other.listen(0).map_err(failed)?;
    listener.set_deadline(PATIENCE);
    let _dialled = one.connect(listener.addr()).map_err(failed)?;
    let _accepted = listener.accept().map_err(failed)?;
    one.block_with(other, Policy::sever(Notified::Both)).and_then(Block::unblock)
}

fn probe_program(name: &str) -> Result<(), Error> {
    let operation = format!("start the program `{name}`");
    let mut command = Command::new(name);
    // Nearly all programs have it; those that do not are ended.
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            // If it has ended by itself, it is there all the same.
            let _ = child.kill();
            child.wait().map(drop).map_err(|error| Error::os(operation, error))
        }
        Err(error) if is_missing(name, &error) => {
            Err(Error::unsupported(operation, "it is not installed"))
        }
        Err(error) => Err(Error::os(operation, error)),
    }
}
