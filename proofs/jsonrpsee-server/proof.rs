//! A server of jsonrpsee that pings its clients, and a client that is frozen while it is being answered.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use jsonrpsee::core::client::{ClientT, Error};
use jsonrpsee::rpc_params;
use jsonrpsee::server::{PingConfig, RpcModule, Server, ServerConfig};
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use netns_test::{Claim, Host, Result, eventually, netns_test};
use socket2::SockRef;
use tokio::sync::watch;

const SECOND: Duration = Duration::from_secs(1);

/// Whose connections inherit its user timeout (tcp(7)).
fn listener(user_timeout: Option<Duration>) -> io::Result<TcpListener> {
    let listener = TcpListener::bind("0.0.0.0:80")?;
    SockRef::from(&listener).set_tcp_user_timeout(user_timeout)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn connect(server: SocketAddr) -> Result<WsClient, Error> {
    WsClientBuilder::new().build(format!("ws://{server}")).await
}

/// The answer is more than the kernel's buffers take, and comes when the gate opens.
fn module(gate: watch::Sender<bool>) -> Result<RpcModule<watch::Sender<bool>>> {
    let mut module = RpcModule::new(gate);
    module.register_async_method("read", async |_, gate, _| {
        let _ = gate.subscribe().wait_for(|open| *open).await;
        "x".repeat(8 << 20)
    })?;
    Ok(module)
}

/// A client that has not answered for a second is inactive; ten seconds are plenty to be rid of it.
#[netns_test]
#[case::failing(None)]
#[case::avoiding(Some(SECOND))]
async fn the_slot_of_a_frozen_client_is_freed(
    server: Host,
    client: Host,
    other: Host,
    #[case] user_timeout: Option<Duration>,
) -> Result {
    let ping = PingConfig::new().ping_interval(SECOND / 2).inactive_limit(SECOND).max_failures(1);
    let config = ServerConfig::builder().max_connections(1).enable_ws_ping(ping).build();
    let gate = watch::Sender::new(false);
    let module = module(gate.clone())?;
    let start = async move {
        let builder = Server::builder().set_config(config);
        builder.build_from_tcp(listener(user_timeout)?).map(|server| server.start(module))
    };
    let _running = server.spawn(start).await?;
    let addr = server.addr(80);
    let read =
        async move { connect(addr).await?.request::<String, _>("read", rpc_params![]).await };
    let _reading = client.spawn(read);
    eventually(10 * SECOND, || gate.receiver_count() == 1)?;
    let _freeze = client.freeze_async().await?;
    gate.send_replace(true);
    let connect = async || other.spawn(connect(addr)).await;
    assert!(connect().await.is_err(), "the slot is taken");
    let claim = Claim::new("another client is served").every(SECOND / 5);
    claim.eventually_async(10 * SECOND, connect).await?;
    Ok(())
}
