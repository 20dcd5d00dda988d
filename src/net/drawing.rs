//! A net as text: its links, each with its hosts and their addresses.

use std::fmt;
use std::net::IpAddr;

use super::host::Host;
use super::interface::Interface;
use super::link::{Link, Medium};
use super::mtu::MOST;
use super::net::Net;

/// Draws each link with its members below it, and then the hosts without a link:
///
/// ```text
/// eth0, a veth pair, 10.0.0.0/24, fd00::/64
/// ├─ server  10.0.0.1  fd00::1
/// └─ client  10.0.0.2  fd00::2
/// no link
/// └─ third
/// ```
///
/// It marks addresses that a host has lost, and an MTU other than Ethernet's.
impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut blocks: Vec<String> = self.links().iter().map(of_link).collect();
        let alone = self.all_hosts().into_iter().filter(|host| host.interfaces().is_empty());
        let alone: Vec<_> = alone.map(|host| vec![host.name().to_owned()]).collect();
        if !alone.is_empty() {
            blocks.push(format!("no link{}", branches(&alone)));
        }
        match blocks.is_empty() {
            true => f.write_str("no hosts"),
            false => f.write_str(&blocks.join("\n")),
        }
    }
}

fn of_link(link: &Link) -> String {
    let medium = match link.medium() {
        Medium::Pair => "a veth pair",
        Medium::Switch(_) => "a bridge",
    };
    let subnets: String = link.subnets().iter().map(|subnet| format!(", {subnet}")).collect();
    let mtu = match link.mtu() {
        MOST => String::new(),
        mtu => format!(", mtu {mtu}"),
    };
    let ends = link.hosts().iter().filter_map(|host| Some((host, link.end(host)?)));
    let rows: Vec<_> = ends.map(|(host, end)| row(host, &end)).collect();
    format!("{}, {medium}{subnets}{mtu}{}", link.name(), branches(&rows))
}

/// The host's name and its addresses on the link.
fn row(host: &Host, end: &Interface) -> Vec<String> {
    let given = end.reachable();
    let held = host.still_has(given.clone());
    let told = |address: IpAddr| match held.contains(&address) {
        true => address.to_string(),
        false => format!("({address} is lost)"),
    };
    [host.name().to_owned()].into_iter().chain(given.into_iter().map(told)).collect()
}

/// The rows as branches of what stands above them, in columns.
fn branches(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let last = at + 1 == rows.len();
        let cells = row.iter().enumerate();
        let cells: Vec<_> =
            cells.map(|(column, cell)| format!("{cell:<width$}", width = width(column))).collect();
        let branch = if last { "└─" } else { "├─" };
        text += &format!("\n{branch} {}", cells.join("  ").trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_stand_in_columns() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows = [row(&["a", "10.0.0.1", "fd00::1"]), row(&["third", "10.0.0.10", "fd00::a"])];
        let expected = "\n├─ a      10.0.0.1   fd00::1\n└─ third  10.0.0.10  fd00::a";
        assert_eq!(branches(&rows), expected);
        assert_eq!(branches(&rows[..1]), "\n└─ a  10.0.0.1  fd00::1");
    }
}
