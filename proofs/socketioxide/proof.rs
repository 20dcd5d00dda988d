//! A Socket.IO server of socketioxide's, and a client that it no longer reaches.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use futures_util::{SinkExt, StreamExt};
use netns_test::{Claim, Host, Result, netns_test};
use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;
use socketioxide::socket::DisconnectReason;
use tokio::net::TcpListener;
use tokio::sync::watch::{self, Sender};
use tokio::time::sleep;
use tokio_tungstenite::connect_async;

const SECOND: Duration = Duration::from_secs(1);

/// What the server's handlers were told.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Nothing,
    Connected,
    Disconnected(DisconnectReason),
}

/// Sends a message of `size` bytes to each client, ten times a second.
async fn serve(listener: TcpListener, size: usize, tell: Sender<Told>) {
    let builder = SocketIo::builder().ping_interval(SECOND / 2).ping_timeout(SECOND);
    let (layer, io) = builder.build_layer();
    io.ns("/", async move |socket: SocketRef| {
        tell.send_replace(Told::Connected);
        socket.on_disconnect(async move |reason: DisconnectReason| {
            tell.send_replace(Told::Disconnected(reason));
        });
        loop {
            socket.emit("news", &"x".repeat(size)).ok();
            sleep(SECOND / 10).await;
        }
    });
    axum::serve(listener, Router::new().layer(layer)).await.unwrap();
}

/// A client by version 4 of the protocol (Engine.IO) beneath: it joins, and answers pings.
async fn join(server: SocketAddr) -> Result {
    let url = format!("ws://{server}/socket.io/?EIO=4&transport=websocket");
    let (mut socket, _) = connect_async(url).await?;
    while let Some(message) = socket.next().await {
        match message?.to_text()?.as_bytes() {
            [b'0', ..] => socket.send("40".into()).await?,
            [b'2', ..] => socket.send("3".into()).await?,
            _ => {}
        }
    }
    Ok(())
}

#[netns_test]
#[case::failing(1_000_000)]
#[case::avoiding(1)]
async fn a_client_that_was_lost_is_disconnected(
    server: Host,
    client: Host,
    #[case] size: usize,
) -> Result {
    let (tell, told) = watch::channel(Told::Nothing);
    let listener = server.spawn(TcpListener::bind("0.0.0.0:80")).await?;
    server.spawn(serve(listener, size, tell)).detach();
    client.spawn(join(server.addr(80))).detach();
    let connected = async || *told.borrow() == Told::Connected;
    Claim::new("it connects").eventually_async(5 * SECOND, connected).await?;
    Claim::new("a client that answers pings is kept")
        .consistently_async(3 * SECOND, connected)
        .await?;
    let block = client.block(&server)?;
    let told = async || *told.borrow() == Told::Disconnected(DisconnectReason::HeartbeatTimeout);
    Claim::new("the handler is told")
        .since(block.in_effect_at())
        .eventually_async(15 * SECOND, told)
        .await?;
    Ok(())
}
