#![allow(missing_docs, clippy::unwrap_used)]
use netns_test::*;
use std::net::*;
use std::time::*;
#[netns_test]
fn t(server: Host, client: Host) -> Result {
    let l = server.run(|| TcpListener::bind("[::]:80"))?;
    for i in 0..5 {
        let t = Instant::now();
        let block = client.block(&server)?;
        println!("block {:?}", t.elapsed());
        if i == 0 {
            println!("{}", client.exec("nft", ["list", "ruleset"])?);
            println!("{}", server.exec("nft", ["list", "ruleset"])?);
            println!(
                "{:?}",
                client.run(|| TcpStream::connect_timeout(
                    &(server.ipv4(), 80).into(),
                    Duration::from_millis(1300)
                ))
            );
            println!(
                "{:?}",
                client.run(|| TcpStream::connect_timeout(
                    &(server.ipv6(), 80).into(),
                    Duration::from_millis(1300)
                ))
            );
            println!("{:?}", block.packets());
        }
        let t = Instant::now();
        block.unblock()?;
        println!("unblock {:?}", t.elapsed());
    }
    let _c = client.run(|| TcpStream::connect("server:80"))?;
    for backend in Backend::ALL {
        for kind in RejectWith::ALL {
            let mut rule = Rule::input().tcp().reject_with(kind);
            use RejectWith::*;
            if matches!(kind, ProtoUnreachable | NetProhibited | HostProhibited) {
                rule = rule.ipv4();
            }
            if matches!(kind, PolicyFail | RejectRoute) {
                rule = rule.ipv6();
            }
            let t = Instant::now();
            let b = server.block_with(&client, Policy::firewall([rule]).via(backend));
            let e = t.elapsed();
            let Ok(b) = b else {
                println!("{b:?}");
                continue;
            };
            for a in [IpAddr::from(server.ipv4()), server.ipv6().into()] {
                let t = Instant::now();
                println!(
                    "{backend} {kind} {e:?} {:?} {:?}",
                    client.run(|| TcpStream::connect_timeout(
                        &(a, 80).into(),
                        Duration::from_millis(1300)
                    )),
                    t.elapsed()
                );
            }
            println!("{}", b.packets());
            b.unblock()?;
        }
    }
    println!("{}", client.exec("nft", ["list", "ruleset"])?);
    drop(l);
    Ok(())
}
