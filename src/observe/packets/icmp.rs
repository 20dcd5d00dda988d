use std::net::IpAddr;

/// What an ICMP or ICMPv6 message is, as tcpdump(8) words it; `None` for the rare ones.
///
/// The numbers are those of IANA's registries for ICMP and ICMPv6.
pub(super) fn name(from: IpAddr, kind: u8, code: u8) -> Option<&'static str> {
    if from.is_ipv6() { name_v6(kind, code) } else { name_v4(kind, code) }
}

fn name_v4(kind: u8, code: u8) -> Option<&'static str> {
    Some(match (kind, code) {
        (0, _) => "echo reply",
        (3, 0) => "net unreachable",
        (3, 1) => "host unreachable",
        (3, 2) => "protocol unreachable",
        (3, 3) => "port unreachable",
        (3, 4) => "need to frag",
        (3, 9) => "net prohibited",
        (3, 10) => "host prohibited",
        (3, 13) => "admin prohibited",
        (5, _) => "redirect",
        (8, _) => "echo request",
        (11, _) => "time exceeded",
        _ => return None,
    })
}

fn name_v6(kind: u8, code: u8) -> Option<&'static str> {
    Some(match (kind, code) {
        (1, 0) => "no route",
        (1, 1) => "admin prohibited",
        (1, 3) => "address unreachable",
        (1, 4) => "port unreachable",
        (1, 5) => "policy fail",
        (1, 6) => "reject route",
        (2, _) => "packet too big",
        (3, _) => "time exceeded",
        (128, _) => "echo request",
        (129, _) => "echo reply",
        (133, _) => "router solicitation",
        (134, _) => "router advertisement",
        (135, _) => "neighbor solicitation",
        (136, _) => "neighbor advertisement",
        (143, _) => "multicast listener report v2",
        _ => return None,
    })
}
