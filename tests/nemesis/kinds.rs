//! Every kind of fault that there is comes into effect, and is healed.

use std::net::IpAddr;

use netns_test::nemesis::{Kind, Nemesis};
use netns_test::timeline::{Event, FaultPhase};
use netns_test::{
    BehindNat, Forget, Host, Impairment, Net, Place, Policy, Program, Result, Split, eventually,
    netns_test,
};

use super::cluster::{Cluster, MS, endless, quick};
use super::support::echo;
use super::support::folder::Folder;

/// One after the other, each once, with a gap between them that is as short as it can be.
#[netns_test]
fn all_kinds_come_and_go(net: Net, a: Host, b: Host, c: Host, d: Host, client: Host) -> Result {
    let hosts = [&a, &b, &c, &d];
    let service: IpAddr = "10.0.0.100".parse()?;
    a.add_addr(service)?;
    let mut cluster = Cluster::start(hosts, &client)?;
    let kinds = Kind::catalogue().into_iter().chain([
        Kind::kill(),
        Kind::freeze_process(),
        Kind::move_addr(service),
        Kind::split(Split::ring, Policy::reset()),
        Kind::split(Split::halves, Policy::hold()),
        Kind::impair(Impairment::delay(MS).to_peer()),
        Kind::new("of the test's own", |host| Ok(host.links()[0].cut(host)?)),
        Kind::between("of the test's own", |_, _| Ok(|| Ok(()))),
    ]);
    let nemesis = Nemesis::of(hosts).running(&cluster.nodes).with(kinds);
    let entries = nemesis.lasting_at_least(5 * MS).quiet_at_least(MS).draw()?.run()?;
    assert_eq!(entries.len(), Kind::catalogue().len() + 8);
    let timeline = net.timeline();
    let phases = |wanted: fn(&FaultPhase) -> bool| {
        let of = |event: &Event| matches!(event, Event::Fault { phase, .. } if wanted(phase));
        timeline.faults().iter().filter(|entry| of(&entry.event)).count()
    };
    for one in &entries {
        assert!(one.ended_at().unwrap() >= one.began_at().unwrap() + 5 * MS, "{one:?}");
    }
    assert_eq!(phases(|phase| *phase == FaultPhase::Asked), entries.len(), "{timeline}");
    assert_eq!(phases(|phase| *phase == FaultPhase::InEffect), entries.len(), "{timeline}");
    assert_eq!(phases(|phase| matches!(phase, FaultPhase::Lifted(_))), entries.len(), "{timeline}");
    assert!(a.addrs().contains(&service), "it is back");
    eventually(5000 * MS, || cluster.answering(4) == 4)?;
    Ok(())
}

/// What the fault says in the schedule is what it says in the timeline, and so is its place.
#[netns_test]
fn a_fault_is_called_in_the_schedule_as_in_the_timeline(
    net: Net,
    a: Host,
    b: Host,
    c: Host,
) -> Result {
    let hosts = [&a, &b, &c];
    let process = a.start_fn(echo::node, 7000)?;
    let nemesis = Nemesis::of(hosts).running([&process]);
    let entries = nemesis.lasting_at_least(MS).quiet_at_least(MS).draw()?.run()?;
    let faults = net.timeline().faults();
    let asked = faults.iter().filter_map(|entry| match &entry.event {
        Event::Fault { fault, place, phase: FaultPhase::Asked, .. } => {
            Some((fault.clone(), place.clone()))
        }
        _ => None,
    });
    let asked: Vec<(String, Place)> = asked.collect();
    assert_eq!(asked.len(), entries.len());
    for (one, (fault, place)) in entries.iter().zip(asked) {
        let planned = one.place().hosts().into_iter().map(Host::name).collect::<Vec<_>>();
        let real = place.hosts().into_iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(real, planned, "{fault}");
        // What cannot be frozen with a host is known when that is done: threads come and go.
        assert!(fault.starts_with(one.fault()), "{fault}, and not {}", one.fault());
    }
    Ok(())
}

/// An address is with another host while it lasts.
#[netns_test]
fn an_address_moves_and_comes_back(a: Host, b: Host, client: Host) -> Result {
    let service: IpAddr = "10.0.0.100".parse()?;
    a.add_addr(service)?;
    let nemesis = Nemesis::of([&a, &b]).with([Kind::move_addr(service)]).faults(1);
    let running = endless(nemesis).begin()?;
    running.wait_for_fault()?;
    let listener = b.listen(80)?;
    client.connect((service, 80))?;
    listener.accept()?;
    running.heal()?;
    assert!(a.addrs().contains(&service) && !b.addrs().contains(&service));
    Ok(())
}

#[netns_test]
fn a_router_forgets(net: BehindNat) -> Result {
    let listener = net.server.listen(7000)?;
    let mut conn = net.client.connect(listener.addr())?;
    let nemesis = Nemesis::of([&net.server, &net.client]);
    let nemesis = nemesis.with([Kind::forget_connections(Forget::WithReset)]).faults(1);
    let [entry] = &quick(nemesis).draw()?.run()?[..] else { panic!("it is one") };
    assert_eq!(entry.fault(), format!("`{}` forgets its connections", net.router.name()));
    conn.send(b"anybody?")?;
    assert_eq!(conn.recv().unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    Ok(())
}

/// A program that was deleted while it ran cannot be started again. The process after it can.
#[netns_test]
fn all_processes_run_again_that_can_after_a_power_failure(host: Host, _other: Host) -> Result {
    let folder = Folder::make();
    let deleted = folder.path().join("sleep");
    std::fs::copy("/bin/sleep", &deleted)?;
    let gone = host.start(Program::new(&deleted).arg("60"))?;
    let stays = host.start_fn(echo::node, 7000)?;
    let nemesis = Nemesis::of([&host]).running([&gone, &stays]);
    let running = endless(nemesis.with([Kind::power_off()]).faults(1)).begin()?;
    running.wait_for_fault()?;
    std::fs::remove_file(&deleted)?;
    let error = running.heal().unwrap_err().to_string();
    assert!(error.starts_with("cannot heal fault 1 of 1, power off `host`: "), "{error}");
    assert!(!gone.is_running() && stays.is_running());
    Ok(())
}

/// It is killed while that lasts, and another one afterwards.
#[netns_test]
fn a_killed_process_runs_again(host: Host, _other: Host) -> Result {
    let process = host.start_fn(echo::node, 7000)?;
    let before = process.id();
    let nemesis = Nemesis::of([&host]).running([&process]);
    let running = endless(nemesis.with([Kind::kill()]).faults(1)).begin()?;
    running.wait_for_fault()?;
    assert!(!process.is_running());
    running.heal()?;
    assert!(process.is_running() && process.id() != before);
    Ok(())
}
