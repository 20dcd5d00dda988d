//! The report as one page for a browser: a sequence diagram and the texts beside it.
//!
//! The page is one file that needs nothing else and forbids all network requests. Its data is one JSON
//! document:
//!
//! ```json
//! {
//!   "version": 1, "test": "registry::evicts_a_client", "verdict": "failed",
//!   "at": "tests/registry.rs:12", "failed_at": "tests/registry.rs:17:5",
//!   "message": "cannot see it hold within 3s: …", "begun": "2026-11-22T11:29:54Z",
//!   "length_us": 3120000, "failed_at_us": 3100000, "slow_factor": 1,
//!   "hosts": [{"name": "server", "addresses": ["10.0.0.1", "fd00::1"]}], "links": [[0, 1]],
//!   "packets": {
//!     "columns": ["t", "from", "to", "kind", "flags", "sport", "dport", "length", "seq", "ack", "arrived", "own"],
//!     "rows": [[1234, 0, 1, "tcp", "S", 40000, 7000, 0, 0, 0, 1240, 0]],
//!     "hops": [[7, 6, "source 10.0.0.1:40000 became 10.0.1.2:40000"]], "lost": 0, "discarded": 0
//!   },
//!   "faults": [{"what": "block `server` from `client` by drop (to peer)", "does": "drop (to peer)", "way": "to peer",
//!     "hosts": [0, 1], "pairs": [[1, 0]], "from_us": 1000, "to_us": null, "asked_us": 900, "packets": 12, "suspended": [[1500, 1600]], "note": "in effect when the test failed"}],
//!   "claims": [{"what": "see `the client is gone` within 2s", "from_us": 10, "to_us": 900, "earliest_us": null,
//!     "latest_us": 2000010, "outcome": "met", "tries": 12, "at": "tests/x.rs:12"}],
//!   "marks": [{"t_us": 5, "text": "leader elected"}],
//!   "sockets": [{"host": 0, "label": "10.0.0.1:7000 - 10.0.0.2:40000", "states": [[1200, "SYN-RECV"], [1300, "ESTAB"]]}],
//!   "events": [{"t_us": 12, "host": 0, "kind": "connect", "text": "connect 10.0.0.1:7000: connection refused", "alike": 3, "failed": true}],
//!   "network": "as `println!(\"{net}\")` draws it",
//!   "processes": "the programs of each host, with the last lines of their output",
//!   "threads": "the threads of the test that are in a host", "sockets_text": "as ss prints them", "rules": "as nft prints them", "enter": ["nsenter …"]
//! }
//! ```
//!
//! - Times are microseconds since the test began, not necessarily whole. Optional fields may be `null` or
//!   missing: `at` (where the test is), `failed_at`, `message`, `begun`, `failed_at_us`, `slow_factor`,
//!   `links`, `hops`, the six texts, and, in a fault or claim, all but `what`, `hosts`, `from_us` and
//!   `outcome`. A fault whose `from_us` is `null` never came into effect.
//! - A host is its index in `hosts`; in `from` and `to` of a packet, −1 means everyone, or unknown.
//! - `kind` of a packet is `tcp`, `udp`, `icmp`, `icmp6`, `arp` or any other word. `flags` are TCP's as
//!   tcpdump prints them (`S`, `S.`, `P.`, `.`, `F.`, `R`); for other packets they say what it is ("host
//!   unreachable", "who-has 10.0.0.2"). `seq` and `ack` may be relative to the connection's first, as in
//!   tcpdump, or absolute. Missing ports and numbers are `null`.
//! - A fault has the `pairs` of hosts that it is between, or the `groups` that it separates, or neither if
//!   it is at a host or on a link. With `way`, only what the first of a pair (`to peer`) or the second
//!   (`from peer`) sends does not arrive.
//! - A fault that was asked for right after another had come into effect `follows` it; the value is its
//!   index in `faults`.
//! - `links` are the hosts of each link. A host on several links is a router.
//! - `hops` are the packets that routers forwarded: the row, the row of the previous hop, and what the
//!   router translated, or `null`. Together they are one packet.
//! - `arrived` is when the receiving host got the packet, `null` if it was dropped on the wire.
//! - `own` is 1 for what a host's kernel sends by itself, whatever the test does (multicast listeners,
//!   router solicitations, duplicate address detection); the page hides it by default.
//! - `verdict` is `passed`, or any other word for a failure; `outcome` is `met`, `failed` or `pending`.
//!   The last state of a socket lasts to the end, unless it is `CLOSE`.
//! - Events that repeat each other have the same number in `alike`; one without it is not repeated.
//! - `lost` counts packets that the capture could not record, `discarded` those that it evicted.
//!
//! The page itself works out which packets are retransmissions, and which faults a reader sees as one:
//! blocks of one kind that begin and end together and separate hosts into sides.
//!
//! The page's parts, in the order of the data flow: `model.js` with `hops.js`, `entries.js` and `paths.js`
//! for faults, `filter.js`, `axis.js`, `scene.js`, `draw.js` with what is drawn, `panels.js` and
//! `reach.js`, `page.js`.

#[cfg(test)]
mod tests;

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPTS: [&str; 17] = [
    include_str!("model.js"),
    include_str!("hops.js"),
    include_str!("entries.js"),
    include_str!("paths.js"),
    include_str!("filter.js"),
    include_str!("axis.js"),
    include_str!("scene.js"),
    include_str!("labels.js"),
    include_str!("bands.js"),
    include_str!("walls.js"),
    include_str!("draw.js"),
    include_str!("gutter.js"),
    include_str!("packets.js"),
    include_str!("overview.js"),
    include_str!("panels.js"),
    include_str!("reach.js"),
    include_str!("page.js"),
];

/// The page for this data: one JSON document, as the module's documentation describes it.
pub(crate) fn page(data: &str) -> String {
    let mut page = String::with_capacity(data.len() + data.len() / 16 + 150_000);
    let (head, rest) = at(FRAME, "{{style}}");
    let (body, rest) = at(rest, "{{data}}");
    let (between, foot) = at(rest, "{{script}}");
    page.push_str(head);
    page.push_str(STYLE);
    page.push_str(body);
    push_inert(&mut page, data);
    page.push_str(between);
    SCRIPTS.iter().for_each(|script| page.push_str(script));
    page.push_str(foot);
    page
}

fn at<'a>(frame: &'a str, place: &str) -> (&'a str, &'a str) {
    frame.split_once(place).expect("the frame has a place for each part, in this order")
}

/// Writes JSON so that nothing in it can end the element that it stands in. `<` occurs in the
/// strings of JSON only, where its escape means the same.
fn push_inert(page: &mut String, json: &str) {
    let mut pieces = json.split('<');
    page.extend(pieces.next());
    for piece in pieces {
        page.push_str("\\u003c");
        page.push_str(piece);
    }
}
