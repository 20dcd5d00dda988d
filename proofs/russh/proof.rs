//! A client of russh with keepalive, and an outage while it sends.

use std::sync::Arc;
use std::time::Duration;

use netns_test::{Claim, Host, Result, netns_test};
use russh::keys::{Algorithm, PrivateKey, PublicKeyOrCertificate};
use russh::server::{Auth, ChannelOpenHandle, Msg};
use russh::{Channel, client, server};
use tokio::net::TcpListener;

const SECOND: Duration = Duration::from_secs(1);

/// Lets everybody in, and throws away what they send.
struct Sink;

impl server::Handler for Sink {
    type Error = russh::Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut server::Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }
}

/// Trusts everybody.
struct Trust;

impl client::Handler for Trust {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

async fn serve(listener: TcpListener) {
    let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap();
    let config = server::Config { keys: vec![key], window_size: 64 << 20, ..Default::default() };
    let (stream, _) = listener.accept().await.unwrap();
    let _ = server::run_stream(Arc::new(config), stream, Sink).await.unwrap().await;
}

/// Two keepalives without an answer end it, which is three seconds; ten are plenty.
#[netns_test]
#[case::failing(None)]
#[case::avoiding(Some(SECOND * 3))]
async fn keepalive_ends_a_session_that_sends(
    server: Host,
    client: Host,
    #[case] inactivity_timeout: Option<Duration>,
) -> Result {
    let listener = server.spawn(TcpListener::bind("0.0.0.0:22")).await?;
    server.spawn(serve(listener)).detach();
    let config = client::Config {
        keepalive_interval: Some(SECOND),
        keepalive_max: 2,
        inactivity_timeout,
        ..Default::default()
    };
    let connect = client::connect(Arc::new(config), server.addr(22), Trust);
    let mut session = client.spawn(connect).await?;
    assert!(session.authenticate_none("anybody").await?.success());
    let channel = session.channel_open_session().await?;
    let _block = client.block(&server)?;
    client.spawn(async move { channel.data_bytes(vec![0; 32 << 20]).await }).detach();
    Claim::new("the session is closed")
        .eventually_async(SECOND * 10, async || session.is_closed())
        .await?;
    Ok(())
}
