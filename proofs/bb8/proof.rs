//! A pool of bb8 whose connections a router has forgotten.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bb8::{ManageConnection, Pool};
use netns_test::{BehindNat, Claim, Forget, Net, Result, netns_test};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// How long a connection may take to answer a ping: what redis' own manager for bb8 grants by default.
const ANSWER: Duration = Duration::from_millis(500);

struct Manager(SocketAddr);

impl ManageConnection for Manager {
    type Connection = TcpStream;
    type Error = io::Error;

    async fn connect(&self) -> io::Result<TcpStream> {
        TcpStream::connect(self.0).await
    }

    async fn is_valid(&self, conn: &mut TcpStream) -> io::Result<()> {
        let ping = async {
            conn.write_all(b"ping").await?;
            conn.read_exact(&mut [0; 4]).await
        };
        timeout(ANSWER, ping).await?.map(drop)
    }

    fn has_broken(&self, _: &mut TcpStream) -> bool {
        false
    }
}

async fn echo(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let (mut from, mut to) = stream.split();
            copy(&mut from, &mut to).await
        });
    }
}

/// The check takes `ANSWER` and a new connection no time: ten times the timeout is plenty.
#[netns_test]
#[case::failing(ANSWER - ANSWER / 5)]
#[case::avoiding(ANSWER * 4)]
async fn the_pool_heals(net: Net, nat: BehindNat, #[case] connection_timeout: Duration) -> Result {
    let listener = nat.server.spawn(TcpListener::bind("0.0.0.0:6379")).await?;
    nat.server.spawn(echo(listener)).detach();
    let builder = Pool::builder().max_size(4).connection_timeout(connection_timeout);
    let pool = nat.client.spawn(builder.build(Manager(nat.server.addr(6379)))).await?;
    let get = async || {
        let pool = pool.clone();
        nat.client.spawn(async move { pool.get().await.map(drop) }).await
    };
    get().await?;
    nat.router.forget_connections(Forget::Silently)?;
    net.mark("the router has forgotten its connections");
    Claim::new("get succeeds").eventually_async(connection_timeout * 10, get).await?;
    Ok(())
}
