//! The table as Markdown.

use std::fmt::Write;

use crate::matrix::Row;

/// The columns: a heading, and the cases that it shows, one for each side.
const COLUMNS: [(&str, &[&str]); 9] = [
    ("host dials peer", &["a_dials_b"]),
    ("peer dials host", &["b_dials_a"]),
    ("host sends: host, peer", &["a_sends"]),
    ("peer sends: peer, host", &["b_sends"]),
    ("idle, then host sends: host, peer", &["idle_then_a_sends"]),
    ("UDP from host: host, peer", &["udp_a_to_b"]),
    ("UDP from peer: peer, host", &["udp_b_to_a"]),
    ("after lifting, dials: host, peer", &["lifted_a_dials_b", "lifted_b_dials_a"]),
    (
        "after lifting, what was sent: by host, by peer",
        &["lifted_what_a_sent", "lifted_what_b_sent"],
    ),
];

const INTRODUCTION: &str = "\
What each side observes. `host` is the host on which the block is called, and `peer` the other one. In the
`cut` rows, `host` is the one whose cable is unplugged; on a veth pair, the peer's interface goes down too.
The connections on which they send exist before the fault; each case has its own.

- \"no answer\": silence until the deadline of whoever waits. Without a deadline, the kernel gives up with
  `ETIMEDOUT`.
- \"silence, repeats\": the segment is retransmitted, and no application sees an error. \"silence, probes\":
  the sender's own kernel refused the segment, and probes as it does for a zero window.
- \"the data\", \"nothing\": what the receiver got. \"sent\": the sender of a datagram saw no error.
- \"some of the data\": of a hundred datagrams, some arrived and some did not. Under this fault the table waits
  while TCP retransmits what was lost, for up to a minute: the first retransmission comes after 0.2 s, that of
  a SYN after 1 s.
- \"delivered\": what was sent during the fault arrives after it. \"had arrived\": it arrived during the
  fault. \"lost\": the connection is gone.

";

pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = INTRODUCTION.to_owned();
    let headings: Vec<&str> = COLUMNS.iter().map(|(heading, _)| *heading).collect();
    let _ = writeln!(text, "| policy | scope | family | {} |", headings.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(COLUMNS.len() + 3));
    for row in rows {
        // If IPv4 and IPv6 agree, one row says so, in the place of IPv4.
        let cells = cells(row);
        let twin = |other: &&Row| other.policy == row.policy && other.scope == row.scope;
        let other = rows.iter().filter(twin).find(|other| other.family != row.family);
        let same = other.is_some_and(|other| self::cells(other) == cells);
        let family = match (same, row.family) {
            (true, "v6") => continue,
            (true, _) => "both",
            (false, family) => family,
        };
        let _ = writeln!(
            text,
            "| `{}` | `{}` | {family} | {} |",
            row.policy,
            row.scope,
            cells.join(" | ")
        );
    }
    text
}

fn cells(row: &Row) -> Vec<String> {
    let cell = |cases: &&[&str]| {
        let of_cases = row.seen.iter().filter(|seen| cases.contains(&seen.case));
        of_cases.map(|seen| seen.outcome.as_str()).collect::<Vec<_>>().join("; ")
    };
    COLUMNS.iter().map(|(_, cases)| cell(cases)).collect()
}
