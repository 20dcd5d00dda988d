#![allow(missing_docs, clippy::unwrap_used)]
use netns_test::__private::*;
use netns_test::*;
use std::net::*;
use std::io::*;
#[test]
fn t() {
    fn t(server: Host, client: Host) -> Result {
        println!("{server:?} {client:?} {}", server.netns_path()?.display());
        let l = server.run(|| TcpListener::bind("[::]:80"))?;
        for a in [IpAddr::from(server.ipv4()), server.ipv6().into()] {
        let t = std::time::Instant::now();
        let mut c = client.run(|| TcpStream::connect((a, 80)))?;
        let mut s = l.accept()?.0;
        c.write_all(b"hi")?; let mut b=[0;2]; s.read_exact(&mut b)?;
        println!("{:?}", t.elapsed());
        }
        let _c = client.run(|| TcpStream::connect("server:80"))?;
        println!("{}", client.exec("ip", ["netns", "list"])?);
        println!("{}", client.exec("ip", ["-d","a"])?);
        println!("{}", client.exec("ls", ["-la","/run"])?);
        println!("{}", client.exec("ps", ["ax"])?);
        println!("{}", client.exec("ip", ["netns","exec", "server","ip", "-br", "a"])?);
        Ok(())
    }
    run(&Case{module: module_path!(), name:"t", file:file!(), line: line!(), timeout: DEFAULT_TIMEOUT, should_panic:false, serial:&[]},
      &[Parameter::of::<Host>("server"),Parameter::of::<Host>("client")], |net| Ok(t(net.fixture("server")?, net.fixture("client")?)));
}
