#![allow(missing_docs, clippy::unwrap_used)]
use netns_test::*;
use std::net::*;
use std::time::*;
#[netns_test]
fn t(server: Host, client: Host, other: Host) -> Result {
    let _l = server.run(|| TcpListener::bind("[::]:80"))?;
    let block = client.block(&server)?;
    let block2 = client.block(&server)?;
    let block3 = other.block(&server)?;
    println!("{}", client.exec("nft", ["list", "ruleset"])?);
    println!("{}", server.exec("nft", ["list", "ruleset"])?);
    println!(
        "{:?}",
        client.run(|| TcpStream::connect_timeout(
            &(server.ipv4(), 80).into(),
            Duration::from_millis(300)
        ))
    );
    println!(
        "{:?}",
        client.run(|| TcpStream::connect_timeout(
            &(server.ipv6(), 80).into(),
            Duration::from_millis(300)
        ))
    );
    println!("{:?} {} {}", block.packets(), block2.packets(), block3.packets());
    block.unblock()?;
    println!("{}", server.exec("nft", ["list", "ruleset"])?);
    println!(
        "{:?}",
        client.run(|| TcpStream::connect_timeout(
            &(server.ipv6(), 80).into(),
            Duration::from_millis(300)
        ))
    );
    block3.unblock()?;
    client.exec("nft", ["flush", "ruleset"])?;
    println!("TRY {:?}", block2.try_packets());
    println!("{:?}", block2.unblock());
    let block2 = client.block(&server)?;
    client.exec("nft", ["flush", "ruleset"])?;
    let block3 = client.block(&server)?;
    println!("{:?}", block2.unblock());
    println!("{}", client.exec("nft", ["list", "ruleset"])?);
    block3.unblock()?;
    println!("{}", client.exec("nft", ["list", "ruleset"])?);
    println!("{}", server.exec("nft", ["list", "ruleset"])?);
    let c = client.run(|| TcpStream::connect("server:80"))?;
    println!("{c:?}");
    Ok(())
}
