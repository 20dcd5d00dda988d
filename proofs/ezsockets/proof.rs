//! A WebSocket client of ezsockets', with heartbeats, whose server is not heard of any more.

use std::time::Duration;

use async_trait::async_trait;
use ezsockets::client::ClientCloseMode;
use ezsockets::{Bytes, ClientConfig, ClientExt, CloseFrame, Error, SocketConfig, Utf8Bytes};
use futures_util::StreamExt;
use netns_test::{Claim, Host, Policy, Result, netns_test};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::accept_async;

const SECOND: Duration = Duration::from_secs(1);

/// Tells that its connection is closed, whatever for.
struct Handler(UnboundedSender<()>);

#[async_trait]
impl ClientExt for Handler {
    type Call = ();

    async fn on_text(&mut self, _: Utf8Bytes) -> Result<(), Error> {
        Ok(())
    }

    async fn on_binary(&mut self, _: Bytes) -> Result<(), Error> {
        Ok(())
    }

    async fn on_call(&mut self, (): ()) -> Result<(), Error> {
        Ok(())
    }

    async fn on_close(&mut self, _: Option<CloseFrame>) -> Result<ClientCloseMode, Error> {
        self.0.send(())?;
        Ok(ClientCloseMode::Close)
    }

    async fn on_disconnect(&mut self) -> Result<ClientCloseMode, Error> {
        self.0.send(())?;
        Ok(ClientCloseMode::Close)
    }
}

/// Answers pings, as long as it is reached.
async fn serve(listener: TcpListener) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut socket = accept_async(stream).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
}

#[netns_test]
#[case::failing(Policy::drop())]
#[case::avoiding(Policy::reset())]
async fn a_server_that_is_silent_is_lost(
    server: Host,
    client: Host,
    #[case] policy: Policy,
) -> Result {
    let listener = server.spawn(TcpListener::bind("0.0.0.0:80")).await?;
    server.spawn(serve(listener)).detach();
    let (tell, mut told) = unbounded_channel();
    let mut socket = SocketConfig::default();
    (socket.heartbeat, socket.timeout) = (SECOND / 2, SECOND);
    let config = ClientConfig::new(&*format!("ws://{}", server.addr(80))).socket_config(socket);
    let connect = ezsockets::connect(|_| Handler(tell), config);
    let (_client, _closed) = client.spawn(connect).await;
    client.wait_for_established_async(&server, 1, 5 * SECOND).await?;
    Claim::new("a server that answers pings is kept")
        .consistently_async(3 * SECOND, async || told.is_empty() && !told.is_closed())
        .await?;
    let block = client.block_with(&server, policy)?;
    Claim::new("the client is told")
        .since(block.in_effect_at())
        .eventually_async(15 * SECOND, async || told.recv().await.is_some())
        .await?;
    Ok(())
}
