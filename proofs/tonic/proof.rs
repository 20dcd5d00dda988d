//! Calls of tonic's with a timeout, on a channel that is connecting again to a server that is not reached.

use std::time::Duration;

use netns_test::{Claim, Host, Result, netns_test};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Code;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::health_reporter;

const SECOND: Duration = Duration::from_secs(1);

async fn serve(listener: TcpListener) {
    let (_reporter, health) = health_reporter();
    let incoming = TcpListenerStream::new(listener);
    Server::builder().add_service(health).serve_with_incoming(incoming).await.unwrap();
}

/// A channel on which everything is limited: connecting, calls, and the time without a word from the server.
async fn connect(server: String) -> Result<Channel> {
    let endpoint = Endpoint::new(server)?.timeout(SECOND).connect_timeout(SECOND);
    let endpoint = endpoint.http2_keep_alive_interval(SECOND).keep_alive_timeout(SECOND);
    Ok(endpoint.keep_alive_while_idle(true).connect().await?)
}

/// Whether the server is well, or what the call ended with.
async fn check(channel: Channel) -> Code {
    let checked = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
    checked.map_or_else(|status| status.code(), |_| Code::Ok)
}

#[netns_test]
#[case::failing(20)]
#[case::avoiding(1)]
async fn calls_end_by_their_timeout(server: Host, client: Host, #[case] calls: usize) -> Result {
    let listener = server.spawn(TcpListener::bind("0.0.0.0:80")).await?;
    server.spawn(serve(listener)).detach();
    let channel = client.spawn(connect(format!("http://{}", server.addr(80)))).await?;
    assert_eq!(check(channel.clone()).await, Code::Ok);
    let _block = client.block(&server)?;
    client.wait_for_established_async(&server, 0, 10 * SECOND).await?;
    let mut calls: JoinSet<_> = (0..calls).map(|_| check(channel.clone())).collect();
    let end = async || {
        while let Some(code) = calls.try_join_next() {
            assert_eq!(code.unwrap(), Code::Unavailable);
        }
        calls.is_empty()
    };
    Claim::new("the calls end").eventually_async(10 * SECOND, end).await?;
    Ok(())
}
