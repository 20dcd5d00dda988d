//! A client of jsonrpsee that pings its server, and an outage while it calls.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jsonrpsee::core::client::{ClientT, Error};
use jsonrpsee::rpc_params;
use jsonrpsee::server::{RpcModule, Server};
use jsonrpsee::ws_client::{PingConfig, WsClient, WsClientBuilder};
use netns_test::{Claim, Host, Result, netns_test};
use socket2::SockRef;
use tokio::net::TcpStream;

const SECOND: Duration = Duration::from_secs(1);

async fn dial(server: SocketAddr, user_timeout: Option<Duration>) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server).await?;
    SockRef::from(&stream).set_tcp_user_timeout(user_timeout)?;
    Ok(stream)
}

async fn call(client: Arc<WsClient>, size: usize) -> Result<usize, Error> {
    client.request("len", rpc_params!["x".repeat(size)]).await
}

/// A server that has not answered for a second is inactive; ten seconds are plenty to say so.
#[netns_test]
#[case::failing(None)]
#[case::avoiding(Some(SECOND))]
async fn a_client_is_told_that_its_server_is_gone(
    server: Host,
    client: Host,
    #[case] user_timeout: Option<Duration>,
) -> Result {
    let mut module = RpcModule::new(());
    module
        .register_method("len", |text, _, _| text.one::<String>().map_or(0, |text| text.len()))?;
    let listening = server.spawn(Server::builder().build("0.0.0.0:80")).await?;
    let _running = server.spawn(async move { listening.start(module) }).await;
    let ping = PingConfig::new().ping_interval(SECOND / 2).inactive_limit(SECOND).max_failures(1);
    let builder = WsClientBuilder::new().request_timeout(SECOND).enable_ws_ping(ping);
    let addr = server.addr(80);
    let connect = async move {
        let stream = dial(addr, user_timeout).await.unwrap();
        builder.build_with_stream(format!("ws://{addr}"), stream).await.map(Arc::new)
    };
    let rpc = client.spawn(connect).await?;
    call(rpc.clone(), 1).await?;
    let _block = client.block(&server)?;
    for _ in 0..8 {
        client.spawn(call(rpc.clone(), 1 << 20)).detach();
    }
    let told = async || {
        rpc.on_disconnect().await;
        true
    };
    Claim::new("on_disconnect completes").eventually_async(10 * SECOND, told).await?;
    Ok(())
}
