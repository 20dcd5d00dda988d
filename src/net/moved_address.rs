//! Addresses that a test adds to hosts, removes, and moves.

use std::net::IpAddr;
use std::os::fd::AsFd;

use crate::netlink::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, Request};
use crate::netlink_route::AddressMessage;

use super::announcement::announcement;
use super::device::Device;
use super::host::Host;
use super::interface::Interface;
use super::joining::await_local;
use super::link::{Link, common_links};
use super::net::Net;
use crate::Error;
use crate::record::{AddressPhase, Event};
use crate::sys::packet;

impl Net {
    /// Moves an address from one host to another, with an announcement, as keepalived(8) and other
    /// failover managers do.
    ///
    /// The old host loses the address. The new one gets it, on the link whose subnet it is in, and
    /// announces it (by gratuitous ARP, or an unsolicited neighbour advertisement). From then on the other
    /// hosts send to the new one. Connections that the old host has with this address stay there, and
    /// nobody reaches them any more; the new host answers their segments with a reset.
    ///
    /// # Errors
    ///
    /// If the first host does not have the address, the second one already has it or shares no link with
    /// the first, or the kernel refuses. Nothing is changed then.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_client_follows_the_service(net: Net, one: Host, other: Host, client: Host) -> Result {
    ///     let service = "10.0.0.100".parse()?;
    ///     one.add_addr(service)?;
    ///     let _first = one.listen(80)?;
    ///     client.connect((service, 80))?;
    ///
    ///     let second = other.listen(80)?;
    ///     net.move_addr(service, &one, &other)?;
    ///     client.connect((service, 80))?;
    ///     second.accept()?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("failover", "vip", "keepalived", "carp", "vrrp", "takeover"))]
    pub fn move_addr(&self, address: IpAddr, from: &Host, to: &Host) -> Result<(), Error> {
        self.move_addr_silently(address, from, to)?;
        to.announce_addr(address)
    }

    /// As [`move_addr`](Self::move_addr), but without the announcement, like a failover whose
    /// announcement is lost.
    ///
    /// A host that has talked to the old host goes on sending to it until it resolves the address again:
    /// after 15 to 45 seconds without an acknowledgement, and eight more (arp(7),
    /// `base_reachable_time_ms`, `delay_first_probe_time`).
    ///
    /// # Errors
    ///
    /// As [`move_addr`](Self::move_addr).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// let service = std::net::IpAddr::from([10, 0, 0, 100]);
    /// a.add_addr(service)?;
    /// let (_old, new) = (a.listen(80)?, b.listen(80)?);
    /// c.connect((service, 80))?;
    /// net.move_addr_silently(service, &a, &b)?;
    /// let dial = c.connect_within((service, 80), Duration::from_millis(500));
    /// assert!(dial.is_err(), "it still asks the old host");
    /// # drop(new);
    /// # Ok(()) }
    /// ```
    pub fn move_addr_silently(&self, address: IpAddr, from: &Host, to: &Host) -> Result<(), Error> {
        let operation = || format!("move {address} from `{}` to `{}`", from.name(), to.name());
        let held = from.held(address, operation)?;
        if to.holds(address)? {
            let cause = format!("`{}` already has it", to.name());
            return Err(Error::new(operation(), cause));
        }
        if !common_links(from, to).iter().any(|link| has_place(link, address)) {
            let cause = "they share no link whose subnet contains it";
            return Err(Error::new(operation(), cause));
        }
        from.give_up(address, held)?;
        to.add_addr(address)
    }
}

fn message(index: u32, address: IpAddr, prefix: u8) -> AddressMessage {
    let message = AddressMessage::of(index, address, prefix);
    if address.is_ipv6() { message.nodad() } else { message }
}

fn has_place(link: &Link, address: IpAddr) -> bool {
    link.subnets().iter().any(|subnet| subnet.contains(address))
}

impl Host {
    /// Gives it one more address, as `ip address add` does: on the link whose subnet has the address, or
    /// on its first link if there is none.
    ///
    /// The address can be used at once, and is the last one of its link in [`addrs`](Self::addrs). It is
    /// not announced ([`announce_addr`](Self::announce_addr) does that).
    ///
    /// # Errors
    ///
    /// If the host has no link, has the address already, or the kernel refuses.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_service_has_an_address_of_its_own(server: Host, client: Host) -> Result {
    ///     let service = "10.0.0.100".parse()?;
    ///     server.add_addr(service)?;
    ///     let listener = server.listen(80)?;
    ///     client.connect((service, 80))?;
    ///     listener.accept()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn add_addr(&self, address: IpAddr) -> Result<(), Error> {
        let operation = || format!("add address {address} to `{}`", self.name());
        let Some((interface, prefix)) = self.place_for(address) else {
            return Err(Error::new(operation(), "it has no link"));
        };
        let message = message(interface.index, address, prefix).add();
        let request = Request::new(operation(), message, NLM_F_CREATE | NLM_F_EXCL);
        self.route(|route| route.execute(vec![request]))?;
        if let IpAddr::V6(v6) = address {
            self.route(|route| await_local(route, v6, self))?;
        }
        self.gain(interface.link, address);
        self.note_addr(address, AddressPhase::Added);
        self.addresses_changed()
    }

    /// Removes an address, as `ip address delete` does: one that it was given, or that one of its
    /// programs has added. The others stay, also those of the same subnet (`promote_secondaries`, which nearly
    /// all distributions set).
    ///
    /// # Errors
    ///
    /// If it does not have the address, or the kernel refuses.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let service = std::net::IpAddr::from([10, 0, 0, 100]);
    /// server.add_addr(service)?;
    /// server.remove_addr(service)?;
    /// assert!(client.connect((service, 80)).is_err(), "nobody has it any more");
    /// # Ok(()) }
    /// ```
    pub fn remove_addr(&self, address: IpAddr) -> Result<(), Error> {
        let operation = || format!("remove address {address} from `{}`", self.name());
        let held = self.held(address, operation)?;
        self.give_up(address, held)
    }

    /// Announces to everybody on the link that it has an address, as `arping -U` does: by gratuitous ARP,
    /// or an unsolicited neighbour advertisement. From then on, hosts that knew the address elsewhere send
    /// here.
    ///
    /// # Errors
    ///
    /// If it does not have the address, or the frame cannot be sent because the link is down.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let service = std::net::IpAddr::from([10, 0, 0, 100]);
    /// server.add_addr(service)?;
    /// net.move_addr_silently(service, &server, &client)?;     // the others do not know yet
    /// client.announce_addr(service)?;                         // and now they do
    /// # Ok(()) }
    /// ```
    pub fn announce_addr(&self, address: IpAddr) -> Result<(), Error> {
        let operation = || format!("announce address {address} of `{}`", self.name());
        let held = self.held(address, operation)?;
        let index = held.index();
        if !self.interfaces().iter().any(|one| one.index == index) {
            return Err(Error::new(operation(), "the interface that it is on is no end of a link"));
        }
        // A program may have given it another one.
        let mac = Device::find(self.namespace(), index)?.and_then(|device| device.mac);
        let Some(mac) = mac else {
            return Err(Error::new(operation(), "its interface has no Ethernet address"));
        };
        let frame = announcement(address, mac);
        let sent = self.inside(|| {
            let socket = packet::open_unbound()?;
            packet::send(socket.as_fd(), index, &frame)
        });
        sent.and_then(|sent| sent).map_err(|error| Error::os(operation(), error))?;
        self.note_addr(address, AddressPhase::Announced);
        Ok(())
    }

    /// The end of a link where an address has its place, and the length of its prefix there.
    fn place_for(&self, address: IpAddr) -> Option<(Interface, u8)> {
        for link in self.links() {
            let subnet = link.subnets().iter().find(|subnet| subnet.contains(address));
            if let (Some(subnet), Some(end)) = (subnet, link.end(self)) {
                return Some((end, subnet.prefix_len()));
            }
        }
        let whole = if address.is_ipv4() { 32 } else { 128 };
        self.interfaces().into_iter().next().map(|first| (first, whole))
    }

    fn holds(&self, address: IpAddr) -> Result<bool, Error> {
        Ok(self.kernel_addresses()?.contains(&address))
    }

    /// How the kernel has an address of this host.
    fn held(
        &self,
        address: IpAddr,
        operation: impl Fn() -> String,
    ) -> Result<AddressMessage, Error> {
        let request = Request::new(operation(), AddressMessage::all(None), NLM_F_DUMP);
        let answers = self.route(|route| route.query(request))?;
        let mut all = answers.iter().filter_map(AddressMessage::read);
        let held = all.find(|message| message.names(address));
        held.ok_or_else(|| {
            let all = self.addrs().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            Error::new(operation(), format!("`{}` does not have it; it has {all}", self.name()))
        })
    }

    fn give_up(&self, address: IpAddr, held: AddressMessage) -> Result<(), Error> {
        let operation = format!("remove address {address} from `{}`", self.name());
        let request = Request::new(operation, held.delete(), 0);
        self.route(|route| route.execute(vec![request]))?;
        self.lose(address);
        self.note_addr(address, AddressPhase::Removed);
        self.addresses_changed()
    }

    fn note_addr(&self, address: IpAddr, phase: AddressPhase) {
        self.note(Event::Address { host: self.name().to_owned(), address, phase });
    }
}
