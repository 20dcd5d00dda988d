//! What a block does on a system that lacks what it needs, or whose programs fail half-way or do
//! not do what they say: an error that names it, and nothing left behind.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use netns_test::{
    Backend, Error, Feature, Host, IcmpKind, Notified, Policy, Result, Rule, Timers, netns_test,
};

mod support;

use support::families::families;
use support::folder::Folder;
use support::runner::{fixture, run};
use support::seccomp::{forbid_netlink, forbid_sockets};

#[test]
fn a_kernel_without_nftables_is_told_and_traffic_passes() {
    let mut runner = fixture("fixtures::no_nftables");
    forbid_netlink(&mut runner, libc::NETLINK_NETFILTER);
    run(&mut runner).passed();
}

#[test]
fn a_kernel_without_socket_tables_cannot_sever_and_nothing_stays_blocked() {
    let mut runner = fixture("fixtures::no_socket_tables");
    forbid_netlink(&mut runner, libc::NETLINK_SOCK_DIAG);
    run(&mut runner).passed();
}

/// As one that was started with `ipv6.disable=1`.
#[test]
fn a_kernel_without_ipv6_has_all_else() {
    let mut runner = fixture("fixtures::no_ipv6");
    forbid_sockets(&mut runner, libc::AF_INET6, libc::EAFNOSUPPORT);
    run(&mut runner).passed();
}

#[test]
fn a_program_that_fails_half_way_leaves_nothing_of_the_block() {
    let folder = programs(FAKE);
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let mut runner = fixture("fixtures::a_program_that_fails");
    run(runner.env("PATH", path).env("FAKE", folder.path())).passed();
}

#[test]
fn a_program_that_makes_no_rules_and_lists_them_is_found_out() {
    let folder = programs(FAKE);
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let mut runner = fixture("fixtures::rules_that_are_not_there");
    run(runner.env("PATH", path).env("FAKE", folder.path())).passed();
}

#[test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
fn a_program_that_takes_no_rules_away_is_found_out() {
    let folder = programs(KEEPS);
    let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", folder.path().display());
    run(fixture("fixtures::rules_that_stay").env("PATH", path)).passed();
}

/// Looks that a probe misses the feature, and names it.
fn is_lacking(feature: &Feature) {
    let error = feature.probe().expect_err("it is not there");
    assert_eq!(error.lacks(), Some(feature), "{error}");
}

#[netns_test]
fn a_program_is_probed_by_starting_it(host: Host) -> Result {
    Feature::program("sh").probe()?;
    let program = Feature::program("no-such-program");
    is_lacking(&program);
    let error = host.exec("no-such-program", ["--version"]).expect_err("it is not there");
    assert!(error.is_unsupported() && error.lacks() == Some(&program), "{error}");
    Ok(())
}

/// What is lacking where nothing is forbidden, the tests beside this one do not show.
#[netns_test]
fn what_a_probe_finds_can_be_used(server: Host, client: Host) -> Result {
    assert_eq!(Feature::Ipv6.probe().is_ok(), server.has_ipv6());
    assert_eq!(Feature::NetnsNames.probe().is_ok(), server.netns_path().is_ok());
    assert_eq!(Feature::PacketSockets.probe().is_ok(), server.capture().is_ok());
    assert_eq!(Feature::NetSysctls.probe().is_ok(), server.set_timers(&Timers::fast()).is_ok());
    let answers = client.block_with(&server, Policy::reset()).is_ok();
    assert_eq!(Feature::NftReject.probe().is_ok(), answers);
    Ok(())
}

/// A folder with this script as iptables-nft and ip6tables-nft.
fn programs(script: &str) -> Folder {
    let folder = Folder::make();
    for program in ["iptables-nft", "ip6tables-nft"] {
        let path = folder.path().join(program);
        fs::write(&path, script).expect("the folder can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    folder
}

/// Notes each call, fails at the call whose number is in the file `fail`, and lists the rules that
/// it was told.
const FAKE: &str = r#"#!/bin/sh
name=${0##*/}
if [ "$(grep -c . "$FAKE/log" 2>/dev/null)" = "$(cat "$FAKE/fail")" ]; then
  echo "failed $*" >> "$FAKE/log"
  echo "$name: no more of this" >&2
  exit 4
fi
echo "$name $*" >> "$FAKE/log"
case "$*" in *" -S -v --wait")
  sed -n "s/^$name -t filter -A \(.*\) --wait/-A \1/p; s/^$name -t filter -I \([A-Z]*\) 1 -j \(.*\) --wait/-A \1 -j \2/p" "$FAKE/log"
esac
"#;

/// The program itself, the next one in the path, but it takes nothing away and says that it did.
const KEEPS: &str = r#"#!/bin/sh
case "$*" in *" -D "*|*" -F "*|*" -X "*) exit 0; esac
PATH=${PATH#*:}
exec "${0##*/}" "$@"
"#;

mod fixtures {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn no_nftables(server: Host, client: Host) -> Result {
        for policy in [Policy::drop(), Policy::reset(), Policy::firewall([Rule::input()])] {
            let error = client.block_with(&server, policy).expect_err("nothing can make the rules");
            assert!(error.is_unsupported(), "{error}");
            assert!(error.to_string().contains("netlink family 12"), "{error}");
        }
        for feature in [Feature::Nftables, Feature::NftReject, Feature::SockDestroy] {
            is_lacking(&feature);
        }
        Feature::PacketSockets.probe()?;
        client.connect(server.listen(0)?.addr())?;
        Ok(())
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn no_socket_tables(server: Host, client: Host) -> Result {
        let listener = server.listen(0)?;
        let _conn = client.connect(listener.addr())?;
        for policy in [Policy::sever(Notified::Both), Policy::drop().existing_flows()] {
            let error = client.block_with(&server, policy).expect_err("no socket can be found");
            assert!(error.is_unsupported(), "{error}");
        }
        is_lacking(&Feature::SockDestroy);
        Feature::Nftables.probe()?;
        client.connect(listener.addr())?;
        Ok(())
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn no_ipv6(server: Host, client: Host, third: Host) -> Result {
        assert!([&server, &client, &third].into_iter().all(|host| !host.has_ipv6()));
        let asked = catch_unwind(AssertUnwindSafe(|| server.ipv6())).expect_err("it has none");
        let asked = asked.downcast::<String>().expect("a text");
        assert_eq!(*asked, "host `server` has no IPv6 address: this kernel has no IPv6");
        assert_eq!(server.addrs(), [IpAddr::from(server.ipv4())]);
        for host in [&server, &client, &third] {
            assert_eq!(addresses_of_ipv6(host), "", "{} asks who else has them", host.name());
        }
        is_lacking(&Feature::Ipv6);
        Feature::Nftables.probe()?;
        Feature::SockDestroy.probe()?;
        let listener = server.listen(0)?;
        let mut conn = client.connect(listener.addr())?;
        let refuse = Policy::refuse(IcmpKind::HostUnreachable);
        for policy in [Policy::drop(), Policy::reset(), refuse, Policy::sever(Notified::Both)] {
            let answers = ![Policy::drop(), Policy::sever(Notified::Both)].contains(&policy);
            let block = match client.block_with(&server, policy) {
                // On a bridge not every kernel can answer, with or without IPv6.
                Err(error) if answers && error.is_unsupported() => continue,
                made => made?,
            };
            // A kernel without IPv6 that answers in it falls over.
            let counters: Vec<_> =
                block.counters()?.into_iter().map(|counter| counter.rule).collect();
            let answering = counters.iter().filter(|text| text.contains("reject"));
            assert!(answering.clone().all(|text| text.contains("meta protocol ip ")));
            assert_eq!(answering.count() > 0, answers, "{counters:?}");
            third.connect(listener.addr())?;
            block.unblock()?;
            conn = client.connect(listener.addr())?;
        }
        conn.send(b"to its IPv4 address")?;
        Ok(())
    }

    /// The addresses of IPv6 that a host's links have all the same, where it is this process alone
    /// that is denied them: the kernel makes them by itself, and then tries them out.
    fn addresses_of_ipv6(host: &Host) -> String {
        match host.run(|| fs::read_to_string("/proc/thread-self/net/if_inet6")) {
            Ok(all) => all.lines().filter(|line| !line.ends_with(" lo")).collect(),
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => panic!("{error}"),
        }
    }

    fn policy() -> Policy {
        let rules = [Rule::input().drop(), Rule::output().reject()];
        Policy::firewall(rules).via(Backend::IptablesNft)
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn rules_that_are_not_there(server: Host, client: Host) -> Result {
        let folder = std::env::var_os("FAKE").expect("the test sets it");
        fs::write(Path::new(&folder).join("fail"), "none")?;
        let error = server.block_with(&client, policy()).expect_err("there are no rules");
        let text = error.to_string();
        assert!(text.starts_with("cannot block `client` from `server`"), "{text}");
        // Two chains in each family.
        let passed = 2 * families().count();
        assert!(text.contains(": its rules have no effect: of "), "{text}");
        assert!(text.ends_with(&format!(", and {passed} passed")), "{text}");
        Ok(())
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn rules_that_stay(server: Host, client: Host) -> Result {
        let mut block = server.block_with(&client, policy())?;
        let seen = "its rules are still in effect: of 4 probes they blocked 4, and others pass";
        let error = block.suspend(|| ()).expect_err("traffic does not pass");
        assert!(error.to_string().ends_with(seen), "{error}");
        let error = block.unblock().expect_err("traffic does not pass");
        let text = error.to_string();
        assert!(text.starts_with("cannot delete the rules of `server`"), "{text}");
        assert!(text.ends_with(seen), "{text}");
        Ok(())
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn a_program_that_fails(server: Host, client: Host) -> Result {
        let folder = std::env::var_os("FAKE").expect("the test sets it");
        let folder = Path::new(&folder);
        let block = || server.block_with(&client, policy());
        fs::write(folder.join("fail"), "none")?;
        // Found out at the end, because this program makes no rules; then all is undone.
        block().expect_err("there are no rules");
        let log = fs::read_to_string(folder.join("log"))?;
        // The first look at the rules is the last call of those that make a block.
        let looks = log.lines().take_while(|line| !line.contains(" -S "));
        let calls = looks.count() + 2;
        let least = 2 + 2 * 4 * families().count();
        assert!(calls >= least, "a chain, two rules and a jump for each chain, a look: {calls}");
        for call in 0..calls {
            fs::remove_file(folder.join("log"))?;
            fs::write(folder.join("fail"), call.to_string())?;
            if call == 0 {
                fs::write(folder.join("fail"), "")?;
            }
            let error = block().expect_err("a call fails");
            assert_told(&error);
            assert_undone(&fs::read_to_string(folder.join("log"))?, call);
        }
        Ok(())
    }

    fn assert_told(error: &Error) {
        let text = error.to_string();
        assert!(text.starts_with("cannot block `client` from `server`"), "{text}");
        assert!(text.contains("tables-nft -t filter"), "{text}");
        assert!(text.contains("no more of this"), "{text}");
    }

    /// Every chain that was made is deleted, and every jump to one.
    fn assert_undone(log: &str, call: usize) {
        let told = |option: &str| -> BTreeSet<String> {
            let lines = log.lines().filter(|line| !line.starts_with("failed"));
            let words = lines.map(|line| line.split(' ').collect::<Vec<_>>());
            let told = words.filter(|words| words.get(3) == Some(&option));
            // The chain is the last word before `--wait`.
            told.map(|words| format!("{} {}", words[0], words[words.len() - 2])).collect()
        };
        let (made, deleted) = (told("-N"), told("-X"));
        assert!(made.is_subset(&deleted), "call {call}: {made:?} made, {deleted:?} deleted");
        let (reached, left) = (told("-I"), told("-D"));
        assert!(reached.is_subset(&left), "call {call}: {reached:?} made, {left:?} deleted");
    }
}
