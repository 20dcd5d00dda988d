//! What a user writes, of every part of the interface.
use std::io::Result as IoResult;
use std::time::Duration;

use netns_test::matrix::{Expect, Fault, Matrix, Questions};
use netns_test::nemesis::{Kind, Nemesis, Planned, Schedule};
use netns_test::{
    Block, Claim, Error, FromNet, Host, Net, Plan, Policy, Ports, Result, Rule, TcpState, Notified,
    consistently, eventually, eventually_async, netns_test, within,
};

struct Cluster(Vec<Host>);

impl FromNet for Cluster {
    fn plan(plan: &mut Plan, name: &str) {
        plan.add_host(&format!("{name}-1"));
    }

    fn from_net(net: &Net, name: &str) -> Result<Self, Error> {
        Ok(Self(vec![net.host(&format!("{name}-1"))?]))
    }
}

/// A helper of the user's own.
fn cut(server: &Host, client: &Host) -> Result<Block> {
    Ok(client.block(server)?)
}

#[netns_test]
fn traffic_and_a_block(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let block = cut(&server, &client)?;
    dialled.send(b"during")?;
    eventually(Duration::from_secs(2), || block.packets() > 1)?;
    consistently(Duration::from_millis(50), || block.packets() > 0)?;
    block.unblock()?;
    assert_eq!(accepted.recv()?, b"during");
    Ok(())
}

#[netns_test(timeout = "30s", serial(table))]
fn policies(server: Host, client: Host) -> Result {
    for policy in [
        Policy::drop(),
        Policy::reset().tcp(),
        Policy::sever(Notified::Both),
        Policy::firewall([Rule::input().drop(), Rule::output().tcp().dport(80).reject()]),
    ] {
        println!("{}", policy.explain());
        let _block = client.block_with(&server, policy)?;
    }
    let _block = client.block_with(&server, Policy::drop().tcp().dport(Ports::from(1..=1023)))?;
    Ok(())
}

#[netns_test]
async fn asynchronous(server: Host, client: Host) -> Result {
    let listener = server.listen_async(7000).await?;
    let task = client.spawn(async { tokio::net::TcpListener::bind("0.0.0.0:80").await });
    let mut dialled = client.connect_async(listener.addr()).await?;
    let mut accepted = listener.accept().await?;
    dialled.send(b"x").await?;
    assert_eq!(accepted.recv().await?, b"x");
    eventually_async(Duration::from_secs(1), async || true).await?;
    drop(task.await?);
    Ok(())
}

#[netns_test]
fn what_was_seen(net: Net, server: Host, client: Host) -> Result {
    println!("{net}");
    let established = server.sockets()?;
    println!("{established}");
    assert_eq!(server.capture()?.from(&client).rst().len(), 0);
    println!("{}", net.timeline());
    let link = net.link("backup", &[&server, &client])?;
    println!("{link:?} {:?}", TcpState::Established);
    Ok(())
}

#[netns_test]
#[should_panic = "on purpose"]
fn fixtures_and_processes(cluster: Cluster) {
    let host = &cluster.0[0];
    let output = host.command("true").output().expect("true is there");
    assert!(output.status.success());
    let port: IoResult<u16> = host.run(|| Ok(1));
    Claim::default().within(Duration::ZERO..Duration::from_secs(1), || port.is_ok()).expect("it is");
    panic!("on purpose");
}

#[netns_test(timeout = "2m")]
fn the_matrix() -> Result {
    let matrix = Matrix::new(|trial| {
        let name = trial.host().name().to_owned();
        Ok(move || name.is_empty())
    });
    let table = matrix
        .detects_within(Duration::from_secs(2))
        .recovers_within(Duration::from_secs(1))
        .run()?;
    println!("{table}");
    let questions = Questions::of(|trial| Ok(trial.net().all_hosts().len()))
        .ask("who leads", |hosts| (*hosts > 0).then_some("a"))
        .ask_within("takes writes", Duration::from_secs(1), |hosts| *hosts > 2)
        .always("one leader", |_| true);
    let rows = Fault::partitions_around("leader", |trial| Ok(trial.host().clone()));
    let rows = rows.into_iter().map(|row| row.expects("who leads", Expect::Moved));
    let table = Matrix::asking(questions).host_names(["a", "b", "c"]).against(rows).measure()?;
    println!("{:?}", table.rows()[0].answers_to("who leads")?.said());
    Ok(())
}

#[netns_test]
fn a_nemesis(a: Host, b: Host) -> Result {
    let own = Kind::between("apart", |host: &Host, peer: &Host| Ok(host.block(peer)?));
    let nemesis = Nemesis::of([&a, &b]).with([own, Kind::partition(Policy::drop()), Kind::cut()]);
    let schedule: Schedule = nemesis.quiet_at_least(Duration::from_millis(1)).draw()?;
    println!("{schedule}: {:?}", schedule.entries());
    let running = schedule.begin()?;
    running.consistently(|| a.name() == "a")?;
    running.wait()?;
    let planned = Planned::new("off", &a, |host| Ok(host.power_off()?));
    let planned = planned.when(Duration::from_secs(1), || true).lasting(Duration::from_millis(1));
    planned.begin()?.heal()?;
    Ok(())
}

#[netns_test]
#[case::low(80)]
#[case::high(40_000)]
fn a_table(server: Host, #[case] port: u16, #[values(true, false)] waits: bool) -> Result {
    let listener = server.listen(port)?;
    if waits {
        within(Duration::ZERO..Duration::from_secs(1), || listener.addr().port() == port)?;
    }
    Ok(())
}
