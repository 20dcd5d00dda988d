use std::fmt;
use std::time::Duration;

use super::block::check_joined;
use super::guard::guard;
use super::impairment::Impairment;
use super::part::Part;
use super::relay::{OneWay, Relay, WireCounts};
use super::seed;
use super::standing::Standing;
use super::wire_part::WirePart;
use crate::net::Link;
use crate::record::{FaultPhase, Place, next_number};
use crate::{Error, Host};

impl Host {
    /// Impairs the wire between this host and another: packets are late, lost, duplicated or reordered, as
    /// [`Impairment`] says.
    ///
    /// Returns when it is in effect, for new and established traffic alike. Like a block it applies to
    /// *hosts*: everything that one of the two sends to the other, by all links that they share. It ends
    /// with [`Impaired::lift`], or when the guard is dropped. It can be put on,
    /// [changed](Impaired::change) and taken off while packets pass, and no packet is lost, duplicated or
    /// reordered by that.
    ///
    /// Impairments add up, with each other and with blocks: what one lets out meets the next one, and then
    /// the blocks in effect at that moment. The answers of [`Policy::reset`](crate::Policy::reset) and the
    /// like are not impaired.
    ///
    /// A thread of the test's own process holds the packets, so every kernel behaves the same. Even a wire
    /// with nothing wrong adds some 20 µs to a round trip, and so does one that was lifted, until nothing
    /// has been sent for three seconds: only then can no packet overtake another. On a busy machine the
    /// thread has to wait for a processor; the worst delay that this has caused is
    /// [counted](WireCounts::worst_lateness).
    ///
    /// On a veth pair, tcpdump(8) in the *receiver* shows each frame twice: when it was sent, with the
    /// multicast bit set in its Ethernet source, and when it arrives.
    ///
    /// # Errors
    ///
    /// If the impairment contradicts itself, both are the same host, they share no link, the interface of
    /// one is gone, or the kernel refuses. Then nothing is impaired.
    ///
    /// ```no_run
    /// use std::time::{Duration, Instant};
    /// use netns_test::{Host, Impairment, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_dial_takes_a_round_trip(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let wire = client.impair(&server, Impairment::delay(Duration::from_millis(80)))?;
    ///     let begun = Instant::now();
    ///     client.connect(listener.addr())?;
    ///     assert!(begun.elapsed() >= Duration::from_millis(160));
    ///     wire.lift()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn impair(&self, peer: &Host, impairment: Impairment) -> Result<Impaired, Error> {
        let operation = check_between(self, peer, &impairment)?;
        let subject = subject(self, peer);
        let place = Place::Between([self.clone(), peer.clone()]);
        let directions = OneWay::between([self, peer]);
        Impaired::make(place, directions, impairment, (subject, operation))
    }
}

impl Link {
    /// Impairs a whole link: what each of its members sends to each other member, as
    /// [`Host::impair`](crate::Host::impair) does for two.
    ///
    /// # Errors
    ///
    /// As [`Host::impair`](crate::Host::impair); also if the impairment is one-way.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Impairment, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn three_continents(net: Net, _a: Host, _b: Host, _c: Host) -> Result {
    ///     let _far = net.links()[0].impair(Impairment::intercontinental())?;
    ///     Ok(())
    /// }
    /// ```
    pub fn impair(&self, impairment: Impairment) -> Result<Impaired, Error> {
        let subject = format!("link `{}`", self.name());
        let operation = operation(&subject, &impairment)?;
        check_both_ways(&impairment, &operation)?;
        let place = Place::Link { name: self.name().to_owned(), hosts: self.hosts().to_vec() };
        Impaired::make(place, OneWay::of_link(self), impairment, (subject, operation))
    }
}

fn subject(host: &Host, peer: &Host) -> String {
    format!("`{}` and `{}`", host.name(), peer.name())
}

/// What is done between two hosts, in words, if it can be.
pub(super) fn check_between(
    host: &Host,
    peer: &Host,
    impairment: &Impairment,
) -> Result<String, Error> {
    let operation = operation(&subject(host, peer), impairment)?;
    if host == peer {
        return Err(Error::new(operation, "there is no wire from a host to itself"));
    }
    check_joined(host, peer, &operation)?;
    Ok(operation)
}

fn check_both_ways(impairment: &Impairment, operation: &str) -> Result<(), Error> {
    match impairment.is_one_way() {
        true => Err(Error::new(operation, "a whole link has no peer: use `Host::impair`")),
        false => Ok(()),
    }
}

/// What is done, in words, if it can be. With the seed, where one is drawn from.
fn operation(subject: &str, impairment: &Impairment) -> Result<String, Error> {
    let operation = format!("impair {subject} by {impairment}");
    if let Some(contradiction) = impairment.contradiction() {
        return Err(Error::new(operation, contradiction));
    }
    Ok(match impairment.own_seed() {
        None if impairment.is_drawn() => format!("{operation} [seed {}]", seed::of_test()?),
        _ => operation,
    })
}

/// An impaired wire.
///
/// From [`Host::impair`] and [`Link::impair`]. [`lift`](Self::lift) makes it perfect again and reports
/// errors. Dropping it does so quietly. [`keep`](Self::keep) leaves it impaired until the test ends.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// # let _listener = server.listen(80)?;
/// let mut wire = client.impair(&server, Impairment::new().loss(0.1))?;
/// // ... traffic
/// let counts = wire.counts();
/// println!("{} of {} packets were lost", counts.lost, counts.packets());
/// wire.suspend(|| client.connect(server.addr(80)))??;     // perfect meanwhile
/// wire.lift()?;
/// # Ok(()) }
/// ```
#[must_use = "dropping the guard lifts the impairment"]
pub struct Impaired {
    standing: Standing<WirePart>,
    impairment: Impairment,
    /// All directions that there are, met by the impairment or not.
    directions: Vec<OneWay>,
    /// The number of the wire at the relay.
    wire: u64,
    subject: String,
}

impl Impaired {
    fn make(
        place: Place<Host>,
        directions: Vec<OneWay>,
        impairment: Impairment,
        (subject, operation): (String, String),
    ) -> Result<Self, Error> {
        let wire = next_number();
        let told = |error| Error::caused(&operation, error);
        let standing = Standing::make(place, operation.clone(), |parts| {
            let first =
                directions.first().ok_or_else(|| Error::new(&operation, "it has no wire"))?;
            let relay = Relay::of(first.sender.net())?;
            for direction in directions.iter().filter(|one| one.is_met_by(&impairment)) {
                direction.sender.record_arrivals();
                direction.receiver.record_arrivals();
                parts.push(WirePart::make(&relay, wire, direction, &impairment).map_err(told)?);
            }
            Ok(())
        })?;
        Ok(Self { standing, impairment, directions, wire, subject })
    }

    /// Lifts the impairment, and returns when packets pass unimpaired. Waiting packets are sent on at
    /// once, in order.
    ///
    /// # Errors
    ///
    /// If the kernel refuses.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let wire = client.impair(&server, Impairment::delay(Duration::from_secs(1)))?;
    /// let inbox = server.bind_udp(7000)?;
    /// client.bind_udp(0)?.send_to(b"late", inbox.addr())?;
    /// wire.lift()?;                                           // what waits is sent on
    /// assert_eq!(inbox.recv_from()?.0, b"late");
    /// # Ok(()) }
    /// ```
    pub fn lift(self) -> Result<(), Error> {
        self.standing.lift()
    }

    /// Changes the impairment while packets pass. Waiting packets stay due when they were, and none
    /// overtakes them: a shorter delay takes effect only when the last packet of the longer one has
    /// passed.
    ///
    /// The numbering of packets continues, unless the new impairment has another seed.
    ///
    /// # Errors
    ///
    /// As [`Host::impair`]; the wire then stays as it was.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Impairment, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn it_becomes_worse(server: Host, client: Host) -> Result {
    ///     let mut wire = client.impair(&server, Impairment::intercontinental())?;
    ///     wire.change(Impairment::satellite().loss(0.01))?;
    ///     wire.lift()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn change(&mut self, impairment: Impairment) -> Result<(), Error> {
        let operation = operation(&self.subject, &impairment)?;
        if matches!(self.place(), Place::Link { .. }) {
            check_both_ways(&impairment, &operation)?;
        }
        let told = |error| Error::caused(&operation, error);
        for direction in &self.directions {
            let mut parts = self.standing.parts();
            let known = parts.all.iter_mut().find(|part| part.direction.is(direction));
            match (known, direction.is_met_by(&impairment)) {
                (Some(part), true) => part.change(&impairment).map_err(told)?,
                (Some(part), false) => part.suspend().map_err(told)?,
                (None, true) => {
                    let relay = Relay::of(direction.sender.net())?;
                    let part = WirePart::make(&relay, self.wire, direction, &impairment);
                    parts.all.push(part.map_err(told)?);
                }
                (None, false) => {}
            }
        }
        self.standing.note(FaultPhase::Swapped(impairment.to_string()));
        self.standing.becomes(operation);
        self.impairment = impairment;
        self.standing.acts_from_now();
        Ok(())
    }

    /// What the wire has done to packets so far, in both directions together.
    ///
    /// # Panics
    ///
    /// If the relay is gone, which would be a bug of this crate; [`try_counts`](Self::try_counts) returns
    /// that as an error.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let wire = client.impair(&server, Impairment::new().loss(0.1))?;
    /// // ... traffic
    /// let counts = wire.counts();
    /// assert!(counts.lost > 0, "chance has spared all {} packets", counts.packets());
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn counts(&self) -> WireCounts {
        match self.try_counts() {
            Ok(counts) => counts,
            Err(error) => panic!("{error}"),
        }
    }

    /// What the wire has done to packets so far, in both directions together.
    ///
    /// # Errors
    ///
    /// If the relay is gone.
    pub fn try_counts(&self) -> Result<WireCounts, Error> {
        self.sum(|_| true)
    }

    /// What the wire has done so far to the packets that one host sent, to any other.
    ///
    /// # Errors
    ///
    /// If the relay is gone.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(80)?;
    /// let far = Impairment::delay(Duration::from_millis(40)).to_peer();
    /// let wire = client.impair(&server, far)?;
    /// client.connect(server.addr(80))?;
    /// assert!(wire.counts_from(&client)?.delayed > 0);
    /// assert_eq!(wire.counts_from(&server)?.delayed, 0);
    /// # Ok(()) }
    /// ```
    pub fn counts_from(&self, sender: &Host) -> Result<WireCounts, Error> {
        self.sum(|direction| direction.sender == *sender)
    }

    fn sum(&self, of: impl Fn(&OneWay) -> bool) -> Result<WireCounts, Error> {
        let parts = self.standing.parts();
        let wanted = parts.all.iter().filter(|part| of(&part.direction));
        wanted.map(WirePart::counts).try_fold(WireCounts::default(), |all, one| Ok(all + one?))
    }

    /// Waits until a packet meets the wire, and returns how long that took: proof that the code under test
    /// has tried. A packet that came before the call counts.
    ///
    /// # Errors
    ///
    /// If no packet does within `limit`.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let wire = client.impair(&server, Impairment::satellite())?;
    /// let _dial = client.dial(server.addr(80))?;
    /// wire.wait_for_hit(Duration::from_secs(1))?;
    /// # Ok(()) }
    /// ```
    pub fn wait_for_hit(&self, limit: Duration) -> Result<Duration, Error> {
        self.standing.wait_for_hit(limit)
    }

    /// What is wrong with the wire.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let wire = client.impair(&server, Impairment::new().loss(Loss::every(10)))?;
    /// assert_eq!(wire.impairment().to_string(), "loss of every 10th");
    /// # Ok(()) }
    /// ```
    pub fn impairment(&self) -> &Impairment {
        &self.impairment
    }
}

guard! {
    Impaired,
    /// Lets packets pass unimpaired while `work` runs, and returns what `work` returned once the wire is
    /// impaired again. Waiting packets are sent on at once, in order.
    suspend,
    /// Where it is: between two hosts, or on a link.
    place
}

impl fmt::Debug for Impaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Impaired");
        debug.field("place", self.place()).field("impairment", &self.impairment).finish()
    }
}
