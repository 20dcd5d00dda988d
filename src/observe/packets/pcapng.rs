//! Captures as files for Wireshark and tshark: pcapng (draft-ietf-opsawg-pcapng), little-endian,
//! with an interface for each host.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::iter::Peekable;
use std::path::Path;
use std::time::Duration;

use super::capture::Capture;
use super::packet::Packet;
use crate::Error;
use crate::observe::Timeline;
use crate::record::clock::WallClock;
use crate::tap::SNAPLEN;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;

const COMMENT: u16 = 1;
const APPLICATION: u16 = 4;
const NAME: u16 = 2;
const RESOLUTION: u16 = 9;
const FLAGS: u16 = 2;
/// Nanoseconds, as a power of ten.
const NANOSECONDS: u8 = 9;
/// The kind of link.
const ETHERNET: u16 = 1;
/// In a packet's flags.
const OUTBOUND: u32 = 2;

impl Capture {
    /// Writes the packets to a file that Wireshark and tshark open (pcapng): an interface for each
    /// host, a comment where a packet was dropped, and one at every fault, on the next packet.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_capture_to_look_at(net: Net, server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     client.connect(listener.addr())?;
    ///     net.capture()?.write_pcapng("target/connect.pcapng")?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("pcap", "wireshark", "tshark"))]
    pub fn write_pcapng(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let written = File::create(path).and_then(|file| {
            let mut file = BufWriter::new(file);
            self.to_pcapng(&mut file)?;
            file.flush()
        });
        written.map_err(|error| Error::os(format!("write the capture `{}`", path.display()), error))
    }

    /// Writes the packets as [`write_pcapng`](Self::write_pcapng) does, to any writer.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let mut bytes = Vec::new();
    /// net.capture()?.to_pcapng(&mut bytes)?;                  // for a dissector of your own
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    pub fn to_pcapng(&self, mut writer: impl Write) -> io::Result<()> {
        writer.write_all(&section())?;
        for host in self.hosts.iter() {
            writer.write_all(&interface(host))?;
        }
        let clock = WallClock::read();
        let faults = Timeline::of(|net| net == self.net).faults();
        let mut faults = faults.iter().map(|entry| (entry.at, entry.to_string())).peekable();
        let mut packets = self.iter().peekable();
        while let Some(packet) = packets.next() {
            let mut comments = due(&mut faults, packet.at());
            if packet.is_dropped() {
                comments.push("dropped on the wire".to_owned());
            }
            if packets.peek().is_none() {
                let later = faults.by_ref().map(|(_, text)| format!("after this packet: {text}"));
                comments.extend(later);
            }
            writer.write_all(&enhanced_packet(packet, &clock, &comments))?;
        }
        Ok(())
    }
}

/// The faults up to a moment.
fn due(
    faults: &mut Peekable<impl Iterator<Item = (Duration, String)>>,
    at: Duration,
) -> Vec<String> {
    std::iter::from_fn(|| faults.next_if(|(fault, _)| *fault <= at)).map(|(_, text)| text).collect()
}

fn section() -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(0x1a2b_3c4d_u32.to_le_bytes());
    // Version 1.0, and a length that is not known.
    body.extend([1, 0, 0, 0]);
    body.extend(u64::MAX.to_le_bytes());
    option(&mut body, APPLICATION, b"netns-test");
    end_options(&mut body);
    block(SECTION, &body)
}

fn interface(name: &str) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(ETHERNET.to_le_bytes());
    body.extend([0; 2]);
    body.extend((SNAPLEN as u32).to_le_bytes());
    option(&mut body, NAME, name.as_bytes());
    option(&mut body, RESOLUTION, &[NANOSECONDS]);
    end_options(&mut body);
    block(INTERFACE, &body)
}

fn enhanced_packet(packet: &Packet, clock: &WallClock, comments: &[String]) -> Vec<u8> {
    let time = clock.time_of(packet.instant()).as_nanos() as u64;
    let words = [
        packet.sender as u32,
        (time >> 32) as u32,
        time as u32,
        packet.bytes().len() as u32,
        packet.length,
    ];
    let mut body: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    body.extend(packet.bytes());
    pad(&mut body);
    option(&mut body, FLAGS, &OUTBOUND.to_le_bytes());
    for comment in comments {
        option(&mut body, COMMENT, comment.as_bytes());
    }
    end_options(&mut body);
    block(PACKET, &body)
}

/// A block: its kind, its length on both sides, and in between its body, of whole words.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = (12 + body.len()) as u32;
    let mut block = Vec::with_capacity(12 + body.len());
    block.extend(kind.to_le_bytes());
    block.extend(length.to_le_bytes());
    block.extend(body);
    block.extend(length.to_le_bytes());
    block
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    // Its length has 16 bits.
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend(value);
    pad(body);
}

fn end_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_of_whole_words_and_say_their_length_on_both_sides() {
        for block in [section(), interface("server"), interface("a"), interface("")] {
            let length = (block.len() as u32).to_le_bytes();
            assert_eq!(block.len() % 4, 0);
            assert_eq!(block[4..8], length);
            assert_eq!(block[block.len() - 4..], length);
        }
    }
}
