//! A GraphQL server of async-graphql's, and a subscriber that it no longer reaches.

use std::net::SocketAddr;
use std::time::Duration;

use async_graphql::{EmptyMutation, Object, Schema, Subscription};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::routing::any;
use futures_util::{SinkExt, Stream, StreamExt};
use netns_test::{Claim, Host, Result, netns_test};
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, Sender};
use tokio::time::sleep;
use tokio_stream::wrappers::BroadcastStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::ClientRequestBuilder;

const PROTOCOL: &str = "graphql-transport-ws";
const SECOND: Duration = Duration::from_secs(1);

struct Query;

#[Object]
impl Query {
    async fn works(&self) -> bool {
        true
    }
}

struct Feed(Sender<String>);

#[Subscription]
impl Feed {
    async fn news(&self) -> impl Stream<Item = String> {
        BroadcastStream::new(self.0.subscribe()).filter_map(async |news| news.ok())
    }
}

async fn serve(listener: TcpListener, news: Sender<String>) {
    let schema = Schema::new(Query, EmptyMutation, Feed(news));
    let upgrade = async |protocol: GraphQLProtocol, upgrade: WebSocketUpgrade| {
        upgrade.protocols([PROTOCOL]).on_upgrade(move |socket| {
            GraphQLWebSocket::new(socket, schema, protocol).keepalive_timeout(3 * SECOND).serve()
        })
    };
    axum::serve(listener, Router::new().route("/", any(upgrade))).await.unwrap();
}

/// Answers everything with a pong, which the protocol allows at any time.
async fn subscribe(server: SocketAddr) -> Result {
    let request = ClientRequestBuilder::new(format!("ws://{server}/").parse()?);
    let (mut socket, _) = connect_async(request.with_sub_protocol(PROTOCOL)).await?;
    socket.send(r#"{"type":"connection_init"}"#.into()).await?;
    let payload = r#"{"query":"subscription { news }"}"#;
    let subscribe = format!(r#"{{"type":"subscribe","id":"1","payload":{payload}}}"#);
    socket.send(subscribe.into()).await?;
    while socket.next().await.is_some() {
        socket.send(r#"{"type":"pong"}"#.into()).await?;
    }
    Ok(())
}

#[netns_test]
#[case::failing(500_000)]
#[case::avoiding(1)]
async fn a_subscriber_that_was_lost_is_dropped(
    server: Host,
    client: Host,
    #[case] size: usize,
) -> Result {
    let (news, _) = broadcast::channel(4);
    let listener = server.spawn(TcpListener::bind("0.0.0.0:80")).await?;
    server.spawn(serve(listener, news.clone())).detach();
    client.spawn(subscribe(server.addr(80))).detach();
    let publisher = news.clone();
    tokio::spawn(async move {
        loop {
            publisher.send("x".repeat(size)).ok();
            sleep(SECOND / 10).await;
        }
    });
    let subscribed = async || news.receiver_count() == 1;
    Claim::new("it subscribes").eventually_async(5 * SECOND, subscribed).await?;
    Claim::new("a subscriber that is heard is kept")
        .consistently_async(4 * SECOND, subscribed)
        .await?;
    let block = client.block(&server)?;
    Claim::new("the server drops the subscriber")
        .since(block.in_effect_at())
        .eventually_async(15 * SECOND, async || !subscribed().await)
        .await?;
    Ok(())
}
